/**
 * Reports of a venue, in order, for one reader. Reports are never dropped.
 *
 * @module
 */

import type { EngineEvent } from "../generated/types.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Waits for reports, and ends. */
export class ReportQueue implements AsyncIterableIterator<EngineEvent, undefined> {
  #events: EngineEvent[] = [];
  #waiting: ((result: IteratorResult<EngineEvent, undefined>) => void)[] = [];
  #ended = false;

  /** Adds a report. */
  push(event: EngineEvent): void {
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#events.push(event);
    else reader({ done: false, value: event });
  }

  /** Takes the reports that wait. */
  drain(): readonly EngineEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** No more reports; those that wait can still be read. */
  end(): void {
    this.#ended = true;
    this.#turnAway();
  }

  /** The next report. */
  next(): Promise<IteratorResult<EngineEvent, undefined>> {
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Leaving a loop keeps the queue: another may go on where it stopped. Who waits gets nothing, so that
   * the next report is the next reader's.
   */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#turnAway();
    return Promise.resolve(DONE);
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #turnAway(): void {
    for (const reader of this.#waiting.splice(0)) reader(DONE);
  }
}
