/**
 * Intents on their way to a venue.
 *
 * @module
 */

import { deliver } from "../venue/deliver.ts";
import type { EngineEvent, ExecutionStepResult } from "../generated/types.ts";
import type { VenueAdapter, VenueIntent } from "../venue/venue.ts";

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
  #stopped: { readonly error: unknown } | null = null;

  constructor(venue: VenueAdapter, attempts: number) {
    this.#venue = venue;
    this.#attempts = attempts;
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
      reports.push(...this.#venue.drain?.() ?? []);
      if (report !== null) reports.push(report);
    }
    reports.push(...this.#venue.drain?.() ?? []);
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

  /** Sends nothing more and waits for what the venue is being asked. */
  async stop(error: unknown): Promise<void> {
    this.#stopped = { error };
    for (const give of this.#waits) give(error);
    await Promise.all(this.#orders.values());
  }

  async #deliver(
    intent: VenueIntent,
    wait: (ms: number) => Promise<void>,
  ): Promise<EngineEvent | null> {
    const { sent, report } = await deliver(this.#venue, intent, { attempts: this.#attempts, wait });
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
  if (event_result.outcome === "applied") venue.market?.(event);
}
