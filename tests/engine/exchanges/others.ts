/**
 * Exchanges with one stream: Coinbase, Bitfinex, BitMEX.
 *
 * @module
 */

import { agree, type ExchangeCase, instrument } from "./script.ts";

/** Their streams. */
export const OTHER_CASES: readonly ExchangeCase[] = [
  {
    name: "Coinbase, trades",
    instrument: instrument("coinbase", "BTC-USD", "btc/usd"),
    kind: "trades",
    path: "/",
    request: { type: "subscribe", product_ids: ["BTC-USD"], channels: ["matches"] },
    script: agree({
      type: "subscriptions",
      channels: [{ name: "matches", product_ids: ["BTC-USD"] }],
    }),
    refusal: {
      type: "error",
      message: "Failed to subscribe",
      reason: "GIBBERISH-USD is not a valid product",
    },
    messages: [
      {
        type: "match",
        trade_id: 10,
        sequence: 50,
        maker_order_id: "ac928c66-ca53-498f-9c13-a110027a60e8",
        taker_order_id: "132fb6ae-456b-4654-b4e0-d681ac05cea1",
        time: "2014-11-07T08:19:27.028459Z",
        product_id: "BTC-USD",
        size: "5.23512",
        price: "400.23",
        side: "sell",
      },
    ],
    events: [
      {
        kind: "trade",
        time: "2014-11-07T08:19:27.028459Z",
        exchange: "coinbase",
        instrument: 0,
        id: "10",
        price: 400.23,
        amount: 5.23512,
        side: "sell",
      },
    ],
  },
  {
    name: "Bitfinex, trades",
    instrument: instrument("bitfinex", "tBTCUSD", "btc/usd"),
    kind: "trades",
    path: "/ws/2",
    request: { event: "subscribe", channel: "trades", symbol: "tBTCUSD" },
    script: {
      welcome: () => [
        {
          event: "info",
          version: 2,
          serverId: "5b73a436-19ca-4a15-8160-9069bdd7f181",
          platform: { status: 1 },
        },
      ],
      // The crate waits for the snapshot that follows; it holds no trades that it reads.
      ...agree(
        {
          event: "subscribed",
          channel: "trades",
          chanId: 420191,
          symbol: "tBTCUSD",
          pair: "BTCUSD",
        },
        [420191, [[401597395, 1574694478808, 0.005, 7245.3]]],
      ),
    },
    refusal: { event: "error", msg: "symbol: invalid", code: 10300 },
    messages: [
      [420191, "hb"],
      [420191, "te", [1225484398, 1665452200022, -0.08980641, 19027.02807752]],
      [420191, "tu", [1225484398, 1665452200022, -0.08980641, 19027.02807752]],
      [420191, "te", [1225484399, 1665452200023, 1.5, 19027]],
    ],
    events: [
      {
        kind: "trade",
        time: "2022-10-11T01:36:40.022Z",
        exchange: "bitfinex",
        instrument: 0,
        id: "1225484398",
        price: 19027.02807752,
        amount: 0.08980641,
        side: "sell",
      },
      {
        kind: "trade",
        time: "2022-10-11T01:36:40.023Z",
        exchange: "bitfinex",
        instrument: 0,
        id: "1225484399",
        price: 19027,
        amount: 1.5,
        side: "buy",
      },
    ],
  },
  {
    name: "BitMEX, trades",
    instrument: instrument("bitmex", "XBTUSD", "xbt/usd", "perpetual"),
    kind: "trades",
    path: "/realtime",
    request: { op: "subscribe", args: ["trade:XBTUSD"] },
    script: {
      welcome: () => [{ info: "Welcome to the BitMEX Realtime API.", version: "2.0.0" }],
      ...agree({
        success: true,
        subscribe: "trade:XBTUSD",
        request: { op: "subscribe", args: ["trade:XBTUSD"] },
      }),
    },
    refusal: { success: false, subscribe: "trade:XBTUSD" },
    messages: [
      {
        table: "trade",
        action: "insert",
        data: [
          {
            timestamp: "2023-02-18T09:27:59.701Z",
            symbol: "XBTUSD",
            side: "Sell",
            size: 200,
            price: 24564.5,
            tickDirection: "MinusTick",
            trdMatchID: "31e50cb7-e005-a44e-f354-86e88dff52eb",
            grossValue: 814184,
            homeNotional: 0.00814184,
            foreignNotional: 200,
            trdType: "Regular",
          },
        ],
      },
    ],
    events: [
      {
        kind: "trade",
        time: "2023-02-18T09:27:59.701Z",
        exchange: "bitmex",
        instrument: 0,
        id: "31e50cb7-e005-a44e-f354-86e88dff52eb",
        price: 24564.5,
        amount: 200,
        side: "sell",
      },
    ],
  },
];
