/**
 * Trading: instruments, recorded and live market data, backtests and their reports.
 *
 * Everything runs in the native engine: a deterministic replay in event time, or a system that runs
 * live ({@linkcode System}), either with mock exchanges. There is no live order execution. Figures and
 * their formulas: `docs/engine.md`.
 *
 * @example Backtest a recording
 * ```ts
 * import { backtest, MarketData } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const event = JSON.stringify({
 *   time_exchange: "2025-01-01T12:00:00Z",
 *   exchange: "binance_spot",
 *   instrument: "BTCUSDT",
 *   kind: { Trade: { id: "1", price: 100, amount: 1, side: "Buy" } },
 * });
 * using data = await MarketData.parse(event, {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const result = await backtest(data, {
 *   strategy: { type: "buyAndHold", quantity: "0.5" },
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * });
 * assertEquals(result.stats.fills, 1);
 * ```
 *
 * @module
 */

export { type AuditFilter, type AuditSource, AuditTick, AuditUpdates } from "./audit.ts";
export {
  auditBacktest,
  type AuditOptions,
  BacktestAudits,
  type RunReader,
} from "./audit_backtest.ts";
export { backtest } from "./backtest.ts";
export {
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestConstant,
  type BacktestDynamic,
} from "./backtest_args.ts";
export { AssetBalance, Balance, type BalanceAmounts, type BalanceOptions } from "./balance.ts";
export type { InstrumentOrder, InstrumentPosition, OpenCommand } from "./commands.ts";
export { Engine, type EngineAuditOptions, type EngineOptions, type SentRequest } from "./engine.ts";
export { type ResultTable, toCsv, toJsonLines } from "./export.ts";
export { describeInstruments } from "./instruments.ts";
export {
  type LiveFeedOptions,
  LiveMarket,
  type LiveMarketOptions,
  type LiveOverflow,
  type LiveStats,
  type LiveSubscription,
} from "./live.ts";
export type {
  LiveBook,
  LiveEvent,
  LiveEventBase,
  LiveLiquidation,
  LiveQuote,
  LiveTrade,
} from "./live_event.ts";
export {
  type InstrumentKindName,
  type LiveKind,
  type LiveSupport,
  liveSupport,
  supports,
} from "./live_support.ts";
export {
  type MarketBytesOptions,
  MarketData,
  type MarketDataOptions,
  type MarketEventInput,
  type MarketRange,
} from "./market_data.ts";
export type {
  BookColumns,
  BookEvent,
  CandleColumns,
  CandleEvent,
  ItemColumnsBase,
  LevelColumns,
  LiquidationColumns,
  LiquidationEvent,
  MarketColumns,
  MarketColumnsBase,
  MarketEvent,
  MarketEventBase,
  MarketEventKind,
  QuoteColumns,
  QuoteEvent,
  ReconnectingColumns,
  ReconnectingEvent,
  TradeColumns,
  TradeEvent,
} from "./market_event.ts";
export {
  closingOrder,
  type ClosingOrderTerms,
  type PositionTerms,
  unrealisedAt,
} from "./position.ts";
export { ratioToNumber } from "./ratio.ts";
export { AuditSnapshot, type EngineState, StateReplica } from "./replica.ts";
export {
  type ClosedPosition,
  SummaryGenerator,
  type SummaryGeneratorOptions,
  type SummaryUpdate,
} from "./summary_generator.ts";
export {
  runBacktests,
  type SettledBacktest,
  type SweepOptions,
  type SweepProgress,
} from "./sweep.ts";
export { System } from "./system.ts";
export { SystemBuilder } from "./system_builder.ts";
export type {
  RecordedMarket,
  SummaryOptions,
  SystemAuditOptions,
  SystemOptions,
  SystemResult,
  SystemStats,
} from "./system_options.ts";
export { type SweepRow, sweepRow } from "./report/sweep_row.ts";
export { renderTearSheet, type TearSheetOptions } from "./report/tear_sheet.ts";
export {
  vegaLite,
  type VegaLiteChart,
  type VegaLiteSpec,
  vegaLiteSweep,
} from "./report/vega_lite.ts";
export type {
  AccountEvent,
  ActionOutput,
  ActionOutputMembers,
  AlgoOrdersOutput,
  AuditContext,
  AuditEvent,
  BalanceReport,
  CancelOrdersOutput,
  CancelRequest,
  ClosePositionsOutput,
  Command,
  EngineEvent,
  EngineFailure,
  EngineOutput,
  FillReport,
  InstrumentFilter,
  MarketItem,
  MarketItemData,
  OpenOrdersOutput,
  OpenRequest,
  OrderKey,
  OrderReport,
  OrderState,
  PositionExit,
  PriceLevel,
  Refused,
  SendOutput,
} from "./audit_types.ts";
export type {
  ApproveAll,
  AssetAmounts,
  ExactInstrumentState,
  ExactPosition,
  HookResult,
  InstrumentSelection,
  InstrumentState,
  MarketBatch,
  MarketEventView,
  MarketKind,
  OrderAnswer,
  OrderCheck,
  OrderRequest,
  RiskConfig,
  RiskLimits,
  RiskManager,
  Strategy,
  StrategyContext,
  TimeInForce,
  TrackedOrder,
} from "./strategy.ts";
export type {
  AssetInfo,
  AssetTearSheet,
  BacktestConfig,
  BacktestOptions,
  BacktestProgress,
  BacktestResult,
  BuyAndHoldStrategy,
  ClosePositionsStrategy,
  Decimal,
  DecimalInput,
  DerivativeContract,
  DerivedFigures,
  Drawdown,
  EquityCurve,
  EquityOptions,
  ExchangeInfo,
  ExecutionConfig,
  Fill,
  FutureKind,
  InstrumentConfig,
  InstrumentDataStats,
  InstrumentInfo,
  InstrumentKind,
  InstrumentTable,
  MarketDataStats,
  MeanDrawdown,
  NoopStrategy,
  OpenPosition,
  OptionKind,
  PerpetualKind,
  Ratio,
  RoundTrip,
  RunStats,
  Scaled,
  Side,
  SmaCrossStrategy,
  SpotKind,
  StrategyConfig,
  SummaryInterval,
  TearSheet,
  TradingSummary,
} from "./types.ts";
