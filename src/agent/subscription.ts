/**
 * The messages of one topic as an async iterable.
 *
 * @module
 */

import type { EventStream, StreamReadOptions } from "../../ffi/stream.ts";
import type { MessageCounters } from "./_message_decoder.ts";
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
export class Subscription implements AsyncIterableIterator<Message, undefined>, AsyncDisposable {
  /** The topic. */
  readonly topic: string;
  readonly #stream: EventStream<Message>;
  readonly #counters: MessageCounters;

  /** Made by {@linkcode Agent.subscribe}. */
  constructor(topic: string, stream: EventStream<Message>, counters: MessageCounters) {
    this.topic = topic;
    this.#stream = stream;
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
  get dropped(): number {
    return this.#stream.dropped;
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

  /** Whether no further messages will arrive; those that have can still be read. */
  get closed(): boolean {
    return this.#stream.ended;
  }

  /**
   * The next message, or done.
   *
   * @throws {NetworkError} `network_lagged`, once.
   */
  next(): Promise<IteratorResult<Message, undefined>> {
    return this.#stream.next();
  }

  /** Closes it; called when a `for await` loop is left. */
  return(): Promise<IteratorResult<Message, undefined>> {
    return this.#stream.return();
  }

  /** Messages in batches: whatever has arrived, at least one at a time. */
  batches(): AsyncGenerator<Message[], void, undefined> {
    return this.#stream.batches();
  }

  /** Unsubscribes; messages not read yet are dropped. Again is harmless. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  /** The subscription itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream.close();
  }
}
