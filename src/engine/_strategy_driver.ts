/**
 * Steps an engine, that of a backtest or of a running system, for a strategy in TypeScript, or for a
 * risk manager in TypeScript that judges the orders of the engine's own.
 *
 * @module
 */

import { setImmediate } from "node:timers";

import { callSync } from "../../ffi/call.ts";
import { context, type NativeContext } from "../../ffi/context.ts";
import type { NativeHandle } from "../../ffi/handle.ts";
import { CancelledError, EngineError } from "../errors.ts";
import { checkInteger, show } from "../_check.ts";
import { checkId, Context } from "./_strategy_context.ts";
import { type Layout, RecordBatch, RecordView, View } from "./_strategy_view.ts";
import type { OrderAnswer, RiskConfig, RiskManager, Strategy } from "./strategy.ts";
import type { Fill, InstrumentTable, RoundTrip, StrategyConfig } from "./types.ts";

/** Longest stretch without a turn of the event loop, less room for one hook. */
const TURN_MS = 12;
const MAX_BATCH = 65_536;
const DEFAULT_BATCH = 256;

const DONE = 0;
const START = 1;
const MARKET = 2;
const TRADING_DISABLED = 4;
const IDLE = 5;
const PROPOSED = 6;

/** Events per step when only proposals and the clock are looked at. */
const UNSEEN_EVENTS = 1024;

/** Strategies that serve an engine right now. */
const busy = new WeakSet<Strategy>();

/** Whether a configured strategy is one in TypeScript; checks its shape if so. */
export function isHosted(
  action: string,
  strategy: StrategyConfig | Strategy,
): strategy is Strategy {
  if ("type" in strategy) return false;
  const { onMarket, onBatch, batchEvents = DEFAULT_BATCH } = strategy;
  if ((typeof onMarket === "function") === (typeof onBatch === "function")) {
    throw new TypeError(
      `Cannot ${action} as a strategy without a type needs either onMarket or onBatch: it has ${
        onMarket === undefined ? "neither" : "both"
      }`,
    );
  }
  checkId(action, "strategy.id", strategy.id);
  checkInteger(action, "strategy.batchEvents", batchEvents, 1, MAX_BATCH);
  return true;
}

/** Market events per step of a strategy. */
export function batchOf({ onBatch, batchEvents = DEFAULT_BATCH }: Strategy): number {
  return onBatch === undefined ? 1 : batchEvents;
}

/** Marks a strategy as serving one engine; {@linkcode release} ends that. */
export function claim(action: string, strategy: Strategy): void {
  if (busy.has(strategy)) {
    throw new TypeError(`Cannot ${action} as strategy "${strategy.id}" serves another run`);
  }
  busy.add(strategy);
}

/** Lets a strategy serve another engine. */
export function release(strategy: Strategy): void {
  busy.delete(strategy);
}

/** A risk manager in TypeScript, if the configuration has one. */
function hostedRisk(risk: RiskConfig | undefined): RiskManager | undefined {
  return typeof risk === "object" && risk !== null && "check" in risk ? risk : undefined;
}

/** Whether a run needs this side between its events; checks the shape of a strategy in TypeScript. */
export function isStepped(
  action: string,
  { strategy, risk }: {
    readonly strategy: StrategyConfig | Strategy;
    readonly risk?: RiskConfig | undefined;
  },
): boolean {
  return isHosted(action, strategy) || hostedRisk(risk) !== undefined;
}

/** What stands in for a strategy inside the engine, which needs no hooks. */
export function withoutHooks(id: string): Strategy {
  return { id, batchEvents: UNSEEN_EVENTS, onBatch() {} };
}

/** What a hook threw. */
export class HookFailure extends Error {
  readonly hook: string;
  /** Whose hook it is, in words. */
  readonly owner: string;

  constructor(strategy: Strategy, hook: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : show(cause), { cause });
    this.hook = hook;
    this.owner = hook === "check" ? "the risk manager" : `strategy "${strategy.id}"`;
  }
}

/** What is stepped, and for whom. */
export interface DriverOptions {
  /** Names the work in error messages. */
  readonly action: string;
  readonly run: NativeHandle;
  readonly layout: Layout;
  readonly table: InstrumentTable;
  /** A strategy that was {@linkcode claim}ed. */
  readonly strategy: Strategy;
  readonly risk: RiskConfig | undefined;
  /** Whether a stop for disabled trading is one that the strategy hears of. */
  readonly enabled: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Before a turn of the event loop. */
  readonly onTurn?: (now: number) => void;
  /** Resolves when a step has something to do again; a backtest never waits. */
  readonly idle?: () => Promise<void>;
}

/** See the module. */
export class StrategyDriver {
  readonly #run: NativeHandle;
  readonly #action: string;
  readonly #native: NativeContext;
  readonly #strategy: Strategy;
  readonly #table: InstrumentTable;
  readonly #options: DriverOptions;
  readonly #view: View;
  readonly #context: Context;
  readonly #record: RecordView;
  readonly #records: RecordBatch;
  readonly #batch: number;
  readonly #enabled: boolean;
  #turned = performance.now();
  #hook: string | undefined;
  #done = false;
  #abandoned = false;

  constructor(options: DriverOptions) {
    const { action, run, layout, table, strategy, risk, enabled } = options;
    this.#native = context();
    this.#options = options;
    this.#action = action;
    this.#run = run;
    this.#table = table;
    this.#strategy = strategy;
    this.#batch = batchOf(strategy);
    this.#enabled = enabled;
    this.#view = new View(layout, table.instruments.length);
    this.#context = new Context(this.#view, table, () => run.value, strategy.id, hostedRisk(risk));
    this.#record = new RecordView(this.#view);
    this.#records = new RecordBatch(this.#view);
  }

  /** Market events that have been applied. */
  get events(): number {
    return this.#view.events;
  }

  /** Engine time in milliseconds. */
  get millis(): number {
    return this.#view.millis;
  }

  /** Makes no further step; a hook that is under way is not waited for. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Whether a hook is under way. */
  get inHook(): boolean {
    return this.#hook !== undefined;
  }

  /** Whether the last hook has run. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Makes up to `limit` steps.
   *
   * @throws {HookFailure} If a hook throws.
   */
  async advance(limit: number): Promise<void> {
    const { symbols, handle: native } = this.#native;
    const run = BigInt(this.#run.value);
    const { bytes } = this.#view;
    const { orders } = this.#context;
    const strategy = this.#strategy;
    const { signal, idle } = this.#options;
    try {
      for (let step = 0; step < limit && !this.#done && !this.#abandoned; step++) {
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
        } else if (stop === IDLE && idle !== undefined) {
          await idle();
          this.#turned = performance.now();
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
      throw hook === undefined ? error : new HookFailure(this.#strategy, hook, error);
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
    const { proposals } = callSync("engine.runProposals", { run: this.#run.value }, {
      action: this.#action,
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
    const { answers } = callSync("engine.runAnswers", { run: this.#run.value }, {
      action: this.#action,
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
    this.#options.onTurn?.(now);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#turned = performance.now();
  }

  #fail(): never {
    callSync("engine.runError", { run: this.#run.value }, { action: this.#action });
    throw new EngineError("engine_failed", `Cannot ${this.#action}: the library refused a step`);
  }

  #cancelled(signal: AbortSignal): CancelledError {
    return new CancelledError("cancelled", `Cannot ${this.#action}: it was aborted`, {
      cause: signal.reason,
      data: { events: this.#view.events },
    });
  }

  /** The strategy's context is unusable from now on. */
  close(): void {
    this.#view.close();
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
