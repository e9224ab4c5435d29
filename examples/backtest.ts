/**
 * Backtests a moving-average crossover on three minutes of real trades and best quotes, and prints
 * what it found.
 *
 * ```sh
 * deno run --allow-ffi --allow-read --allow-env examples/backtest.ts
 * ```
 *
 * @module
 */

import { backtest, MarketData, ratioToNumber } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

using data = await MarketData.load(marketDataPath(), {
  instruments: ["btc", "eth", "sol"].map((base) => ({
    exchange: "binance_spot",
    nameExchange: `${base.toUpperCase()}USDT`,
    underlying: { base, quote: "usdt" },
  })),
});
const { events, first, last } = data.stats;
console.log(`${events} events from ${first} to ${last}`);

const result = await backtest(data, {
  id: "sma-20-100",
  strategy: { type: "smaCross", fast: 20, slow: 100, quantity: "0.05" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.0001",
    latencyMs: 50,
    balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
  }],
});

const { equity, stats } = result;
console.log(`${stats.events} events in ${stats.durationMs.toFixed(1)} ms, ${stats.fills} fills`);
console.log(`equity ${equity.initial} -> ${Number(equity.final).toFixed(2)} ${equity.quote}`);
console.log(`deepest fall ${(equity.maxDrawdown * 100).toFixed(4)} %`);
for (const [name, sheet] of Object.entries(result.summary.instruments)) {
  const { trades, wins } = sheet.derived;
  const sharpe = ratioToNumber(sheet.sharpeRatio).toFixed(2);
  console.log(
    `${name}: pnl ${Number(sheet.pnl).toFixed(4)}, ${wins}/${trades} wins, Sharpe ${sharpe}`,
  );
}
