/**
 * Axes: where round values lie and how they are written.
 *
 * @module
 */

import { formatNumber } from "./_format.ts";

/** A labelled position on an axis. */
export interface Tick {
  /** Position as a fraction of the axis, 0 at its start. */
  readonly at: number;
  /** Text beside it. */
  readonly label: string;
}

/** A value axis. */
export interface Scale {
  /** Value at fraction 0. */
  readonly low: number;
  /** Value at fraction 1. */
  readonly high: number;
  /** Round values within. */
  readonly ticks: readonly Tick[];
}

/**
 * Widens a range to look well on an axis and finds about `count` round values (1, 2 or 5 times a
 * power of ten) in it. A flat range is opened around its value.
 */
export function valueScale(
  low: number,
  high: number,
  count: number,
  label: (value: number, digits: number) => string = formatNumber,
): Scale {
  // Also where the range is so small beside its values that steps would vanish in rounding.
  if (!(high - low > Math.max(1e-12, Math.abs(low) * 1e-9, Math.abs(high) * 1e-9))) {
    const room = Math.abs(low) * 0.001 || 1;
    low -= room;
    high += room;
  }
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Rounded on a logarithmic scale: 1, 2, 5 or 10, whichever is nearest.
  const step = power *
    (rough >= power * Math.sqrt(50)
      ? 10
      : rough >= power * Math.sqrt(10)
      ? 5
      : rough >= power * Math.SQRT2
      ? 2
      : 1);
  const digits = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks: Tick[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    ticks.push({ at: (n * step - low) / (high - low), label: label(n * step, digits) });
  }
  return { low, high, ticks };
}

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND],
  ...[15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
  ...[30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY],
  ...[14 * DAY, 30 * DAY, 91 * DAY, 182 * DAY, 365 * DAY, 730 * DAY, 1825 * DAY, 3650 * DAY],
];

/** Finds at most `count` round times (UTC) between two times in milliseconds since the epoch. */
export function timeTicks(start: number, end: number, count: number): Tick[] {
  if (!(end > start)) return [{ at: 0, label: timeLabel(start, SECOND) }];
  const span = end - start;
  const step = TIME_STEPS.find((one) => span / one <= count) ?? span;
  const ticks: Tick[] = [];
  for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
    ticks.push({ at: (time - start) / span, label: timeLabel(time, step) });
  }
  return ticks;
}

function timeLabel(time: number, step: number): string {
  const text = new Date(time).toISOString();
  if (step < SECOND) return text.slice(14, 23);
  if (step < MINUTE) return text.slice(11, 19);
  if (step < DAY) return text.slice(11, 16);
  return step < 365 * DAY ? text.slice(0, 10) : text.slice(0, 4);
}
