/**
 * What a signature is for.
 *
 * @module
 */

import { checkBytes, show } from "../_check.ts";

/** What a signature is for. */
export interface SignOptions {
  /**
   * The application protocol that the signature belongs to: 1 to 64 of `a-z 0-9 . _ -`. A
   * signature for one context is none for another.
   *
   * @default {"tendon.message.v1"}
   */
  context?: string;
}

const DEFAULT_CONTEXT = "tendon.message.v1";
const CONTEXT = /^[a-z0-9._-]{1,64}$/;
const MAX_MESSAGE_BYTES = 64 << 10;

/** The checked context. */
export function checkContext(action: string, options: SignOptions): string {
  const { context = DEFAULT_CONTEXT } = options;
  if (typeof context === "string" && CONTEXT.test(context)) return context;
  throw new SyntaxError(
    `Cannot ${action} as the context must be 1 to 64 of a-z, 0-9, ".", "_" and "-": ` +
      `current value is ${show(context)}`,
  );
}

/** Throws unless the message can be signed. */
export function checkMessage(action: string, message: Uint8Array): void {
  checkBytes(action, "the message", message);
  if (message.length <= MAX_MESSAGE_BYTES) return;
  throw new RangeError(
    `Cannot ${action} as the message may have at most ${MAX_MESSAGE_BYTES} bytes, sign its hash ` +
      `instead: current value has ${message.length}`,
  );
}
