/**
 * Wakes JavaScript by parking one non-blocking native call, only while something is pending.
 *
 * Deno and Node Workers use it. A callback into Deno would crash Workers and lose exceptions, and
 * needs unrestricted `--allow-ffi`; a parked call needs neither.
 *
 * @module
 */

import type { NativeSymbols, WakeSource } from "./types.ts";

/** See the module. */
export class ParkedWake implements WakeSource {
  readonly callback = null;
  readonly #symbols: NativeSymbols;
  readonly #limitMs: number;
  #context = 0n;
  #onWake: () => void = () => {};
  #references = 0;
  #parked = false;
  #running: Promise<void> | undefined;

  /** `limitMs` bounds one park: a Node Worker cannot end before it. */
  constructor(symbols: NativeSymbols, limitMs: number) {
    this.#symbols = symbols;
    this.#limitMs = limitMs;
  }

  start(context: bigint, onWake: () => void): void {
    this.#context = context;
    this.#onWake = onWake;
  }

  ref(): void {
    this.#references++;
    this.#running ??= this.#run();
  }

  unref(): void {
    this.#references--;
    if (this.#references === 0 && this.#parked) {
      this.#symbols.tendon_context_interrupt(this.#context);
    }
  }

  async #run(): Promise<void> {
    // One turn later: what is awaited at once and resolved at once never parks.
    await undefined;
    while (this.#references > 0) {
      this.#parked = true;
      const status = await this.#symbols.tendon_context_wait(this.#context, this.#limitMs);
      this.#parked = false;
      if (status < 0) break;
      this.#onWake();
      // Consumers react in microtasks and may ask for more or be done: both before the next park.
      await undefined;
      await undefined;
      await undefined;
    }
    this.#running = undefined;
  }

  async stop(): Promise<void> {
    this.#references = 0;
    await this.#running;
  }
}
