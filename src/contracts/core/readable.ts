/**
 * Whether a value can be read at all, for inputs that no schema has checked: kinds of values, known
 * members and words, numbers in range, canonical decimals. Patterns and lengths of names are left to
 * the schemas.
 *
 * @module
 */

import { ORDER_STATUSES } from "../generated/data.ts";

type Check = (value: unknown) => boolean;

const DECIMAL = /^(0|-?(0\.[0-9]{0,11}[1-9]|[1-9][0-9]{0,17}(\.[0-9]{0,11}[1-9])?))$/;
const MONEY = /^(0|-?(0\.[0-9]{0,23}[1-9]|[1-9][0-9]{0,13}(\.[0-9]{0,23}[1-9])?))$/;
const TIME = /^(0|-?[1-9][0-9]{0,18})$/;
const HASH = /^[0-9a-f]{64}$/;
const INSTRUMENT = /^[^/]*\/[^:]+(:.*)?$/s;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const matches = (pattern: RegExp): Check => (value) =>
  typeof value === "string" && pattern.test(value);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const integer = (min: number, max: number): Check => (value) =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
const every = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const oneOf = (...words: readonly string[]): Check => {
  const known = new Set<unknown>(words);
  return (value) => known.has(value);
};

/** Closed: every member is there, and no other. */
const object = (members: Readonly<Record<string, Check>>): Check => {
  const checks = Object.entries(members);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const found = value as Readonly<Record<string, unknown>>;
    for (const [name, check] of checks) {
      if (!Object.hasOwn(found, name) || !check(found[name])) return false;
    }
    return Object.keys(found).length === checks.length;
  };
};

const variant = (variants: Readonly<Record<string, Check>>): Check => (value) => {
  if (typeof value !== "object" || value === null) return false;
  const { type, data } = value as { type?: unknown; data?: unknown };
  return typeof type === "string" && Object.hasOwn(variants, type) &&
    Object.keys(value).length === 2 && variants[type]?.(data) === true;
};

const decimal: Check = (value) =>
  typeof value === "string" && DECIMAL.test(value) &&
  (value.length <= 18 || value.replace(/^-?(0\.0*)?|\./g, "").length <= 18);
const money = matches(MONEY);
const time: Check = (value) =>
  typeof value === "string" && TIME.test(value) &&
  BigInt.asIntN(64, BigInt(value)) === BigInt(value);
const instrument = matches(INSTRUMENT);
const index = integer(0, Number.MAX_SAFE_INTEGER);
const seq = integer(1, Number.MAX_SAFE_INTEGER);
const side = oneOf("buy", "sell");
const orderType = oneOf("market", "limit", "stop", "stop_limit");
const timeInForce = oneOf("gtc", "ioc", "fok", "day", "gtd");
const status = oneOf(...ORDER_STATUSES);
const riskFlag = oneOf("halt_new_orders", "reduce_only", "kill_switch");
const reasonCode = oneOf(
  "insufficient_funds",
  "price_band",
  "post_only_cross",
  "reduce_only",
  "unknown_instrument",
  "rate_limit",
  "self_trade",
  "venue_halt",
  "user",
  "other",
);
const aggressor = oneOf("buy", "sell", "unknown");
const attribution = object({
  strategy_id: orNull(text),
  execution_id: orNull(text),
  route_id: orNull(text),
  broker_id: orNull(text),
  snapshot_id: orNull(text),
});
const trace = orNull(object({ trace_id: text, span_id: text, parent_span_id: orNull(text) }));
const pair = { quantity: orNull(decimal), limit_price: orNull(decimal) };

/** An EngineEvent. */
export const isReadableEvent: Check = object({
  schema: oneOf("engine_event/1.0"),
  event_id: text,
  seq_id: orNull(seq),
  event_time: orNull(time),
  ingest_time: orNull(time),
  source: oneOf("market_data", "broker_report", "timer", "control"),
  venue: orNull(text),
  instrument: orNull(instrument),
  producer: object({ name: text, index: integer(0, 65535) }),
  idempotency_key: orNull(text),
  synthetic: flag,
  attribution,
  trace,
  body: variant({
    "market.bar": object({
      timeframe: text,
      open_time: time,
      open: decimal,
      high: decimal,
      low: decimal,
      close: decimal,
      volume: decimal,
      closed: flag,
    }),
    "market.trade": object({
      trade_id: orNull(text),
      price: decimal,
      quantity: decimal,
      aggressor,
    }),
    "market.quote": object({
      bid_price: orNull(decimal),
      bid_size: orNull(decimal),
      ask_price: orNull(decimal),
      ask_size: orNull(decimal),
    }),
    "order.report": object({
      order_id: text,
      venue_order_id: orNull(text),
      report_id: orNull(text),
      report: oneOf(
        "accepted",
        "rejected",
        "cancelled",
        "cancel_rejected",
        "expired",
        "replaced",
        "replace_rejected",
        "status",
      ),
      reason_code: orNull(reasonCode),
      reason: orNull(text),
      cum_filled: orNull(decimal),
      ...pair,
      status: orNull(status),
    }),
    "order.fill": object({
      order_id: text,
      venue_order_id: orNull(text),
      fill_id: text,
      price: decimal,
      quantity: decimal,
      liquidity: oneOf("maker", "taker", "unknown"),
      fee: orNull(object({ currency: text, amount: decimal })),
      cum_filled: orNull(decimal),
      remaining: orNull(decimal),
    }),
    "timer.fired": object({
      timer_id: text,
      kind: oneOf("cheat_on_open", "normal"),
      scheduled_for: time,
    }),
    "control.command": object({
      command_id: text,
      command: oneOf(
        "halt",
        "resume",
        "cancel_all",
        "set_risk_flag",
        "account_adjustment",
        "reconcile",
        "checkpoint",
        "shutdown",
      ),
      flag: orNull(riskFlag),
      value: orNull(flag),
      currency: orNull(text),
      instrument: orNull(instrument),
      amount: orNull(money),
      reason: orNull(text),
    }),
  }),
});

/** What a core remembers beside its snapshot. */
export const isReadableMemory: Check = object({
  keys: every(object({ key: text, body_hash: matches(HASH) })),
  prev_hash: matches(HASH),
});

/** An EngineIntent. */
export const isReadableIntent: Check = object({
  schema: oneOf("engine_intent/1.0"),
  intent_id: text,
  index,
  caused_by: seq,
  created_at: time,
  idempotency_key: orNull(text),
  attribution,
  trace,
  body: variant({
    place_order: object({
      order_id: text,
      instrument,
      side,
      order_type: orderType,
      quantity: decimal,
      limit_price: orNull(decimal),
      stop_price: orNull(decimal),
      time_in_force: timeInForce,
      expire_at: orNull(time),
      post_only: flag,
      reduce_only: flag,
      parent_order_id: orNull(text),
      oco_group: orNull(text),
      tag: orNull(text),
    }),
    cancel_order: object({ order_id: text, reason: orNull(text) }),
    replace_order: object({ order_id: text, ...pair, stop_price: orNull(decimal) }),
    set_risk_flag: object({ flag: riskFlag, value: flag, reason: orNull(text) }),
    no_op: object({ note: orNull(text) }),
  }),
});
