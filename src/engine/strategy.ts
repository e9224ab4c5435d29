/**
 * Strategies and risk managers written in TypeScript.
 *
 * @module
 */

import type { PriceLevel } from "./audit_types.ts";
import type { MarketEventKind } from "./market_event.ts";
import type { Decimal, DecimalInput, Fill, RoundTrip, Side } from "./types.ts";

/** What a hook may return: nothing, or a promise if the strategy says {@linkcode Strategy.async}. */
export type HookResult = void | Promise<void>;

/**
 * A strategy. The engine calls its hooks between two steps, on the thread that called `backtest()`.
 *
 * Contexts, market events and instrument states are views that the next event overwrites: read them
 * in the hook, do not keep them. One object serves one run at a time.
 *
 * @example Buy once, sell at a profit
 * ```ts
 * import { backtest, MarketData, type Strategy } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const strategy: Strategy = {
 *   id: "one-percent",
 *   onMarket(ctx, event) {
 *     const state = ctx.instrument(event.instrument);
 *     if (state.openOrders > 0 || Number.isNaN(state.price)) return;
 *     if (state.positionQty === 0) {
 *       ctx.open({ instrument: event.instrument, side: "buy", quantity: "0.5" });
 *     } else if (state.price > state.entryPrice * 1.01) {
 *       ctx.closePositions();
 *     }
 *   },
 * };
 *
 * const trades = [100, 100, 101, 102, 103].map((price, second) =>
 *   JSON.stringify({
 *     time_exchange: `2025-01-01T12:00:0${second}Z`,
 *     exchange: "binance_spot",
 *     instrument: 0,
 *     kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
 *   })
 * );
 * const data = await MarketData.parse(trades.join("\n"), {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const { roundTrips } = await backtest(data, {
 *   strategy,
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * });
 * data.close();
 * assertEquals(roundTrips.map((trip) => trip.pnl), ["1"]);
 * ```
 */
export interface Strategy {
  /** Name on orders, fills and client order ids; 1 to 64 bytes. */
  readonly id: string;
  /** Whether hooks may return promises; the run waits for them. @default false */
  readonly async?: boolean;
  /** Market events per call of {@linkcode Strategy.onBatch}, 1 to 65,536. @default 256 */
  readonly batchEvents?: number;
  /** Before the first event; opening balances are known, prices are not. */
  onStart?(ctx: StrategyContext): HookResult;
  /** After each market event has updated the engine. Exclusive with {@linkcode Strategy.onBatch}. */
  onMarket?(ctx: StrategyContext, event: MarketEventView): HookResult;
  /**
   * After every {@linkcode Strategy.batchEvents} market events, for strategies that need not see each
   * of them: several times as fast. Orders are sent at the last event of the batch; answers in
   * between have been delivered, and their hooks run first.
   */
  onBatch?(ctx: StrategyContext, batch: MarketBatch): HookResult;
  /** An order was filled; the position is updated. */
  onFill?(ctx: StrategyContext, fill: Fill): HookResult;
  /** The fill closed a position. Runs after {@linkcode Strategy.onFill}. */
  onExit?(ctx: StrategyContext, exit: RoundTrip): HookResult;
  /** An order or a cancellation was answered: filled, rejected, … Runs after the other two. */
  onOrder?(ctx: StrategyContext, order: OrderAnswer): HookResult;
  /** The market data of an exchange was interrupted. */
  onDisconnect?(ctx: StrategyContext, exchange: string): HookResult;
  /** Trading went from enabled to disabled, as it does at the end of a backtest. */
  onTradingDisabled?(ctx: StrategyContext): HookResult;
  /** Everything has been delivered. The last hook; orders are not sent any more. */
  onEnd?(ctx: StrategyContext): HookResult;
}

/** How long an order stays. The mock exchange fills market orders at once and rejects limit orders. */
export type TimeInForce =
  | "immediateOrCancel"
  | "fillOrKill"
  | "goodUntilEndOfDay"
  | "goodUntilCancelled"
  | "postOnly";

/** An order as a strategy asks for it. */
export interface OrderRequest {
  /** Index or internal name of the instrument. */
  readonly instrument: number | string;
  /** Direction. */
  readonly side: Side;
  /** Quantity in the base asset, above 0. Strings are exact. */
  readonly quantity: DecimalInput;
  /** Price in the quote asset. @default the engine's exact price of the instrument */
  readonly price?: DecimalInput;
  /** Kind of order. @default "market" */
  readonly kind?: "market" | "limit";
  /** How long it stays. @default "immediateOrCancel" */
  readonly timeInForce?: TimeInForce;
  /** Client order id, 1 to 64 bytes, not one that is still tracked. @default `"{strategy}-{n}"` */
  readonly cid?: string;
}

/** Which instruments a request is about; without a member, all of them. */
export interface InstrumentSelection {
  /** Indices or internal names. */
  readonly instruments?: readonly (number | string)[];
  /** Exchange id: all its instruments. */
  readonly exchange?: string;
}

/** What became of an order or of a cancellation. */
export interface OrderAnswer {
  /** Client order id. */
  readonly cid: string;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction; null for the answer to a cancellation. */
  readonly side: Side | null;
  /** Quantity ordered; null for the answer to a cancellation. */
  readonly quantity: Decimal | null;
  /** The end of the order, or `"open"`. The mock exchange answers cancellations `"cancelFailed"`. */
  readonly status: "filled" | "open" | "rejected" | "cancelled" | "cancelFailed" | "expired";
  /** Why it was rejected, or null. */
  readonly reason: string | null;
}

/** An exact balance. */
export interface AssetAmounts {
  /** Exchange id. */
  readonly exchange: string;
  /** Internal asset name. */
  readonly asset: string;
  /** Total and free, or null before the exchange has reported them. */
  readonly balance: { readonly total: Decimal; readonly free: Decimal } | null;
  /** Time of the report, or null. */
  readonly time: string | null;
}

/** What a strategy can see and do. Unusable once the run is over: it throws a `ClosedError`. */
export interface StrategyContext {
  /** Engine time, milliseconds since the epoch, rounded down. */
  readonly time: number;
  /** Engine time, nanoseconds since the epoch. */
  readonly timeNs: bigint;
  /** Market events processed so far. */
  readonly events: number;
  /** Whether orders are sent. */
  readonly tradingEnabled: boolean;
  /**
   * Asks for an order, sent when the hook returns.
   *
   * @returns its client order id, or null while trading is disabled, when nothing is sent
   * @throws {TypeError | RangeError} If the request is malformed or the instrument has no price.
   */
  open(order: OrderRequest): string | null;
  /**
   * Asks for cancellations: of one order by its client order id, or of all orders of some instruments.
   * Nothing happens if there is none to cancel.
   */
  cancel(target: string | InstrumentSelection): void;
  /**
   * Asks for the market orders that close the open positions of some instruments, built by the engine
   * at its exact prices.
   */
  closePositions(selection?: InstrumentSelection): void;
  /** Prices and position of an instrument, by index or internal name. */
  instrument(instrument: number | string): InstrumentState;
  /**
   * Exact balance of an asset. `exchange` is needed only where several have it.
   *
   * @throws {RangeError} If there is no such asset, or more than one.
   */
  balance(asset: string, exchange?: string): AssetAmounts;
}

/** Figures of one instrument as doubles, for deciding; NaN is unknown. */
export interface InstrumentState {
  /** Index of the instrument. */
  readonly index: number;
  /** The engine's price: volume-weighted mid of the best quotes, else the last trade. */
  readonly price: number;
  /** Best bid. */
  readonly bid: number;
  /** Amount at the best bid. */
  readonly bidQty: number;
  /** Best ask. */
  readonly ask: number;
  /** Amount at the best ask. */
  readonly askQty: number;
  /** Price of the last trade. */
  readonly lastPrice: number;
  /** Amount of the last trade. */
  readonly lastQty: number;
  /** Quantity held: above 0 long, below 0 short. */
  readonly positionQty: number;
  /** Average entry price of the open position. */
  readonly entryPrice: number;
  /** Realised result of the open position, entry fees included. */
  readonly pnlRealised: number;
  /** Result of the open position at the price, without exit fees. */
  readonly pnlUnrealised: number;
  /** Orders that are not answered yet. */
  readonly openOrders: number;
  /** The same figures as decimal strings, and the tracked orders. Takes microseconds. */
  exact(): ExactInstrumentState;
}

/** Exact state of an instrument. */
export interface ExactInstrumentState {
  /** Index. */
  readonly instrument: number;
  /** Internal name. */
  readonly name: string;
  /** The engine's price. */
  readonly price: Decimal | null;
  /** Best bid. */
  readonly bid: PriceLevel | null;
  /** Best ask. */
  readonly ask: PriceLevel | null;
  /** Price of the last trade. */
  readonly lastPrice: Decimal | null;
  /** The open position. */
  readonly position: ExactPosition | null;
  /** Tracked orders, by client order id. */
  readonly orders: readonly TrackedOrder[];
}

/** An open position. */
export interface ExactPosition {
  /** `"buy"` is long. */
  readonly side: Side;
  /** Quantity held. */
  readonly quantity: Decimal;
  /** Largest quantity held. */
  readonly quantityMax: Decimal;
  /** Average entry price. */
  readonly entryPrice: Decimal;
  /** Realised result, entry fees included. */
  readonly pnlRealised: Decimal;
  /**
   * Result at the engine's price, less the exit fees that the engine estimates from those of the entry;
   * null without a price.
   */
  readonly pnlUnrealised: Decimal | null;
  /** Fees on the way in. */
  readonly feesEnter: Decimal;
  /** Fees on the way out so far. */
  readonly feesExit: Decimal;
  /** Time of the first fill. */
  readonly timeEnter: string;
  /** Time of the last fill. */
  readonly timeUpdate: string;
  /** Trade ids. */
  readonly trades: readonly string[];
}

/** An order the engine waits for. */
export interface TrackedOrder {
  /** Client order id. */
  readonly cid: string;
  /** Strategy that sent it. */
  readonly strategy: string;
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
  /** Where it stands. */
  readonly state: "openInFlight" | "open" | "cancelInFlight";
  /** The exchange's id, once known. */
  readonly orderId: string | null;
  /** Quantity filled, once known. */
  readonly filled: Decimal | null;
}

/** Kind of a market event. */
export type MarketKind = Exclude<MarketEventKind, "reconnecting">;

/** A market event; figures that its kind does not have are NaN. */
export interface MarketEventView {
  /** Kind. */
  readonly kind: MarketKind;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Exchange time in milliseconds since the epoch, with a fraction. */
  readonly time: number;
  /** Price of a trade or liquidation. */
  readonly price: number;
  /** Amount of a trade or liquidation. */
  readonly amount: number;
  /** Side of a trade or liquidation, else null. */
  readonly side: Side | null;
  /** Best bid of a quote. */
  readonly bid: number;
  /** Amount at the best bid of a quote. */
  readonly bidQty: number;
  /** Best ask of a quote. */
  readonly ask: number;
  /** Amount at the best ask of a quote. */
  readonly askQty: number;
  /** Opening price of a candle. */
  readonly open: number;
  /** Highest price of a candle. */
  readonly high: number;
  /** Lowest price of a candle. */
  readonly low: number;
  /** Closing price of a candle. */
  readonly close: number;
  /** Volume of a candle. */
  readonly volume: number;
}

/** Market events since the last batch. */
export interface MarketBatch {
  /** How many. */
  readonly length: number;
  /** One of them; the object is reused by the next call. */
  at(position: number): MarketEventView;
}

/**
 * Limits of a strategy's orders, checked in the engine by barter's own checks; what is left out is
 * not checked. A refused order is counted in `stats.refused` and audited with the reason.
 */
export interface RiskLimits {
  /** Selects this risk manager. */
  readonly type: "limits";
  /** Highest price times quantity of one order, in the quote asset. */
  readonly maxNotionalPerOrder?: DecimalInput;
  /** Furthest an order's price may be from the engine's, as a fraction of the latter. */
  readonly maxPriceDeviation?: DecimalInput;
  /**
   * Largest position per instrument, long or short, once all its orders are filled. Orders that bring
   * a position closer to zero are always allowed.
   */
  readonly maxPositionAbs?: DecimalInput;
  /** Most orders per instrument that are not answered yet. */
  readonly maxOpenOrders?: number;
}

/** An order as a risk manager sees it. */
export interface OrderCheck {
  /** Client order id. */
  readonly cid: string;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction. */
  readonly side: Side;
  /** Quantity. */
  readonly quantity: Decimal;
  /** Price; null for the engine's price, which an order of the engine's own strategies names. */
  readonly price: Decimal | null;
  /** Kind. */
  readonly kind: "market" | "limit";
}

/**
 * A risk manager in TypeScript, for backtests. It judges the orders of a strategy in TypeScript as
 * well as those of the engine's own, and asks for none itself.
 *
 * @example No order above a value
 * ```ts
 * import { backtest, MarketData, type RiskManager } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const risk: RiskManager = {
 *   check(ctx, { instrument, quantity }) {
 *     const value = ctx.instrument(instrument).price * Number(quantity);
 *     return value > 150 ? `worth ${value}` : undefined;
 *   },
 * };
 * const trades = [100, 110, 120].map((price, second) =>
 *   JSON.stringify({
 *     time_exchange: `2025-01-01T12:00:0${second}Z`,
 *     exchange: "binance_spot",
 *     instrument: 0,
 *     kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
 *   })
 * );
 * using data = await MarketData.parse(trades.join("\n"), {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const { stats } = await backtest(data, {
 *   strategy: { type: "buyAndHold", quantity: "2" },
 *   risk,
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * });
 * assertEquals([stats.orders, stats.refused], [0, 3]);
 * ```
 */
export interface RiskManager {
  /**
   * Judges an order: of a strategy in TypeScript when it asks for it, of one inside the engine before
   * it is sent. A string refuses the order for that reason; nothing lets it through.
   */
  check(ctx: StrategyContext, order: OrderCheck): string | undefined;
}

/** Lets every order through. */
export interface ApproveAll {
  /** Selects this risk manager. */
  readonly type: "approveAll";
}

/** Which orders of a strategy are let through. */
export type RiskConfig = ApproveAll | RiskLimits | RiskManager;
