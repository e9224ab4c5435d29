import { assertEquals, assertRejects } from "@std/assert";
import { LiveDataError } from "../../src/errors.ts";
import { System, type SystemOptions } from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { ExchangeServer } from "./_exchange_server.ts";
import { bounded } from "./_live.ts";
import { pair } from "./_setup.ts";
import { until } from "./_system.ts";
import { BINANCE, spotTrade } from "./exchanges/binance.ts";

function options(endpoint: string): SystemOptions {
  return {
    market: { instruments: [pair("btc")], subscriptions: [{ kind: "trades" }], endpoint },
    execution: [{ exchange: "binance_spot", balances: { usdt: "100000", btc: "0" } }],
    tradingState: "enabled",
  };
}

test("a system trades on live data, and goes on when the connection was lost", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  const lost: string[] = [];
  await using system = await bounded(System.start({
    ...options(server.endpoint),
    strategy: {
      id: "first",
      onMarket(ctx) {
        if (ctx.instrument(0).positionQty === 0 && ctx.instrument(0).openOrders === 0) {
          ctx.open({ instrument: 0, side: "buy", quantity: "2" });
        }
      },
      onDisconnect(_ctx, exchange) {
        lost.push(exchange);
      },
    },
  }));
  const first = await bounded(server.connection(0));
  first.send(spotTrade(1, "100"));
  await bounded(until(system, ({ fills }) => fills === 1));
  assertEquals(system.positions().map(({ instrument, side }) => [instrument, side]), [[0, "buy"]]);

  first.close("cut");
  const second = await bounded(server.connection(1));
  second.send(spotTrade(2, "101"));
  // A lost connection is an event as well.
  await bounded(until(system, ({ events }) => events === 3));
  const { reason, stats } = await bounded(system.shutdown());
  assertEquals([reason, stats.orders, stats.fills, lost], ["shutdown", 1, 1, ["binance_spot"]]);
  await bounded(server.until(() => server.open === 0));
});

test("a system whose live market cannot be opened does not start", async () => {
  const error = await assertRejects(
    () => bounded(System.start(options("ws://127.0.0.1:1"))),
    LiveDataError,
  );
  assertEquals(error.code, "live_unreachable");
  const unsupported = await assertRejects(
    () =>
      System.start({
        market: { instruments: [pair("btc")], subscriptions: [{ kind: "liquidations" }] },
      }),
    LiveDataError,
  );
  assertEquals(unsupported.code, "live_unsupported");
});
