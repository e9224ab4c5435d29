/**
 * Everything a core knows, and how a step's changes are kept or undone.
 *
 * @module
 */

import type { CoreConfig, RiskFlag } from "../generated/types.ts";
import { KeyMemory } from "./key_memory.ts";
import type { Order } from "./order.ts";
import { NO_HASH } from "./sha256.ts";
import { Table } from "./table.ts";

/** A holding. Quantity at 12 places, money at 24, the average at 12. */
export interface Holding {
  readonly quantity: bigint;
  readonly cost: bigint;
  readonly averagePrice: bigint | null;
  readonly realized: bigint;
}

/** How far a stream has come. */
export interface StreamCursor {
  readonly time: bigint;
  readonly index: number;
}

/** Sums over the holdings of one quote currency, for the identity of money. */
export interface Totals {
  readonly cost: bigint;
  readonly realized: bigint;
}

/** What is not kept in tables; copied when a step begins. */
export interface Scalars {
  stepSeq: number;
  seqId: number;
  asOf: bigint | null;
  halted: boolean;
  prevHash: string;
}

/** State of a core. */
export class State {
  /** Orders that can still change. */
  readonly live: Table<string, Order> = new Table();
  /** Orders that ended. */
  readonly closed: Table<string, Order> = new Table();
  readonly cash: Table<string, bigint> = new Table();
  readonly adjustments: Table<string, bigint> = new Table();
  readonly fees: Table<string, bigint> = new Table();
  readonly holdings: Table<string, Holding> = new Table();
  readonly totals: Table<string, Totals> = new Table();
  /** Signed filled quantity of all orders of an instrument. */
  readonly traded: Table<string, bigint> = new Table();
  readonly marks: Table<string, bigint> = new Table();
  readonly flags: Table<RiskFlag, boolean> = new Table();
  readonly cursors: Table<string, StreamCursor> = new Table();
  readonly keys: KeyMemory;
  readonly initial: ReadonlyMap<string, bigint>;
  scalars: Scalars = { stepSeq: 0, seqId: 0, asOf: null, halted: false, prevHash: NO_HASH };
  #before: Scalars | null = null;
  readonly #tables: readonly { commit(): void; rollback(): void }[];

  constructor(config: CoreConfig, initial: ReadonlyMap<string, bigint>) {
    this.initial = initial;
    this.keys = new KeyMemory(config.mode === "backtest");
    this.#tables = [
      this.live,
      this.closed,
      this.cash,
      this.adjustments,
      this.fees,
      this.holdings,
      this.totals,
      this.traded,
      this.marks,
      this.flags,
      this.cursors,
    ];
  }

  /** The order of an id, whether it ended or not. */
  order(id: string): Order | undefined {
    return this.live.get(id) ?? this.closed.get(id);
  }

  /** Scalars as they were before the open step. */
  get before(): Scalars {
    return this.#before ?? this.scalars;
  }

  /** Opens a step. */
  begin(): void {
    this.#before = { ...this.scalars };
  }

  /** Keeps what the step changed. */
  commit(): void {
    for (const table of this.#tables) table.commit();
    this.keys.commit();
    this.#before = null;
  }

  /** Undoes what the step changed. */
  rollback(): void {
    for (const table of this.#tables) table.rollback();
    this.keys.rollback();
    if (this.#before !== null) this.scalars = this.#before;
    this.#before = null;
  }
}
