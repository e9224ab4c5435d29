/**
 * What the exchanges stream.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { checkOneOf, checkText } from "../_check.ts";
import type { InstrumentKind } from "./types.ts";

/** Kinds of live data: public trades, best bid and ask, order books, forced trades. */
export type LiveKind = "trades" | "quotes" | "books" | "liquidations";

/** Kinds of instrument by name. */
export type InstrumentKindName = Extract<InstrumentKind, { type: string }>["type"];

/** One combination that can be streamed. */
export interface LiveSupport {
  /** Exchange id. */
  readonly exchange: string;
  /** What is traded. */
  readonly instrument: InstrumentKindName;
  /** What is streamed. */
  readonly kind: LiveKind;
  /**
   * Hosts and ports that it comes from; each needs the permission `--allow-net=<host>`. The second
   * one, of Binance's order books, is asked for the book that the stream then changes.
   */
  readonly hosts: readonly string[];
}

/** The kinds of live data. */
export const LIVE_KINDS: readonly LiveKind[] = ["trades", "quotes", "books", "liquidations"];
const INSTRUMENTS: readonly InstrumentKindName[] = ["spot", "perpetual", "future", "option"];

let table: readonly LiveSupport[] | undefined;

/**
 * Everything that can be streamed, by exchange.
 *
 * @example The exchanges with order books
 * ```ts
 * import { liveSupport } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const books = liveSupport().filter(({ kind }) => kind === "books");
 * assertEquals(books.map(({ exchange }) => exchange), [
 *   "binance_spot",
 *   "binance_futures_usd",
 *   "bybit_spot",
 *   "bybit_perpetuals_usd",
 * ]);
 * ```
 */
export function liveSupport(): readonly LiveSupport[] {
  table ??= callSync("engine.liveSupport", {}, { action: "list the live data" }).rows;
  return table;
}

/**
 * Whether an exchange streams this kind of data for this kind of instrument.
 *
 * @throws {TypeError} If the kind of instrument or of data is none.
 *
 * @example
 * ```ts
 * import { supports } from "@tendon/tendon/engine";
 * import { assert } from "@std/assert";
 *
 * assert(supports("binance_futures_usd", "perpetual", "liquidations"));
 * assert(!supports("kraken", "spot", "books"));
 * ```
 */
export function supports(
  exchange: string,
  instrument: InstrumentKindName,
  kind: LiveKind,
): boolean {
  const action = "look up the live data";
  checkText(action, "exchange", exchange, 256);
  checkOneOf(action, "instrument", instrument, INSTRUMENTS);
  checkOneOf(action, "kind", kind, LIVE_KINDS);
  return liveSupport().some((row) =>
    row.exchange === exchange && row.instrument === instrument && row.kind === kind
  );
}
