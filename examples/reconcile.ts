/**
 * A connection drops while an order is filled; reconciliation finds what was missed and mends it with
 * ordinary events.
 *
 * deno run examples/reconcile.ts
 *
 * @module
 */

import {
  type CoreConfig,
  createCore,
  deliver,
  type EngineEvent,
  type EngineIntent,
  type ExecutionStepResult,
  lastChanges,
  reconcile,
  SimulatedVenue,
  timeline,
  venueIntents,
  venueSnapshot,
} from "../src/contracts/mod.ts";

const CONFIG: CoreConfig = {
  schema: "core_config/1.0",
  run_id: "example",
  mode: "live",
  base_currency: "USD",
  initial_cash: [{ currency: "USD", amount: "10000" }],
  policy_overrides: null,
  risk: {
    max_order_quantity: "5",
    max_order_notional: null,
    max_position: null,
    max_open_orders: null,
  },
  capabilities: null,
};
const NOBODY = {
  strategy_id: null,
  execution_id: null,
  route_id: null,
  broker_id: null,
  snapshot_id: null,
};

/** 2025-01-01 and some seconds, in nanoseconds. */
const at = (second: number) => `${1_735_689_600 + second}000000000`;

function trade(second: number, price: string, quantity: string): EngineEvent {
  return {
    schema: "engine_event/1.0",
    event_id: `trade-${second}`,
    seq_id: null,
    event_time: at(second),
    ingest_time: null,
    source: "market_data",
    venue: "simulator",
    instrument: "BTC/USD",
    producer: { name: "example", index: 0 },
    idempotency_key: null,
    synthetic: false,
    attribution: NOBODY,
    trace: null,
    body: {
      type: "market.trade",
      data: { trade_id: null, price, quantity, aggressor: "unknown" },
    },
  };
}

const placing: EngineIntent = {
  schema: "engine_intent/1.0",
  intent_id: "intent-1",
  index: 0,
  caused_by: 1,
  created_at: at(1),
  idempotency_key: null,
  attribution: { ...NOBODY, strategy_id: "example" },
  trace: null,
  body: {
    type: "place_order",
    data: {
      order_id: "order-1",
      instrument: "BTC/USD",
      side: "buy",
      order_type: "limit",
      quantity: "2",
      limit_price: "100",
      stop_price: null,
      time_in_force: "gtc",
      expire_at: null,
      post_only: false,
      reduce_only: false,
      parent_order_id: null,
      oco_group: null,
      tag: null,
    },
  },
};

await using venue = new SimulatedVenue({
  balances: [{ currency: "USD", amount: "10000" }],
  feeRate: "0.001",
});
await venue.connect();
using core = createCore(CONFIG, { backend: "typescript" });
const log: ExecutionStepResult[] = [];

// The strategy answers the first trade with an order, and the venue accepts it.
const opening = trade(1, "101", "1");
venue.market(opening);
const placed = core.step(opening, [placing]);
log.push(placed);
for (const intent of venueIntents(placed)) await deliver(venue, intent);
for (const report of venue.drain()) log.push(core.step(report));

// The order is filled while nobody listens.
venue.market(trade(2, "99", "0.5"));
venue.market(trade(3, "98", "4"));
venue.drain();

// Back again: the venue is asked, and then the core.
const theirs = await venueSnapshot(venue, { asOf: at(9), orderIds: ["order-1"] });
const { report, repairs } = reconcile(core.snapshot(), theirs, { changed: lastChanges(log) });
for (const { kind, key, local, venue, severity, action } of report.items) {
  console.log(`${severity}: ${kind} of ${key} is ${local} here and ${venue} there: ${action}`);
}
for (const event of repairs) log.push(core.step(event));

const left = reconcile(core.snapshot(), theirs).report.items.length;
console.log(`after ${repairs.length} repairs: ${left} differences`);
for (const entry of timeline(log, { orderId: "order-1" })) {
  if (entry.kind === "transition") {
    const { from, to, cause } = entry.transition;
    console.log(`${entry.seq_id}: ${from ?? "nothing"} to ${to} by ${cause}`);
  }
}
