/**
 * Fills of orders.
 *
 * @module
 */

import type { OrderFill } from "../generated/types.ts";
import { asMoney, average, decimal, decimalText, money, readDecimal } from "./decimal.ts";
import { APPLIED, type Effect, rejected, type Verdict } from "./effect.ts";
import { bookFill } from "./ledger.ts";
import { isTerminal } from "./legal.ts";
import { type Order, remaining } from "./order.ts";
import type { State } from "./state.ts";

/** Applies a fill; `imply` accepts an order that the venue has not acknowledged yet. */
export function applyFill(
  state: State,
  data: OrderFill,
  imply: boolean,
  effect: Effect,
): Verdict {
  const order = state.order(data.order_id);
  if (order === undefined) return rejected("UNKNOWN_ORDER", `there is no order ${data.order_id}`);
  const named = `order ${order.id}`;
  if (isTerminal(order.status)) {
    return rejected("FILL_AFTER_TERMINAL", `${named} ended: it is ${order.status}`);
  }
  const early = order.status === "submitted" || order.resume === "submitted";
  if (order.status === "created" || (early && !imply)) {
    return rejected("FILL_BEFORE_ACCEPT", `${named} is not accepted: it is ${order.status}`);
  }
  const quantity = readDecimal(data.quantity);
  if (quantity <= 0n) {
    return rejected("NON_POSITIVE_QUANTITY", `a fill of ${data.quantity} is none`);
  }
  if (quantity > remaining(order)) {
    return rejected(
      "OVERFILL",
      `${named} has ${decimalText(remaining(order))} left: the fill is ${data.quantity}`,
    );
  }
  const filled = order.filled + quantity;
  const left = order.quantity - filled;
  if (
    (data.cum_filled !== null && readDecimal(data.cum_filled) !== filled) ||
    (data.remaining !== null && readDecimal(data.remaining) !== left)
  ) {
    return rejected(
      "CUM_FILLED_MISMATCH",
      `${named} comes to ${decimalText(filled)} filled and ${decimalText(left)} left: ` +
        `the fill says ${data.cum_filled} and ${data.remaining}`,
    );
  }
  decimal(filled);
  decimal(left);
  const price = readDecimal(data.price);
  const notional = money(order.notional + price * quantity);
  const averagePrice = average(notional, filled);
  const fees = data.fee === null
    ? order.fees
    : addFee(order.fees, data.fee.currency, asMoney(readDecimal(data.fee.amount)));
  const book = bookFill(state, order, price, quantity, data.fee);

  const venueOrderId = data.venue_order_id ?? order.venueOrderId;
  let accepted = order;
  if (early) {
    const changes: Partial<Order> = order.status === "submitted"
      ? { status: "accepted", venueOrderId }
      : { resume: "accepted", venueOrderId };
    accepted = effect.move(order, changes, "accept");
    effect.remark("IMPLIED_ACCEPT", "warn", `${named} was filled before it was accepted`);
  }
  const status = left === 0n
    ? "filled"
    : order.status === "cancel_pending"
    ? "cancel_pending"
    : "partially_filled";
  effect.move(
    accepted,
    { status, resume: "partially_filled", venueOrderId, filled, notional, averagePrice, fees },
    "fill",
    {
      fill_id: data.fill_id,
      price: data.price,
      quantity: data.quantity,
      liquidity: data.liquidity,
      fee: data.fee === null ? null : { ...data.fee },
    },
  );
  book(effect);
  return APPLIED;
}

function addFee(fees: Order["fees"], currency: string, amount: bigint): Order["fees"] {
  const sums = new Map(fees);
  sums.set(currency, money((sums.get(currency) ?? 0n) + amount));
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}
