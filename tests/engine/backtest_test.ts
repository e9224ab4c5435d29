import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { CancelledError, ClosedError, ConfigError, EngineError } from "../../src/errors.ts";
import { backtest, type BacktestConfig, type BacktestResult } from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { btcConfig, comparable, CROSS, longRecording, recording, trades } from "./_setup.ts";

const ALL_PAIRS: BacktestConfig = {
  strategy: { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.0005",
    latencyMs: 20,
    balances: { usdt: "100000", btc: 0, eth: 0n, sol: "0" },
  }],
};

test("backtest() follows the sheet worked out by hand", async () => {
  using data = await trades(100, 110, 120, 90, 80, 100, 101, 105);
  const result = await backtest(
    data,
    btcConfig({ type: "smaCross", fast: 1, slow: 2, quantity: "2" }, {
      execution: [{
        exchange: "binance_spot",
        feeRate: "0.01",
        balances: { usdt: "1000", btc: "0" },
      }],
    }),
  );
  // The sheet is in rust/engine/tests/by_hand.rs.
  assertEquals(
    result.fills.map(({ side, price, quantity, fees }) => `${side} ${price} ${quantity} ${fees}`),
    ["buy 110 2 2.2", "sell 90 2 1.8", "buy 100 2 2"],
  );
  assertEquals(
    [...result.equity.value].map((value) => Number(value.toFixed(6))),
    [1000, 1000, 1000, 1017.8, 957.8, 956, 956, 956, 964, 964],
  );
  assertEquals(result.roundTrips.map(({ pnl, return: r }) => [pnl, r]), [["-44", "-0.2"]]);
  assertEquals(result.openPositions.map((open) => open.pnlUnrealised), ["10"]);
  assertEquals([result.equity.initial, result.equity.final], ["1000", "964"]);
  assert(Math.abs(result.equity.totalReturn + 0.036) < 1e-12);
  assertEquals(result.summary.assets["binance_spot:usdt"]?.balanceEnd?.total, "573.78");
});

test("backtest() gives the same result for the same input", async () => {
  using data = await recording();
  const runs = await Promise.all([1, 2, 3].map(() => backtest(data, ALL_PAIRS)));
  const [first, ...others] = runs.map(comparable);
  for (const other of others) assertEquals(other, first);
});

test("backtest() keeps equity equal to cash plus holdings at the mark", async () => {
  using data = await recording();
  const { fills, openPositions, equity } = await backtest(data, ALL_PAIRS);
  assert(fills.length > 0);
  let value = Number(equity.initial);
  for (const { side, price, quantity, fees } of fills) {
    value += (side === "buy" ? -1 : 1) * Number(price) * Number(quantity) - Number(fees);
  }
  for (const { markPrice, quantity } of openPositions) {
    value += Number(markPrice) * Number(quantity);
  }
  assert(Math.abs(value - Number(equity.final)) < 1e-6, `${value} ${equity.final}`);
});

test("backtest() times are column nanoseconds and RFC 3339 of the same instants", async () => {
  using data = await recording();
  const { equity, summary, roundTrips } = await backtest(data, ALL_PAIRS);
  assertEquals(equity.time[0], 1742944020773674205n);
  assertEquals(summary.timeStart, "2025-03-25T23:07:00.773674205Z");
  assert(equity.time.every((time, at) => at === 0 || time >= (equity.time[at - 1] ?? 0n)));
  for (const { timeEnter, timeExit } of roundTrips) assert(timeEnter < timeExit);
});

test("backtest() thins the curve to maxPoints and leaves the figures alone", async () => {
  using data = await recording();
  const full = await backtest(data, ALL_PAIRS);
  const thin = await backtest(data, { ...ALL_PAIRS, equity: { maxPoints: 20 } });
  const none = await backtest(data, { ...ALL_PAIRS, equity: { maxPoints: 0 } });
  assertEquals(full.equity.time.length, 602);
  assert(thin.equity.time.length <= 20);
  assertEquals(none.equity.value.length, 0);
  assertEquals(thin.equity.maxDrawdown, full.equity.maxDrawdown);
  assertEquals([thin.equity.final, none.equity.final], [full.equity.final, full.equity.final]);
});

test("backtest() results survive JSON, spreading and structuredClone", async () => {
  using data = await trades(100, 110, 120, 90, 80);
  const result = await backtest(data, btcConfig(CROSS));
  const json = JSON.parse(JSON.stringify({ ...result, equity: null }));
  assertEquals(json.fills, structuredClone(result).fills);
  assertEquals(json.fills.length, 2);
});

test("backtest() shows the share of losing positions as winRate", async () => {
  using data = await trades(99, 100, 120, 110, 99, 100, 120, 110, 99, 100, 120, 90, 80);
  const sheet = (await backtest(data, btcConfig(CROSS))).summary.instruments[
    "binancespot-btc_usdt"
  ];
  assertEquals(sheet?.winRate?.slice(0, 5), "0.333");
  assertEquals(sheet?.derived.winShare?.slice(0, 5), "0.666");
  assertEquals(sheet?.sharpeRatio.degenerate, false);
  assertEquals(sheet?.sortinoRatio.degenerate, true);
});

test("backtest() scales to named and to own intervals", async () => {
  using data = await trades(100, 110, 120, 90, 80);
  const intervals = ["daily", "annual252", "annual365", 3_600_000] as const;
  const names = await Promise.all(intervals.map(async (summaryInterval) => {
    const result = await backtest(data, btcConfig(CROSS, { summaryInterval }));
    return result.summary.instruments["binancespot-btc_usdt"]?.pnlReturn.interval;
  }));
  assertEquals(names, ["Daily", "Annual(252)", "Annual(365)", "Duration 60 (minutes)"]);
});

test("backtest() counts rejected orders and keeps the first reason", async () => {
  using data = await trades(100, 110, 120, 130);
  const { stats } = await backtest(
    data,
    btcConfig(CROSS, {
      execution: [{ exchange: "binance_spot", balances: { usdt: "50", btc: "0" } }],
    }),
  );
  assertEquals([stats.orders, stats.fills, stats.rejected], [3, 0, 3]);
  assert(stats.firstRejection?.includes("Available Balance: 50"), String(stats.firstRejection));
});

test("backtest() reports progress that ends at the total", async () => {
  using data = await recording();
  const seen: number[] = [];
  await backtest(data, ALL_PAIRS, { onProgress: ({ events }) => seen.push(events) });
  assertEquals(seen.at(-1), 600);
});

test("backtest() rejects with what onProgress throws and stops the run", async () => {
  using data = await longRecording();
  const reason = new Error("no more");
  const error = await backtest(data, ALL_PAIRS, {
    onProgress() {
      throw reason;
    },
  }).catch((error) => error);
  assertEquals(error, reason);
});

test("backtest() rejects with config errors that name the field", async () => {
  using data = await trades(100, 110);
  const cases: [Partial<BacktestConfig>, string, string][] = [
    [{ id: "" }, "config_id", "id"],
    [
      { strategy: { type: "smaCross", fast: 2, slow: 2, quantity: 1 } },
      "config_strategy",
      "strategy",
    ],
    [
      { strategy: { type: "buyAndHold", quantity: "-1" } },
      "config_strategy",
      "strategy.quantity",
    ],
    [{ execution: [] }, "config_missing_execution", "execution"],
    [
      { execution: [{ exchange: "binance_spot", balances: { usdt: 1 } }] },
      "config_balance",
      "execution[0].balances.btc",
    ],
    [
      { execution: [{ exchange: "kraken", balances: {} }] },
      "config_exchange",
      "execution[0].exchange",
    ],
    [{ equity: { quote: "eur" } }, "config_equity_quote", "equity.quote"],
    [
      { riskFreeReturn: "0.00000000000000000000000000001" },
      "config_decimal",
      "riskFreeReturn",
    ],
  ];
  for (const [changes, code, field] of cases) {
    const error = await assertRejects(
      () => backtest(data, btcConfig(CROSS, changes)),
      ConfigError,
      "Cannot run backtest: ",
    );
    assertEquals([error.code, error.data.field], [code, field]);
  }
});

test("backtest() rejects wrong arguments before the border", async () => {
  using data = await trades(100, 110);
  const wrong = [
    { tradingState: "on" },
    { riskFreeReturn: "5 %" },
    { summaryInterval: "weekly" },
    { strategy: { type: "martingale" } },
  ] as unknown as Partial<BacktestConfig>[];
  for (const changes of wrong) {
    await assertRejects(() => backtest(data, btcConfig(CROSS, changes)), TypeError);
  }
  const range: Partial<BacktestConfig>[] = [
    { equity: { maxPoints: -1 } },
    { maxOrdersPerEvent: 0 },
    { summaryInterval: 10 },
    { strategy: { type: "smaCross", fast: 0.5, slow: 2, quantity: "1" } },
  ];
  for (const changes of range) {
    await assertRejects(() => backtest(data, btcConfig(CROSS, changes)), RangeError);
  }
});

test("backtest() rejects with engine_order_storm beyond maxOrdersPerEvent", async () => {
  using data = await recording();
  const balances = { usdt: "1", btc: "0", eth: "0", sol: "0" };
  const error = await assertRejects(
    () =>
      backtest(data, {
        strategy: { type: "buyAndHold", quantity: "1" },
        execution: [{ exchange: "binance_spot", balances }],
        maxOrdersPerEvent: 2,
      }),
    EngineError,
  );
  assertEquals(error.code, "engine_order_storm");
});

test("backtest() rejects with the signal's reason as cause", async () => {
  using data = await recording();
  const reason = new Error("enough");
  const error = await assertRejects(
    () => backtest(data, ALL_PAIRS, { signal: AbortSignal.abort(reason) }),
    CancelledError,
  );
  assertEquals(error.cause, reason);
});

test("backtest() stops a run that has begun", async () => {
  using data = await longRecording();
  // On a busy machine a run may end before it is told to: another one follows then.
  let stopped: unknown;
  for (let attempt = 0; attempt < 50 && stopped === undefined; attempt++) {
    const abort = new AbortController();
    const run = backtest(data, ALL_PAIRS, { signal: abort.signal });
    abort.abort();
    stopped = await run.then(() => undefined, (error) => error);
  }
  assertInstanceOf(stopped, CancelledError);
  assertEquals(
    (await backtest(data, { ...ALL_PAIRS, strategy: { type: "noop" } })).stats.orders,
    0,
  );
});

test("backtest() rejects with closed for data that is closed, and running ones go on", async () => {
  const data = await recording();
  const running = backtest(data, ALL_PAIRS);
  data.close();
  data.close();
  assertEquals((await running).stats.events, 600);
  await assertRejects(() => backtest(data, ALL_PAIRS), ClosedError);
});

test("backtest() runs at once on one data set", async () => {
  using data = await recording();
  const slows = [3, 5, 8, 13, 21, 34];
  const at = (slow: number): BacktestConfig => ({
    ...ALL_PAIRS,
    id: `2/${slow}`,
    strategy: { type: "smaCross", fast: 2, slow, quantity: "0.01" },
  });
  const together = await Promise.all(slows.map((slow) => backtest(data, at(slow))));
  for (const [position, slow] of slows.entries()) {
    const alone = await backtest(data, at(slow));
    assertEquals(comparable(together[position] as BacktestResult), comparable(alone));
  }
});
