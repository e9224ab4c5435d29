/**
 * Follows a backtest by its audit ticks: counts what they say, and keeps a replica of the engine's
 * state that knows positions and balances without asking the engine.
 *
 * @module
 */

import { auditBacktest, type EngineOutput, MarketData, StateReplica } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

/** What an output is about; leaving out a kind would not compile. */
function subject(output: EngineOutput): string {
  switch (output.kind) {
    case "algoOrders":
      return output.action.sentCount > 0 ? "orders sent" : "orders refused";
    case "commanded":
      return `command ${output.action.kind}`;
    case "positionExit":
      return "positions closed";
    case "accountDisconnect":
    case "marketDisconnect":
      return "interruptions";
    case "tradingDisabled":
      return "trading disabled";
  }
}

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
const data = await MarketData.load(marketDataPath(), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});
const audits = auditBacktest(data, {
  strategy: { type: "smaCross", fast: 20, slow: 200, quantity: "0.1" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.00005",
    balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
  }],
});

const replica = new StateReplica(audits.snapshot);
const counts = new Map<string, number>();
for (;;) {
  const ticks = await audits.recvBatch(1000);
  if (ticks.length === 0) break;
  replica.update(ticks);
  for (const { event } of ticks) {
    if (event.type === "feedEnded") continue;
    for (const output of event.outputs) {
      counts.set(subject(output), (counts.get(subject(output)) ?? 0) + 1);
    }
  }
}

console.log(`${replica.context.sequence} ticks`);
for (const [what, count] of counts) console.log(`${what}: ${count}`);
for (const { name, position } of replica.state.instruments) {
  console.log(`${name}: ${position === null ? "flat" : `${position.side} ${position.quantity}`}`);
}
const same = JSON.stringify(replica.state) === JSON.stringify(audits.state);
console.log(same ? "the replica equals the engine" : "the replica differs");
replica.close();
audits.close();
data.close();
