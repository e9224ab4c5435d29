/**
 * Node and Bun: koffi. The main thread is woken by a callback that a thread of the library's own
 * makes; a Worker parks a call with a short limit, because a callback crashes it when it ends.
 *
 * @module
 */

import { createRequire } from "node:module";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { ParkedWake } from "./parked_wake.ts";
import type {
  Backend,
  NativeLibrary,
  NativeSymbols,
  NativeType,
  SymbolDefinition,
  WakeSource,
} from "./types.ts";

type Koffi = typeof import("koffi");
type TypeObject = ReturnType<Koffi["pointer"]>;

const WORKER_PARK_LIMIT_MS = 500;
const LAST_CALL = 0x8000_0000;
const KEEP_ALIVE_MS = 2 ** 30;

const KOFFI_TYPES: Record<Exclude<NativeType, "function">, string> = {
  u32: "uint32_t",
  i32: "int32_t",
  u64: "uint64_t",
  f64: "double",
  buffer: "uint8_t *",
};

/** Wakes the main thread through a callback; an exit hook keeps late calls out. */
class CallbackWake implements WakeSource {
  readonly callback: unknown;
  readonly #koffi: Koffi;
  readonly #symbols: NativeSymbols;
  readonly #disarm = () => this.#symbols.tendon_context_disarm(this.#context);
  #context = 0n;
  #onWake: () => void = () => {};
  #references = 0;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #stopped: () => void = () => {};
  readonly #last: Promise<void>;

  constructor(koffi: Koffi, wakeType: TypeObject, symbols: NativeSymbols) {
    this.#koffi = koffi;
    this.#symbols = symbols;
    this.#last = new Promise((resolve) => this.#stopped = resolve);
    // The native side must not pin this object, and an exception thrown here would end the process.
    const weak = new WeakRef(this);
    this.callback = koffi.register((tag: number) => {
      const wake = weak.deref();
      if (wake === undefined) return;
      if ((tag & LAST_CALL) !== 0) return wake.#stopped();
      try {
        wake.#onWake();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }, wakeType);
  }

  start(context: bigint, onWake: () => void): void {
    this.#context = context;
    this.#onWake = onWake;
    process.on("exit", this.#disarm);
  }

  ref(): void {
    this.#references++;
    if (this.#references > 1) return;
    this.#keepAlive ??= setInterval(() => {}, KEEP_ALIVE_MS);
    this.#keepAlive.ref();
    // Frames queued while nothing was pending were not announced.
    queueMicrotask(this.#onWake);
  }

  unref(): void {
    this.#references--;
    if (this.#references === 0) this.#keepAlive?.unref();
  }

  async stop(): Promise<void> {
    this.#keepAlive?.ref();
    await this.#last;
    await new Promise((resolve) => setTimeout(resolve));
    this.#koffi.unregister(this.callback as bigint);
    clearInterval(this.#keepAlive);
    process.off("exit", this.#disarm);
  }
}

function open(path: string, symbols: Readonly<Record<string, SymbolDefinition>>): NativeLibrary {
  const koffi = createRequire(import.meta.url)("koffi") as Koffi;
  const wakeType = koffi.pointer(koffi.proto("void", ["uint32_t"]));
  const koffiType = (type: NativeType) => type === "function" ? wakeType : KOFFI_TYPES[type];
  const library = koffi.load(path);
  const functions: Record<string, unknown> = {};
  for (const [name, { parameters, result, nonblocking }] of Object.entries(symbols)) {
    const native = library.func(
      name,
      koffiType(result),
      parameters.map(koffiType),
    );
    functions[name] = nonblocking
      ? (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          native.async(
            ...args,
            (error: unknown, value: unknown) => error ? reject(error) : resolve(value),
          );
        })
      : native;
  }
  const typed = functions as unknown as NativeSymbols;
  const createWake = () =>
    isMainThread
      ? new CallbackWake(koffi, wakeType, typed)
      : new ParkedWake(typed, WORKER_PARK_LIMIT_MS);
  return { path, symbols: typed, createWake };
}

/** The backend for Node and Bun. */
export const nodeBackend: Backend = {
  runtime: "node",
  open,
  permission: () => "granted",
  environment: (name) => process.env[name],
};
