/**
 * SHA-256, and what is derived from it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { canonicalJson } from "../json/json.ts";

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 of the canonical JSON of a value, as 64 hex digits. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** Where a chain of hashes starts. */
export const NO_HASH: string = "0".repeat(64);
