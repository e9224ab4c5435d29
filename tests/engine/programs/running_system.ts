// A program that leaves a running system behind: nothing of it is awaited.
import { System } from "../../../src/engine/mod.ts";

const system = await System.start({
  instruments: [{
    exchange: "binance_spot",
    nameExchange: "BTCUSDT",
    underlying: { base: "btc", quote: "usdt" },
  }],
  audit: "enabled",
});
await system.send([{ kind: "trade", time: new Date(), price: 100, amount: 1, side: "buy" }]);
await system.audit().recvTick(50);
console.log(system.stats.events);
