/**
 * Reconciliation: fixtures in both implementations, and repairs that a core agrees with. What is repaired
 * depends on the mode (MDL-008).
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import {
  type CoreSnapshot,
  createCore,
  type EngineEvent,
  type Mode,
  type PlaceIntent,
  reconcile,
  type ReconciliationReport,
  SimulatedVenue,
  type VenueSnapshot,
} from "../../src/contracts/mod.ts";
import { canonicalJson } from "../../src/contracts/json/json.ts";
import {
  nativeReconcileBytes,
  reconcileInput,
} from "../../src/contracts/reconcile/native_reconcile.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { config, Desk, MARKET, terms, trade } from "./_desk.ts";
import { snapshots } from "./_snapshots.ts";

interface Fixture {
  readonly description: string;
  readonly input: {
    readonly core: CoreSnapshot;
    readonly venue: VenueSnapshot;
    readonly grace_ns: string;
    readonly changed: readonly { readonly order_id: string; readonly at: string }[];
  };
  readonly expect: {
    readonly report: ReconciliationReport;
    readonly repairs: readonly EngineEvent[];
  };
}

const FIXTURES = new URL("engine/fixtures/reconcile/", import.meta.url);
const decoder = new TextDecoder();

for (const file of readdirSync(FIXTURES).sort()) {
  const { description, input, expect }: Fixture = JSON.parse(
    readFileSync(new URL(file, FIXTURES), "utf8"),
  );
  const { core, venue, grace_ns: graceNs } = input;
  const changed = new Map(input.changed.map(({ order_id, at }) => [order_id, at]));
  test(`reconcile(), ${file}: ${description}`, () => {
    const found = reconcile(core, venue, { graceNs, changed });
    assertEquals(canonicalJson(found), canonicalJson(expect));
    const native = nativeReconcileBytes(reconcileInput(core, venue, graceNs, changed));
    assertEquals(decoder.decode(native), canonicalJson(expect));
  });
}

test("reconcile() answers the same in both implementations, whatever differs", () => {
  fc.assert(
    fc.property(snapshots, ({ core, venue, graceNs, changed }) => {
      const found = canonicalJson(reconcile(core, venue, { graceNs, changed }));
      const native = nativeReconcileBytes(reconcileInput(core, venue, graceNs, changed));
      assertEquals(decoder.decode(native), found);
      assertEquals(
        canonicalJson(reconcile(core, venue, { graceNs, changed, backend: "rust" })),
        found,
      );
    }),
    { numRuns: 1000 },
  );
});

/** What a venue does next. */
type Move =
  | { readonly move: "place"; readonly sell: boolean; readonly limit: number | null }
  | { readonly move: "trade"; readonly price: number; readonly quantity: number }
  | { readonly move: "cancel"; readonly order: number };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({
      move: fc.constant("place" as const),
      sell: fc.boolean(),
      limit: fc.option(fc.integer({ min: 97, max: 103 })),
    }),
    fc.record({
      move: fc.constant("trade" as const),
      price: fc.integer({ min: 96, max: 104 }),
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ move: fc.constant("cancel" as const), order: fc.nat({ max: 5 }) }),
  ),
  { maxLength: 30 },
);

/** Trades at a venue until its reports stop coming; what happens after that, the core never hears. */
async function lose(mode: Mode, list: readonly Move[], heard: number): Promise<Desk> {
  const venue = new SimulatedVenue({
    balances: [{ currency: "USD", amount: "10000" }],
    feeRate: "0.001",
  });
  await venue.connect();
  const desk = new Desk(venue, mode);
  const opening = trade(desk.tick(), "100", "1");
  venue.market(opening);
  desk.step(opening);
  let orders = 0;
  for (const move of list) {
    if (move.move === "trade") {
      const market = trade(desk.tick(), String(move.price), String(move.quantity));
      venue.market(market);
      desk.step(market);
    } else if (move.move === "place") {
      const order = terms(`o${orders++}`, {
        side: move.sell ? "sell" : "buy",
        quantity: "2",
        ...move.limit === null ? MARKET : { limit_price: String(move.limit) },
      });
      await venue.submit(desk.decide({ type: "place_order", data: order }) as PlaceIntent);
    } else {
      const order_id = `o${move.order}`;
      const status = desk.order(order_id)?.status;
      if (status !== "accepted" && status !== "partially_filled") continue;
      await desk.send({ type: "cancel_order", data: { order_id, reason: null } })
        // The venue may have ended it unheard.
        .catch(() => {});
    }
    for (const report of venue.drain()) if (heard-- > 0) desk.step(report);
  }
  return desk;
}

test("Repairs of live bring the core to what the venue says, and replay", async () => {
  await fc.assert(
    fc.asyncProperty(moves, fc.nat({ max: 20 }), async (list, heard) => {
      await using desk = await lose("live", list, heard);
      const { report, repairs } = await desk.reconcile();
      assert(report.severity !== "fatal", JSON.stringify(report));
      for (const event of repairs) {
        assertEquals(desk.step(event).event_result.outcome, "applied");
        assertEquals(desk.step(event).event_result.outcome, "duplicate");
      }
      assertEquals(await desk.reconcile(), {
        report: { schema: "reconciliation_report/1.0", items: [], severity: "info" },
        repairs: [],
      });
      const again = createCore(config("live"), { backend: "typescript" });
      for (const { event, intents } of desk.log) again.step(event, intents);
      assertEquals(again.snapshot(), desk.core.snapshot());
      again.close();
    }),
    { numRuns: 100 },
  );
});

test("Repairs of paper bring the orders and positions, and leave cash", async () => {
  await fc.assert(
    fc.asyncProperty(moves, fc.nat({ max: 20 }), async (list, heard) => {
      await using desk = await lose("paper", list, heard);
      for (const event of (await desk.reconcile()).repairs) {
        assertEquals(desk.step(event).event_result.outcome, "applied");
      }
      const { report, repairs } = await desk.reconcile();
      assertEquals(report.items.filter(({ kind }) => kind !== "balance"), []);
      assertEquals(repairs, []);
    }),
    { numRuns: 50 },
  );
});

test("In backtest nothing is repaired", async () => {
  await using desk = await lose(
    "backtest",
    [{ move: "place", sell: false, limit: null }],
    1,
  );
  const { report, repairs } = await desk.reconcile();
  assertEquals(report.items.map(({ kind, action }) => `${kind} ${action}`), [
    "status observe",
    "filled observe",
    "balance observe",
    "position observe",
  ]);
  assertEquals(repairs, []);
});

test("reconcile() refuses what breaks its contract, the same in both implementations", async () => {
  await using desk = await lose("paper", [], 0);
  const core = desk.core.snapshot();
  const venue: VenueSnapshot = {
    schema: "venue_snapshot/1.0",
    venue: "x",
    as_of: "0",
    orders: [],
    balances: [],
    positions: [],
  };
  const wrong: [CoreSnapshot, VenueSnapshot, string][] = [
    [{ ...core, mode: "real" as Mode }, venue, "/mode"],
    [core, { ...venue, as_of: "1.5" }, "/as_of"],
    [core, { ...venue, balances: [{ currency: "usd", amount: "1" }] }, "/balances/0/currency"],
  ];
  for (const backend of ["typescript", "rust"] as const) {
    for (const [wrongCore, wrongVenue, pointer] of wrong) {
      const error = assertThrows(
        () => reconcile(wrongCore, wrongVenue, { backend }),
        ContractError,
      );
      assertEquals([error.code, error.data.pointer], ["contract_schema_invalid", pointer]);
    }
    for (const graceNs of ["1.5", "-0", "9223372036854775808"]) {
      assertThrows(() => reconcile(core, venue, { backend, graceNs }), RangeError, "graceNs");
    }
    const changed = new Map([["o1", "soon"]]);
    assertThrows(() => reconcile(core, venue, { backend, changed }), RangeError, "changed");
  }
  const backend = "wasm" as "rust";
  assertThrows(() => reconcile(core, venue, { backend }), TypeError, "backend");
});
