/**
 * Audits of a backtest.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkObject } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { HostedRun } from "./_hosted_run.ts";
import { backtestRequest } from "./_request.ts";
import { backtestResult } from "./_result.ts";
import { isStepped } from "./_strategy_driver.ts";
import { type AuditFilter, type AuditSource, AuditUpdates, checkFilter } from "./audit.ts";
import type { MarketData } from "./market_data.ts";
import { AuditSnapshot, type EngineState } from "./replica.ts";
import type { BacktestConfig, BacktestResult } from "./types.ts";

const ACTION = "audit backtest";
/** Events or steps between two looks for ticks. */
const STRIDE = 512;

/** Settings of one call of `auditBacktest`. */
export interface AuditOptions {
  /** Which ticks are kept; a replica needs all. @default "all" */
  readonly filter?: AuditFilter;
  /** Stops a strategy or risk manager in TypeScript between two events. */
  readonly signal?: AbortSignal;
}

/** What can be asked of a run besides its ticks. */
export interface RunReader {
  /** The engine's state. */
  state(): EngineState;
  /** The result. */
  result(): BacktestResult;
}

/** The ticks of a backtest. */
export class BacktestAudits extends AuditUpdates {
  readonly #run: RunReader;

  /** Made by `auditBacktest()`. */
  constructor(
    source: AuditSource,
    filter: AuditFilter,
    snapshot: AuditSnapshot,
    run: RunReader,
  ) {
    super(source, filter, snapshot);
    this.#run = run;
  }

  /**
   * The engine's state now: ahead of ticks that have not been read, and equal to a replica's once all
   * have, but for orders in flight.
   *
   * @throws {ClosedError} If the stream is closed.
   */
  get state(): EngineState {
    return this.#run.state();
  }

  /**
   * The result of the run. Before the last tick it is the result up to the last event replayed, and
   * asking for it ends the run there.
   *
   * @throws {ClosedError} If the stream was closed before its last tick.
   */
  result(): BacktestResult {
    return this.#run.result();
  }
}

/**
 * Runs a backtest as its audit ticks are read: events are replayed when the reader is ahead of them.
 *
 * The ticks are those that upstream's engine makes: one per account event, market event, change of the
 * trading state and the shutdown, with the orders, exits and refusals each led to. It runs on the
 * calling thread. Closing the stream ends the run.
 *
 * @param data what to replay
 * @param config as for `backtest()`
 * @param options filter and signal
 * @returns the ticks; `snapshot` starts a replica, `result()` is what `backtest()` would give
 * @throws {ConfigError} If the configuration does not fit the data.
 * @throws {ClosedError} If the data is closed.
 *
 * @example Orders and exits of a run
 * ```ts
 * import { auditBacktest, MarketData } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const trades = [100, 110, 120, 90, 80].map((price, second) =>
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
 * const kinds: string[] = [];
 * const audits = auditBacktest(data, {
 *   strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "1" },
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * }, { filter: "outputs" });
 * for await (const { event } of audits) {
 *   if (event.type === "process") kinds.push(...event.outputs.map((output) => output.kind));
 * }
 * data.close();
 * assertEquals(kinds, ["algoOrders", "algoOrders", "positionExit", "tradingDisabled"]);
 * ```
 */
export function auditBacktest(
  data: MarketData,
  config: BacktestConfig,
  options: AuditOptions = {},
): BacktestAudits {
  const { filter = "all", signal } = options;
  checkFilter(ACTION, filter);
  const handle = sharedHandle(data, ACTION);
  checkObject(ACTION, "the configuration", config);
  checkObject(ACTION, "strategy", config.strategy);
  if (!isStepped(ACTION, config)) return builtIn(handle, config, filter);
  const { events } = data.stats;
  const run = new HostedRun(handle, data.table, events, config, { signal, audits: filter });
  /** Readers that wait at once share one piece of work: a run has one next event. */
  let working: Promise<void> | undefined;
  return withResult(run.handle, run.snapshot, filter, () => run.result(), {
    poll(max) {
      const request = { run: run.handle.value, events: 0, max };
      const { ticks } = callSync("engine.runAudits", request, { action: ACTION });
      // The last ticks come with the result, which the engine's shutdown is part of.
      return { ticks, done: run.concluded && ticks.length < max };
    },
    async work() {
      if (run.done) run.result();
      else await (working ??= run.advance(STRIDE).finally(() => working = undefined));
    },
    close: () => run.close(),
  });
}

function builtIn(data: number, config: BacktestConfig, filter: AuditFilter): BacktestAudits {
  const request = {
    run: backtestRequest(data, null, config),
    audits: filter,
    events: 1,
    judged: false,
  };
  const opened = callSync("engine.openRun", request, { action: ACTION });
  const run = new NativeHandle(opened.run, "run");
  const started = performance.now();
  const result = () => {
    const answer = callSync("engine.runResult", { run: run.value }, { action: ACTION });
    const durationMs = performance.now() - started;
    return backtestResult({ ...answer, stats: { ...answer.stats, durationMs } });
  };
  return withResult(run, opened.snapshot, filter, result, {
    poll(max) {
      const request = { run: run.value, events: STRIDE, max };
      return callSync("engine.runAudits", request, { action: ACTION });
    },
    close: () => run.close(),
  });
}

/** Keeps the result when the stream ends, because the run is freed then. */
function withResult(
  run: NativeHandle,
  snapshot: { snapshot: number; sequence: number; time: string } | null,
  filter: AuditFilter,
  result: () => BacktestResult,
  source: AuditSource,
): BacktestAudits {
  if (snapshot === null) throw new TypeError(`Cannot ${ACTION}: the library sent no snapshot`);
  let kept: BacktestResult | undefined;
  let done = false;
  return new BacktestAudits(
    {
      ...source,
      poll(max) {
        const polled = source.poll(max);
        done ||= polled.done;
        return polled;
      },
      close() {
        if (done && !run.closed) kept ??= result();
        source.close();
      },
    },
    filter,
    new AuditSnapshot(snapshot),
    {
      state() {
        const request = { run: run.value };
        return callSync("engine.runState", request, { action: ACTION }).state as EngineState;
      },
      result: () => kept ??= result(),
    },
  );
}
