/**
 * Instruments and their index table.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkArray, checkObject } from "../_check.ts";
import type { InstrumentConfig, InstrumentTable } from "./types.ts";

/** Instruments as the library takes them. */
export function instrumentsRequest(
  action: string,
  instruments: readonly InstrumentConfig[],
): Methods["engine.instruments"]["request"] {
  checkArray(action, "instruments", instruments);
  return {
    instruments: instruments.map((instrument, position) => {
      const at = `instruments[${position}]`;
      checkObject(action, at, instrument);
      checkObject(action, `${at}.underlying`, instrument.underlying);
      return {
        exchange: instrument.exchange,
        nameExchange: instrument.nameExchange,
        base: instrument.underlying.base,
        quote: instrument.underlying.quote,
        kind: instrument.kind ?? "spot",
      };
    }),
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
  const action = "describe instruments";
  return callSync("engine.instruments", instrumentsRequest(action, instruments), { action });
}
