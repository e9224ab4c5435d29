/**
 * Intents on their way to a venue.
 *
 * @module
 */

import { ClosedError } from "../../errors.ts";
import { deliver, type DeliveryVenue } from "../venue/deliver.ts";
import type { EngineEvent, ExecutionStepResult } from "../generated/types.ts";
import { asVenueError, type VenueAdapter, type VenueIntent } from "../venue/venue.ts";

/** How long an end waits for what the venue is being asked, in milliseconds. */
const GRACE_MS = 1000;

/**
 * Sends intents, and knows of each whether the venue has it.
 *
 * A venue in memory is sent one after the other, and answers at once. Any other is sent those of one
 * order in their order, without keeping the run from the reports on the rest.
 */
export class Deliveries {
  /** Intents that the venue took, and that it refused. */
  readonly counts = { sent: 0, refused: 0 };
  readonly #venue: VenueAdapter;
  readonly #attempts: number;
  readonly #unsent = new Set<string>();
  readonly #orders = new Map<string, Promise<void>>();
  readonly #waits = new Set<(error: unknown) => void>();
  /** The venue, until nobody waits for its answers any more. */
  readonly #asked: DeliveryVenue;
  readonly #asks = new Set<() => void>();
  #stopped: { readonly error: unknown } | null = null;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #left = false;

  constructor(venue: VenueAdapter, attempts: number) {
    this.#venue = venue;
    this.#attempts = attempts;
    this.#asked = {
      venue: venue.venue,
      submit: (intent) => this.#ask(() => venue.submit(intent)),
      cancel: (intent) => this.#ask(() => venue.cancel(intent)),
      replace: (intent) => this.#ask(() => venue.replace(intent)),
      order: (id) => this.#ask(() => venue.order(id)),
    };
  }

  /** Whether nothing is on its way. */
  get idle(): boolean {
    return this.#orders.size === 0;
  }

  /** Ids of what the venue is not known to have. */
  get unsent(): readonly string[] {
    return [...this.#unsent];
  }

  /** Takes note of what a committed step sends. */
  plan(intents: readonly VenueIntent[]): void {
    for (const { intent_id } of intents) this.#unsent.add(intent_id);
  }

  /**
   * Shows a venue in memory what a step brought it, and takes its answers.
   *
   * @returns reports and refusals, in the order in which they came to be
   */
  async exchange(
    result: ExecutionStepResult,
    intents: readonly VenueIntent[],
  ): Promise<EngineEvent[]> {
    showMarket(this.#venue, result);
    const reports: EngineEvent[] = [];
    for (const intent of intents) {
      // What waiting is for does not change in memory.
      const report = await this.#deliver(intent, () => Promise.resolve());
      reports.push(...this.#drain());
      if (report !== null) reports.push(report);
    }
    reports.push(...this.#drain());
    return reports;
  }

  /**
   * Sends an intent after those of the same order, and returns.
   *
   * @param done called with a refusal for the core, or null, when the venue has answered
   * @param failed called with what kept the intent from being sent
   */
  send(
    intent: VenueIntent,
    done: (report: EngineEvent | null) => void,
    failed: (error: unknown) => void,
  ): void {
    const { order_id } = intent.body.data;
    const before = this.#orders.get(order_id) ?? Promise.resolve();
    // Idle and told in one go: whoever sees that nothing is on its way has heard of everything.
    const settle = () => {
      if (this.#orders.get(order_id) === own) this.#orders.delete(order_id);
    };
    const own: Promise<void> = before
      .then(() => this.#stopped === null ? this.#deliver(intent, (ms) => this.#wait(ms)) : null)
      .then((report) => {
        settle();
        done(report);
      })
      .catch((error) => {
        settle();
        failed(error);
      });
    this.#orders.set(order_id, own);
  }

  /** Gives the venue a while to answer what it is being asked; what it answers later is not heard. */
  end(): void {
    this.#deadline ??= setTimeout(() => {
      this.#left = true;
      for (const leave of this.#asks) leave();
    }, GRACE_MS);
  }

  /** Sends nothing more and waits for what the venue is being asked, but not for long. */
  async stop(error: unknown): Promise<void> {
    this.#stopped = { error };
    for (const give of this.#waits) give(error);
    this.end();
    await Promise.all(this.#orders.values());
  }

  /** Nothing is asked any more. */
  close(): void {
    clearTimeout(this.#deadline);
  }

  #drain(): readonly EngineEvent[] {
    try {
      return this.#venue.drain?.() ?? [];
    } catch (error) {
      throw asVenueError(this.#venue.venue, "drain its reports", error);
    }
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = () =>
        reject(new ClosedError("closed", "Cannot ask the venue: the run is over"));
      if (this.#left) return leave();
      this.#asks.add(leave);
      const answer = new Promise<T>((given) => given(call()));
      answer.then(resolve, reject).finally(() => this.#asks.delete(leave));
    });
  }

  async #deliver(
    intent: VenueIntent,
    wait: (ms: number) => Promise<void>,
  ): Promise<EngineEvent | null> {
    const { sent, report } = await deliver(this.#asked, intent, { attempts: this.#attempts, wait });
    this.#unsent.delete(intent.intent_id);
    this.counts[sent ? "sent" : "refused"]++;
    return report;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== null) return reject(this.#stopped.error);
      const give = (error: unknown) => {
        clearTimeout(timer);
        this.#waits.delete(give);
        reject(error);
      };
      const timer = setTimeout(() => {
        this.#waits.delete(give);
        resolve();
      }, ms);
      this.#waits.add(give);
    });
  }
}

/** Shows a venue that matches against the market what the core took of it. */
export function showMarket(
  venue: VenueAdapter,
  { event, event_result }: ExecutionStepResult,
): void {
  if (event.source !== "market_data" || event.instrument === null) return;
  if (event_result.outcome !== "applied") return;
  try {
    venue.market?.(event);
  } catch (error) {
    throw asVenueError(venue.venue, `take event "${event.event_id}" of the market`, error);
  }
}
