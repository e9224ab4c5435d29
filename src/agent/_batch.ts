/**
 * Packs payloads into the one buffer that crosses the border; see `PublishBatch` in
 * rust/ffi/src/agent/pubsub.rs.
 *
 * @module
 */

import { show } from "../_check.ts";

/** Largest payload of a message. */
const MAX_PAYLOAD_BYTES = 2 ** 20;
/** Largest sum of the payloads of one batch, with four bytes for each. */
const MAX_BATCH_BYTES = 2 ** 26;
const LENGTH_BYTES = 4;
const FIRST_BYTES = 64 << 10;
/** UTF-8 takes at most this many bytes per UTF-16 unit. */
const UTF8_BYTES = 3;

const encoder = new TextEncoder();

/** Each payload behind its length. Throws for what cannot be published. */
export function packPayloads(payloads: Iterable<Uint8Array | string>): Uint8Array {
  const action = "publish a batch";
  // A single string or buffer is iterable too, and surely not meant item by item.
  if (
    typeof payloads === "string" || payloads instanceof Uint8Array ||
    typeof payloads?.[Symbol.iterator] !== "function"
  ) {
    throw new TypeError(
      `Cannot ${action} as the payloads must be an iterable of Uint8Array or string: ` +
        `current value is ${show(payloads)}`,
    );
  }
  let buffer = new Uint8Array(FIRST_BYTES);
  let view = new DataView(buffer.buffer);
  let at = 0;
  let index = 0;
  const reserve = (bytes: number) => {
    const needed = at + LENGTH_BYTES + bytes;
    if (needed <= buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * buffer.length));
    grown.set(buffer.subarray(0, at));
    buffer = grown;
    view = new DataView(grown.buffer);
  };
  for (const payload of payloads) {
    const name = `payload ${index++}`;
    let length: number;
    if (typeof payload === "string") {
      if (payload.length > MAX_PAYLOAD_BYTES) throw tooLarge(action, name, payload.length);
      reserve(payload.length * UTF8_BYTES);
      length = encoder.encodeInto(payload, buffer.subarray(at + LENGTH_BYTES)).written;
      if (length > MAX_PAYLOAD_BYTES) throw tooLarge(action, name, length);
    } else {
      length = checkPayload(action, name, payload).length;
      reserve(length);
      buffer.set(payload, at + LENGTH_BYTES);
    }
    view.setUint32(at, length, true);
    at += LENGTH_BYTES + length;
    if (at > MAX_BATCH_BYTES) {
      throw new RangeError(
        `Cannot ${action} as its payloads may have at most ${MAX_BATCH_BYTES} bytes in all: ` +
          `${name} passes that`,
      );
    }
  }
  return buffer.subarray(0, at);
}

/** The bytes of a payload of a message of its own. */
export function payloadBytes(
  action: string,
  payload: Uint8Array | string,
  maxBytes = MAX_PAYLOAD_BYTES,
): Uint8Array {
  const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
  return checkPayload(action, "the payload", bytes, maxBytes);
}

function checkPayload(
  action: string,
  name: string,
  payload: unknown,
  maxBytes = MAX_PAYLOAD_BYTES,
): Uint8Array {
  if (!(payload instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot ${action} as ${name} must be a Uint8Array or a string: current value is ` +
        show(payload),
    );
  }
  if (payload.length > maxBytes) throw tooLarge(action, name, payload.length, maxBytes);
  return payload;
}

function tooLarge(
  action: string,
  name: string,
  size: number,
  maxBytes = MAX_PAYLOAD_BYTES,
): RangeError {
  return new RangeError(
    `Cannot ${action} as ${name} may have at most ${maxBytes} bytes: ` +
      `current value has at least ${size}`,
  );
}
