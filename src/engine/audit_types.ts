/**
 * What an engine's audit says: events, outputs and errors as discriminated unions.
 *
 * Every union has a `kind`, so that a `switch` over it is exhaustive. Instruments, exchanges and assets
 * are indices into the engine's table, money is decimal text.
 *
 * @module
 */

import type { TimeInForce } from "./strategy.ts";
import type { Decimal, Fill, Side } from "./types.ts";

/** Where an audit tick belongs. */
export interface AuditContext {
  /** Number of the tick, counted by the engine; a snapshot takes one, too. */
  readonly sequence: number;
  /** Engine time, RFC 3339. */
  readonly time: string;
}

/** What an audit tick reports. */
export type AuditEvent =
  | { readonly type: "feedEnded" }
  | {
    readonly type: "process";
    /** What the engine processed. */
    readonly event: EngineEvent;
    /** What this led to, in order. */
    readonly outputs: readonly EngineOutput[];
    /** What the engine cannot recover from; with any, it has stopped. */
    readonly errors: readonly EngineFailure[];
  };

/** Something an engine processes. */
export type EngineEvent =
  | { readonly kind: "shutdown" }
  | { readonly kind: "tradingState"; readonly state: "enabled" | "disabled" }
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "market"; readonly item: MarketItem }
  | { readonly kind: "marketReconnecting"; readonly exchange: string }
  | { readonly kind: "account"; readonly exchange: number; readonly event: AccountEvent }
  | { readonly kind: "accountReconnecting"; readonly exchange: string };

/** One market event. */
export interface MarketItem {
  /** Time at the exchange. */
  readonly time: string;
  /** Time of receipt. */
  readonly timeReceived: string;
  /** Exchange id. */
  readonly exchange: string;
  /** Index of the instrument. */
  readonly instrument: number;
  /** The event itself. */
  readonly data: MarketItemData;
}

/** One side of a book. */
export interface PriceLevel {
  /** Price. */
  readonly price: Decimal;
  /** Amount. */
  readonly amount: Decimal;
}

/** What happened in a market. Figures of trades, candles and liquidations are doubles, as recorded. */
export type MarketItemData =
  | {
    readonly kind: "trade";
    readonly id: string;
    readonly price: number;
    readonly amount: number;
    readonly side: Side;
  }
  | {
    readonly kind: "quote";
    readonly time: string;
    readonly bid: PriceLevel | null;
    readonly ask: PriceLevel | null;
  }
  | {
    readonly kind: "book";
    readonly update: boolean;
    readonly sequence: number;
    readonly bids: readonly PriceLevel[];
    readonly asks: readonly PriceLevel[];
  }
  | {
    readonly kind: "candle";
    readonly closeTime: string;
    readonly open: number;
    readonly high: number;
    readonly low: number;
    readonly close: number;
    readonly volume: number;
    readonly tradeCount: number;
  }
  | {
    readonly kind: "liquidation";
    readonly side: Side;
    readonly price: number;
    readonly quantity: number;
    readonly time: string;
  };

/** Names an order. */
export interface OrderKey {
  /** Index of the exchange. */
  readonly exchange: number;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Strategy it belongs to. */
  readonly strategy: string;
  /** Client order id. */
  readonly cid: string;
}

/** A request to open an order. */
export interface OpenRequest {
  /** Which order. */
  readonly key: OrderKey;
  /** Direction. */
  readonly side: Side;
  /** Price. */
  readonly price: Decimal;
  /** Quantity. */
  readonly quantity: Decimal;
  /** Kind. */
  readonly kind: "market" | "limit";
  /** How long it stays. */
  readonly timeInForce: TimeInForce;
}

/** A request to cancel an order. */
export interface CancelRequest {
  /** Which order. */
  readonly key: OrderKey;
  /** The exchange's id, or null while unknown. */
  readonly orderId: string | null;
}

/** Where an order stands. */
export type OrderState =
  | { readonly kind: "openInFlight" }
  | {
    readonly kind: "open";
    readonly orderId: string;
    readonly time: string;
    readonly filled: Decimal;
  }
  | { readonly kind: "cancelInFlight" }
  | { readonly kind: "cancelled"; readonly orderId: string; readonly time: string }
  | { readonly kind: "filled" }
  | { readonly kind: "rejected"; readonly reason: string }
  | { readonly kind: "expired" };

/** An order as an account reports it. */
export interface OrderReport extends OpenRequest {
  /** Where it stands. */
  readonly state: OrderState;
}

/** A balance as an account reports it. */
export interface BalanceReport {
  /** Index of the asset. */
  readonly asset: number;
  /** All of it. */
  readonly total: Decimal;
  /** What is not bound in orders. */
  readonly free: Decimal;
  /** Time at the exchange. */
  readonly time: string;
}

/** An execution as an account reports it. */
export interface FillReport extends Fill {
  /** Strategy of the order. */
  readonly strategy: string;
}

/** Something an account reports. */
export type AccountEvent =
  | {
    readonly kind: "snapshot";
    readonly balances: readonly BalanceReport[];
    readonly orders: readonly OrderReport[];
  }
  | ({ readonly kind: "balance" } & BalanceReport)
  | { readonly kind: "order"; readonly order: OrderReport }
  | {
    readonly kind: "orderCancelled";
    readonly key: OrderKey;
    /** The exchange's id and time, or null with a reason. */
    readonly cancelled: { readonly orderId: string; readonly time: string } | null;
    /** Why it was not cancelled, or null. */
    readonly reason: string | null;
  }
  | ({ readonly kind: "fill" } & FillReport);

/** Which instruments a command is about; without a member, all of them. */
export type InstrumentFilter =
  | { readonly kind: "all" }
  | { readonly kind: "exchanges"; readonly exchanges: readonly number[] }
  | { readonly kind: "instruments"; readonly instruments: readonly number[] }
  | {
    readonly kind: "underlyings";
    readonly underlyings: readonly { readonly base: number; readonly quote: number }[];
  };

/** An order to an engine from outside; it bypasses the risk manager. */
export type Command =
  | { readonly kind: "sendOpenRequests"; readonly requests: readonly OpenRequest[] }
  | { readonly kind: "sendCancelRequests"; readonly requests: readonly CancelRequest[] }
  | { readonly kind: "closePositions"; readonly filter: InstrumentFilter }
  | { readonly kind: "cancelOrders"; readonly filter: InstrumentFilter };

/** Why a request could not be sent. */
export interface EngineFailure {
  /** False stops the engine. */
  readonly recoverable: boolean;
  /** Upstream's name, for example `"IndexError"`. */
  readonly code: string;
  /** In words. */
  readonly message: string;
}

/** Requests that were sent and those that could not be. */
export interface SendOutput<Request> {
  /** Sent. */
  readonly sent: readonly Request[];
  /** Not sent. */
  readonly errors: readonly { readonly request: Request; readonly error: EngineFailure }[];
}

/** A request the risk manager refused. */
export interface Refused<Request> {
  /** The request. */
  readonly request: Request;
  /** Why. */
  readonly reason: string;
}

/** Members that every action's output has. */
export interface ActionOutputMembers {
  /** Nothing was sent, refused or failed. */
  readonly isEmpty: boolean;
  /** Requests sent. */
  readonly sentCount: number;
  /** Failures that stop the engine; those of cancellations first. */
  readonly unrecoverableErrors: readonly EngineFailure[];
}

/** What the strategy's evaluation led to. */
export interface AlgoOrdersOutput extends ActionOutputMembers {
  /** Tag. */
  readonly kind: "generateAlgoOrders";
  /** What the risk manager let through. */
  readonly cancelsAndOpens: {
    readonly cancels: SendOutput<CancelRequest>;
    readonly opens: SendOutput<OpenRequest>;
  };
  /** Cancellations it refused. */
  readonly cancelsRefused: readonly Refused<CancelRequest>[];
  /** Orders it refused. */
  readonly opensRefused: readonly Refused<OpenRequest>[];
}

/** What a cancelling command led to. */
export interface CancelOrdersOutput extends ActionOutputMembers, SendOutput<CancelRequest> {
  /** Tag. */
  readonly kind: "cancelOrders";
}

/** What an opening command led to. */
export interface OpenOrdersOutput extends ActionOutputMembers, SendOutput<OpenRequest> {
  /** Tag. */
  readonly kind: "openOrders";
}

/** What a command to close positions led to. */
export interface ClosePositionsOutput extends ActionOutputMembers {
  /** Tag. */
  readonly kind: "closePositions";
  /** Cancellations. */
  readonly cancels: SendOutput<CancelRequest>;
  /** Closing orders. */
  readonly opens: SendOutput<OpenRequest>;
}

/** What an action of the engine led to. */
export type ActionOutput =
  | AlgoOrdersOutput
  | CancelOrdersOutput
  | OpenOrdersOutput
  | ClosePositionsOutput;

/** A position that a fill closed. */
export interface PositionExit {
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction of the position. */
  readonly side: Side;
  /** Average entry price. */
  readonly entryPrice: Decimal;
  /** Largest quantity held. */
  readonly quantityMax: Decimal;
  /** Realised result after fees. */
  readonly pnlRealised: Decimal;
  /** Fees on the way in. */
  readonly feesEnter: Decimal;
  /** Fees on the way out. */
  readonly feesExit: Decimal;
  /** Time of the first fill. */
  readonly timeEnter: string;
  /** Time of the closing fill. */
  readonly timeExit: string;
  /** Trade ids. */
  readonly trades: readonly string[];
}

/** Something an event led to. */
export type EngineOutput =
  | { readonly kind: "commanded"; readonly action: ActionOutput }
  | { readonly kind: "tradingDisabled" }
  | { readonly kind: "accountDisconnect" }
  | { readonly kind: "positionExit"; readonly exit: PositionExit }
  | { readonly kind: "marketDisconnect" }
  | { readonly kind: "algoOrders"; readonly action: AlgoOrdersOutput };
