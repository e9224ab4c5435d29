/**
 * Deno: `Deno.dlopen`, and one parked call as the wake. Works under `--allow-ffi=<library>`.
 *
 * @module
 */

import { ParkedWake } from "./parked_wake.ts";
import type {
  Backend,
  NativeLibrary,
  NativeSymbols,
  Permission,
  PermissionState,
  SymbolDefinition,
} from "./types.ts";

const PARK_LIMIT_MS = 10_000;

function open(path: string, symbols: Readonly<Record<string, SymbolDefinition>>): NativeLibrary {
  const definitions: Record<string, Deno.ForeignFunction> = {};
  for (const [name, { parameters, result, nonblocking }] of Object.entries(symbols)) {
    definitions[name] = {
      parameters: [...parameters],
      result: result === "buffer" ? "pointer" : result,
      nonblocking,
    };
  }
  const library = Deno.dlopen(path, definitions);
  // The generated table is the one source of both the definitions and the type.
  const typed = library.symbols as unknown as NativeSymbols;
  return { path, symbols: typed, createWake: () => new ParkedWake(typed, PARK_LIMIT_MS) };
}

function permission(permission: Permission): PermissionState {
  const { state } = Deno.permissions.querySync(permission);
  return state;
}

function environment(name: string): string | undefined {
  if (permission({ name: "env", variable: name }) !== "granted") return undefined;
  return Deno.env.get(name);
}

/** The backend for Deno. */
export const denoBackend: Backend = { runtime: "deno", open, permission, environment };
