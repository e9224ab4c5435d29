/**
 * The moving-average crossover once more, in TypeScript, for comparing it with the engine's own.
 *
 * @module
 */

import type { Strategy, StrategyContext } from "../../src/engine/mod.ts";

/** Prices have at most four decimals here; as integers their sums are exact. */
const SCALE = 10_000;

interface Window {
  readonly prices: number[];
  fast: number;
  slow: number;
}

/** Named as the engine's, so that client order ids are equal too. */
export function smaCross(fast: number, slow: number, quantity: string): Strategy {
  const windows = new Map<number, Window>();

  function decide(ctx: StrategyContext, instrument: number): void {
    const window = windows.get(instrument);
    if (window === undefined || window.prices.length < slow) return;
    const state = ctx.instrument(instrument);
    if (state.openOrders > 0) return;
    const signal = window.fast * slow - window.slow * fast;
    const held = state.positionQty;
    if (signal > 0 && held === 0) ctx.open({ instrument, side: "buy", quantity });
    else if (signal < 0 && held > 0) ctx.open({ instrument, side: "sell", quantity: held });
  }

  return {
    id: "smaCross",
    onMarket(ctx, event) {
      if (event.kind === "trade") {
        let window = windows.get(event.instrument);
        if (window === undefined) {
          windows.set(event.instrument, window = { prices: [], fast: 0, slow: 0 });
        }
        const { prices } = window;
        const price = Math.round(event.price * SCALE);
        prices.push(price);
        window.fast += price;
        window.slow += price;
        if (prices.length > fast) window.fast -= prices[prices.length - 1 - fast] ?? 0;
        if (prices.length > slow) window.slow -= prices.shift() ?? 0;
      }
      decide(ctx, event.instrument);
    },
    onOrder(ctx, { instrument }) {
      decide(ctx, instrument);
    },
  };
}
