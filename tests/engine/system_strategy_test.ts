import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { EngineError } from "../../src/errors.ts";
import {
  type AuditTick,
  StateReplica,
  type Strategy,
  type StrategyConfig,
  System,
  type SystemResult,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { recording } from "./_setup.ts";
import { smaCross } from "./_sma_cross.ts";
import { handFed, print, sentOrders, settled, until } from "./_system.ts";

/** Feeds the recording's trades one by one, each when the orders of the one before are answered. */
async function ordersOn(lines: readonly string[], strategy: StrategyConfig | Strategy) {
  await using system = await System.start({
    instruments: [
      {
        exchange: "binance_spot",
        nameExchange: "BTCUSDT",
        underlying: { base: "btc", quote: "usdt" },
      },
      {
        exchange: "binance_spot",
        nameExchange: "ETHUSDT",
        underlying: { base: "eth", quote: "usdt" },
      },
      {
        exchange: "binance_spot",
        nameExchange: "SOLUSDT",
        underlying: { base: "sol", quote: "usdt" },
      },
    ],
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      balances: { usdt: "100000", btc: 0, eth: 0, sol: 0 },
    }],
    strategy,
    tradingState: "enabled",
    audit: "enabled",
  });
  for (const line of lines) {
    await system.send(line);
    await settled(system);
  }
  const { stats, state } = await system.shutdown();
  const ticks: AuditTick[] = [];
  for await (const tick of system.audit()) ticks.push(tick);
  assertEquals(ticks.map(({ context }) => context.sequence), ticks.map((_, at) => at + 1));
  const replica = new StateReplica(system.audit().snapshot);
  replica.update(ticks);
  assertEquals(replica.state, state);
  replica.close();
  return { orders: sentOrders(ticks), stats };
}

test("a crossover in TypeScript sends the orders that the engine's own does", async () => {
  using data = await recording();
  const lines = [...data.events()].filter(({ kind }) => kind === "trade").map((event) =>
    JSON.stringify(event)
  ).slice(0, 120);
  const native = { type: "smaCross", fast: 1, slow: 2, quantity: "0.01" } as const;
  const expected = await ordersOn(lines, native);
  const result = await ordersOn(lines, smaCross(1, 2, "0.01"));
  assert(expected.orders.length > 10, `${expected.orders.length}`);
  assertEquals(result, expected);
});

test("hooks of a running strategy are called in the order of events", async () => {
  const calls: string[] = [];
  const note = (text: string) => void calls.push(text);
  const strategy: Strategy = {
    id: "notes",
    onStart: (ctx) =>
      note(`start ${ctx.balance("usdt").balance?.total} ${ctx.instrument(0).price}`),
    onMarket(ctx, event) {
      const { positionQty, openOrders } = ctx.instrument(0);
      note(`market ${event.price} ${positionQty} ${openOrders} ${ctx.tradingEnabled}`);
      if (event.price === 100) ctx.open({ instrument: 0, side: "buy", quantity: 2 });
      if (event.price === 120) ctx.closePositions();
    },
    onFill: (ctx, fill) => note(`fill ${fill.side} ${fill.price} ${ctx.instrument(0).positionQty}`),
    onExit: (_, exit) => note(`exit ${exit.pnl}`),
    onOrder: (_, order) => note(`order ${order.cid} ${order.status}`),
    onDisconnect: (_, exchange) => note(`disconnect ${exchange}`),
    onTradingDisabled: (ctx) =>
      note(`disabled ${ctx.open({ instrument: 0, side: "buy", quantity: 1 })}`),
    onEnd: (ctx) => note(`end ${ctx.events}`),
  };
  const system = await handFed({ strategy });
  await system.send(print(0, 90));
  await system.tradingState("enabled");
  for (const price of [100, 110, 120]) {
    await system.send(print(0, price));
    await settled(system);
  }
  await system.marketReconnecting("binance_spot");
  await system.tradingState("disabled");
  await system.send(print(0, 100));
  const { stats } = await system.shutdown();
  assertEquals(stats.fills, 2);
  assertEquals(calls, [
    "start 100000 NaN",
    "market 90 0 0 false",
    "market 100 0 0 true",
    "fill buy 100 2",
    "order notes-0 filled",
    "market 110 2 0 true",
    "market 120 2 0 true",
    "fill sell 120 0",
    "exit 35.6",
    "order notes-close-0 filled",
    "disconnect binance_spot",
    "disabled null",
    "market 100 0 0 false",
    "end 6",
  ]);
});

test("the orders of a strategy belong to the ticks of their events", async () => {
  const strategy: Strategy = {
    id: "one",
    onMarket: (ctx) => void ctx.open({ instrument: 0, side: "buy", quantity: 1 }),
  };
  const system = await handFed({ strategy, tradingState: "enabled", audit: { filter: "outputs" } });
  await system.send([print(0, 100), print(0, 101)]);
  await settled(system);
  await system.shutdown();
  const outputs: string[] = [];
  for await (const { event } of system.audit()) {
    assert(event.type === "process");
    outputs.push(`${event.event.kind} ${event.outputs.map(({ kind }) => kind)}`);
  }
  assertEquals(outputs, [
    "market algoOrders",
    "market algoOrders",
    "tradingState tradingDisabled",
    "shutdown ",
  ]);
});

test("batches are as long as events wait, and lose none", async () => {
  const lengths: number[] = [];
  const strategy: Strategy = {
    id: "batches",
    batchEvents: 100,
    onBatch(ctx, batch) {
      lengths.push(batch.length);
      if (lengths.length === 1) ctx.open({ instrument: 0, side: "buy", quantity: 1 });
    },
  };
  using data = await recording();
  const system = await System.start({
    market: { data },
    execution: [{ exchange: "binance_spot", balances: { usdt: "1e6", btc: 0, eth: 0, sol: 0 } }]
      .map(
        (entry) => ({ ...entry, balances: { ...entry.balances, usdt: "1000000" } }),
      ),
    strategy,
    tradingState: "enabled",
  });
  await system.feedEnded();
  const { stats } = await system.shutdown();
  assertEquals(stats.events, data.stats.events);
  assertEquals(lengths.reduce((sum, length) => sum + length, 0), data.stats.events);
  assert(lengths.every((length) => length <= 100));
});

test("commands reach a system between the steps of its strategy", async () => {
  const strategy: Strategy = { id: "quiet", onMarket() {} };
  await using system = await handFed({ strategy });
  await system.send(print(0, 100));
  await system.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "1", price: "100" }]);
  await settled(system);
  assertEquals(system.positions()[0]?.quantity, "1");
  await system.closePositions();
  await until(system, ({ fills }) => fills === 2);
  assertEquals(system.stats.orders, 2);
});

test("a strategy that throws ends its system, with its own stack and the result", async () => {
  const strategy: Strategy = {
    id: "fragile",
    onMarket(_, event) {
      if (event.price === 101) throw new RangeError("not this price");
    },
  };
  const system = await handFed({ strategy, tradingState: "enabled", audit: "enabled" });
  const failed = async (work: () => Promise<unknown>) => {
    const error = await assertRejects(work, EngineError, "not this price");
    assertEquals(error.code, "engine_strategy");
    return error;
  };
  await system.send(print(0, 100));
  await failed(() => system.send(print(0, 101)));
  await failed(() => system.closePositions());
  const error = await failed(() => system.shutdown());
  assertStringIncludes((error.cause as Error).stack ?? "", "system_strategy_test");
  const { hook, events, result } = error.data as {
    hook: string;
    events: number;
    result: SystemResult;
  };
  assertEquals([hook, events, result.reason], ["onMarket", 2, "failed"]);
  assertEquals(result.state.instruments[0]?.price, "101");
  await failed(() => system.finished());
  // The audits end, and the failure that was told is not told again.
  for await (const _ of system.audit());
  await system[Symbol.asyncDispose]();

  // The object can serve another system.
  const other = await handFed({ strategy });
  await other.send(print(0, 100));
  await other.shutdown();
});

test("a system that was not asked tells the failure of its strategy at the end of its scope", async () => {
  const strategy: Strategy = {
    id: "fragile",
    onMarket() {
      throw new Error("always");
    },
  };
  await assertRejects(
    async () => {
      await using system = await handFed({ strategy });
      await system.send(print(0, 100)).catch(() => {});
    },
    EngineError,
    "always",
  );
});

test("an asynchronous strategy is waited for, and an abort does not wait", async () => {
  const seen: number[] = [];
  const slow: Strategy = {
    id: "slow",
    async: true,
    async onMarket(_, event) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(event.price);
    },
  };
  const system = await handFed({ strategy: slow });
  await system.send([print(0, 1), print(0, 2), print(0, 3)]);
  assertEquals(seen, [1, 2, 3]);
  await system.shutdown();

  let entered = () => {};
  const inside = new Promise<void>((resolve) => entered = resolve);
  const stuck: Strategy = {
    id: "stuck",
    async: true,
    onMarket() {
      entered();
      return new Promise(() => {});
    },
  };
  const hanging = await handFed({ strategy: stuck });
  const sent = assertRejects(() => hanging.send(print(0, 1)), EngineError);
  await inside;
  const shutdown = hanging.shutdown();
  assertEquals((await hanging.abort()).reason, "aborted");
  assertEquals((await shutdown).reason, "aborted");
  await sent;
});

test("a risk manager in TypeScript refuses orders of a running strategy", async () => {
  const strategy: Strategy = {
    id: "eager",
    onMarket: (ctx) => void ctx.open({ instrument: 0, side: "buy", quantity: 1 }),
  };
  const risk = { check: () => "not today" };
  const system = await handFed({ strategy, risk, tradingState: "enabled" });
  await system.send([print(0, 1), print(0, 2)]);
  const { stats } = await system.shutdown();
  assertEquals([stats.orders, stats.refused], [0, 2]);
});

test("a strategy serves one system at a time", async () => {
  const strategy: Strategy = { id: "one", onMarket() {} };
  const system = await handFed({ strategy });
  await assertRejects(() => handFed({ strategy }), TypeError, "serves another run");
  await system.abort();
  await until(await handFed(), () => true).then(() => {});
});

test("an order that cannot be ends the system with what it was", async () => {
  const strategy: Strategy = {
    id: "greedy",
    onMarket: (ctx) => void ctx.open({ instrument: 0, side: "buy", quantity: "1e-20" }),
  };
  const system = await handFed({ strategy, tradingState: "enabled" });
  const sent = assertRejects(() => system.send(print(0, 1)), EngineError);
  const error = await assertRejects(() => system.finished(), EngineError);
  assert(["engine_order", "engine_strategy"].includes(error.code), error.code);
  await sent;
});

test("systems with strategies leave no native object behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const before = objects();
  const strategy: Strategy = { id: "one", onMarket() {} };
  for (let round = 0; round < 50; round++) {
    const system = await handFed({ strategy, audit: "enabled" });
    await system.send(print(0, 100));
    await system.shutdown();
    await system[Symbol.asyncDispose]();
  }
  // What other tests have left to the garbage collector may go meanwhile.
  assert(objects() <= before, `${objects()} objects, before ${before}`);
});
