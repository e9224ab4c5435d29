/**
 * Reads messages from the library's frames; see `Subscribe` in rust/ffi/src/agent/pubsub.rs.
 *
 * @module
 */

import { AgentId } from "../identity/mod.ts";
import { Message, type TrustLevel } from "./message.ts";

const TRUST: readonly TrustLevel[] = ["unknown", "known", "trusted"];
const VERIFIED = 1;
const FROM_BATCH = 2;
const ID_BYTES = 32;
const HEAD_BYTES = 72;

/** What a subscription has received and refused, as far as the reader has come. */
export class MessageCounters {
  received = 0;
  malformed = 0;
  duplicates = 0;
}

/** Reads ids; few senders send most messages. */
export class SenderReader {
  #last: AgentId | undefined;
  #bytes = new Uint8Array(ID_BYTES);

  /** The sender at the beginning of a frame. */
  read(frame: Uint8Array): AgentId {
    let at = 0;
    while (at < ID_BYTES && frame[at] === this.#bytes[at]) at++;
    if (this.#last === undefined || at < ID_BYTES) {
      this.#bytes = frame.slice(0, ID_BYTES);
      this.#last = AgentId.fromBytes(this.#bytes);
    }
    return this.#last;
  }
}

/** Trust as the library numbers it. */
export function trustLevel(number: number): TrustLevel {
  return TRUST[number] ?? "unknown";
}

/** Reads the frames of one subscription. */
export function messageDecoder(
  topic: string,
  counters: MessageCounters,
): (frame: Uint8Array) => Message {
  const senders = new SenderReader();
  return (frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const flags = view.getUint32(44, true);
    const batched = (flags & FROM_BATCH) !== 0;
    counters.received++;
    counters.malformed = view.getUint32(64, true);
    counters.duplicates = view.getUint32(68, true);
    return new Message({
      topic,
      payload: frame.slice(HEAD_BYTES),
      sender: senders.read(frame),
      verified: (flags & VERIFIED) !== 0,
      trust: trustLevel(view.getUint32(40, true)),
      receivedAt: Number(view.getBigUint64(32, true)),
      epoch: batched ? Number(view.getBigUint64(48, true)) : undefined,
      sequence: batched ? Number(view.getBigUint64(56, true)) : undefined,
    });
  };
}
