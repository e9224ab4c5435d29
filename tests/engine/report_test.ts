import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { escape, html } from "../../src/engine/report/_html.ts";
import { sampleM4 } from "../../src/engine/report/_sample.ts";
import { timeTicks, valueScale } from "../../src/engine/report/_scale.ts";
import { type SweepRow, sweepRow } from "../../src/engine/report/sweep_row.ts";
import { renderTearSheet } from "../../src/engine/report/tear_sheet.ts";
import type { BacktestResult, RoundTrip, TearSheet } from "../../src/engine/types.ts";
import { test } from "../harness.ts";

const START = Date.parse("2025-03-25T23:07:00Z");
const LARGEST = "79228162514264337593543950335";

function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

function trip(seconds: number, pnl: string, instrument = 0): RoundTrip {
  return {
    instrument,
    side: "buy",
    timeEnter: at(seconds),
    timeExit: at(seconds + 2),
    entryPrice: "100",
    exitPrice: "101",
    quantity: "1",
    pnl,
    return: "0.01",
    feesEnter: "0.1",
    feesExit: "0.1",
  };
}

function sheet(change: Partial<TearSheet> = {}): TearSheet {
  const ratio = { value: "1.5", interval: "Daily", degenerate: false };
  return {
    pnl: "1",
    pnlReturn: { value: "0.02", interval: "Daily" },
    sharpeRatio: ratio,
    sortinoRatio: ratio,
    calmarRatio: ratio,
    pnlDrawdown: null,
    pnlDrawdownMean: null,
    pnlDrawdownMax: null,
    winRate: "0.3333333333333333333333333333",
    profitFactor: "2",
    derived: {
      trades: 3,
      wins: 2,
      losses: 1,
      winShare: "0.6666666666666666666666666667",
      grossProfit: "2",
      grossLoss: "1",
      fees: "0.6",
    },
    ...change,
  };
}

/** A run of 60 seconds with `points` equity points. */
function run(points = 200, change: Partial<BacktestResult> = {}): BacktestResult {
  const roundTrips = [trip(5, "2"), trip(20, "-1"), trip(40, "0.5")];
  const step = 60e9 / Math.max(1, points - 1);
  return {
    id: "sma 20 100",
    riskFreeReturn: "0",
    summary: {
      timeStart: at(0),
      timeEnd: at(60),
      instruments: { "binancespot-btc_usdt": sheet() },
      assets: {},
    },
    equity: {
      quote: "usdt",
      initial: "10000",
      final: "10012.5",
      totalReturn: 0.00125,
      maxDrawdown: 0.0007,
      time: BigInt64Array.from(
        { length: points },
        (_, i) => BigInt(START) * 1_000_000n + BigInt(Math.floor(i * step)),
      ),
      value: Float64Array.from({ length: points }, (_, i) => 10000 + 10 * Math.sin(i / 9) + i % 7),
    },
    fills: [],
    roundTrips,
    openPositions: [],
    stats: {
      events: 50_000,
      orders: 6,
      fills: 6,
      rejected: 0,
      refused: 0,
      firstRejection: null,
      durationMs: 12.5,
    },
    ...change,
  };
}

test("renderTearSheet() makes one document that loads nothing", () => {
  const page = renderTearSheet(run());
  assert(page.startsWith("<!doctype html>"));
  assertEquals(/\b(src|srcset|href)\s*=\s*"(?!#)/.exec(page), null);
  assertEquals(/url\(|@import|https?:/.exec(page), null);
  assertStringIncludes(page, "default-src 'none'");
});

test("renderTearSheet() stays below 1 MB with 50,000 points and 20,000 round trips", () => {
  const roundTrips = Array.from(
    { length: 20_000 },
    (_, i) => trip(i % 58, `${(i % 13) - 6}.123456`),
  );
  const page = renderTearSheet(run(50_000, { roundTrips }));
  assert(new TextEncoder().encode(page).length < 1_000_000);
});

test("renderTearSheet() writes the same page for the same result", () => {
  assertEquals(renderTearSheet(run()), renderTearSheet(run()));
});

test("renderTearSheet() escapes every text from outside", () => {
  const evil = `"><img src=x onerror=alert(1)>'&`;
  const result = run(10, {
    id: evil,
    stats: { ...run().stats, firstRejection: evil },
    roundTrips: [trip(1, evil)],
    summary: {
      ...run().summary,
      instruments: { [evil]: sheet({ pnl: evil, profitFactor: evil }) },
      assets: {
        [evil]: { balanceEnd: null, drawdown: null, drawdownMean: null, drawdownMax: null },
      },
    },
    equity: { ...run(10).equity, quote: evil },
  });
  const sweep: SweepRow[] = [{
    ...sweepRow(result, { [evil]: evil, other: 1 }),
    agent: evil,
  }, { ...sweepRow(run(), { [evil]: 2, other: 2 }) }];
  const page = renderTearSheet(result, { description: evil, notes: [evil], sweep });
  assertEquals(page.includes("<img"), false);
  assertStringIncludes(page, "&lt;img src=x onerror=alert(1)&gt;");
});

test("renderTearSheet() names the upstream win rate the share of losses", () => {
  const page = renderTearSheet(run());
  const row = /Share of losses[^]*?<\/tr>/.exec(page)?.[0] ?? "";
  assertStringIncludes(row, "33.3%");
  assertStringIncludes(/Share of gains[^]*?<\/tr>/.exec(page)?.[0] ?? "", "66.7%");
});

test("renderTearSheet() shows a degenerate ratio as n/a with its reason", () => {
  const sharpeRatio = { value: LARGEST, interval: "Daily", degenerate: true };
  const result = run();
  const page = renderTearSheet({
    ...result,
    summary: { ...result.summary, instruments: { a: sheet({ sharpeRatio }) } },
  });
  assertStringIncludes(/>Sharpe<[^]*?<\/tr>/.exec(page)?.[0] ?? "", "n/a");
  assertStringIncludes(page, "standard deviation is zero");
  assertEquals(page.includes(LARGEST), false);
});

test("renderTearSheet() says that ratios of a short run are scaled up", () => {
  assertStringIncludes(renderTearSheet(run()), "they predict nothing");
});

test("renderTearSheet() describes every chart in words", () => {
  const page = renderTearSheet(run());
  const charts = page.match(/<svg /g)?.length ?? 0;
  assertEquals(charts, 6);
  assertEquals(page.match(/<title id="/g)?.length, charts);
  assertEquals(page.match(/<desc id="/g)?.length, charts);
  assertStringIncludes(page, "From 10,000.00 to 10,012.50 usdt");
  assertStringIncludes(page, "The curve as a table");
});

test("renderTearSheet() has no id twice and no reference to a missing one", () => {
  const sweep = [sweepRow(run(), { fast: 1, slow: 2 }), sweepRow(run(), { fast: 2, slow: 3 })];
  const page = renderTearSheet(run(), { sweep });
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? "");
  assertEquals(ids.length, new Set(ids).size);
  for (
    const [, list = ""] of page.matchAll(/(?:aria-labelledby|aria-describedby|href)="#?([^"]+)"/g)
  ) {
    assert(ids.includes(list), `no element with id "${list}"`);
  }
});

test("renderTearSheet() renders a run without points, trades and instruments", () => {
  const empty = run(0, { roundTrips: [] });
  const page = renderTearSheet({ ...empty, summary: { ...empty.summary, instruments: {} } });
  assertStringIncludes(page, "no curve to draw");
  assertStringIncludes(page, "No position was closed");
  assertEquals(/NaN|Infinity|undefined/.exec(page.replace(/<script>[^]*/, "")), null);
});

test("renderTearSheet() renders a single point", () => {
  const page = renderTearSheet(run(1, { roundTrips: [] }));
  assertEquals(/NaN|Infinity|undefined/.exec(page.replace(/<script>[^]*/, "")), null);
});

test("renderTearSheet() lists at most maxTrades round trips and says so", () => {
  const page = renderTearSheet(run(), { maxTrades: 2 });
  assertStringIncludes(page, "3 round trips (the first 2 are listed)");
  assertEquals(page.match(/<td class="text">long<\/td>/g)?.length, 2);
});

test("renderTearSheet() throws a RangeError for a negative maxTrades", () => {
  assertThrows(() => renderTearSheet(run(), { maxTrades: -1 }), RangeError, "maxTrades");
});

test("renderTearSheet() ranks a sweep by result and marks the shown run", () => {
  const base = sweepRow(run(), { fast: 1, slow: 2 });
  const sweep: SweepRow[] = [
    { ...base, id: "worse", parameters: { fast: 1, slow: 3 }, profit: -500 },
    base,
  ];
  const page = renderTearSheet(run(), { sweep });
  const rows = [
    ...page.matchAll(
      /<tr class="(best)?">\s*<th scope="row">(\d+)<\/th>\s*<td>(\d)</g,
    ),
  ];
  assertEquals(rows.map(([, best, rank, slow]) => [best === "best", rank, slow]), [
    [true, "1", "2"],
    [false, "2", "3"],
  ]);
});

test("renderTearSheet() names instruments from the engine's table", () => {
  const instruments = [{
    index: 0,
    exchange: "binance_spot",
    name: "binancespot-btc_usdt",
    nameExchange: "BTCUSDT",
    base: "xbt",
    quote: "usd",
    kind: { type: "spot" as const },
  }];
  assertStringIncludes(renderTearSheet(run(), { instruments }), "XBT/USD");
});

test("renderTearSheet() stays below 1 MB with a sweep of 10,000 runs, and lists the shown one", () => {
  const base = sweepRow(run(), {});
  const sweepOf = (width: number): SweepRow[] =>
    Array.from({ length: width * width }, (_, position) => ({
      ...base,
      id: position === width * width - 1 ? run().id : `${position}`,
      parameters: { fast: position % width, slow: Math.floor(position / width) },
      profit: -position,
    }));
  const page = renderTearSheet(run(), { sweep: sweepOf(100) });
  assert(page.length < 1_000_000, `${page.length}`);
  assertStringIncludes(page, "A map of 100 by 100 values could not be read.");
  assertStringIncludes(page, "9799 more runs are not listed.");
  assertStringIncludes(page, '<tr class="best"><th scope="row">10000</th>');
  const smaller = renderTearSheet(run(), { sweep: sweepOf(50) });
  assert(smaller.length < 1_000_000, `${smaller.length}`);
  const cells = (html: string) => [...html.matchAll(/--s:\d+%/g)].length;
  assertEquals(cells(smaller) - cells(renderTearSheet(run())), 2500);
});

test("sweepRow() counts the trades of all instruments", () => {
  const result = run();
  const summary = { ...result.summary, instruments: { a: sheet(), b: sheet() } };
  const row = sweepRow({ ...result, summary }, { fast: 20 });
  assertEquals([row.trades, row.wins, row.profit], [6, 4, 12.5]);
});

test("sampleM4() keeps ends and extremes of every column", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
    minLength: 1,
    maxLength: 400,
  });
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 50 }), (y, columns) => {
    const x = y.map((_, i) => i / y.length);
    const picked = sampleM4(x, y, columns);
    assert(picked.length <= columns * 4);
    assertEquals(picked, [...new Set(picked)].sort((a, b) => a - b));
    for (let column = 0; column < columns; column++) {
      const inside = (index: number) => Math.floor((x[index] ?? 0) * columns) === column;
      const all = y.map((_, i) => i).filter(inside), kept = picked.filter(inside);
      const range = (some: number[]) => {
        const own = some.map((i) => y[i] ?? 0);
        return [some[0], some.at(-1), Math.min(...own), Math.max(...own)];
      };
      assertEquals(range(kept), range(all));
    }
  }));
});

test("sampleM4() leaves out values that are not finite", () => {
  assertEquals(sampleM4([0, 0.2, 0.4, 0.6], [NaN, 1, Infinity, 2], 10), [1, 3]);
});

test("valueScale() puts a handful of rising ticks inside its range", () => {
  const number = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
  fc.assert(fc.property(number, number, fc.integer({ min: 2, max: 10 }), (a, b, count) => {
    const { low, high, ticks } = valueScale(Math.min(a, b), Math.max(a, b), count);
    assert(low < high);
    assert(ticks.length <= count * 2 + 1);
    for (const { at } of ticks) assert(at >= -1e-6 && at <= 1 + 1e-6);
  }));
});

test("valueScale() ends for ranges that vanish beside their values", () => {
  for (const [low, high] of [[1e9, 1e9 + 1e-7], [0, 5e-324], [-1e9, -1e9], [1e300, 1e300]]) {
    assert(valueScale(low ?? 0, high ?? 0, 5).ticks.length <= 11);
  }
});

test("timeTicks() labels whole minutes of a run of three", () => {
  const labels = timeTicks(START, START + 184_000, 4).map((tick) => tick.label);
  assertEquals(labels, ["23:07", "23:08", "23:09", "23:10"]);
});

test("html escapes text and keeps markup", () => {
  assertEquals(
    html`<b title="${'"'}">${"<"}${html`<i></i>`}${null}${false}${[1, "&"]}</b>`.text,
    `<b title="&quot;">&lt;<i></i>1&amp;</b>`,
  );
  assertEquals(escape(`<>&"'`), "&lt;&gt;&amp;&quot;&#39;");
});

test("renderTearSheet() shows realised and open results that add up to the profit", () => {
  const openPositions = [{
    instrument: 0,
    side: "buy" as const,
    quantity: "1",
    entryPrice: "100",
    markPrice: "112",
    pnlRealised: "-0.5",
    pnlUnrealised: "12",
    timeEnter: at(50),
  }];
  const page = renderTearSheet(run(100, { openPositions })); // realised 1, profit 12.5
  assertStringIncludes(/Open positions at market[^]*?<\/tr>/.exec(page)?.[0] ?? "", "+11.50");
  assertStringIncludes(/Realised, after fees[^]*?<\/tr>/.exec(page)?.[0] ?? "", "+1.00");
  assertStringIncludes(page, "+12.50");
});
