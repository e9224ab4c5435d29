/**
 * Last prices.
 *
 * @module
 */

import type { EngineEvent } from "../generated/types.ts";
import { asMoney, money, readDecimal } from "./decimal.ts";
import type { State } from "./state.ts";

/** Takes the price out of a market event. @throws {Overflow} */
export function applyMarket(state: State, event: EngineEvent): void {
  if (event.instrument === null) return;
  const price = priceOf(event.body);
  if (price !== null) state.marks.set(event.instrument, money(price));
}

/** The price at 24 places: of a trade, of a closed bar, or the middle of a quote with both sides. */
function priceOf({ type, data }: EngineEvent["body"]): bigint | null {
  switch (type) {
    case "market.trade":
      return asMoney(readDecimal(data.price));
    case "market.bar":
      return data.closed ? asMoney(readDecimal(data.close)) : null;
    case "market.quote":
      if (data.bid_price === null || data.ask_price === null) return null;
      return asMoney(readDecimal(data.bid_price) + readDecimal(data.ask_price)) / 2n;
    default:
      return null;
  }
}
