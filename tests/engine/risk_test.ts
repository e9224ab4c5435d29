import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  auditBacktest,
  backtest,
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestConfig,
  type BacktestResult,
  Engine,
  type MarketData,
  type RiskManager,
  runBacktests,
  type Strategy,
} from "../../src/engine/mod.ts";
import { ConfigError, EngineError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { btcConfig, comparable, CROSS, longRecording, pair, recording, trades } from "./_setup.ts";

const LETS_ALL: RiskManager = { check: () => undefined };
const LIMIT = 100;
const LIMITS = { type: "limits", maxNotionalPerOrder: LIMIT } as const;
/** The same limit, in TypeScript. */
const SAME_LIMIT: RiskManager = {
  check: (_, { price, quantity }) =>
    Number(price) * Number(quantity) > LIMIT ? "too much" : undefined,
};

function allPairs(latencyMs: number, risk?: BacktestConfig["risk"]): BacktestConfig {
  return {
    strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "0.01" },
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      latencyMs,
      balances: { usdt: "5000", btc: 0, eth: 0, sol: 0 },
    }],
    ...(risk === undefined ? {} : { risk }),
  };
}

test("backtest() lets a risk manager in TypeScript refuse orders", async () => {
  const data = await trades(100, 110, 120, 130);
  const checked: unknown[] = [];
  const strategy: Strategy = {
    id: "eager",
    onMarket: (ctx) => void ctx.open({ instrument: 0, side: "buy", quantity: ctx.events }),
  };
  const result = await backtest(
    data,
    btcConfig(strategy, {
      risk: {
        check(ctx, order) {
          checked.push([ctx.events, order.quantity, order.price]);
          return Number(order.quantity) > 1 ? "more than one" : undefined;
        },
      },
    }),
  );
  assertEquals(checked, [[1, "1", null], [2, "2", null], [3, "3", null], [4, "4", null]]);
  assertEquals([result.stats.fills, result.stats.refused], [1, 3]);
  data.close();
});

test("backtest() holds orders to the limits of its risk manager", async () => {
  const data = await trades(100, 110, 120, 130, 140, 150);
  const eager = (): Strategy => ({
    id: "eager",
    onMarket(ctx) {
      ctx.open({ instrument: 0, side: "buy", quantity: 1 });
      ctx.open({ instrument: 0, side: "buy", quantity: 1, price: ctx.instrument(0).price * 1.5 });
    },
  });
  const counts = async (limits: Record<string, unknown>) => {
    const execution = [{ exchange: "binance_spot", balances: { usdt: "100000", btc: 0 } }];
    const config = btcConfig(eager(), { execution, risk: { type: "limits", ...limits } });
    const { stats, openPositions } = await backtest(data, config);
    return [stats.fills, stats.refused, openPositions[0]?.quantity];
  };
  assertEquals(await counts({}), [12, 0, "12"]);
  assertEquals(await counts({ maxPriceDeviation: "0.1" }), [6, 6, "6"]);
  assertEquals(await counts({ maxNotionalPerOrder: 130 }), [4, 8, "4"]);
  assertEquals(await counts({ maxPositionAbs: 3 }), [3, 9, "3"]);
  assertEquals(await counts({ maxOpenOrders: 1 }), [6, 6, "6"]);
  assertEquals(await counts({ maxOpenOrders: 0 }), [0, 12, undefined]);
  await assertRejects(() => counts({ maxPositionAbs: -1 }), ConfigError, "risk.maxPositionAbs");
  await assertRejects(() => counts({ maxOpenOrders: 1.5 }), RangeError, "maxOpenOrders");
  await assertRejects(() => counts({ type: "none" }), TypeError, "risk.type");
  data.close();
});

test("backtest() has a risk manager judge the closing of positions", async () => {
  const data = await trades(100, 110, 120, 130, 140);
  const checked: unknown[] = [];
  const strategy: Strategy = {
    id: "closer",
    onMarket(ctx) {
      if (ctx.events === 1) ctx.open({ instrument: 0, side: "buy", quantity: "1.5" });
      else ctx.closePositions();
    },
  };
  const { roundTrips, stats } = await backtest(
    data,
    btcConfig(strategy, {
      risk: {
        check(ctx, { cid, side, quantity }) {
          checked.push(`${ctx.events} ${cid} ${side} ${quantity}`);
          return ctx.events === 2 ? "not yet" : undefined;
        },
      },
    }),
  );
  data.close();
  assertEquals(checked, [
    "1 closer-0 buy 1.5",
    "2 closer-close-0 sell 1.5",
    "3 closer-close-1 sell 1.5",
  ]);
  assertEquals(roundTrips.map(({ exitPrice }) => exitPrice), ["120"]);
  assertEquals([stats.orders, stats.refused], [2, 1]);
});

for (const latencyMs of [0, 40, 500]) {
  test(`backtest() has a risk manager judge a built-in strategy, latency ${latencyMs}`, async () => {
    const data = await recording();
    const run = async (risk?: BacktestConfig["risk"]) =>
      await backtest(data, allPairs(latencyMs, risk));
    const free = await run();
    assert(free.stats.fills > 3, `${free.stats.fills}`);
    assertEquals(comparable(await run(LETS_ALL)), comparable(free));
    const limited = await run(LIMITS);
    assert(limited.stats.refused > 3 && limited.stats.fills > 1);
    assertEquals(comparable(await run(SAME_LIMIT)), comparable(limited));
    data.close();
  });
}

test("backtest() shows a risk manager the state in front of a built-in strategy's order", async () => {
  const data = await trades(100, 110, 120, 90, 80);
  const seen: unknown[] = [];
  const result = await backtest(
    data,
    btcConfig(CROSS, {
      risk: {
        check(ctx, order) {
          const { price, positionQty, openOrders } = ctx.instrument(order.instrument);
          seen.push([ctx.events, order, price, positionQty, openOrders]);
          return undefined;
        },
      },
    }),
  );
  data.close();
  const order = { instrument: 0, quantity: "1", kind: "market" };
  assertEquals(seen, [
    [2, { ...order, cid: "smaCross-0", side: "buy", price: "110" }, 110, 0, 0],
    [4, { ...order, cid: "smaCross-1", side: "sell", price: "90" }, 90, 1, 0],
  ]);
  assertEquals(result.roundTrips.map(({ pnl }) => pnl), ["-20"]);
});

test("backtest() stops at what a risk manager throws, with the result so far", async () => {
  const data = await trades(100, 110, 120, 90, 80);
  const failing = (check: RiskManager["check"]) =>
    assertRejects(() => backtest(data, btcConfig(CROSS, { risk: { check } })), EngineError);
  const error = await failing((ctx, { side }) => {
    if (side === "sell") throw new RangeError(`after ${ctx.events}`);
    return undefined;
  });
  assertEquals([error.code, error.data.hook], ["engine_strategy", "check"]);
  assert(error.message.includes("check of the risk manager threw after 4 events: after 4"));
  assert(error.cause instanceof RangeError);
  assertEquals((error.data.result as BacktestResult).stats.fills, 1);
  assertEquals((error.data.result as BacktestResult).openPositions[0]?.quantity, "1");
  // deno-lint-ignore no-explicit-any
  const odd = await failing((() => 1) as any);
  assert(odd.message.includes("must return a reason or nothing"), odd.message);
  const busy = await failing((ctx) => {
    assertThrows(() => ctx.cancel({}), TypeError, "asks for nothing itself");
    assertThrows(() => ctx.closePositions(), TypeError, "asks for nothing itself");
    ctx.open({ instrument: 0, side: "buy", quantity: 1 });
    return undefined;
  });
  assert(busy.message.includes("asks for nothing itself"), busy.message);
  data.close();
});

test("backtest() with a risk manager and a built-in strategy stops at an abort", async () => {
  const data = await longRecording();
  const controller = new AbortController();
  let judged = 0;
  const risk: RiskManager = {
    check() {
      if (++judged === 10) controller.abort(new Error("enough"));
      return "no";
    },
  };
  const error = await assertRejects(() =>
    backtest(data, allPairs(0, risk), { signal: controller.signal })
  );
  data.close();
  assertEquals((error as Error & { code: string }).code, "cancelled");
});

test("auditBacktest() says what a risk manager refused of a built-in strategy", async () => {
  const data = await recording();
  const ticks = async (risk: BacktestConfig["risk"]) => {
    const all: unknown[] = [];
    for await (const tick of auditBacktest(data, allPairs(40, risk))) all.push(tick.toJSON());
    return all;
  };
  const own = JSON.stringify(await ticks(SAME_LIMIT));
  assert(own.includes('"too much"'));
  const limited = JSON.stringify(await ticks(LIMITS));
  const reasons = /maxNotionalPerOrder: [0-9.]+ is above the limit 100/g;
  assertEquals(own, limited.replaceAll(reasons, "too much"));
  data.close();
});

test("runBacktests() shares a risk manager in TypeScript between its runs", async () => {
  const data: MarketData = await recording();
  const { execution } = allPairs(0);
  const runs = () =>
    [2, 3, 5].map((slow) =>
      new BacktestArgsDynamic({
        id: `1/${slow}`,
        strategy: { type: "smaCross", fast: 1, slow, quantity: "0.01" },
      })
    );
  const results = async (risk: NonNullable<BacktestConfig["risk"]>) => {
    const constant = new BacktestArgsConstant({ data, execution, risk });
    const found: unknown[] = [];
    for await (const run of runBacktests(constant, runs(), { concurrency: 2 })) {
      found.push(comparable(run));
    }
    return found;
  };
  assertEquals(await results(SAME_LIMIT), await results(LIMITS));
  data.close();
});

test("runBacktests() gives a run its own risk manager in place of the shared one", async () => {
  const data: MarketData = await recording();
  const { execution, strategy } = allPairs(0);
  const constant = new BacktestArgsConstant({ data, execution, risk: LIMITS });
  const own = [undefined, { type: "approveAll" } as const, SAME_LIMIT, LETS_ALL];
  const runs = own.map((risk, position) =>
    new BacktestArgsDynamic({
      id: `${position}`,
      strategy,
      ...(risk === undefined ? {} : { risk }),
    })
  );
  const refused: number[] = [];
  for await (const { stats } of runBacktests(constant, runs)) refused.push(stats.refused);
  data.close();
  assert(refused[0] !== undefined && refused[0] > 3);
  assertEquals(refused, [refused[0], 0, refused[0], 0]);
});

test("Engine.open() refuses a risk manager in TypeScript", () => {
  assertThrows(
    // deno-lint-ignore no-explicit-any
    () => Engine.open({ instruments: [pair("btc")], risk: LETS_ALL as any }),
    TypeError,
    "judges the orders of backtests only",
  );
});
