/**
 * One order here against the same order at the venue: what differs, and what would mend it.
 *
 * @module
 */

import {
  asMoney,
  decimal,
  decimalText,
  money,
  Overflow,
  readDecimal,
  readMoney,
} from "../core/decimal.ts";
import { isTerminal } from "../core/legal.ts";
import type {
  Authority,
  CoreSnapshot,
  OrderRecord,
  OrderStatus,
  ReconciliationAction,
  ReconciliationItem,
  VenueOrder,
} from "../generated/types.ts";

/** A fill that the core has not heard of. */
export interface MissingFill {
  readonly quantity: bigint;
  readonly price: bigint;
}

/** What came of comparing one order. */
export interface OrderDifference {
  readonly items: readonly ReconciliationItem[];
  /** Whether the core must hear of the acceptance first. */
  readonly accept: boolean;
  readonly fill: MissingFill | null;
  /** How it ended, if the core must hear of that. */
  readonly end: "cancelled" | "expired" | "rejected" | null;
  /** Whether money and positions may differ for a reason that is still on its way. */
  readonly inFlight: boolean;
  /** Whether money may differ for a reason that no event here explains. */
  readonly unsettled: boolean;
  /** Whether the venue did not list it, so that only a query can tell what became of it. */
  readonly unlisted: boolean;
}

const AGREEMENT: OrderDifference = {
  items: [],
  accept: false,
  fill: null,
  end: null,
  inFlight: false,
  unsettled: false,
  unlisted: false,
};

/** What is done about a difference that an event can mend, by who is right. */
export function mendable(authority: Authority): ReconciliationAction {
  return authority === "local" ? "observe" : "repair";
}

/** What is done about a difference that no event can mend, by who is right. */
export function unmendable(authority: Authority): ReconciliationAction {
  return authority === "venue" ? "halt" : "observe";
}

/**
 * The difference of an order.
 *
 * @param young whether it changed here too shortly before the venue looked
 */
export function compareOrder(
  core: CoreSnapshot,
  local: OrderRecord,
  venue: VenueOrder | null,
  young: boolean,
  authority: Authority,
): OrderDifference {
  if (venue === null) return unlisted(local, young);
  const fill = missingFill(core, local, venue);
  const mend = mends(local, venue, fill);
  const items: ReconciliationItem[] = [];
  if (local.status !== venue.status) {
    const contradicts = mend.status !== venue.status &&
      isTerminal(venue.status);
    items.push({
      kind: "status",
      key: local.order_id,
      local: local.status,
      venue: venue.status,
      severity: contradicts ? "error" : "warn",
      action: mend.status === venue.status
        ? mendable(authority)
        : contradicts
        ? unmendable(authority)
        : "observe",
    });
  }
  if (local.filled !== venue.filled) {
    items.push({
      kind: "filled",
      key: local.order_id,
      local: local.filled,
      venue: venue.filled,
      severity: "error",
      action: fill === null ? unmendable(authority) : mendable(authority),
    });
  }
  if (items.length === 0) return AGREEMENT;
  if (young) return { ...AGREEMENT, items: items.map(waiting), inFlight: true };
  const unsettled = local.filled !== venue.filled && (fill === null || authority === "local");
  if (authority === "local") return { ...AGREEMENT, items, unsettled };
  return { ...AGREEMENT, items, unsettled, fill, accept: mend.accept, end: mend.end };
}

function unlisted(local: OrderRecord, young: boolean): OrderDifference {
  if (isTerminal(local.status)) return AGREEMENT;
  const item: ReconciliationItem = {
    kind: "order_missing_venue",
    key: local.order_id,
    local: local.status,
    venue: null,
    severity: "error",
    // Absence does not say whether it was filled: the venue is asked for the order first.
    action: "observe",
  };
  return young
    ? { ...AGREEMENT, items: [waiting(item)], inFlight: true, unlisted: true }
    : { ...AGREEMENT, items: [item], unsettled: true, unlisted: true };
}

/** News that is on its way is no difference yet. */
export function waiting(item: ReconciliationItem): ReconciliationItem {
  return { ...item, severity: "info", action: "none" };
}

/** The fill that would bring the core to the venue's filled quantity, if the core would take it. */
function missingFill(
  core: CoreSnapshot,
  local: OrderRecord,
  venue: VenueOrder,
): MissingFill | null {
  if (isTerminal(local.status) || local.status === "created") return null;
  const quantity = readDecimal(venue.filled) - readDecimal(local.filled);
  if (quantity <= 0n || quantity > readDecimal(local.remaining)) return null;
  const price = likelyPrice(core, local, venue);
  if (price === null || price <= 0n) return null;
  try {
    money(quantity * price);
    money(asMoney(decimal(quantity)));
    decimal(readDecimal(local.remaining) - quantity);
  } catch (error) {
    if (error instanceof Overflow) return null;
    throw error;
  }
  return { quantity, price };
}

/** Limit price, else the last price in the market, where a price can have that form. */
function likelyPrice(core: CoreSnapshot, local: OrderRecord, venue: VenueOrder): bigint | null {
  const limit = venue.limit_price ?? local.limit_price;
  if (limit !== null) return readDecimal(limit);
  const mark = core.marks.find(({ instrument }) => instrument === local.instrument)?.price;
  if (mark === undefined) return null;
  const exact = readMoney(mark), price = exact / MONEY_PER_DECIMAL;
  if (asMoney(price) !== exact) return null;
  try {
    return decimal(price);
  } catch (error) {
    if (error instanceof Overflow) return null;
    throw error;
  }
}

const MONEY_PER_DECIMAL = asMoney(1n);

interface Mend {
  readonly accept: boolean;
  readonly end: OrderDifference["end"];
  /** Where the order would stand. */
  readonly status: OrderStatus;
}

/** What reports would follow the venue, and where they lead. */
function mends(local: OrderRecord, venue: VenueOrder, fill: MissingFill | null): Mend {
  if (isTerminal(local.status) || local.status === "created") {
    return { accept: false, end: null, status: local.status };
  }
  const waits = local.status === "submitted" || local.resume_status === "submitted";
  const accept = fill !== null
    ? waits
    : local.status === "submitted" && venue.status === "accepted";
  const filled = readDecimal(local.filled) + (fill?.quantity ?? 0n);
  const status = fill !== null ? afterFill(local, filled) : accept ? "accepted" : local.status;
  if (isTerminal(status) || decimalText(filled) !== venue.filled) {
    return { accept, end: null, status };
  }
  if (venue.status === "cancelled" || venue.status === "expired") {
    return { accept, end: venue.status, status: venue.status };
  }
  if (venue.status === "rejected" && filled === 0n) {
    return { accept, end: "rejected", status: "rejected" };
  }
  return { accept, end: null, status };
}

function afterFill(local: OrderRecord, filled: bigint): OrderStatus {
  if (filled === readDecimal(local.quantity)) return "filled";
  return local.status === "cancel_pending" ? "cancel_pending" : "partially_filled";
}
