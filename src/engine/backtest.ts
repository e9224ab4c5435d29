/**
 * Backtests over recorded market data.
 *
 * @module
 */

import { call, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkObject } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { hostedBacktest } from "./_hosted_run.ts";
import { backtestRequest } from "./_request.ts";
import { backtestResult } from "./_result.ts";
import { isStepped } from "./_strategy_driver.ts";
import type { MarketData } from "./market_data.ts";
import type { BacktestConfig, BacktestOptions, BacktestProgress, BacktestResult } from "./types.ts";

const ACTION = "run backtest";
const PROGRESS_EVERY_MS = 100;

/**
 * Replays market data through the trading engine and its mock exchange.
 *
 * The replay runs in event time on a native thread: the same data and configuration give the same
 * result to the last digit, `stats.durationMs` aside. Several may run at once; start no more than
 * the machine has cores. The mock exchange fills every market order at the price it carries, with
 * no slippage, and its balances are not portfolio values; use `equity` for that.
 *
 * A strategy or risk manager in TypeScript runs on the calling thread between the engine's steps; the
 * event loop gets a turn at least every 16 ms as long as no hook takes 4 ms. What a hook throws rejects with an
 * `EngineError` `engine_strategy`: its cause is the error itself, with the strategy's own stack, and
 * its `data` has the hook, the events so far and the `result` up to there.
 *
 * @param data what to replay; closing it does not stop a run that has begun
 * @param config strategy, exchanges and figures
 * @param options signal and progress
 * @returns summary, equity curve, fills and round trips
 * @throws {ConfigError} If the configuration does not fit the data; `data.field` names the field.
 * @throws {EngineError} If the run cannot go on, for example `engine_order_storm`.
 * @throws {CancelledError} If the signal is aborted; its reason is the cause.
 * @throws {ClosedError} If the data is closed.
 * @throws {TypeError} If an argument has the wrong shape, or a strategy object serves another run.
 *
 * @example Moving averages on four trades
 * ```ts
 * import { backtest, MarketData } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const trades = [100, 110, 120, 90, 80].map((price, second) =>
 *   JSON.stringify({
 *     time_exchange: `2025-01-01T12:00:0${second}Z`,
 *     exchange: "binance_spot",
 *     instrument: "BTCUSDT",
 *     kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
 *   })
 * );
 * using data = await MarketData.parse(trades.join("\n"), {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const result = await backtest(data, {
 *   strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "1" },
 *   execution: [{ exchange: "binance_spot", feeRate: "0.001", balances: { usdt: "1000", btc: "0" } }],
 * });
 * assertEquals(result.roundTrips.map((trip) => trip.pnl), ["-20.2"]);
 * assertEquals(result.equity.final, "979.8");
 * ```
 */
export async function backtest(
  data: MarketData,
  config: BacktestConfig,
  options: BacktestOptions = {},
): Promise<BacktestResult> {
  const { signal, onProgress } = options;
  const handle = sharedHandle(data, ACTION);
  checkObject(ACTION, "the configuration", config);
  checkObject(ACTION, "strategy", config.strategy);
  if (isStepped(ACTION, config)) {
    const { events } = data.stats;
    return await hostedBacktest(handle, data.table, events, config, { signal, onProgress });
  }
  if (onProgress !== undefined) return await watched(data, handle, config, signal, onProgress);
  const request = backtestRequest(handle, null, config);
  return backtestResult(await call("engine.backtest", request, { action: ACTION, signal }));
}

async function watched(
  data: MarketData,
  handle: number,
  config: BacktestConfig,
  signal: AbortSignal | undefined,
  onProgress: (progress: BacktestProgress) => void,
): Promise<BacktestResult> {
  const total = data.stats.events;
  const opened = callSync("engine.openProgress", {}, { action: ACTION });
  const progress = new NativeHandle(opened.progress, "progress counter");
  let failure: { readonly error: unknown } | undefined;
  const report = () => {
    const { events } = callSync("engine.progress", { progress: progress.value }, {
      action: ACTION,
    });
    try {
      onProgress({ events, total });
    } catch (error) {
      failure = { error };
      clearInterval(timer);
      // Closing the counter cancels the run that advances it.
      progress.close();
    }
  };
  const timer = setInterval(report, PROGRESS_EVERY_MS);
  try {
    const request = backtestRequest(handle, progress.value, config);
    const answer = await call("engine.backtest", request, { action: ACTION, signal });
    if (failure !== undefined) throw failure.error;
    onProgress({ events: total, total });
    return backtestResult(answer);
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  } finally {
    clearInterval(timer);
    progress.close();
  }
}
