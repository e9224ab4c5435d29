/**
 * What every input does to an order in every state: the second table of the life cycle, by hand.
 *
 * @module
 */

import { cancel, replace, type Script } from "./_script.ts";
import { type StateName, STATES } from "./_states.ts";

/** `from -> to`, IGN and a code, a code, or `nothing` and the codes of remarks. */
export type Cell = string;
/** One cell per state of an order; a terminal state that is not named behaves as `terminal`. */
export type Row = Readonly<Partial<Record<StateName | "terminal", Cell>>>;
/** Feeds an order. */
export type Input = (script: Script, order: string) => Script;

const ILLEGAL = "ILLEGAL_TRANSITION";
const EARLY = "FILL_BEFORE_ACCEPT";
const LATE = "FILL_AFTER_TERMINAL";
const STALE = "IGN STALE_REPORT";
/** A transition that leaves an order where it is. */
export const self = (status: string): string => `${status} -> ${status}`;
const PENDING = self("cancel_pending");

/** The rows. */
export const INPUTS: readonly (readonly [name: string, input: Input, row: Row])[] = [
  ["cancel_order", (script, order) => script.timer(cancel(order)), {
    created: "created -> cancelled",
    submitted: "submitted -> cancel_pending",
    accepted: "accepted -> cancel_pending",
    partially_filled: "partially_filled -> cancel_pending",
    "cancel_pending.submitted": "IGN CANCEL_ALREADY_PENDING",
    "cancel_pending.accepted": "IGN CANCEL_ALREADY_PENDING",
    "cancel_pending.partially_filled": "IGN CANCEL_ALREADY_PENDING",
    terminal: "ORDER_TERMINAL",
  }],
  ["replace_order", (script, order) => script.timer(replace(order, { quantity: "2" })), {
    created: ILLEGAL,
    submitted: ILLEGAL,
    accepted: self("accepted"),
    partially_filled: self("partially_filled"),
    "cancel_pending.submitted": ILLEGAL,
    "cancel_pending.accepted": ILLEGAL,
    "cancel_pending.partially_filled": ILLEGAL,
    terminal: "ORDER_TERMINAL",
  }],
  ["report accepted", (script, order) => script.report(order, "accepted", { report_id: "x" }), {
    created: ILLEGAL,
    submitted: "submitted -> accepted",
    accepted: STALE,
    partially_filled: STALE,
    "cancel_pending.submitted": `${PENDING} resume accepted`,
    "cancel_pending.accepted": STALE,
    "cancel_pending.partially_filled": STALE,
    terminal: STALE,
  }],
  ["report rejected", (script, order) => script.report(order, "rejected", { report_id: "x" }), {
    created: ILLEGAL,
    submitted: "submitted -> rejected",
    accepted: "accepted -> rejected",
    partially_filled: ILLEGAL,
    "cancel_pending.submitted": "cancel_pending -> rejected",
    "cancel_pending.accepted": "cancel_pending -> rejected",
    "cancel_pending.partially_filled": ILLEGAL,
    rejected: STALE,
    terminal: ILLEGAL,
  }],
  ["report cancelled", (script, order) => script.report(order, "cancelled", { report_id: "x" }), {
    created: ILLEGAL,
    submitted: "submitted -> cancelled",
    accepted: "accepted -> cancelled",
    partially_filled: "partially_filled -> cancelled",
    "cancel_pending.submitted": "cancel_pending -> cancelled",
    "cancel_pending.accepted": "cancel_pending -> cancelled",
    "cancel_pending.partially_filled": "cancel_pending -> cancelled",
    cancelled: STALE,
    terminal: ILLEGAL,
  }],
  ["report expired", (script, order) => script.report(order, "expired", { report_id: "x" }), {
    created: ILLEGAL,
    submitted: "submitted -> expired",
    accepted: "accepted -> expired",
    partially_filled: "partially_filled -> expired",
    "cancel_pending.submitted": "cancel_pending -> expired",
    "cancel_pending.accepted": "cancel_pending -> expired",
    "cancel_pending.partially_filled": "cancel_pending -> expired",
    expired: STALE,
    terminal: ILLEGAL,
  }],
  ["report cancel_rejected", (script, order) => script.report(order, "cancel_rejected"), {
    created: STALE,
    submitted: STALE,
    accepted: STALE,
    partially_filled: STALE,
    "cancel_pending.submitted": "cancel_pending -> submitted",
    "cancel_pending.accepted": "cancel_pending -> accepted",
    "cancel_pending.partially_filled": "cancel_pending -> partially_filled",
    terminal: STALE,
  }],
  ["report replaced", (script, order) => script.report(order, "replaced", { quantity: "2" }), {
    created: ILLEGAL,
    submitted: ILLEGAL,
    accepted: self("accepted"),
    partially_filled: self("partially_filled"),
    "cancel_pending.submitted": `${PENDING} resume submitted`,
    "cancel_pending.accepted": `${PENDING} resume accepted`,
    "cancel_pending.partially_filled": `${PENDING} resume partially_filled`,
    terminal: STALE,
  }],
  ["report replace_rejected", (script, order) => script.report(order, "replace_rejected"), {
    created: STALE,
    submitted: STALE,
    accepted: STALE,
    partially_filled: STALE,
    "cancel_pending.submitted": STALE,
    "cancel_pending.accepted": STALE,
    "cancel_pending.partially_filled": STALE,
    terminal: STALE,
  }],
  ["fill below the rest", (script, order) => script.fill(order, "f9", "0.25"), {
    created: EARLY,
    submitted: EARLY,
    accepted: "accepted -> partially_filled",
    partially_filled: self("partially_filled"),
    "cancel_pending.submitted": EARLY,
    "cancel_pending.accepted": `${PENDING} resume partially_filled`,
    "cancel_pending.partially_filled": `${PENDING} resume partially_filled`,
    terminal: LATE,
  }],
  ["fill of the rest", (script, order) => script.fill(order, "f9", rest(order)), {
    created: EARLY,
    submitted: EARLY,
    accepted: "accepted -> filled",
    partially_filled: "partially_filled -> filled",
    "cancel_pending.submitted": EARLY,
    "cancel_pending.accepted": "cancel_pending -> filled",
    "cancel_pending.partially_filled": "cancel_pending -> filled",
    terminal: LATE,
  }],
  ["fill above the rest", (script, order) => script.fill(order, "f9", "1.000000000001"), {
    created: EARLY,
    submitted: EARLY,
    accepted: "OVERFILL",
    partially_filled: "OVERFILL",
    "cancel_pending.submitted": EARLY,
    "cancel_pending.accepted": "OVERFILL",
    "cancel_pending.partially_filled": "OVERFILL",
    terminal: LATE,
  }],
  [
    "report status",
    (script, order) => script.report(order, "status", { cum_filled: "0.7", quantity: "7" }),
    Object.fromEntries(
      [...STATES, "terminal"].map((
        state,
      ) => [state, "nothing CUM_FILLED_MISMATCH RECONCILE_MISMATCH"]),
    ),
  ],
];

function rest(order: string): string {
  return order.endsWith("partially_filled") ? "0.6" : "1";
}
