/**
 * Every stream that the library has, at least once per exchange, kind of contract and kind of data.
 *
 * @module
 */

import { BINANCE_CASES } from "./binance.ts";
import { BYBIT_CASES } from "./bybit.ts";
import { GATEIO_CASES } from "./gateio.ts";
import { KRAKEN_CASES } from "./kraken.ts";
import { OKX_CASES } from "./okx.ts";
import { OTHER_CASES } from "./others.ts";
import type { ExchangeCase } from "./script.ts";

/** The streams. */
export const CASES: readonly ExchangeCase[] = [
  ...BINANCE_CASES,
  ...BYBIT_CASES,
  ...KRAKEN_CASES,
  ...OKX_CASES,
  ...GATEIO_CASES,
  ...OTHER_CASES,
];
