/**
 * Writes the inputs of a run: events and intents that follow on one another.
 *
 * @module
 */

import type {
  Attribution,
  ControlCommand,
  CoreConfig,
  EngineEvent,
  EngineIntent,
  EventBody,
  EventSource,
  IntentBody,
  OrderFill,
  OrderReport,
  PlaceOrder,
  ReplaceOrder,
} from "../../../src/contracts/generated/types.ts";

/** An event and the intents that answer it. */
export interface Step {
  event: EngineEvent;
  intents: EngineIntent[];
}

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

/** Nobody in particular. */
export const NOBODY: Attribution = {
  strategy_id: null,
  execution_id: null,
  route_id: null,
  broker_id: null,
  snapshot_id: null,
};

/** Terms of an order: a limit order to buy 1 BTC at 100 USD unless said otherwise. */
export function terms(order_id: string, members: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    order_id,
    instrument: "BTC/USD",
    side: "buy",
    order_type: "limit",
    quantity: "1",
    limit_price: "100",
    stop_price: null,
    time_in_force: "gtc",
    expire_at: null,
    post_only: false,
    reduce_only: false,
    parent_order_id: null,
    oco_group: null,
    tag: null,
    ...members,
  };
}

/** 10,000 USD in a backtest without limits. */
export const CONFIG: CoreConfig = {
  schema: "core_config/1.0",
  run_id: "run-1",
  mode: "backtest",
  base_currency: "USD",
  initial_cash: [{ currency: "USD", amount: "10000" }],
  policy_overrides: null,
  risk: {
    max_order_quantity: null,
    max_order_notional: null,
    max_position: null,
    max_open_orders: null,
  },
  capabilities: null,
};

/** What of an event a test may set. */
export type EventChanges = Partial<Omit<EngineEvent, "schema" | "body">>;
/** What of an intent a test may set. */
export type IntentChanges = Partial<Omit<EngineIntent, "schema" | "body">>;
/** An intent before it has a place in a step. */
export type Wish = { readonly body: IntentBody; readonly changes: IntentChanges };

const SOURCES = {
  market: "market_data",
  order: "broker_report",
  timer: "timer",
  control: "control",
} as const;

/** What an event's type begins with, and the source that goes with it. */
export function areaOf(
  { type }: EventBody,
): { readonly area: keyof typeof SOURCES; readonly source: EventSource } {
  const area = type.slice(0, type.indexOf(".")) as keyof typeof SOURCES;
  return { area, source: SOURCES[area] };
}

/** A limit order to buy 1 BTC/USD at 100. */
export function place(
  order_id: string,
  order: Partial<PlaceOrder> = {},
  changes: IntentChanges = {},
): Wish {
  return { body: { type: "place_order", data: terms(order_id, order) }, changes };
}

/** Asks for the end of an order. */
export function cancel(order_id: string, changes: IntentChanges = {}): Wish {
  return { body: { type: "cancel_order", data: { order_id, reason: null } }, changes };
}

/** Asks for other terms of an order. */
export function replace(
  order_id: string,
  terms: Partial<Omit<ReplaceOrder, "order_id">>,
  changes: IntentChanges = {},
): Wish {
  const data = { order_id, quantity: null, limit_price: null, stop_price: null, ...terms };
  return { body: { type: "replace_order", data }, changes };
}

/** Body of a command; what is not given is null. */
export function commandBody(
  data: Pick<ControlCommand, "command_id" | "command"> & Partial<ControlCommand>,
): EventBody {
  return {
    type: "control.command",
    data: {
      flag: null,
      value: null,
      currency: null,
      instrument: null,
      amount: null,
      reason: null,
      ...data,
    },
  };
}

/** Body of a report about an order. */
export function reportBody(
  order_id: string,
  report: OrderReport["report"],
  data: Partial<OrderReport> = {},
): EventBody {
  return {
    type: "order.report",
    data: {
      order_id,
      venue_order_id: null,
      report_id: null,
      report,
      reason_code: null,
      reason: null,
      cum_filled: null,
      quantity: null,
      limit_price: null,
      status: null,
      ...data,
    },
  };
}

/** Body of a fill at 100. */
export function fillBody(
  order_id: string,
  fill_id: string,
  quantity: string,
  data: Partial<OrderFill> = {},
): EventBody {
  return {
    type: "order.fill",
    data: {
      order_id,
      venue_order_id: null,
      fill_id,
      price: "100",
      quantity,
      liquidity: "unknown",
      fee: null,
      cum_filled: null,
      remaining: null,
      ...data,
    },
  };
}

/** Collects steps; every event comes a second after the one before it. */
export class Script {
  readonly steps: Step[] = [];
  /** The last number that was taken. */
  seq: number;

  constructor(seq = 0) {
    this.seq = seq;
  }

  /** The time of the next event. */
  get now(): bigint {
    return START + BigInt(this.seq + 1) * SECOND;
  }

  /** Adds an event with what a strategy answers to it. */
  event(body: EventBody, changes: EventChanges = {}, ...wishes: Wish[]): this {
    const time = String(this.now);
    const seq = ++this.seq;
    const { area, source } = areaOf(body);
    const event: EngineEvent = {
      schema: "engine_event/1.0",
      event_id: `e${seq}`,
      seq_id: null,
      event_time: time,
      ingest_time: null,
      source,
      venue: area === "timer" || area === "control" ? null : "sim",
      instrument: area === "timer" || area === "control" ? null : "BTC/USD",
      producer: { name: "test", index: 0 },
      idempotency_key: null,
      synthetic: false,
      attribution: NOBODY,
      trace: null,
      body,
      ...changes,
    };
    const intents = wishes.map((wish, index): EngineIntent => ({
      schema: "engine_intent/1.0",
      intent_id: `i${seq}.${index}`,
      index,
      caused_by: seq,
      created_at: time,
      idempotency_key: null,
      attribution: { ...NOBODY, strategy_id: "trend" },
      trace: null,
      body: wish.body,
      ...wish.changes,
    }));
    this.steps.push({ event, intents });
    return this;
  }

  /** Adds an event that the core refuses: its number is free again. */
  refused(body: EventBody, changes: EventChanges = {}, ...wishes: Wish[]): this {
    this.event(body, changes, ...wishes);
    this.seq--;
    return this;
  }

  /** Adds the firing of a timer, with what a strategy answers to it. */
  timer(...wishes: Wish[]): this {
    return this.event(
      {
        type: "timer.fired",
        data: { timer_id: "t", kind: "normal", scheduled_for: String(this.now) },
      },
      {},
      ...wishes,
    );
  }

  /** Adds a report about an order. */
  report(
    order_id: string,
    report: OrderReport["report"],
    data: Partial<OrderReport> = {},
    changes: EventChanges = {},
  ): this {
    return this.event(reportBody(order_id, report, data), changes);
  }

  /** Adds a fill. */
  fill(
    order_id: string,
    fill_id: string,
    quantity: string,
    data: Partial<OrderFill> = {},
    changes: EventChanges = {},
  ): this {
    return this.event(fillBody(order_id, fill_id, quantity, data), changes);
  }

  /** Adds a trade of the market. */
  trade(price: string, changes: EventChanges = {}, ...wishes: Wish[]): this {
    return this.event(
      {
        type: "market.trade",
        data: { trade_id: null, price, quantity: "1", aggressor: "unknown" },
      },
      changes,
      ...wishes,
    );
  }

  /** Adds a command. */
  command(
    command: ControlCommand["command"],
    data: Partial<ControlCommand> = {},
    changes: EventChanges = {},
  ): this {
    return this.event(
      commandBody({ command_id: `c${this.seq + 1}`, command, ...data }),
      changes,
    );
  }
}
