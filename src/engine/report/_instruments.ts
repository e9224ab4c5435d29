/**
 * Names of instruments in a report.
 *
 * @module
 */

import type { BacktestResult, InstrumentInfo } from "../types.ts";

/** Names by instrument index. */
export class InstrumentNames {
  readonly #internal: readonly string[];
  readonly #table: ReadonlyMap<number, InstrumentInfo>;

  /**
   * @param result its summary lists the internal names in index order
   * @param table the engine's table, for the exchange's own names
   */
  constructor(result: BacktestResult, table: readonly InstrumentInfo[]) {
    this.#internal = Object.keys(result.summary.instruments);
    this.#table = new Map(table.map((info) => [info.index, info]));
  }

  /** The pair: `BTC/USDT` when it is known, else the internal name. */
  short(index: number): string {
    const info = this.#table.get(index);
    if (info) return `${info.base}/${info.quote}`.toUpperCase();
    const name = this.#internal[index] ?? `instrument ${index}`;
    const pair = /-([^-_]+)_([^-_]+)$/.exec(name);
    return pair ? `${pair[1]}/${pair[2]}`.toUpperCase() : name;
  }
}
