/**
 * Whatever an exchange answers to an engine's requests: the core comes to the engine's positions and
 * orders.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { instrumentNames } from "../../../src/contracts/audit/names.ts";
import { recordRun } from "../../../src/contracts/audit/record_run.ts";
import { verifyReplay } from "../../../src/contracts/replay/verify_replay.ts";
import { engineRunConfig } from "../../../src/contracts/audit/run_config.ts";
import {
  type AuditTick,
  Engine,
  type OpenRequest,
  type OrderState,
} from "../../../src/engine/mod.ts";
import { pair } from "../../engine/_setup.ts";
import { test } from "../../harness.ts";

const START = Date.parse("2025-01-01T12:00:00Z");
const UNITS = 1_000_000;

/** An order at the exchange; quantities in millionths. */
interface Resting {
  readonly request: OpenRequest;
  left: number;
  known: boolean;
}

/** An exchange that answers as it is told, and an engine that is told of it. */
class Exchange {
  readonly engine: Engine = Engine.open({
    instruments: [pair("btc"), pair("eth")],
    start: new Date(START),
  });
  readonly ticks: AuditTick[] = [];
  readonly #resting: Resting[] = [];
  #seconds = 0;
  #fills = 0;

  constructor() {
    for (const [instrument, price] of [100, 20].entries()) {
      const trade = { kind: "trade", time: this.#now(), instrument, price, amount: 1, side: "buy" };
      this.ticks.push(...this.engine.market(trade));
    }
  }

  #now(): string {
    return new Date(START + 1000 * ++this.#seconds).toISOString();
  }

  open(instrument: number, side: "buy" | "sell", units: number, kind: "market" | "limit"): void {
    const quantity = (units / UNITS).toFixed(6);
    const price = ["100", "20"][instrument] ?? "1";
    this.ticks.push(
      this.engine.sendOpenRequests([{ instrument, side, quantity, price, kind }]),
    );
    this.#take();
  }

  closePositions(): void {
    this.ticks.push(this.engine.closePositions());
    this.#take();
  }

  /** Asks for the end of all orders; the exchange carries it out, or is told to be too late. */
  cancelOrders(inTime: boolean): void {
    this.ticks.push(this.engine.cancelOrders());
    for (const sent of this.engine.takeRequests()) {
      const at = this.#resting.findIndex(({ request }) => request.key.cid === sent.request.key.cid);
      const resting = this.#resting[at];
      if (resting === undefined) continue;
      const { key } = sent.request;
      const orderId = `o-${key.cid}`;
      const time = this.#now();
      this.ticks.push(this.engine.account(0, {
        kind: "orderCancelled",
        key,
        cancelled: inTime ? { orderId, time } : null,
        reason: inTime ? null : "too late",
      }));
      if (inTime) this.#resting.splice(at, 1);
      else this.#acknowledge(resting);
    }
  }

  #take(): void {
    for (const sent of this.engine.takeRequests()) {
      if (sent.kind !== "open") continue;
      const left = Math.round(Number(sent.request.quantity) * UNITS);
      this.#resting.push({ request: sent.request, left, known: false });
    }
  }

  acknowledge(pick: number): void {
    const resting = this.#resting[pick % this.#resting.length];
    if (resting !== undefined) this.#acknowledge(resting);
  }

  #acknowledge(resting: Resting): void {
    const { request, left } = resting;
    resting.known = true;
    const filled = Number(request.quantity) - left / UNITS;
    this.#report(request, {
      kind: "open",
      orderId: `o-${request.key.cid}`,
      time: this.#now(),
      filled: filled.toFixed(6),
    });
  }

  #report(request: OpenRequest, state: OrderState): void {
    this.ticks.push(this.engine.account(0, { kind: "order", order: { ...request, state } }));
  }

  /** Ends an order that nothing was filled of. */
  end(pick: number, kind: "rejected" | "expired"): void {
    const at = pick % this.#resting.length;
    const resting = this.#resting[at];
    if (resting === undefined || resting.left !== Number(resting.request.quantity) * UNITS) return;
    this.#report(resting.request, kind === "rejected" ? { kind, reason: "no" } : { kind });
    this.#resting.splice(at, 1);
  }

  /** Whether an older order could be meant by a fill that names only the exchange's id. */
  #isAmbiguous(at: number): boolean {
    const terms = ({ request: { key, side } }: Resting) =>
      [key.instrument, key.strategy, side].join();
    const [order] = this.#resting.slice(at);
    return order !== undefined && !order.known &&
      this.#resting.slice(0, at).some((older) => !older.known && terms(older) === terms(order));
  }

  /** Fills a share of an order. */
  fill(pick: number, share: number): void {
    const at = pick % this.#resting.length;
    const resting = this.#resting[at];
    if (resting === undefined) return;
    if (this.#isAmbiguous(at)) this.#acknowledge(resting);
    const units = Math.max(1, Math.round(resting.left * share));
    const { key, side, price } = resting.request;
    resting.left -= units;
    this.ticks.push(this.engine.account(0, {
      kind: "fill",
      tradeId: `t${this.#fills++}`,
      orderId: `o-${key.cid}`,
      instrument: key.instrument,
      strategy: key.strategy,
      time: this.#now(),
      side,
      price,
      quantity: (units / UNITS).toFixed(6),
      fees: "0.000001",
    }));
    // A part filled without an acknowledgement is bound to its order by the one that follows.
    if (resting.left > 0) return this.#acknowledge(resting);
    this.#report(resting.request, { kind: "filled" });
    this.#resting.splice(at, 1);
  }
}

type Action = (exchange: Exchange) => void;

const pick = fc.nat({ max: 7 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(
    fc.constantFrom(0, 1),
    fc.constantFrom("buy" as const, "sell" as const),
    fc.integer({ min: 1, max: 5 * UNITS }),
    fc.constantFrom("market" as const, "limit" as const),
  ).map(([instrument, side, units, kind]): Action => (exchange) =>
    exchange.open(instrument, side, units, kind)
  ),
  fc.tuple(pick, fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([order, share]): Action => (exchange) => exchange.fill(order, share),
  ),
  pick.map((order): Action => (exchange) => exchange.fill(order, 1)),
  pick.map((order): Action => (exchange) => exchange.acknowledge(order)),
  fc.tuple(pick, fc.constantFrom("rejected" as const, "expired" as const)).map((
    [order, kind],
  ): Action =>
  (exchange) => exchange.end(order, kind)),
  fc.boolean().map((inTime): Action => (exchange) => exchange.cancelOrders(inTime)),
  fc.constant<Action>((exchange) => exchange.closePositions()),
  fc.constantFrom("enabled" as const, "disabled" as const).map((state): Action => (exchange) =>
    exchange.ticks.push(exchange.engine.tradingState(state))
  ),
);

test("random runs by hand come to the engine's positions and orders, and replay", async () => {
  const runs = fc.array(action, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(runs, async (actions) => {
      const exchange = new Exchange();
      const { engine, ticks } = exchange;
      try {
        for (const act of actions) act(exchange);
        const { table } = engine;
        const config = engineRunConfig(table, { mode: "paper" });
        const recording = recordRun(ticks, { instruments: table, config });
        const log = await recording.text();
        const { events, golden, snapshot } = recording.end;
        assertEquals(events.applied, golden.steps, JSON.stringify(events));

        const names = instrumentNames(table);
        assertEquals(
          snapshot.positions.filter(({ quantity }) => quantity !== "0")
            .map(({ instrument, quantity }) => [instrument, quantity]),
          engine.positions().map(({ instrument, side, quantity }) => [
            names[instrument],
            side === "buy" ? quantity : `-${quantity}`,
          ]),
        );
        const ended = ["filled", "cancelled", "rejected", "expired"];
        assertEquals(
          snapshot.orders.filter(({ status }) => !ended.includes(status))
            .map(({ order_id }) => order_id),
          engine.orders().map(({ cid }) => cid).sort(),
        );
        assert(ticks.length <= golden.steps);
        assertEquals(verifyReplay(log, { config, golden }, BACKENDS).departure, null);
      } finally {
        engine.close();
      }
    }),
    { numRuns: 80 },
  );
});
