import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CancelledError, ClosedError, ConfigError, EngineError } from "../../src/errors.ts";
import {
  backtest,
  type BacktestConfig,
  type BacktestResult,
  MarketData,
  type Strategy,
  type StrategyContext,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { btcConfig, comparable, longRecording, pair, recording, trade, trades } from "./_setup.ts";
import { smaCross } from "./_sma_cross.ts";

function allPairs(strategy: BacktestConfig["strategy"], latencyMs: number): BacktestConfig {
  return {
    strategy,
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      latencyMs,
      balances: { usdt: "100000", btc: 0, eth: 0, sol: 0 },
    }],
  };
}

for (const [fast, slow, latencyMs] of [[1, 2, 0], [2, 5, 20], [3, 9, 500]] as const) {
  test(`backtest() with smaCross ${fast}/${slow} in TypeScript equals the engine's own`, async () => {
    const data = await recording();
    const native = { type: "smaCross", fast, slow, quantity: "0.01" } as const;
    const expected = await backtest(data, allPairs(native, latencyMs));
    const result = await backtest(data, allPairs(smaCross(fast, slow, "0.01"), latencyMs));
    data.close();
    assert(expected.fills.length > 3, `${expected.fills.length}`);
    assertEquals(comparable(result), comparable(expected));
  });
}

test("backtest() calls the hooks in the order of events", async () => {
  const calls: string[] = [];
  const note = (text: string) => void calls.push(text);
  const lines = [
    trade(0, 100),
    trade(1, 110),
    JSON.stringify({ Reconnecting: "binance_spot" }),
    trade(2, 120),
    trade(3, 130),
  ];
  const data = await MarketData.parse(lines.join("\n"), { instruments: [pair("btc")] });
  const strategy: Strategy = {
    id: "notes",
    onStart: (ctx) =>
      note(`start ${ctx.balance("usdt").balance?.total} ${ctx.instrument(0).price}`),
    onMarket(ctx, event) {
      const { positionQty, openOrders } = ctx.instrument(0);
      note(`market ${event.price} ${event.side} ${positionQty} ${openOrders}`);
      if (event.price === 100) ctx.open({ instrument: 0, side: "buy", quantity: 2 });
      if (event.price === 120) ctx.closePositions();
    },
    onFill: (ctx, fill) => note(`fill ${fill.side} ${fill.price} ${ctx.instrument(0).positionQty}`),
    onExit: (_, exit) => note(`exit ${exit.pnl}`),
    onOrder: (_, order) => note(`order ${order.cid} ${order.status}`),
    onDisconnect: (_, exchange) => note(`disconnect ${exchange}`),
    onTradingDisabled: (ctx) => note(`disabled ${ctx.tradingEnabled}`),
    onEnd: (ctx) => note(`end ${ctx.events}`),
  };
  await backtest(data, btcConfig(strategy));
  data.close();
  assertEquals(calls, [
    "start 1000 NaN",
    "market 100 buy 0 0",
    "fill buy 100 2",
    "order notes-0 filled",
    "market 110 buy 2 0",
    "disconnect binance_spot",
    "market 120 buy 2 0",
    "fill sell 120 0",
    "exit 40",
    "order notes-close-0 filled",
    "market 130 buy 0 0",
    "disabled false",
    "end 5",
  ]);
});

test("backtest() shows quotes, candles and exact figures to a strategy", async () => {
  const at = "2025-01-01T12:00:00.000123Z";
  const event = (kind: unknown) =>
    JSON.stringify({ time_exchange: at, exchange: "binance_spot", instrument: 0, kind });
  const lines = [
    event({
      OrderBookL1: {
        best_bid: { price: "99.10", amount: "1" },
        best_ask: { price: "101.10", amount: "3" },
      },
    }),
    event({
      Candle: { close_time: at, open: 1, high: 4, low: 0.5, close: 2, volume: 9, trade_count: 3 },
    }),
    event({ Liquidation: { side: "Sell", price: 98, quantity: 2, time: at } }),
  ];
  const data = await MarketData.parse(lines.join("\n"), { instruments: [pair("btc")] });
  const seen: unknown[] = [];
  await backtest(
    data,
    btcConfig({
      id: "eyes",
      onMarket(ctx, { kind, price, side, bid, askQty, high, volume, time }) {
        const state = ctx.instrument("binancespot-btc_usdt");
        seen.push({ kind, price, side, bid, askQty, high, volume, time, mid: state.price });
        if (kind === "quote") seen.push(state.exact().price, state.exact().bid, ctx.timeNs);
      },
    }),
  );
  data.close();
  const time = Date.parse(at) + 0.123;
  const none = { price: NaN, side: null, bid: NaN, askQty: NaN, high: NaN, volume: NaN, mid: 99.6 };
  const close = (value: unknown) =>
    typeof value === "object" && value !== null && "time" in value
      ? { ...value, time: Math.round(Number(value.time) * 1000), mid: 99.6 }
      : value;
  const micros = Math.round(time * 1000);
  assertEquals(seen.map(close), [
    { ...none, kind: "quote", bid: 99.1, askQty: 3, time: micros },
    "99.6",
    { price: "99.1", amount: "1" },
    BigInt(Date.parse(at)) * 1_000_000n + 123_000n,
    { ...none, kind: "candle", high: 4, volume: 9, time: micros },
    { ...none, kind: "liquidation", price: 98, side: "sell", time: micros },
  ]);
});

test("backtest() hands over batches and delivers answers before them", async () => {
  const data = await trades(100, 101, 102, 103, 104, 105, 106);
  const seen: string[] = [];
  const result = await backtest(
    data,
    btcConfig({
      id: "batches",
      batchEvents: 3,
      onBatch(ctx, batch) {
        const prices = Array.from({ length: batch.length }, (_, at) => batch.at(at).price);
        seen.push(`${prices} ${ctx.instrument(0).positionQty}`);
        if (ctx.events === 3) ctx.open({ instrument: 0, side: "buy", quantity: "1" });
        assertThrows(() => batch.at(batch.length), RangeError, "position must be 0 to");
      },
      onFill: (_, fill) => void seen.push(`fill ${fill.price}`),
    }),
  );
  data.close();
  assertEquals(seen, ["100,101,102 0", "fill 102", "103,104,105 1", "106 1"]);
  assertEquals(result.stats.events, 7);
});

test("backtest() in batches sees every event once, whatever the size", async () => {
  const data = await recording();
  for (const batchEvents of [1, 7, 600, 10_000]) {
    let count = 0;
    let sum = 0;
    const result = await backtest(
      data,
      allPairs({
        id: "sum",
        batchEvents,
        onBatch(_, batch) {
          count += batch.length;
          for (let at = 0; at < batch.length; at++) sum += batch.at(at).price || 0;
        },
      }, 0),
    );
    assertEquals(count, 600);
    assert(sum > 0);
    assertEquals(result.stats.orders, 0);
  }
  data.close();
});

test("backtest() waits for the promises of an asynchronous strategy and refuses others", async () => {
  const data = await trades(100, 110, 120);
  let seen = 0;
  const later = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    seen++;
  };
  await backtest(data, btcConfig({ id: "later", async: true, onMarket: later }));
  assertEquals(seen, 3);
  const error = await assertRejects(
    () => backtest(data, btcConfig({ id: "later", onMarket: () => Promise.resolve() })),
    EngineError,
    "set async to true",
  );
  assertEquals(error.code, "engine_strategy");
  data.close();
});

test("backtest() stops at an exception with its stack and the result so far", async () => {
  const data = await trades(100, 110, 120, 130);
  function explode(): never {
    throw new RangeError("boom");
  }
  for (const hook of ["onStart", "onMarket", "onFill", "onOrder", "onTradingDisabled", "onEnd"]) {
    const strategy: Strategy = {
      id: "bomb",
      onMarket(ctx) {
        if (ctx.events === 1) ctx.open({ instrument: 0, side: "buy", quantity: "1" });
        if (hook === "onMarket" && ctx.events === 3) explode();
      },
      ...(hook === "onMarket" ? {} : { [hook]: explode }),
    };
    const error = await assertRejects(() => backtest(data, btcConfig(strategy)), EngineError);
    assertEquals([error.code, error.data.hook], ["engine_strategy", hook]);
    assert(error.cause instanceof RangeError);
    assert(error.cause.stack?.includes("explode"), error.cause.stack);
    const result = error.data.result as BacktestResult;
    assertEquals(result.stats.fills, hook === "onStart" ? 0 : 1);
    if (hook === "onMarket") assertEquals(result.equity.final, "1020");
    // The strategy is free again.
    await assertRejects(() => backtest(data, btcConfig(strategy)), EngineError, "boom");
  }
  data.close();
});

test("backtest() with a strategy gives the event loop its turns and stops at an abort", async () => {
  const data = await longRecording();
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  let progress = 0;
  let held: StrategyContext | undefined;
  const run = backtest(
    data,
    allPairs({
      id: "slow",
      onMarket(ctx) {
        held = ctx;
        const until = performance.now() + 0.05;
        while (performance.now() < until);
      },
    }, 0),
    {
      signal: controller.signal,
      onProgress({ events, total }) {
        assertEquals(total, 120_000);
        if (++progress === 2) controller.abort(new Error(`enough after ${events}`));
      },
    },
  );
  const error = await assertRejects(() => run, CancelledError);
  clearInterval(timer);
  data.close();
  assert((error.cause as Error).message.startsWith("enough after"));
  assertEquals(Number(error.data.events) > 0, true);
  assert(turns > 1, `the event loop had ${turns} turns`);
  assertThrows(() => held?.time, ClosedError, "the run is over");
  assertThrows(() => held?.instrument(0).price, ClosedError);
  assertThrows(() => held?.instrument(0).exact(), ClosedError);
});

test("backtest() refuses orders that make no sense at the strategy's own line", async () => {
  const data = await trades(100, 110);
  const cases: [Record<string, unknown>, string][] = [
    [{ instrument: 7, side: "buy", quantity: 1 }, "index or name of the table"],
    [{ instrument: "dogecoin", side: "buy", quantity: 1 }, "index or name of the table"],
    [{ instrument: 0, side: "up", quantity: 1 }, 'side must be "buy" or "sell"'],
    [{ instrument: 0, side: "buy", quantity: 0 }, "above 0"],
    [{ instrument: 0, side: "buy", quantity: -1 }, "above 0"],
    [{ instrument: 0, side: "buy", quantity: NaN }, "quantity must be a decimal"],
    [{ instrument: 0, side: "buy", quantity: 1e30 }, "at most"],
    [{ instrument: 0, side: "buy", quantity: 1, price: "1e3" }, "price must be a decimal"],
    [{ instrument: 0, side: "buy", quantity: 1, price: 0 }, "above 0"],
    [{ instrument: 0, side: "buy", quantity: 1, kind: "stop" }, "kind must be"],
    [{ instrument: 0, side: "buy", quantity: 1, timeInForce: "day" }, "timeInForce is not known"],
    [{ instrument: 0, side: "buy", quantity: 1, cid: "" }, "1 to 64 bytes"],
    [{ instrument: 0, side: "buy", quantity: 1, cid: "x".repeat(65) }, "at most 64 bytes"],
  ];
  for (const [order, message] of cases) {
    const error = await assertRejects(
      () =>
        backtest(
          data,
          // deno-lint-ignore no-explicit-any
          btcConfig({ id: "wrong", onMarket: (ctx) => void ctx.open(order as any) }),
        ),
      EngineError,
      message,
    );
    assert(error.cause instanceof TypeError || error.cause instanceof RangeError);
  }
  const early: Strategy = {
    id: "early",
    onStart: (ctx) => void ctx.open({ instrument: 0, side: "buy", quantity: 1 }),
    onMarket() {},
  };
  await assertRejects(() => backtest(data, btcConfig(early)), EngineError, "has no price yet");
  data.close();
});

test("backtest() refuses malformed strategies and shared ones", async () => {
  const data = await trades(100, 110);
  const refused = async (strategy: unknown, message: string, type = TypeError) => {
    await assertRejects(() => backtest(data, btcConfig(strategy as Strategy)), type, message);
  };
  await refused({ id: "x" }, "either onMarket or onBatch: it has neither");
  await refused({ id: "x", onMarket() {}, onBatch() {} }, "it has both");
  await refused({ id: 1, onMarket() {} }, "strategy.id must be a string");
  await refused({ id: "", onMarket() {} }, "1 to 64 bytes", RangeError as never);
  await refused({ id: "x", batchEvents: 0, onBatch() {} }, "batchEvents", RangeError as never);
  const strategy: Strategy = { id: "one", onMarket() {} };
  await assertRejects(
    () => Promise.all([1, 2].map(() => backtest(data, btcConfig(strategy)))),
    TypeError,
    "serves another run",
  );
  await assertRejects(
    () => backtest(data, btcConfig({ id: "two", onMarket() {} }, { execution: [] })),
    ConfigError,
    "needs an entry",
  );
  data.close();
});

test("backtest() sends orders exactly as written, with every detail", async () => {
  const data = await trades(100, 110, 120, 130);
  const answers: string[] = [];
  const result = await backtest(
    data,
    btcConfig({
      id: "exact",
      onMarket(ctx) {
        if (ctx.events !== 1) return;
        const order = { instrument: 0, side: "buy" } as const;
        ctx.open({
          ...order,
          quantity: "0.123456789012345678",
          price: "100.00000000001",
          cid: "a",
        });
        ctx.open({ ...order, quantity: 1, kind: "limit", timeInForce: "postOnly", cid: "b" });
        assertThrows(
          () => ctx.open({ ...order, quantity: 1, cid: "a" }),
          RangeError,
          "not answered",
        );
      },
      onOrder: (_, { cid, status, reason }) => void answers.push(`${cid} ${status} ${reason}`),
    }),
  );
  data.close();
  assertEquals(result.fills.map((fill) => [fill.quantity, fill.price]), [
    ["0.123456789012345678", "100.00000000001"],
  ]);
  assertEquals(answers[0], "a filled null");
  assert(answers[1]?.startsWith("b rejected order rejected"), answers[1]);
  assertEquals(result.stats.rejected, 1);
});

test("backtest() answers cancellations as barter's mock exchange does: too late", async () => {
  const data = await recording();
  const answers: string[] = [];
  let tried = 0;
  const result = await backtest(
    data,
    allPairs({
      id: "cancel",
      onMarket(ctx, { instrument }) {
        const { price, openOrders } = ctx.instrument(instrument);
        if (ctx.events === 300 && price > 0) ctx.open({ instrument, side: "buy", quantity: "0.1" });
        if (openOrders > 0 && tried === 0) {
          tried++;
          ctx.cancel("unknown");
          ctx.cancel({ exchange: "kraken" });
          ctx.cancel("cancel-0");
        } else if (openOrders > 0 && tried === 1) {
          tried++;
          assertEquals(ctx.instrument(instrument).exact().orders[0]?.state, "cancelInFlight");
          // Already asked for: nothing more is sent.
          ctx.cancel({ instruments: [instrument] });
        }
      },
      onOrder: (_, { cid, status, reason }) => void answers.push(`${cid} ${status} ${reason}`),
    }, 500),
  );
  data.close();
  assertEquals(tried, 2);
  assertEquals(answers, [
    "cancel-0 filled null",
    "cancel-0 cancelFailed connectivity: Exchange offline: BinanceSpot",
  ]);
  assertEquals([result.stats.orders, result.stats.fills], [1, 1]);
});

test("backtest() keeps orders back while trading is disabled", async () => {
  const data = await trades(100, 110);
  const returned: unknown[] = [];
  let disabled = 0;
  const result = await backtest(
    data,
    btcConfig({
      id: "off",
      onMarket(ctx) {
        returned.push(ctx.open({ instrument: 0, side: "buy", quantity: 1 }), ctx.tradingEnabled);
      },
      onTradingDisabled: () => void disabled++,
    }, { tradingState: "disabled" }),
  );
  data.close();
  assertEquals(returned, [null, false, null, false]);
  assertEquals([result.stats.orders, disabled], [0, 0]);
});

test("backtest() fails with engine_order_storm when a strategy feeds on its own fills", async () => {
  const data = await trades(100, 110, 120);
  const storm: Strategy = {
    id: "storm",
    onMarket(ctx) {
      for (let n = 0; n < 11; n++) ctx.open({ instrument: 0, side: "buy", quantity: "0.01" });
    },
  };
  const error = await assertRejects(
    () => backtest(data, btcConfig(storm, { maxOrdersPerEvent: 10 })),
    EngineError,
  );
  assertEquals(error.code, "engine_order_storm");
  data.close();
});
