/**
 * A conversation with a venue, written down and played back.
 *
 * @module
 */

import { ClosedError } from "../../errors.ts";
import { checkBytes, show } from "../../_check.ts";
import { canonicalJson, parseJson } from "../json/json.ts";
import { isObject, type Json } from "../json/value.ts";
import { ReportQueue } from "./report_queue.ts";
import type {
  Capabilities,
  CurrencyAmount,
  EngineEvent,
  VenueOrder,
  VenuePosition,
} from "../generated/types.ts";
import {
  type CancelIntent,
  checkCapability,
  type PlaceIntent,
  type ReplaceIntent,
  type VenueAdapter,
  venueError,
  type VenueFailure,
  venueFailure,
} from "./venue.ts";

/** A line of a recording: the head, a call and what came of it, or a report. */
type Line =
  | { readonly venue: string; readonly capabilities: Capabilities }
  | {
    readonly call: VenueCall;
    readonly argument: unknown;
    readonly answer: unknown;
    readonly failure: VenueFailure | null;
  }
  | { readonly report: EngineEvent };

type VenueCall =
  | "connect"
  | "submit"
  | "cancel"
  | "replace"
  | "order"
  | "openOrders"
  | "balances"
  | "positions";

/** Whether a line is the head of a recording. */
function isHead(line: Json | undefined): line is Json & Extract<Line, { venue: string }> {
  return isObject(line) && typeof line["venue"] === "string" && isObject(line["capabilities"]);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes down what is asked of a venue, what it answers, and what it reports.
 *
 * Reports are recorded where they were read: read them with {@linkcode RecordingVenue.reports}, and
 * the recording plays them after the call before them.
 */
export class RecordingVenue implements VenueAdapter {
  /** Name of the venue in events. */
  readonly venue: string;
  /** What it can do. */
  readonly capabilities: Capabilities;
  /** As the recorded adapter. */
  readonly simulated: boolean;
  /** As {@linkcode VenueAdapter.drain}, if the recorded adapter has it; what it gives is recorded. */
  readonly drain?: () => readonly EngineEvent[];
  /** As {@linkcode VenueAdapter.market}, if the recorded adapter has it. */
  readonly market?: (event: EngineEvent) => void;
  readonly #inner: VenueAdapter;
  readonly #lines: Line[];

  /** Records an adapter, and closes it when closed. */
  constructor(inner: VenueAdapter) {
    this.#inner = inner;
    this.venue = inner.venue;
    this.capabilities = inner.capabilities;
    this.simulated = inner.simulated;
    this.#lines = [{ venue: inner.venue, capabilities: inner.capabilities }];
    if (inner.drain !== undefined) {
      this.drain = () => {
        const reports = inner.drain?.() ?? [];
        this.#lines.push(...reports.map((report) => ({ report })));
        return reports;
      };
    }
    if (inner.market !== undefined) this.market = (event) => inner.market?.(event);
  }

  /** What was recorded so far, as canonical JSON lines for {@linkcode RecordedVenue}. */
  recording(): Uint8Array {
    return encoder.encode(this.#lines.map((line) => `${canonicalJson(line)}\n`).join(""));
  }

  /** See {@linkcode VenueAdapter.connect}. */
  connect(): Promise<void> {
    return this.#record("connect", null, () => this.#inner.connect());
  }

  /** See {@linkcode VenueAdapter.submit}. */
  async submit(intent: PlaceIntent): Promise<void> {
    checkCapability(this.capabilities, intent);
    await this.#record("submit", intent, () => this.#inner.submit(intent));
  }

  /** See {@linkcode VenueAdapter.cancel}. */
  cancel(intent: CancelIntent): Promise<void> {
    return this.#record("cancel", intent, () => this.#inner.cancel(intent));
  }

  /** See {@linkcode VenueAdapter.replace}. */
  async replace(intent: ReplaceIntent): Promise<void> {
    checkCapability(this.capabilities, intent);
    await this.#record("replace", intent, () => this.#inner.replace(intent));
  }

  /** See {@linkcode VenueAdapter.order}. */
  order(orderId: string): Promise<VenueOrder | null> {
    return this.#record("order", orderId, () => this.#inner.order(orderId));
  }

  /** See {@linkcode VenueAdapter.openOrders}. */
  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#record("openOrders", null, () => this.#inner.openOrders());
  }

  /** See {@linkcode VenueAdapter.balances}. */
  balances(): Promise<readonly CurrencyAmount[]> {
    return this.#record("balances", null, () => this.#inner.balances());
  }

  /** See {@linkcode VenueAdapter.positions}. */
  positions(): Promise<readonly VenuePosition[]> {
    return this.#record("positions", null, () => this.#inner.positions());
  }

  /** See {@linkcode VenueAdapter.reports}. */
  reports(): AsyncIterable<EngineEvent> {
    return { [Symbol.asyncIterator]: () => this.#readReports() };
  }

  /** See {@linkcode VenueAdapter.close}. */
  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Same as {@linkcode RecordingVenue.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** No generator: leaving one takes effect only after the report that it waits for. */
  #readReports(): AsyncIterator<EngineEvent> {
    const reader = this.#inner.reports()[Symbol.asyncIterator]();
    return {
      next: async () => {
        const next = await reader.next();
        if (next.done !== true) this.#lines.push({ report: next.value });
        return next;
      },
      return: async () => {
        await reader.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  async #record<T>(call: VenueCall, argument: unknown, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.#lines.push({ call, argument, answer: answer ?? null, failure: null });
      return answer;
    } catch (error) {
      const failure = venueFailure(error);
      if (failure !== null) this.#lines.push({ call, argument, answer: null, failure });
      throw error;
    }
  }
}

/**
 * Plays a recording back: the same calls in the same order get the same answers and reports.
 *
 * A call that was not recorded there is `venue_fatal` with what was expected.
 *
 * @example Nothing but connecting
 * ```ts
 * import { RecordedVenue } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const venue = new RecordedVenue(new TextEncoder().encode(
 *   '{"capabilities":{"order_types":["market"],"replace":false,"time_in_force":["ioc"]},"venue":"x"}\n' +
 *     '{"answer":null,"argument":null,"call":"connect","failure":null}\n',
 * ));
 * await venue.connect();
 * assertEquals(venue.ended, true);
 * await venue.close();
 * ```
 */
export class RecordedVenue implements VenueAdapter {
  /** Name of the venue in events. */
  readonly venue: string;
  /** What it can do. */
  readonly capabilities: Capabilities;
  /** It plays. */
  readonly simulated = true;
  readonly #lines: readonly Line[];
  readonly #reports = new ReportQueue();
  #next = 1;
  #closed = false;

  /**
   * Reads a recording.
   *
   * @param recording JSON lines, as {@linkcode RecordingVenue.recording} writes them
   * @throws {TypeError} if the recording is no bytes
   * @throws {ContractError} `contract_schema_invalid` if a line is not strict JSON
   * @throws {SyntaxError} if the first line is not a head, or another neither a call nor a report
   */
  constructor(recording: Uint8Array) {
    checkBytes("play a recording", "recording", recording);
    const lines = decoder.decode(recording).split("\n").filter((line) => line !== "");
    const [head, ...rest] = lines.map((line) => parseJson(line));
    if (!isHead(head)) {
      throw new SyntaxError(
        "Cannot play a recording as its first line must name venue and capabilities",
      );
    }
    for (const [index, line] of rest.entries()) {
      if (isObject(line) && ("report" in line || ("call" in line && "failure" in line))) continue;
      throw new SyntaxError(
        "Cannot play a recording as each line but the first must have a call with what came of it, " +
          `or a report: line ${index + 2} is ${show(lines[index + 1])}`,
      );
    }
    // What a recording holds is written by `RecordingVenue`; its calls are compared, not trusted.
    this.#lines = [head, ...rest] as unknown as readonly Line[];
    this.venue = head.venue;
    this.capabilities = head.capabilities;
  }

  /** Whether everything recorded was played. */
  get ended(): boolean {
    return this.#next === this.#lines.length;
  }

  /** See {@linkcode VenueAdapter.connect}. */
  async connect(): Promise<void> {
    await this.#play("connect", null);
  }

  /** See {@linkcode VenueAdapter.submit}. */
  async submit(intent: PlaceIntent): Promise<void> {
    checkCapability(this.capabilities, intent);
    await this.#play("submit", intent);
  }

  /** See {@linkcode VenueAdapter.cancel}. */
  async cancel(intent: CancelIntent): Promise<void> {
    await this.#play("cancel", intent);
  }

  /** See {@linkcode VenueAdapter.replace}. */
  async replace(intent: ReplaceIntent): Promise<void> {
    checkCapability(this.capabilities, intent);
    await this.#play("replace", intent);
  }

  /** See {@linkcode VenueAdapter.order}. */
  async order(orderId: string): Promise<VenueOrder | null> {
    return await this.#play("order", orderId) as VenueOrder | null;
  }

  /** See {@linkcode VenueAdapter.openOrders}. */
  async openOrders(): Promise<readonly VenueOrder[]> {
    return await this.#play("openOrders", null) as VenueOrder[];
  }

  /** See {@linkcode VenueAdapter.balances}. */
  async balances(): Promise<readonly CurrencyAmount[]> {
    return await this.#play("balances", null) as CurrencyAmount[];
  }

  /** See {@linkcode VenueAdapter.positions}. */
  async positions(): Promise<readonly VenuePosition[]> {
    return await this.#play("positions", null) as VenuePosition[];
  }

  /** See {@linkcode VenueAdapter.reports}. */
  reports(): AsyncIterable<EngineEvent> {
    return this.#reports;
  }

  /** See {@linkcode VenueAdapter.drain}. */
  drain(): readonly EngineEvent[] {
    return this.#reports.drain();
  }

  /** See {@linkcode VenueAdapter.close}. */
  close(): Promise<void> {
    this.#closed = true;
    this.#reports.end();
    return Promise.resolve();
  }

  /** Same as {@linkcode RecordedVenue.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #play(call: VenueCall, argument: unknown): Promise<unknown> {
    if (this.#closed) {
      return Promise.reject(new ClosedError("closed", `Cannot ask a venue: the adapter is closed`));
    }
    const line = this.#lines[this.#next];
    const asked = canonicalJson({ call, argument });
    const recorded = line !== undefined && "call" in line
      ? canonicalJson({ call: line.call, argument: line.argument })
      : "the end";
    if (line === undefined || !("call" in line) || asked !== recorded) {
      return Promise.reject(venueError(
        { code: "venue_fatal" },
        `Cannot play a recording as ${recorded} comes next: asked for ${asked}`,
      ));
    }
    this.#next++;
    for (let next; (next = this.#lines[this.#next]) !== undefined && "report" in next;) {
      this.#reports.push(next.report);
      this.#next++;
    }
    if (line.failure === null) return Promise.resolve(line.answer);
    return Promise.reject(
      venueError(line.failure, `Cannot ${call}: recorded ${line.failure.code}`),
    );
  }
}
