/**
 * A strategy written in TypeScript: it trades against short moves away from an average of the prices,
 * under limits, on three minutes of real market data.
 *
 * @module
 */

import { backtest, MarketData, type Strategy } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

/** Buys after a fall below the smoothed price, sells once the price is back. */
function reversion(quantity: string, fall: number): Strategy {
  const smoothed = new Map<number, number>();
  return {
    id: "reversion",
    onMarket(ctx, { instrument }) {
      const { price, positionQty, openOrders } = ctx.instrument(instrument);
      if (Number.isNaN(price)) return;
      const before = smoothed.get(instrument) ?? price;
      const mean = before + (price - before) / 200;
      smoothed.set(instrument, mean);
      if (openOrders > 0) return;
      if (positionQty === 0 && price < mean * (1 - fall)) {
        ctx.open({ instrument, side: "buy", quantity });
      } else if (positionQty > 0 && price >= mean) {
        ctx.closePositions({ instruments: [instrument] });
      }
    },
    onExit(_, { instrument, pnl }) {
      console.log(`instrument ${instrument}: ${pnl}`);
    },
    onEnd(ctx) {
      console.log(`${ctx.events} events seen, ${ctx.balance("usdt").balance?.total} usdt left`);
    },
  };
}

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
const data = await MarketData.load(marketDataPath(), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});
const { stats, roundTrips, equity } = await backtest(data, {
  strategy: reversion("0.1", 0.0001),
  risk: { type: "limits", maxNotionalPerOrder: "5000", maxOpenOrders: 1 },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.00001",
    latencyMs: 10,
    balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
  }],
});
data.close();

console.log(`${roundTrips.length} round trips, ${stats.refused} orders refused`);
console.log(`${equity.initial} → ${equity.final} ${equity.quote}`);
