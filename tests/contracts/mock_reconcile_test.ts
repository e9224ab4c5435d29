/**
 * Reports of a real exchange get lost on the way: reconciliation finds what is missing, and its repairs
 * bring the core to what the exchange holds, as far as the mode lets it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Mode, PlaceOrder, Reconciliation } from "../../src/contracts/mod.ts";
import { test } from "../harness.ts";
import { Desk, MARKET, terms, trade } from "./_desk.ts";
import { BTC, mockVenue } from "./_mock_venue.ts";

function market(id: string, data: Partial<PlaceOrder> = {}): PlaceOrder {
  return terms(id, { ...MARKET, instrument: BTC, ...data });
}

/** What differs, and what is done about it. */
function differences({ report }: Reconciliation): string[] {
  return report.items.map(({ kind, key, local, venue, action }) =>
    `${kind} ${key.slice(0, 3)}: ${local} / ${venue}, ${action}`
  );
}

interface Case {
  readonly mode: Mode;
  readonly feeRate: string;
  /** What is done about orders and positions, and about cash. */
  readonly orders: "observe" | "repair";
  readonly cash: "observe" | "repair";
  /** What differs after the repairs. */
  readonly left: readonly string[];
}

const FEE_LEFT = "balance USD: 9399.8 / 9399.4, observe";

const CASES: readonly Case[] = [
  { mode: "live", feeRate: "0.001", orders: "repair", cash: "repair", left: [] },
  { mode: "live", feeRate: "0", orders: "repair", cash: "repair", left: [] },
  // Nothing here explains a fee.
  { mode: "sandbox", feeRate: "0.001", orders: "repair", cash: "observe", left: [FEE_LEFT] },
  { mode: "paper", feeRate: "0.001", orders: "repair", cash: "observe", left: [FEE_LEFT] },
  { mode: "paper", feeRate: "0", orders: "repair", cash: "repair", left: [] },
];

/** A desk whose core has heard of one fill, half of another, and nothing of a third and a rejection. */
async function withLosses(mode: Mode, feeRate: string) {
  const { adapter, trade: print } = mockVenue({ feeRate });
  await adapter.connect();
  const desk = new Desk(adapter, mode);
  const now = desk.tick();
  print(now, "100", "9");
  desk.step({ ...trade(now, "100", "9"), instrument: BTC, venue: "binance_spot" });
  await desk.send({ type: "place_order", data: market("o1", { quantity: "2" }) });
  await desk.until("o1", "filled");
  await desk.lose((body) => body.type === "order.report" && body.data.report === "status");

  await desk.send({ type: "place_order", data: market("o2", { quantity: "3" }) });
  await desk.until("o2", "accepted");
  const lost = await desk.lose((body) =>
    body.type === "order.report" && body.data.report === "status"
  );
  await desk.send({ type: "place_order", data: market("o3") });
  lost.push(
    ...await desk.lose((body) => body.type === "order.report" && body.data.report === "status"),
  );
  await desk.send({ type: "place_order", data: market("o4", { quantity: "99" }) });
  lost.push(
    ...await desk.lose((body) => body.type === "order.report" && body.data.report === "rejected"),
  );
  return { desk, lost };
}

for (const { mode, feeRate, orders, cash, left } of CASES) {
  test(`lost reports are made up for in ${mode}, with a fee of ${feeRate}`, async () => {
    const { desk, lost } = await withLosses(mode, feeRate);
    await using _desk = desk;
    const found = await desk.reconcile();
    const fee = feeRate !== "0";
    assertEquals(differences(found).sort(), [
      `balance USD: ${fee ? "9799.8 / 9399.4" : "9800 / 9400"}, ${cash}`,
      `filled o2: 0 / 3, ${orders}`,
      `filled o3: 0 / 1, ${orders}`,
      `position BTC: 2 / 6, ${orders}`,
      `status o2: accepted / filled, ${orders}`,
      `status o3: submitted / filled, ${orders}`,
      `status o4: submitted / rejected, ${orders}`,
    ]);
    for (const repair of found.repairs) {
      assertEquals(desk.step(repair).event_result.outcome, "applied");
    }
    assertEquals(differences(await desk.reconcile()), left);
    const { orders: records, positions, economic_hash } = desk.core.snapshot();
    assertEquals(records.map(({ status }) => status), ["filled", "filled", "filled", "rejected"]);
    assertEquals(positions.map(({ quantity }) => quantity), ["6"]);
    // The same repairs again, and the true reports when they arrive at last, change nothing.
    for (const repair of found.repairs) {
      assertEquals(desk.step(repair).event_result.outcome, "duplicate");
    }
    for (const report of lost) {
      assertEquals(desk.step(report).event_result.transitions, []);
    }
    assert(lost.some(({ body }) => body.type === "order.fill"));
    assertEquals(desk.core.snapshot().economic_hash, economic_hash);
  });
}

test("in a backtest lost reports are seen, and nothing is repaired", async () => {
  const { desk } = await withLosses("backtest", "0.001");
  await using _desk = desk;
  const before = desk.core.snapshot();
  const found = await desk.reconcile();
  assertEquals(differences(found).length, 7);
  assert(found.report.items.every(({ action }) => action === "observe"));
  assertEquals(found.repairs, []);
  assertEquals(desk.core.snapshot(), before);
});

test("the exchange's own balance after a sale is a difference that live takes over", async () => {
  const { adapter, trade: print } = mockVenue({ feeRate: "0" });
  await adapter.connect();
  await using desk = new Desk(adapter, "live");
  print(desk.tick(), "100", "9");
  await desk.send({ type: "place_order", data: market("o1", { side: "sell", quantity: "2" }) });
  await desk.until("o1", "filled");
  const found = await desk.reconcile();
  // It credits nothing, and takes the quantity.
  assertEquals(differences(found), ["balance USD: 10200 / 9998, repair"]);
  for (const repair of found.repairs) desk.step(repair);
  assertEquals(differences(await desk.reconcile()), []);
});
