/**
 * Whether the native library has the schemas that these sources were generated from.
 *
 * @module
 */

import { callSync } from "../../../ffi/call.ts";
import { ContractError } from "../../errors.ts";
import { BUNDLE_DIGEST } from "../generated/data.ts";

// The library stays loaded for the life of the process.
let compared = false;

/**
 * Asks the native library for its schemas, once: with others, the two cores would disagree on what a
 * document means.
 *
 * @param action what needs them, such as `open a core`
 * @throws {ContractError} `contract_bundle` if they are others
 */
export function requireNativeBundle(action: string): void {
  if (compared) return;
  const { digest } = callSync("contracts.bundleDigest", {}, { action });
  requireBundle(action, digest, BUNDLE_DIGEST);
  compared = true;
}

/** Throws unless two digests of schemas are the same. @throws {ContractError} `contract_bundle` */
export function requireBundle(action: string, found: string, needed: string): void {
  if (found === needed) return;
  throw new ContractError(
    "contract_bundle",
    `Cannot ${action} as the native library was built with the schemas ${found.slice(0, 12)}, ` +
      `this version of Tendon needs ${needed.slice(0, 12)}; rebuild it with \`deno task build\``,
    { data: { found, needed } },
  );
}
