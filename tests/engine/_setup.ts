/**
 * Shared set-up of the engine tests.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import {
  type BacktestConfig,
  type BacktestResult,
  type InstrumentConfig,
  MarketData,
  type StrategyConfig,
} from "../../src/engine/mod.ts";

/** Fixture files; their origin is in `tests/fixtures/engine/README.md`. */
export const FIXTURES: URL = new URL("../fixtures/engine/", import.meta.url);

/** A spot pair against usdt on Binance. */
export function pair(base: string): InstrumentConfig {
  return {
    exchange: "binance_spot",
    nameExchange: `${base.toUpperCase()}USDT`,
    underlying: { base, quote: "usdt" },
  };
}

/** The first 600 events of barter's recording. */
export function recording(): Promise<MarketData> {
  return MarketData.load(new URL("market_data_600.jsonl", FIXTURES), {
    instruments: [pair("btc"), pair("eth"), pair("sol")],
  });
}

/** The recording over and over: 120,000 events, long enough to be caught in the middle. */
export async function longRecording(): Promise<MarketData> {
  const text = await readFile(new URL("market_data_600.jsonl", FIXTURES), "utf8");
  return await MarketData.parse(text.repeat(200), {
    instruments: [pair("btc"), pair("eth"), pair("sol")],
  });
}

/** One trade of btc as a line. */
export function trade(second: number, price: number | string): string {
  return JSON.stringify({
    Item: {
      time_exchange: new Date(Date.UTC(2025, 0, 1, 12, 0, second)).toISOString(),
      exchange: "binance_spot",
      instrument: 0,
      kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
    },
  });
}

/** Trades of btc, one per second. */
export function trades(...prices: number[]): Promise<MarketData> {
  return MarketData.parse(prices.map((price, second) => trade(second, price)).join("\n"), {
    instruments: [pair("btc")],
  });
}

/** A configuration for data of btc alone. */
export function btcConfig(
  strategy: BacktestConfig["strategy"],
  changes: Partial<BacktestConfig> = {},
): BacktestConfig {
  return {
    strategy,
    execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
    ...changes,
  };
}

/** A result without the one figure that depends on the machine. */
export function comparable(result: BacktestResult): unknown {
  return structuredClone({ ...result, stats: { ...result.stats, durationMs: 0 } });
}

/** The crossover of the last trade and the mean of two. */
export const CROSS: StrategyConfig = { type: "smaCross", fast: 1, slow: 2, quantity: "1" };
