import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  backtest,
  type BacktestResult,
  MarketData,
  sweepRow,
  toCsv,
  toJsonLines,
  vegaLite,
  vegaLiteSweep,
} from "../../src/engine/mod.ts";
import { deepestFalls, monthlyReturns, rollingRatio } from "../../src/engine/report/_curve.ts";
import { test } from "../harness.ts";
import { btcConfig, CROSS, trades } from "./_setup.ts";

async function result(): Promise<BacktestResult> {
  using data: MarketData = await trades(100, 110, 120, 90, 80, 100, 101, 105);
  return await backtest(data, btcConfig(CROSS));
}

/** A result whose curve is known; one point per day from 2025-01-30 on. */
async function curve(...values: number[]): Promise<BacktestResult> {
  const base = await result();
  const start = BigInt(Date.UTC(2025, 0, 30)) * 1_000_000n;
  return {
    ...base,
    equity: {
      ...base.equity,
      initial: "100",
      time: BigInt64Array.from(values, (_, day) => start + BigInt(day) * 86_400_000_000_000n),
      value: Float64Array.from(values),
    },
  };
}

test("toCsv() and toJsonLines() hold the same exact records", async () => {
  const run = await result();
  for (const table of ["fills", "roundTrips", "equity"] as const) {
    const [head = "", ...rows] = toCsv(run, table).trimEnd().split("\n");
    const names = head.split(",");
    const records = toJsonLines(run, table).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      rows.map((row) => row.split(",")),
      records.map((one) => names.map((n) => `${one[n]}`)),
    );
  }
  assertEquals(toJsonLines(run, "fills").trimEnd().split("\n").map((line) => JSON.parse(line)), [
    ...run.fills,
  ]);
  assertEquals(
    toCsv(run, "equity").split("\n")[1],
    "2025-01-01T12:00:00Z,1000",
  );
  // deno-lint-ignore no-explicit-any
  assertThrows(() => toCsv(run, "orders" as any), TypeError, "table");
});

test("toCsv() quotes what would break a row", async () => {
  const run = await result();
  const [fill] = run.fills;
  assert(fill !== undefined);
  const odd = { ...run, fills: [{ ...fill, orderId: 'a,"b"\n' }] };
  assertStringIncludes(toCsv(odd, "fills"), ',"a,""b""\n",');
});

test("deepest falls, months and rolling ratio follow a curve worked out by hand", async () => {
  const run = await curve(100, 120, 90, 120, 60, 90, 130, 117);
  assertEquals(deepestFalls(run, 5), [
    { depth: 0.5, peak: 3, trough: 4, recovery: 6 },
    { depth: 0.25, peak: 1, trough: 2, recovery: 3 },
    { depth: 0.1, peak: 6, trough: 7 },
  ]);
  assertEquals(
    monthlyReturns(run).map(({ month, value }) => [month, Number(value.toFixed(9))]),
    [[0, 0.2], [1, -0.025]],
  );
  const steady = await curve(100, 110, 99, 108.9);
  const ratios = rollingRatio(steady, 3, 2).map(({ value }) => Number(value.toFixed(9)));
  // Returns +10 %, -10 %, +10 %: the mean of the last two is 0 each time.
  assertEquals(ratios, [0, 0]);
  assertEquals(rollingRatio(await curve(100), 3, 2), []);
});

test("vegaLite() specifications are valid by the Vega-Lite schema", async () => {
  const { Ajv } = await import("ajv");
  const { default: formats } = await import("ajv-formats");
  const { default: schema } = await import("vega-lite/vega-lite-schema.json", {
    with: { type: "json" },
  });
  const ajv = new Ajv({ strict: false, allErrors: false });
  // deno-lint-ignore no-explicit-any
  (formats as any)(ajv);
  ajv.addFormat("color-hex", true);
  const valid = ajv.compile(schema);
  const run = await result();
  const rows = [5, 6].flatMap((fast) => [9, 10].map((slow) => sweepRow(run, { fast, slow })));
  const specs = [
    vegaLite(run),
    vegaLite(run, "drawdown"),
    vegaLite(run, "roundTrips"),
    vegaLiteSweep(rows, "fast", "slow"),
  ];
  for (const spec of specs) {
    assert(valid(JSON.parse(JSON.stringify(spec))), JSON.stringify(valid.errors?.slice(0, 3)));
  }
  assert(!valid({ ...specs[0], mark: "scribble" }));
  // deno-lint-ignore no-explicit-any
  assertThrows(() => vegaLite(run, "pie" as any), TypeError, "chart");
});

test("results show themselves in Jupyter, and nowhere else", async () => {
  const run = await result();
  const display = Symbol.for("Jupyter.display");
  const shown = (run as unknown as Record<symbol, () => Record<string, unknown>>)[display]?.();
  assert(shown !== undefined);
  assertStringIncludes(`${shown["text/plain"]}`, "1000 → ");
  assertStringIncludes(`${shown["text/html"]}`, "<iframe sandbox=");
  assertStringIncludes(`${shown["text/html"]}`, "&lt;svg");
  assertEquals(shown["application/vnd.vegalite.v6+json"], vegaLite(run));
  assertEquals(Object.getOwnPropertySymbols({ ...run }), []);
});
