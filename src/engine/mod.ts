/**
 * Trading: instruments, recorded market data, backtests and their reports.
 *
 * Everything runs in the native engine: a deterministic replay in event time, with a mock exchange.
 * There is no live order execution. Figures and their formulas: `docs/engine.md`.
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

export { backtest } from "./backtest.ts";
export {
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestConstant,
  type BacktestDynamic,
} from "./backtest_args.ts";
export { describeInstruments } from "./instruments.ts";
export { MarketData, type MarketDataOptions } from "./market_data.ts";
export { ratioToNumber } from "./ratio.ts";
export {
  runBacktests,
  type SettledBacktest,
  type SweepOptions,
  type SweepProgress,
} from "./sweep.ts";
export { type SweepRow, sweepRow } from "./report/sweep_row.ts";
export { renderTearSheet, type TearSheetOptions } from "./report/tear_sheet.ts";
export type {
  AssetInfo,
  AssetTearSheet,
  BacktestConfig,
  BacktestOptions,
  BacktestProgress,
  BacktestResult,
  BuyAndHoldStrategy,
  Decimal,
  DecimalInput,
  DerivedFigures,
  Drawdown,
  EquityCurve,
  EquityOptions,
  ExchangeInfo,
  ExecutionConfig,
  Fill,
  InstrumentConfig,
  InstrumentDataStats,
  InstrumentInfo,
  InstrumentTable,
  MarketDataStats,
  MeanDrawdown,
  NoopStrategy,
  OpenPosition,
  Ratio,
  RoundTrip,
  RunStats,
  Scaled,
  Side,
  SmaCrossStrategy,
  StrategyConfig,
  SummaryInterval,
  TearSheet,
  TradingSummary,
} from "./types.ts";
