/**
 * How messages are published, and what a publish comes to.
 *
 * @module
 */

import { checkText } from "../_check.ts";

const MAX_TOPIC_BYTES = 65_535;

/** How a message is published. */
export interface PublishOptions {
  /** Stops the wait; a message that is being sent may still arrive. */
  signal?: AbortSignal;
}

/** What a publish came to. */
export interface PublishResult {
  /**
   * Peers that were handed the message at once. Those that were busy are told of it a moment later
   * and fetch it; with 0 there may be nobody, as right after a connect.
   */
  fanout: number;
}

/** What publishing a batch came to. */
export interface PublishBatchResult {
  /** The smallest {@linkcode PublishResult.fanout} of its messages; 0 for an empty batch. */
  fanout: number;
  /** Payloads. */
  count: number;
  /** Messages that carried them. */
  messages: number;
  /**
   * {@linkcode Message.sequence} of the first payload; those after it count on. Absent for an empty
   * batch.
   */
  firstSequence?: number;
}

/** Throws for what cannot be a topic. */
export function checkTopic(action: string, topic: string): void {
  checkText(action, "the topic", topic, MAX_TOPIC_BYTES);
  if (topic === "") throw new RangeError(`Cannot ${action} as the topic must not be empty`);
}
