/**
 * What crossing the border costs, beside the same work done by Rust alone in the same process.
 *
 * Natively timed twins run inside one call, so that their own crossing does not count.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { call, callSync } from "../ffi/call.ts";
import { context } from "../ffi/context.ts";
import { openStream } from "../ffi/stream.ts";

const native = context();
const action = "bench";
const CALLS = 1_000_000;
const ANSWERS = 10_000;
const EVENTS = 1_000_000;
const EVENT_BYTES = 256;

const cheapest = Deno.dlopen(native.libraryPath, {
  tendon_abi_version: { parameters: [], result: "u32" },
});

Deno.bench(
  `Deno.dlopen, cheapest possible`,
  { group: `${CALLS} numeric calls`, baseline: true },
  () => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += cheapest.symbols.tendon_abi_version();
    assertEquals(sum, CALLS * 65536);
  },
);

Deno.bench("Tendon", { group: `${CALLS} numeric calls` }, () => {
  let sum = 0;
  for (let i = 0; i < CALLS; i++) sum += native.symbols.tendon_abi_version();
  assertEquals(sum, CALLS * 65536);
});

Deno.bench("native Rust", { group: `${CALLS} numeric calls` }, () => {
  callSync("diagnostics.nativeCalls", { iterations: CALLS }, { action });
});

const text = "x".repeat(64);

Deno.bench("native Rust", { group: `${ANSWERS} JSON answers of 64 B`, baseline: true }, () => {
  callSync("diagnostics.nativeAnswers", { iterations: ANSWERS }, { action });
});

Deno.bench("Tendon", { group: `${ANSWERS} JSON answers of 64 B` }, () => {
  for (let i = 0; i < ANSWERS; i++) callSync("diagnostics.echo", { text, bytes: 0 }, { action });
});

Deno.bench(
  "native Rust, 1,000 one at a time",
  { group: "operations", baseline: true },
  async () => {
    await call("diagnostics.nativeOperations", { iterations: 1000 }, { action });
  },
);

Deno.bench("Tendon, 1,000 one at a time", { group: "operations" }, async () => {
  for (let i = 0; i < 1000; i++) {
    await call("diagnostics.echoLater", { text: "x", delayMs: 0 }, { action });
  }
});

Deno.bench("Tendon, 1,000 at once", { group: "operations" }, async () => {
  const operations = Array.from(
    { length: 1000 },
    () => call("diagnostics.echoLater", { text: "x", delayMs: 0 }, { action }),
  );
  await Promise.all(operations);
});

Deno.bench("Tendon, a lone one", { group: "lone operation" }, async () => {
  await call("diagnostics.echoLater", { text: "x", delayMs: 0 }, { action });
});

const events = `${EVENTS} events of ${EVENT_BYTES} B`;
const stream = { capacity: 4096, overflow: "block" as const };

Deno.bench("native Rust", { group: events, baseline: true }, async () => {
  const request = { stream: { id: 1, ...stream }, count: EVENTS, bytes: EVENT_BYTES };
  await call("diagnostics.nativeEvents", request, { action });
});

Deno.bench("Tendon, drained", { group: events }, async () => {
  const id = native.newId();
  let seen = 0;
  let bytes = 0;
  const done = new Promise<void>((resolve) => {
    const consumer = {
      action,
      item: (payload: Uint8Array) => {
        seen++;
        bytes += payload.length;
      },
      gap: () => {},
      end: () => resolve(),
    };
    native.addStream(id, consumer);
    native.awaitStream(consumer);
  });
  const request = { stream: { id, ...stream }, count: EVENTS, bytes: EVENT_BYTES };
  await call("diagnostics.emit", request, { action });
  native.symbols.tendon_stream_credit(native.handle, BigInt(id), EVENTS);
  await done;
  assertEquals([seen, bytes], [EVENTS, EVENTS * EVENT_BYTES]);
});

const read = () =>
  openStream("diagnostics.emit", { count: EVENTS, bytes: EVENT_BYTES }, {
    action,
    capacity: 4096,
    decode: (payload) => payload.length,
  });

Deno.bench("Tendon, batches()", { group: events }, async () => {
  let seen = 0;
  for await (const batch of (await read()).batches()) seen += batch.length;
  assertEquals(seen, EVENTS);
});

Deno.bench("Tendon, for await", { group: events }, async () => {
  let seen = 0;
  for await (const _ of await read()) seen++;
  assertEquals(seen, EVENTS);
});
