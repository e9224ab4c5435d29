/**
 * Market events: as values, and as columns of typed arrays.
 *
 * @module
 */

import type { DecimalInput, Side } from "./types.ts";

/** What all events but {@linkcode ReconnectingEvent} have. */
export interface MarketEventBase {
  /** Time at the exchange: RFC 3339 (to the nanosecond), milliseconds since the epoch, or a date. */
  readonly time: string | number | Date;
  /** Time of receipt. @default the time at the exchange */
  readonly received?: string | number | Date;
  /** Exchange id. @default the exchange of the instrument */
  readonly exchange?: string;
  /** Index or name of the instrument. @default the only instrument of the table */
  readonly instrument?: number | string;
}

/** A public trade. */
export interface TradeEvent extends MarketEventBase {
  /** Selects this event. */
  readonly kind: "trade";
  /** The exchange's id of the trade. @default "" */
  readonly id?: string;
  /** Price in the quote asset. */
  readonly price: DecimalInput;
  /** Quantity in the base asset. */
  readonly amount: DecimalInput;
  /** Side of the taker. */
  readonly side: Side;
}

/** Best bid and ask (level 1); a side is there as a whole or not at all. */
export interface QuoteEvent extends MarketEventBase {
  /** Selects this event. */
  readonly kind: "quote";
  /** Best price that somebody buys at. */
  readonly bidPrice?: DecimalInput | null;
  /** Quantity at that price. */
  readonly bidAmount?: DecimalInput | null;
  /** Best price that somebody sells at. */
  readonly askPrice?: DecimalInput | null;
  /** Quantity at that price. */
  readonly askAmount?: DecimalInput | null;
}

/** Prices over a span of time; replayed, but without effect on the price. */
export interface CandleEvent extends MarketEventBase {
  /** Selects this event. */
  readonly kind: "candle";
  /** End of the span. @default the event's time */
  readonly closeTime?: string | number | Date;
  /** First price. */
  readonly open: DecimalInput;
  /** Highest price. */
  readonly high: DecimalInput;
  /** Lowest price. */
  readonly low: DecimalInput;
  /** Last price. */
  readonly close: DecimalInput;
  /** Quantity traded. */
  readonly volume: DecimalInput;
  /** Number of trades. @default 0 */
  readonly tradeCount?: number;
}

/** A forced trade; replayed, but without effect on the price. */
export interface LiquidationEvent extends MarketEventBase {
  /** Selects this event. */
  readonly kind: "liquidation";
  /** Price in the quote asset. */
  readonly price: DecimalInput;
  /** Quantity. */
  readonly amount: DecimalInput;
  /** Side of the forced order. */
  readonly side: Side;
}

/** An order book; replayed, but without effect on the price. */
export interface BookEvent extends MarketEventBase {
  /** Selects this event. */
  readonly kind: "book";
  /** Price and amount, in any order. */
  readonly bids: readonly (readonly [price: DecimalInput, amount: DecimalInput])[];
  /** Price and amount, in any order. */
  readonly asks: readonly (readonly [price: DecimalInput, amount: DecimalInput])[];
  /** The exchange's sequence number. @default 0 */
  readonly sequence?: number;
  /** Whether these levels change a book instead of being one. @default false */
  readonly update?: boolean;
}

/** The connection to an exchange was lost at this point. */
export interface ReconnectingEvent {
  /** Selects this event. */
  readonly kind: "reconnecting";
  /** Exchange id. */
  readonly exchange: string;
}

/** One market event; `kind` tells which. */
export type MarketEvent =
  | TradeEvent
  | QuoteEvent
  | CandleEvent
  | LiquidationEvent
  | BookEvent
  | ReconnectingEvent;

/** Names of the kinds of events. */
export type MarketEventKind = MarketEvent["kind"];

/** Arrays that all batches have; one element per event. */
export interface MarketColumnsBase {
  /**
   * Place of each event among all events, for batches that belong together; all of them have it or
   * none. Without, batches follow each other as given.
   */
  readonly position?: Uint32Array;
}

/** Arrays of all batches but {@linkcode ReconnectingColumns}. */
export interface ItemColumnsBase extends MarketColumnsBase {
  /** Time at the exchange, nanoseconds since the epoch. */
  readonly time: BigInt64Array;
  /** Time of receipt, nanoseconds since the epoch. @default the time at the exchange */
  readonly received?: BigInt64Array;
  /** Index of the instrument. @default the only instrument of the table */
  readonly instrument?: Uint32Array;
}

/** Public trades. */
export interface TradeColumns extends ItemColumnsBase {
  /** Selects this kind. */
  readonly kind: "trade";
  /** Prices. */
  readonly price: Float64Array;
  /** Quantities. */
  readonly amount: Float64Array;
  /** 0 buy, 1 sell. */
  readonly side: Uint8Array;
  /** The exchange's ids, without line breaks. @default empty */
  readonly id?: readonly string[];
}

/** Best bids and asks; NaN for a side that is not there. */
export interface QuoteColumns extends ItemColumnsBase {
  /** Selects this kind. */
  readonly kind: "quote";
  /** Time of the exchange's last change, nanoseconds since the epoch. @default the event's time */
  readonly updated?: BigInt64Array;
  /** Best prices that somebody buys at. */
  readonly bidPrice: Float64Array;
  /** Quantities at these prices. */
  readonly bidAmount: Float64Array;
  /** Best prices that somebody sells at. */
  readonly askPrice: Float64Array;
  /** Quantities at these prices. */
  readonly askAmount: Float64Array;
}

/** Candles. */
export interface CandleColumns extends ItemColumnsBase {
  /** Selects this kind. */
  readonly kind: "candle";
  /** End of the span, nanoseconds since the epoch. @default the event's time */
  readonly closeTime?: BigInt64Array;
  /** First prices. */
  readonly open: Float64Array;
  /** Highest prices. */
  readonly high: Float64Array;
  /** Lowest prices. */
  readonly low: Float64Array;
  /** Last prices. */
  readonly close: Float64Array;
  /** Quantities traded. */
  readonly volume: Float64Array;
  /** Numbers of trades. @default 0 */
  readonly tradeCount?: Float64Array;
}

/** Forced trades. */
export interface LiquidationColumns extends ItemColumnsBase {
  /** Selects this kind. */
  readonly kind: "liquidation";
  /** Prices. */
  readonly price: Float64Array;
  /** Quantities. */
  readonly amount: Float64Array;
  /** 0 buy, 1 sell. */
  readonly side: Uint8Array;
}

/** One side of many books: all levels in one array each, and where each event's levels end. */
export interface LevelColumns {
  /** End of each event's levels, never falling. */
  readonly ends: Uint32Array;
  /** Prices of all levels. */
  readonly prices: Float64Array;
  /** Quantities of all levels. */
  readonly amounts: Float64Array;
}

/** Order books. */
export interface BookColumns extends ItemColumnsBase {
  /** Selects this kind. */
  readonly kind: "book";
  /** 1 where the levels change a book instead of being one. @default 0 */
  readonly update?: Uint32Array;
  /** The exchange's sequence numbers. @default 0 */
  readonly sequence?: Float64Array;
  /** Who buys. */
  readonly bids: LevelColumns;
  /** Who sells. */
  readonly asks: LevelColumns;
}

/** Lost connections. */
export interface ReconnectingColumns extends MarketColumnsBase {
  /** Selects this kind. */
  readonly kind: "reconnecting";
  /** Exchange ids. */
  readonly exchange: readonly string[];
}

/** Events of one kind as typed arrays of equal length. */
export type MarketColumns =
  | TradeColumns
  | QuoteColumns
  | CandleColumns
  | LiquidationColumns
  | BookColumns
  | ReconnectingColumns;
