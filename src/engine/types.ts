/**
 * Types of the trading engine: what goes into a backtest and what comes out.
 *
 * Money, prices and quantities are decimal strings and exact; ratios are fractions (`"0.05"` is five
 * percent); times are RFC 3339 strings in records and integer nanoseconds since the epoch in columns.
 *
 * @module
 */

import type { RiskConfig, Strategy } from "./strategy.ts";

/** A decimal number as text, for example `"87232.01"`: no exponent, no separators. */
export type Decimal = string;

/** A decimal as callers may write it; strings are exact, numbers take their shortest decimal form. */
export type DecimalInput = string | number | bigint;

/** Direction of an order, a fill or a position: `"buy"` is long, `"sell"` is short. */
export type Side = "buy" | "sell";

/** One instrument, named the way its exchange names it. */
export interface InstrumentConfig {
  /** Exchange id in snake case, for example `"binance_spot"`. */
  readonly exchange: string;
  /** The exchange's own name of the instrument, for example `"BTCUSDT"`. */
  readonly nameExchange: string;
  /** What is traded, in which currency; lower-case asset names. */
  readonly underlying: { readonly base: string; readonly quote: string };
  /** Kind of contract. The mock exchange executes spot only. @default "spot" */
  readonly kind?: "spot" | InstrumentKind;
}

/** What every derivative has. */
export interface DerivativeContract {
  /** How much of the underlying one contract is, greater than 0. */
  readonly contractSize: DecimalInput;
  /** Asset that profits are paid in, lower case. */
  readonly settlementAsset: string;
}

/** A pair. */
export interface SpotKind {
  /** Selects this kind. */
  readonly type: "spot";
}

/** A contract without end. */
export interface PerpetualKind extends DerivativeContract {
  /** Selects this kind. */
  readonly type: "perpetual";
}

/** A contract that ends. */
export interface FutureKind extends DerivativeContract {
  /** Selects this kind. */
  readonly type: "future";
  /** When it ends, RFC 3339. */
  readonly expiry: string;
}

/** The right to buy or sell. */
export interface OptionKind extends DerivativeContract {
  /** Selects this kind. */
  readonly type: "option";
  /** When it ends, RFC 3339. */
  readonly expiry: string;
  /** Price of the right, greater than 0. */
  readonly strike: DecimalInput;
  /** Right to buy or right to sell. */
  readonly right: "call" | "put";
  /** When it can be used: at any time, on stated days, at the end. */
  readonly exercise: "american" | "bermudan" | "european";
}

/** Kind of contract. */
export type InstrumentKind = SpotKind | PerpetualKind | FutureKind | OptionKind;

/** One row of the instrument table; `index` is what market data refers to. */
export interface InstrumentInfo {
  /** Position after the engine has sorted the instruments; not the order of the configuration. */
  readonly index: number;
  /** Exchange id, for example `"binance_spot"`. */
  readonly exchange: string;
  /** Internal name, for example `"binancespot-btc_usdt"`; keys of the summary. */
  readonly name: string;
  /** The exchange's own name, for example `"BTCUSDT"`. */
  readonly nameExchange: string;
  /** Asset that is bought and sold. */
  readonly base: string;
  /** Asset that prices are in. */
  readonly quote: string;
  /** Kind of contract. */
  readonly kind: InstrumentKind;
}

/** An exchange and its index. */
export interface ExchangeInfo {
  /** Position in the engine's exchange order. */
  readonly index: number;
  /** Exchange id, for example `"binance_spot"`. */
  readonly exchange: string;
}

/** An asset on one exchange and its index. */
export interface AssetInfo {
  /** Position in the engine's asset order. */
  readonly index: number;
  /** Exchange id, for example `"binance_spot"`. */
  readonly exchange: string;
  /** Internal asset name, for example `"usdt"`. */
  readonly asset: string;
}

/** The engine's index tables for a set of instruments. */
export interface InstrumentTable {
  /** Exchanges by index. */
  readonly exchanges: readonly ExchangeInfo[];
  /** Assets by index. */
  readonly assets: readonly AssetInfo[];
  /** Instruments by index. */
  readonly instruments: readonly InstrumentInfo[];
  /** Digest of the table; market data can only be replayed against the table it was loaded for. */
  readonly digest: string;
}

/** Counts per instrument of a market data set. */
export interface InstrumentDataStats {
  /** Index of the instrument. */
  readonly instrument: number;
  /** Public trades. */
  readonly trades: number;
  /** Best bid and ask updates. */
  readonly quotes: number;
  /** Everything else: order books, candles, liquidations. */
  readonly other: number;
}

/** What a market data set holds. */
export interface MarketDataStats {
  /** Events that a replay will process: items and reconnects. */
  readonly events: number;
  /** Market items. */
  readonly items: number;
  /** Reconnect notices. */
  readonly reconnecting: number;
  /** Recorded errors (`{"Item":{"Err":…}}`) left out while loading. */
  readonly skipped: number;
  /** Items left out because an earlier one was equal; only with `duplicates: "drop"`. */
  readonly duplicates: number;
  /** Items whose exchange time lies before the item in front of them, before any sorting. */
  readonly outOfOrder: number;
  /** Earliest exchange time, RFC 3339. */
  readonly first: string;
  /** Latest exchange time, RFC 3339. */
  readonly last: string;
  /** Counts per instrument, by index. */
  readonly perInstrument: readonly InstrumentDataStats[];
}

/** Sends no orders. */
export interface NoopStrategy {
  /** Selects this strategy. */
  readonly type: "noop";
}

/** Buys `quantity` of every instrument once, as soon as it has a price, and holds it. */
export interface BuyAndHoldStrategy {
  /** Selects this strategy. */
  readonly type: "buyAndHold";
  /** Quantity per instrument in its base asset. */
  readonly quantity: DecimalInput;
}

/**
 * Moving-average crossover over the last trade prices of each instrument: buys when the fast mean is
 * above the slow one and nothing is held, sells all when it is below.
 */
export interface SmaCrossStrategy {
  /** Selects this strategy. */
  readonly type: "smaCross";
  /** Trades in the fast window, at least 1. */
  readonly fast: number;
  /** Trades in the slow window, greater than `fast`. */
  readonly slow: number;
  /** Quantity per order in the instrument's base asset. */
  readonly quantity: DecimalInput;
}

/**
 * Closes every position the engine knows of, with the market orders of barter's own strategy for
 * closing positions. For an engine that is told of positions it did not open; a backtest has none.
 */
export interface ClosePositionsStrategy {
  /** Selects this strategy. */
  readonly type: "closePositions";
}

/** Strategies that run inside the engine, chosen by configuration. */
export type StrategyConfig =
  | NoopStrategy
  | BuyAndHoldStrategy
  | SmaCrossStrategy
  | ClosePositionsStrategy;

/** The simulated exchange: market orders fill at the price they carry. */
export interface ExecutionConfig {
  /** Exchange id, for example `"binance_spot"`; must own at least one instrument of the data. */
  readonly exchange: string;
  /** Fee as a fraction of the order's value: `"0.001"` is 0.1 %. @default "0" */
  readonly feeRate?: DecimalInput;
  /** Milliseconds from order to answer, in event time; 0 to 999. @default 0 */
  readonly latencyMs?: number;
  /** Opening balance of every asset of the exchange, by asset name: `{ usdt: "10000", btc: "0" }`. */
  readonly balances: Readonly<Record<string, DecimalInput>>;
}

/** Time base of the ratios: a named interval or a length in milliseconds. */
export type SummaryInterval = "daily" | "annual252" | "annual365" | number;

/** How the equity curve is sampled. Drawdown and final value always use every event. */
export interface EquityOptions {
  /** Least distance between two points in milliseconds of event time. @default 0 */
  readonly everyMs?: number;
  /** Most points returned; 0 returns none. @default 4000 */
  readonly maxPoints?: number;
  /** Asset the curve is in; needed only where instruments have different quote assets. */
  readonly quote?: string;
}

/** One backtest. */
export interface BacktestConfig {
  /** Name of the run, 1 to 128 characters. @default "backtest" */
  readonly id?: string;
  /** What trades: a strategy of the engine's own, or one in TypeScript. */
  readonly strategy: StrategyConfig | Strategy;
  /** Which of its orders are let through. @default all */
  readonly risk?: RiskConfig;
  /** One entry per exchange that executes orders. */
  readonly execution: readonly ExecutionConfig[];
  /** Risk-free return as a fraction, used by the ratios as it is (not scaled). @default "0" */
  readonly riskFreeReturn?: DecimalInput;
  /** Time base that returns and ratios are scaled to. @default "daily" */
  readonly summaryInterval?: SummaryInterval;
  /** Whether the strategy may trade. @default "enabled" */
  readonly tradingState?: "enabled" | "disabled";
  /** Sampling of the equity curve. */
  readonly equity?: EquityOptions;
  /** Orders one event may cause before the run fails with `engine_order_storm`. @default 1000 */
  readonly maxOrdersPerEvent?: number;
}

/** Progress of a running backtest. */
export interface BacktestProgress {
  /** Events replayed so far. */
  readonly events: number;
  /** Events in the data. */
  readonly total: number;
}

/** Settings of one call of `backtest`. */
export interface BacktestOptions {
  /** Stops the run between two events; the promise rejects with a `CancelledError`. */
  readonly signal?: AbortSignal;
  /**
   * Called about every 100 ms while the run lasts, and once at its end. What it throws stops the run
   * and rejects the promise.
   */
  readonly onProgress?: (progress: BacktestProgress) => void;
}

/** A figure with the time base it is scaled to. */
export interface Scaled {
  /** The figure. */
  readonly value: Decimal;
  /** `"Daily"`, `"Annual(252)"`, `"Annual(365)"` or `"Duration n (minutes)"`. */
  readonly interval: string;
}

/** A risk-adjusted ratio. */
export interface Ratio extends Scaled {
  /** True when the ratio divides by zero and `value` is a stand-in (see the engine guide). */
  readonly degenerate: boolean;
}

/** A fall from a peak. */
export interface Drawdown {
  /** Depth as a fraction of the peak. */
  readonly value: Decimal;
  /** Time of the peak. */
  readonly start: string;
  /** Time of the recovery, or of the last value. */
  readonly end: string;
}

/** Mean over all drawdowns. */
export interface MeanDrawdown {
  /** Mean depth as a fraction. */
  readonly value: Decimal;
  /** Mean length in milliseconds. */
  readonly durationMs: number;
}

/** Counts and sums over the closed positions, computed beside the engine's own figures. */
export interface DerivedFigures {
  /** Closed positions. */
  readonly trades: number;
  /** Closed positions with a gain. */
  readonly wins: number;
  /** Closed positions with a loss. */
  readonly losses: number;
  /** Wins divided by trades, or null without trades. */
  readonly winShare: Decimal | null;
  /** Sum of all gains, in the quote asset. */
  readonly grossProfit: Decimal;
  /** Sum of all losses as a positive number, in the quote asset. */
  readonly grossLoss: Decimal;
  /** Fees of all closed positions, in the quote asset. */
  readonly fees: Decimal;
}

/** Result of one instrument, from its closed positions. Field meanings: engine guide, "Figures". */
export interface TearSheet {
  /** Realised profit and loss after fees, in the quote asset. */
  readonly pnl: Decimal;
  /** Mean return per closed position, scaled to the interval. */
  readonly pnlReturn: Scaled;
  /** Sharpe ratio. */
  readonly sharpeRatio: Ratio;
  /** Sortino ratio. */
  readonly sortinoRatio: Ratio;
  /** Calmar ratio. */
  readonly calmarRatio: Ratio;
  /** Drawdown of the cumulated profit that is still open at the end. */
  readonly pnlDrawdown: Drawdown | null;
  /** Mean over the drawdowns of the cumulated profit. */
  readonly pnlDrawdownMean: MeanDrawdown | null;
  /** Deepest drawdown of the cumulated profit. */
  readonly pnlDrawdownMax: Drawdown | null;
  /** The engine's `win_rate`, which is the share of *losing* positions; see `derived.winShare`. */
  readonly winRate: Decimal | null;
  /** The engine's `profit_factor`: |sum of all returns| / |sum of losing returns|. */
  readonly profitFactor: Decimal | null;
  /** Wins, losses, gross profit and gross loss. */
  readonly derived: DerivedFigures;
}

/** Result of one asset. The mock exchange's balances are not portfolio values; see the guide. */
export interface AssetTearSheet {
  /** Balance at the end. */
  readonly balanceEnd: { readonly total: Decimal; readonly free: Decimal } | null;
  /** Drawdown of the balance still open at the end. */
  readonly drawdown: Drawdown | null;
  /** Mean over the drawdowns of the balance. */
  readonly drawdownMean: MeanDrawdown | null;
  /** Deepest drawdown of the balance. */
  readonly drawdownMax: Drawdown | null;
}

/** The engine's trading summary. */
export interface TradingSummary {
  /** Start of the run in event time. */
  readonly timeStart: string;
  /** End of the run in event time. */
  readonly timeEnd: string;
  /** Tear sheets by internal instrument name. */
  readonly instruments: Readonly<Record<string, TearSheet>>;
  /** Asset results by `"exchange:asset"`. */
  readonly assets: Readonly<Record<string, AssetTearSheet>>;
}

/** Account value over time: opening quote cash + realised result + open positions at market. */
export interface EquityCurve {
  /** Asset the values are in. */
  readonly quote: string;
  /** Opening value: the opening balance of the quote asset. */
  readonly initial: Decimal;
  /** Value after the last event. */
  readonly final: Decimal;
  /** `final / initial - 1`, a fraction; NaN when `initial` is zero. */
  readonly totalReturn: number;
  /** Deepest fall of the curve, over every event, as a fraction of the peak. */
  readonly maxDrawdown: number;
  /** Nanoseconds since the epoch, never falling. */
  readonly time: BigInt64Array;
  /** Equity at that time. */
  readonly value: Float64Array;
}

/** One execution. */
export interface Fill {
  /** Time at the exchange. */
  readonly time: string;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction. */
  readonly side: Side;
  /** Price in the quote asset. */
  readonly price: Decimal;
  /** Quantity in the base asset. */
  readonly quantity: Decimal;
  /** Fee in the quote asset. */
  readonly fees: Decimal;
  /** Order id given by the exchange. */
  readonly orderId: string;
  /** Trade id given by the exchange. */
  readonly tradeId: string;
}

/** A position that was opened and fully closed. */
export interface RoundTrip {
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction of the position. */
  readonly side: Side;
  /** Time of the first fill. */
  readonly timeEnter: string;
  /** Time of the closing fill. */
  readonly timeExit: string;
  /** Volume-weighted entry price. */
  readonly entryPrice: Decimal;
  /** Price of the closing fill. */
  readonly exitPrice: Decimal;
  /** Largest quantity held. */
  readonly quantity: Decimal;
  /** Realised profit after fees, in the quote asset. */
  readonly pnl: Decimal;
  /** `pnl / (entryPrice · quantity)`. */
  readonly return: Decimal;
  /** Fees paid on the way in. */
  readonly feesEnter: Decimal;
  /** Fees paid on the way out. */
  readonly feesExit: Decimal;
}

/** A position still open at the end of the run. */
export interface OpenPosition {
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction. */
  readonly side: Side;
  /** Quantity held. */
  readonly quantity: Decimal;
  /** Volume-weighted entry price. */
  readonly entryPrice: Decimal;
  /** Last market price, or null when the instrument never had one. */
  readonly markPrice: Decimal | null;
  /** Result already realised, entry fees included. */
  readonly pnlRealised: Decimal;
  /** `(markPrice - entryPrice) · quantity`, sign by side, without exit fees. */
  readonly pnlUnrealised: Decimal;
  /** Time of the first fill. */
  readonly timeEnter: string;
}

/** Counters of one run. */
export interface RunStats {
  /** Market events replayed. */
  readonly events: number;
  /** Orders sent by the strategy. */
  readonly orders: number;
  /** Orders the exchange filled. */
  readonly fills: number;
  /** Orders the exchange rejected. */
  readonly rejected: number;
  /** Orders the risk manager refused; they never reached the exchange. */
  readonly refused: number;
  /** Reason of the first rejection, or null. */
  readonly firstRejection: string | null;
  /**
   * Wall time of the replay in milliseconds, without crossing into JavaScript; with a strategy in
   * TypeScript that of the whole run.
   */
  readonly durationMs: number;
}

/** What a backtest found. */
export interface BacktestResult {
  /** Name of the run. */
  readonly id: string;
  /** Risk-free return used. */
  readonly riskFreeReturn: Decimal;
  /** The engine's summary. */
  readonly summary: TradingSummary;
  /** Account value over time. */
  readonly equity: EquityCurve;
  /** Executions in order of time; decoded when first read. */
  readonly fills: readonly Fill[];
  /** Closed positions in order of their exit; decoded when first read. */
  readonly roundTrips: readonly RoundTrip[];
  /** Positions still open at the end, by instrument. */
  readonly openPositions: readonly OpenPosition[];
  /** Counters. */
  readonly stats: RunStats;
}
