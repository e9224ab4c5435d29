/**
 * The one call path: a typed request out, a typed answer or a typed error back.
 *
 * @module
 */

import { CancelledError } from "../src/errors.ts";
import { ANSWER_HEADER, context, type NativeContext } from "./context.ts";
import { failureError, parseFailure } from "./failure.ts";
import { METHOD_IDS, type Methods, PACKED_METHODS } from "./generated/methods.ts";
import { type Columns, unpack } from "./packed.ts";

/** Names of methods that answer at once. */
export type SyncMethod = {
  [M in keyof Methods]: Methods[M]["timing"] extends "sync" ? M : never;
}[keyof Methods];

/** Names of methods whose result arrives later. */
export type AsyncMethod = Exclude<keyof Methods, SyncMethod>;

/** What a method answers; packed answers carry their columns as typed arrays. */
export type Answer<M extends keyof Methods> = Methods[M]["encoding"] extends "packed"
  ? Methods[M]["answer"] & { columns: Columns }
  : Methods[M]["answer"];

/** How a call is made. */
export interface CallOptions {
  /** Names the work in error messages: `Cannot <action>: …`. */
  action: string;
  /** Bytes that go beside the request, without JSON. Copied before the call returns. */
  attachment?: Uint8Array;
  /** Stops an asynchronous call. */
  signal?: AbortSignal | undefined;
}

const MAX_ATTACHMENT_BYTES = 2 ** 30;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Scratch buffers: a call uses them without a gap, so they need no owner. */
let request = new Uint8Array(16 << 10);
let answer = new Uint8Array(64 << 10);
let answerView = new DataView(answer.buffer);

function encodeRequest(value: unknown): number {
  const text = JSON.stringify(value);
  // UTF-8 takes at most three bytes per UTF-16 unit.
  if (text.length * 3 > request.length) request = new Uint8Array(text.length * 3);
  return encoder.encodeInto(text, request).written;
}

function checkAttachment({ attachment, action }: CallOptions): void {
  if (attachment !== undefined && attachment.length > MAX_ATTACHMENT_BYTES) {
    throw new RangeError(
      `Cannot ${action} as at most ${MAX_ATTACHMENT_BYTES} bytes can be passed: ` +
        `current value is ${attachment.length}`,
    );
  }
}

/** The payload of the answer in the scratch buffer; valid until the next call. */
function takeAnswer(native: NativeContext): Uint8Array {
  const length = answerView.getUint32(0, true);
  const kept = answerView.getBigUint64(8, true);
  if (kept !== 0n) {
    answer = new Uint8Array(2 ** Math.ceil(Math.log2(ANSWER_HEADER + length)));
    answerView = new DataView(answer.buffer);
    native.symbols.tendon_answer_take(
      native.handle,
      kept,
      answer.subarray(ANSWER_HEADER),
      answer.length - ANSWER_HEADER,
    );
  }
  return answer.subarray(ANSWER_HEADER, ANSWER_HEADER + length);
}

function decode<M extends keyof Methods>(method: M, payload: Uint8Array): Answer<M> {
  // The table is generated from the types that the library encodes.
  const decoded: unknown = PACKED_METHODS.has(method)
    ? unpack(payload)
    : JSON.parse(decoder.decode(payload));
  return decoded as Answer<M>;
}

/**
 * Calls a method that answers at once.
 *
 * @throws {TendonError} If the method fails.
 */
export function callSync<M extends SyncMethod>(
  method: M,
  value: Methods[M]["request"],
  options: CallOptions,
): Answer<M> {
  checkAttachment(options);
  const native = context();
  const length = encodeRequest(value);
  const { attachment = null, action } = options;
  const status = native.symbols.tendon_call_sync(
    native.handle,
    METHOD_IDS[method],
    request,
    length,
    attachment,
    attachment?.length ?? 0,
    answer,
    answer.length,
  );
  const payload = takeAnswer(native);
  if (status === 0) return decode(method, payload);
  throw failureError(action, parseFailure(decoder.decode(payload)));
}

function cancelled(action: string, signal: AbortSignal): CancelledError {
  return new CancelledError("cancelled", `Cannot ${action}: it was aborted`, {
    cause: signal.reason,
  });
}

/**
 * Calls a method whose result arrives as an event.
 *
 * Rejects, and never throws. An abort rejects once the library has stopped the work.
 */
export function call<M extends AsyncMethod>(
  method: M,
  value: Methods[M]["request"],
  options: CallOptions,
): Promise<Answer<M>> {
  return new Promise((resolve, reject) => {
    checkAttachment(options);
    const { attachment = null, action, signal } = options;
    if (signal?.aborted) throw cancelled(action, signal);
    const native = context();
    const length = encodeRequest(value);
    const id = native.newId();
    const operation = BigInt(id);
    const status = native.symbols.tendon_call(
      native.handle,
      METHOD_IDS[method],
      request,
      length,
      attachment,
      attachment?.length ?? 0,
      operation,
      answer,
      answer.length,
    );
    if (status !== 0) {
      throw failureError(action, parseFailure(decoder.decode(takeAnswer(native))));
    }
    const abort = () => native.symbols.tendon_call_cancel(native.handle, operation);
    signal?.addEventListener("abort", abort);
    native.addOperation(id, {
      action,
      resolve(payload) {
        signal?.removeEventListener("abort", abort);
        resolve(decode(method, payload));
      },
      reject(error) {
        signal?.removeEventListener("abort", abort);
        reject(
          signal?.aborted && error instanceof CancelledError ? cancelled(action, signal) : error,
        );
      },
    });
  });
}
