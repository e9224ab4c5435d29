/**
 * An engine fed by hand.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { EngineError } from "../errors.ts";
import { checkArray, checkInteger, checkObject } from "../_check.ts";
import { cancelRequest, openRequest } from "./_audit_decode.ts";
import { decimalText } from "./_decimal.ts";
import { encodeAccount, encodeCommand } from "./_event_encode.ts";
import { eventText } from "./_events.ts";
import { intervalRequest, riskRequest, strategyRequest } from "./_request.ts";
import { type AuditFilter, AuditTick, AuditUpdates, checkFilter } from "./audit.ts";
import type {
  AccountEvent,
  CancelRequest,
  Command,
  InstrumentFilter,
  OpenRequest,
} from "./audit_types.ts";
import {
  ALL,
  checkTradingState,
  encodeTradingState,
  type InstrumentOrder,
  type InstrumentPosition,
  type OpenCommand,
  openRequests,
  ordersOf,
  positionsOf,
  startText,
} from "./commands.ts";
import { instrumentsRequest } from "./instruments.ts";
import { AuditSnapshot, type EngineState } from "./replica.ts";
import type { ApproveAll, AssetAmounts, RiskLimits } from "./strategy.ts";
import type {
  DecimalInput,
  InstrumentConfig,
  InstrumentTable,
  StrategyConfig,
  SummaryInterval,
  TradingSummary,
} from "./types.ts";

const DEFAULT_CAPACITY = 65_536;

/** How an engine fed by hand starts. */
export interface EngineOptions {
  /** The instruments, in any order. */
  readonly instruments: readonly InstrumentConfig[];
  /** What trades while trading is enabled. @default { type: "noop" } */
  readonly strategy?: StrategyConfig;
  /** Which of the strategy's orders are let through; commands bypass it. @default all */
  readonly risk?: ApproveAll | RiskLimits;
  /** Whether the strategy may trade. @default "disabled" */
  readonly tradingState?: "enabled" | "disabled";
  /** Start of the engine's clock, which then follows the events. @default now */
  readonly start?: Date | string;
  /** Exchanges whose order requests are collected; a request to another ends the engine. @default all */
  readonly execution?: readonly string[];
}

/** An order request that the engine has sent. */
export type SentRequest =
  | ({ readonly kind: "open" } & { readonly request: OpenRequest })
  | ({ readonly kind: "cancel" } & { readonly request: CancelRequest });

/** Settings of {@linkcode Engine.audits}. */
export interface EngineAuditOptions {
  /** Which ticks are kept. @default "all" */
  readonly filter?: AuditFilter;
  /** Ticks that may wait; the oldest are dropped beyond. @default 65536 */
  readonly capacity?: number;
}

interface Subscriber {
  readonly filter: AuditFilter;
  readonly capacity: number;
  ticks: unknown[];
  dropped: number;
  /** Resolves at the next push, for all who wait. */
  pushed: Promise<void> | undefined;
  wake: () => void;
}

const encoder = new TextEncoder();

/**
 * Barter's trading engine without an exchange: the caller brings market and account events and commands,
 * and takes the order requests.
 *
 * Every call processes its events at once and returns their audit ticks. What the engine could not take is
 * refused first, with nothing changed. A tick with errors, or a shutdown, ends the engine.
 *
 * @example Open and close a position
 * ```ts
 * import { Engine } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const engine = Engine.open({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   start: "2025-01-01T12:00:00Z",
 * });
 * engine.market({
 *   time_exchange: "2025-01-01T12:00:01Z",
 *   exchange: "binance_spot",
 *   instrument: 0,
 *   kind: { Trade: { id: "1", price: 110, amount: 1, side: "Buy" } },
 * });
 * engine.account(0, {
 *   kind: "fill",
 *   tradeId: "t1",
 *   orderId: "o1",
 *   instrument: 0,
 *   strategy: "manual",
 *   time: "2025-01-01T12:00:02Z",
 *   side: "buy",
 *   price: "100",
 *   quantity: "2",
 *   fees: "0.1",
 * });
 * engine.closePositions();
 * const [closing] = engine.takeRequests();
 * assertEquals(closing?.kind === "open" && closing.request.quantity, "2");
 * assertEquals(engine.positions()[0]?.pnlRealised, "-0.1");
 * engine.close();
 * ```
 */
export class Engine implements Disposable {
  /** The index tables that events refer to. */
  readonly table: InstrumentTable;
  readonly #handle: NativeHandle;
  readonly #subscribers = new Set<Subscriber>();
  #orders = 0;
  #stopped = false;

  private constructor(opened: Methods["engine.open"]["answer"]) {
    this.#handle = new NativeHandle(opened.engine, "engine");
    this.table = opened.table;
  }

  /**
   * Starts an engine.
   *
   * @throws {ConfigError} If instruments, strategy, risk or execution do not fit.
   */
  static open(options: EngineOptions): Engine {
    const action = "open an engine";
    checkObject(action, "options", options);
    const {
      instruments,
      strategy = { type: "noop" },
      risk,
      tradingState = "disabled",
      start = new Date(),
      execution = null,
    } = options;
    checkTradingState(action, tradingState);
    checkObject(action, "strategy", strategy);
    if (!("type" in strategy)) {
      throw new TypeError(
        `Cannot ${action} as strategy must be one of the engine's own: decide outside and send commands`,
      );
    }
    if (execution !== null) checkArray(action, "execution", execution);
    return new Engine(callSync("engine.open", {
      ...instrumentsRequest(action, instruments),
      strategy: strategyRequest(action, strategy),
      risk: riskRequest(action, risk, false),
      tradingEnabled: tradingState === "enabled",
      start: startText(action, start),
      execution: execution === null ? null : [...execution],
    }, { action }));
  }

  /** Whether it takes no more events. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Processes market events.
   *
   * @param events one or more: what `MarketData.from()` takes, or a text that `MarketData.parse()` reads
   * @returns one tick per event
   * @throws {MarketDataError} If an event is not valid; then none is processed.
   * @throws {EngineError} `engine_stopped`, `engine_failed`.
   */
  market(events: object | readonly object[] | string): AuditTick[] {
    const action = "process market events";
    if (typeof events === "string") return this.#process(action, true, events);
    checkObject(action, "events", events);
    return this.#process(action, true, eventText(events));
  }

  /** Says that the market data of an exchange was interrupted. */
  marketReconnecting(exchange: string): AuditTick {
    return this.#event("process an interruption", { Market: { Reconnecting: exchange } });
  }

  /**
   * Processes what the account on an exchange reports.
   *
   * @param exchange index of the exchange
   * @throws {EngineError} `engine_event` or `engine_order` for an event the engine cannot take.
   */
  account(exchange: number, event: AccountEvent): AuditTick {
    const action = "process an account event";
    checkObject(action, "event", event);
    return this.#event(action, encodeAccount(action, exchange, event));
  }

  /** Says that the account on an exchange was disconnected. */
  accountReconnecting(exchange: string): AuditTick {
    return this.#event("process an interruption", { Account: { Reconnecting: exchange } });
  }

  /** Enables or disables trading by the strategy; commands are carried out in both states. */
  tradingState(state: "enabled" | "disabled"): AuditTick {
    const action = "set the trading state";
    return this.#event(action, encodeTradingState(action, state));
  }

  /**
   * Sends orders past the risk manager.
   *
   * @returns the tick, whose output lists what was sent
   * @throws {EngineError} `engine_order` for a price or quantity the engine cannot take.
   */
  sendOpenRequests(orders: readonly OpenCommand[]): AuditTick {
    const action = "send open requests";
    return this.command({
      kind: "sendOpenRequests",
      requests: openRequests(action, this.table, orders, () => this.#orders++),
    });
  }

  /** Sends cancellations, also of orders the engine does not track. */
  sendCancelRequests(requests: readonly CancelRequest[]): AuditTick {
    checkArray("send cancel requests", "requests", requests);
    return this.command({ kind: "sendCancelRequests", requests });
  }

  /** Sends market orders that close the open positions, at the engine's prices. */
  closePositions(filter: InstrumentFilter = ALL): AuditTick {
    return this.command({ kind: "closePositions", filter });
  }

  /** Sends cancellations of all tracked orders that are not being cancelled already. */
  cancelOrders(filter: InstrumentFilter = ALL): AuditTick {
    return this.command({ kind: "cancelOrders", filter });
  }

  /**
   * Carries out a command.
   *
   * @throws {EngineError} `engine_event` for a filter or key that refers to something unknown.
   */
  command(command: Command): AuditTick {
    const action = "carry out a command";
    checkObject(action, "command", command);
    return this.#event(action, encodeCommand(action, command));
  }

  /** Order requests the engine has sent since the last call, for the caller to execute. */
  takeRequests(): SentRequest[] {
    const { requests } = callSync("engine.requests", { engine: this.#handle.value }, {
      action: "take order requests",
    });
    return (requests as Record<string, unknown>[]).flatMap((tagged): SentRequest[] => {
      if ("Open" in tagged) return [{ kind: "open", request: openRequest(tagged.Open) }];
      if ("Cancel" in tagged) return [{ kind: "cancel", request: cancelRequest(tagged.Cancel) }];
      return [];
    });
  }

  /** Everything the engine knows. */
  get state(): EngineState {
    return this.#read().state as EngineState;
  }

  /** Engine time, RFC 3339. */
  get time(): string {
    return this.#read().time;
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

  /** The trading summary so far; see `BacktestResult.summary`. */
  summary(
    { riskFreeReturn = "0", summaryInterval = "daily" }: {
      readonly riskFreeReturn?: DecimalInput;
      readonly summaryInterval?: SummaryInterval;
    } = {},
  ): TradingSummary {
    const action = "sum up";
    return callSync("engine.summary", {
      engine: this.#handle.value,
      riskFreeReturn: decimalText(action, "riskFreeReturn", riskFreeReturn),
      summaryInterval: intervalRequest(summaryInterval, action),
    }, { action });
  }

  /**
   * A stream of the ticks from now on, with a snapshot in front of them. It ends when the engine stops.
   */
  audits({ filter = "all", capacity = DEFAULT_CAPACITY }: EngineAuditOptions = {}): AuditUpdates {
    const action = "open audits";
    checkFilter(action, filter);
    checkInteger(action, "capacity", capacity, 1, 2 ** 24);
    const snapshot = callSync("engine.snapshot", { engine: this.#handle.value }, { action });
    const subscriber: Subscriber = {
      filter,
      capacity,
      ticks: [],
      dropped: 0,
      pushed: undefined,
      wake: () => {},
    };
    this.#subscribers.add(subscriber);
    return new AuditUpdates(
      {
        poll: () => {
          const { ticks } = subscriber;
          subscriber.ticks = [];
          return { ticks, done: this.#stopped };
        },
        pushed: () =>
          subscriber.pushed ??= new Promise<void>((resolve) => {
            subscriber.wake = () => {
              subscriber.pushed = undefined;
              resolve();
            };
          }),
        close: () => void this.#subscribers.delete(subscriber),
      },
      filter,
      new AuditSnapshot(snapshot),
      () => subscriber.dropped,
    );
  }

  /** Processes a shutdown: audits end, requests and state can still be read. */
  shutdown(): AuditTick {
    return this.#event("shut an engine down", { Shutdown: null });
  }

  #event(action: string, event: unknown): AuditTick {
    const [tick] = this.#process(action, false, JSON.stringify(event));
    if (tick === undefined) throw new TypeError(`Cannot ${action}: the library sent no tick`);
    return tick;
  }

  #process(action: string, market: boolean, text: string): AuditTick[] {
    const { ticks, done } = this.#call(action, market, text);
    this.#stopped = done;
    for (const subscriber of this.#subscribers) push(subscriber, ticks, done);
    return ticks.map((tick) => new AuditTick(tick));
  }

  #call(action: string, market: boolean, text: string): Methods["engine.process"]["answer"] {
    try {
      return callSync("engine.process", { engine: this.#handle.value, market }, {
        action,
        attachment: encoder.encode(text),
      });
    } catch (error) {
      if (error instanceof EngineError && error.code === "engine_failed") this.#end();
      throw error;
    }
  }

  #end(): void {
    this.#stopped = true;
    for (const subscriber of this.#subscribers) subscriber.wake();
  }

  #read() {
    return callSync("engine.state", { engine: this.#handle.value }, { action: "read the state" });
  }

  /** Ends the engine without a shutdown and frees it; audits end. Again is harmless. */
  close(): void {
    this.#end();
    this.#handle.close();
  }

  /** Same as {@linkcode Engine.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Gives a subscriber what its filter lets through. */
function push(subscriber: Subscriber, ticks: readonly unknown[], done: boolean): void {
  const { filter } = subscriber;
  for (const [at, tick] of ticks.entries()) {
    const last = done && at === ticks.length - 1;
    const wanted = filter === "all" || (filter === "outputs" && (last || hasOutput(tick)));
    if (wanted) subscriber.ticks.push(tick);
  }
  const over = subscriber.ticks.length - subscriber.capacity;
  if (over > 0) {
    subscriber.ticks.splice(0, over);
    subscriber.dropped += over;
  }
  subscriber.wake();
}

function hasOutput(tick: unknown): boolean {
  const { event } = new AuditTick(tick);
  return event.type === "process" && event.outputs.length + event.errors.length > 0;
}
