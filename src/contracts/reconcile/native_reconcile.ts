/**
 * The comparison of the native library.
 *
 * @module
 */

import { callSync } from "../../../ffi/call.ts";
import { canonicalJson } from "../json/json.ts";
import { requireNativeBundle } from "../schema/native_bundle.ts";
import type { CoreSnapshot, TimeNs, VenueSnapshot } from "../generated/types.ts";
import type { Reconciliation } from "./reconcile.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is compared, as the library reads it. */
export function reconcileInput(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  graceNs: TimeNs,
  changed: ReadonlyMap<string, TimeNs>,
): Uint8Array {
  const orders = [...changed].map(([order_id, at]) => ({ order_id, at }));
  return encoder.encode(canonicalJson({ core, venue, grace_ns: graceNs, changed: orders }));
}

/** Compares in the native library: canonical JSON in, canonical JSON out. */
export function nativeReconcileBytes(input: Uint8Array): Uint8Array {
  const action = "reconcile";
  requireNativeBundle(action);
  const { columns } = callSync("contracts.reconcile", {}, { action, attachment: input });
  return columns["bytes"] as Uint8Array;
}

/** Compares in the native library. */
export function nativeReconcile(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  graceNs: TimeNs,
  changed: ReadonlyMap<string, TimeNs>,
): Reconciliation {
  const answer = nativeReconcileBytes(reconcileInput(core, venue, graceNs, changed));
  // The library writes what its types say.
  return JSON.parse(decoder.decode(answer)) as Reconciliation;
}
