/**
 * One run of a parameter sweep, reduced to what a comparison needs.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";

/** A run in the comparison table of a tear sheet; plain data that survives JSON. */
export interface SweepRow {
  /** Name of the run; equal to `BacktestResult.id` for the run that the tear sheet shows. */
  readonly id: string;
  /** The parameters that were tried, for example `{ fast: 20, slow: 100 }`. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Final equity minus opening equity, in the quote asset. */
  readonly profit: number;
  /** Final equity over opening equity, minus 1. */
  readonly totalReturn: number;
  /** Deepest fall of the equity as a fraction of its peak. */
  readonly maxDrawdown: number;
  /** Closed positions. */
  readonly trades: number;
  /** Closed positions with a gain. */
  readonly wins: number;
  /** Who ran it, if that is worth telling. */
  readonly agent?: string;
}

/**
 * Reduces a result to a row of the comparison table.
 *
 * @param result a finished backtest
 * @param parameters what distinguishes this run from the others of the sweep
 * @returns plain data; `agent` is left for the caller to add
 *
 * @example Compare two runs in one tear sheet
 * ```ts ignore
 * const sweep = results.map((result, index) => sweepRow(result, parameters[index]));
 * const page = renderTearSheet(results[0], { sweep });
 * ```
 */
export function sweepRow(
  result: BacktestResult,
  parameters: Readonly<Record<string, string | number>>,
): SweepRow {
  const sheets = Object.values(result.summary.instruments);
  return {
    id: result.id,
    parameters,
    profit: Number(result.equity.final) - Number(result.equity.initial),
    totalReturn: result.equity.totalReturn,
    maxDrawdown: result.equity.maxDrawdown,
    trades: sheets.reduce((sum, sheet) => sum + sheet.derived.trades, 0),
    wins: sheets.reduce((sum, sheet) => sum + sheet.derived.wins, 0),
  };
}
