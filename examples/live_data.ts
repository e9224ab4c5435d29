/**
 * Live market data, recorded and replayed. Against a server of its own on loopback that speaks as
 * Binance does; without `endpoint` the same program listens to the exchange.
 *
 * @module
 */

import { backtest, type LiveEvent, LiveMarket, MarketData } from "../src/engine/mod.ts";

const PRICES = [100, 101, 103, 102, 106];

/** Agrees to every subscription, sends a quote and a trade per price, and hangs up once. */
function startExchange(): Deno.HttpServer<Deno.NetAddr> {
  let connections = 0;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const send = (message: unknown) => socket.send(JSON.stringify(message));
    socket.onmessage = ({ data }) => {
      const { id, params: [stream] } = JSON.parse(data);
      send({ result: null, id });
      if (stream !== "btcusdt@trade") return;
      const first = connections++ === 0;
      for (const [at, price] of PRICES.entries()) {
        if (first === at < 2) send(trade(at, price));
      }
      if (first) socket.close();
    };
    return response;
  });
}

function trade(id: number, price: number): unknown {
  const time = Date.UTC(2025, 0, 1, 12, 0, id);
  return {
    e: "trade",
    E: time,
    s: "BTCUSDT",
    t: id,
    p: `${price}.00`,
    q: "0.5",
    T: time,
    m: false,
  };
}

const instruments = [
  { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
];

await using exchange = startExchange();
const recorded: LiveEvent[] = [];
{
  await using market = await LiveMarket.open({
    instruments,
    subscriptions: [{ kind: "trades" }],
    endpoint: `ws://127.0.0.1:${exchange.addr.port}`,
  });
  for await (const event of market) {
    recorded.push(event);
    if (event.kind === "trade") console.log(`${event.time}: ${event.side} at ${event.price}`);
    else console.log(`${event.kind}: ${event.exchange}`);
    if (recorded.length > PRICES.length) break;
  }
  const { received, dropped, unreadable } = market.stats;
  console.log(`${received} events, ${dropped} dropped, ${unreadable} unreadable`);
}

// One line per event: what a recorder would append to a file, and what `MarketData.load()` reads.
const lines = recorded.map((event) => JSON.stringify(event)).join("\n");
using data = await MarketData.parse(lines, { instruments });
const result = await backtest(data, {
  strategy: { type: "buyAndHold", quantity: "1" },
  execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
});
console.log(`bought and held: ${result.equity.final}`);
