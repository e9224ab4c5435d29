/**
 * Bybit: spot, and perpetuals in usdt. It wants to be pinged.
 *
 * @module
 */

import { type ExchangeCase, instrument } from "./script.ts";

const bybit = {
  script: {
    answer: (message: unknown) =>
      JSON.stringify(message).includes("ping")
        ? [{ success: true, ret_msg: "pong", conn_id: "2324d924", req_id: "", op: "ping" }]
        : [{
          success: true,
          ret_msg: "subscribe",
          conn_id: "2324d924",
          req_id: "",
          op: "subscribe",
        }],
  },
  refusal: { success: false, ret_msg: "", conn_id: "2324d924", req_id: "", op: "subscribe" },
  request: (topic: string) => ({ op: "subscribe", args: [topic] }),
};

function cases(exchange: string, path: string, kind: "spot" | "perpetual"): ExchangeCase[] {
  const base = { ...bybit, path, instrument: instrument(exchange, "BTCUSDT", "btc/usdt", kind) };
  const event = { exchange, instrument: 0 } as const;
  return [
    {
      ...base,
      name: `${exchange}, trades`,
      kind: "trades",
      request: bybit.request("publicTrade.BTCUSDT"),
      messages: [
        {
          topic: "publicTrade.BTCUSDT",
          type: "snapshot",
          ts: 1672304486868,
          data: [
            {
              T: 1672304486865,
              s: "BTCUSDT",
              S: "Buy",
              v: "0.001",
              p: "16578.50",
              L: "PlusTick",
              i: "20f43950-d8dd-5b31-9112-a178eb6023af",
              BT: false,
            },
            {
              T: 1672304486866,
              s: "BTCUSDT",
              S: "Sell",
              v: "2",
              p: "16578.49",
              L: "MinusTick",
              i: "2",
              BT: false,
            },
          ],
        },
      ],
      events: [
        {
          kind: "trade",
          time: "2022-12-29T09:01:26.865Z",
          ...event,
          id: "20f43950-d8dd-5b31-9112-a178eb6023af",
          price: 16578.5,
          amount: 0.001,
          side: "buy",
        },
        {
          kind: "trade",
          time: "2022-12-29T09:01:26.866Z",
          ...event,
          id: "2",
          price: 16578.49,
          amount: 2,
          side: "sell",
        },
      ],
    },
    {
      ...base,
      name: `${exchange}, quotes`,
      kind: "quotes",
      request: bybit.request("orderbook.1.BTCUSDT"),
      messages: [
        {
          topic: "orderbook.1.BTCUSDT",
          type: "snapshot",
          ts: 1672304484978,
          data: {
            s: "BTCUSDT",
            b: [["16493.50", "0.006"]],
            a: [["16611.00", "0.029"]],
            u: 1,
            seq: 7,
          },
        },
        {
          topic: "orderbook.1.BTCUSDT",
          type: "delta",
          ts: 1672304484979,
          data: { s: "BTCUSDT", b: [["16493.60", "1"]], a: [], u: 2, seq: 8 },
        },
      ],
      events: [
        {
          kind: "quote",
          time: "2022-12-29T09:01:24.978Z",
          ...event,
          bidPrice: "16493.5",
          bidAmount: "0.006",
          askPrice: "16611",
          askAmount: "0.029",
        },
        {
          kind: "quote",
          time: "2022-12-29T09:01:24.979Z",
          ...event,
          bidPrice: "16493.6",
          bidAmount: "1",
          askPrice: null,
          askAmount: null,
        },
      ],
    },
    {
      ...base,
      name: `${exchange}, books`,
      kind: "books",
      request: bybit.request("orderbook.50.BTCUSDT"),
      messages: [
        {
          topic: "orderbook.50.BTCUSDT",
          type: "snapshot",
          ts: 1672304484978,
          data: {
            s: "BTCUSDT",
            b: [["16493.50", "0.006"], ["16493.00", "0.100"]],
            a: [["16611.00", "0.029"]],
            u: 18521288,
            seq: 7961638724,
          },
        },
        {
          topic: "orderbook.50.BTCUSDT",
          type: "delta",
          ts: 1672304484979,
          data: { s: "BTCUSDT", b: [["16493.00", "0"]], a: [], u: 18521289, seq: 7961638725 },
        },
      ],
      events: [
        {
          kind: "book",
          time: "2022-12-29T09:01:24.978Z",
          ...event,
          sequence: 7961638724,
          update: false,
          bids: [["16493.5", "0.006"], ["16493", "0.1"]],
          asks: [["16611", "0.029"]],
        },
        {
          kind: "book",
          time: "2022-12-29T09:01:24.979Z",
          ...event,
          sequence: 7961638725,
          update: true,
          bids: [["16493", "0"]],
          asks: [],
        },
      ],
    },
  ];
}

/** Streams of Bybit. */
export const BYBIT_CASES: readonly ExchangeCase[] = [
  ...cases("bybit_spot", "/v5/public/spot", "spot"),
  ...cases("bybit_perpetuals_usd", "/v5/public/linear", "perpetual"),
];
