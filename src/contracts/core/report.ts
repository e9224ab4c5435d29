/**
 * Reports of a venue about orders, other than fills.
 *
 * @module
 */

import type { OrderReport, OrderStatus } from "../generated/types.ts";
import { decimal, decimalText, readDecimal } from "./decimal.ts";
import { APPLIED, type Effect, ignored, rejected, type Verdict } from "./effect.ts";
import { isTerminal } from "./legal.ts";
import type { Order } from "./order.ts";
import type { State } from "./state.ts";

/** Applies a report. */
export function applyReport(state: State, data: OrderReport, effect: Effect): Verdict {
  const order = state.order(data.order_id);
  if (order === undefined) return rejected("UNKNOWN_ORDER", `there is no order ${data.order_id}`);
  const stale = ignored(
    "STALE_REPORT",
    `order ${order.id} is ${order.status}: "${data.report}" is no news`,
  );
  const illegal = rejected(
    "ILLEGAL_TRANSITION",
    `order ${order.id} is ${order.status}: it cannot take "${data.report}"`,
  );
  const venueOrderId = data.venue_order_id ?? order.venueOrderId;
  const move = (changes: Partial<Order>, cause: Parameters<Effect["move"]>[2]): Verdict => {
    effect.move(order, { venueOrderId, ...changes }, cause, null, data.reason_code);
    return APPLIED;
  };
  const { status } = order;
  switch (data.report) {
    case "accepted":
      if (status === "created") return illegal;
      if (status === "submitted") return move({ status: "accepted" }, "accept");
      if (order.resume === "submitted") return move({ resume: "accepted" }, "accept");
      return stale;
    case "rejected":
      if (status === "rejected") return stale;
      if (status === "submitted" || status === "accepted") {
        return move({ status: "rejected" }, "reject");
      }
      if (status === "cancel_pending" && order.filled === 0n) {
        return move({ status: "rejected" }, "reject");
      }
      return illegal;
    case "cancelled":
    case "expired":
      if (status === data.report) return stale;
      if (status === "created" || isTerminal(status)) return illegal;
      return move({ status: data.report }, data.report === "cancelled" ? "cancel" : "expire");
    case "cancel_rejected":
      if (status !== "cancel_pending") return stale;
      return move({ status: order.resume as OrderStatus }, "cancel_reject");
    case "replaced":
      if (isTerminal(status)) return stale;
      if (status === "created" || status === "submitted") return illegal;
      return applyReplaced(order, data, move);
    case "replace_rejected":
      if (order.pendingReplace === null) return stale;
      return move({ pendingReplace: null }, "replace_reject");
    case "status":
      compare(order, data, effect);
      return APPLIED;
  }
}

function applyReplaced(
  order: Order,
  data: OrderReport,
  move: (changes: Partial<Order>, cause: "replace") => Verdict,
): Verdict {
  const pending = order.pendingReplace;
  const text = data.quantity ?? pending?.quantity ?? null;
  const quantity = text === null ? order.quantity : readDecimal(text);
  if (quantity <= order.filled) {
    return rejected(
      "REPLACE_BELOW_FILLED",
      `order ${order.id} has ${decimalText(order.filled)} filled: the new quantity is ${text}`,
    );
  }
  decimal(quantity - order.filled);
  return move({
    quantity,
    limitPrice: data.limit_price ?? pending?.limit_price ?? order.limitPrice,
    stopPrice: pending?.stop_price ?? order.stopPrice,
    pendingReplace: null,
  }, "replace");
}

/** A status report changes nothing; it says where the venue sees things otherwise. */
function compare(order: Order, data: OrderReport, effect: Effect): void {
  const filled = decimalText(order.filled);
  if (data.cum_filled !== null && data.cum_filled !== filled) {
    effect.remark(
      "CUM_FILLED_MISMATCH",
      "warn",
      `order ${order.id} has ${filled} filled: the venue says ${data.cum_filled}`,
    );
  }
  const differs = [
    ["status", order.status, data.status],
    ["quantity", decimalText(order.quantity), data.quantity],
    ["limit price", order.limitPrice, data.limit_price],
  ].filter(([, own, theirs]) => theirs !== null && theirs !== own);
  if (differs.length === 0) return;
  const words = differs.map(([name, own, theirs]) => `${name} ${own}, the venue says ${theirs}`);
  effect.remark("RECONCILE_MISMATCH", "warn", `order ${order.id}: ${words.join("; ")}`);
}
