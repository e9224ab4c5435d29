import { assert, assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { marketDataPath } from "../../examples/_data.ts";
import { backtest, type BacktestConfig, MarketData } from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { fixed, type ModelConfig, nanoseconds, readRecording, replay } from "./_model.ts";
import { pair } from "./_setup.ts";

/**
 * Prices that are weighted means have no end; the engine rounds them to 28 digits, which are at least
 * 22 places here. Fees and results are a few such roundings times quantities up to 1.
 */
const ROUNDING = fixed("1e-20");
/** A run has at most some thousand fills, whose roundings may add up. */
const ROUNDING_OF_A_RUN = fixed("1e-16");

function assertNear(actual: string, expected: bigint, bound: bigint, what: string): void {
  const difference = fixed(actual) - expected;
  assert(difference <= bound && -difference <= bound, `${what}: ${actual}, off by ${difference}`);
}

const cross = (fast: number, slow: number) => ({ type: "smaCross", fast, slow } as const);
const base = { instruments: 3, quantity: "0.05", feeRate: "0.001", latencyMs: 50, cash: "100000" };
const runs: readonly (ModelConfig & { readonly least: number; readonly rejects?: boolean })[] = [
  { ...base, strategy: { type: "buyAndHold" }, least: 3 },
  { ...base, strategy: { type: "buyAndHold" }, latencyMs: 999, quantity: "1", least: 3 },
  { ...base, strategy: { type: "buyAndHold" }, cash: "4000", least: 2, rejects: true },
  { ...base, strategy: cross(20, 100), least: 40 },
  { ...base, strategy: cross(20, 100), feeRate: "0", latencyMs: 0, least: 40 },
  { ...base, strategy: cross(5, 20), latencyMs: 37, quantity: "0.0123", least: 150 },
  {
    ...base,
    strategy: cross(1, 2),
    latencyMs: 500,
    feeRate: "0.0000125",
    least: 150,
    rejects: true,
  },
  { ...base, strategy: cross(50, 400), latencyMs: 250, least: 10 },
  { ...base, strategy: cross(3, 30), cash: "9000", least: 2, rejects: true },
];

const text = await readFile(marketDataPath(), "utf8");
const recording = readRecording(text);

for (const { least, rejects = false, ...config } of runs) {
  const { strategy, quantity, feeRate, latencyMs, cash } = config;
  const name = JSON.stringify({ ...strategy, quantity, feeRate, latencyMs, cash });
  test(`backtest() agrees with an independent model on ${name}`, async () => {
    const expected = replay(recording, config);
    using data = await MarketData.parse(text, {
      instruments: [pair("btc"), pair("eth"), pair("sol")],
    });
    const settings: BacktestConfig = {
      strategy: { ...strategy, quantity },
      execution: [{
        exchange: "binance_spot",
        feeRate,
        latencyMs,
        balances: { usdt: cash, btc: "0", eth: "0", sol: "0" },
      }],
    };
    const result = await backtest(data, settings);
    const { stats, fills, roundTrips } = result;

    assert(expected.fills.length >= least, `${expected.fills.length} fills`);
    assertEquals(expected.rejected > 0, rejects);
    assertEquals(
      [stats.events, stats.orders, stats.rejected, stats.fills, roundTrips.length],
      [
        recording.length,
        expected.orders,
        expected.rejected,
        expected.fills.length,
        expected.trips.length,
      ],
    );
    // When, what and which way is exact.
    assertEquals(
      fills.map((fill) => [nanoseconds(fill.time), fill.instrument, fill.side]),
      expected.fills.map((fill) => [fill.time, fill.instrument, fill.side]),
    );
    for (const [at, fill] of expected.fills.entries()) {
      const own = fills[at];
      assert(own !== undefined);
      assertEquals(fixed(own.quantity), fill.quantity);
      assertNear(own.price, fill.price, ROUNDING, `price of fill ${at}`);
      assertNear(own.fees, fill.fees, ROUNDING, `fees of fill ${at}`);
    }
    for (const [at, { instrument, entry, exit, pnl }] of expected.trips.entries()) {
      const own = roundTrips[at];
      assert(own !== undefined);
      assertEquals(
        [own.instrument, nanoseconds(own.timeEnter), nanoseconds(own.timeExit), own.side],
        [instrument, entry.time, exit.time, "buy"],
      );
      assertNear(own.entryPrice, entry.price, ROUNDING, `entry of round trip ${at}`);
      assertNear(own.exitPrice, exit.price, ROUNDING, `exit of round trip ${at}`);
      assertNear(own.feesEnter, entry.fees, ROUNDING, `entry fees of round trip ${at}`);
      assertNear(own.feesExit, exit.fees, ROUNDING, `exit fees of round trip ${at}`);
      assertNear(own.pnl, pnl, ROUNDING, `result of round trip ${at}`);
    }
    for (const { index, name } of data.table.instruments) {
      const sheet = result.summary.instruments[name];
      const own = expected.trips.filter(({ instrument }) => instrument === index);
      const sum = own.reduce((sum, { pnl }) => sum + pnl, 0n);
      assertEquals(sheet?.derived.trades, own.length);
      assertNear(sheet?.pnl ?? "", sum, ROUNDING_OF_A_RUN, `result of ${name}`);
    }
    assertNear(result.equity.final, expected.equity, ROUNDING_OF_A_RUN, "equity");
    const { usdt } = Object.fromEntries(
      Object.entries(result.summary.assets).map((
        [key, { balanceEnd }],
      ) => [key.split(":")[1], balanceEnd?.total ?? ""]),
    );
    assertNear(usdt ?? "", expected.quoteBalance, ROUNDING_OF_A_RUN, "the mock's balance");
  });
}
