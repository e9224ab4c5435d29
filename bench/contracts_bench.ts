/**
 * The execution core in TypeScript, in Rust through the ABI, and in a native loop; and what its
 * documents cost beside other libraries.
 *
 * One run is 10,000 events around 2,000 orders: quotes, a placement each, its accept, two fills. The
 * tables printed first are medians of subjects that take turns, which a busy machine disturbs less
 * than benches one after the other; every run has a new core, and all end in the same state. "JSON
 * round trip" only reads and writes the same lines with serde, natively: what any core over JSON
 * lines pays at least.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { marketDataPath } from "../examples/_data.ts";
import { call, callSync } from "../ffi/call.ts";
import { sharedHandle } from "../src/_native_handle.ts";
import {
  BACKENDS,
  type CoreBackend,
  createCore,
  type ValidationMode,
} from "../src/contracts/mod.ts";
import { backtestRequest } from "../src/engine/_request.ts";
import { MarketData } from "../src/engine/mod.ts";
import { allocations, encodings, hashing, memory, validators } from "./_contract_documents.ts";
import { batches, CONFIG, EVENTS, linesOf } from "./_contract_run.ts";
import { medians, quantile, shown, type Subject, table, timed } from "./_figures.ts";

const action = "bench";
const inputs = new Map([1, 1000].map((size) => [size, batches(size)]));
const config = linesOf([CONFIG]);
const hashes = new Set<string>();

type Way = "stepLines" | "advance";

interface Run {
  readonly backend: CoreBackend;
  readonly validation: ValidationMode;
  readonly way: Way;
  readonly size: number;
}

/** Milliseconds for the whole run. */
function run({ backend, validation, way, size }: Run): number {
  const core = createCore(CONFIG, { backend, validation });
  const ms = timed(() => inputs.get(size)!.forEach((lines) => core[way](lines)));
  hashes.add(core.snapshot().state_hash);
  assertEquals(hashes.size, 1, "every run ends in the same state");
  core.close();
  return ms;
}

/** The lines in a native loop. */
function native(checks: "off" | "boundary") {
  const lines = inputs.get(1000)!;
  const attachment = new Uint8Array(
    config.length + lines.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of [config, ...lines]) {
    attachment.set(part, at);
    at += part.length;
  }
  return callSync("diagnostics.nativeSteps", { config: config.length, checks, runs: 1 }, {
    action,
    attachment,
  });
}

const thousands = (ms: number) => shown(EVENTS / ms, EVENTS / ms < 10 ? 1 : 0);

function speed(): void {
  const rows: string[][] = [];
  const unchecked: Record<string, Record<CoreBackend, number>> = {};
  for (const way of ["advance", "stepLines"] as const) {
    for (const validation of ["off", "boundary"] as const) {
      for (const size of [1, 1000]) {
        const of = (backend: CoreBackend) => () => run({ backend, validation, way, size });
        const subjects = { typescript: of("typescript"), rust: of("rust") };
        const ms = medians(subjects, way === "advance" ? 9 : 5);
        if (validation === "off") unchecked[way] = ms;
        const { typescript, rust } = ms;
        rows.push([
          `\`${way}\``,
          size.toLocaleString("en"),
          validation,
          thousands(typescript),
          thousands(rust),
          `${(typescript / rust).toFixed(1)} times`,
        ]);
      }
    }
  }
  const head = ["Call", "Events per call", "Validation", "TypeScript", "Rust", "Rust is"];
  table("Thousand events per second", head, rows);
  const { stepLines, advance } = unchecked;
  const record = (backend: CoreBackend) =>
    `${shown((stepLines![backend] - advance![backend]) / EVENTS * 1000)} µs`;
  table("Record and hashes of a step: what `stepLines` takes beyond `advance`", BACKENDS, [
    BACKENDS.map(record),
  ]);
}

/** A sample of one in a billion asks of every line whether it is due, and validates the first only. */
function modes(): void {
  const validations: Readonly<Record<string, ValidationMode>> = {
    off: "off",
    "{sample:1000000000}": { sample: 1_000_000_000 },
    "{sample:100}": { sample: 100 },
    boundary: "boundary",
  };
  const subjects: Record<string, Subject> = {};
  for (const [name, validation] of Object.entries(validations)) {
    for (const backend of BACKENDS) {
      subjects[`${backend} ${name}`] = () =>
        run({ backend, validation, way: "advance", size: 1000 });
    }
  }
  const ms = medians(subjects, 15);
  const of = (backend: CoreBackend, name: string) => {
    const [off, cost] = [ms[`${backend} off`]!, ms[`${backend} ${name}`]!];
    return [thousands(cost), `${((cost - off) / EVENTS * 1e6).toFixed(0)}`];
  };
  table(
    "`advance`, 1,000 per call: thousand events per second, and nanoseconds per event above off",
    ["Validation", "TypeScript", "above off", "Rust", "above off"],
    Object.keys(validations).map((name) => [name, ...of("typescript", name), ...of("rust", name)]),
  );
}

function natives(): void {
  const of = (checks: "off" | "boundary", what: keyof ReturnType<typeof native>) => () =>
    native(checks)[what];
  const ms = medians({
    advance: of("off", "advanceMs"),
    checked: of("boundary", "advanceMs"),
    stepLines: of("off", "stepLinesMs"),
    roundTrip: of("off", "roundTripMs"),
    through: () => run({ backend: "rust", validation: "off", way: "advance", size: 1000 }),
  }, 7);
  table("In Rust alone, thousand events per second", ["Loop", "figure"], [
    ["`advance`, off", thousands(ms.advance)],
    ["the same through the ABI, 1,000 per call", thousands(ms.through)],
    ["`advance`, boundary", thousands(ms.checked)],
    ["`stepLines`, off", thousands(ms.stepLines)],
    ["JSON round trip", thousands(ms.roundTrip)],
  ]);
}

/** How long single steps take. */
function latencies(): void {
  const rows: string[][] = [];
  for (const way of ["advance", "stepLines"] as const) {
    for (const backend of BACKENDS) {
      const micros: number[] = [];
      for (let round = 0; round < 3; round++) {
        const core = createCore(CONFIG, { backend });
        for (const line of inputs.get(1)!) {
          const ms = timed(() => core[way](line));
          if (round > 0) micros.push(ms * 1000);
        }
        core.close();
      }
      rows.push([
        `\`${way}\``,
        backend,
        ...[0.5, 0.99, 0.999].map((share) => shown(quantile(micros, share))),
      ]);
    }
  }
  const head = ["Call", "Backend", "p50", "p99", "p99.9"];
  table("One step per call, validation boundary, microseconds", head, rows);
}

/** The loop over barter's crates that the backtests are measured with, for the order of magnitude. */
async function reference(): Promise<void> {
  const instruments = ["btc", "eth", "sol"].map((base) => ({
    exchange: "binance_spot" as const,
    nameExchange: `${base.toUpperCase()}USDT`,
    underlying: { base, quote: "usdt" },
  }));
  const data = await MarketData.parse(await readFile(marketDataPath()), { instruments });
  const request = backtestRequest(sharedHandle(data, action), null, {
    strategy: { type: "smaCross", fast: 20, slow: 100, quantity: "0.01" },
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0001",
      latencyMs: 100,
      balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
    }],
  });
  const { durationMs } = await call("diagnostics.nativeReplay", { run: request, runs: 20 }, {
    action,
  });
  table("Reference", ["Loop", "thousand events per second"], [
    ["barter's crates, market data to fills, no JSON", shown(data.stats.events / durationMs, 0)],
  ]);
}

speed();
modes();
natives();
latencies();
await validators(7);
encodings(7);
hashing(5);
await memory();
await allocations();
await reference();

for (const backend of BACKENDS) {
  Deno.bench(`${backend}, validation off`, {
    group: `advance, ${EVENTS} events, 1000 per call`,
    baseline: backend === "typescript",
    n: 10,
    warmup: 2,
  }, () => {
    run({ backend, validation: "off", way: "advance", size: 1000 });
  });
}
