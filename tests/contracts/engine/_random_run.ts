/**
 * Random runs: mostly legal streams, with repeated, late and illegal inputs among them.
 *
 * @module
 */

import fc from "fast-check";
import { isReadableEvent } from "../../../src/contracts/core/readable.ts";
import { Engine } from "../../../src/contracts/core/engine.ts";
import { decimalText } from "../../../src/contracts/core/decimal.ts";
import { type Order, remaining } from "../../../src/contracts/core/order.ts";
import type {
  CoreConfig,
  EventBody,
  Mode,
  OrderReport,
} from "../../../src/contracts/generated/types.ts";
import {
  cancel,
  CONFIG,
  type EventChanges,
  fillBody,
  place,
  replace,
  reportBody,
  Script,
  type Step,
  type Wish,
} from "./_script.ts";

const WEIGHTS = {
  place: 16,
  accepted: 14,
  fill: 24,
  cancel: 6,
  replace: 5,
  replaced: 4,
  report: 8,
  market: 8,
  timer: 2,
  command: 3,
  repeat: 6,
  late: 2,
  illegal: 4,
} as const;

/** Every kind of input, as often as its weight says. */
export const KINDS: readonly (keyof typeof WEIGHTS)[] = Object.entries(WEIGHTS).flatMap((
  [kind, weight],
) => Array.from({ length: weight }, () => kind as keyof typeof WEIGHTS));

/** What happens next; the numbers choose among what is possible when it does. */
export interface Action {
  readonly kind: keyof typeof WEIGHTS;
  readonly which: number;
  readonly amount: number;
  readonly price: number;
  readonly option: number;
}

/** A run before it is worked out. */
export interface RandomRun {
  readonly mode: Mode;
  readonly limited: boolean;
  readonly actions: readonly Action[];
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...KINDS),
  which: fc.nat(63),
  amount: fc.nat(11),
  price: fc.nat(15),
  option: fc.nat(63),
});

/** Runs of at most `length` inputs; they shrink to fewer and simpler ones. */
export function randomRuns(length: number): fc.Arbitrary<RandomRun> {
  return fc.record({
    mode: fc.constantFrom<Mode>("backtest", "paper", "sandbox", "live"),
    limited: fc.boolean(),
    actions: fc.array(action, { minLength: 1, maxLength: length, size: "max" }),
  });
}

const QUANTITIES = [
  "1",
  "2",
  "0.5",
  "1.5",
  "0.000000000001",
  "3.333333333333",
  "10",
  "999999999999999999",
  "7",
  "0.25",
  "100",
  "123456.789",
] as const;
const PRICES = [
  "100",
  "100.01",
  "99.99",
  "101",
  "0.000000000001",
  "33.333333333333",
  "250",
  "98.7654321",
  "102",
  "0.07",
  "99999.5",
  "1",
  "100.000000000001",
  "12345678",
  "97",
  "103",
] as const;
const INSTRUMENTS = ["BTC/USD", "ETH/USD:perp", "ETH/BTC"] as const;
const FEES = [null, ["USD", "0.01"], ["BTC", "0.00001"], ["BNB", "-0.005"], ["EUR", "0"]] as const;
const REPORTS: readonly OrderReport["report"][] = [
  "rejected",
  "cancelled",
  "expired",
  "cancel_rejected",
  "cancel_rejected",
  "replace_rejected",
  "status",
  "accepted",
];
const COMMANDS = [
  "halt",
  "resume",
  "resume",
  "cancel_all",
  "set_risk_flag",
  "account_adjustment",
  "reconcile",
  "checkpoint",
] as const;

function pick<T>(from: readonly T[], number: number): T {
  return from[number % from.length] as T;
}

/** The configuration of a run. */
export function configOf({ mode, limited }: RandomRun): CoreConfig {
  if (!limited) return { ...CONFIG, mode };
  return {
    ...CONFIG,
    mode,
    risk: {
      max_order_quantity: "50",
      max_order_notional: "20000",
      max_position: "60",
      max_open_orders: 4,
    },
    capabilities: {
      order_types: ["limit", "market"],
      time_in_force: ["gtc", "day"],
      replace: true,
    },
  };
}

/** Works a run out: what is possible is looked up in an engine that runs along. */
export function stepsOf(run: RandomRun): Step[] {
  const engine = new Engine(configOf(run));
  const script = new Script();
  for (const [at, next] of run.actions.entries()) {
    const before = script.steps.length;
    write(script, engine, next, at);
    for (const { event, intents } of script.steps.slice(before)) {
      if (!isReadableEvent(event) || engine.refuseEvent(event) !== null) continue;
      if (engine.refuseIntents(intents, engine.state.scalars.seqId + 1) !== null) continue;
      engine.begin(event);
      engine.advance(intents);
    }
    script.seq = engine.state.scalars.seqId;
  }
  return script.steps;
}

/** A live order, or sometimes one that ended; undefined if there is none. */
function orderFor(engine: Engine, { which, option }: Action): Order | undefined {
  const live = [...engine.state.live.values()];
  const from = option === 63 || live.length === 0 ? [...engine.state.closed.values()] : live;
  return from[which % Math.max(from.length, 1)];
}

function write(script: Script, engine: Engine, next: Action, at: number): void {
  const order = orderFor(engine, next);
  const { which, amount, price, option } = next;
  const id = order?.id ?? "o0";
  const venue: EventChanges = order === undefined ? {} : { instrument: order.instrument };
  switch (next.kind) {
    case "place":
      return void script.timer(newOrder(next, at), ...(option % 8 === 0 ? [cancel(id)] : []));
    case "accepted":
      return void script.report(id, "accepted", {
        report_id: `a${at}`,
        venue_order_id: option % 4 === 0 ? `v${at}` : null,
      }, venue);
    case "fill":
      return void script.event(fill(order, next, `f${at}`), venue);
    case "cancel":
      return void script.timer(cancel(id));
    case "replace":
      return void script.timer(replace(id, {
        quantity: option % 3 === 0 ? null : pick(QUANTITIES, amount),
        limit_price: option % 3 === 1 ? null : pick(PRICES, price),
      }));
    case "replaced":
      return void script.report(id, "replaced", {
        report_id: `r${at}`,
        quantity: option % 2 === 0 ? null : pick(QUANTITIES, amount),
        limit_price: option % 3 === 0 ? pick(PRICES, price) : null,
      }, venue);
    case "report":
      return void script.report(id, pick(REPORTS, which), {
        report_id: option % 3 === 0 ? null : `r${at}`,
        reason_code: option % 5 === 0 ? "user" : null,
        cum_filled: option % 4 === 0 ? pick(QUANTITIES, amount) : null,
        status: option % 4 === 1 ? "accepted" : null,
      }, venue);
    case "market":
      return void script.event(market(next), { instrument: pick(INSTRUMENTS, which) });
    case "timer":
      return void script.timer({ body: { type: "no_op", data: { note: null } }, changes: {} });
    case "command":
      return command(script, next);
    case "repeat":
      return repeat(script, next);
    case "late":
      return void script.trade(pick(PRICES, price), {
        event_time: String(script.now - BigInt(1 + option) * 1_000_000_000n),
        instrument: pick(INSTRUMENTS, which),
      });
    case "illegal":
      return illegal(script, id, next);
  }
}

function newOrder({ which, amount, price, option }: Action, at: number): Wish {
  const market = option % 5 === 0;
  return place(option % 16 === 15 ? `o${which}` : `o${at}`, {
    instrument: pick(INSTRUMENTS, which % 5),
    side: which % 2 === 0 ? "buy" : "sell",
    order_type: market ? "market" : "limit",
    quantity: pick(QUANTITIES, amount),
    limit_price: market ? null : pick(PRICES, price),
    time_in_force: option % 11 === 0 ? "ioc" : "gtc",
    reduce_only: option % 13 === 0,
  });
}

function fill(order: Order | undefined, next: Action, fillId: string): EventBody {
  const left = order === undefined ? 1_000_000_000_000n : remaining(order);
  const shares = [left, left / 2n, left / 4n, left / 3n, left + 1n, left, left / 2n, left];
  const quantity = pick(shares, next.amount);
  const filled = (order?.filled ?? 0n) + quantity;
  const fee = pick(FEES, next.option % 7);
  return fillBody(order?.id ?? "o0", fillId, decimalText(quantity), {
    price: pick(PRICES, next.price),
    fee: fee === null ? null : { currency: fee[0], amount: fee[1] },
    cum_filled: next.option % 6 === 0 ? decimalText(filled) : null,
    remaining: next.option % 31 === 0 ? "0.5" : null,
  });
}

function market({ amount, price, option }: Action): EventBody {
  const last = pick(PRICES, price);
  if (option % 3 === 0) {
    return {
      type: "market.trade",
      data: { trade_id: null, price: last, quantity: "1", aggressor: "unknown" },
    };
  }
  if (option % 3 === 1) {
    const ask = amount % 4 === 0 ? null : pick(PRICES, price + amount);
    const ask_size = ask === null ? null : "1";
    return {
      type: "market.quote",
      data: { bid_price: last, bid_size: "2", ask_price: ask, ask_size },
    };
  }
  return {
    type: "market.bar",
    data: {
      timeframe: "1m",
      open_time: "0",
      open: last,
      high: last,
      low: last,
      close: last,
      volume: "0",
      closed: amount % 2 === 0,
    },
  };
}

function command(script: Script, { which, amount, price, option }: Action): void {
  const name = pick(COMMANDS, which);
  const lacks = option % 9 === 0;
  script.command(name, {
    flag: name === "set_risk_flag" && !lacks
      ? pick(["halt_new_orders", "reduce_only", "kill_switch"] as const, amount)
      : null,
    value: name === "set_risk_flag" ? option % 4 === 0 : null,
    currency: name === "account_adjustment" && !lacks ? pick(["USD", "BTC", "EUR"], amount) : null,
    amount: name === "account_adjustment"
      ? `${option % 2 === 0 ? "-" : ""}${pick(PRICES, price)}`
      : null,
    instrument: name === "cancel_all" && option % 2 === 0 ? "BTC/USD" : null,
  });
}

/** An earlier event comes again, whole or with a changed body; so does what was answered to it. */
function repeat(script: Script, { which, option, price }: Action): void {
  const old = script.steps[which % Math.max(script.steps.length, 1)];
  if (old === undefined) return;
  const { schema: _, body, seq_id: _seq, event_time: _time, ...changes } = structuredClone(
    old.event,
  );
  if (option % 4 === 0 && body.type === "order.fill") body.data.price = pick(PRICES, price);
  const wishes = old.intents.map(({ body, intent_id, attribution }) => ({
    body: structuredClone(body),
    changes: { intent_id, attribution },
  }));
  const time = option % 3 === 0 && old.event.event_time !== null
    ? { event_time: old.event.event_time }
    : {};
  script.event(body, { ...changes, ...time }, ...wishes);
}

/** What a schema lets pass and the core refuses or rejects. */
function illegal(script: Script, id: string, { which, amount, option }: Action): void {
  const timer: EventBody = {
    type: "timer.fired",
    data: { timer_id: "t", kind: "normal", scheduled_for: String(script.now) },
  };
  switch (which % 8) {
    case 0:
      return void script.refused(timer, { seq_id: 1 + option });
    case 1:
      return void script.refused(timer, { event_time: null });
    case 2:
      return void script.refused(timer, {}, place("never", {}, { index: 1 + amount }));
    case 3:
      return void script.refused(timer, {}, place("never", {}, { caused_by: 900 + option }));
    case 4:
      return void script.event(timer, { source: "market_data" });
    case 5:
      return void script.fill(id, `x${option}`, option % 2 === 0 ? "0" : "-1");
    case 6:
      return void script.event(reportBody("nobody", pick(REPORTS, option)));
    case 7:
      return void script.event(
        timer,
        {
          event_time: null,
          ingest_time: String(script.now),
        },
        place(id),
        cancel("nobody"),
        place(`z${option}`, { quantity: "-1" }),
      );
  }
}
