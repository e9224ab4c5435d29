/**
 * Market items of the engine as market events.
 *
 * @module
 */

import type { MarketItemData, PriceLevel } from "../../engine/mod.ts";
import type { EventBody } from "../generated/types.ts";
import { idOf, timeNs } from "./names.ts";
import { readExact, type Rounding } from "./rounding.ts";

/** Length of a bar, as text and in nanoseconds. */
export interface Timeframe {
  readonly text: string;
  readonly nanos: bigint;
}

const SECONDS: Readonly<Record<string, bigint>> = {
  s: 1n,
  m: 60n,
  h: 3_600n,
  d: 86_400n,
  w: 604_800n,
};

/** Reads `1m`, `4h`, `1d`. */
export function readTimeframe(action: string, text: unknown): Timeframe {
  const match = typeof text === "string" ? /^([1-9]\d{0,4})([smhdw])$/.exec(text) : null;
  if (match === null) {
    throw new TypeError(
      `Cannot ${action} as timeframe must be such as "1m" or "4h": current value is ${text}`,
    );
  }
  const [whole, count = "", unit = ""] = match;
  return { text: whole, nanos: BigInt(count) * (SECONDS[unit] ?? 0n) * 1_000_000_000n };
}

/**
 * The market event of an item; null for what has no form in the contracts: books, liquidations, candles
 * of unknown length, trades of nothing, and numbers of more than 18 digits before the point.
 */
export function marketBody(
  data: MarketItemData,
  timeframe: Timeframe | null,
  rounding: Rounding,
): EventBody | null {
  switch (data.kind) {
    case "trade": {
      const price = rounding.decimal(data.price);
      const quantity = rounding.decimal(data.amount);
      if (!isPositive(price) || !isPositive(quantity)) return null;
      const trade_id = data.id === "" ? null : idOf(data.id);
      return { type: "market.trade", data: { trade_id, price, quantity, aggressor: data.side } };
    }
    case "quote": {
      const bid = level(data.bid, rounding);
      const ask = level(data.ask, rounding);
      if (bid === undefined || ask === undefined) return null;
      return {
        type: "market.quote",
        data: {
          bid_price: bid?.price ?? null,
          bid_size: bid?.size ?? null,
          ask_price: ask?.price ?? null,
          ask_size: ask?.size ?? null,
        },
      };
    }
    case "candle":
      return timeframe === null ? null : bar(data, timeframe, rounding);
    default:
      return null;
  }
}

function isPositive(text: string | null): text is string {
  return text !== null && text !== "0" && !text.startsWith("-");
}

/** Price and size; null for a side that is missing, undefined for one that has no form. */
function level(
  side: PriceLevel | null,
  rounding: Rounding,
): { readonly price: string; readonly size: string } | null | undefined {
  if (side === null) return null;
  const price = rounding.decimal(side.price);
  const size = rounding.decimal(side.amount);
  return price === null || size === null ? undefined : { price, size };
}

function bar(
  candle: MarketItemData & { kind: "candle" },
  timeframe: Timeframe,
  rounding: Rounding,
): EventBody | null {
  const open = rounding.decimal(candle.open);
  const high = rounding.decimal(candle.high);
  const low = rounding.decimal(candle.low);
  const close = rounding.decimal(candle.close);
  const volume = rounding.decimal(candle.volume);
  if (open === null || high === null || low === null || close === null || volume === null) {
    return null;
  }
  const [o, h, l, c] = [open, high, low, close].map(readExact) as [bigint, bigint, bigint, bigint];
  if (l > o || l > c || h < o || h < c || volume.startsWith("-")) return null;
  const open_time = (BigInt(timeNs(candle.closeTime)) - timeframe.nanos).toString();
  return {
    type: "market.bar",
    data: { timeframe: timeframe.text, open_time, open, high, low, close, volume, closed: true },
  };
}
