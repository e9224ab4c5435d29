/**
 * The native library itself: what it is, and its orderly end.
 *
 * @module
 */

import { callSync } from "../ffi/call.ts";
import { closeContext } from "../ffi/context.ts";
import type { LibraryInfo } from "../ffi/generated/methods.ts";

export type { LibraryInfo };

/**
 * Opens the native library, if it is not open yet, and says what it is.
 *
 * @example
 * ```ts
 * import { libraryInfo } from "@tendon/tendon";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(libraryInfo().abi, "1.0");
 * ```
 *
 * @throws {LibraryError} If the library cannot be found or belongs to another version.
 */
export function libraryInfo(): LibraryInfo {
  return callSync("library.info", {}, { action: "read the library's version" });
}

/**
 * Closes everything that this isolate has open: pending operations reject, streams end, agents
 * shut down. Not needed at the end of a program. The library opens again at the next use.
 */
export async function closeLibrary(): Promise<void> {
  await closeContext();
}
