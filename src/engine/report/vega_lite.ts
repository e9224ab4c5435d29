/**
 * Results as Vega-Lite: specifications with their data, for notebooks and editors.
 *
 * @module
 */

import { checkOneOf } from "../../_check.ts";
import type { BacktestResult } from "../types.ts";
import { drawdowns, evenly } from "./_curve.ts";
import type { SweepRow } from "./sweep_row.ts";

/** A Vega-Lite specification: plain data that any Vega-Lite of version 6 renders. */
export interface VegaLiteSpec {
  /** Address of the schema. */
  readonly $schema: string;
  /** The rest, as the schema describes it. */
  readonly [key: string]: unknown;
}

/** What {@linkcode vegaLite} can draw. */
export type VegaLiteChart = "equity" | "drawdown" | "roundTrips";

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";
/** Points in a line; more would not show. */
const MAX_POINTS = 2000;

/**
 * A chart of a result.
 *
 * Lines are thinned evenly to 2,000 points; the deepest point of a drawdown is its own mark in the
 * tear sheet, and `equity.maxDrawdown` has it exactly.
 *
 * @param result what `backtest` returned
 * @param chart which chart
 * @returns a specification that holds its data
 *
 * @example Save a chart
 * ```ts ignore
 * await writeFile("equity.vl.json", JSON.stringify(vegaLite(result, "equity")));
 * ```
 */
export function vegaLite(result: BacktestResult, chart: VegaLiteChart = "equity"): VegaLiteSpec {
  checkOneOf("draw chart", "chart", chart, ["equity", "drawdown", "roundTrips"]);
  const { quote, time, value } = result.equity;
  const frame = { $schema: SCHEMA, title: result.id, width: "container", height: 240 };
  const xTime = { field: "time", type: "temporal", title: null };
  if (chart === "roundTrips") {
    return {
      ...frame,
      data: {
        values: result.roundTrips.map(({ timeExit, pnl, instrument }) => ({
          time: timeExit,
          pnl: Number(pnl),
          instrument: `${instrument}`,
        })),
      },
      mark: { type: "bar", tooltip: true },
      encoding: {
        x: xTime,
        y: { field: "pnl", type: "quantitative", title: `Result, ${quote}` },
        color: { field: "instrument", type: "nominal", title: "Instrument" },
      },
    };
  }
  const points = evenly(time.length, MAX_POINTS);
  const at = (index: number) => new Date(Number((time[index] ?? 0n) / 1_000_000n)).toISOString();
  if (chart === "drawdown") {
    const depth = drawdowns(result);
    return {
      ...frame,
      data: {
        values: points.map((index) => ({ time: at(index), drawdown: depth[index] ?? 0 })),
      },
      mark: { type: "area", tooltip: true },
      encoding: {
        x: xTime,
        y: {
          field: "drawdown",
          type: "quantitative",
          title: "Drawdown",
          axis: { format: ".2%" },
        },
      },
    };
  }
  return {
    ...frame,
    data: { values: points.map((index) => ({ time: at(index), equity: value[index] ?? 0 })) },
    mark: { type: "line", tooltip: true, interpolate: "step-after" },
    encoding: {
      x: xTime,
      y: {
        field: "equity",
        type: "quantitative",
        title: `Equity, ${quote}`,
        scale: { zero: false },
      },
    },
  };
}

/**
 * A sweep as a heat map over two of its parameters.
 *
 * @param rows the runs
 * @param across parameter of the horizontal axis
 * @param down parameter of the vertical axis
 * @returns a specification that holds its data
 */
export function vegaLiteSweep(
  rows: readonly SweepRow[],
  across: string,
  down: string,
): VegaLiteSpec {
  const axis = (name: string) => ({ field: name, type: "ordinal", title: name });
  return {
    $schema: SCHEMA,
    title: `Result by ${down} and ${across}`,
    data: {
      values: rows.map(({ id, parameters, profit, maxDrawdown, trades }) => ({
        id,
        [across]: parameters[across] ?? null,
        [down]: parameters[down] ?? null,
        profit,
        maxDrawdown,
        trades,
      })),
    },
    mark: { type: "rect", tooltip: { content: "data" } },
    encoding: {
      x: axis(across),
      y: axis(down),
      color: {
        field: "profit",
        type: "quantitative",
        title: "Result",
        scale: { scheme: "redblue", domainMid: 0 },
      },
    },
  };
}
