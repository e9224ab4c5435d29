/**
 * The engine's mock exchange, set up for a test.
 *
 * @module
 */

import { MockExchangeVenue } from "../../src/contracts/mod.ts";
import type { ExecutionConfig, InstrumentConfig } from "../../src/engine/mod.ts";
import { trade } from "./_desk.ts";

/** Its instrument. */
export const BTC = "BTC/USD:binance_spot";

/** A pair against usd on Binance. */
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
  trade(second: number, price: string, quantity: string): void;
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
    start: "2025-01-01T00:00:00Z",
  });
  return {
    adapter,
    trade: (...terms) => adapter.market({ ...trade(...terms), instrument: BTC }),
  };
}
