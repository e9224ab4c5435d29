/**
 * A backtest's answer as the caller sees it.
 *
 * @module
 */

import type { Answer } from "../../ffi/call.ts";
import { decimalReader } from "./_decimal.ts";
import { timeText } from "./_time.ts";
import { showInJupyter } from "./report/_jupyter.ts";
import type { BacktestResult, Fill, RoundTrip, Side } from "./types.ts";

/** A backtest's answer as the library packs it. */
export type PackedResult = Answer<"engine.backtest">;

const SIDES: readonly Side[] = ["buy", "sell"];
const decoder = new TextDecoder();

/**
 * The result. Fills and round trips stay packed until they are read, because a sweep looks at those
 * of its best run only; as own getters they survive spreading, cloning and JSON.
 */
export function backtestResult({ columns, ...head }: PackedResult): BacktestResult {
  const { initial, final } = head.equity;
  let fills: readonly Fill[] | undefined;
  let roundTrips: readonly RoundTrip[] | undefined;
  return showInJupyter({
    ...head,
    equity: {
      ...head.equity,
      totalReturn: Number(initial) === 0 ? NaN : Number(final) / Number(initial) - 1,
      time: column(columns, "equityTime", BigInt64Array),
      value: column(columns, "equityValue", Float64Array),
    },
    get fills() {
      return fills ??= decodeFills(columns);
    },
    get roundTrips() {
      return roundTrips ??= decodeRoundTrips(columns);
    },
  });
}

type Columns = PackedResult["columns"];
type TypedArray = Columns[string];

function column<T extends TypedArray>(
  columns: Columns,
  name: string,
  type: new (length: number) => T,
): T {
  const found = columns[name];
  if (found instanceof type) return found;
  throw new TypeError(`Cannot run backtest: the library sent no column "${name}"`);
}

function decodeFills(columns: Columns): readonly Fill[] {
  const instrument = column(columns, "fillInstrument", Uint32Array);
  const side = column(columns, "fillSide", Uint8Array);
  const decimals = decimalReader(column(columns, "fillDecimals", Uint8Array));
  const ids = decoder.decode(column(columns, "fillIds", Uint8Array)).split("\n");
  return Array.from(column(columns, "fillTime", BigInt64Array), (time, row) => {
    const [orderId = "", tradeId = ""] = (ids[row] ?? "").split(" ");
    return {
      time: timeText(time),
      instrument: instrument[row] ?? 0,
      side: SIDES[side[row] ?? 0] ?? "buy",
      price: decimals(),
      quantity: decimals(),
      fees: decimals(),
      orderId,
      tradeId,
    };
  });
}

function decodeRoundTrips(columns: Columns): readonly RoundTrip[] {
  const exit = column(columns, "tripExit", BigInt64Array);
  const instrument = column(columns, "tripInstrument", Uint32Array);
  const side = column(columns, "tripSide", Uint8Array);
  const decimals = decimalReader(column(columns, "tripDecimals", Uint8Array));
  return Array.from(column(columns, "tripEnter", BigInt64Array), (enter, row) => ({
    instrument: instrument[row] ?? 0,
    side: SIDES[side[row] ?? 0] ?? "buy",
    timeEnter: timeText(enter),
    timeExit: timeText(exit[row] ?? 0n),
    entryPrice: decimals(),
    exitPrice: decimals(),
    quantity: decimals(),
    pnl: decimals(),
    return: decimals(),
    feesEnter: decimals(),
    feesExit: decimals(),
  }));
}
