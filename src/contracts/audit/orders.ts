/**
 * The orders of a run: which is which, what the contracts call it, and how much of it is left.
 *
 * @module
 */

import type { FillReport, OpenRequest, OrderKey } from "../../engine/mod.ts";
import { decimalText, isDecimal } from "../core/decimal.ts";
import { idOf } from "./names.ts";
import { readExact, type Rounded, roundExact, toExact } from "./rounding.ts";

/** An order as the contracts know it. Quantities: exact ones at 28 places, the contracts' at 12. */
export interface AuditedOrder {
  readonly id: string;
  readonly terms: OpenRequest;
  readonly quantity: bigint;
  filled: bigint;
  readonly exactQuantity: bigint;
  exactFilled: bigint;
  /** Made of a report, because no request was seen. */
  readonly adopted: boolean;
  venueOrderId: string | null;
  accepted: boolean;
  cancelling: boolean;
  ended: boolean;
  readonly fills: Set<string>;
}

/** A position: as it is at 28 places, and as the contracts have it at 12. */
interface Position {
  exact: bigint;
  recorded: bigint;
}

/** Keeps the orders of a run. */
export class AuditedOrders {
  /** Quantities that were changed to fit the contracts. */
  rounded = 0;
  readonly #byKey = new Map<string, AuditedOrder>();
  readonly #byVenueId = new Map<string, AuditedOrder>();
  readonly #live = new Map<number, Set<AuditedOrder>>();
  readonly #positions = new Map<number, Position>();
  readonly #ids = new Set<string>();

  /** The order of a key; the last one if there were several. */
  find(key: OrderKey): AuditedOrder | undefined {
    return this.#byKey.get(keyText(key));
  }

  /** What a key is called even if no order was seen. */
  idOf(key: OrderKey): string {
    return this.find(key)?.id ?? idOf(key.cid);
  }

  /**
   * Takes a request in. One under the name of a live order is that order's: the core refuses it.
   */
  place(terms: OpenRequest, adopted = false): AuditedOrder {
    const { key, side } = terms;
    const known = this.find(key);
    if (known !== undefined && !known.ended) return known;
    const exactQuantity = readExact(terms.quantity);
    const order: AuditedOrder = {
      id: this.#unusedId(idOf(key.cid)),
      terms,
      quantity: this.#quantity(key.instrument, side, terms.quantity, exactQuantity),
      filled: 0n,
      exactQuantity,
      exactFilled: 0n,
      adopted,
      venueOrderId: null,
      accepted: false,
      cancelling: false,
      ended: false,
      fills: new Set(),
    };
    this.#byKey.set(keyText(key), order);
    const live = this.#live.get(key.instrument);
    if (live === undefined) this.#live.set(key.instrument, new Set([order]));
    else live.add(order);
    return order;
  }

  #unusedId(wanted: string): string {
    let id = wanted;
    for (let count = 2; this.#ids.has(id); count++) id = idOf(`${wanted}/${count}`);
    this.#ids.add(id);
    return id;
  }

  /**
   * A quantity that has to be rounded is such that the position it leads to is the rounded one: what
   * closes a position closes it here, too.
   */
  #quantity(instrument: number, side: "buy" | "sell", text: string, exact: bigint): bigint {
    const own = rounded(text, exact);
    if (own.exact) return own.value;
    this.rounded++;
    const position = this.#position(instrument);
    const sign = side === "buy" ? 1n : -1n;
    const aim = roundExact(position.exact + sign * exact);
    const quantity = aim === null ? 0n : sign * (aim.value - position.recorded);
    return quantity > 0n && isDecimal(quantity) ? quantity : own.value;
  }

  #position(instrument: number): Position {
    const known = this.#positions.get(instrument);
    if (known !== undefined) return known;
    const position = { exact: 0n, recorded: 0n };
    this.#positions.set(instrument, position);
    return position;
  }

  /** Notes the venue's id of an order. */
  bind(order: AuditedOrder, orderId: string): void {
    order.venueOrderId = idOf(orderId);
    this.#byVenueId.set(venueKey(order.terms.key.exchange, orderId), order);
  }

  /** Notes that an order has ended. */
  end(order: AuditedOrder): void {
    order.ended = true;
    this.#live.get(order.terms.key.instrument)?.delete(order);
  }

  /**
   * The order that a fill belongs to. A fill names the venue's id only, and the mock exchange never says
   * whose it is: then it is the oldest order without one that it fits; before others one at its price,
   * and of these one that it fills whole, because orders sent together may be answered in any order.
   */
  ofFill(exchange: number, fill: FillReport): AuditedOrder | undefined {
    const known = this.#byVenueId.get(venueKey(exchange, fill.orderId));
    if (known !== undefined) {
      return known.ended && known.adopted && !known.fills.has(fill.tradeId) ? undefined : known;
    }
    const quantity = readExact(fill.quantity);
    const fitting = [...this.#live.get(fill.instrument) ?? []].filter((order) =>
      order.venueOrderId === null && order.terms.side === fill.side &&
      order.terms.key.strategy === fill.strategy && order.terms.key.exchange === exchange &&
      order.exactQuantity - order.exactFilled >= quantity
    );
    const priced = fitting.filter(({ terms }) => terms.price === fill.price);
    const whole = priced.find((order) => order.exactQuantity - order.exactFilled === quantity);
    const order = whole ?? priced[0] ?? fitting[0];
    if (order !== undefined) this.bind(order, fill.orderId);
    return order;
  }

  /**
   * Books a fill and gives the quantity the contracts record: the growth of the rounded sum, so that
   * fills add up to their order. What the core is going to refuse is not booked.
   */
  fill(order: AuditedOrder, fill: FillReport): string {
    const exact = readExact(fill.quantity);
    const left = order.exactQuantity - order.exactFilled;
    if (order.ended || order.fills.has(fill.tradeId) || exact > left) {
      return decimalText(rounded(fill.quantity, exact).value);
    }
    order.fills.add(fill.tradeId);
    order.exactFilled += exact;
    const sum = exact === left
      ? order.quantity
      : least(rounded(fill.quantity, order.exactFilled).value, order.quantity);
    const quantity = sum - order.filled;
    order.filled = sum;
    if (toExact(quantity) !== exact) this.rounded++;
    const sign = fill.side === "buy" ? 1n : -1n;
    const position = this.#position(fill.instrument);
    position.exact += sign * exact;
    position.recorded += sign * quantity;
    if (order.filled === order.quantity) this.end(order);
    return decimalText(quantity);
  }
}

function keyText({ instrument, cid }: OrderKey): string {
  return `${instrument}|${cid}`;
}

function venueKey(exchange: number, orderId: string): string {
  return `${exchange}|${orderId}`;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function rounded(text: string, exact: bigint): Rounded {
  const value = roundExact(exact);
  if (value !== null) return value;
  throw new RangeError(
    "Cannot record a quantity as it must have at most 18 digits before the point: " +
      `current value is ${text}`,
  );
}
