/**
 * An order at the simulated venue, and how it meets the market.
 *
 * @module
 */

import { decimalText, readDecimal } from "../core/decimal.ts";
import { isTerminal } from "../core/legal.ts";
import type { OrderStatus, PlaceOrder, VenueOrder } from "../generated/types.ts";

/** What can be traded now. Prices and quantities at 12 places. */
export interface Liquidity {
  /** Price at which a buy is filled, with what is offered there. */
  readonly ask: bigint;
  readonly bid: bigint;
  askSize: bigint;
  bidSize: bigint;
  /** How far prices went since the last event: what resting orders met. */
  readonly low: bigint;
  readonly high: bigint;
}

/** An order; fills and replacements change it in place. */
export class SimulatedOrder {
  readonly id: string;
  readonly terms: PlaceOrder;
  status: OrderStatus = "accepted";
  quantity: bigint;
  limit: bigint | null;
  stop: bigint | null;
  filled = 0n;
  reports = 0;

  constructor(id: string, terms: PlaceOrder) {
    this.id = id;
    this.terms = terms;
    this.quantity = readDecimal(terms.quantity);
    this.limit = terms.limit_price === null ? null : readDecimal(terms.limit_price);
    this.stop = terms.stop_price === null ? null : readDecimal(terms.stop_price);
  }

  /** Whether it can still be filled. */
  get live(): boolean {
    return !isTerminal(this.status);
  }

  /** What is left to fill. */
  get remaining(): bigint {
    return this.quantity - this.filled;
  }

  /** Whether it waits for its stop price. */
  get waits(): boolean {
    return this.stop !== null;
  }

  /** Whether it would trade at once. */
  crosses(market: Liquidity): boolean {
    if (this.limit === null) return true;
    return this.terms.side === "buy" ? market.ask <= this.limit : market.bid >= this.limit;
  }

  /** Whether prices reached the limit of the resting order. */
  met(market: Liquidity): boolean {
    if (this.limit === null) return true;
    return this.terms.side === "buy" ? market.low <= this.limit : market.high >= this.limit;
  }

  /** Lifts the stop if prices reached it. Returns whether it did. */
  trigger(market: Liquidity): boolean {
    if (this.stop === null) return false;
    const reached = this.terms.side === "buy" ? market.high >= this.stop : market.low <= this.stop;
    if (reached) this.stop = null;
    return reached;
  }

  /** As the venue shows it. */
  shown(): VenueOrder {
    return {
      order_id: this.terms.order_id,
      venue_order_id: this.id,
      instrument: this.terms.instrument,
      side: this.terms.side,
      status: this.status,
      quantity: decimalText(this.quantity),
      filled: decimalText(this.filled),
      limit_price: this.limit === null ? null : decimalText(this.limit),
    };
  }
}
