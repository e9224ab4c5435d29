/**
 * One suite for all adapters: a simulated venue and one outside differ in nothing that it asks for
 * (MDL-002).
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import {
  type CancelIntent,
  type Capabilities,
  RecordedVenue,
  RecordingVenue,
  type ReplaceIntent,
  SimulatedVenue,
  type VenueAdapter,
} from "../../src/contracts/mod.ts";
import { ClosedError, VenueError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { at, Desk, intent, MARKET, terms, trade } from "./_desk.ts";
import { BTC, mockVenue } from "./_mock_venue.ts";

/** A venue under test, with cash of 10000 USD. */
interface Subject {
  readonly adapter: VenueAdapter;
  /** Name of its instrument of BTC and USD. */
  readonly instrument: string;
  /** A trade at the venue; a recording has heard of it already. */
  trade(second: number, price: string, quantity: string): void;
  /** Called when the test has passed. */
  finish?(): void;
}

const RECORDINGS = new URL("engine/fixtures/venue/", import.meta.url);

function simulated(capabilities?: Capabilities): Subject & { readonly adapter: SimulatedVenue } {
  const adapter = new SimulatedVenue({
    ...capabilities && { capabilities },
    balances: [{ currency: "USD", amount: "10000" }],
    feeRate: "0.001",
  });
  return {
    adapter,
    instrument: "BTC/USD",
    trade: (...terms) => adapter.market(trade(...terms)),
  };
}

/** The engine's mock exchange. */
function mockExchange(): Subject {
  const { adapter, trade } = mockVenue();
  return { adapter, instrument: BTC, trade };
}

/** Plays a recording of the simulator; with TENDON_RECORD it is made first. */
function recorded(name: string): Subject {
  const file = new URL(`${name}.jsonl`, RECORDINGS);
  if (process.env.TENDON_RECORD === "1") {
    const inner = simulated();
    const adapter = new RecordingVenue(inner.adapter);
    return {
      ...inner,
      adapter,
      finish() {
        mkdirSync(RECORDINGS, { recursive: true });
        writeFileSync(file, adapter.recording());
      },
    };
  }
  return played(readFileSync(file), "BTC/USD");
}

function played(recording: Uint8Array, instrument: string): Subject {
  const adapter = new RecordedVenue(recording);
  return { adapter, instrument, trade() {}, finish: () => assert(adapter.ended) };
}

const SUBJECTS: Readonly<Record<string, (recording: string) => Subject>> = {
  simulator: () => simulated(),
  "simulator of market orders": () =>
    simulated({ order_types: ["market"], time_in_force: ["ioc"], replace: false }),
  recording: recorded,
  "mock exchange": mockExchange,
};

const PRICES = {
  market: { limit_price: null, stop_price: null },
  limit: { limit_price: "90", stop_price: null },
  stop: { limit_price: null, stop_price: "120" },
  stop_limit: { limit_price: "125", stop_price: "120" },
} as const;

/** Every type of order, each with every time in force. */
const ORDERS = (["market", "limit", "stop", "stop_limit"] as const).flatMap((order_type) =>
  (["gtc", "ioc", "fok", "day", "gtd"] as const).map((time_in_force) => ({
    order_type,
    time_in_force,
    ...PRICES[order_type],
    expire_at: time_in_force === "gtd" ? at(1_000_000) : null,
  }))
);

/** What every adapter must do. `needs` says which capability a rule is about. */
const RULES: readonly {
  readonly recording: string;
  readonly name: string;
  readonly needs?: "limit" | "replace";
  check(desk: Desk, subject: Subject): Promise<void>;
}[] = [
  {
    recording: "market-order",
    name: "a market order is accepted, filled, and settled as the core says",
    async check(desk, { trade, instrument }) {
      trade(desk.tick(), "100", "5");
      await desk.send({ type: "place_order", data: terms("o1", { ...MARKET, instrument }) });
      const order = await desk.until("o1", "filled");
      assertEquals([order.filled, order.notional], ["1", "100"]);
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "same-order-twice",
    name: "the same order twice has one effect",
    async check(desk, { trade, instrument }) {
      trade(desk.tick(), "100", "5");
      const intent = desk.decide({
        type: "place_order",
        data: terms("o1", { ...MARKET, instrument }),
      });
      await desk.adapter.submit(intent);
      await desk.adapter.submit(intent);
      await desk.until("o1", "filled");
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "unknown-order",
    name: "an order that nobody placed is not known and cannot be cancelled",
    async check(desk) {
      assertEquals(await desk.adapter.order("nobody"), null);
      const cancel = intent(1, 1, {
        type: "cancel_order",
        data: { order_id: "nobody", reason: null },
      });
      const error = await assertRejects(
        () => desk.adapter.cancel(cancel as CancelIntent),
        VenueError,
      );
      assertEquals(error.code, "venue_rejected");
      assertEquals(error.data, { reasonCode: "other" });
    },
  },
  {
    recording: "limit-order",
    name: "a limit order rests, and is cancelled",
    needs: "limit",
    async check(desk, { trade, instrument }) {
      trade(desk.tick(), "101", "5");
      await desk.send({ type: "place_order", data: terms("o1", { instrument }) });
      await desk.until("o1", "accepted");
      const open = await desk.adapter.openOrders();
      assertEquals(open.map(({ order_id, status }) => [order_id, status]), [["o1", "accepted"]]);
      assertEquals((await desk.reconcile()).report.items, []);
      await desk.send({ type: "cancel_order", data: { order_id: "o1", reason: null } });
      await desk.until("o1", "cancelled");
      assertEquals(await desk.adapter.openOrders(), []);
      assertEquals((await desk.adapter.order("o1"))?.status, "cancelled");
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "partial-fills",
    name: "a limit order is filled in parts, at its limit",
    needs: "limit",
    async check(desk, { trade, instrument }) {
      trade(desk.tick(), "101", "5");
      await desk.send({ type: "place_order", data: terms("o1", { instrument }) });
      trade(desk.tick(), "99", "0.4");
      await desk.until("o1", "partially_filled");
      assertEquals((await desk.reconcile()).report.items, []);
      trade(desk.tick(), "98", "5");
      const order = await desk.until("o1", "filled");
      assertEquals(order.notional, "100");
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "replace",
    name: "an order is replaced, and not below what is filled",
    needs: "replace",
    async check(desk, { trade, instrument }) {
      await desk.send({ type: "place_order", data: terms("o1", { instrument }) });
      trade(desk.tick(), "100", "0.4");
      await desk.until("o1", "partially_filled");
      const change = { order_id: "o1", limit_price: null, stop_price: null };
      const below = intent(desk.tick(), 1, {
        type: "replace_order",
        data: { ...change, quantity: "0.4" },
      });
      const error = await assertRejects(
        () => desk.adapter.replace(below as ReplaceIntent),
        VenueError,
      );
      assertEquals(error.code, "venue_rejected");
      await desk.send({ type: "replace_order", data: { ...change, quantity: "0.6" } });
      trade(desk.tick(), "100", "5");
      assertEquals((await desk.until("o1", "filled")).filled, "0.6");
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "cancelled-late",
    name: "a cancellation that comes too late is refused, and the order filled",
    async check(desk, { trade, instrument }) {
      trade(desk.tick(), "100", "5");
      await desk.send({ type: "place_order", data: terms("o1", { ...MARKET, instrument }) });
      await desk.send({ type: "cancel_order", data: { order_id: "o1", reason: null } });
      await desk.until("o1", "filled");
      assertEquals((await desk.adapter.order("o1"))?.status, "filled");
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "capabilities",
    name: "it takes the orders that its capabilities list, and refuses others before they are sent",
    async check(desk, { trade, instrument }) {
      const { order_types, time_in_force } = desk.adapter.capabilities;
      trade(desk.tick(), "100", "50");
      for (const [index, { order_type, ...order }] of ORDERS.entries()) {
        const data = terms(`o${index}`, { ...order, order_type, instrument });
        const intent = desk.decide({ type: "place_order", data });
        const able = order_types.includes(order_type) && time_in_force.includes(data.time_in_force);
        if (able) await desk.adapter.submit(intent);
        else await refuses(() => desk.adapter.submit(intent));
        assertEquals((await desk.adapter.order(data.order_id)) !== null, able);
      }
    },
  },
  {
    recording: "close",
    name: "closed, it refuses, and the reports end",
    async check({ adapter }) {
      await adapter.close();
      await adapter.close();
      await assertRejects(() => adapter.openOrders(), ClosedError);
      await assertRejects(() => adapter.order("o1"), ClosedError);
      for await (const _report of adapter.reports()) throw new Error("A report after the end");
    },
  },
];

async function holds(rule: typeof RULES[number], subject: Subject): Promise<void> {
  const { order_types, replace } = subject.adapter.capabilities;
  await subject.adapter.connect();
  await using desk = new Desk(subject.adapter);
  if (rule.needs === "limit" && !order_types.includes("limit")) await refusesLimit(desk, subject);
  else if (rule.needs === "replace" && !replace) await refusesReplace(desk, subject);
  else await rule.check(desk, subject);
  subject.finish?.();
}

for (const rule of RULES) {
  for (const [name, open] of Object.entries(SUBJECTS)) {
    test(`VenueAdapter, ${name}: ${rule.name}`, () => holds(rule, open(rule.recording)));
  }
  test(`VenueAdapter, recording of the mock exchange: ${rule.name}`, async () => {
    const { adapter: inner, instrument, trade } = mockExchange();
    const adapter = new RecordingVenue(inner);
    await holds(rule, { adapter, instrument, trade });
    await holds(rule, played(adapter.recording(), instrument));
  });
}

/** What a venue without limit orders must do instead: refuse before anything is sent. */
async function refusesLimit(desk: Desk, { instrument }: Subject): Promise<void> {
  const limit = desk.decide({ type: "place_order", data: terms("o1", { instrument }) });
  await refuses(() => desk.adapter.submit(limit));
  assertEquals(await desk.adapter.order("o1"), null);
}

/** What a venue that replaces nothing must do instead; the order stays as it is. */
async function refusesReplace(desk: Desk, { trade, instrument }: Subject): Promise<void> {
  trade(desk.tick(), "100", "5");
  await desk.send({ type: "place_order", data: terms("o1", { ...MARKET, instrument }) });
  const change = { order_id: "o1", quantity: "0.6", limit_price: null, stop_price: null };
  const replace = intent(desk.tick(), 1, { type: "replace_order", data: change });
  await refuses(() => desk.adapter.replace(replace as ReplaceIntent));
  assertEquals((await desk.until("o1", "filled")).filled, "1");
  assertEquals((await desk.reconcile()).report.items, []);
}

async function refuses(send: () => Promise<void>): Promise<void> {
  const error = await assertRejects(send, VenueError);
  assertEquals(error.code, "venue_capability");
  assertEquals(error.data, { rule: "CAPABILITY_UNSUPPORTED" });
}
