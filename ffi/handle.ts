/**
 * Ownership of a native object.
 *
 * @module
 */

import { ClosedError } from "../src/errors.ts";
import { context, type NativeContext } from "./context.ts";

interface Held {
  readonly native: NativeContext;
  readonly handle: bigint;
}

function close({ native, handle }: Held): void {
  if (!native.closed) native.symbols.tendon_object_close(native.handle, handle);
}

/** Closes what was forgotten. */
const forgotten = new FinalizationRegistry<Held>(close);

/** A native object that closes once, however often it is asked to, and when it is forgotten. */
export class NativeHandle implements Disposable {
  readonly #what: string;
  #held: Held | undefined;
  readonly #value: number;

  /** Takes ownership of a handle; `what` names it in messages, such as `agent`. */
  constructor(handle: number, what: string) {
    this.#what = what;
    this.#value = handle;
    this.#held = { native: context(), handle: BigInt(handle) };
    forgotten.register(this, this.#held, this);
  }

  /** Whether the object is closed. */
  get closed(): boolean {
    return this.#held === undefined || this.#held.native.closed;
  }

  /**
   * The handle for a request.
   *
   * @throws {ClosedError} If it was closed.
   */
  get value(): number {
    if (this.closed) {
      throw new ClosedError("closed", `Cannot use the ${this.#what}: it is closed`);
    }
    return this.#value;
  }

  /** Forgets the handle because the native side has closed it already. */
  release(): void {
    forgotten.unregister(this);
    this.#held = undefined;
  }

  /** Closes the object; again is harmless. */
  close(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.release();
    close(held);
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
