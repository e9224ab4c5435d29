/**
 * Finds and opens the shared library, and explains a failed load.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LibraryError } from "../src/errors.ts";
import { backend as defaultBackend } from "./backend.ts";
import { ABI_HASH, ABI_VERSION, SYMBOLS } from "./generated/symbols.ts";
import type { Backend, NativeLibrary } from "./types.ts";

const FILE_NAMES: Readonly<Record<string, string>> = {
  darwin: "libtendon.dylib",
  win32: "tendon.dll",
};

/** What the library's file is called on this platform. */
export const LIBRARY_FILE: string = FILE_NAMES[process.platform] ?? "libtendon.so";

interface Candidate {
  readonly from: string;
  readonly path: string;
}

/** Where the library may be, best first: `TENDON_LIBRARY`, a platform package, a source checkout. */
function candidates(backend: Backend): Candidate[] {
  const found: Candidate[] = [];
  const fromEnvironment = backend.environment("TENDON_LIBRARY");
  if (fromEnvironment) return [{ from: "TENDON_LIBRARY", path: fromEnvironment }];
  const platform = `${process.platform}-${process.arch}`;
  if (backend.runtime === "node") {
    const name = `@tendon/native-${platform}`;
    try {
      const path = createRequire(import.meta.url).resolve(`${name}/${LIBRARY_FILE}`);
      found.push({ from: name, path });
    } catch {
      // Not installed: the message of the final error names the package.
    }
  }
  if (import.meta.url.startsWith("file:")) {
    for (
      const [from, relative] of [
        ["platform folder", `../native/${platform}/${LIBRARY_FILE}`],
        ["source checkout", `../rust/target/release/${LIBRARY_FILE}`],
      ] as const
    ) {
      found.push({ from, path: fileURLToPath(new URL(relative, import.meta.url)) });
    }
  }
  return found;
}

/** Whether a file exists; true if that may not be known, so that opening decides. */
function mayExist(backend: Backend, path: string): boolean {
  if (backend.permission({ name: "read", path }) !== "granted") return true;
  return existsSync(path);
}

function unusable(code: string, message: string, cause?: unknown): LibraryError {
  return new LibraryError(code, message, { cause });
}

function checkAbi(library: NativeLibrary): void {
  const version = library.symbols.tendon_abi_version();
  const text = (value: number) => `${value >>> 16}.${value & 0xffff}`;
  if (version >>> 16 !== ABI_VERSION >>> 16 || version < ABI_VERSION) {
    throw unusable(
      "library_abi_mismatch",
      `Cannot use the native library "${library.path}": its ABI is ${
        text(version)
      }, this version ` +
        `of Tendon needs ${text(ABI_VERSION)}; rebuild it with \`deno task build\` or remove it`,
    );
  }
  const hash = library.symbols.tendon_abi_hash();
  if (hash !== ABI_HASH) {
    const hex = (value: number) => value.toString(16).padStart(12, "0");
    throw unusable(
      "library_abi_mismatch",
      `Cannot use the native library "${library.path}": its table of symbols and methods is ` +
        `${hex(hash)}, this version of Tendon needs ${hex(ABI_HASH)}; rebuild it with ` +
        "`deno task build` or remove it",
    );
  }
}

function open(backend: Backend, { path }: Candidate): NativeLibrary {
  let library: NativeLibrary;
  try {
    library = backend.open(path, SYMBOLS);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/undefined symbol|dlsym|could not (find|register)|cannot find function/i.test(text)) {
      throw unusable(
        "library_abi_mismatch",
        `Cannot use the native library "${path}": a symbol is missing, so it is not the library ` +
          `of this version of Tendon (${text})`,
        error,
      );
    }
    throw unusable("library_not_loadable", text, error);
  }
  checkAbi(library);
  return library;
}

/**
 * Opens the native library.
 *
 * @throws {LibraryError} `library_not_found` with everything that was tried and what mends it, or
 * `library_abi_mismatch` when a library was found that belongs to another version.
 */
export function openLibrary(backend: Backend = defaultBackend): NativeLibrary {
  const tried: string[] = [];
  let cause: unknown;
  for (const candidate of candidates(backend)) {
    const { from, path } = candidate;
    if (!mayExist(backend, path)) {
      tried.push(`${from}: ${path}: no such file`);
      continue;
    }
    if (backend.permission({ name: "ffi", path }) !== "granted") {
      tried.push(`${from}: ${path}: not permitted, run with --allow-ffi=${path}`);
      continue;
    }
    try {
      return open(backend, candidate);
    } catch (error) {
      if (!(error instanceof LibraryError) || error.code !== "library_not_loadable") throw error;
      cause = error.cause;
      tried.push(`${from}: ${path}: ${error.message}`);
    }
  }
  const platform = `${process.platform}-${process.arch}`;
  throw unusable(
    "library_not_found",
    `Cannot load the native library for ${platform}: tried\n  ${tried.join("\n  ")}\n` +
      "Build it with `deno task build` in a source checkout, install the package " +
      `@tendon/native-${platform}, or set TENDON_LIBRARY to its path (Deno: with ` +
      "--allow-env=TENDON_LIBRARY and --allow-ffi=<that path>)",
    cause,
  );
}
