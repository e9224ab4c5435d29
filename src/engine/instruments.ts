/**
 * Instruments and their index table.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import type { InstrumentConfig, InstrumentTable } from "./types.ts";

/** Instruments as the library takes them. */
export function instrumentsRequest(
  instruments: readonly InstrumentConfig[],
): Methods["engine.instruments"]["request"] {
  return {
    instruments: instruments.map((instrument) => ({
      exchange: instrument.exchange,
      nameExchange: instrument.nameExchange,
      base: instrument.underlying.base,
      quote: instrument.underlying.quote,
      kind: instrument.kind ?? "spot",
    })),
  };
}

/**
 * The engine's index tables for a set of instruments.
 *
 * The engine sorts instruments by exchange and name, so an index is not a position in the list
 * given. Recorded market data refers to instruments by these indices.
 *
 * @param instruments at least one; names unique per exchange, assets in lower case
 * @returns exchanges, assets and instruments by index
 * @throws {ConfigError} If an instrument is unknown, not spot or listed twice.
 *
 * @example Two pairs of one exchange
 * ```ts
 * import { describeInstruments } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const table = describeInstruments([
 *   { exchange: "binance_spot", nameExchange: "ETHUSDT", underlying: { base: "eth", quote: "usdt" } },
 *   { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 * ]);
 * assertEquals(table.instruments.map((row) => row.name), [
 *   "binancespot-btc_usdt",
 *   "binancespot-eth_usdt",
 * ]);
 * ```
 */
export function describeInstruments(instruments: readonly InstrumentConfig[]): InstrumentTable {
  return callSync("engine.instruments", instrumentsRequest(instruments), {
    action: "describe instruments",
  });
}
