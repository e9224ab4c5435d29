/**
 * What a run steps next.
 *
 * @module
 */

import type { EngineEvent, Mode, ModePolicyRow, TimeNs } from "../generated/types.ts";
import type { IngestQueue } from "./ingest_queue.ts";
import type { Recovered } from "./recovery.ts";
import { addReport, inTurn, readableTime } from "./sequence.ts";

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
  /** Dropped among and behind those of the batch: done with when it is. */
  #lost = 0;
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

  /** Events of the input that are done with, dropped ones included. */
  get position(): number {
    return this.#batch.length === 0 ? this.#taken + this.#lost : this.#taken - this.#batch.length;
  }

  /** What was taken in and not stepped. */
  get size(): number {
    return this.#queue.size + this.#batch.length + this.#reports.length + this.#commands.length;
  }

  /**
   * Whether nothing of a step or batch is left, but for what waits in the queue, and for reports whose time
   * has not come.
   *
   * @param ended whether nothing more will come into the queue
   */
  rests(ended: boolean): boolean {
    return this.#batch.length === 0 && this.#commands.length === 0 && !this.#reportIsDue(ended);
  }

  /** Adds a report of the venue. */
  report(event: EngineEvent): void {
    addReport(this.#reports, event, this.#inEventTime);
  }

  /** Time of the newest step, if steps go by their times and it is later than an event. */
  laterThan({ event_time }: EngineEvent): TimeNs | null {
    const time = readableTime(event_time);
    if (!this.#inEventTime || time === null || this.#time === null) return null;
    return BigInt(time) < BigInt(this.#time) ? this.#time : null;
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
    const own = this.#command() ?? (this.#reportIsDue(ended) ? this.#reports.shift() : undefined);
    if (own !== undefined) return { event: own, input: false };
    const event = this.#batch.shift();
    return event === undefined ? null : { event, input: true };
  }

  #command(): EngineEvent | undefined {
    if (this.#kill !== null) {
      // Without a clock, it is as late as the newest event, or as the first one to come.
      const time = this.#inEventTime
        ? this.#time ?? readableTime(this.#batch[0]?.event_time)
        : null;
      if (time !== null || !this.#inEventTime) {
        this.#commands.push(...this.#kill(time));
        this.#kill = null;
      }
    }
    return this.#commands.shift();
  }

  #reportIsDue(ended: boolean): boolean {
    const report = this.#reports[0];
    if (report === undefined) return false;
    const time = readableTime(report.event_time);
    if (!this.#inEventTime || time === null) return true;
    const next = this.#batch[0] ?? this.#queue.first;
    if (next === undefined && ended) return true;
    const limit = readableTime(next?.event_time) ?? this.#time;
    return limit === null || BigInt(time) <= BigInt(limit);
  }

  /** Takes what is to be put in order together. */
  #fill(ended: boolean): void {
    while (this.#batch.length === 0 && this.#queue.size > 0) {
      const { events, lost } = this.#inEventTime
        ? { events: this.#queue.takeMoment(ended), lost: 0 }
        : this.#queue.takeAll();
      if (events.length === 0) return;
      this.#taken += this.#lost + events.length;
      this.#lost = lost;
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
