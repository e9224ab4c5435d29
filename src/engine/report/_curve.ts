/**
 * What the equity curve says: drawdowns, falls, results per month, rolling ratio.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";

/** Value against the peak so far, at each point: 0 at a peak, negative below it. */
export function drawdowns(result: BacktestResult): Float64Array {
  let peak = Number(result.equity.initial);
  return result.equity.value.map((value) => {
    if (value > peak) peak = value;
    return peak > 0 ? (value - peak) / peak : 0;
  });
}

/** Indices of at most `count` points at even distances, the last included. */
export function evenly(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: count }, (_, i) => Math.round(i * (length - 1) / (count - 1)));
}

/** A fall from a peak, by indices of points. */
export interface Fall {
  /** Depth as a positive fraction of the peak. */
  readonly depth: number;
  /** Last point at the peak. */
  readonly peak: number;
  /** Deepest point. */
  readonly trough: number;
  /** First point at or above the peak again; absent while the fall lasts. */
  readonly recovery?: number;
}

/** The deepest falls of the curve, deepest first. */
export function deepestFalls(result: BacktestResult, count: number): Fall[] {
  const depths = drawdowns(result);
  const falls: Fall[] = [];
  let peak = 0, trough = -1;
  for (const [index, depth] of depths.entries()) {
    if (depth === 0) {
      if (trough >= 0) {
        falls.push({ depth: -(depths[trough] ?? 0), peak, trough, recovery: index });
      }
      peak = index;
      trough = -1;
    } else if (trough < 0 || depth < (depths[trough] ?? 0)) {
      trough = index;
    }
  }
  if (trough >= 0) falls.push({ depth: -(depths[trough] ?? 0), peak, trough });
  return falls.sort((a, b) => b.depth - a.depth).slice(0, count);
}

/** Return of one calendar month (UTC). */
export interface MonthReturn {
  /** Year. */
  readonly year: number;
  /** Month, from 0. */
  readonly month: number;
  /** Last value over the last value of the month before, minus 1. */
  readonly value: number;
}

/** Returns per calendar month; the first and last month may be parts of one. */
export function monthlyReturns(result: BacktestResult): MonthReturn[] {
  const { time, value, initial } = result.equity;
  const ends = new Map<string, { year: number; month: number; value: number }>();
  for (const [index, point] of value.entries()) {
    const date = new Date(Number((time[index] ?? 0n) / 1_000_000n));
    const year = date.getUTCFullYear(), month = date.getUTCMonth();
    ends.set(`${year}-${month}`, { year, month, value: point });
  }
  let before = Number(initial);
  return [...ends.values()].map(({ year, month, value }) => {
    const change = before > 0 ? value / before - 1 : NaN;
    before = value;
    return { year, month, value: change };
  });
}

/** A ratio at a point in time. */
export interface RatioPoint {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Mean over standard deviation. */
  readonly value: number;
}

/**
 * Mean over population standard deviation of the last `window` returns, where the run is cut into
 * `steps` equal spans of time and a return is the change of equity over one; not scaled. Windows in
 * which nothing changes have no ratio and are left out.
 */
export function rollingRatio(result: BacktestResult, steps: number, window: number): RatioPoint[] {
  const { time, value } = result.equity;
  const start = Number(time[0] ?? 0n) / 1e6, end = Number(time.at(-1) ?? 0n) / 1e6;
  if (!(end > start)) return [];
  const returns: number[] = [];
  const points: RatioPoint[] = [];
  let index = 0, before = value[0] ?? 0;
  for (let step = 1; step <= steps; step++) {
    const until = start + (end - start) * step / steps;
    while (index + 1 < time.length && Number(time[index + 1] ?? 0n) / 1e6 <= until) index++;
    const now = value[index] ?? before;
    returns.push(before > 0 ? now / before - 1 : 0);
    before = now;
    if (returns.length < window) continue;
    const recent = returns.slice(-window);
    const mean = recent.reduce((a, b) => a + b, 0) / window;
    const variance = recent.reduce((sum, one) => sum + (one - mean) ** 2, 0) / window;
    if (variance > 0) points.push({ time: until, value: mean / Math.sqrt(variance) });
  }
  return points;
}
