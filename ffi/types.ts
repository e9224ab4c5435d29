/**
 * The interface that both backends serve.
 *
 * @module
 */

import type { SYMBOLS } from "./generated/symbols.ts";

/** Types that may cross the C ABI. */
export type NativeType = "u32" | "i32" | "u64" | "f64" | "buffer" | "function";

type Parameter<T extends NativeType> = T extends "u64" ? bigint
  : T extends "buffer" ? Uint8Array | null
  : T extends "function" ? unknown
  : number;

type Parameters<T extends readonly NativeType[]> = {
  -readonly [K in keyof T]: Parameter<T[K]>;
};

type NativeFunction<
  S extends { parameters: readonly NativeType[]; nonblocking: boolean },
> = (...args: Parameters<S["parameters"]>) => S["nonblocking"] extends true ? Promise<number>
  : number;

/** Every symbol of the library as a typed function. */
export type NativeSymbols = {
  readonly [K in keyof typeof SYMBOLS]: NativeFunction<(typeof SYMBOLS)[K]>;
};

/** Describes a symbol to a backend. */
export interface SymbolDefinition {
  readonly parameters: readonly NativeType[];
  readonly result: NativeType;
  readonly nonblocking: boolean;
}

/**
 * How JavaScript learns that events are queued.
 *
 * A wake source counts references: while there are any, the process stays alive and wakes are
 * delivered; without, neither.
 */
export interface WakeSource {
  /** Passed to the library at opening; null for sources that park a call. */
  readonly callback: unknown;
  /** Begins serving a context. */
  start(context: bigint, onWake: () => void): void;
  /** Something is pending. */
  ref(): void;
  /** It is no longer pending. */
  unref(): void;
  /** Resolves when the library can no longer reach JavaScript. */
  stop(): Promise<void>;
}

/** An opened library. */
export interface NativeLibrary {
  readonly path: string;
  readonly symbols: NativeSymbols;
  createWake(): WakeSource;
}

/** Whether a permission is held, without asking for it. */
export type PermissionState = "granted" | "denied" | "prompt";

/** A permission of the runtime. */
export type Permission =
  | { name: "ffi" | "read" | "write"; path: string }
  | { name: "net"; host?: string }
  | { name: "env"; variable: string };

/** What differs between runtimes. */
export interface Backend {
  readonly runtime: "deno" | "node";
  /** Opens a shared library by absolute path. Throws the runtime's own error. */
  open(path: string, symbols: Readonly<Record<string, SymbolDefinition>>): NativeLibrary;
  /** State of a permission; `granted` where the runtime has none. */
  permission(permission: Permission): PermissionState;
  /** An environment variable; undefined if unset or not permitted. Never prompts. */
  environment(name: string): string | undefined;
}
