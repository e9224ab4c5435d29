/**
 * Requests of a strategy and verdicts of a risk manager as the library takes them: eight bytes each, and texts of one length byte.
 *
 * @module
 */

import type { TimeInForce } from "./strategy.ts";
import type { Decimal, Side } from "./types.ts";

const OPEN = 1;
const CANCEL = 2;
const CANCEL_ALL = 3;
const CLOSE = 4;
const REFUSE = 5;

const SELL = 1;
const LIMIT = 2;
const PRICED = 4;
const REFUSED = 8;

const TIMES_IN_FORCE: Readonly<Record<TimeInForce, number>> = {
  immediateOrCancel: 0,
  fillOrKill: 1,
  goodUntilEndOfDay: 2,
  goodUntilCancelled: 3,
  postOnly: 4,
};

/** The most one request takes: its head and four texts. */
const LARGEST = 8 + 4 * 256;

const encoder = new TextEncoder();

/** Whether a value names a time in force. */
export function isTimeInForce(value: unknown): value is TimeInForce {
  return typeof value === "string" && Object.hasOwn(TIMES_IN_FORCE, value);
}

/** Requests since the last {@linkcode PackedOrders.clear}. */
export class PackedOrders {
  #bytes = new Uint8Array(4 * LARGEST);
  #length = 0;

  /** The buffer; only the first {@linkcode PackedOrders.length} bytes count. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  open(
    order: {
      readonly instrument: number;
      readonly side: Side;
      readonly kind: "market" | "limit";
      readonly timeInForce: TimeInForce;
      readonly cid: string;
      readonly quantity: Decimal;
      readonly price: Decimal | null;
    },
    refusal: string | undefined,
  ): void {
    const flags = (order.side === "sell" ? SELL : 0) | (order.kind === "limit" ? LIMIT : 0) |
      (order.price === null ? 0 : PRICED) | (refusal === undefined ? 0 : REFUSED) |
      (TIMES_IN_FORCE[order.timeInForce] << 4);
    this.#head(OPEN, flags, order.instrument);
    this.#text(order.cid);
    this.#text(order.quantity);
    if (order.price !== null) this.#text(order.price);
    if (refusal !== undefined) this.#text(refusal);
  }

  cancel(instrument: number, cid: string): void {
    this.#head(CANCEL, 0, instrument);
    this.#text(cid);
  }

  cancelAll(instrument: number): void {
    this.#head(CANCEL_ALL, 0, instrument);
  }

  close(instrument: number, cid: string, refusal: string | undefined): void {
    this.#head(CLOSE, refusal === undefined ? 0 : REFUSED, instrument);
    this.#text(cid);
    if (refusal !== undefined) this.#text(refusal);
  }

  /** Refuses an order that the strategy inside the engine has proposed. */
  refuse(cid: string, reason: string): void {
    this.#head(REFUSE, 0, 0);
    this.#text(cid);
    this.#text(reason);
  }

  #head(operation: number, flags: number, instrument: number): void {
    if (this.#length + LARGEST > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = operation;
    bytes[at + 1] = flags;
    bytes[at + 2] = 0;
    bytes[at + 3] = 0;
    bytes[at + 4] = instrument & 0xff;
    bytes[at + 5] = (instrument >> 8) & 0xff;
    bytes[at + 6] = (instrument >> 16) & 0xff;
    bytes[at + 7] = (instrument >> 24) & 0xff;
    this.#length = at + 8;
  }

  /** Texts longer than 255 bytes are cut, at a whole character; only reasons can be that long. */
  #text(text: string): void {
    const start = this.#length + 1;
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(start, start + 255));
    this.#bytes[this.#length] = written;
    this.#length = start + written;
  }
}
