/**
 * Instruments and their index table.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkArray, checkObject, checkOneOf, checkText } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
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
      const { exchange, nameExchange, underlying: { base, quote }, kind = "spot" } = instrument;
      checkText(action, `${at}.exchange`, exchange, 256);
      checkText(action, `${at}.nameExchange`, nameExchange, 256);
      checkText(action, `${at}.underlying.base`, base, 256);
      checkText(action, `${at}.underlying.quote`, quote, 256);
      return {
        exchange,
        nameExchange,
        base,
        quote,
        kind: kindRequest(action, `${at}.kind`, kind),
      };
    }),
  };
}

type KindRequest = Methods["engine.instruments"]["request"]["instruments"][number]["kind"];

function kindRequest(
  action: string,
  at: string,
  kind: NonNullable<InstrumentConfig["kind"]>,
): KindRequest {
  if (kind === "spot") return { type: "spot" };
  checkObject(action, at, kind);
  if (kind.type === "spot") return { type: "spot" };
  const contract = () => {
    const { contractSize, settlementAsset } = kind;
    checkText(action, `${at}.settlementAsset`, settlementAsset, 256);
    return {
      contractSize: decimalText(action, `${at}.contractSize`, contractSize),
      settlementAsset,
    };
  };
  switch (kind.type) {
    case "perpetual":
      return { type: kind.type, ...contract() };
    case "future":
      checkText(action, `${at}.expiry`, kind.expiry, 256);
      return { type: kind.type, ...contract(), expiry: kind.expiry };
    case "option": {
      const { expiry, strike, right, exercise } = kind;
      checkText(action, `${at}.expiry`, expiry, 256);
      checkOneOf(action, `${at}.right`, right, ["call", "put"]);
      checkOneOf(action, `${at}.exercise`, exercise, ["american", "bermudan", "european"]);
      return {
        type: kind.type,
        ...contract(),
        expiry,
        strike: decimalText(action, `${at}.strike`, strike),
        right,
        exercise,
      };
    }
    default:
      checkOneOf(action, `${at}.type`, (kind as { type: unknown }).type, [
        "spot",
        "perpetual",
        "future",
        "option",
      ]);
      return { type: "spot" };
  }
}

/**
 * The engine's index tables for a set of instruments.
 *
 * The engine sorts instruments by exchange and name, so an index is not a position in the list
 * given. Recorded market data refers to instruments by these indices.
 *
 * @param instruments at least one; names unique per exchange, assets in lower case
 * @returns exchanges, assets and instruments by index
 * @throws {ConfigError} If an exchange is unknown, a contract has impossible terms, or an instrument
 * is listed twice.
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
