/**
 * Paper trading: an engine that runs by itself, with mock exchanges and a market feed.
 *
 * @module
 */

import { call, callSync } from "../../ffi/call.ts";
import type { AsyncMethod } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { EngineError } from "../errors.ts";
import { checkArray, checkObject, checkText } from "../_check.ts";
import { packBatches } from "./_columns.ts";
import { decimalText } from "./_decimal.ts";
import { encodeCommand } from "./_event_encode.ts";
import { eventText } from "./_events.ts";
import { intervalRequest } from "./_request.ts";
import { claim, release } from "./_strategy_driver.ts";
import { type SystemAudits, systemAudits } from "./_system_audits.ts";
import { systemRequest } from "./_system_request.ts";
import { SystemStrategy } from "./_system_strategy.ts";
import { AuditTick, type AuditUpdates } from "./audit.ts";
import type { CancelRequest, Command, InstrumentFilter } from "./audit_types.ts";
import {
  ALL,
  encodeTradingState,
  type InstrumentOrder,
  type InstrumentPosition,
  type OpenCommand,
  openRequests,
  ordersOf,
  positionsOf,
} from "./commands.ts";
import type { MarketColumns } from "./market_event.ts";
import type { EngineState } from "./replica.ts";
import type { AssetAmounts, ExactInstrumentState, RiskConfig, Strategy } from "./strategy.ts";
import { SystemBuilder } from "./system_builder.ts";
import type { SummaryOptions, SystemOptions, SystemResult, SystemStats } from "./system_options.ts";
import type { InstrumentTable, TradingSummary } from "./types.ts";

const START = "start a system";
const END = "end a system";

type Started = Methods["engine.startSystem"]["answer"];
type Figures = ReturnType<typeof summaryRequest>;
type Ending = () => Promise<{ readonly reason: SystemResult["reason"] }>;

const encoder = new TextEncoder();

/** Ends systems whose strategy would go on although nobody holds them. */
const forgotten = new FinalizationRegistry<{ strategy: SystemStrategy; handle: NativeHandle }>(
  ({ strategy, handle }) => {
    strategy.abandon();
    handle.close();
  },
);

/**
 * Barter's engine, running live with its mock exchanges: paper trading. There is no live execution.
 *
 * A market feed drives it: exchanges live, a recording at a chosen speed, or events sent by hand. Orders are answered
 * after the latency of their exchange, in real time. State is exact whenever it is asked for: that after
 * the last event processed. Shut a system down, or use `await using`; what a failed system has to say
 * comes from `shutdown()`, `finished()` and every command.
 *
 * A system keeps the program running while something of it is awaited, or while it has a strategy in
 * TypeScript, whose hooks run on the thread that started it.
 *
 * @example Buy by hand and close
 * ```ts
 * import { System } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const system = await System.start({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   execution: [{ exchange: "binance_spot", latencyMs: 5, balances: { usdt: "1000", btc: "0" } }],
 * });
 * await system.send([{ kind: "trade", time: new Date(), price: 100, amount: 1, side: "buy" }]);
 * await system.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "2", price: "100" }]);
 * const { state, stats } = await system.shutdown();
 * assertEquals(stats.fills, 1);
 * assertEquals(state.instruments[0]?.position?.quantity, "2");
 * ```
 */
export class System implements AsyncDisposable {
  /** The index tables that events and commands refer to. */
  readonly table: InstrumentTable;
  readonly #handle: NativeHandle;
  readonly #audits: SystemAudits | undefined;
  readonly #strategy: SystemStrategy | undefined;
  #orders = 0;
  #ending: Promise<SystemResult> | undefined;

  private constructor(
    started: Started,
    options: SystemOptions,
    filter: "all" | "outputs" | "none",
    hosted: Strategy | undefined,
  ) {
    this.#handle = new NativeHandle(started.system, "system");
    this.table = started.table;
    if (started.audits !== null) this.#audits = systemAudits(started.audits, filter);
    if (hosted !== undefined && started.run !== null) {
      const handle = this.#handle;
      const { risk } = options as { readonly risk?: RiskConfig };
      this.#strategy = new SystemStrategy(started.run, this.table, hosted, risk, async () => {
        if (handle.closed) return;
        // The failure is told to whoever asks for it.
        await call("engine.abortSystem", { system: handle.value }, { action: END }).catch(() => {});
      });
      forgotten.register(this, { strategy: this.#strategy, handle });
    }
  }

  /**
   * Starts a system. Resolves when the exchanges have reported their opening balances.
   *
   * @throws {ConfigError} If instruments, execution, strategy, risk, clock or market do not fit.
   * @throws {LiveDataError} If a live market cannot be opened, as {@linkcode LiveMarket.open} says.
   * @throws {PermissionError} If the permission for the host of a live market is missing.
   * @throws {CancelledError} If the signal is aborted.
   * @throws {ClosedError} If the market data is closed.
   * @throws {TypeError | RangeError} If an option has the wrong shape, or the strategy serves another run.
   */
  static async start(options: SystemOptions): Promise<System> {
    const { request, hosted } = systemRequest(START, options);
    if (hosted !== undefined) claim(START, hosted);
    try {
      const { signal } = options;
      const started = await call("engine.startSystem", request, { action: START, signal });
      return new System(started, options, request.audit?.filter ?? "none", hosted);
    } catch (error) {
      if (hosted !== undefined) release(hosted);
      throw error;
    }
  }

  /** Starts a system step by step. */
  static builder(): SystemBuilder {
    return new SystemBuilder((options) => System.start(options));
  }

  /**
   * Brings market events. Resolves once the engine has processed them, and a strategy in TypeScript has
   * decided about them; until then they wait, so await one batch before the next.
   *
   * @param events one or more: what `MarketData.from()` takes, or a text that `MarketData.parse()` reads
   * @throws {MarketDataError} If an event is not valid; then none is taken.
   * @throws {EngineError} `engine_unsupported` if the system has a market of its own; `engine_stopped`,
   * `engine_failed`, `engine_strategy`.
   */
  async send(events: object | readonly object[] | string): Promise<void> {
    const action = "send market events";
    if (typeof events !== "string") checkObject(action, "events", events);
    const text = typeof events === "string" ? events : eventText(events);
    await this.#call("engine.systemSend", { format: { type: "json" } }, action, text);
  }

  /** As {@linkcode System.send}, from typed arrays: nothing is turned into JSON. */
  async sendColumns(batches: readonly MarketColumns[]): Promise<void> {
    const action = "send market events";
    checkArray(action, "batches", batches);
    const { format, attachment } = packBatches(action, batches);
    await this.#call("engine.systemSend", { format }, action, attachment);
  }

  /** Says that the market data of an exchange was interrupted; the next event ends that. */
  async marketReconnecting(exchange: string): Promise<void> {
    const action = "send an interruption";
    checkText(action, "exchange", exchange, 64);
    await this.#call("engine.systemInterrupt", { exchange }, action);
  }

  /**
   * Enables or disables trading by the strategy; commands are carried out in both states.
   *
   * @returns the tick of the change, once it is made
   */
  async tradingState(state: "enabled" | "disabled"): Promise<AuditTick> {
    const action = "set the trading state";
    return await this.#command(action, encodeTradingState(action, state));
  }

  /**
   * Sends orders past the risk manager.
   *
   * @returns the tick, whose output lists what was sent; the answers come later
   * @throws {EngineError} `engine_order` for a price or quantity the engine cannot take, an exchange
   * without execution, or an order of that name that is not answered yet.
   */
  async sendOpenRequests(orders: readonly OpenCommand[]): Promise<AuditTick> {
    const action = "send open requests";
    const requests = openRequests(action, this.table, orders, () => this.#orders++);
    return await this.command({ kind: "sendOpenRequests", requests });
  }

  /** Sends cancellations, also of orders the engine does not track. */
  async sendCancelRequests(requests: readonly CancelRequest[]): Promise<AuditTick> {
    checkArray("send cancel requests", "requests", requests);
    return await this.command({ kind: "sendCancelRequests", requests });
  }

  /** Sends market orders that close the open positions, at the engine's prices. */
  async closePositions(filter: InstrumentFilter = ALL): Promise<AuditTick> {
    return await this.command({ kind: "closePositions", filter });
  }

  /** Sends cancellations of all tracked orders that are not being cancelled already. */
  async cancelOrders(filter: InstrumentFilter = ALL): Promise<AuditTick> {
    return await this.command({ kind: "cancelOrders", filter });
  }

  /**
   * Carries out a command. Commands keep the order in which they are given.
   *
   * In a strategy's hook use its context instead: the command would wait for the hook.
   *
   * @returns its tick
   * @throws {EngineError} `engine_event`, `engine_order`, with nothing sent; `engine_stopped`,
   * `engine_failed`, `engine_strategy`.
   * @throws {ClosedError} If the system was shut down.
   */
  async command(command: Command): Promise<AuditTick> {
    const action = "carry out a command";
    checkObject(action, "command", command);
    return await this.#command(action, encodeCommand(action, command));
  }

  async #command(action: string, event: unknown): Promise<AuditTick> {
    const { ticks } = await this.#call("engine.systemCommand", {}, action, JSON.stringify(event));
    return new AuditTick(ticks[0]);
  }

  /** Calls a method of the running system; the failure of a strategy explains all others. */
  async #call<M extends AsyncMethod & `engine.system${string}`>(
    method: M,
    request: Omit<Methods[M]["request"], "system">,
    action: string,
    attachment?: string | Uint8Array,
  ): Promise<Methods[M]["answer"]> {
    this.#throwFailure();
    const bytes = typeof attachment === "string" ? encoder.encode(attachment) : attachment;
    try {
      // The one field that is missing.
      const whole = { ...request, system: this.#handle.value } as Methods[M]["request"];
      const options = bytes === undefined ? { action } : { action, attachment: bytes };
      return await call(method, whole, options) as Methods[M]["answer"];
    } catch (error) {
      if (error instanceof EngineError && error.code === "engine_stopped") this.#throwFailure();
      throw error;
    }
  }

  #throwFailure(): void {
    const failure = this.#strategy?.failure;
    if (failure !== undefined) throw failure;
  }

  /**
   * Everything the engine knows after the last event it has processed, orders in flight included.
   *
   * @throws {ClosedError} If the system was shut down; the result has the last state.
   */
  get state(): EngineState {
    return this.#read().state as EngineState;
  }

  /** Engine time, RFC 3339. */
  get time(): string {
    return this.#read().time;
  }

  /** Prices, positions and orders by instrument index. */
  instruments(): readonly ExactInstrumentState[] {
    return this.state.instruments;
  }

  /** Balances by asset index. */
  balances(): readonly AssetAmounts[] {
    return this.state.balances;
  }

  /** Open positions by instrument index. */
  positions(): InstrumentPosition[] {
    return positionsOf(this.state);
  }

  /** Tracked orders by instrument index and client order id. */
  orders(): InstrumentOrder[] {
    return ordersOf(this.state);
  }

  /** Counters so far. */
  get stats(): SystemStats {
    return callSync("engine.systemStats", { system: this.#handle.value }, {
      action: "read the counters",
    });
  }

  /** The trading summary so far; see `BacktestResult.summary`. */
  summary(options: SummaryOptions = {}): TradingSummary {
    const action = "sum up";
    const request = { system: this.#handle.value, ...summaryRequest(action, options) };
    return callSync("engine.systemSummary", request, { action });
  }

  #read() {
    return callSync("engine.systemState", { system: this.#handle.value }, {
      action: "read the state",
    });
  }

  /**
   * The audit ticks, with the snapshot in front of the first. There is one stream per system: every
   * call gives the same. It ends with the tick of the shutdown, and may be read after it.
   *
   * @throws {EngineError} `engine_unsupported` if audits are disabled.
   */
  audit(): AuditUpdates {
    if (this.#audits !== undefined) return this.#audits.updates;
    throw new EngineError(
      "engine_unsupported",
      'Cannot open audits: the system was started with audit "disabled"',
    );
  }

  /**
   * Resolves when the market feed has ended and all of it has been processed; the system goes on.
   *
   * @throws {EngineError} `engine_stopped`, `engine_failed`, `engine_strategy` if it ends before.
   */
  async feedEnded(): Promise<void> {
    await this.#call("engine.systemFeedEnded", {}, "wait for the end of the feed");
  }

  /**
   * Resolves with the result when the system has ended, by whatever: a shutdown, an abort or a failure.
   *
   * @throws {EngineError} What made it fail; `data.result` has the state and the figures up to there.
   */
  async finished(options: SummaryOptions = {}): Promise<SystemResult> {
    if (this.#ending === undefined) {
      const request = { system: this.#handle.value };
      // The shutdown of a system that has ended tells how.
      await call("engine.systemEnded", request, { action: END }).catch(() => {});
    }
    return await this.shutdown(options);
  }

  /**
   * Ends the system: the market feed is closed, trading is disabled, the answers to orders that are on
   * their way are awaited, the engine stops. Again, or after an abort, it gives the same result.
   *
   * @returns the summary and the last state; afterwards only the audit ticks can still be read
   * @throws {EngineError} What made it fail, if it has failed before; `data.result` has the state and the
   * figures up to there.
   */
  async shutdown(options: SummaryOptions = {}): Promise<SystemResult> {
    const figures = summaryRequest(END, options);
    return await (this.#ending ??= this.#end(
      figures,
      () => call("engine.shutdownSystem", { system: this.#handle.value }, { action: END }),
    ));
  }

  /**
   * Ends the system now, without waiting for answers or hooks. Also ends a shutdown that is under way.
   *
   * @returns as {@linkcode System.shutdown}
   */
  async abort(options: SummaryOptions = {}): Promise<SystemResult> {
    const figures = summaryRequest(END, options);
    this.#strategy?.abandon();
    if (!this.#handle.closed) {
      const request = { system: this.#handle.value };
      const aborted = call("engine.abortSystem", request, { action: END });
      if (this.#ending === undefined) {
        return await (this.#ending = this.#end(figures, () => aborted));
      }
      // The shutdown that is under way reports the same end.
      await aborted.catch(() => {});
    }
    return await this.shutdown(options);
  }

  async #end(figures: Figures, native: Ending): Promise<SystemResult> {
    let reason: SystemResult["reason"] = "failed";
    let failure: unknown;
    try {
      ({ reason } = await native());
    } catch (error) {
      failure = error;
    }
    await this.#strategy?.stopped;
    failure = this.#strategy?.failure ?? failure;
    if (failure !== undefined) reason = "failed";
    const result = this.#result(reason, figures);
    this.#handle.close();
    if (failure === undefined) return result;
    if (!(failure instanceof EngineError)) throw failure;
    throw new EngineError(failure.code, failure.message, {
      cause: failure.cause ?? failure,
      data: { ...failure.data, result },
    });
  }

  #result(reason: SystemResult["reason"], figures: Figures): SystemResult {
    const request = { system: this.#handle.value, ...figures };
    const { state, time } = this.#read();
    return {
      reason,
      summary: callSync("engine.systemSummary", request, { action: END }),
      state: state as EngineState,
      time,
      stats: this.stats,
      riskFreeReturn: figures.riskFreeReturn,
    };
  }

  /**
   * Shuts the system down and closes its audits. A failure that was reported already is not thrown
   * again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const reported = this.#ending !== undefined;
    try {
      await this.shutdown();
    } catch (error) {
      if (!reported) throw error;
    } finally {
      await this.#audits?.close();
    }
  }
}

function summaryRequest(
  action: string,
  { riskFreeReturn = "0", summaryInterval = "daily" }: SummaryOptions,
) {
  return {
    riskFreeReturn: decimalText(action, "riskFreeReturn", riskFreeReturn),
    summaryInterval: intervalRequest(summaryInterval, action),
  };
}
