/**
 * Runs for tests: everything that a mode asks for is there unless a test takes it away.
 *
 * @module
 */

import {
  comparable,
  ContractRun,
  type ContractRunOptions,
  type CoreBackend,
  type EngineEvent,
  type ExecutionStepResult,
  type Mode,
  type PlaceTerms,
  type ReplayHeader,
  replayLog,
  type RunEnd,
  type RunStrategy,
  SimulatedVenue,
  type StrategyIntent,
  type VenueAdapter,
} from "../../src/contracts/mod.ts";
import { at, config, event, trade } from "./_desk.ts";

export const MODES: readonly Mode[] = ["backtest", "paper", "sandbox", "live"];

/** A simulated venue with the cash of the core. */
export function simulator(feeRate = "0.001"): SimulatedVenue {
  return new SimulatedVenue({ balances: [{ currency: "USD", amount: "10000" }], feeRate });
}

/** A strategy. */
export function strategy(
  onEvent: RunStrategy["onEvent"] = () => {},
  members: Partial<RunStrategy> = {},
): RunStrategy {
  return { id: "test", onEvent, ...members };
}

/** An order to buy or sell BTC/USD: at a limit, or at once. */
export function order(
  order_id: string,
  side: "buy" | "sell",
  quantity: string,
  limit_price?: string,
): StrategyIntent {
  const terms: PlaceTerms = {
    order_id,
    instrument: "BTC/USD",
    side,
    order_type: "market",
    quantity,
  };
  if (limit_price === undefined) return { type: "place_order", data: terms };
  return { type: "place_order", data: { ...terms, order_type: "limit", limit_price } };
}

/** Asks for the end of an order. */
export function cancelling(order_id: string): StrategyIntent {
  return { type: "cancel_order", data: { order_id, reason: null } };
}

/** Trades, a second apart, from the first second on. */
export function trades(...prices: readonly string[]): EngineEvent[] {
  return prices.map((price, index) => trade(index + 1, price, "5"));
}

/** A timer. */
export function timer(second: number, kind: "normal" | "cheat_on_open" = "normal"): EngineEvent {
  const data = { timer_id: `t-${kind}`, kind, scheduled_for: at(second) } as const;
  return event(second, { type: "timer.fired", data });
}

/** What a run in a mode needs. Its clock counts seconds from 1000 on. */
export function rig(
  mode: Mode,
  backend: CoreBackend,
  members: Partial<ContractRunOptions> = {},
): ContractRunOptions {
  let second = 1000;
  return {
    config: config(mode),
    backend,
    validation: "full",
    venue: simulator(),
    strategy: strategy(),
    now: () => at(second++),
    killSwitch: new AbortController().signal,
    confirm: "desk",
    onAlert: () => {},
    ...members,
  };
}

/** A log in memory. */
export class Log {
  text = "";
  readonly #decoder = new TextDecoder();

  /** Takes lines. */
  readonly write = (lines: Uint8Array): void => {
    this.text += this.#decoder.decode(lines);
  };

  /** The steps as they are compared: without what is put into words, and when things arrived. */
  get comparable(): string {
    return replayLog(this.header, this.steps.map((step) => comparable(step)));
  }

  /** The first line. */
  get header(): ReplayHeader {
    return JSON.parse(this.text.slice(0, this.text.indexOf("\n")));
  }

  /** The steps so far. */
  get steps(): ExecutionStepResult[] {
    return this.text.split("\n").slice(1, -1).map((line) => JSON.parse(line));
  }
}

/** A run that ended. */
export interface Played {
  readonly log: Log;
  readonly end: RunEnd;
}

/** Runs a source to its end, and closes the venue. */
export async function play(
  options: ContractRunOptions,
  source: AsyncIterable<EngineEvent> | Iterable<EngineEvent>,
): Promise<Played> {
  const log = new Log();
  const run = await ContractRun.start({ log: log.write, ...options });
  try {
    await run.feed(source);
    return { log, end: await run.finish() };
  } finally {
    await run.close();
    await options.venue.close();
  }
}

/** What became of orders, as `order: status`, in order. */
export function moves(steps: Iterable<ExecutionStepResult>): string[] {
  return [...steps].flatMap(({ event_result, intent_results }) =>
    [event_result, ...intent_results].flatMap(({ transitions }) =>
      transitions.map(({ order_id, to }) => `${order_id}: ${to}`)
    )
  );
}

/** A venue that looks as if it were outside: its reports arrive when they like. */
export function outside(inner: VenueAdapter, members: Partial<VenueAdapter> = {}): VenueAdapter {
  return {
    venue: inner.venue,
    capabilities: inner.capabilities,
    simulated: false,
    connect: () => inner.connect(),
    submit: (intent) => inner.submit(intent),
    cancel: (intent) => inner.cancel(intent),
    replace: (intent) => inner.replace(intent),
    order: (id) => inner.order(id),
    openOrders: () => inner.openOrders(),
    balances: () => inner.balances(),
    positions: () => inner.positions(),
    reports: () => inner.reports(),
    market: (event) => inner.market?.(event),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
    ...members,
  };
}
