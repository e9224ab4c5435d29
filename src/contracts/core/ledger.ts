/**
 * Cash, fees and holdings.
 *
 * @module
 */

import type { Fee } from "../generated/types.ts";
import { abs, asMoney, average, divideHalfEven, money, readDecimal } from "./decimal.ts";
import type { Effect } from "./effect.ts";
import { type Order, quoteCurrency, sign } from "./order.ts";
import type { Holding, State } from "./state.ts";

const NOTHING: Holding = { quantity: 0n, cost: 0n, averagePrice: null, realized: 0n };

/** What a fill does to the accounts, worked out before anything is written. */
export interface Booking {
  /** Books it. */
  (effect: Effect): void;
}

/** A holding after `change` units (negative: sold) at `price`. @throws {Overflow} */
export function trade(holding: Holding, change: bigint, price: bigint): Holding {
  const { quantity, cost, realized } = holding;
  const next = quantity + change;
  money(asMoney(next));
  const opening = quantity === 0n || quantity > 0n === change > 0n;
  const close = opening ? 0n : abs(change) < abs(quantity) ? abs(change) : abs(quantity);
  const removed = close === 0n
    ? 0n
    : close === abs(quantity)
    ? cost
    : divideHalfEven(cost * close, abs(quantity));
  const open = change > 0n ? change - close : change + close;
  const nextCost = money(cost - removed + open * price);
  const gain = close === 0n ? 0n : (quantity > 0n ? close : -close) * price - removed;
  return {
    quantity: next,
    cost: nextCost,
    averagePrice: next === 0n ? null : average(nextCost, next),
    realized: money(realized + gain),
  };
}

/** Works out a fill of `quantity` at `price`. @throws {Overflow} */
export function bookFill(
  state: State,
  order: Order,
  price: bigint,
  quantity: bigint,
  fee: Fee | null,
): Booking {
  const { instrument } = order;
  const currency = quoteCurrency(instrument);
  const change = sign(order.side) * quantity;
  const paid = money(-change * price);
  const cash = money((state.cash.get(currency) ?? 0n) + paid);
  const before = state.holdings.get(instrument) ?? NOTHING;
  const after = trade(before, change, price);
  const totals = state.totals.get(currency) ?? { cost: 0n, realized: 0n };
  const charge = fee === null ? null : feeOf(state, fee, currency, cash);
  return (effect) => {
    state.cash.set(currency, cash);
    effect.delta("cash", currency, paid, cash);
    if (charge !== null) {
      state.cash.set(charge.currency, charge.cash);
      state.fees.set(charge.currency, charge.fees);
      effect.delta("fee", charge.currency, -charge.amount, charge.cash);
    }
    state.holdings.set(instrument, after);
    effect.delta("position", instrument, asMoney(change), asMoney(after.quantity));
    effect.delta("cost", instrument, after.cost - before.cost, after.cost);
    const gain = after.realized - before.realized;
    if (gain !== 0n) effect.delta("realized_pnl", instrument, gain, after.realized);
    state.totals.set(currency, {
      cost: totals.cost + after.cost - before.cost,
      realized: totals.realized + gain,
    });
  };
}

function feeOf(state: State, fee: Fee, quote: string, cashAfter: bigint) {
  const amount = asMoney(readDecimal(fee.amount));
  const cash = fee.currency === quote ? cashAfter : state.cash.get(fee.currency) ?? 0n;
  return {
    currency: fee.currency,
    amount,
    cash: money(cash - amount),
    fees: money((state.fees.get(fee.currency) ?? 0n) + amount),
  };
}

/** Books money that came or went outside of trading. @throws {Overflow} */
export function adjust(state: State, currency: string, amount: bigint, effect: Effect): void {
  const cash = money((state.cash.get(currency) ?? 0n) + amount);
  const adjustments = money((state.adjustments.get(currency) ?? 0n) + amount);
  state.cash.set(currency, cash);
  state.adjustments.set(currency, adjustments);
  effect.delta("cash", currency, amount, cash);
}
