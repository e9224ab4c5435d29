/**
 * The events of an agent as an async iterable.
 *
 * @module
 */

import { TendonError } from "../errors.ts";
import type { AgentEvent } from "./events.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Events that wait for one reader. */
export class EventQueue<E extends AgentEvent>
  implements AsyncIterableIterator<E, undefined>, AsyncDisposable {
  readonly #capacity: number;
  readonly #leave: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => void this.return();
  #events: E[] = [];
  #waiters: PromiseWithResolvers<IteratorResult<E, undefined>>[] = [];
  #ended = false;
  #error: TendonError | undefined;

  constructor(capacity: number, signal: AbortSignal | undefined, leave: () => void) {
    this.#capacity = capacity;
    this.#leave = leave;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
  }

  /** Takes an event for the reader. */
  push(event: E): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: event });
    } else if (this.#events.length < this.#capacity) {
      this.#events.push(event);
    } else {
      this.#error = new TendonError(
        "stream_overflow",
        `Cannot read events: the reader fell behind by more than ${this.#capacity} events`,
      );
      this.end();
    }
  }

  /** No more events; those that wait can still be read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#leave();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }

  next(): Promise<IteratorResult<E, undefined>> {
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve(DONE);
    const waiter = withResolvers<IteratorResult<E, undefined>>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#events = [];
    this.#error = undefined;
    this.end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>["resolve"];
  let reject!: PromiseWithResolvers<T>["reject"];
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
