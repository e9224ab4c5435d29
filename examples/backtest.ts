/**
 * One backtest of a moving-average crossover on three minutes of real market data.
 *
 * @module
 */

import { backtest, MarketData } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
const data = await MarketData.load(marketDataPath(), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});
const { stats, equity, roundTrips } = await backtest(data, {
  strategy: { type: "smaCross", fast: 20, slow: 200, quantity: "0.1" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.00005",
    balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
  }],
});
data.close();

const won = roundTrips.filter((trip) => Number(trip.pnl) > 0).length;
console.log(`${stats.events} events in ${stats.durationMs.toFixed(1)} ms`);
console.log(`${roundTrips.length} round trips, ${won} with a gain`);
console.log(`${equity.initial} → ${equity.final} ${equity.quote}`);
