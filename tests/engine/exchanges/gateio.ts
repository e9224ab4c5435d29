/**
 * Gate.io: spot, perpetuals, futures and options.
 *
 * @module
 */

import { agree, type ExchangeCase, instrument } from "./script.ts";

const gateioRefusal = (channel: string) => ({
  time: 1606292218,
  time_ms: 1606292218231,
  channel,
  event: "subscribe",
  error: { code: 2, message: "unknown currency pair" },
  result: { status: "fail" },
});

function gateioCase(
  exchange: string,
  path: string,
  market: string,
  pair: string,
  kind: "spot" | "perpetual" | "future" | "option",
): ExchangeCase {
  const channel = { spot: "spot.trades", option: "options.trades" }[kind as "spot" | "option"] ??
    "futures.trades";
  const result = kind === "spot"
    ? {
      id: 309143071,
      create_time: 1606292218,
      create_time_ms: "1606292218213.0",
      side: "sell",
      currency_pair: market,
      amount: "16.4700000000",
      price: "0.4705000000",
    }
    : [
      {
        size: -108,
        id: 27753479,
        create_time: 1545136464,
        create_time_ms: 1545136464123,
        price: "96.4",
        contract: market,
      },
    ];
  const figures = kind === "spot"
    ? { time: "2020-11-25T08:16:58.213Z", id: "309143071", price: 0.4705, amount: 16.47 }
    : { time: "2018-12-18T12:34:24.123Z", id: "27753479", price: 96.4, amount: 108 };
  return {
    name: `${exchange}, trades`,
    instrument: instrument(exchange, market, pair, kind),
    kind: "trades",
    path,
    request: { channel, event: "subscribe", payload: [market] },
    script: agree({
      time: 1,
      time_ms: 1,
      channel,
      event: "subscribe",
      result: { status: "success" },
    }),
    refusal: gateioRefusal(channel),
    messages: [{ time: 1, time_ms: 1, channel, event: "update", result }],
    events: [{ kind: "trade", exchange, instrument: 0, side: "sell", ...figures }],
  };
}

/** Streams of Gate.io. */
export const GATEIO_CASES: readonly ExchangeCase[] = [
  gateioCase("gateio_spot", "/ws/v4/", "GT_USDT", "gt/usdt", "spot"),
  gateioCase("gateio_perpetuals_usd", "/v4/ws/usdt", "ETH_USDT", "eth/usdt", "perpetual"),
  gateioCase("gateio_perpetuals_btc", "/v4/ws/btc", "BTC_USD", "btc/usd", "perpetual"),
  gateioCase(
    "gateio_futures_usd",
    "/v4/ws/delivery/usdt",
    "ETH_USDT_QUARTERLY_20301227",
    "eth/usdt",
    "future",
  ),
  gateioCase(
    "gateio_futures_btc",
    "/v4/ws/delivery/btc",
    "BTC_USD_QUARTERLY_20301227",
    "btc/usd",
    "future",
  ),
  gateioCase("gateio_options", "/v4/ws", "BTC_USDT-20301227-35000-C", "btc/usdt", "option"),
];
