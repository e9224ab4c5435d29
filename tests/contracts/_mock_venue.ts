/**
 * The engine's mock exchange, set up for a test.
 *
 * @module
 */

import { MockExchangeVenue } from "../../src/contracts/mod.ts";
import type { ExecutionConfig, InstrumentConfig } from "../../src/engine/mod.ts";
import { at } from "./_desk.ts";

/** A pair against usd on Binance: `BTC/USD:binance_spot`. */
export function usdPair(base: string): InstrumentConfig {
  return {
    exchange: "binance_spot",
    nameExchange: `${base.toUpperCase()}USD`,
    underlying: { base, quote: "usd" },
  };
}

/** A venue with cash of 10000 USD whose clock starts where those of the tests do, and its market. */
export function mockVenue(execution: Partial<ExecutionConfig> = {}): {
  readonly adapter: MockExchangeVenue;
  trade(second: number, price: string, quantity: string): Promise<void>;
} {
  const adapter = new MockExchangeVenue({
    instruments: [usdPair("btc")],
    execution: {
      exchange: "binance_spot",
      feeRate: "0.001",
      latencyMs: 20,
      balances: { usd: "10000", btc: "0" },
      ...execution,
    },
    clock: "historical",
    start: time(0),
  });
  return {
    adapter,
    trade: (second, price, amount) =>
      adapter.market({
        kind: "trade",
        time: time(second),
        price: Number(price),
        amount: Number(amount),
        side: "buy",
      }),
  };
}

function time(second: number): string {
  return new Date(Number(BigInt(at(second)) / 1_000_000n)).toISOString();
}
