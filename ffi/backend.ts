/**
 * Chooses the backend of the running runtime.
 *
 * @module
 */

import { denoBackend } from "./backend_deno.ts";
import { nodeBackend } from "./backend_node.ts";
import type { Backend } from "./types.ts";

/** The backend in use; chosen by what the runtime offers, opened by nobody yet. */
export const backend: Backend = typeof globalThis.Deno?.dlopen === "function"
  ? denoBackend
  : nodeBackend;
