import { assert, assertEquals, assertLess } from "@std/assert";
import { context } from "../../ffi/context.ts";
import { METHOD_IDS } from "../../ffi/generated/methods.ts";
import { residentMib, test } from "../harness.ts";

const { symbols } = context();

const STATUS = { badHandle: -2, space: -3, argument: -4, closed: -5, unsupported: -7 };
const encoder = new TextEncoder();

/** A raw synchronous call that reads its own answer. */
function raw(handle: bigint, method: number, request: Uint8Array | null, length?: number) {
  const out = new Uint8Array(4096);
  const bytes = request?.length ?? 0;
  const status = symbols.tendon_call_sync(
    handle,
    method,
    request,
    length ?? bytes,
    null,
    0,
    out,
    out.length,
  );
  const size = new DataView(out.buffer).getUint32(0, true);
  return { status, text: new TextDecoder().decode(out.subarray(16, 16 + size)) };
}

function openRaw(): bigint {
  const out = new Uint8Array(64);
  assertEquals(symbols.tendon_context_open(1 << 16, null, 0, out, out.length), 0);
  return new DataView(out.buffer).getBigUint64(16, true);
}

const ECHO = METHOD_IDS["diagnostics.echo"];

test("a null request of length 0 is an empty one", () => {
  const answer = raw(context().handle, ECHO, null);
  assertEquals(answer.status, STATUS.argument);
  assert(answer.text.includes("invalid_request"));
});

test("a null request with a length is refused", () => {
  const answer = raw(context().handle, ECHO, null, 10);
  assertEquals(answer.status, STATUS.argument);
  assert(answer.text.includes("null"), answer.text);
});

test("a request that claims to be huge is refused unread", () => {
  const answer = raw(context().handle, ECHO, new Uint8Array(8), 0xffff_ffff);
  assertEquals(answer.status, STATUS.argument);
  assert(answer.text.includes("at most"), answer.text);
});

test("a request that is not UTF-8 is refused", () => {
  const request = encoder.encode('{"text":"xx"}');
  request[9] = 0xff;
  const answer = raw(context().handle, ECHO, request);
  assertEquals(answer.status, STATUS.argument);
});

test("random bytes as requests are refused, never a crash", () => {
  for (let round = 0; round < 2000; round++) {
    const request = crypto.getRandomValues(new Uint8Array(round % 97));
    assertEquals(raw(context().handle, ECHO, request).status, STATUS.argument);
  }
});

test("unknown methods and wrong timings are refused", () => {
  const request = encoder.encode("{}");
  assertEquals(raw(context().handle, 7777, request).status, STATUS.unsupported);
  const answer = raw(context().handle, METHOD_IDS["diagnostics.echoLater"], request);
  assertEquals(answer.status, STATUS.argument);
  assert(answer.text.includes("asynchronous"));
});

test("every symbol refuses handles that never existed", () => {
  const buffer = new Uint8Array(256);
  for (const handle of [0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]) {
    assertEquals(symbols.tendon_context_interrupt(handle), STATUS.closed);
    assertEquals(symbols.tendon_context_disarm(handle), STATUS.closed);
    assertEquals(symbols.tendon_context_drain(handle, buffer, 256, 0), STATUS.closed);
    assertEquals(symbols.tendon_context_close(handle), 0);
    assertEquals(symbols.tendon_call_cancel(handle, 1n), STATUS.closed);
    assertEquals(symbols.tendon_answer_take(handle, 1n, buffer, 256), STATUS.closed);
    assertEquals(symbols.tendon_stream_credit(handle, 1n, 1), STATUS.closed);
    assertEquals(symbols.tendon_stream_close(handle, 1n), STATUS.closed);
    assertEquals(symbols.tendon_object_close(handle, 1n), STATUS.closed);
    assertEquals(raw(handle, ECHO, encoder.encode("{}")).status, STATUS.closed);
  }
});

test("an object's handle does not work in another context", () => {
  const first = openRaw();
  const second = openRaw();
  const opened = raw(first, METHOD_IDS["diagnostics.open"], encoder.encode("{}"));
  const { object } = JSON.parse(opened.text);
  assertEquals(symbols.tendon_object_close(second, BigInt(object)), 0);
  const use = encoder.encode(JSON.stringify({ message: "", object }));
  assertEquals(raw(second, METHOD_IDS["diagnostics.panic"], use).status, STATUS.badHandle);
  assertEquals(symbols.tendon_object_close(first, BigInt(object)), 1);
  symbols.tendon_context_close(first);
  symbols.tendon_context_close(second);
});

test("a context's handle is not an object's", () => {
  const handle = openRaw();
  assertEquals(symbols.tendon_object_close(handle, handle), 0);
  symbols.tendon_context_close(handle);
});

test("closing a context again is harmless and its use answers closed", () => {
  const handle = openRaw();
  assertEquals(symbols.tendon_context_close(handle), 0);
  assertEquals(symbols.tendon_context_close(handle), 0);
  assertEquals(symbols.tendon_context_drain(handle, new Uint8Array(64), 64, 0), STATUS.closed);
});

test("buffers too small are told apart and consume nothing", () => {
  const handle = openRaw();
  assertEquals(symbols.tendon_context_drain(handle, new Uint8Array(8), 8, 0), STATUS.space);
  assertEquals(symbols.tendon_context_drain(handle, null, 0, 0), STATUS.space);
  assertEquals(symbols.tendon_context_open(1 << 16, null, 0, new Uint8Array(8), 8), STATUS.space);
  assertEquals(symbols.tendon_answer_take(handle, 99n, new Uint8Array(8), 8), STATUS.badHandle);
  symbols.tendon_context_close(handle);
});

test("a queue below the minimum is refused", () => {
  const out = new Uint8Array(512);
  assertEquals(symbols.tendon_context_open(10, null, 0, out, out.length), STATUS.argument);
});

test("closing a context wakes its parked wait", async () => {
  const handle = openRaw();
  const parked = symbols.tendon_context_wait(handle, 60_000);
  symbols.tendon_context_close(handle);
  assertEquals(await parked, STATUS.closed);
});

test("10,000 rounds of opening and closing keep memory flat", () => {
  // Nothing is allocated here, so that what grows is native.
  const open = encoder.encode("{}");
  const out = new Uint8Array(4096);
  const view = new DataView(out.buffer);
  const round = () => {
    symbols.tendon_context_open(1 << 16, null, 0, out, out.length);
    const handle = view.getBigUint64(16, true);
    for (let index = 0; index < 4; index++) {
      const method = METHOD_IDS["diagnostics.open"];
      symbols.tendon_call_sync(handle, method, open, open.length, null, 0, out, out.length);
      assertEquals(view.getInt32(4, true), 0);
    }
    assertEquals(symbols.tendon_context_close(handle), 0);
  };
  for (let index = 0; index < 2000; index++) round();
  const before = residentMib();
  for (let index = 0; index < 10_000; index++) round();
  assertLess(residentMib() - before, 24);
});
