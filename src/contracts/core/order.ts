/**
 * An order as the core keeps it.
 *
 * @module
 */

import type {
  Attribution,
  OrderRecord,
  OrderStatus,
  OrderType,
  PendingReplace,
  Side,
  Tif,
} from "../generated/types.ts";
import { decimalText, moneyText, readDecimal, readMoney } from "./decimal.ts";

/** Never changed in place. Quantities at 12 places, money at 24. */
export interface Order {
  readonly id: string;
  readonly venueOrderId: string | null;
  readonly instrument: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: bigint;
  readonly limitPrice: string | null;
  readonly stopPrice: string | null;
  readonly timeInForce: Tif;
  readonly status: OrderStatus;
  readonly resume: OrderStatus | null;
  readonly filled: bigint;
  readonly notional: bigint;
  /** At 12 places. */
  readonly averagePrice: bigint | null;
  /** Sorted by currency. */
  readonly fees: readonly (readonly [currency: string, amount: bigint])[];
  readonly pendingReplace: PendingReplace | null;
  readonly lastSeq: number;
  readonly transitions: number;
  readonly attribution: Attribution;
  readonly traceId: string;
}

/** What is left to fill. */
export function remaining(order: Order): bigint {
  return order.quantity - order.filled;
}

/** 1 for a buy, -1 for a sell. */
export function sign(side: Side): bigint {
  return side === "buy" ? 1n : -1n;
}

/** The quote currency: what stands between "/" and ":". */
export function quoteCurrency(instrument: string): string {
  const start = instrument.indexOf("/") + 1;
  const colon = instrument.indexOf(":", start);
  return colon < 0 ? instrument.slice(start) : instrument.slice(start, colon);
}

/** The order as the contract shows it. */
export function orderRecord(order: Order): OrderRecord {
  return {
    order_id: order.id,
    venue_order_id: order.venueOrderId,
    instrument: order.instrument,
    side: order.side,
    order_type: order.type,
    quantity: decimalText(order.quantity),
    limit_price: order.limitPrice,
    stop_price: order.stopPrice,
    time_in_force: order.timeInForce,
    status: order.status,
    resume_status: order.resume,
    filled: decimalText(order.filled),
    remaining: decimalText(remaining(order)),
    notional: moneyText(order.notional),
    avg_fill_price: order.averagePrice === null ? null : decimalText(order.averagePrice),
    fees: order.fees.map(([currency, amount]) => ({ currency, amount: moneyText(amount) })),
    pending_replace: order.pendingReplace === null ? null : { ...order.pendingReplace },
    last_seq: order.lastSeq,
    transitions: order.transitions,
    attribution: { ...order.attribution },
    trace_id: order.traceId,
  };
}

/** The order behind a record. */
export function orderOf(record: OrderRecord): Order {
  return {
    id: record.order_id,
    venueOrderId: record.venue_order_id,
    instrument: record.instrument,
    side: record.side,
    type: record.order_type,
    quantity: readDecimal(record.quantity),
    limitPrice: record.limit_price,
    stopPrice: record.stop_price,
    timeInForce: record.time_in_force,
    status: record.status,
    resume: record.resume_status,
    filled: readDecimal(record.filled),
    notional: readMoney(record.notional),
    averagePrice: record.avg_fill_price === null ? null : readDecimal(record.avg_fill_price),
    fees: record.fees.map(({ currency, amount }) => [currency, readMoney(amount)] as const),
    pendingReplace: record.pending_replace === null ? null : { ...record.pending_replace },
    lastSeq: record.last_seq,
    transitions: record.transitions,
    attribution: { ...record.attribution },
    traceId: record.trace_id,
  };
}
