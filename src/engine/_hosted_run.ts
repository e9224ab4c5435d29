/**
 * Drives a backtest step by step for a strategy or a risk manager in TypeScript.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { EngineError } from "../errors.ts";
import { backtestRequest } from "./_request.ts";
import { backtestResult } from "./_result.ts";
import {
  batchOf,
  claim,
  HookFailure,
  isHosted,
  release,
  StrategyDriver,
  withoutHooks,
} from "./_strategy_driver.ts";
import type { Strategy } from "./strategy.ts";
import type { BacktestConfig, BacktestProgress, BacktestResult, InstrumentTable } from "./types.ts";

const ACTION = "run backtest";
const PROGRESS_EVERY_MS = 100;

/** What a run needs besides its configuration. */
export interface HostedOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined;
  readonly audits?: "all" | "outputs" | "none" | null;
}

/** See the module. */
export class HostedRun {
  readonly handle: NativeHandle;
  readonly snapshot: ReturnType<typeof open>["snapshot"];
  readonly #strategy: Strategy;
  readonly #driver: StrategyDriver;
  readonly #started = performance.now();
  #concluded = false;

  constructor(
    data: number,
    table: InstrumentTable,
    total: number,
    config: BacktestConfig,
    { signal, onProgress, audits = null }: HostedOptions = {},
  ) {
    const { risk, tradingState } = config;
    const strategy = isHosted(ACTION, config.strategy)
      ? config.strategy
      : withoutHooks(config.strategy.type);
    claim(ACTION, strategy);
    try {
      const opened = open(data, config, batchOf(strategy), audits);
      this.handle = new NativeHandle(opened.run, "run");
      this.snapshot = opened.snapshot;
      let reported = this.#started;
      this.#driver = new StrategyDriver({
        action: ACTION,
        run: this.handle,
        layout: opened,
        table,
        strategy,
        risk,
        enabled: tradingState !== "disabled",
        signal,
        onTurn: (now) => {
          if (now - reported < PROGRESS_EVERY_MS) return;
          reported = now;
          onProgress?.({ events: this.#driver.events, total });
        },
      });
      this.#strategy = strategy;
    } catch (error) {
      release(strategy);
      throw error;
    }
  }

  /** Whether the result was asked for, which shuts the engine down. */
  get concluded(): boolean {
    return this.#concluded;
  }

  /** Whether the last hook has run. */
  get done(): boolean {
    return this.#driver.done;
  }

  /** Makes up to `limit` steps. */
  async advance(limit: number): Promise<void> {
    try {
      await this.#driver.advance(limit);
    } catch (error) {
      throw error instanceof HookFailure ? this.#strategyFailed(error) : error;
    }
  }

  #strategyFailed({ hook, owner, message, cause }: HookFailure): EngineError {
    const { events, millis: time } = this.#driver;
    return new EngineError(
      "engine_strategy",
      `Cannot ${ACTION}: ${hook} of ${owner} threw after ${events} events: ${message}`,
      { cause, data: { hook, events, time, result: this.result() } },
    );
  }

  /** The result up to here; what is on its way is delivered without hooks. */
  result(): BacktestResult {
    this.#concluded = true;
    const answer = callSync("engine.runResult", { run: this.handle.value }, { action: ACTION });
    const durationMs = performance.now() - this.#started;
    return backtestResult({ ...answer, stats: { ...answer.stats, durationMs } });
  }

  /** Frees the run; the strategy's context is unusable from now on. */
  close(): void {
    release(this.#strategy);
    this.#driver.close();
    this.handle.close();
  }
}

function open(
  data: number,
  config: BacktestConfig,
  events: number,
  audits: "all" | "outputs" | "none" | null,
) {
  const run = backtestRequest(data, null, config, true);
  const judged = !isHosted(ACTION, config.strategy);
  return callSync("engine.openRun", { run, audits, events, judged }, { action: ACTION });
}

/** A whole backtest with a strategy or risk manager in TypeScript. */
export async function hostedBacktest(
  data: number,
  table: InstrumentTable,
  total: number,
  config: BacktestConfig,
  options: HostedOptions,
): Promise<BacktestResult> {
  const run = new HostedRun(data, table, total, config, options);
  try {
    await run.advance(Infinity);
    options.onProgress?.({ events: total, total });
    return run.result();
  } finally {
    run.close();
  }
}
