import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { CancelledError, ClosedError, ConfigError, EngineError } from "../../src/errors.ts";
import {
  backtest,
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestResult,
  type MarketData,
  runBacktests,
  type Strategy,
  type StrategyConfig,
  type SweepProgress,
} from "../../src/engine/mod.ts";
import { test, turn } from "../harness.ts";
import { longRecording, recording } from "./_setup.ts";
import { smaCross } from "./_sma_cross.ts";

function constant(data: MarketData): BacktestArgsConstant {
  return new BacktestArgsConstant({
    data,
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      latencyMs: 20,
      balances: { usdt: "100000", btc: 0, eth: 0n, sol: "0" },
    }],
    equity: { maxPoints: 50 },
  });
}

function crossover(slow: number, fast = 2): BacktestArgsDynamic {
  const strategy: StrategyConfig = { type: "smaCross", fast, slow, quantity: "0.01" };
  return new BacktestArgsDynamic({ id: `${fast}/${slow}`, strategy });
}

function hosted(id: string, strategy: Strategy): BacktestArgsDynamic {
  return new BacktestArgsDynamic({ id, strategy });
}

const SLOWS = [3, 5, 8, 13, 21, 34, 55, 89, 4, 6, 7, 9];

/** All of a result as one text, without the one figure that depends on the machine. */
function bytes(result: BacktestResult): string {
  return JSON.stringify(
    { ...result, stats: { ...result.stats, durationMs: 0 } },
    (_, value) =>
      typeof value === "bigint"
        ? `${value}n`
        : ArrayBuffer.isView(value)
        ? [...columnOf(value)]
        : value,
  );
}

function columnOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("runBacktests() yields what backtest() returns, in order, at any concurrency", async () => {
  using data = await recording();
  const shared = constant(data);
  const runs = SLOWS.map((slow) => crossover(slow));
  const alone: string[] = [];
  for (const run of runs) alone.push(bytes(await backtest(data, shared.with(run))));
  assertEquals(new Set(alone).size, runs.length);
  for (const concurrency of [1, 2, 7, undefined]) {
    const options = concurrency === undefined ? {} : { concurrency };
    const swept = await collect(runBacktests(shared, runs, options));
    assertEquals(swept.map(bytes), alone);
  }
});

test("runBacktests() with settle keeps a bad parameter set from hurting the others", async () => {
  using data = await recording();
  const storm = new BacktestArgsConstant({
    data,
    execution: [{
      exchange: "binance_spot",
      balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
    }],
    maxOrdersPerEvent: 2,
  });
  const runs = [
    crossover(5),
    crossover(2, 2),
    new BacktestArgsDynamic({ id: "storm", strategy: { type: "buyAndHold", quantity: "1000" } }),
    new BacktestArgsDynamic({ id: "noop", strategy: { type: "noop" } }),
  ];
  const ends = await collect(runBacktests(storm, runs, { settle: true, concurrency: 2 }));
  assertEquals(
    ends.map((end) => end.status === "fulfilled" ? end.value.id : end.reason.code),
    ["2/5", "config_strategy", "engine_order_storm", "noop"],
  );
  const [good, bad] = ends;
  assert(good?.status === "fulfilled" && bad?.status === "rejected");
  assertEquals(bytes(good.value), bytes(await backtest(data, storm.with(crossover(5)))));
  assert(bad.reason instanceof ConfigError);
  assertEquals([bad.reason.data.field, bad.reason.data.id], ["strategy", "2/2"]);
});

test("runBacktests() without settle throws when the turn of a failed run comes", async () => {
  using data = await recording();
  const runs = [crossover(3), crossover(5), crossover(1, 1), crossover(8)];
  const seen: string[] = [];
  const error = await assertRejects(
    async () => {
      for await (const { id } of runBacktests(constant(data), runs)) seen.push(id);
    },
    ConfigError,
    'Cannot run backtest "1/1"',
  );
  assertEquals(error.data.id, "1/1");
  assertEquals(seen, ["2/3", "2/5"]);
});

test("runBacktests() reports every end, and in between", async () => {
  using data = await longRecording();
  const reports: SweepProgress[] = [];
  const runs = SLOWS.slice(0, 4).map((slow) => crossover(slow));
  const onProgress = (progress: SweepProgress) => void reports.push(progress);
  await collect(runBacktests(constant(data), runs, { onProgress, concurrency: 2 }));
  assertEquals(reports.filter(({ id }) => id !== undefined).length, runs.length);
  assertEquals(
    reports.filter(({ id }) => id !== undefined).map(({ done }) => done),
    [1, 2, 3, 4],
  );
  assertEquals(reports.at(-1)?.events, 4 * data.stats.events);
  assert(reports.every(({ events }, at) => at === 0 || events >= (reports[at - 1]?.events ?? 0)));
});

test("runBacktests() stops with what onProgress throws", async () => {
  using data = await longRecording();
  const reason = new Error("no more");
  const onProgress = () => {
    throw reason;
  };
  const runs = SLOWS.map((slow) => crossover(slow));
  const error = await collect(runBacktests(constant(data), runs, { onProgress })).catch((e) => e);
  assertEquals(error, reason);
});

test("runBacktests() stops with the signal's reason as cause", async () => {
  using data = await longRecording();
  const runs = SLOWS.map((slow) => crossover(slow));
  const reason = new Error("enough");
  const early = await assertRejects(
    () => collect(runBacktests(constant(data), runs, { signal: AbortSignal.abort(reason) })),
    CancelledError,
  );
  assertEquals(early.cause, reason);
  const abort = new AbortController();
  let seen = 0;
  const late = await assertRejects(async () => {
    for await (const _ of runBacktests(constant(data), runs, { signal: abort.signal })) {
      if (++seen === 2) abort.abort(reason);
    }
  }, CancelledError);
  assertEquals([late.cause, seen], [reason, 2]);
});

test("runBacktests() leaves nothing running when the loop is left", async () => {
  using data = await longRecording();
  const runs = SLOWS.map((slow) => crossover(slow));
  for await (const { id } of runBacktests(constant(data), runs)) {
    assertEquals(id, "2/3");
    break;
  }
  // The sanitizers watch the rest: no timer, no pending call.
  assertEquals((await backtest(data, constant(data).with(crossover(3)))).stats.events, 120_000);
});

test("runBacktests() waits for a reader that is busy and loses nothing", async () => {
  using data = await recording();
  const runs = Array.from({ length: 60 }, (_, slow) => crossover(slow + 3));
  const seen: string[] = [];
  for await (const { id } of runBacktests(constant(data), runs, { concurrency: 3 })) {
    seen.push(id);
    if (seen.length % 10 === 0) await turn();
  }
  assertEquals(seen, runs.map(({ id }) => id));
});

test("runBacktests() does not read far ahead of a reader that is busy", async () => {
  using data = await recording();
  const runs = Array.from({ length: 120 }, (_, slow) => crossover(slow + 3));
  let done = 0, read = 0, most = 0;
  const onProgress = (progress: SweepProgress) => void (done = progress.done);
  for await (const _ of runBacktests(constant(data), runs, { concurrency: 1, onProgress })) {
    read++;
    // Long enough for the sweep to run far ahead if nobody stopped it.
    if (read === 1) await new Promise((resolve) => setTimeout(resolve, 500));
    most = Math.max(most, done - read);
  }
  assertEquals(done, runs.length);
  assert(most <= 16, `${most}`);
});

test("runBacktests() runs strategies in TypeScript among the others", async () => {
  using data = await recording();
  const shared = constant(data);
  const failing: Strategy = {
    id: "fails",
    onMarket(ctx) {
      if (ctx.events === 100) throw new Error("no idea");
    },
  };
  const runs = [
    crossover(3),
    hosted("2/5", smaCross(2, 5, "0.01")),
    hosted("failing", failing),
    ...SLOWS.slice(3).map((slow) => crossover(slow)),
    hosted("2/8", smaCross(2, 8, "0.01")),
  ];
  const reports: SweepProgress[] = [];
  const ends = await collect(runBacktests(shared, runs, {
    settle: true,
    concurrency: 2,
    onProgress: (progress) => void reports.push(progress),
  }));
  assertEquals(ends.map(({ id }) => id), runs.map(({ id }) => id));
  for (const [position, end] of ends.entries()) {
    if (end.status === "rejected") {
      assertEquals([end.id, end.reason.code], ["failing", "engine_strategy"]);
      assertEquals([end.reason.data.id, end.reason.data.hook], ["failing", "onMarket"]);
      assert(end.reason instanceof EngineError && end.reason.cause instanceof Error);
      assertEquals(end.reason.cause.message, "no idea");
      continue;
    }
    const slow = Number(end.id.split("/")[1]);
    const alone = await backtest(data, shared.with(crossover(slow)));
    assertEquals(bytes(end.value), bytes(alone), `${position}`);
  }
  const ended = reports.filter(({ id }) => id !== undefined);
  assertEquals(ended.map(({ done }) => done), runs.map((_, position) => position + 1));
  assertEquals(ended.at(-1)?.failed, 1);
  assert(reports.every(({ events }, at) => at === 0 || events >= (reports[at - 1]?.events ?? 0)));
});

test("runBacktests() of nothing but strategies in TypeScript, one object for all of them", async () => {
  using data = await recording();
  let events = 0;
  const strategy: Strategy = { id: "counts", onMarket: () => void events++ };
  const runs = ["a", "b", "c"].map((id) => hosted(id, strategy));
  const reports: SweepProgress[] = [];
  const onProgress = (progress: SweepProgress) => void reports.push(progress);
  const results = await collect(runBacktests(constant(data), runs, { onProgress }));
  assertEquals(results.map(({ id }) => id), ["a", "b", "c"]);
  const { items } = data.stats;
  assertEquals(events, 3 * items);
  assertEquals(reports.at(-1)?.events, 3 * data.stats.events);
});

test("runBacktests() stops a strategy in TypeScript", async () => {
  using data = await longRecording();
  const reason = new Error("enough");
  const abort = new AbortController();
  let seen = 0;
  const strategy: Strategy = {
    id: "aborts",
    onMarket() {
      if (++seen === 1000) abort.abort(reason);
    },
  };
  const runs = [hosted("aborts", strategy), crossover(3)];
  const aborted = await assertRejects(
    () => collect(runBacktests(constant(data), runs, { signal: abort.signal, settle: true })),
    CancelledError,
  );
  assertEquals([aborted.cause, seen], [reason, 1000]);
  const onProgress = () => {
    throw reason;
  };
  const thrown = await collect(runBacktests(constant(data), runs, { onProgress })).catch((e) => e);
  assertEquals(thrown, reason);
});

test("runBacktests() puts limits on the orders of every run", async () => {
  using data = await recording();
  const shared = new BacktestArgsConstant({
    data,
    execution: [{
      exchange: "binance_spot",
      balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
    }],
    risk: { type: "limits", maxNotionalPerOrder: "100" },
  });
  const runs = [crossover(5), hosted("hosted", smaCross(2, 5, "0.01"))];
  for (const { id, stats } of await collect(runBacktests(shared, runs))) {
    assert(stats.refused > 0 && stats.fills > 0, `${id}: ${stats.refused}, ${stats.fills}`);
  }
});

test("sweeps that end, fail or are left leave no native object behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  using data = await recording();
  const shared = constant(data);
  const before = objects();
  for (let round = 0; round < 50; round++) {
    const strategy: Strategy = { id: "quiet", onBatch() {} };
    const runs = [crossover(3), hosted("quiet", strategy), crossover(1, 1), crossover(5)];
    await collect(runBacktests(shared, runs, { settle: true }));
    await assertRejects(() => collect(runBacktests(shared, runs)), ConfigError);
    for await (const _ of runBacktests(shared, runs)) break;
    using own = await recording();
    assertEquals(own.stats, data.stats);
  }
  // Fewer, when something of an earlier test is collected meanwhile.
  assert(objects() <= before, `${objects()} instead of ${before}`);
});

test("runBacktests() goes on when the data is closed, and refuses closed data", async () => {
  const data = await recording();
  const shared = constant(data);
  const seen: string[] = [];
  for await (const { id } of runBacktests(shared, [crossover(3), crossover(5)])) {
    data.close();
    seen.push(id);
  }
  assertEquals(seen, ["2/3", "2/5"]);
  await assertRejects(() => collect(runBacktests(shared, [crossover(3)])), ClosedError);
});

test("runBacktests() of nothing yields nothing", async () => {
  using data = await recording();
  assertEquals(await collect(runBacktests(constant(data), [])), []);
});

test("runBacktests() refuses wrong arguments", async () => {
  using data = await recording();
  const shared = constant(data);
  // deno-lint-ignore no-explicit-any
  const untyped = (value: unknown): any => value;
  const cases: ReadonlyArray<readonly [() => AsyncIterable<unknown>, string]> = [
    [() => runBacktests(untyped({}), []), "constant must be a BacktestArgsConstant"],
    [() => runBacktests(shared, untyped([{ id: "a" }])), "dynamics[0] must be a"],
    [() => runBacktests(shared, [crossover(3), crossover(3)]), 'dynamics[1] must be unique: "2/3"'],
  ];
  for (const [run, message] of cases) {
    await assertRejects(() => collect(run()), TypeError, message);
  }
  for (const concurrency of [0, -1, 1.5, NaN, 2000]) {
    await assertRejects(
      () => collect(runBacktests(shared, [crossover(3)], { concurrency })),
      RangeError,
      "concurrency",
    );
  }
});

test("BacktestArgs check themselves and do not change afterwards", async () => {
  using data = await recording();
  // deno-lint-ignore no-explicit-any
  const untyped = (value: unknown): any => value;
  const strategy: StrategyConfig = { type: "noop" };
  assertThrows(() => new BacktestArgsConstant(untyped({ execution: [] })), TypeError, "data");
  assertThrows(() => new BacktestArgsConstant(untyped({ data })), TypeError, "execution");
  assertThrows(
    () => new BacktestArgsConstant({ data, execution: [], summaryInterval: 10 }),
    RangeError,
    "summaryInterval",
  );
  assertThrows(
    () => new BacktestArgsConstant(untyped({ data, execution: [], risk: { check: 1 } })),
    TypeError,
    "risk.check must be a function",
  );
  assertThrows(() => new BacktestArgsDynamic(untyped({ strategy })), TypeError, "id");
  assertThrows(() => new BacktestArgsDynamic(untyped({ id: "a" })), TypeError, "strategy");
  for (const id of ["", "x".repeat(129)]) {
    assertThrows(() => new BacktestArgsDynamic({ id, strategy }), RangeError, "1 to 128");
  }
  assertThrows(
    () => new BacktestArgsDynamic({ id: "a", strategy, riskFreeReturn: "5 %" }),
    TypeError,
    "riskFreeReturn",
  );
  const balances = { usdt: "1000", btc: "0", eth: "0", sol: "0" };
  const risk = { type: "limits", maxOpenOrders: 5 } as const;
  const shared = new BacktestArgsConstant({
    data,
    execution: [{ exchange: "binance_spot", balances }],
    risk,
  });
  balances.usdt = "1";
  Object.assign(risk, { maxOpenOrders: 1 });
  assertEquals(shared.with(crossover(3)).risk, { type: "limits", maxOpenOrders: 5 });
  assertEquals(shared.with(crossover(3)).execution[0]?.balances.usdt, "1000");
});
