/**
 * Native streams as async iterables: order, back-pressure, abort and disposal in one place.
 *
 * @module
 */

import { context, type NativeContext, type StreamConsumer } from "./context.ts";
import { type Answer, type AsyncMethod, call } from "./call.ts";
import type { Methods, Overflow } from "./generated/methods.ts";

export type { Overflow };

/** How a stream is read. */
export interface StreamReadOptions {
  /**
   * Items buffered natively while the reader is slow. Up to 1,024 more may already be on their way.
   *
   * @default {1024}
   */
  capacity?: number | undefined;
  /**
   * What happens to an item that finds the buffer full.
   *
   * @default {"block"}
   */
  overflow?: Overflow | undefined;
  /** Ends the stream. */
  signal?: AbortSignal | undefined;
}

/** How a stream is opened. */
export interface OpenStreamOptions<T> extends StreamReadOptions {
  /** Names the work in error messages. */
  action: string;
  /** Decodes one item; `payload` is valid only during the call. */
  decode(payload: Uint8Array): T;
  /** Told of an error that ends the stream, besides the reader. */
  failed?: ((error: unknown) => void) | undefined;
}

/** Methods that open a stream. */
export type StreamMethod = {
  [M in AsyncMethod]: Methods[M]["request"] extends { stream: unknown } ? M : never;
}[AsyncMethod];

const DEFAULT_CAPACITY = 1024;
/** Largest number of items on their way to JavaScript. */
const MAX_WINDOW = 1024;

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Items of one native stream, in order.
 *
 * Items are fetched only while somebody reads, so a reader that stops costs bounded memory. Leaving
 * a `for await` loop closes the stream. A pending {@linkcode next} keeps the process alive; an open
 * stream that nobody reads does not.
 */
export class EventStream<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #native: NativeContext;
  readonly #id: number;
  readonly #consumer: StreamConsumer;
  readonly #window: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => void this.close();
  #items: T[] = [];
  #read = 0;
  #waiters: Waiter<T>[] = [];
  #granted = 0;
  #dropped = 0;
  #ended = false;
  #error: unknown;

  /** Made by {@linkcode openStream}. */
  constructor(native: NativeContext, id: number, options: OpenStreamOptions<T>) {
    this.#native = native;
    this.#id = id;
    this.#window = Math.min(options.capacity ?? DEFAULT_CAPACITY, MAX_WINDOW);
    this.#signal = options.signal;
    this.#consumer = {
      action: options.action,
      item: (payload) => this.#accept(options.decode(payload)),
      gap: (lost) => this.#dropped += lost,
      end: (error) => {
        this.#end(error);
        if (error !== undefined) options.failed?.(error);
      },
    };
    native.addStream(id, this.#consumer);
    options.signal?.addEventListener("abort", this.#abort);
  }

  /** Items lost to the overflow policy so far, as far as the reader has come. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the stream has ended; buffered items can still be read. */
  get ended(): boolean {
    return this.#ended;
  }

  #accept(item: T): void {
    this.#granted--;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#items.push(item);
      return;
    }
    if (this.#waiters.length === 0) this.#native.releaseStream(this.#consumer);
    waiter.resolve({ done: false, value: item });
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#native.releaseStream(this.#consumer);
    for (const waiter of this.#waiters.splice(0)) this.#finish(waiter);
  }

  /** The end for one reader: the error once, then done. */
  #finish(waiter: Waiter<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) waiter.resolve(DONE);
    else waiter.reject(error);
  }

  /** Asks for more when half of the window is used, so that reading never waits for nothing. */
  #demand(): void {
    const ahead = this.#granted + this.#items.length - this.#read;
    if (this.#ended || ahead > this.#window >> 1) return;
    const items = this.#window - ahead;
    this.#granted += items;
    this.#native.symbols.tendon_stream_credit(this.#native.handle, BigInt(this.#id), items);
  }

  #shift(): T {
    const item = this.#items[this.#read++] as T;
    if (this.#read === this.#items.length) {
      this.#items = [];
      this.#read = 0;
    }
    return item;
  }

  /** The next item, or done. Rejects once if the stream failed. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#signal?.aborted) void this.close();
    if (this.#read < this.#items.length) {
      const value = this.#shift();
      this.#demand();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) return this.#finish({ resolve, reject });
      this.#waiters.push({ resolve, reject });
      this.#native.awaitStream(this.#consumer);
      this.#demand();
    });
  }

  /** Everything that has arrived, at least one item at a time; for readers that work in batches. */
  async *batches(): AsyncGenerator<T[], void, undefined> {
    try {
      while (true) {
        const first = await this.next();
        if (first.done) return;
        const rest = this.#read === 0 ? this.#items : this.#items.slice(this.#read);
        this.#items = [];
        this.#read = 0;
        rest.unshift(first.value);
        this.#demand();
        yield rest;
      }
    } finally {
      await this.close();
    }
  }

  /** Closes the stream: buffered items are dropped, readers are done. Again is harmless. */
  close(): Promise<void> {
    this.#items = [];
    this.#read = 0;
    if (!this.#ended) {
      this.#native.removeStream(this.#id, this.#consumer);
      if (!this.#native.closed) {
        this.#native.symbols.tendon_stream_close(this.#native.handle, BigInt(this.#id));
      }
      this.#end(undefined);
    }
    return Promise.resolve();
  }

  /** Closes the stream; called when a `for await` loop is left. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.close();
    return DONE;
  }

  /** The stream itself: it can be iterated once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@linkcode close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a stream and resolves when the native side is producing.
 *
 * @throws {RangeError} If the capacity is not an integer of at least 1.
 */
export async function openStream<T, M extends StreamMethod>(
  method: M,
  request: Omit<Methods[M]["request"], "stream">,
  options: OpenStreamOptions<T>,
): Promise<EventStream<T>> {
  return (await openAnsweredStream(method, request, options)).stream;
}

/** As {@linkcode openStream}, with what the method answers. */
export async function openAnsweredStream<T, M extends StreamMethod>(
  method: M,
  request: Omit<Methods[M]["request"], "stream">,
  options: OpenStreamOptions<T>,
): Promise<{ readonly stream: EventStream<T>; readonly answer: Answer<M> }> {
  const { capacity = DEFAULT_CAPACITY, overflow = "block", action, signal } = options;
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 0xffff_ffff) {
    throw new RangeError(
      `Cannot ${action} as capacity must be an integer >= 1: current value is ${capacity}`,
    );
  }
  const native = context();
  const id = native.newId();
  const stream = new EventStream(native, id, options);
  try {
    const full = { ...request, stream: { id, capacity, overflow } } as Methods[M]["request"];
    return { stream, answer: await call(method, full, { action, signal }) };
  } catch (error) {
    await stream.close();
    throw error;
  }
}
