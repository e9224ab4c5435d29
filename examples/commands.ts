/**
 * An engine fed by hand: the program is the exchange. It brings prices, sends commands, carries out the
 * engine's requests and reports what became of them.
 *
 * @module
 */

import { type ActionOutput, type AuditTick, Engine, type OpenRequest } from "../src/engine/mod.ts";

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
const engine = Engine.open({
  instruments: [pair("btc"), pair("eth")],
  start: "2025-01-01T12:00:00Z",
});

let second = 0;
const now = () => new Date(Date.UTC(2025, 0, 1, 12, 0, ++second)).toISOString();

function price(instrument: number, price: number): void {
  engine.market({
    time_exchange: now(),
    exchange: "binance_spot",
    instrument,
    kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
  });
}

/** What a command led to. */
function report(what: string, { event }: AuditTick): void {
  const output = event.type === "process" ? event.outputs[0] : undefined;
  const action: ActionOutput | undefined = output?.kind === "commanded" ? output.action : undefined;
  console.log(`${what}: ${action?.kind} sent ${action?.sentCount} requests`);
}

/** Fills an order at its price, as an exchange would report it. */
function fill({ key, ...order }: OpenRequest): void {
  const { exchange, instrument, strategy, cid } = key;
  engine.account(exchange, {
    kind: "fill",
    tradeId: `t-${cid}`,
    orderId: `o-${cid}`,
    instrument,
    strategy,
    time: now(),
    side: order.side,
    price: order.price,
    quantity: order.quantity,
    fees: "0",
  });
  engine.account(exchange, { kind: "order", order: { key, ...order, state: { kind: "filled" } } });
}

/** Carries out what the engine has sent: market orders are filled, limit orders are left open. */
function execute(): void {
  for (const sent of engine.takeRequests()) {
    if (sent.kind === "cancel") {
      const cancelled = { orderId: `o-${sent.request.key.cid}`, time: now() };
      engine.account(0, { kind: "orderCancelled", key: sent.request.key, cancelled, reason: null });
    } else if (sent.request.kind === "market") fill(sent.request);
    else {
      const state = {
        kind: "open",
        orderId: `o-${sent.request.key.cid}`,
        time: now(),
        filled: "0",
      } as const;
      engine.account(0, { kind: "order", order: { ...sent.request, state } });
    }
  }
}

price(0, 87_000);
price(1, 2_000);
report(
  "open",
  engine.sendOpenRequests([
    { instrument: 0, side: "buy", quantity: "0.5", price: "87000" },
    { instrument: 1, side: "sell", quantity: "3", price: "2000" },
    {
      instrument: 1,
      side: "buy",
      quantity: "1",
      price: "1900",
      kind: "limit",
      timeInForce: "goodUntilCancelled",
    },
  ]),
);
execute();
console.log(`${engine.positions().length} positions, ${engine.orders().length} open orders`);

report("cancel", engine.cancelOrders({ kind: "instruments", instruments: [1] }));
execute();
price(0, 88_000);
price(1, 1_950);
report("close", engine.closePositions({ kind: "exchanges", exchanges: [0] }));
execute();
console.log(`${engine.positions().length} positions, ${engine.orders().length} open orders`);

engine.shutdown();
for (const [name, sheet] of Object.entries(engine.summary().instruments)) {
  console.log(`${name}: ${sheet.pnl}`);
}
engine.close();
