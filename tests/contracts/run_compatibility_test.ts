/**
 * What a strategy may rely on, whichever core runs it: the strategy compatibility contracts.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { readDecimal, readMoney } from "../../src/contracts/core/decimal.ts";
import { LEGAL_TRANSITIONS } from "../../src/contracts/generated/data.ts";
import {
  BACKENDS,
  ContractRun,
  type CoreBackend,
  type CoreSnapshot,
  type EngineEvent,
  type OrderTransition,
  type RunView,
  type StrategyIntent,
  type StrategyNews,
} from "../../src/contracts/mod.ts";
import { ClosedError, ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { command, event, trade } from "./_desk.ts";
import { choices, chooser, held, markets } from "./_random_strategy.ts";
import { cancelling, order, play, type Played, rig, strategy, timer, trades } from "./_run.ts";

/** A call of a strategy, with the state it saw. */
interface Seen {
  readonly news: StrategyNews;
  readonly snapshot: CoreSnapshot;
}

/** Runs a strategy in a backtest, and keeps what it was told. */
async function watch(
  backend: CoreBackend,
  source: Iterable<EngineEvent>,
  decide: (seen: Seen) => readonly StrategyIntent[] | void,
): Promise<Played & { readonly seen: readonly Seen[]; readonly told: readonly OrderTransition[] }> {
  const seen: Seen[] = [], told: OrderTransition[] = [];
  const played = await play(
    rig("backtest", backend, {
      strategy: strategy((news, view) => {
        const call = { news, snapshot: view.snapshot };
        seen.push(call);
        told.push(...news.transitions);
        return decide(call);
      }, { onTransitions: (transitions) => told.push(...transitions) }),
    }),
    source,
  );
  return { ...played, seen, told };
}

const cash = ({ cash }: CoreSnapshot) => cash.find(({ currency }) => currency === "USD")?.amount;

/** Cash and what the positions are worth at the last prices. */
function value(snapshot: CoreSnapshot): { readonly cash: bigint; readonly total: bigint } {
  const marks = new Map(snapshot.marks.map(({ instrument, price }) => [instrument, price]));
  const money = readMoney(cash(snapshot) ?? "0");
  const worth = snapshot.positions.map(({ instrument, quantity }) =>
    // At 12 places each: their product is at 24.
    readDecimal(quantity) * readDecimal(marks.get(instrument) ?? "0")
  );
  return { cash: money, total: worth.reduce((sum, one) => sum + one, money) };
}

const LEGAL = new Set(LEGAL_TRANSITIONS.map(({ from, to }) => `${from ?? "nothing"} to ${to}`));

for (const backend of BACKENDS) {
  const title = (what: string) => `A strategy on ${backend}: ${what}`;

  test(title("is called for markets, timers and its own orders, and nothing else"), async () => {
    const kinds: string[] = [];
    const other = event(3, {
      type: "order.report",
      data: {
        order_id: "of-another",
        venue_order_id: null,
        report_id: "r1",
        report: "accepted",
        reason_code: null,
        reason: null,
        cum_filled: null,
        quantity: null,
        limit_price: null,
        status: null,
      },
    }, { venue: "simulator", instrument: "BTC/USD" });
    const halt = command(4, { command_id: "c1", command: "reconcile" });
    const late = { ...trade(0, "90", "1"), event_id: "late" };
    const { end } = await watch(
      backend,
      [trade(1, "100", "5"), timer(2), other, halt, late, trade(5, "100", "5")],
      ({ news: { event } }) => {
        kinds.push(event.body.type);
        return event.event_id === "market.trade-1" ? [order("o1", "buy", "1")] : [];
      },
    );
    // What was rejected or refused is no news: the report on an unknown order, the trade out of order.
    assertEquals(kinds, [
      "market.trade",
      "order.report",
      "order.fill",
      "timer.fired",
      "market.trade",
    ]);
    assertEquals([end.counts.steps, end.counts.refused], [7, 1]);
  });

  test(title("reads the state that the event led to, and nothing afterwards"), async () => {
    let kept: RunView | undefined;
    await play(
      rig("backtest", backend, {
        strategy: strategy(({ event }, view) => {
          assertEquals(view.snapshot.seq_id, event.seq_id);
          assertEquals(view.snapshot.as_of, event.event_time);
          assert(Object.isFrozen(view.snapshot.cash[0]));
          assertThrows(() => {
            (view.snapshot.cash as unknown[]).push(1);
          }, TypeError);
          assertThrows(() => {
            event.body.type = "timer.fired";
          }, TypeError);
          kept = view;
        }),
      }),
      trades("100"),
    );
    assertThrows(() => kept?.snapshot, ClosedError);
  });

  test(title("placing moves no cash"), async () => {
    const { seen, log } = await watch(
      backend,
      trades("100", "100", "100"),
      ({ news: { event }, snapshot: { orders } }) =>
        event.body.type === "market.trade"
          ? [order(`o${orders.length}`, "buy", "1", "60"), order(`p${orders.length}`, "sell", "1")]
          : [],
    );
    const before = seen[0]?.snapshot;
    assert(before !== undefined);
    for (const { event, intents, event_result, intent_results } of log.steps) {
      for (const { deltas } of intent_results) assertEquals(deltas, []);
      if (event.body.type !== "order.fill") assertEquals(event_result.deltas, []);
      assertEquals(intents.length, intent_results.length);
    }
    const accepted = seen.filter(({ news: { transitions } }) =>
      transitions.some(({ to, order_id }) => to === "accepted" && order_id.startsWith("o"))
    );
    assertEquals(accepted.length, 3);
    assertEquals(cash(accepted[0]?.snapshot as CoreSnapshot), cash(before));
  });

  test(title("sees cash and position as they are after what it is told"), async () => {
    const { seen } = await watch(
      backend,
      [trade(1, "100", "0.4"), trade(2, "90", "1")],
      ({ news: { event } }) =>
        event.event_id === "market.trade-1" ? [order("o1", "buy", "1", "95")] : [],
    );
    const told = seen.flatMap(({ news: { transitions }, snapshot }) =>
      transitions.map(({ to, filled_after }) => [to, filled_after, cash(snapshot), held(snapshot)])
    );
    // A resting order pays its limit; the fee is a thousandth.
    assertEquals(told, [["accepted", "0", "10000", "0"], ["filled", "1", "9904.905", "1"]]);
    const parts = await watch(
      backend,
      [trade(1, "100", "0.4"), trade(2, "90", "0.5"), trade(3, "90", "5")],
      ({ news: { event } }) =>
        event.event_id === "market.trade-1" ? [order("o1", "buy", "1", "95")] : [],
    );
    const partly = parts.seen.flatMap(({ news: { transitions }, snapshot }) =>
      transitions.map(({ to, filled_after }) => [to, filled_after, cash(snapshot), held(snapshot)])
    );
    assertEquals(partly, [
      ["accepted", "0", "10000", "0"],
      ["partially_filled", "0.5", "9952.4525", "0.5"],
      ["filled", "1", "9904.905", "1"],
    ]);
  });

  test(title("orders placed from a callback are taken, also from that of a fill"), async () => {
    const { log, end } = await watch(
      backend,
      trades("100", "101"),
      ({ news: { event: { body } } }) => {
        if (body.type === "market.trade" && body.data.price === "100") {
          return [order("entry", "buy", "1")];
        }
        if (body.type === "order.fill" && body.data.order_id === "entry") {
          return [order("exit", "sell", "1", "101")];
        }
      },
    );
    assertEquals(end.snapshot.orders.map(({ order_id, status }) => [order_id, status]), [
      ["entry", "filled"],
      ["exit", "filled"],
    ]);
    const [intent] = log.steps.flatMap(({ intents }) => intents);
    assertEquals(
      [intent?.intent_id, intent?.index, intent?.caused_by, intent?.created_at],
      ["desk/1/0", 0, 1, log.steps[0]?.event.event_time],
    );
    assertEquals(intent?.attribution, {
      strategy_id: "test",
      execution_id: "desk",
      route_id: null,
      broker_id: "simulator",
      snapshot_id: null,
    });
  });

  test(title("is told of every order from its creation to its end, in order"), async () => {
    const { told } = await watch(
      backend,
      trades("100", "100", "100"),
      ({ news: { event }, snapshot: { orders } }) =>
        event.event_id === "market.trade-1"
          ? [order("o1", "buy", "1", "60"), order("o2", "buy", "1")]
          : event.event_id === "market.trade-2" && orders.length > 0
          ? [cancelling("o1")]
          : [],
    );
    const of = (id: string) => told.filter(({ order_id }) => order_id === id).map(({ to }) => to);
    assertEquals(of("o1"), ["created", "submitted", "accepted", "cancel_pending", "cancelled"]);
    assertEquals(of("o2"), ["created", "submitted", "accepted", "filled"]);
  });

  test(title("is not called while it is being called"), async () => {
    let depth = 0;
    const codes: unknown[] = [];
    const run: ContractRun = await ContractRun.start(rig("backtest", backend, {
      strategy: strategy(() => {
        assertEquals(++depth, 1);
        for (
          const call of [
            () => run.push(trade(9, "1", "1")),
            () => run.feed([]),
            () => run.checkpoint(),
            () => run.finish(),
          ]
        ) call().catch((error) => codes.push(error.code));
        depth--;
        return [order("o1", "buy", "1")];
      }),
    }));
    await run.push(trade(1, "100", "5"));
    const { counts } = await run.finish();
    // The order is given once: what has its id again is refused by the core.
    assertEquals(counts.steps, 3);
    assertEquals(codes, Array(12).fill("contract_run_reentrant"));
  });

  test(title("that throws or answers nonsense leaves no trace of the step"), async () => {
    const answers: readonly (() => unknown)[] = [
      () => {
        throw new Error("no");
      },
      () => Promise.resolve([]),
      () => "buy",
      () => [null],
      () => [{ type: "place_order", data: { order_id: "o1" } }],
      () => [{ type: "buy", data: {} }],
    ];
    for (const answer of answers) {
      const steps: string[] = [];
      const options = rig("backtest", backend, {
        strategy: strategy(({ event }) =>
          event.event_id === "market.trade-2" ? answer() as StrategyIntent[] : []
        ),
        observe: ({ event }) => steps.push(event.event_id),
      });
      const run = await ContractRun.start(options);
      const error = await assertRejects(
        () => run.feed(trades("100", "101", "102")).then(() => run.finish()),
        ContractError,
      );
      assertEquals([error.code, error.data], ["contract_run_strategy", {
        event_id: "market.trade-2",
      }]);
      assert(error.cause instanceof Error);
      assertEquals(steps, ["market.trade-1"]);
      assertEquals([run.counts.steps, run.position], [1, 1]);
      assert(run.counts.unstepped >= 1);
      await options.venue.close();
    }
  });

  test(title("law: whatever it does, the contract holds"), async () => {
    await fc.assert(
      fc.asyncProperty(markets, choices, async (market, plan) => {
        const { seen, told, log, end } = await watch(backend, market, chooser(plan));
        // Total value is never below cash while nothing is sold that is not held.
        for (const { snapshot } of [...seen, end]) {
          const { cash, total } = value(snapshot);
          assert(total >= cash, `${total} is below ${cash}`);
          assert(readDecimal(held(snapshot)) >= 0n);
        }
        // Placing moves no cash: only fills do.
        for (const { event, event_result, intent_results } of log.steps) {
          for (const { deltas } of intent_results) assertEquals(deltas, []);
          if (event.body.type !== "order.fill") assertEquals(event_result.deltas, []);
        }
        // What the callback sees of an order is what it is told of it.
        for (const { news: { transitions }, snapshot } of seen) {
          for (const { order_id, to, filled_after } of transitions) {
            const order = snapshot.orders.find((one) => one.order_id === order_id);
            assertEquals([order?.status, order?.filled], [to, filled_after]);
          }
        }
        // Per order: every transition once, from the first on, each following on the one before.
        const last = new Map<string, OrderTransition>();
        for (const transition of told) {
          const before = last.get(transition.order_id);
          assertEquals(transition.index, (before?.index ?? 0) + 1);
          assertEquals(transition.from, before?.to ?? null);
          assert(before === undefined || LEGAL.has(`${before.to} to ${transition.to}`));
          last.set(transition.order_id, transition);
        }
        for (const { order_id, status, transitions } of end.snapshot.orders) {
          assertEquals([last.get(order_id)?.to, last.get(order_id)?.index], [status, transitions]);
        }
        // Every order that was given is on record, and the venue has what was not refused.
        const placed = log.steps.flatMap(({ intents }) =>
          intents.filter(({ body }) => body.type === "place_order")
        );
        assertEquals(end.snapshot.orders.length, placed.length);
        assertEquals(end.counts.unsent, []);
        assertEquals(end.counts.unstepped, 0);
      }),
      { numRuns: 60 },
    );
  });
}

test("A strategy decides the same on both backends and with every capacity: the logs are equal", async () => {
  await fc.assert(
    fc.asyncProperty(
      markets,
      choices,
      fc.integer({ min: 2, max: 9 }),
      async (market, plan, size) => {
        const logs = new Set<string>();
        for (const backend of BACKENDS) {
          for (const capacity of [1024, size]) {
            const decide = chooser(plan);
            const { log } = await play(
              rig("backtest", backend, {
                capacity,
                strategy: strategy((_news, view) => decide(view)),
              }),
              market,
            );
            logs.add(log.comparable);
          }
        }
        assertEquals(logs.size, 1);
      },
    ),
    { numRuns: 30 },
  );
});
