/**
 * A backtest's answer as the caller sees it.
 *
 * @module
 */

import type { Answer } from "../../ffi/call.ts";
import { timeText } from "./_time.ts";
import type { BacktestResult, Fill, RoundTrip, Side } from "./types.ts";

type Packed = Answer<"engine.backtest">;

const SIDES: readonly Side[] = ["buy", "sell"];
const decoder = new TextDecoder();

/**
 * The result. Fills and round trips stay packed until they are read, because a sweep looks at those
 * of its best run only; as own getters they survive spreading, cloning and JSON.
 */
export function backtestResult({ columns, ...head }: Packed): BacktestResult {
  const { initial, final } = head.equity;
  let fills: readonly Fill[] | undefined;
  let roundTrips: readonly RoundTrip[] | undefined;
  return {
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
  };
}

type Columns = Packed["columns"];
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

/** Words of each line of a text column. */
function lines(columns: Columns, name: string): string[][] {
  const text = decoder.decode(column(columns, name, Uint8Array));
  return text === "" ? [] : text.trimEnd().split("\n").map((line) => line.split(" "));
}

function decodeFills(columns: Columns): readonly Fill[] {
  const time = column(columns, "fillTime", BigInt64Array);
  const instrument = column(columns, "fillInstrument", Uint32Array);
  const side = column(columns, "fillSide", Uint8Array);
  return lines(columns, "fillText").map(
    ([price = "", quantity = "", fees = "", orderId = "", tradeId = ""], row) => ({
      time: timeText(time[row] ?? 0n),
      instrument: instrument[row] ?? 0,
      side: SIDES[side[row] ?? 0] ?? "buy",
      price,
      quantity,
      fees,
      orderId,
      tradeId,
    }),
  );
}

function decodeRoundTrips(columns: Columns): readonly RoundTrip[] {
  const enter = column(columns, "tripEnter", BigInt64Array);
  const exit = column(columns, "tripExit", BigInt64Array);
  const instrument = column(columns, "tripInstrument", Uint32Array);
  const side = column(columns, "tripSide", Uint8Array);
  return lines(columns, "tripText").map((words, row) => {
    const [entryPrice = "", exitPrice = "", quantity = "", pnl = ""] = words;
    const [pnlReturn = "", feesEnter = "", feesExit = ""] = words.slice(4);
    return {
      instrument: instrument[row] ?? 0,
      side: SIDES[side[row] ?? 0] ?? "buy",
      timeEnter: timeText(enter[row] ?? 0n),
      timeExit: timeText(exit[row] ?? 0n),
      entryPrice,
      exitPrice,
      quantity,
      pnl,
      return: pnlReturn,
      feesEnter,
      feesExit,
    };
  });
}
