import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { call, callSync } from "../../ffi/call.ts";
import { closeContext, context } from "../../ffi/context.ts";
import { CancelledError, ClosedError, NativePanicError, TendonError } from "../../src/errors.ts";
import { test } from "../harness.ts";

const action = "test a call";

test("callSync() answers with what the method answers", () => {
  const echo = callSync("diagnostics.echo", { text: "häßlich \u{1f980}", bytes: 0 }, { action });
  assertEquals(echo, { text: "häßlich \u{1f980}", bytes: 0 });
});

test("callSync() passes an attachment without JSON", () => {
  const attachment = new Uint8Array(5 << 20);
  const echo = callSync("diagnostics.echo", { text: "", bytes: 0 }, { action, attachment });
  assertEquals(echo.bytes, 5 << 20);
});

test("callSync() passes an empty attachment", () => {
  const attachment = new Uint8Array();
  const echo = callSync("diagnostics.echo", { text: "", bytes: 0 }, { action, attachment });
  assertEquals(echo.bytes, 0);
});

test("callSync() grows its buffer for a large answer and loses nothing", () => {
  const text = "x".repeat(1 << 20);
  assertEquals(callSync("diagnostics.echo", { text, bytes: 0 }, { action }).text, text);
  assertEquals(callSync("diagnostics.echo", { text: "y", bytes: 0 }, { action }).text, "y");
});

test("callSync() names the field of a request that is not valid", () => {
  const error = assertThrows(
    () => callSync("diagnostics.echo", { text: 5 as unknown as string, bytes: 0 }, { action }),
    TendonError,
    "Cannot test a call: the request of diagnostics.echo is not valid at `text`",
  );
  assertEquals(error.code, "invalid_request");
  assertEquals(error.data.path, "text");
});

test("callSync() refuses unknown fields", () => {
  const request = { text: "", bytes: 0, more: 1 };
  assertThrows(
    () => callSync("diagnostics.echo", request, { action }),
    TendonError,
    "unknown field `more`",
  );
});

test("callSync() turns a panic into an error and stays usable", () => {
  const error = assertThrows(
    () => callSync("diagnostics.panic", { message: "on purpose", object: 0 }, { action }),
    NativePanicError,
    "on purpose",
  );
  assertEquals(error.code, "native_panic");
  assertEquals(callSync("diagnostics.echo", { text: "a", bytes: 0 }, { action }).text, "a");
});

test("a panic poisons the object in use, which can only be closed", () => {
  const { object } = callSync("diagnostics.open", {}, { action });
  const panic = () => callSync("diagnostics.panic", { message: "boom", object }, { action });
  assertThrows(panic, NativePanicError, "boom");
  const error = assertThrows(panic, NativePanicError, "poisoned");
  assertEquals(error.code, "poisoned");
  const { symbols, handle } = context();
  assertEquals(symbols.tendon_object_close(handle, BigInt(object)), 1);
  assertEquals(symbols.tendon_object_close(handle, BigInt(object)), 0);
  assertThrows(panic, ClosedError, "does not name an open");
});

test("call() resolves with the answer of an event", async () => {
  const echo = await call("diagnostics.echoLater", { text: "later", delayMs: 1 }, { action });
  assertEquals(echo.text, "later");
});

test("call() keeps 2,000 pending operations apart", async () => {
  const texts = Array.from({ length: 2000 }, (_, index) => String(index));
  const calls = texts.map((text, index) =>
    call("diagnostics.echoLater", { text, delayMs: index % 3 }, { action })
  );
  assertEquals((await Promise.all(calls)).map((echo) => echo.text), texts);
});

test("call() rejects instead of throwing", async () => {
  const promise = call(
    "diagnostics.echoLater",
    { text: 1 as unknown as string, delayMs: 0 },
    { action },
  );
  assertEquals((await assertRejects(() => promise, TendonError)).code, "invalid_request");
});

test("call() rejects with the panic of its work", async () => {
  await assertRejects(
    () => call("diagnostics.panicLater", { message: "late boom", object: 0 }, { action }),
    NativePanicError,
    "late boom",
  );
});

test("call() stops on abort, with the signal's reason as cause", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const pending = call("diagnostics.echoLater", { text: "", delayMs: 60_000 }, {
    action,
    signal: controller.signal,
  });
  controller.abort(reason);
  const error = await assertRejects(() => pending, CancelledError, "Cannot test a call");
  assertEquals(error.cause, reason);
});

test("call() does nothing when the signal is already aborted", async () => {
  await assertRejects(
    () =>
      call("diagnostics.echoLater", { text: "", delayMs: 0 }, {
        action,
        signal: AbortSignal.abort(),
      }),
    CancelledError,
  );
});

test("call() refuses an attachment beyond the limit before the border", async () => {
  const attachment = { length: 2 ** 31 } as Uint8Array;
  await assertRejects(
    () => call("diagnostics.echoLater", { text: "", delayMs: 0 }, { action, attachment }),
    RangeError,
    "1073741824",
  );
});

test("packed answers arrive as typed arrays that own their memory", async () => {
  const first = await call("diagnostics.columns", { length: 1000 }, { action });
  await call("diagnostics.columns", { length: 7 }, { action });
  assertEquals(first.length, 1000);
  assertEquals(first.columns.value, Float64Array.from({ length: 1000 }, (_, i) => i));
  assertEquals(first.columns.time, BigInt64Array.from({ length: 1000 }, (_, i) => BigInt(i)));
  assertEquals(first.columns.index?.[999], 999);
  assertInstanceOf(first.columns.flag, Uint8Array);
});

test("a packed answer larger than the drain buffer arrives whole", async () => {
  const { columns } = await call("diagnostics.columns", { length: 600_000 }, { action });
  assertEquals(columns.value?.at(-1), 599_999);
  assertEquals(columns.time?.at(-1), 599_999n);
});

test("closing during a pending call rejects it with ClosedError", async () => {
  const pending = call("diagnostics.echoLater", { text: "", delayMs: 60_000 }, { action });
  const rejected = assertRejects(() => pending, ClosedError, "closed");
  await closeContext();
  await rejected;
  const echo = await call("diagnostics.echoLater", { text: "again", delayMs: 0 }, { action });
  assertEquals(echo.text, "again");
});
