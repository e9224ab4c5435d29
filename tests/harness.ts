/**
 * Lets one test suite run under Deno and, from the npm package, under Node.
 *
 * @module
 */

import process from "node:process";

type Test = (name: string, body: () => void | Promise<void>) => void;

/** `Deno.test`, with its leak sanitizers, or `node:test`. */
export const test: Test = typeof globalThis.Deno?.test === "function"
  ? (name, body) => Deno.test(name, body)
  : (await import("node:test")).test;

/** Whether the suite runs under Deno. */
export const isDeno: boolean = typeof globalThis.Deno?.test === "function";

/** Resident memory of the process in MiB, after a garbage collection if the runtime exposes one. */
export function residentMib(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

/** Resolves after a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
