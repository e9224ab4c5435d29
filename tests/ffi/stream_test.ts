import { assert, assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { closeContext } from "../../ffi/context.ts";
import { type EventStream, openStream, type Overflow } from "../../ffi/stream.ts";
import { ClosedError, TendonError } from "../../src/errors.ts";
import { test, turn } from "../harness.ts";

interface EmitOptions {
  count: number;
  bytes?: number;
  capacity?: number;
  overflow?: Overflow;
  signal?: AbortSignal;
}

/** A stream whose items are their own index. */
function emit(options: EmitOptions): Promise<EventStream<number>> {
  const { count, bytes = 16, ...rest } = options;
  return openStream("diagnostics.emit", { count, bytes }, {
    action: "read test events",
    decode: (payload) => new DataView(payload.buffer, payload.byteOffset).getUint32(0, true),
    ...rest,
  });
}

test("a stream delivers every item in order and ends", async () => {
  const stream = await emit({ count: 100_000 });
  let expected = 0;
  for await (const item of stream) assertEquals(item, expected++);
  assertEquals(expected, 100_000);
  assert(stream.ended);
  assertEquals(stream.dropped, 0);
});

test("batches() delivers the same items", async () => {
  const stream = await emit({ count: 10_000 });
  let expected = 0;
  for await (const batch of stream.batches()) {
    for (const item of batch) assertEquals(item, expected++);
  }
  assertEquals(expected, 10_000);
});

test("payloads larger than the drain buffer arrive", async () => {
  const stream = await emit({ count: 20, bytes: 1 << 20 });
  let count = 0;
  for await (const item of stream) assertEquals(item, count++);
  assertEquals(count, 20);
});

test("leaving the loop closes the stream", async () => {
  const stream = await emit({ count: 1_000_000 });
  for await (const item of stream) if (item === 10) break;
  assert(stream.ended);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

test("an abort ends the iteration, also while it waits", async () => {
  const controller = new AbortController();
  const stream = await emit({ count: 3, signal: controller.signal });
  assertEquals((await stream.next()).value, 0);
  controller.abort();
  assertEquals(await stream.next(), { done: true, value: undefined });
});

test("block loses nothing however slow the reader is", async () => {
  const stream = await emit({ count: 2000, capacity: 4 });
  let expected = 0;
  for await (const item of stream) {
    assertEquals(item, expected++);
    if (expected % 500 === 0) await turn();
  }
  assertEquals(expected, 2000);
});

test("drop_oldest counts exactly what it loses and keeps the newest", async () => {
  const stream = await emit({ count: 5000, capacity: 10, overflow: "drop_oldest" });
  const items: number[] = [];
  for await (const item of stream) items.push(item);
  assertEquals(items.length + stream.dropped, 5000);
  assertEquals(items.at(-1), 4999);
  assertEquals(items, [...items].sort((a, b) => a - b));
  assertLessOrEqual(items.length, 10 + 10);
});

test("drop_newest counts exactly what it loses and keeps the oldest", async () => {
  const stream = await emit({ count: 5000, capacity: 10, overflow: "drop_newest" });
  const items: number[] = [];
  for await (const item of stream) items.push(item);
  assertEquals(items.length + stream.dropped, 5000);
  assertEquals(items.slice(0, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("fail delivers what was buffered and then rejects once", async () => {
  const stream = await emit({ count: 5000, capacity: 10, overflow: "fail" });
  let count = 0;
  const error = await assertRejects(
    async () => {
      for await (const _ of stream) count++;
    },
    TendonError,
    "fell behind",
  );
  assertEquals(error.code, "stream_overflow");
  assertEquals(count, 10);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

test("a capacity that is not a positive integer is refused", async () => {
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 40]) {
    await assertRejects(() => emit({ count: 1, capacity }), RangeError, "capacity");
  }
});

test("disposal closes a stream that nobody reads", async () => {
  let outer: EventStream<number>;
  {
    await using stream = await emit({ count: 1_000_000 });
    outer = stream;
  }
  assert(outer.ended);
  await outer.close();
});

test("several readers of one stream share its items", async () => {
  const stream = await emit({ count: 100 });
  const items = await Promise.all(Array.from({ length: 100 }, () => stream.next()));
  assertEquals(
    items.map((item) => item.value),
    Array.from({ length: 100 }, (_, index) => index),
  );
  assertEquals((await stream.next()).done, true);
});

test("closing the library ends waiting readers with ClosedError", async () => {
  const stream = await emit({ count: 1 });
  await stream.next();
  const silent = await emit({ count: 1_000_000, capacity: 1 });
  await silent.next();
  const ended = assertRejects(async () => {
    while (!(await silent.next()).done);
  }, ClosedError);
  await closeContext();
  await ended;
});
