/**
 * The isolate's one native context: pending operations, open streams, and the drain of the event
 * queue. Opened at first use, never at import.
 *
 * @module
 */

import { ClosedError } from "../src/errors.ts";
import { failureError, parseFailure } from "./failure.ts";
import { openLibrary } from "./library.ts";
import type { NativeLibrary, NativeSymbols, WakeSource } from "./types.ts";

const QUEUE_BYTES = 8 << 20;
const DRAIN_BYTES = 256 << 10;
/** Batches per turn of the event loop, so that a flood leaves room for timers and I/O. */
const BATCHES_PER_TURN = 64;
const SPACE = -3;
const BATCH_HEADER = 32;
const FRAME_HEADER = 32;
/** Bytes before an answer's payload. */
export const ANSWER_HEADER = 16;

const OP_RESULT = 1;
const STREAM_ITEM = 2;
const STREAM_END = 3;
const GAP = 4;
const FLAG_ERROR = 1 << 2;

/** What waits for the result of an operation. */
export interface PendingOperation {
  readonly action: string;
  /** `payload` is valid only during the call. */
  resolve(payload: Uint8Array): void;
  reject(error: unknown): void;
}

/** What receives the frames of a stream. `payload` is valid only during the call. */
export interface StreamConsumer {
  readonly action: string;
  item(payload: Uint8Array): void;
  gap(lost: number): void;
  end(error: unknown): void;
}

const decoder = new TextDecoder();

/** See the module. */
export class NativeContext {
  readonly symbols: NativeSymbols;
  readonly libraryPath: string;
  readonly handle: bigint;
  readonly #wake: WakeSource;
  readonly #operations = new Map<number, PendingOperation>();
  readonly #streams = new Map<number, WeakRef<StreamConsumer>>();
  /** Consumers that somebody awaits: nothing else may keep them alive. */
  readonly #awaited = new Set<StreamConsumer>();
  /** Closes streams whose consumer was forgotten. */
  readonly #forgotten = new FinalizationRegistry<number>((id) => {
    this.#streams.delete(id);
    if (!this.#closed) this.symbols.tendon_stream_close(this.handle, BigInt(id));
  });
  #buffer = new Uint8Array(DRAIN_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #nextId = 1;
  #dispatching = false;
  #closed = false;

  /** Opens a context on a library. */
  constructor(library: NativeLibrary) {
    this.symbols = library.symbols;
    this.libraryPath = library.path;
    this.#wake = library.createWake();
    const out = new Uint8Array(ANSWER_HEADER + 256);
    const status = this.symbols.tendon_context_open(
      QUEUE_BYTES,
      this.#wake.callback,
      1,
      out,
      out.length,
    );
    const view = new DataView(out.buffer);
    if (status !== 0) {
      const json = decoder.decode(
        out.subarray(ANSWER_HEADER, ANSWER_HEADER + view.getUint32(0, true)),
      );
      throw failureError("open the native library", parseFailure(json));
    }
    this.handle = view.getBigUint64(ANSWER_HEADER, true);
    this.#wake.start(this.handle, () => this.#onWake());
    if (this.#arms) this.#drain();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the library announces frames by a callback, which each drain arms again. */
  get #arms(): boolean {
    return this.#wake.callback !== null;
  }

  /** A number for an operation or a stream, unique in this context. */
  newId(): number {
    return this.#nextId++;
  }

  /** Something is pending: the process stays alive until {@linkcode unref}. */
  ref(): void {
    this.#wake.ref();
  }

  /** What was pending is done. */
  unref(): void {
    this.#wake.unref();
  }

  addOperation(id: number, operation: PendingOperation): void {
    this.#operations.set(id, operation);
    this.ref();
  }

  removeOperation(id: number): void {
    if (this.#operations.delete(id)) this.unref();
  }

  addStream(id: number, consumer: StreamConsumer): void {
    this.#streams.set(id, new WeakRef(consumer));
    this.#forgotten.register(consumer, id, consumer);
  }

  removeStream(id: number, consumer: StreamConsumer): void {
    this.#streams.delete(id);
    this.#forgotten.unregister(consumer);
    this.releaseStream(consumer);
  }

  /** Somebody awaits the consumer's next item. */
  awaitStream(consumer: StreamConsumer): void {
    if (this.#awaited.has(consumer)) return;
    this.#awaited.add(consumer);
    this.ref();
  }

  /** Nobody awaits it any more. */
  releaseStream(consumer: StreamConsumer): void {
    if (this.#awaited.delete(consumer)) this.unref();
  }

  #onWake(): void {
    if (this.#drain()) {
      // More is queued than one turn may handle. A parked wake sees it at its next park.
      if (this.#arms) setTimeout(() => this.#onWake());
    }
  }

  /** Drains until the queue is empty (false) or the turn is used up (true). */
  #drain(): boolean {
    if (this.#dispatching || this.#closed) return false;
    this.#dispatching = true;
    try {
      for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
        const written = this.symbols.tendon_context_drain(
          this.handle,
          this.#buffer,
          this.#buffer.length,
          this.#arms ? 1 : 0,
        );
        if (written === SPACE) {
          this.#grow(this.#view.getUint32(0, true));
          continue;
        }
        if (written <= BATCH_HEADER) return false;
        const left = this.#view.getUint32(8, true);
        this.#dispatch(written);
        if (left === 0) return false;
      }
      return true;
    } finally {
      this.#dispatching = false;
    }
  }

  #grow(needed: number): void {
    this.#buffer = new Uint8Array(2 ** Math.ceil(Math.log2(needed)));
    this.#view = new DataView(this.#buffer.buffer);
  }

  #dispatch(used: number): void {
    const buffer = this.#buffer;
    const view = this.#view;
    for (let at = BATCH_HEADER; at < used; at += view.getUint32(at, true)) {
      const id = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 0x1_0000_0000;
      const start = at + FRAME_HEADER;
      const payload = buffer.subarray(start, start + view.getUint32(at + 24, true));
      try {
        this.#deliver(view.getUint16(at + 4, true), view.getUint16(at + 6, true), id, payload, at);
      } catch (error) {
        // A defect of one consumer harms no other; it surfaces as an uncaught error of its own.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (buffer.length > DRAIN_BYTES && used <= DRAIN_BYTES) this.#grow(DRAIN_BYTES);
  }

  #deliver(kind: number, flags: number, id: number, payload: Uint8Array, at: number): void {
    if (kind === OP_RESULT) {
      const operation = this.#operations.get(id);
      if (operation === undefined) return;
      this.removeOperation(id);
      if ((flags & FLAG_ERROR) === 0) operation.resolve(payload);
      else operation.reject(this.#error(operation.action, payload));
      return;
    }
    const consumer = this.#streams.get(id)?.deref();
    if (consumer === undefined) {
      if (kind === STREAM_ITEM) this.symbols.tendon_stream_close(this.handle, BigInt(id));
      return;
    }
    if (kind === STREAM_ITEM) {
      consumer.item(payload);
    } else if (kind === GAP) {
      consumer.gap(Number(this.#view.getBigUint64(at + FRAME_HEADER, true)));
    } else if (kind === STREAM_END) {
      this.removeStream(id, consumer);
      consumer.end((flags & FLAG_ERROR) === 0 ? undefined : this.#error(consumer.action, payload));
    }
  }

  #error(action: string, payload: Uint8Array): Error {
    return failureError(action, parseFailure(decoder.decode(payload)));
  }

  /** Closes everything; pending operations reject, streams end with {@linkcode ClosedError}. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.symbols.tendon_context_close(this.handle);
    const closed = (action: string) =>
      new ClosedError("closed", `Cannot ${action}: the native library was closed`);
    for (const [id, operation] of [...this.#operations]) {
      this.removeOperation(id);
      operation.reject(closed(operation.action));
    }
    for (const [id, weak] of [...this.#streams]) {
      const consumer = weak.deref();
      this.#streams.delete(id);
      if (consumer === undefined) continue;
      this.releaseStream(consumer);
      consumer.end(closed(consumer.action));
    }
    await this.#wake.stop();
  }
}

let current: NativeContext | undefined;
let library: NativeLibrary | undefined;

/** The isolate's context, opened at first use and again after {@linkcode closeContext}. */
export function context(): NativeContext {
  if (current === undefined || current.closed) {
    library ??= openLibrary();
    current = new NativeContext(library);
  }
  return current;
}

/** Closes the isolate's context, if one is open. */
export async function closeContext(): Promise<void> {
  const closing = current;
  current = undefined;
  await closing?.close();
}
