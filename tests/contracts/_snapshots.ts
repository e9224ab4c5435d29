/**
 * Pairs of snapshots that agree, nearly agree, or do not.
 *
 * @module
 */

import fc from "fast-check";
import type {
  CoreSnapshot,
  OrderRecord,
  OrderStatus,
  VenueOrder,
  VenueSnapshot,
} from "../../src/contracts/mod.ts";
import { at } from "./_desk.ts";
import { NOBODY } from "./engine/_script.ts";

const HASH = "0".repeat(64);
const INSTRUMENTS = ["BTC/USD", "ETH/EUR", "ETH/USD:perp"];
const CURRENCIES = ["BTC", "EUR", "USD"];

const status = fc.constantFrom<OrderStatus>(
  "created",
  "submitted",
  "accepted",
  "partially_filled",
  "cancel_pending",
  "filled",
  "cancelled",
  "rejected",
  "expired",
);
const amount = fc.constantFrom(
  "0",
  "1",
  "-1",
  "0.25",
  "10000",
  "99999999999999.999999999999999999999999",
  "-99999999999999.999999999999999999999999",
);
const price = fc.option(
  fc.constantFrom("100", "0.000000000001", "99999999999999", "-5", "0"),
);
const mark = fc.constantFrom("100", "0.1234567890125", "12345678901234.5", "0", "99999999999999");
const quantity = fc.constantFrom("1", "2", "0.5", "900000000000000000");
const filled = fc.constantFrom("0", "0.5", "1", "1.000000000001", "900000000000000000");
const time = fc.integer({ min: 0, max: 9 }).map(at);

function subset<T>(values: readonly string[], item: (value: string) => fc.Arbitrary<T>) {
  return fc.subarray([...values]).chain((chosen) => fc.tuple(...chosen.map(item)));
}

const cash = subset(
  CURRENCIES,
  (currency) => fc.record({ currency: fc.constant(currency), amount }),
);

function localOrder(order_id: string): fc.Arbitrary<OrderRecord> {
  return fc.record({
    venue_order_id: fc.constantFrom(null, `v-${order_id}`, "v-o1"),
    instrument: fc.constantFrom(...INSTRUMENTS),
    side: fc.constantFrom("buy" as const, "sell" as const),
    quantity,
    limit_price: price,
    status,
    resume: fc.constantFrom("submitted" as const, "accepted" as const, "partially_filled" as const),
    filled,
    remaining: fc.constantFrom("0", "0.5", "1", "900000000000000000"),
  }).map(({ resume, ...order }) => ({
    ...order,
    order_id,
    order_type: "limit",
    stop_price: null,
    time_in_force: "gtc",
    resume_status: order.status === "cancel_pending" ? resume : null,
    notional: "0",
    avg_fill_price: order.filled === "0" ? null : "0",
    fees: [],
    pending_replace: null,
    last_seq: 1,
    transitions: 1,
    attribution: NOBODY,
    trace_id: "a".repeat(32),
  }));
}

function venueOrder(id: string): fc.Arbitrary<VenueOrder> {
  return fc.record({
    order_id: fc.constantFrom(null, id, "o1"),
    venue_order_id: fc.constant(`v-${id}`),
    instrument: fc.constantFrom(...INSTRUMENTS),
    side: fc.constantFrom("buy" as const, "sell" as const),
    status,
    quantity,
    filled,
    limit_price: price,
  });
}

const core: fc.Arbitrary<CoreSnapshot> = fc.record({
  mode: fc.constantFrom("backtest" as const, "paper" as const, "sandbox" as const, "live" as const),
  cash,
  positions: subset(INSTRUMENTS, (instrument) =>
    amount.map((quantity) => ({
      instrument,
      quantity,
      cost: "0",
      avg_price: quantity === "0" ? null : "0",
      realized_pnl: "0",
    }))),
  orders: subset(["o1", "o2", "o3"], localOrder),
  marks: subset(INSTRUMENTS, (instrument) => mark.map((price) => ({ instrument, price }))),
}).map((members) => ({
  schema: "core_snapshot/1.0",
  snapshot_id: "run/1",
  run_id: "run",
  step_seq: 1,
  seq_id: 1,
  as_of: null,
  base_currency: "USD",
  initial_cash: [],
  adjustments: [],
  fees_paid: [],
  risk_flags: [],
  cursors: [],
  idempotency: { count: 0, digest: HASH },
  halted: false,
  economic_hash: HASH,
  state_hash: HASH,
  ...members,
}));

const venue: fc.Arbitrary<VenueSnapshot> = fc.record({
  as_of: time,
  orders: subset(["o1", "o2", "o3", "o4"], venueOrder),
  balances: cash,
  positions: subset(
    INSTRUMENTS,
    (instrument) => amount.map((quantity) => ({ instrument, quantity })),
  ),
}).map((members) => ({ schema: "venue_snapshot/1.0", venue: "x", ...members }));

/** What {@linkcode reconcile} takes. */
export const snapshots = fc.record({
  core,
  venue,
  graceNs: fc.constantFrom("0", "1000000000", "5000000000", "-1", "9223372036854775807"),
  changed: subset(["o1", "o2", "o3"], (id) => time.map((at) => [id, at] as const)).map((rows) =>
    new Map(rows)
  ),
});
