/**
 * The time axis that all charts of a report share.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";

/** Turns times into fractions of the run. */
export class Timeline {
  /** Start in milliseconds since the epoch. */
  readonly start: number;
  /** End in milliseconds since the epoch. */
  readonly end: number;

  /** @param result the run whose equity curve, or else summary, sets the range */
  constructor(result: BacktestResult) {
    const { time } = result.equity;
    const first = time[0], last = time[time.length - 1];
    if (first !== undefined && last !== undefined) {
      this.start = Number(first) / 1e6;
      this.end = Number(last) / 1e6;
    } else {
      this.start = Date.parse(result.summary.timeStart) || 0;
      this.end = Date.parse(result.summary.timeEnd) || this.start;
    }
  }

  /** Fraction of a time in nanoseconds since the epoch. */
  ofNanoseconds(time: bigint): number {
    return this.#fraction(Number(time) / 1e6);
  }

  /** Fraction of an RFC 3339 time; 0 when it is not one. */
  of(time: string): number {
    const parsed = Date.parse(time);
    return Number.isNaN(parsed) ? 0 : this.#fraction(parsed);
  }

  /** The RFC 3339 time at a fraction. */
  timeAt(fraction: number): string {
    return new Date(Math.round(this.start + fraction * (this.end - this.start))).toISOString();
  }

  /** Whether the run touches more than one day (UTC). */
  get spansDays(): boolean {
    return Math.floor(this.start / 86_400_000) !== Math.floor(this.end / 86_400_000);
  }

  #fraction(milliseconds: number): number {
    return this.end > this.start ? (milliseconds - this.start) / (this.end - this.start) : 0;
  }
}
