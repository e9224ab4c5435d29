/**
 * The venues' names of an order's status, and ours.
 *
 * @module
 */

import { checkOneOf, show } from "../../_check.ts";
import type { Decimal, OrderStatus } from "../generated/types.ts";

/**
 * Whose names they are: of exchange libraries and brokers in words, of exchanges in capitals, of FIX
 * (tag 39, OrdStatus), or of barter's order states.
 */
export type StatusVocabulary = "words" | "capitals" | "fix" | "barter";

const STATUSES: Readonly<Record<StatusVocabulary, Readonly<Record<string, OrderStatus>>>> = {
  words: {
    submitted: "submitted",
    accepted: "accepted",
    open: "accepted",
    New: "accepted",
    partial: "partially_filled",
    partially_filled: "partially_filled",
    canceling: "cancel_pending",
    cancel_pending: "cancel_pending",
    completed: "filled",
    closed: "filled",
    filled: "filled",
    canceled: "cancelled",
    cancelled: "cancelled",
    margin: "rejected",
    rejected: "rejected",
    expired: "expired",
  },
  capitals: {
    PENDING_NEW: "submitted",
    NEW: "accepted",
    PARTIALLY_FILLED: "partially_filled",
    PENDING_CANCEL: "cancel_pending",
    FILLED: "filled",
    CANCELED: "cancelled",
    CANCELLED: "cancelled",
    REJECTED: "rejected",
    EXPIRED: "expired",
  },
  fix: {
    A: "submitted",
    "0": "accepted",
    "1": "partially_filled",
    "6": "cancel_pending",
    "2": "filled",
    "4": "cancelled",
    "8": "rejected",
    C: "expired",
  },
  barter: {
    OpenInFlight: "submitted",
    Open: "accepted",
    CancelInFlight: "cancel_pending",
    FullyFilled: "filled",
    Cancelled: "cancelled",
    Expired: "expired",
    OpenFailed: "rejected",
  },
};

/**
 * Our status for a venue's.
 *
 * @param filled filled quantity; an order that a venue calls open has partially filled if it is not "0"
 * @throws {TypeError} If the vocabulary has no such name. What a venue says is never guessed at.
 *
 * @example FIX and barter
 * ```ts
 * import { venueStatus } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(venueStatus("fix", "4"), "cancelled");
 * assertEquals(venueStatus("barter", "Open", "0.5"), "partially_filled");
 * ```
 */
export function venueStatus(
  vocabulary: StatusVocabulary,
  name: string,
  filled: Decimal = "0",
): OrderStatus {
  const action = "read a venue's status";
  checkOneOf(action, "vocabulary", vocabulary, Object.keys(STATUSES));
  const names = STATUSES[vocabulary];
  const status = Object.hasOwn(names, name) ? names[name] : undefined;
  if (status === undefined) {
    throw new TypeError(
      `Cannot ${action} as it must be one of ${Object.keys(names).join(", ")}: ` +
        `current value is ${show(name)}`,
    );
  }
  return status === "accepted" && filled !== "0" ? "partially_filled" : status;
}
