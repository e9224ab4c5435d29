/**
 * The run that the contracts are measured with: 10,000 events around 2,000 orders, each with two
 * quotes, a placement at the second of them, its accept and two fills with fees.
 *
 * @module
 */

import {
  attributed,
  type EventHead,
  fillEvent,
  newEvent,
  reportEvent,
} from "../src/contracts/_synthetic.ts";
import type { CoreConfig, EngineEvent, EngineIntent } from "../src/contracts/generated/types.ts";

/** Events of the run. */
export const EVENTS = 10_000;

/** The core that it is made for. */
export const CONFIG: CoreConfig = {
  schema: "core_config/1.0",
  run_id: "bench",
  mode: "backtest",
  base_currency: "USD",
  initial_cash: [{ currency: "USD", amount: "10000000" }],
  policy_overrides: null,
  risk: {
    max_order_quantity: "100",
    max_order_notional: "1000000",
    max_position: null,
    max_open_orders: 100,
  },
  capabilities: null,
};

const timeOf = (seq: number) => String(1_700_000_000_000_000_000n + BigInt(seq));

/** What events are at a place in the run, beside their bodies. */
const head = (seq: number): EventHead => ({
  id: `e${seq}`,
  time: timeOf(seq),
  venue: "sim",
  instrument: "BTC/USD",
  producer: "feed",
  synthetic: false,
});

/** Best bid and ask. */
export function quote(seq: number): EngineEvent {
  return newEvent(head(seq), {
    type: "market.quote",
    data: {
      bid_price: `${100 + seq % 9}.25`,
      bid_size: "3",
      ask_price: `${100 + seq % 9}.5`,
      ask_size: "2",
    },
  });
}

/** An order of 1.5 by its number. */
export function placement(seq: number, order: number): EngineIntent {
  return {
    schema: "engine_intent/1.0",
    intent_id: `i${order}`,
    index: 0,
    caused_by: seq,
    created_at: timeOf(seq),
    idempotency_key: null,
    attribution: attributed("bench"),
    trace: null,
    body: {
      type: "place_order",
      data: {
        order_id: `o${order}`,
        instrument: "BTC/USD",
        side: order % 2 === 0 ? "buy" : "sell",
        order_type: "limit",
        quantity: "1.5",
        limit_price: "100.25",
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
}

/** The venue took an order. */
export function accept(seq: number, order: number): EngineEvent {
  return reportEvent(head(seq), {
    order_id: `o${order}`,
    venue_order_id: `v${order}`,
    report_id: `r${order}`,
    report: "accepted",
  });
}

/** A part of an order was filled. */
export function fill(seq: number, order: number, part: string, quantity: string): EngineEvent {
  return fillEvent(head(seq), {
    order_id: `o${order}`,
    venue_order_id: `v${order}`,
    fill_id: `f${order}${part}`,
    price: `${100 + order % 7}.25`,
    quantity,
    liquidity: "taker",
    fee: { currency: "USD", amount: "0.0375" },
    cum_filled: null,
    remaining: null,
  });
}

function step(seq: number): { event: EngineEvent; intents: EngineIntent[] } {
  const order = Math.floor((seq - 1) / 5);
  switch ((seq - 1) % 5) {
    case 1:
      return { event: quote(seq), intents: [placement(seq, order)] };
    case 2:
      return { event: accept(seq, order), intents: [] };
    case 3:
      return { event: fill(seq, order, "a", "0.5"), intents: [] };
    case 4:
      return { event: fill(seq, order, "b", "1"), intents: [] };
    default:
      return { event: quote(seq), intents: [] };
  }
}

const steps = Array.from({ length: EVENTS }, (_, at) => step(at + 1));
const encoder = new TextEncoder();

/** The events of the run, without intents. */
export const events: readonly EngineEvent[] = steps.map(({ event }) => event);

/** Values as JSON lines. */
export function linesOf(values: readonly unknown[]): Uint8Array {
  return encoder.encode(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}

/** The run as JSON lines, so many steps each. */
export function batches(size: number): readonly Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let at = 0; at < EVENTS; at += size) made.push(linesOf(steps.slice(at, at + size)));
  return made;
}
