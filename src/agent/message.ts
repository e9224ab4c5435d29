/**
 * Messages of a topic.
 *
 * @module
 */

import { AgentId } from "../identity/mod.ts";

/** What this agent's contacts say about a sender. Messages of blocked senders never arrive. */
export type TrustLevel = "unknown" | "known" | "trusted";

const TRUST: readonly TrustLevel[] = ["unknown", "known", "trusted"];
const VERIFIED = 1;
const HEAD_BYTES = 48;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The facts of a message. */
export interface MessageInit {
  /** The topic it was published to. */
  topic: string;
  /** What was published. */
  payload: Uint8Array;
  /** Who signed it. */
  sender: AgentId;
  /** Whether the signature was verified; others do not arrive. */
  verified: boolean;
  /** What this agent's contacts say about the sender. */
  trust: TrustLevel;
  /** When it arrived here, in milliseconds since the epoch. */
  receivedAt: number;
}

/** A message as one subscriber received it. */
export class Message implements MessageInit {
  /** The topic it was published to. */
  readonly topic: string;
  /** What was published; the receiver owns the bytes. */
  readonly payload: Uint8Array;
  /** Who signed it. */
  readonly sender: AgentId;
  /** Whether the signature was verified; others do not arrive. */
  readonly verified: boolean;
  /** What this agent's contacts say about the sender. */
  readonly trust: TrustLevel;
  /** When it arrived here, in milliseconds since the epoch. */
  readonly receivedAt: number;

  /** Made by a subscription. */
  constructor(init: MessageInit) {
    this.topic = init.topic;
    this.payload = init.payload;
    this.sender = init.sender;
    this.verified = init.verified;
    this.trust = init.trust;
    this.receivedAt = init.receivedAt;
  }

  /**
   * Same as {@linkcode receivedAt}: messages carry no time of their own. If the time of sending
   * matters, put it into the payload.
   */
  get timestamp(): number {
    return this.receivedAt;
  }

  /**
   * The payload as text.
   *
   * @throws {TypeError} If it is not UTF-8.
   */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * The payload parsed as JSON.
   *
   * @typeParam T What the caller expects; nothing checks it.
   * @throws {TypeError} If it is not UTF-8.
   * @throws {SyntaxError} If it is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }
}

/**
 * Reads messages of one topic from the library's frames; see `Subscribe` in
 * rust/ffi/src/agent/pubsub.rs.
 */
export function messageDecoder(topic: string): (frame: Uint8Array) => Message {
  // Few senders send most messages.
  let last: AgentId | undefined;
  let lastBytes = new Uint8Array(32);
  return (frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const bytes = frame.subarray(0, 32);
    if (last === undefined || !bytes.every((byte, at) => byte === lastBytes[at])) {
      last = AgentId.fromBytes(bytes);
      lastBytes = bytes.slice();
    }
    return new Message({
      topic,
      payload: frame.slice(HEAD_BYTES),
      sender: last,
      verified: (view.getUint32(44, true) & VERIFIED) !== 0,
      trust: TRUST[view.getUint32(40, true)] ?? "unknown",
      receivedAt: Number(view.getBigUint64(32, true)),
    });
  };
}
