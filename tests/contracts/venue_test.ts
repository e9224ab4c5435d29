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
import { Desk, intent, MARKET, terms, trade } from "./_desk.ts";

/** A venue under test, with cash of 10000 USD. */
interface Subject {
  readonly adapter: VenueAdapter;
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
  return { adapter, trade: (...terms) => adapter.market(trade(...terms)) };
}

/** Plays a recording of the simulator; with TENDON_RECORD it is made first. */
function recorded(name: string): Subject {
  const file = new URL(`${name}.jsonl`, RECORDINGS);
  if (process.env.TENDON_RECORD === "1") {
    const { adapter: inner, trade } = simulated();
    const adapter = new RecordingVenue(inner);
    return {
      adapter,
      trade,
      finish() {
        mkdirSync(RECORDINGS, { recursive: true });
        writeFileSync(file, adapter.recording());
      },
    };
  }
  const adapter = new RecordedVenue(readFileSync(file));
  return { adapter, trade() {}, finish: () => assert(adapter.ended) };
}

const SUBJECTS: Readonly<Record<string, (recording: string) => Subject>> = {
  simulator: () => simulated(),
  "simulator of market orders": () =>
    simulated({ order_types: ["market"], time_in_force: ["ioc"], replace: false }),
  recording: recorded,
};

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
    async check(desk, { trade }) {
      trade(desk.tick(), "100", "5");
      await desk.send({ type: "place_order", data: terms("o1", MARKET) });
      const order = await desk.until("o1", "filled");
      assertEquals([order.filled, order.notional], ["1", "100"]);
      assertEquals((await desk.reconcile()).report.items, []);
    },
  },
  {
    recording: "same-order-twice",
    name: "the same order twice has one effect",
    async check(desk, { trade }) {
      trade(desk.tick(), "100", "5");
      const intent = desk.decide({ type: "place_order", data: terms("o1", MARKET) });
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
    async check(desk, { trade }) {
      trade(desk.tick(), "101", "5");
      await desk.send({ type: "place_order", data: terms("o1") });
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
    async check(desk, { trade }) {
      trade(desk.tick(), "101", "5");
      await desk.send({ type: "place_order", data: terms("o1") });
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
    async check(desk, { trade }) {
      await desk.send({ type: "place_order", data: terms("o1") });
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

for (const [name, open] of Object.entries(SUBJECTS)) {
  for (const rule of RULES) {
    test(`VenueAdapter, ${name}: ${rule.name}`, async () => {
      const subject = open(rule.recording);
      const { order_types, replace } = subject.adapter.capabilities;
      await subject.adapter.connect();
      const desk = new Desk(subject.adapter);
      try {
        const able = rule.needs === undefined ||
          (rule.needs === "replace" ? replace : order_types.includes("limit"));
        if (able) await rule.check(desk, subject);
        else await refusesLimit(desk);
        subject.finish?.();
      } finally {
        await desk[Symbol.asyncDispose]();
      }
    });
  }
}

/** What a venue without limit orders must do instead: refuse before anything is sent. */
async function refusesLimit(desk: Desk): Promise<void> {
  const limit = desk.decide({ type: "place_order", data: terms("o1") });
  const error = await assertRejects(() => desk.adapter.submit(limit), VenueError);
  assertEquals(error.code, "venue_capability");
  assertEquals(error.data, { rule: "CAPABILITY_UNSUPPORTED" });
  assertEquals(await desk.adapter.order("o1"), null);
}
