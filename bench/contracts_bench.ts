/**
 * Steps of the execution core: in TypeScript, in Rust through the ABI, and in a native loop.
 *
 * One run is 10,000 events around 2,000 orders: quotes, a placement each, its accept, two fills. The
 * lines printed first compare medians of interleaved runs, which a busy machine disturbs less than
 * benches one after the other; every run has a new core. "round trip" only reads and writes the same
 * lines as JSON with serde, natively: what any core over JSON lines pays at least.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

import { callSync } from "../ffi/call.ts";
import { type CoreBackend, createCore } from "../src/contracts/mod.ts";
import type { CoreConfig } from "../src/contracts/generated/types.ts";

const EVENTS = 10_000;
const ROUNDS = 9;
const BATCHES = [1, 1000] as const;
const BACKENDS: readonly CoreBackend[] = ["typescript", "rust"];

const config: CoreConfig = {
  schema: "core_config/1.0",
  run_id: "bench",
  mode: "backtest",
  base_currency: "USD",
  initial_cash: [{ currency: "USD", amount: "10000000" }],
  policy_overrides: null,
  risk: {
    max_order_quantity: "100",
    max_order_notional: "1000000",
    max_position: null,
    max_open_orders: 100,
  },
  capabilities: null,
};

const nobody = { execution_id: null, route_id: null, broker_id: null, snapshot_id: null };

function event(seq: number, source: string, type: string, data: unknown): unknown {
  return {
    schema: "engine_event/1.0",
    event_id: `e${seq}`,
    seq_id: null,
    event_time: String(1_700_000_000_000_000_000n + BigInt(seq)),
    ingest_time: null,
    source,
    venue: "sim",
    instrument: "BTC/USD",
    producer: { name: "feed", index: 0 },
    idempotency_key: null,
    synthetic: false,
    attribution: { strategy_id: null, ...nobody },
    trace: null,
    body: { type, data },
  };
}

function placement(seq: number, order: number): unknown {
  return {
    schema: "engine_intent/1.0",
    intent_id: `i${order}`,
    index: 0,
    caused_by: seq,
    created_at: String(1_700_000_000_000_000_000n + BigInt(seq)),
    idempotency_key: null,
    attribution: { strategy_id: "bench", ...nobody },
    trace: null,
    body: {
      type: "place_order",
      data: {
        order_id: `o${order}`,
        instrument: "BTC/USD",
        side: order % 2 === 0 ? "buy" : "sell",
        order_type: "limit",
        quantity: "1.5",
        limit_price: "100.25",
        stop_price: null,
        time_in_force: "gtc",
        expire_at: null,
        post_only: false,
        reduce_only: false,
        parent_order_id: null,
        oco_group: null,
        tag: null,
      },
    },
  };
}

function line(seq: number): string {
  const order = Math.floor((seq - 1) / 5);
  const order_id = `o${order}`;
  const fill = (fill_id: string, quantity: string) =>
    event(seq, "broker_report", "order.fill", {
      order_id,
      venue_order_id: `v${order}`,
      fill_id,
      price: `${100 + order % 7}.25`,
      quantity,
      liquidity: "taker",
      fee: { currency: "USD", amount: "0.0375" },
      cum_filled: null,
      remaining: null,
    });
  const quote = () =>
    event(seq, "market_data", "market.quote", {
      bid_price: `${100 + seq % 9}.25`,
      bid_size: "3",
      ask_price: `${100 + seq % 9}.5`,
      ask_size: "2",
    });
  switch ((seq - 1) % 5) {
    case 1:
      return JSON.stringify({ event: quote(), intents: [placement(seq, order)] });
    case 2:
      return JSON.stringify({
        event: event(seq, "broker_report", "order.report", {
          order_id,
          venue_order_id: `v${order}`,
          report_id: `r${order}`,
          report: "accepted",
          reason_code: null,
          reason: null,
          cum_filled: null,
          quantity: null,
          limit_price: null,
          status: null,
        }),
        intents: [],
      });
    case 3:
      return JSON.stringify({ event: fill(`f${order}a`, "0.5"), intents: [] });
    case 4:
      return JSON.stringify({ event: fill(`f${order}b`, "1"), intents: [] });
    default:
      return JSON.stringify({ event: quote(), intents: [] });
  }
}

const texts = Array.from({ length: EVENTS }, (_, at) => `${line(at + 1)}\n`);
const encoder = new TextEncoder();

function batches(size: number): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let at = 0; at < EVENTS; at += size) {
    made.push(encoder.encode(texts.slice(at, at + size).join("")));
  }
  return made;
}

const inputs = new Map(BATCHES.map((size) => [size as number, batches(size)]));

type Validation = "off" | "boundary";
type Way = "stepLines" | "advance";

/** Milliseconds for the whole run, and the hash of the state after it. */
function run(
  backend: CoreBackend,
  validation: Validation,
  way: Way,
  size: number,
): { ms: number; hash: string } {
  const core = createCore(config, { backend, validation });
  const started = performance.now();
  for (const lines of inputs.get(size) ?? []) core[way](lines);
  const ms = performance.now() - started;
  const hash = core.snapshot().state_hash;
  core.close();
  return { ms, hash };
}

function native(): { stepLinesMs: number; advanceMs: number; roundTripMs: number } {
  const text = encoder.encode(JSON.stringify(config));
  const lines = encoder.encode(texts.join(""));
  const attachment = new Uint8Array(text.length + lines.length);
  attachment.set(text);
  attachment.set(lines, text.length);
  return callSync("diagnostics.nativeSteps", { config: text.length, checks: "off", runs: 1 }, {
    action: "bench",
    attachment,
  });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const shown = (ms: number) => `${(EVENTS / ms).toFixed(0).padStart(5)} thousand events/s`;

function compare(way: Way, validation: Validation, size: number): void {
  const times: Record<CoreBackend, number[]> = { typescript: [], rust: [] };
  const hashes = new Set<string>();
  for (let round = -2; round < ROUNDS; round++) {
    for (const backend of BACKENDS) {
      const { ms, hash } = run(backend, validation, way, size);
      hashes.add(hash);
      if (round >= 0) times[backend].push(ms);
    }
  }
  assertEquals(hashes.size, 1, "both backends end in the same state");
  const typescript = median(times.typescript), rust = median(times.rust);
  console.log(
    `${way}, ${size} per call, validation ${validation}: TypeScript ${shown(typescript)}, ` +
      `Rust ${shown(rust)}: ${(typescript / rust).toFixed(1)} times as fast`,
  );
}

for (const way of ["advance", "stepLines"] as const) {
  for (const validation of ["off", "boundary"] as const) {
    for (const size of BATCHES) compare(way, validation, size);
  }
}
const natives = Array.from({ length: ROUNDS }, native);
const of = (name: keyof ReturnType<typeof native>) => shown(median(natives.map((n) => n[name])));
console.log(
  `native loop: advance ${of("advanceMs")}, stepLines ${of("stepLinesMs")}, ` +
    `JSON round trip ${of("roundTripMs")}`,
);

for (const way of ["advance", "stepLines"] as const) {
  for (const backend of BACKENDS) {
    Deno.bench(`${backend}, validation off`, {
      group: `${way}, ${EVENTS} events, 1000 per call`,
      baseline: backend === "typescript",
    }, () => {
      run(backend, "off", way, 1000);
    });
  }
}
