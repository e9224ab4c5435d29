/**
 * Market events as they arrive: what {@linkcode MarketEvent} allows, with everything there.
 *
 * @module
 */

import type { ReconnectingEvent } from "./market_event.ts";
import type { Decimal, Side } from "./types.ts";

/** What all live events but {@linkcode ReconnectingEvent} have. */
export interface LiveEventBase {
  /** Time at the exchange, RFC 3339; the time of receipt where the exchange sends none. */
  readonly time: string;
  /** Time of receipt, RFC 3339. */
  readonly received: string;
  /** Exchange id. */
  readonly exchange: string;
  /** Index of the instrument. */
  readonly instrument: number;
}

/** A public trade. Price and amount are doubles, as the crates read them. */
export interface LiveTrade extends LiveEventBase {
  /** Selects this event. */
  readonly kind: "trade";
  /** The exchange's id of the trade. */
  readonly id: string;
  /** Price in the quote asset. */
  readonly price: number;
  /** Quantity in the base asset, or in contracts. */
  readonly amount: number;
  /** Side of the taker. */
  readonly side: Side;
}

/** Best bid and ask, exact. A side that the exchange did not send is null. */
export interface LiveQuote extends LiveEventBase {
  /** Selects this event. */
  readonly kind: "quote";
  /** Best price that somebody buys at. */
  readonly bidPrice: Decimal | null;
  /** Quantity at that price. */
  readonly bidAmount: Decimal | null;
  /** Best price that somebody sells at. */
  readonly askPrice: Decimal | null;
  /** Quantity at that price. */
  readonly askAmount: Decimal | null;
}

/** An order book or a change of one, exact; best prices first. */
export interface LiveBook extends LiveEventBase {
  /** Selects this event. */
  readonly kind: "book";
  /** Price and amount of those who buy; in a change, an amount of `"0"` removes the level. */
  readonly bids: readonly (readonly [price: Decimal, amount: Decimal])[];
  /** Price and amount of those who sell. */
  readonly asks: readonly (readonly [price: Decimal, amount: Decimal])[];
  /** The exchange's sequence number. */
  readonly sequence: number;
  /** Whether these levels change the book before instead of being one. */
  readonly update: boolean;
}

/** A forced trade. */
export interface LiveLiquidation extends LiveEventBase {
  /** Selects this event. */
  readonly kind: "liquidation";
  /** Price in the quote asset. */
  readonly price: number;
  /** Quantity. */
  readonly amount: number;
  /** Side of the forced order. */
  readonly side: Side;
}

/** One live event; `kind` tells which. Each is also a {@linkcode MarketEvent}. */
export type LiveEvent = LiveTrade | LiveQuote | LiveBook | LiveLiquidation | ReconnectingEvent;
