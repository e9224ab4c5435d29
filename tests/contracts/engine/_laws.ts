/**
 * What holds for every run, checked on the outputs alone.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type {
  CoreSnapshot,
  ExecutionStepResult,
  OrderStatus,
  OrderTransition,
} from "../../../src/contracts/generated/types.ts";

/** The matrix of the documentation, by hand: from, then every status that may follow. */
const MATRIX: Readonly<Record<OrderStatus | "", readonly OrderStatus[]>> = {
  "": ["created"],
  created: ["submitted", "cancelled", "rejected"],
  submitted: ["accepted", "cancel_pending", "cancelled", "rejected", "expired"],
  accepted: [
    "accepted",
    "partially_filled",
    "cancel_pending",
    "filled",
    "cancelled",
    "rejected",
    "expired",
  ],
  partially_filled: ["partially_filled", "cancel_pending", "filled", "cancelled", "expired"],
  cancel_pending: [
    "submitted",
    "accepted",
    "partially_filled",
    "cancel_pending",
    "filled",
    "cancelled",
    "rejected",
    "expired",
  ],
  filled: [],
  cancelled: [],
  rejected: [],
  expired: [],
};

/** Every transition of a run, in order. */
export function transitionsOf(results: readonly ExecutionStepResult[]): OrderTransition[] {
  return results.flatMap(({ event_result, intent_results }) =>
    [event_result, ...intent_results].flatMap(({ transitions }) => transitions)
  );
}

/** No order takes an illegal transition, and none starts from where the order is not. */
export function assertLegal(results: readonly ExecutionStepResult[]): void {
  const statuses = new Map<string, OrderStatus>();
  for (const { order_id, from, to } of transitionsOf(results)) {
    assertEquals(from, statuses.get(order_id) ?? null, order_id);
    assert(MATRIX[from ?? ""].includes(to), `${order_id}: ${from} to ${to}`);
    statuses.set(order_id, to);
  }
}

/** A decimal of at most 24 places as an integer. */
function units(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(24, "0"));
}

/** Fills never come to more than their order, and add up to what the order says is filled. */
export function assertNoOverfill(
  results: readonly ExecutionStepResult[],
  { orders }: CoreSnapshot,
): void {
  const filled = new Map<string, bigint>();
  for (const { order_id, fill, remaining_after } of transitionsOf(results)) {
    assert(units(remaining_after) >= 0n, `${order_id}: ${remaining_after} left`);
    if (fill === null) continue;
    filled.set(order_id, (filled.get(order_id) ?? 0n) + units(fill.quantity));
  }
  for (const { order_id, quantity, filled: said } of orders) {
    const sum = filled.get(order_id) ?? 0n;
    assert(sum <= units(quantity), `${order_id}: more than ${quantity} filled`);
    assertEquals(sum, units(said), order_id);
  }
}

/** Money is neither made nor lost: cash, cost, realized profit and fees explain one another. */
export function assertConserved(snapshot: CoreSnapshot): void {
  const sums = new Map<string, bigint>();
  const add = (currency: string, amount: string, sign: bigint) =>
    sums.set(currency, (sums.get(currency) ?? 0n) + sign * units(amount));
  for (const { currency, amount } of snapshot.cash) add(currency, amount, 1n);
  for (const { currency, amount } of snapshot.fees_paid) add(currency, amount, 1n);
  for (const { currency, amount } of snapshot.initial_cash) add(currency, amount, -1n);
  for (const { currency, amount } of snapshot.adjustments) add(currency, amount, -1n);
  for (const { instrument, cost, realized_pnl } of snapshot.positions) {
    const currency = instrument.split("/")[1]?.split(":")[0] ?? "";
    add(currency, cost, 1n);
    add(currency, realized_pnl, -1n);
  }
  for (const [currency, sum] of sums) assertEquals(sum, 0n, currency);
}
