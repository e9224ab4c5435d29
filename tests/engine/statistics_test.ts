/**
 * Every statistic of the engine against a sheet of twelve trades, computed here with integers alone.
 *
 * The sheet shares nothing with the engine: a number is a bigint of 10^-45, a root is Newton's.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ClosedError, ConfigError, EngineError } from "../../src/errors.ts";
import {
  AssetBalance,
  backtest,
  Balance,
  type ClosedPosition,
  SummaryGenerator,
  type SummaryInterval,
  unrealisedAt,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { pair, recording } from "./_setup.ts";

const ONE = 10n ** 45n;

function fixed(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole + fraction.padEnd(45, "0"));
  return text.startsWith("-") ? -value : value;
}
const times = (a: bigint, b: bigint) => a * b / ONE;
const over = (a: bigint, b: bigint) => a * ONE / b;
const size = (a: bigint) => a < 0n ? -a : a;
const sum = (values: bigint[]) => values.reduce((a, b) => a + b, 0n);
const mean = (values: bigint[]) => sum(values) / BigInt(values.length);

function root(value: bigint): bigint {
  let guess = value > ONE ? value : ONE;
  while (true) {
    const next = (guess + value * ONE / guess) / 2n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** Population standard deviation. */
function deviation(values: bigint[]): bigint {
  const centre = mean(values);
  return root(mean(values.map((value) => times(value - centre, value - centre))));
}

/** Equal in the first 20 digits: the engine rounds to 28, and its roots to a few less. */
function assertNear(actual: string | undefined | null, expected: bigint, name: string): void {
  assert(typeof actual === "string", `${name}: ${actual}`);
  const error = size(fixed(actual) - expected);
  assert(error * 10n ** 20n <= size(expected) + 10n ** 25n, `${name}: ${actual} ${expected}`);
}

const START = Date.parse("2025-01-01T00:00:00Z");
const HOUR = 3_600_000;
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();

/** Entry price, quantity, result after fees, hours of entry and exit. */
const SHEET: readonly (readonly [string, string, string, number, number])[] = [
  ["100", "2", "10", 0, 2],
  ["101.5", "1.5", "-4.5", 2, 5],
  ["99", "3", "12.25", 6, 7],
  ["105", "1", "-8.75", 8, 12],
  ["98.2", "2.5", "-3.1", 12, 13],
  ["97", "4", "20.4", 14, 20],
  ["103", "2", "-15", 21, 23],
  ["102", "1", "1.05", 23, 26],
  ["100.7", "2", "6.6", 27, 30],
  ["108", "1.25", "18", 31, 36],
  ["110", "2", "-9.9", 37, 40],
  ["107", "1", "3.3", 41, 44],
];
const EXITS: ClosedPosition[] = SHEET.map(([entryPrice, quantity, pnl, enter, exit]) => ({
  instrument: 0,
  side: Number(pnl) > 10 ? "sell" : "buy",
  entryPrice,
  quantity,
  pnl,
  feesEnter: "0.125",
  feesExit: "0.25",
  timeEnter: at(enter),
  timeExit: at(exit),
}));

interface Fall {
  readonly depth: bigint;
  readonly start: number;
  readonly end: number;
}

/** Falls from a peak until it is exceeded; the last one may be open. */
function falls(points: readonly (readonly [bigint, number])[]): { closed: Fall[]; open?: Fall } {
  const closed: Fall[] = [];
  let peak: bigint | undefined, start = 0, depth = 0n, last = 0;
  for (const [value, time] of points) {
    last = time;
    if (peak === undefined || value > peak) {
      if (depth > 0n) closed.push({ depth, start, end: time });
      [peak, start, depth] = [value, time, 0n];
    } else {
      const now = over(peak - value, peak);
      if (now > depth) depth = now;
    }
  }
  return depth > 0n ? { closed, open: { depth, start, end: last } } : { closed };
}

/** The engine's mean of lengths: updated one by one, in whole milliseconds. */
function meanLength(all: Fall[]): number {
  return all.reduce(
    (so, { start, end }, index) =>
      index === 0
        ? (end - start) * HOUR
        : so + Math.trunc(((end - start) * HOUR - so) / (index + 1)),
    0,
  );
}

function generator(riskFreeReturn = "0.0015"): SummaryGenerator {
  return new SummaryGenerator({
    instruments: [pair("btc"), pair("eth")],
    timeStart: at(0),
    riskFreeReturn,
  });
}

const INTERVALS: readonly (readonly [SummaryInterval, bigint, string])[] = [
  ["daily", 86_400n, "Daily"],
  ["annual252", 252n * 86_400n, "Annual(252)"],
  ["annual365", 365n * 86_400n, "Annual(365)"],
  [7_200_000, 7_200n, "Duration 120 (minutes)"],
];

test("SummaryGenerator agrees with the sheet in every statistic, at every interval", () => {
  using statistics = generator();
  statistics.update({ positions: EXITS });
  const returns = SHEET.map(([price, quantity, pnl]) =>
    over(fixed(pnl), times(fixed(price), fixed(quantity)))
  );
  const losing = returns.filter((value) => value < 0n);
  const excess = mean(returns) - fixed("0.0015");
  let total = 0n;
  const curve = SHEET.map(([, , pnl, , exit]) => [total += fixed(pnl), exit] as const);
  const { closed, open } = falls(curve);
  assert(open !== undefined && closed.length >= 3, "the sheet needs several drawdowns");
  const all = [...closed, open];
  const deepest = all.reduce((a, b) => b.depth > a.depth ? b : a);
  const period = 44n * 3_600n;

  for (const [interval, seconds, name] of INTERVALS) {
    const sheet = statistics.summary(interval).instruments["binancespot-btc_usdt"];
    assert(sheet !== undefined);
    const linear = over(seconds * ONE, period * ONE);
    const scale = root(linear);
    assertNear(sheet.pnl, total, "pnl");
    assertNear(sheet.pnlReturn.value, times(mean(returns), linear), "pnlReturn");
    assertNear(sheet.sharpeRatio.value, times(over(excess, deviation(returns)), scale), "sharpe");
    assertNear(sheet.sortinoRatio.value, times(over(excess, deviation(losing)), scale), "sortino");
    assertNear(sheet.calmarRatio.value, times(over(excess, deepest.depth), scale), "calmar");
    assertEquals(
      [sheet.pnlReturn, sheet.sharpeRatio, sheet.sortinoRatio, sheet.calmarRatio].map((r) =>
        r.interval
      ),
      [name, name, name, name],
    );
    assertEquals(
      [sheet.sharpeRatio, sheet.sortinoRatio, sheet.calmarRatio].map((r) => r.degenerate),
      [false, false, false],
    );
    assertNear(sheet.pnlDrawdown?.value, open.depth, "open drawdown");
    assertEquals(Date.parse(sheet.pnlDrawdown?.start ?? ""), Date.parse(at(open.start)));
    assertEquals(Date.parse(sheet.pnlDrawdown?.end ?? ""), Date.parse(at(open.end)));
    assertNear(sheet.pnlDrawdownMean?.value, mean(all.map(({ depth }) => depth)), "mean drawdown");
    assertEquals(sheet.pnlDrawdownMean?.durationMs, meanLength(all));
    assertNear(sheet.pnlDrawdownMax?.value, deepest.depth, "deepest drawdown");
    assertEquals(Date.parse(sheet.pnlDrawdownMax?.start ?? ""), Date.parse(at(deepest.start)));
    assertEquals(Date.parse(sheet.pnlDrawdownMax?.end ?? ""), Date.parse(at(deepest.end)));
    // Upstream's win rate is the share of losing positions; its profit factor is of returns.
    assertNear(sheet.winRate, over(fixed("5"), fixed("12")), "winRate");
    assertNear(sheet.profitFactor, over(size(sum(returns)), size(sum(losing))), "profitFactor");
    const { derived } = sheet;
    assertEquals([derived.trades, derived.wins, derived.losses], [12, 7, 5]);
    assertNear(derived.winShare, over(fixed("7"), fixed("12")), "winShare");
    assertEquals([derived.grossProfit, derived.grossLoss, derived.fees], ["71.6", "41.25", "4.5"]);
  }
  const { timeStart, timeEnd, instruments } = statistics.summary();
  assertEquals([Date.parse(timeStart), Date.parse(timeEnd)], [START, Date.parse(at(44))]);
  const idle = instruments["binancespot-eth_usdt"];
  assertEquals([idle?.pnl, idle?.winRate, idle?.profitFactor], ["0", null, null]);
});

test("SummaryGenerator agrees with the sheet of an asset's balances", () => {
  const totals = ["1000", "1100", "990", "1045", "1210", "1089", "1150", "1300", "1235"];
  using statistics = generator();
  const asset = statistics.table.assets.find(({ asset }) => asset === "usdt")?.index ?? -1;
  statistics.update({
    balances: totals.map((total, hour) =>
      new AssetBalance(asset, new Balance({ total, free: "1" }), at(hour))
    ),
  });
  const sheet = statistics.summary().assets["binance_spot:usdt"];
  const { closed, open } = falls(totals.map((total, hour) => [fixed(total), hour] as const));
  assert(open !== undefined);
  const all = [...closed, open];
  assertEquals(sheet?.balanceEnd, { total: "1235", free: "1" });
  assertNear(sheet?.drawdown?.value, fixed("0.05"), "open");
  assertNear(sheet?.drawdownMean?.value, mean(all.map(({ depth }) => depth)), "mean");
  assertEquals(sheet?.drawdownMean?.durationMs, meanLength(all));
  assertNear(sheet?.drawdownMax?.value, fixed("0.1"), "max");
  assertEquals(statistics.summary().assets["binance_spot:btc"]?.balanceEnd, null);
});

test("SummaryGenerator gives the same figures in one update or in many, however often asked", () => {
  using whole = generator();
  whole.update({ positions: EXITS });
  using parts = generator();
  for (const position of EXITS) {
    parts.update({ positions: [position] });
    parts.summary();
  }
  assertEquals(parts.summary("annual365"), whole.summary("annual365"));
  parts.update({ timeNow: at(100) });
  assertEquals(Date.parse(parts.summary().timeEnd), Date.parse(at(100)));
});

test("SummaryGenerator fed with a backtest's round trips agrees with its summary", async () => {
  using data = await recording();
  const { roundTrips, summary } = await backtest(data, {
    strategy: { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" },
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
    }],
  });
  assert(roundTrips.length > 1);
  using statistics = new SummaryGenerator({
    instruments: [pair("btc"), pair("eth"), pair("sol")],
    timeStart: summary.timeStart,
  });
  statistics.update({ positions: roundTrips });
  assertEquals(statistics.summary("daily").instruments, summary.instruments);
});

test("SummaryGenerator refuses what the statistics cannot bear, and takes in nothing of it", () => {
  using statistics = generator();
  statistics.update({ positions: EXITS });
  const before = statistics.summary();
  const [good] = EXITS;
  assert(good !== undefined);
  const cases: readonly (readonly [Partial<ClosedPosition>, string])[] = [
    [{ instrument: 2 }, "positions[1].instrument"],
    [{ entryPrice: "0" }, "positions[1].entryPrice"],
    [{ entryPrice: "1e20".replace("e20", "0".repeat(20)) }, "positions[1].entryPrice"],
    [{ quantity: "-1" }, "positions[1].quantity"],
    [{ quantity: "0" }, "positions[1].quantity"],
    [{ pnl: "1" + "0".repeat(16) }, "positions[1].pnl"],
    [{ entryPrice: "0.00001", quantity: "0.0001", pnl: "100" }, "positions[1].pnl"],
    [{ feesEnter: "-0.1" }, "positions[1].feesEnter"],
    [{ timeExit: at(-1) }, "positions[1].timeExit"],
    [{ timeExit: "noon" }, "positions[1].timeExit"],
  ];
  for (const [changes, field] of cases) {
    const error = assertThrows(
      () => statistics.update({ positions: [good, { ...good, ...changes }] }),
      EngineError,
      field,
    );
    assertEquals(error.code, "engine_value");
  }
  assertThrows(
    () => statistics.update({ balances: [new AssetBalance(9, new Balance({ total: 1 }), at(0))] }),
    EngineError,
    "balances[0].asset",
  );
  assertThrows(
    () => statistics.update({ positions: [{ ...good, pnl: NaN }] }),
    TypeError,
    "positions[0].pnl",
  );
  assertEquals(statistics.summary(), before);
});

test("SummaryGenerator refuses wrong settings, and closes", () => {
  assertThrows(() => generator("5000"), ConfigError, "riskFreeReturn");
  assertThrows(
    () => new SummaryGenerator({ instruments: [pair("btc")], timeStart: "never" }),
    EngineError,
    "timeStart",
  );
  const statistics = generator();
  assertThrows(() => statistics.summary(10), RangeError, "summaryInterval");
  statistics.close();
  statistics.close();
  assertThrows(() => statistics.summary(), ClosedError);
});

test("Balance is exact and refuses what cannot be", () => {
  const balance = new Balance({ total: "0.3", free: 0.1 });
  assertEquals([balance.used, new Balance({ total: 5n }).used], ["0.2", "0"]);
  assert(balance.equals(new Balance({ total: "+0.300", free: "00.10" })));
  assert(!balance.equals(new Balance({ total: "0.3", free: "0.2" })));
  assertEquals(JSON.stringify(balance), '{"total":"0.3","free":"0.1"}');
  assertThrows(() => new Balance({ total: "-1", free: "-1" }), RangeError, "total");
  assertThrows(() => new Balance({ total: "1", free: "1.1" }), RangeError, "free");
  assertThrows(() => new Balance({ total: "1e5" }), TypeError, "total");
  assertEquals(new Balance({ total: "-1", free: "2" }, { lenient: true }).used, "-3");
  const usdt = new AssetBalance(1, balance, at(0));
  assert(usdt.equals(new AssetBalance(1, new Balance(balance), at(9))));
  assertThrows(() => new AssetBalance(-1, balance, at(0)), RangeError, "asset");
  assertThrows(() => new AssetBalance(1, balance, "noon"), TypeError, "timeExchange");
});

test("unrealisedAt() follows side, quantity and the fees so far", () => {
  const long = { side: "buy", entryPrice: "100", quantity: "1", quantityMax: "2" } as const;
  assertEquals(unrealisedAt({ ...long, feesEnter: "0.4" }, "110"), "9.8");
  assertEquals(unrealisedAt({ ...long, side: "sell" }, "110"), "-10");
  assertThrows(() => unrealisedAt({ ...long, quantityMax: 0 }, 1), EngineError, "quantityMax");
  assertThrows(() => unrealisedAt(long, "1" + "0".repeat(20)), EngineError, "price");
});
