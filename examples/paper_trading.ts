/**
 * Paper trading: barter's engine runs by itself on recorded trades, with a mock exchange that answers
 * after 20 ms, while this program watches it and gives commands.
 *
 * @module
 */

import { MarketData, StateReplica, System } from "../src/engine/mod.ts";

// A minute of trades that rise, once per second: 100, 101, 102, …
const trades = Array.from({ length: 60 }, (_, second) => ({
  kind: "trade",
  time: new Date(Date.UTC(2025, 0, 1, 12, 0, second)),
  price: 100 + second,
  amount: 1,
  side: "buy",
} as const));
using data = await MarketData.from(trades, {
  instruments: [{
    exchange: "binance_spot",
    nameExchange: "BTCUSDT",
    underlying: { base: "btc", quote: "usdt" },
  }],
});

const system = await System.start({
  market: { data, speed: 100 },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.001",
    latencyMs: 20,
    balances: { usdt: "10000", btc: "0" },
  }],
  strategy: { type: "buyAndHold", quantity: "2" },
  audit: "enabled",
});

const audits = system.audit();
const replica = new StateReplica(audits.snapshot);

/** The next fill, on the way to which the replica follows the engine. */
async function nextFill(): Promise<string | undefined> {
  for (;;) {
    const tick = await audits.recvTick();
    if (tick === null) return undefined;
    replica.update([tick]);
    const { event } = tick;
    if (event.type !== "process" || event.event.kind !== "account") continue;
    if (event.event.event.kind !== "fill") continue;
    const { side, quantity } = event.event.event;
    return `${side} ${quantity}`;
  }
}

// Trading is disabled at first: the strategy waits.
await system.tradingState("enabled");
console.log(`filled: ${await nextFill()}`);
// Enough for today. Were trading still enabled, the strategy would buy again.
await system.tradingState("disabled");
await system.closePositions({ kind: "instruments", instruments: [0] });
console.log(`filled: ${await nextFill()}`);

await system.feedEnded();
const { reason, stats, state, summary } = await system.shutdown();
// What is left of the ticks can be read after the end.
while (await nextFill() !== undefined);
console.log(`${reason} after ${stats.events} events, ${stats.orders} orders, ${stats.fills} fills`);
console.log(`flat: ${state.instruments.every(({ position }) => position === null)}`);
console.log(`result: ${summary.instruments["binancespot-btc_usdt"]?.pnl} usdt`);
console.log(
  `replica: ${JSON.stringify(replica.state) === JSON.stringify(state) ? "equal" : "not"}`,
);
replica.close();
await system[Symbol.asyncDispose]();
