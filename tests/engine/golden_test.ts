import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import {
  backtest,
  type BacktestConfig,
  type BacktestResult,
  type StrategyConfig,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { FIXTURES, recording } from "./_setup.ts";
import { smaCross } from "./_sma_cross.ts";

interface GoldenRun {
  strategy: StrategyConfig;
  feeRate: string;
  latencyMs: number;
  cash: string;
  riskFreeReturn: string;
  expected: Record<string, unknown>;
}

/** Rounds decimal text half to even, as the golden file was rounded; its values have no ties. */
function rounded(text: string, digits: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  const scaled = BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"));
  const up = (fraction[digits] ?? "0") >= "5" ? 1n : 0n;
  const value = (scaled + up).toString().padStart(digits + 1, "0");
  const point = value.length - digits;
  return `${value.slice(0, point)}.${value.slice(point)}`.replace(/\.?0+$/, "");
}

function figures(result: BacktestResult): Record<string, unknown> {
  const sheets = Object.entries(result.summary.instruments).map(([name, sheet]) => [name, {
    pnl: sheet.pnl,
    pnlReturn: sheet.pnlReturn.value,
    sharpeRatio: sheet.sharpeRatio.value,
    sortinoRatio: sheet.sortinoRatio.value,
    calmarRatio: sheet.calmarRatio.value,
    pnlDrawdownMax: sheet.pnlDrawdownMax?.value ?? null,
    winRate: sheet.winRate,
    profitFactor: sheet.profitFactor,
  }]);
  const balances = Object.entries(result.summary.assets).map((
    [key, sheet],
  ) => [key.split(":")[1], sheet.balanceEnd?.total ?? null]);
  return {
    timeEnd: result.summary.timeEnd,
    orders: result.stats.orders,
    fills: result.fills.map(({ time, instrument, side, price, quantity, fees }) => ({
      timeNs: nanoseconds(time).toString(),
      instrument,
      side,
      price,
      quantity,
      fees,
    })),
    equityFinal: rounded(result.equity.final, 12),
    equityLowest: rounded(Math.min(...result.equity.value).toFixed(9), 6),
    instruments: Object.fromEntries(sheets),
    balances: Object.fromEntries(balances),
  };
}

function nanoseconds(time: string): bigint {
  const [seconds = "", fraction = ""] = time.slice(0, -1).split(".");
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

const golden = JSON.parse(await readFile(new URL("golden.json", FIXTURES), "utf8")) as {
  runs: GoldenRun[];
};

/** The strategy of a run, and its twin in TypeScript if there is one. */
function strategies({ strategy }: GoldenRun): [string, BacktestConfig["strategy"]][] {
  const own: [string, BacktestConfig["strategy"]] = ["", strategy];
  if (strategy.type !== "smaCross") return [own];
  const { fast, slow, quantity } = strategy;
  return [own, [" in TypeScript", smaCross(fast, slow, String(quantity))]];
}

const cases = golden.runs.flatMap((run) =>
  strategies(run).map(([where, strategy]) => ({ run, where, strategy }))
);

for (const { run, where, strategy } of cases) {
  const name = JSON.stringify(run.strategy);
  test(`backtest() equals the golden figures of ${name}${where}`, async () => {
    using data = await recording();
    const result = await backtest(data, {
      strategy,
      execution: [{
        exchange: "binance_spot",
        feeRate: run.feeRate,
        latencyMs: run.latencyMs,
        balances: { usdt: run.cash, btc: "0", eth: "0", sol: "0" },
      }],
      riskFreeReturn: run.riskFreeReturn,
    });
    assertEquals(figures(result), run.expected);
  });
}
