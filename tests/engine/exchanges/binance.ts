/**
 * Binance: spot, and perpetuals in usdt.
 *
 * @module
 */

import { agree, type ExchangeCase, type ExchangeScript, instrument } from "./script.ts";

const binance = {
  script: agree({ result: null, id: 1 }),
  refusal: { result: [], id: 1 },
  path: "/ws",
  request: (stream: string) => ({ method: "SUBSCRIBE", params: [stream], id: 1 }),
};

const binanceTrade = { e: "trade", E: 1749354825200, s: "BTCUSDT", t: 1000000000 };

/** A trade of Binance spot. */
export function spotTrade(id: number, price: string, symbol = "BTCUSDT"): unknown {
  return {
    e: "trade",
    E: 1749354825200,
    s: symbol,
    t: id,
    p: price,
    q: "0.5",
    T: 1749354825199,
    m: false,
  };
}

/** A quote of Binance spot. */
export function spotQuote(bid: string, symbol = "BTCUSDT"): unknown {
  return { u: 1, s: symbol, b: bid, B: "1", a: "99999.99", A: "2" };
}

/** What Binance spot agrees to. */
export const BINANCE: ExchangeScript = binance.script;

/** Streams of Binance. */
export const BINANCE_CASES: readonly ExchangeCase[] = [
  {
    ...binance,
    name: "Binance spot, trades",
    instrument: instrument("binance_spot", "BTCUSDT", "btc/usdt"),
    kind: "trades",
    request: binance.request("btcusdt@trade"),
    messages: [
      { ...binanceTrade, p: "10000.19", q: "0.239000", T: 1749354825200, m: true },
      { ...binanceTrade, t: 1000000001, p: "10000.2", q: "1", T: 1749354825201, m: false },
    ],
    events: [
      {
        kind: "trade",
        time: "2025-06-08T03:53:45.200Z",
        exchange: "binance_spot",
        instrument: 0,
        id: "1000000000",
        price: 10000.19,
        amount: 0.239,
        side: "sell",
      },
      {
        kind: "trade",
        time: "2025-06-08T03:53:45.201Z",
        exchange: "binance_spot",
        instrument: 0,
        id: "1000000001",
        price: 10000.2,
        amount: 1,
        side: "buy",
      },
    ],
  },
  {
    ...binance,
    name: "Binance spot, quotes",
    instrument: instrument("binance_spot", "ETHUSDT", "eth/usdt"),
    kind: "quotes",
    request: binance.request("ethusdt@bookTicker"),
    messages: [
      {
        u: 22606535573,
        s: "ETHUSDT",
        b: "1215.27000000",
        B: "32.49110000",
        a: "79228162514264.337593543950",
        A: "0.00000001",
      },
      { u: 22606535574, s: "ETHUSDT", b: "1215.2700001", B: "1", a: "0.00000000", A: "0.00000000" },
    ],
    // Spot sends no time: the crate takes the time of receipt.
    events: [
      {
        kind: "quote",
        time: null,
        exchange: "binance_spot",
        instrument: 0,
        bidPrice: "1215.27",
        bidAmount: "32.4911",
        askPrice: "79228162514264.33759354395",
        askAmount: "0.00000001",
      },
      {
        kind: "quote",
        time: null,
        exchange: "binance_spot",
        instrument: 0,
        bidPrice: "1215.2700001",
        bidAmount: "1",
        askPrice: null,
        askAmount: null,
      },
    ],
  },
  {
    ...binance,
    name: "Binance spot, books",
    instrument: instrument("binance_spot", "ETHUSDT", "eth/usdt"),
    kind: "books",
    request: binance.request("ethusdt@depth@100ms"),
    script: {
      ...binance.script,
      http: (path) =>
        path === "/api/v3/depth?symbol=ETHUSDT&limit=100"
          ? {
            lastUpdateId: 100,
            bids: [["4.00000000", "431.0"], ["3.9", "1"]],
            asks: [["4.00000200", "12.00000000"]],
          }
          : undefined,
    },
    messages: [
      // Older than the snapshot: left out.
      { e: "depthUpdate", E: 1671656397761, s: "ETHUSDT", U: 90, u: 100, b: [["1", "1"]], a: [] },
      {
        e: "depthUpdate",
        E: 1671656397762,
        s: "ETHUSDT",
        U: 99,
        u: 103,
        b: [["3.90000000", "0.00000000"]],
        a: [["4.1", "7.5"]],
      },
    ],
    events: [
      {
        kind: "book",
        time: null,
        exchange: "binance_spot",
        instrument: 0,
        sequence: 100,
        update: false,
        bids: [["4", "431"], ["3.9", "1"]],
        asks: [["4.000002", "12"]],
      },
      {
        kind: "book",
        time: "2022-12-21T20:59:57.762Z",
        exchange: "binance_spot",
        instrument: 0,
        sequence: 103,
        update: true,
        bids: [["3.9", "0"]],
        asks: [["4.1", "7.5"]],
      },
    ],
  },
  {
    ...binance,
    name: "Binance futures, trades",
    instrument: instrument("binance_futures_usd", "BTCUSDT", "btc/usdt", "perpetual"),
    kind: "trades",
    request: binance.request("btcusdt@trade"),
    messages: [{
      ...binanceTrade,
      p: "10000.19",
      q: "0.239000",
      T: 1749354825200,
      X: "MARKET",
      m: true,
    }],
    events: [
      {
        kind: "trade",
        time: "2025-06-08T03:53:45.200Z",
        exchange: "binance_futures_usd",
        instrument: 0,
        id: "1000000000",
        price: 10000.19,
        amount: 0.239,
        side: "sell",
      },
    ],
  },
  {
    ...binance,
    name: "Binance futures, quotes",
    instrument: instrument("binance_futures_usd", "BTCUSDT", "btc/usdt", "perpetual"),
    kind: "quotes",
    request: binance.request("btcusdt@bookTicker"),
    messages: [
      {
        e: "bookTicker",
        u: 1,
        s: "BTCUSDT",
        b: "1215.27000000",
        B: "32.49110000",
        a: "1215.28000000",
        A: "13.93900000",
        T: 1749354825199,
        E: 1749354825200,
      },
    ],
    events: [
      {
        kind: "quote",
        time: "2025-06-08T03:53:45.199Z",
        exchange: "binance_futures_usd",
        instrument: 0,
        bidPrice: "1215.27",
        bidAmount: "32.4911",
        askPrice: "1215.28",
        askAmount: "13.939",
      },
    ],
  },
  {
    ...binance,
    name: "Binance futures, books",
    instrument: instrument("binance_futures_usd", "BTCUSDT", "btc/usdt", "perpetual"),
    kind: "books",
    request: binance.request("btcusdt@depth@100ms"),
    script: {
      ...binance.script,
      http: (path) =>
        path === "/fapi/v1/depth?symbol=BTCUSDT&limit=100"
          ? {
            lastUpdateId: 150,
            E: 1589436922972,
            T: 1589436922959,
            bids: [["0.0024", "10"]],
            asks: [["0.0026", "100"]],
          }
          : undefined,
    },
    messages: [
      {
        e: "depthUpdate",
        E: 1589436922980,
        T: 1589436922979,
        s: "BTCUSDT",
        U: 149,
        u: 160,
        pu: 149,
        b: [["0.0024", "11"]],
        a: [],
      },
    ],
    events: [
      {
        kind: "book",
        time: "2020-05-14T06:15:22.972Z",
        exchange: "binance_futures_usd",
        instrument: 0,
        sequence: 150,
        update: false,
        bids: [["0.0024", "10"]],
        asks: [["0.0026", "100"]],
      },
      {
        kind: "book",
        time: "2020-05-14T06:15:22.980Z",
        exchange: "binance_futures_usd",
        instrument: 0,
        sequence: 160,
        update: true,
        bids: [["0.0024", "11"]],
        asks: [],
      },
    ],
  },
  {
    ...binance,
    name: "Binance futures, liquidations",
    instrument: instrument("binance_futures_usd", "BTCUSDT", "btc/usdt", "perpetual"),
    kind: "liquidations",
    request: binance.request("btcusdt@forceOrder"),
    messages: [
      {
        e: "forceOrder",
        E: 1665523974222,
        o: {
          s: "BTCUSDT",
          S: "SELL",
          o: "LIMIT",
          f: "IOC",
          q: "0.009",
          p: "18917.15",
          ap: "18990.00",
          X: "FILLED",
          l: "0.009",
          z: "0.009",
          T: 1665523974217,
        },
      },
    ],
    events: [
      {
        kind: "liquidation",
        time: "2022-10-11T21:32:54.217Z",
        exchange: "binance_futures_usd",
        instrument: 0,
        price: 18917.15,
        amount: 0.009,
        side: "sell",
      },
    ],
  },
];
