/**
 * What groups and those who join them share.
 *
 * @module
 */

import { checkBytes } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { Keypair } from "../identity/mod.ts";

const MAX_GROUP_ID_BYTES = 256;

const encoder = new TextEncoder();

/** The handle of a keypair. */
export function keypairHandle(action: string, keypair: Keypair): number {
  if (!(keypair instanceof Keypair)) {
    throw new TypeError(`Cannot ${action} as the keypair must be a Keypair`);
  }
  return sharedHandle(keypair, action);
}

/** Bytes of something that may be text. */
export function bytesOf(action: string, name: string, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  checkBytes(action, name, bytes);
  return bytes;
}

/** The checked bytes of a group's id. */
export function groupIdBytes(action: string, groupId: Uint8Array | string): Uint8Array {
  const bytes = bytesOf(action, "the group id", groupId);
  if (bytes.length > 0 && bytes.length <= MAX_GROUP_ID_BYTES) return bytes;
  throw new RangeError(
    `Cannot ${action} as the group id must have 1 to ${MAX_GROUP_ID_BYTES} bytes: ` +
      `current value has ${bytes.length}`,
  );
}
