/**
 * What a strategy asks for.
 *
 * @module
 */

import type { EngineIntent, PlaceOrder, ReplaceOrder, RiskEntry } from "../generated/types.ts";
import { decimalText, readDecimal } from "./decimal.ts";
import { APPLIED, type Effect, ignored, rejected, type Verdict } from "./effect.ts";
import { isTerminal } from "./legal.ts";
import type { Decision, RiskLimits } from "./risk.ts";
import type { State } from "./state.ts";

/** Applies an intent; placements and replacements that come so far leave an entry in `risk`. */
export function applyIntent(
  state: State,
  limits: RiskLimits,
  intent: EngineIntent,
  traceId: () => string,
  effect: Effect,
  risk: RiskEntry[],
): Verdict {
  const { type, data } = intent.body;
  switch (type) {
    case "place_order":
      return place(state, limits, intent, data, traceId, effect, risk);
    case "cancel_order":
      return cancel(state, data.order_id, effect);
    case "replace_order":
      return replace(state, limits, intent, data, effect, risk);
    case "set_risk_flag":
      state.flags.set(data.flag, data.value);
      return APPLIED;
    case "no_op":
      return APPLIED;
  }
}

function place(
  state: State,
  limits: RiskLimits,
  intent: EngineIntent,
  data: PlaceOrder,
  traceId: () => string,
  effect: Effect,
  risk: RiskEntry[],
): Verdict {
  if (state.order(data.order_id) !== undefined) {
    return rejected("DUPLICATE_ORDER_ID", `there is an order ${data.order_id} already`);
  }
  if (readDecimal(data.quantity) <= 0n) {
    return rejected("NON_POSITIVE_QUANTITY", `an order of ${data.quantity} is none`);
  }
  const decision = limits.place(state, data);
  risk.push(entry(intent, decision));
  const order = effect.create({
    id: data.order_id,
    venueOrderId: null,
    instrument: data.instrument,
    side: data.side,
    type: data.order_type,
    quantity: decision.quantity,
    limitPrice: data.limit_price,
    stopPrice: data.stop_price,
    timeInForce: data.time_in_force,
    status: "created",
    resume: null,
    filled: 0n,
    notional: 0n,
    averagePrice: null,
    fees: [],
    pendingReplace: null,
    attribution: { ...intent.attribution },
    traceId: traceId(),
  });
  if (decision.code !== null) {
    effect.move(order, { status: "rejected" }, "risk_reject");
    return denied(decision, data.order_id);
  }
  effect.move(order, { status: "submitted" }, "send");
  return APPLIED;
}

/** Asks for the end of an order. */
export function cancel(state: State, orderId: string, effect: Effect): Verdict {
  const order = state.order(orderId);
  if (order === undefined) return rejected("UNKNOWN_ORDER", `there is no order ${orderId}`);
  const { status } = order;
  if (isTerminal(status)) {
    return rejected("ORDER_TERMINAL", `order ${orderId} ended: it is ${status}`);
  }
  if (status === "cancel_pending") {
    return ignored("CANCEL_ALREADY_PENDING", `order ${orderId} is being cancelled already`);
  }
  effect.move(
    order,
    status === "created" ? { status: "cancelled" } : { status: "cancel_pending", resume: status },
    "cancel_request",
  );
  return APPLIED;
}

function replace(
  state: State,
  limits: RiskLimits,
  intent: EngineIntent,
  data: ReplaceOrder,
  effect: Effect,
  risk: RiskEntry[],
): Verdict {
  const order = state.order(data.order_id);
  if (order === undefined) return rejected("UNKNOWN_ORDER", `there is no order ${data.order_id}`);
  const { id, status } = order;
  if (isTerminal(status)) return rejected("ORDER_TERMINAL", `order ${id} ended: it is ${status}`);
  if (status !== "accepted" && status !== "partially_filled") {
    return rejected("ILLEGAL_TRANSITION", `order ${id} is ${status}: it cannot be replaced`);
  }
  if (order.pendingReplace !== null) {
    return rejected("REPLACE_PENDING", `order ${id} is being replaced already`);
  }
  const { limit_price, stop_price } = data;
  const { type } = order;
  if (
    limit_price !== null && type !== "limit" && type !== "stop_limit" ||
    stop_price !== null && type !== "stop" && type !== "stop_limit"
  ) {
    return rejected("SEMANTIC_INVALID", `order ${id} is a ${type} order: it has no such price`);
  }
  const quantity = data.quantity === null ? order.quantity : readDecimal(data.quantity);
  if (quantity <= order.filled) {
    return rejected(
      "REPLACE_BELOW_FILLED",
      `order ${id} has ${decimalText(order.filled)} filled: the new quantity is ${data.quantity}`,
    );
  }
  const price = limit_price ?? order.limitPrice ?? stop_price ?? order.stopPrice;
  const decision = limits.replace(state, order, quantity, price);
  risk.push(entry(intent, decision));
  if (decision.code !== null) return denied(decision, id);
  effect.move(
    order,
    { pendingReplace: { quantity: data.quantity, limit_price, stop_price } },
    "replace_request",
  );
  return APPLIED;
}

function entry(intent: EngineIntent, { decision, rule, code }: Decision): RiskEntry {
  return { intent_id: intent.intent_id, decision, rule, code };
}

function denied(decision: Decision, orderId: string): Verdict {
  return rejected(decision.code ?? "RISK_DENIED", `order ${orderId}: refused by ${decision.rule}`);
}
