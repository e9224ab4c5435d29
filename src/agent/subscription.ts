/**
 * The messages of one topic as an async iterable.
 *
 * @module
 */

import type { EventStream, StreamReadOptions } from "../../ffi/stream.ts";
import type { MessageCounters } from "./_message_decoder.ts";
import { MessageStream } from "./message_stream.ts";
import type { Message } from "./message.ts";

/** What happens to a message that finds the buffer of a subscription full. */
export type Overflow = "block" | "drop_oldest" | "drop_newest" | "fail";

/** How a topic is heard. */
export interface SubscribeOptions {
  /**
   * Messages kept natively while the reader is slow. As many more, at most 1,024, may be on their
   * way.
   *
   * @default {1024}
   */
  capacity?: number;
  /**
   * What happens to a message that finds the buffer full: `"block"` lets up to 10,000 more wait
   * natively and then ends the subscription with `network_lagged`; `"drop_oldest"` and
   * `"drop_newest"` count what they drop in {@linkcode Subscription.dropped}; `"fail"` ends with
   * `stream_overflow`.
   *
   * @default {"block"}
   */
  overflow?: Overflow;
  /** Ends the subscription: the loop is left without an error. */
  signal?: AbortSignal;
}

/** The options as the stream takes them. */
export function streamOptions(options: SubscribeOptions): StreamReadOptions {
  return { capacity: options.capacity, overflow: options.overflow, signal: options.signal };
}

/**
 * The messages of one topic, from the moment of subscribing, in order of arrival. Made by
 * {@linkcode Agent.subscribe}.
 *
 * Ends when it is closed, its signal aborts, or its agent closes or leaves the network. Leaving a
 * `for await` loop closes it. It can be iterated once; subscribe again for a second reader.
 */
export class Subscription extends MessageStream<Message> {
  /** The topic. */
  readonly topic: string;
  readonly #counters: MessageCounters;

  /** Made by {@linkcode Agent.subscribe}. */
  constructor(topic: string, stream: EventStream<Message>, counters: MessageCounters) {
    super(stream);
    this.topic = topic;
    this.#counters = counters;
  }

  /** Messages that reached this process so far, read or waiting to be read. */
  get received(): number {
    return this.#counters.received;
  }

  /**
   * Messages lost to the overflow policy before the last one received. What was published to this
   * subscription is received or dropped, exactly.
   */
  override get dropped(): number {
    return super.dropped;
  }

  /**
   * Batches that were refused before the last message received because they had been here before,
   * whole or in part: somebody sent them again.
   */
  get duplicates(): number {
    return this.#counters.duplicates;
  }

  /**
   * Messages that were refused before the last one received because they begin like a batch and are
   * none. Nothing of them is delivered.
   */
  get malformed(): number {
    return this.#counters.malformed;
  }
}
