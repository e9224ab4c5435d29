/**
 * OKX: all kinds of instruments. It wants to be pinged.
 *
 * @module
 */

import { type ExchangeCase, instrument } from "./script.ts";

const okx = {
  path: "/ws/v5/public",
  kind: "trades",
  refusal: { event: "error", code: "60012", msg: "Invalid request" },
} as const;

function okxCase(
  name: string,
  market: string,
  pair: string,
  kind: "spot" | "perpetual" | "future" | "option",
): ExchangeCase {
  return {
    ...okx,
    name: `OKX, ${name} trades`,
    instrument: instrument("okx", market, pair, kind),
    request: { op: "subscribe", args: [{ channel: "trades", instId: market }] },
    script: {
      answer: (message) =>
        message === "ping"
          ? ["pong"]
          : [{ event: "subscribe", arg: { channel: "trades", instId: market } }],
    },
    messages: [
      {
        arg: { channel: "trades", instId: market },
        data: [
          {
            instId: market,
            tradeId: "130639474",
            px: "42219.9",
            sz: "0.12060306",
            side: "buy",
            ts: "1630048897897",
          },
        ],
      },
    ],
    events: [
      {
        kind: "trade",
        time: "2021-08-27T07:21:37.897Z",
        exchange: "okx",
        instrument: 0,
        id: "130639474",
        price: 42219.9,
        amount: 0.12060306,
        side: "buy",
      },
    ],
  };
}

/** Streams of OKX. */
export const OKX_CASES: readonly ExchangeCase[] = [
  okxCase("spot", "BTC-USDT", "btc/usdt", "spot"),
  okxCase("perpetual", "BTC-USDT-SWAP", "btc/usdt", "perpetual"),
  okxCase("future", "BTC-USD-301227", "btc/usd", "future"),
  okxCase("option", "BTC-USD-301227-35000-C", "btc/usd", "option"),
];
