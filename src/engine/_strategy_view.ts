/**
 * The array that a run writes for its strategy, and the objects that read it. The layout is that of
 * `rust/engine/src/run/view.rs`.
 *
 * @module
 */

import { ClosedError } from "../errors.ts";
import type { InstrumentState, MarketBatch, MarketEventView, MarketKind } from "./strategy.ts";
import type { Side } from "./types.ts";

const RECORDS = 1;
const MILLIS = 2;
const NANOS = 3;
const EVENTS = 4;
const ANSWERS = 5;
const TRADING = 6;

const KINDS: readonly MarketKind[] = ["book", "trade", "quote", "candle", "liquidation", "book"];
const DISCONNECT = 6;

/** Where things lie in the array. */
export interface Layout {
  readonly viewLength: number;
  readonly viewHeader: number;
  readonly viewSlot: number;
  readonly viewRecord: number;
}

/** The array; every reader goes through {@linkcode View.read}, which fails after the end. */
export class View {
  readonly bytes: Uint8Array;
  readonly slots: number;
  readonly slot: number;
  readonly records: number;
  readonly record: number;
  #values: Float64Array;

  constructor({ viewLength, viewHeader, viewSlot, viewRecord }: Layout, instruments: number) {
    this.#values = new Float64Array(viewLength);
    this.bytes = new Uint8Array(this.#values.buffer);
    this.slots = viewHeader;
    this.slot = viewSlot;
    this.records = viewHeader + instruments * viewSlot;
    this.record = viewRecord;
  }

  read(at: number): number {
    const value = this.#values[at];
    if (value === undefined) throw closed();
    return value;
  }

  get count(): number {
    return this.read(RECORDS);
  }

  get millis(): number {
    return this.read(MILLIS);
  }

  get nanos(): bigint {
    return BigInt(this.read(MILLIS)) * 1_000_000n + BigInt(this.read(NANOS));
  }

  get events(): number {
    return this.read(EVENTS);
  }

  get answers(): number {
    return this.read(ANSWERS);
  }

  get trading(): boolean {
    return this.read(TRADING) === 1;
  }

  /** Exchange index of the last record if it is an interruption, else undefined. */
  get disconnected(): number | undefined {
    const at = this.records + (this.count - 1) * this.record;
    return this.read(at) === DISCONNECT ? this.read(at + 1) : undefined;
  }

  /** From now on every reader throws. */
  close(): void {
    this.#values = new Float64Array(0);
  }
}

function closed(): ClosedError {
  return new ClosedError("closed", "Cannot read the strategy's context: the run is over");
}

/** Figures of one instrument. */
export abstract class InstrumentSlot implements Omit<InstrumentState, "exact"> {
  readonly index: number;
  readonly #view: View;
  readonly #at: number;

  constructor(view: View, index: number) {
    this.index = index;
    this.#view = view;
    this.#at = view.slots + index * view.slot;
  }

  get price(): number {
    return this.#view.read(this.#at);
  }

  get bid(): number {
    return this.#view.read(this.#at + 1);
  }

  get bidQty(): number {
    return this.#view.read(this.#at + 2);
  }

  get ask(): number {
    return this.#view.read(this.#at + 3);
  }

  get askQty(): number {
    return this.#view.read(this.#at + 4);
  }

  get lastPrice(): number {
    return this.#view.read(this.#at + 5);
  }

  get lastQty(): number {
    return this.#view.read(this.#at + 6);
  }

  get positionQty(): number {
    return this.#view.read(this.#at + 7);
  }

  get entryPrice(): number {
    return this.#view.read(this.#at + 8);
  }

  get pnlRealised(): number {
    return this.#view.read(this.#at + 9);
  }

  get openOrders(): number {
    return this.#view.read(this.#at + 10);
  }

  get pnlUnrealised(): number {
    return this.#view.read(this.#at + 11);
  }
}

/** One record at a time. */
export class RecordView implements MarketEventView {
  readonly #view: View;
  #at: number;

  constructor(view: View) {
    this.#view = view;
    this.#at = view.records;
  }

  /** Moves to a record. */
  move(position: number): this {
    this.#at = this.#view.records + position * this.#view.record;
    return this;
  }

  #figure(of: (kind: number) => boolean, at: number): number {
    return of(this.#view.read(this.#at)) ? this.#view.read(this.#at + at) : NaN;
  }

  get kind(): MarketKind {
    return KINDS[this.#view.read(this.#at)] ?? "book";
  }

  get instrument(): number {
    return this.#view.read(this.#at + 1);
  }

  get time(): number {
    return this.#view.read(this.#at + 2);
  }

  get price(): number {
    return this.#figure(isTraded, 3);
  }

  get amount(): number {
    return this.#figure(isTraded, 4);
  }

  get side(): Side | null {
    const side = this.#figure(isTraded, 7);
    return side === 1 ? "buy" : side === -1 ? "sell" : null;
  }

  get bid(): number {
    return this.#figure(isQuote, 3);
  }

  get bidQty(): number {
    return this.#figure(isQuote, 4);
  }

  get ask(): number {
    return this.#figure(isQuote, 5);
  }

  get askQty(): number {
    return this.#figure(isQuote, 6);
  }

  get open(): number {
    return this.#figure(isCandle, 3);
  }

  get high(): number {
    return this.#figure(isCandle, 4);
  }

  get low(): number {
    return this.#figure(isCandle, 5);
  }

  get close(): number {
    return this.#figure(isCandle, 6);
  }

  get volume(): number {
    return this.#figure(isCandle, 7);
  }
}

function isTraded(kind: number): boolean {
  return kind === 1 || kind === 4;
}

function isQuote(kind: number): boolean {
  return kind === 2;
}

function isCandle(kind: number): boolean {
  return kind === 3;
}

/** The records of a step. */
export class RecordBatch implements MarketBatch {
  readonly #view: View;
  readonly #record: RecordView;

  constructor(view: View) {
    this.#view = view;
    this.#record = new RecordView(view);
  }

  /** An interruption at the end is not a market event; its hook tells of it. */
  get length(): number {
    const count = this.#view.count;
    return count > 0 && this.#view.disconnected !== undefined ? count - 1 : count;
  }

  at(position: number): MarketEventView {
    if (!(position >= 0 && position < this.length)) {
      throw new RangeError(
        `Cannot read a market event as position must be 0 to ${this.length - 1}: ` +
          `current value is ${position}`,
      );
    }
    return this.#record.move(position);
  }
}
