/**
 * What a run steps next.
 *
 * @module
 */

import type { EngineEvent, Mode, ModePolicyRow, TimeNs } from "../generated/types.ts";
import type { IngestQueue } from "./ingest_queue.ts";
import type { Recovered } from "./recovery.ts";
import { inTurn } from "./sequence.ts";

/** An event whose turn it is. */
export interface Due {
  readonly event: EngineEvent;
  /** Whether it comes from the input, and not from the venue or the kill switch. */
  readonly input: boolean;
}

/**
 * Commands of the kill switch, then reports, then events of the input in the order of the sequencer.
 *
 * Where steps are in the order of event times, a report that is later than the next event waits for it.
 */
export class Agenda {
  readonly #mode: Mode;
  readonly #inEventTime: boolean;
  readonly #queue: IngestQueue;
  readonly #stepped: Map<string, number>;
  readonly #commands: EngineEvent[] = [];
  readonly #reports: EngineEvent[];
  #batch: EngineEvent[] = [];
  #taken: number;
  #time: TimeNs | null;
  #kill: ((time: TimeNs | null) => readonly EngineEvent[]) | null = null;

  /**
   * Makes an agenda.
   *
   * @param position events of the input that are done with
   * @param time of the newest event
   */
  constructor(
    { mode, core_environment }: Readonly<ModePolicyRow>,
    queue: IngestQueue,
    { reports, stepped }: Recovered,
    position: number,
    time: TimeNs | null,
  ) {
    this.#mode = mode;
    this.#inEventTime = core_environment === "forbidden";
    this.#queue = queue;
    this.#reports = reports;
    this.#stepped = stepped;
    this.#taken = position;
    this.#time = time;
  }

  /** Events of the input that are done with. */
  get position(): number {
    return this.#taken - this.#batch.length;
  }

  /** What was taken in and not stepped. */
  get size(): number {
    return this.#queue.size + this.#batch.length + this.#reports.length + this.#commands.length;
  }

  /** Whether nothing of a step or batch is left, but for what waits in the queue. */
  get rests(): boolean {
    return this.size === this.#queue.size;
  }

  /** Adds a report of the venue. */
  report(event: EngineEvent): void {
    this.#reports.push(event);
  }

  /** Puts commands in front, as soon as there is a time for them. */
  kill(commands: (time: TimeNs | null) => readonly EngineEvent[]): void {
    this.#kill = commands;
  }

  /** Takes note of a step. */
  stepped({ event_time }: EngineEvent): void {
    if (event_time === null) return;
    if (this.#time === null || BigInt(event_time) > BigInt(this.#time)) this.#time = event_time;
  }

  /** Takes an event back that could not be stepped. */
  putBack({ event, input }: Due): void {
    (input ? this.#batch : this.#reports).unshift(event);
  }

  /**
   * The next event, or null if none can be stepped now.
   *
   * @param ended whether nothing more will come into the queue
   */
  next(ended: boolean): Due | null {
    this.#fill(ended);
    const own = this.#command() ?? this.#report(ended);
    if (own !== undefined) return { event: own, input: false };
    const event = this.#batch.shift();
    return event === undefined ? null : { event, input: true };
  }

  #command(): EngineEvent | undefined {
    if (this.#kill !== null) {
      // Without a clock, it is as late as the newest event, or as the first one to come.
      const time = this.#inEventTime ? this.#time ?? timeOf(this.#batch[0]) : null;
      if (time !== null || !this.#inEventTime) {
        this.#commands.push(...this.#kill(time));
        this.#kill = null;
      }
    }
    return this.#commands.shift();
  }

  #report(ended: boolean): EngineEvent | undefined {
    const time = this.#reports[0]?.event_time ?? null;
    if (!this.#inEventTime || time === null) return this.#reports.shift();
    const next = this.#batch[0] ?? this.#queue.first;
    const limit = next === undefined ? ended ? null : this.#time : timeOf(next);
    return limit === null || BigInt(time) <= BigInt(limit) ? this.#reports.shift() : undefined;
  }

  /** Takes what is to be put in order together. */
  #fill(ended: boolean): void {
    while (this.#batch.length === 0 && this.#queue.size > 0) {
      const events = this.#inEventTime ? this.#queue.takeMoment(ended) : this.#queue.takeAll();
      if (events.length === 0) return;
      this.#taken += events.length;
      const batch = this.#stepped.size === 0 ? events : events.filter((one) => this.#isNew(one));
      this.#batch = inTurn(batch, this.#mode, this.#inEventTime);
    }
  }

  /** Whether an event was not stepped before the run went on. */
  #isNew({ event_id }: EngineEvent): boolean {
    const count = this.#stepped.get(event_id) ?? 0;
    if (count > 1) this.#stepped.set(event_id, count - 1);
    else this.#stepped.delete(event_id);
    return count === 0;
  }
}

/** The time of an event of the input, which may be none that can be read. */
function timeOf(event: EngineEvent | undefined): TimeNs | null {
  const time: unknown = event?.event_time;
  return typeof time === "string" && /^-?[0-9]+$/.test(time) ? time : null;
}
