/**
 * An order at the mock exchange, as far as its answers tell.
 *
 * @module
 */

import type { OpenRequest } from "../../engine/mod.ts";
import { readDecimal } from "../core/decimal.ts";
import { isTerminal } from "../core/legal.ts";
import { sign } from "../core/order.ts";
import type { EventBody, OrderStatus, PlaceOrder, VenueOrder } from "../generated/types.ts";

/** What the exchange says of an order. */
export type OrderNews = EventBody & { readonly type: "order.report" | "order.fill" };

/** An order that was sent; answers change it in place. */
export class MockOrder {
  readonly terms: PlaceOrder;
  readonly request: OpenRequest;
  /** Settles when it is on its way. */
  readonly sent: Promise<unknown>;
  #status: OrderStatus = "submitted";
  /** Where a cancellation that is refused leads back to. */
  #resume: OrderStatus = "submitted";
  /** The exchange's id; ours until it gave one. */
  #venueId: string;
  #filled = "0";

  constructor(terms: PlaceOrder, request: OpenRequest, sent: Promise<unknown>) {
    this.terms = terms;
    this.request = request;
    this.sent = sent;
    this.#venueId = terms.order_id;
  }

  /** Where it stands. */
  get status(): OrderStatus {
    return this.#status;
  }

  /** Whether it can still be filled. */
  get live(): boolean {
    return !isTerminal(this.#status);
  }

  /** Notes that its end was asked for. */
  cancel(): void {
    if (this.#status === "cancel_pending") return;
    this.#resume = this.#status;
    this.#status = "cancel_pending";
  }

  /** Takes in what the exchange says of it. */
  hear({ type, data }: OrderNews): void {
    this.#venueId = data.venue_order_id ?? this.#venueId;
    // The exchange fills an order whole, and calls it filled even where the fill got lost.
    if (type === "order.fill" || data.status === "filled") {
      this.#filled = this.terms.quantity;
      this.#status = "filled";
    } else if (data.report === "accepted") {
      this.#resume = "accepted";
      if (this.#status === "submitted") this.#status = "accepted";
    } else if (data.report === "cancel_rejected") {
      if (this.#status === "cancel_pending") this.#status = this.#resume;
    } else if (
      data.report === "rejected" || data.report === "cancelled" || data.report === "expired"
    ) {
      this.#status = data.report;
    }
  }

  /** What it added to the position, at 12 places. */
  get held(): bigint {
    return sign(this.terms.side) * readDecimal(this.#filled);
  }

  /** As the venue shows it. */
  shown(): VenueOrder {
    const { order_id, instrument, side, quantity } = this.terms;
    return {
      order_id,
      venue_order_id: this.#venueId,
      instrument,
      side,
      status: this.#status,
      quantity,
      filled: this.#filled,
      limit_price: null,
    };
  }
}
