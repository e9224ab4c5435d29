/**
 * Backtests through Tendon beside a hand-written native loop over the same crates, in the same
 * process on the same data: the 50,000 trades and best quotes that ship with the barter crate.
 *
 * The native twin is a hand-written loop that asks the strategy after every event, as barter's engine
 * does, and neither validates nor encodes; it shares the strategy and nothing else. Both keep fills,
 * round trips and an equity value per event. The lines printed first compare medians of interleaved
 * runs, which a busy machine disturbs less than two benches one after the other; "inside" is
 * Tendon's own replay without the way there and back.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { marketDataPath } from "../examples/_data.ts";
import { call } from "../ffi/call.ts";
import { backtestRequest } from "../src/engine/_request.ts";
import { sharedHandle } from "../src/_native_handle.ts";
import {
  backtest,
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestConfig,
  type InstrumentConfig,
  MarketData,
  runBacktests,
  type StrategyConfig,
} from "../src/engine/mod.ts";
import { smaCross } from "../tests/engine/_sma_cross.ts";

const action = "bench";
const RUNS = 10;
const ROUNDS = 60;
const SWEEP = 100;
const SWEEP_ROUNDS = 7;

const instruments = ["btc", "eth", "sol"].map((base): InstrumentConfig => ({
  exchange: "binance_spot",
  nameExchange: `${base.toUpperCase()}USDT`,
  underlying: { base, quote: "usdt" },
}));
const bytes = await readFile(marketDataPath());
const data = await MarketData.parse(bytes, { instruments });
const handle = sharedHandle(data, action);
const events = data.stats.events;

function config(strategy: StrategyConfig): BacktestConfig {
  return {
    strategy,
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0001",
      latencyMs: 100,
      balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
    }],
  };
}

const cross = config({ type: "smaCross", fast: 20, slow: 100, quantity: "0.01" });
const noop = config({ type: "noop" });

function nativeReplay(
  config: BacktestConfig,
  runs: number,
): Promise<{ fills: number; durationMs: number }> {
  const run = backtestRequest(handle, null, config);
  return call("diagnostics.nativeReplay", { run, runs }, { action });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Prints the speed of Tendon as a multiple of the native loop's. */
async function compare(name: string, config: BacktestConfig): Promise<void> {
  const rounds: { native: number; inside: number; tendon: number }[] = [];
  for (let round = -5; round < ROUNDS; round++) {
    const { durationMs: native } = await nativeReplay(config, 1);
    const started = performance.now();
    const { stats } = await backtest(data, config);
    const tendon = performance.now() - started;
    if (round >= 0) rounds.push({ native, inside: stats.durationMs, tendon });
  }
  const native = median(rounds.map((round) => round.native));
  const inside = median(rounds.map((round) => round.inside));
  const tendon = median(rounds.map((round) => round.tendon));
  console.log(
    `replay ${name}: Tendon ${tendon.toFixed(2)} ms (inside ${inside.toFixed(2)} ms), ` +
      `native loop ${native.toFixed(2)} ms: ${(native / tendon).toFixed(2)} × native, ` +
      `${(events / tendon / 1e3).toFixed(1)} M events/s`,
  );
}

assertEquals(
  (await backtest(data, cross)).fills.length,
  (await nativeReplay(cross, 1)).fills,
);
await compare("smaCross 20/100", cross);
await compare("noop", noop);

for (const [name, settings] of [["smaCross 20/100", cross], ["noop", noop]] as const) {
  const group = `${RUNS} replays of ${events} events, ${name}`;
  Deno.bench("native Rust", { group, baseline: true }, async () => {
    await nativeReplay(settings, RUNS);
  });
  Deno.bench("Tendon", { group }, async () => {
    for (let run = 0; run < RUNS; run++) await backtest(data, settings);
  });
}

/** The same crossover in TypeScript: per event, and looking only every 256 events. */
function hostedCross(batched: boolean): BacktestConfig {
  const strategy = smaCross(20, 100, "0.01");
  if (!batched) return { ...cross, strategy };
  const { id, onMarket, onOrder } = strategy;
  return {
    ...cross,
    strategy: {
      id,
      batchEvents: 256,
      ...(onOrder === undefined ? {} : { onOrder }),
      onBatch(ctx, batch) {
        for (let at = 0; at < batch.length; at++) void onMarket?.(ctx, batch.at(at));
      },
    },
  };
}

const hostedNoop: BacktestConfig = { ...noop, strategy: { id: "noop", onMarket() {} } };
const hostedBlind: BacktestConfig = {
  ...noop,
  strategy: { id: "noop", batchEvents: 256, onBatch() {} },
};

assertEquals(
  (await backtest(data, hostedCross(false))).equity.final,
  (await backtest(data, cross)).equity.final,
);
for (
  const [name, settings] of [
    ["smaCross per event", hostedCross(false)],
    ["smaCross in batches of 256", hostedCross(true)],
    ["noop per event", hostedNoop],
    ["noop in batches of 256", hostedBlind],
  ] as const
) {
  const times: number[] = [];
  for (let round = -3; round < 15; round++) {
    const { stats } = await backtest(data, settings);
    if (round >= 0) times.push(stats.durationMs);
  }
  const took = median(times);
  console.log(
    `TypeScript ${name}: ${took.toFixed(2)} ms, ${(events / took / 1e3).toFixed(2)} M events/s`,
  );
}
Deno.bench("TypeScript, per event", {
  group: `${RUNS} replays of ${events} events, smaCross 20/100`,
}, async () => {
  for (let run = 0; run < RUNS; run++) await backtest(data, hostedCross(false));
});
Deno.bench("TypeScript, batches of 256", {
  group: `${RUNS} replays of ${events} events, smaCross 20/100`,
}, async () => {
  for (let run = 0; run < RUNS; run++) await backtest(data, hostedCross(true));
});

const cores = availableParallelism();
const shared = new BacktestArgsConstant({
  data,
  execution: cross.execution,
  equity: { maxPoints: 500 },
});
const sweep = Array.from({ length: SWEEP }, (_, position) =>
  new BacktestArgsDynamic({
    id: `${position}`,
    strategy: {
      type: "smaCross",
      fast: 5 + (position % 10),
      slow: 50 + 5 * Math.floor(position / 10),
      quantity: "0.01",
    },
  }));

async function runSweep(concurrency: number): Promise<number> {
  const started = performance.now();
  let runs = 0;
  for await (const _ of runBacktests(shared, sweep, { concurrency })) runs++;
  assertEquals(runs, SWEEP);
  return performance.now() - started;
}

/** Prints how much faster a sweep is on all cores than on one. */
async function compareSweeps(): Promise<void> {
  const one: number[] = [], all: number[] = [];
  for (let round = 0; round < SWEEP_ROUNDS; round++) {
    one.push(await runSweep(1));
    all.push(await runSweep(cores));
  }
  // The fastest rounds: a machine with other work can only make a round slower.
  const [alone, together] = [Math.min(...one), Math.min(...all)];
  console.log(
    `sweep of ${SWEEP} × ${events} events: ${together.toFixed(0)} ms on ${cores} cores, ` +
      `${alone.toFixed(0)} ms on one: ${(alone / together).toFixed(2)} ×, ` +
      `${(SWEEP / together * 1e3).toFixed(0)} backtests/s`,
  );
}
await compareSweeps();

for (const concurrency of cores === 1 ? [1] : [1, cores]) {
  Deno.bench(`Tendon, ${concurrency} at once`, {
    group: `sweep of ${SWEEP} × ${events} events`,
    baseline: concurrency === 1,
  }, async () => void await runSweep(concurrency));
}

const columns = [data.columns("trade"), data.columns("quote")];
const loads: Readonly<Record<string, () => Promise<MarketData>>> = {
  "JSON lines": () => MarketData.parse(bytes, { instruments }),
  "typed arrays": () => MarketData.fromColumns(columns, { instruments }),
};
for (const [form, load] of Object.entries(loads)) {
  const group = `${events} events from`;
  Deno.bench(form, { group, baseline: form === "JSON lines" }, async () => {
    using loaded = await load();
    assertEquals(loaded.stats.events, events);
  });
}
Deno.bench("typed arrays out", { group: `${events} events` }, () => {
  assertEquals(data.columns("trade").price.length + data.columns("quote").time.length, events);
});
