/**
 * Drives a run step by step for a strategy in TypeScript, or for a risk manager in TypeScript that
 * judges the orders of the engine's own.
 *
 * @module
 */

import { setImmediate } from "node:timers";

import { callSync } from "../../ffi/call.ts";
import { context, type NativeContext } from "../../ffi/context.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { CancelledError, EngineError } from "../errors.ts";
import { checkInteger, show } from "../_check.ts";
import { backtestRequest } from "./_request.ts";
import { backtestResult } from "./_result.ts";
import { checkId, Context } from "./_strategy_context.ts";
import { RecordBatch, RecordView, View } from "./_strategy_view.ts";
import type { OrderAnswer, RiskManager, Strategy } from "./strategy.ts";
import type {
  BacktestConfig,
  BacktestProgress,
  BacktestResult,
  Fill,
  InstrumentTable,
  RoundTrip,
} from "./types.ts";

const ACTION = "run backtest";
/** Longest stretch without a turn of the event loop, less room for one hook. */
const TURN_MS = 12;
const PROGRESS_EVERY_MS = 100;
const MAX_BATCH = 65_536;

const DONE = 0;
const START = 1;
const MARKET = 2;
const TRADING_DISABLED = 4;
const PROPOSED = 5;

/** Events per step when only proposals and the clock are looked at. */
const UNSEEN_EVENTS = 1024;

/** Strategies that serve a run right now. */
const busy = new WeakSet<Strategy>();

/** Whether a configured strategy is one in TypeScript; checks its shape if so. */
export function isHosted(strategy: BacktestConfig["strategy"]): strategy is Strategy {
  if ("type" in strategy) return false;
  const { onMarket, onBatch, batchEvents = 256 } = strategy;
  if ((typeof onMarket === "function") === (typeof onBatch === "function")) {
    throw new TypeError(
      `Cannot ${ACTION} as a strategy without a type needs either onMarket or onBatch: it has ${
        onMarket === undefined ? "neither" : "both"
      }`,
    );
  }
  checkId(ACTION, "strategy.id", strategy.id);
  checkInteger(ACTION, "strategy.batchEvents", batchEvents, 1, MAX_BATCH);
  return true;
}

/** A risk manager in TypeScript, if the configuration has one. */
function hostedRisk({ risk }: Pick<BacktestConfig, "risk">): RiskManager | undefined {
  return typeof risk === "object" && risk !== null && "check" in risk ? risk : undefined;
}

/** Whether a run needs this side between its events; checks the shape of a strategy in TypeScript. */
export function isStepped(config: Pick<BacktestConfig, "strategy" | "risk">): boolean {
  return isHosted(config.strategy) || hostedRisk(config) !== undefined;
}

/** What stands in for a strategy inside the engine, which needs no hooks. */
function withoutHooks(id: string): Strategy {
  return { id, batchEvents: UNSEEN_EVENTS, onBatch() {} };
}

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
  readonly #native: NativeContext;
  readonly #strategy: Strategy;
  readonly #table: InstrumentTable;
  readonly #total: number;
  readonly #options: HostedOptions;
  readonly #view: View;
  readonly #context: Context;
  readonly #record: RecordView;
  readonly #records: RecordBatch;
  readonly #batch: number;
  readonly #enabled: boolean;
  readonly #started = performance.now();
  #turned = this.#started;
  #reported = this.#started;
  #hook: string | undefined;
  #done = false;
  #concluded = false;

  constructor(
    data: number,
    table: InstrumentTable,
    total: number,
    config: BacktestConfig,
    options: HostedOptions = {},
  ) {
    const strategy = isHosted(config.strategy)
      ? config.strategy
      : withoutHooks(config.strategy.type);
    if (busy.has(strategy)) {
      throw new TypeError(`Cannot ${ACTION} as strategy "${strategy.id}" serves another run`);
    }
    this.#native = context();
    this.#strategy = strategy;
    this.#table = table;
    this.#total = total;
    this.#options = options;
    this.#batch = strategy.onBatch === undefined ? 1 : strategy.batchEvents ?? 256;
    this.#enabled = config.tradingState !== "disabled";
    const opened = open(data, config, this.#batch, options.audits ?? null);
    this.handle = new NativeHandle(opened.run, "run");
    this.snapshot = opened.snapshot;
    this.#view = new View(opened, table.instruments.length);
    const run = () => this.handle.value;
    this.#context = new Context(this.#view, table, run, strategy.id, hostedRisk(config));
    this.#record = new RecordView(this.#view);
    this.#records = new RecordBatch(this.#view);
    busy.add(strategy);
  }

  /** Whether the result was asked for, which shuts the engine down. */
  get concluded(): boolean {
    return this.#concluded;
  }

  /** Whether the last hook has run. */
  get done(): boolean {
    return this.#done;
  }

  /** Makes up to `limit` steps. */
  async advance(limit: number): Promise<void> {
    const { symbols, handle: native } = this.#native;
    const run = BigInt(this.handle.value);
    const { bytes } = this.#view;
    const { orders } = this.#context;
    const strategy = this.#strategy;
    const { signal } = this.#options;
    try {
      for (let step = 0; step < limit && !this.#done; step++) {
        if (signal?.aborted) throw this.#cancelled(signal);
        const stop = symbols.tendon_engine_step(
          native,
          run,
          bytes,
          bytes.length,
          orders.bytes,
          orders.length,
          this.#batch,
        );
        orders.clear();
        if (stop < 0) this.#fail();
        if (stop === MARKET) {
          if (this.#view.answers > 0) await this.#answers();
          const returned = strategy.onMarket === undefined
            ? this.#callBatch()
            : this.#callMarket(strategy);
          if (returned !== undefined) await this.#settle(returned);
          if (this.#view.disconnected !== undefined) await this.#disconnected();
        } else if (stop === PROPOSED) {
          this.#judge();
        } else {
          await this.#rare(stop);
        }
        // Looking at the clock costs a hundredth of an event.
        if ((step & 3) === 0 || this.#batch > 1) {
          const now = performance.now();
          if (now - this.#turned >= TURN_MS) await this.#turn(now);
        }
      }
    } catch (error) {
      const hook = this.#hook;
      throw hook === undefined ? error : this.#strategyFailed(hook, error);
    }
  }

  #callMarket(strategy: Strategy): unknown {
    // A step with nothing but an interruption has its own hook.
    if (this.#view.disconnected !== undefined) return undefined;
    this.#hook = "onMarket";
    const returned: unknown = strategy.onMarket?.(this.#context, this.#record);
    if (returned !== undefined) return returned;
    this.#hook = undefined;
    return undefined;
  }

  #callBatch(): unknown {
    if (this.#records.length === 0) return undefined;
    this.#hook = "onBatch";
    const returned: unknown = this.#strategy.onBatch?.(this.#context, this.#records);
    if (returned !== undefined) return returned;
    this.#hook = undefined;
    return undefined;
  }

  /** Has the risk manager judge what the strategy inside the engine is about to send. */
  #judge(): void {
    const { proposals } = callSync("engine.runProposals", { run: this.handle.value }, {
      action: ACTION,
    });
    this.#hook = "check";
    for (const proposal of proposals) {
      const refusal = this.#context.judge({ ...proposal, kind: "market" });
      if (refusal !== undefined) this.#context.orders.refuse(proposal.cid, refusal);
    }
    this.#hook = undefined;
  }

  async #rare(stop: number): Promise<void> {
    if (this.#view.answers > 0) await this.#answers();
    if (stop === START) await this.#call("onStart", []);
    else if (stop === TRADING_DISABLED && this.#enabled) await this.#call("onTradingDisabled", []);
    else if (stop === DONE) {
      await this.#call("onEnd", []);
      this.#done = true;
    }
  }

  async #answers(): Promise<void> {
    const { answers } = callSync("engine.runAnswers", { run: this.handle.value }, {
      action: ACTION,
    });
    for (const { fill, exit, order } of answers) {
      if (order !== null) this.#context.answered(order);
      if (fill !== null) await this.#call("onFill", [fill]);
      if (exit !== null) await this.#call("onExit", [exit]);
      if (order !== null) await this.#call("onOrder", [order]);
    }
  }

  async #disconnected(): Promise<void> {
    const exchange = this.#table.exchanges[this.#view.disconnected ?? -1]?.exchange ?? "";
    await this.#call("onDisconnect", [exchange]);
  }

  async #call<H extends keyof Hooks>(hook: H, args: Hooks[H]): Promise<void> {
    const strategy = this.#strategy;
    const method = strategy[hook] as
      | ((ctx: Context, ...args: Hooks[H]) => unknown)
      | undefined;
    if (method === undefined) return;
    this.#hook = hook;
    const returned = method.call(strategy, this.#context, ...args);
    if (returned === undefined) this.#hook = undefined;
    else await this.#settle(returned);
  }

  /** Waits for what a hook returned if that is a promise. */
  async #settle(returned: unknown): Promise<void> {
    if (returned instanceof Promise) {
      if (this.#strategy.async !== true) {
        // Its own failure is not lost, but this one comes first.
        returned.catch(() => {});
        throw new TypeError(
          `Cannot call ${this.#hook} as it returned a promise: set async to true`,
        );
      }
      await returned;
    }
    this.#hook = undefined;
  }

  async #turn(now: number): Promise<void> {
    if (now - this.#reported >= PROGRESS_EVERY_MS) {
      this.#reported = now;
      this.#options.onProgress?.({ events: this.#view.events, total: this.#total });
    }
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#turned = performance.now();
  }

  #fail(): never {
    callSync("engine.runError", { run: this.handle.value }, { action: ACTION });
    throw new EngineError("engine_failed", `Cannot ${ACTION}: the library refused a step`);
  }

  #cancelled(signal: AbortSignal): CancelledError {
    return new CancelledError("cancelled", `Cannot ${ACTION}: it was aborted`, {
      cause: signal.reason,
      data: { events: this.#view.events },
    });
  }

  #strategyFailed(hook: string, cause: unknown): EngineError {
    const events = this.#view.events;
    const time = this.#view.millis;
    const shown = cause instanceof Error ? cause.message : show(cause);
    const whose = hook === "check" ? "the risk manager" : `strategy "${this.#strategy.id}"`;
    return new EngineError(
      "engine_strategy",
      `Cannot ${ACTION}: ${hook} of ${whose} threw after ${events} events: ${shown}`,
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
    busy.delete(this.#strategy);
    this.#view.close();
    this.handle.close();
  }
}

interface Hooks {
  onStart: [];
  onFill: [Fill];
  onExit: [RoundTrip];
  onOrder: [OrderAnswer];
  onDisconnect: [string];
  onTradingDisabled: [];
  onEnd: [];
}

function open(
  data: number,
  config: BacktestConfig,
  events: number,
  audits: "all" | "outputs" | "none" | null,
) {
  const run = backtestRequest(data, null, config, true);
  const judged = !isHosted(config.strategy);
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
