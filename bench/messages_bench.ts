/**
 * Messages between two parties on loopback: agents, the same work in Rust, and other buses.
 *
 * Needs a library built with the cargo feature `diagnostics`, and runs with
 * `deno bench -A bench/messages_bench.ts`. NATS is measured where a `nats-server` is found.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "../ffi/call.ts";
import { hear, openPair } from "./_agents.ts";
import { type Bus, openGossipsub, openNats } from "./_peers.ts";

const TOPIC = "bench";
const BURST = 100;
const IN_FLIGHT = 4;
const SMALL = 256;
const LARGE = 16 << 10;
const BATCHES = 4;
const BATCH = 5000;
const action = "run the bench";

const directory = await mkdtemp(join(tmpdir(), "tendon-bench-"));
const pair = await openPair(TOPIC);
const { object: native } = await call("diagnostics.openAgents", { directory }, { action });
const peers = [await openNats(), await openGossipsub()].filter((bus) => bus !== undefined);

const tendon: Bus = {
  name: "Tendon",
  publish: (payload) => pair.one.publish(TOPIC, payload),
  hear: (count, bytes) => hear(pair.ear, count, bytes),
  close: async () => {},
};

/** Numbers, because a bus may take equal messages for copies. */
let number = 0;

/** Publishes with some calls in flight, so that the publisher is never idle. */
async function burst(bus: Bus, count: number, bytes: number): Promise<void> {
  const heard = bus.hear(count, bytes);
  let sent = 0;
  const sender = async () => {
    while (sent++ < count) {
      const payload = new Uint8Array(bytes);
      new DataView(payload.buffer).setUint32(0, number++);
      await bus.publish(payload);
    }
  };
  await Promise.all([heard, ...Array.from({ length: IN_FLIGHT }, sender)]);
}

for (const bytes of [SMALL, LARGE]) {
  const messages = (count: number, lockstep: boolean) =>
    call("diagnostics.nativeMessages", { pair: native, count, bytes, lockstep }, { action });

  const latency = { group: `publish to arrival, ${bytes} B`, n: 300, warmup: 50 };
  Deno.bench("Rust", { ...latency, baseline: true }, async () => {
    await messages(1, true);
  });
  for (const bus of [tendon, ...peers]) {
    // Only functions written as `async` are awaited.
    Deno.bench(bus.name, latency, async () => await burst(bus, 1, bytes));
  }

  const throughput = { group: `${BURST} messages of ${bytes} B`, n: 20, warmup: 3 };
  Deno.bench("Rust", { ...throughput, baseline: true }, async () => {
    await messages(BURST, false);
  });
  for (const bus of [tendon, ...peers]) {
    Deno.bench(bus.name, throughput, async () => await burst(bus, BURST, bytes));
  }
}

const payloads = Array.from({ length: BATCH }, () => new Uint8Array(SMALL).fill(7));
const batches = { group: `${BATCHES * BATCH} payloads of ${SMALL} B`, n: 10, warmup: 2 };

Deno.bench("Rust, batches", { ...batches, baseline: true }, async () => {
  const request = { pair: native, batches: BATCHES, payloads: BATCH, bytes: SMALL };
  await call("diagnostics.nativeBatches", request, { action });
});

Deno.bench("Tendon, publishBatch", batches, async () => {
  const heard = hear(pair.ear, BATCHES * BATCH, SMALL);
  for (let batch = 0; batch < BATCHES; batch++) await pair.one.publishBatch(TOPIC, payloads);
  await heard;
});

for (const bus of peers) {
  const few = bus.name === "gossipsub" ? { n: 1, warmup: 0 } : {};
  Deno.bench(bus.name, { ...batches, ...few }, async () => {
    await burst(bus, BATCHES * BATCH, SMALL);
  });
}

globalThis.addEventListener("unload", () => {
  // The agents close with the process; the directory of the native ones is ours.
  for (const bus of peers) void bus.close();
  void rm(directory, { recursive: true, force: true });
});
