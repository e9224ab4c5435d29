/**
 * What subscriptions of all kinds share.
 *
 * @module
 */

import type { EventStream } from "../../ffi/stream.ts";

/**
 * Messages in order of arrival, as an async iterable.
 *
 * Ends when it is closed, its signal aborts, or its agent closes or leaves the network. Leaving a
 * `for await` loop closes it. It can be iterated once; subscribe again for a second reader.
 *
 * @typeParam T The kind of message.
 */
export abstract class MessageStream<T>
  implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #stream: EventStream<T>;

  /** Made by the subscription. */
  constructor(stream: EventStream<T>) {
    this.#stream = stream;
  }

  /** Messages lost, as far as the reader has come. */
  get dropped(): number {
    return this.#stream.dropped;
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
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#stream.next();
  }

  /** Closes it; called when a `for await` loop is left. */
  return(): Promise<IteratorResult<T, undefined>> {
    return this.#stream.return();
  }

  /** Messages in batches: whatever has arrived, at least one at a time. */
  batches(): AsyncGenerator<T[], void, undefined> {
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
