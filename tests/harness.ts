/**
 * Lets one test suite run under Deno and, from the npm package, under Node.
 *
 * @module
 */

import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LIBRARY_FILE } from "../ffi/library.ts";
import { libraryInfo } from "../src/library.ts";

// The library stays loaded for the life of the process, so no test may be the one that opens it.
libraryInfo();

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

/** How a program of a test ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program of a test is run. */
export interface RunOptions {
  /** Deno's permissions; the default is what the library needs and no more. */
  permissions?: readonly string[];
  args?: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/** Path of the library under test. */
export const libraryPath: string = process.env.TENDON_LIBRARY ??
  fileURLToPath(new URL(`../rust/target/release/${LIBRARY_FILE}`, import.meta.url));

/** Runs a program with the running runtime, at most 60 seconds. */
export function run(program: URL, options: RunOptions = {}): Promise<Ended> {
  const { permissions = [`--allow-ffi=${libraryPath}`], args = [], environment = {} } = options;
  const path = fileURLToPath(program);
  const flags = isDeno ? ["run", "--quiet", "--no-prompt", "--no-check", ...permissions] : [];
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, path, ...args], {
      env: { ...process.env, NO_COLOR: "1", ...environment },
      timeout: 60_000,
    }, (error, stdout, stderr) => {
      const failed = error as { code?: number; signal?: string } | null;
      const status = failed === null ? 0 : typeof failed.code === "number" ? failed.code : null;
      resolve({ status, signal: failed?.signal ?? null, stdout, stderr });
    });
  });
}

/** URL of a program beside a test: TypeScript under Deno, JavaScript under Node. */
export function program(name: string, base: string): URL {
  return new URL(`./programs/${name}.${isDeno ? "ts" : "js"}`, base);
}
