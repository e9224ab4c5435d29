/**
 * Messages of a topic.
 *
 * @module
 */

import type { AgentId } from "../identity/mod.ts";

/** What this agent's contacts say about a sender. Messages of blocked senders never arrive. */
export type TrustLevel = "unknown" | "known" | "trusted";

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
  /** Its place among the sender's batches; absent unless it came in one. */
  sequence?: number | undefined;
  /** The run of the sender within which `sequence` counts. */
  epoch?: number | undefined;
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
  /**
   * Its place among the payloads that the sender published to the topic with
   * {@linkcode Agent.publishBatch}, counted from 0; undefined for messages published one by one.
   *
   * Within one {@linkcode epoch}, a sequence that is not one more than the last tells of payloads
   * that are lost or late: a message may be overtaken by the next. None is ever seen twice.
   */
  readonly sequence: number | undefined;
  /**
   * A random number that the sender chose when it started: sequences count within it. Undefined
   * like {@linkcode sequence}.
   */
  readonly epoch: number | undefined;

  /** Made by a subscription. */
  constructor(init: MessageInit) {
    this.topic = init.topic;
    this.payload = init.payload;
    this.sender = init.sender;
    this.verified = init.verified;
    this.trust = init.trust;
    this.receivedAt = init.receivedAt;
    this.sequence = init.sequence;
    this.epoch = init.epoch;
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
