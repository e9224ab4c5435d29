/**
 * Results as text: comma-separated values and JSON lines.
 *
 * @module
 */

import { checkOneOf } from "../_check.ts";
import { timeText } from "./_time.ts";
import type { BacktestResult } from "./types.ts";

/** Parts of a result that are lists of records. */
export type ResultTable = "equity" | "fills" | "roundTrips";

type Value = string | number;

/** Columns of each table: name, and how a row has it. */
const COLUMNS = {
  fills: [
    "time",
    "instrument",
    "side",
    "price",
    "quantity",
    "fees",
    "orderId",
    "tradeId",
  ],
  roundTrips: [
    "instrument",
    "side",
    "timeEnter",
    "timeExit",
    "entryPrice",
    "exitPrice",
    "quantity",
    "pnl",
    "return",
    "feesEnter",
    "feesExit",
  ],
  equity: ["time", "value"],
} as const;

/**
 * A part of a result as comma-separated values (RFC 4180, lines end in a line feed).
 *
 * The first line has the names of the fields. Decimals are exact, times RFC 3339.
 *
 * @param result what `backtest` returned
 * @param table which part
 *
 * @example Fills as a file
 * ```ts ignore
 * await writeFile("fills.csv", toCsv(result, "fills"));
 * ```
 */
export function toCsv(result: BacktestResult, table: ResultTable): string {
  let text = `${columns("CSV", table).join(",")}\n`;
  for (const row of rows(result, table)) text += `${row.map(quoted).join(",")}\n`;
  return text;
}

/**
 * A part of a result as JSON lines: one object per record, with the fields it has in the result.
 *
 * @param result what `backtest` returned
 * @param table which part
 */
export function toJsonLines(result: BacktestResult, table: ResultTable): string {
  const names = columns("JSON lines", table);
  let text = "";
  for (const row of rows(result, table)) {
    text += `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])))}\n`;
  }
  return text;
}

function columns(form: string, table: ResultTable): readonly string[] {
  checkOneOf(`write ${form}`, "table", table, Object.keys(COLUMNS));
  return COLUMNS[table];
}

function* rows(result: BacktestResult, table: ResultTable): Generator<readonly Value[]> {
  if (table === "equity") {
    const { time, value } = result.equity;
    for (const [at, point] of value.entries()) yield [timeText(time[at] ?? 0n), point];
  } else if (table === "fills") {
    for (const fill of result.fills) yield COLUMNS.fills.map((name) => fill[name]);
  } else {
    for (const trip of result.roundTrips) yield COLUMNS.roundTrips.map((name) => trip[name]);
  }
}

function quoted(value: Value): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
