/**
 * How a system is set up, and what it leaves behind.
 *
 * @module
 */

import type { AuditFilter } from "./audit.ts";
import type { LiveFeedOptions } from "./live.ts";
import type { MarketData } from "./market_data.ts";
import type { EngineState } from "./replica.ts";
import type { RiskConfig, Strategy } from "./strategy.ts";
import type {
  Decimal,
  DecimalInput,
  ExecutionConfig,
  InstrumentConfig,
  StrategyConfig,
  SummaryInterval,
  TradingSummary,
} from "./types.ts";

/** A recording as a system's market feed, replayed once. */
export interface RecordedMarket {
  /** The recording; closing it later does not stop the system. */
  readonly data: MarketData;
  /**
   * Times as fast as recorded, above 0: 1 takes as long as the recording did. The exchanges' latency is
   * not scaled.
   *
   * @default Infinity, as fast as events are processed
   */
  readonly speed?: number;
}

/** Which audit ticks of a system are kept until they are read. */
export interface SystemAuditOptions {
  /** Which ticks. A replica needs all. @default "all" */
  readonly filter?: AuditFilter;
  /** Ticks that may wait. @default 65536 */
  readonly capacity?: number;
  /**
   * What happens beyond. `"dropOldest"` drops and counts. `"block"` lets the market feed wait for the
   * reader; what is under way already (at most 256 market events, answers to orders, commands) is still
   * processed and kept.
   *
   * @default "dropOldest"
   */
  readonly overflow?: "block" | "dropOldest";
}

/** How a system starts. */
export interface SystemOptions {
  /** The instruments, in any order; not with a `market`, which brings its own. */
  readonly instruments?: readonly InstrumentConfig[];
  /**
   * Where market events come from: a recording, or exchanges live. The start connects; a connection
   * that is lost later is mended, and the strategy's `onDisconnect` is told.
   *
   * @default `System.send()`
   */
  readonly market?: RecordedMarket | LiveFeedOptions;
  /**
   * One entry per exchange that executes, with its opening balances; all its instruments must be spot
   * pairs. A strategy that trades needs one for every exchange.
   *
   * @default none
   */
  readonly execution?: readonly ExecutionConfig[];
  /** What trades while trading is enabled. @default { type: "noop" } */
  readonly strategy?: StrategyConfig | Strategy;
  /** Which of the strategy's orders are let through; commands bypass it. @default all */
  readonly risk?: RiskConfig;
  /** Whether the strategy may trade. @default "disabled" */
  readonly tradingState?: "enabled" | "disabled";
  /**
   * What time the engine goes by: the machine's, or that of the latest market event, carried on by the
   * machine's clock.
   *
   * @default "live"
   */
  readonly clock?: "live" | "historical";
  /** Start of a historical clock. @default where the recording starts; needed without one */
  readonly start?: Date | string;
  /** Which audit ticks are kept; `"enabled"` is all, with the defaults. @default "disabled" */
  readonly audit?: "enabled" | "disabled" | SystemAuditOptions;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

/** How a summary is formed. */
export interface SummaryOptions {
  /** Risk-free return, a fraction. @default "0" */
  readonly riskFreeReturn?: DecimalInput;
  /** Time base of the ratios. @default "daily" */
  readonly summaryInterval?: SummaryInterval;
}

/** Counters of a system. */
export interface SystemStats {
  /** Market events processed. */
  readonly events: number;
  /** Orders sent, by the strategy and by commands. */
  readonly orders: number;
  /** Orders filled. */
  readonly fills: number;
  /** Orders rejected, or not answered within a second. */
  readonly rejected: number;
  /** Requests of the strategy that the risk manager refused. */
  readonly refused: number;
  /** Orders that have not been answered. */
  readonly unanswered: number;
  /** Reason of the first rejection, or null. */
  readonly firstRejection: string | null;
}

/** What a system leaves behind. */
export interface SystemResult {
  /** How it ended. `"failed"` comes with an error only. */
  readonly reason: "shutdown" | "aborted" | "failed";
  /** The trading summary; see `BacktestResult.summary`. */
  readonly summary: TradingSummary;
  /** Balances, positions, orders and prices after the last event. */
  readonly state: EngineState;
  /** Engine time of the end, RFC 3339. */
  readonly time: string;
  /** Counters. */
  readonly stats: SystemStats;
  /** Risk-free return used. */
  readonly riskFreeReturn: Decimal;
}
