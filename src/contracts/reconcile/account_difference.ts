/**
 * Cash and positions here against those at the venue, given what is known of the orders.
 *
 * @module
 */

import { asMoney, money, moneyText, Overflow, readMoney } from "../core/decimal.ts";
import { quoteCurrency, sign } from "../core/order.ts";
import { mendable, type OrderDifference, unmendable, waiting } from "./order_difference.ts";
import type {
  Authority,
  CoreSnapshot,
  OrderRecord,
  ReconciliationItem,
  VenueSnapshot,
} from "../generated/types.ts";

/** An order and what differs about it. */
export interface ComparedOrder extends OrderDifference {
  readonly order: OrderRecord;
}

/** Cash that an adjustment must add. */
export interface Adjustment {
  readonly currency: string;
  readonly amount: string;
}

/** What came of comparing the account. */
export interface AccountDifference {
  readonly items: readonly ReconciliationItem[];
  /** Sorted by currency. */
  readonly adjustments: readonly Adjustment[];
}

/** The differences in cash; what the missing fills explain needs no adjustment. */
export function compareBalances(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  orders: readonly ComparedOrder[],
  authority: Authority,
): AccountDifference {
  const local = new Map(core.cash.map(({ currency, amount }) => [currency, amount]));
  const there = new Map(venue.balances.map(({ currency, amount }) => [currency, amount]));
  const inFlight = orders.some((order) => order.inFlight);
  const unsettled = orders.some((order) => order.unsettled);
  const items: ReconciliationItem[] = [];
  const adjustments: Adjustment[] = [];
  for (const [currency, here, theirs] of pairs(local, there)) {
    const expected = expectedCash(currency, here, orders);
    const missing = expected === null ? null : sum(readMoney(theirs ?? "0"), -expected);
    const adjusts = authority === "venue" && !unsettled && missing !== null;
    const item: ReconciliationItem = {
      kind: "balance",
      key: currency,
      local: here,
      venue: theirs,
      severity: "error",
      action: adjusts || missing === 0n ? mendable(authority) : "observe",
    };
    items.push(inFlight ? waiting(item) : item);
    if (adjusts && !inFlight && missing !== 0n) {
      adjustments.push({ currency, amount: moneyText(missing) });
    }
  }
  return { items, adjustments };
}

/** The differences in positions. Fills move positions, and nothing else does. */
export function comparePositions(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  orders: readonly ComparedOrder[],
  authority: Authority,
): readonly ReconciliationItem[] {
  const local = new Map(core.positions.map(({ instrument, quantity }) => [instrument, quantity]));
  const there = new Map(venue.positions.map(({ instrument, quantity }) => [instrument, quantity]));
  return pairs(local, there).map(([instrument, here, theirs]) => {
    const own = orders.filter(({ order }) => order.instrument === instrument);
    const explained = expectedPosition(here, own) === readMoney(theirs ?? "0");
    const unlisted = own.some((order) => order.unlisted);
    const unknown = readMoney(here ?? "0") === 0n && !explained && !unlisted;
    const item: ReconciliationItem = {
      kind: "position",
      key: instrument,
      local: here,
      venue: theirs,
      severity: unknown && authority === "venue" ? "fatal" : "error",
      action: explained ? mendable(authority) : unlisted ? "observe" : unmendable(authority),
    };
    return own.some((order) => order.inFlight) ? waiting(item) : item;
  });
}

/** Keys on either side whose amounts differ, sorted; nothing there is as much as zero. */
function pairs(
  local: ReadonlyMap<string, string>,
  venue: ReadonlyMap<string, string>,
): (readonly [key: string, local: string | null, venue: string | null])[] {
  return [...new Set([...local.keys(), ...venue.keys()])].sort()
    .map((key) => [key, local.get(key) ?? null, venue.get(key) ?? null] as const)
    .filter(([, here, theirs]) => (here ?? "0") !== (theirs ?? "0"));
}

function expectedCash(
  currency: string,
  here: string | null,
  orders: readonly ComparedOrder[],
): bigint | null {
  let cash: bigint | null = readMoney(here ?? "0");
  for (const { order, fill } of orders) {
    if (fill === null || quoteCurrency(order.instrument) !== currency || cash === null) continue;
    cash = sum(cash, -sign(order.side) * fill.quantity * fill.price);
  }
  return cash;
}

function expectedPosition(here: string | null, orders: readonly ComparedOrder[]): bigint | null {
  let position: bigint | null = readMoney(here ?? "0");
  for (const { order, fill } of orders) {
    if (fill === null || position === null) continue;
    position = sum(position, sign(order.side) * asMoney(fill.quantity));
  }
  return position;
}

/** The sum, or null where money cannot hold it. */
function sum(a: bigint, b: bigint): bigint | null {
  try {
    return money(a + b);
  } catch (error) {
    if (error instanceof Overflow) return null;
    throw error;
  }
}
