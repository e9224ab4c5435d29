/**
 * What each exchange answers and sends, after its public documentation. Figures of trades are those of
 * the documentation's examples where it has some.
 *
 * @module
 */

import type { InstrumentConfig, LiveEvent, LiveKind } from "../../src/engine/mod.ts";

/** How a server behaves. */
export interface ExchangeScript {
  /** What is sent to whoever connects. */
  welcome?(): unknown[];
  /** Answers to a message; `subscribed` connections have subscribed before. */
  answer(message: unknown, subscribed: number): unknown[];
  /** The answer to a request by HTTP; undefined is 404. */
  http?(path: string): unknown;
}

/** One stream of one exchange: what is asked for, how it is answered, and what comes of its messages. */
export interface ExchangeCase {
  readonly name: string;
  readonly instrument: InstrumentConfig;
  readonly kind: LiveKind;
  /** Path of the socket. */
  readonly path: string;
  /** The subscription that must arrive; a function drops what depends on the time. */
  readonly request: unknown;
  readonly script: ExchangeScript;
  /** The same, with the exchange's refusal. */
  readonly refusal: unknown;
  readonly messages: readonly unknown[];
  /** The events, without the time of receipt; a time of null is the time of receipt. */
  readonly events: readonly Comparable[];
}

type WithoutReceived<T> = T extends unknown
  ? Omit<T, "received" | "time"> & { time?: string | null }
  : never;

/** An event without what depends on the clock. */
export type Comparable = WithoutReceived<LiveEvent>;

const isSubscribe = (message: unknown): boolean =>
  typeof message === "object" && message !== null && JSON.stringify(message).includes("ubscribe") ||
  typeof message === "object" && message !== null && "method" in message;

/** Answers subscriptions alone. */
function agree(...answers: unknown[]): ExchangeScript {
  return { answer: (message) => isSubscribe(message) ? answers : [] };
}

function instrument(
  exchange: string,
  nameExchange: string,
  pair: string,
  kind: "spot" | "perpetual" | "future" | "option" = "spot",
): InstrumentConfig {
  const [base = "", quote = ""] = pair.split("/");
  const contract = { contractSize: "1", settlementAsset: quote };
  const expiry = "2030-12-27T08:00:00Z";
  const kinds = {
    spot: "spot",
    perpetual: { type: "perpetual", ...contract },
    future: { type: "future", ...contract, expiry },
    option: {
      type: "option",
      ...contract,
      expiry,
      strike: "35000",
      right: "call",
      exercise: "european",
    },
  } as const;
  return { exchange, nameExchange, underlying: { base, quote }, kind: kinds[kind] };
}

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

const BINANCE_CASES: ExchangeCase[] = [
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

function bybitCases(exchange: string, path: string, kind: "spot" | "perpetual"): ExchangeCase[] {
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

const kraken = {
  path: "/",
  instrument: instrument("kraken", "XBT/USD", "xbt/usd"),
  refusal: {
    errorMessage: "Subscription name invalid",
    event: "subscriptionStatus",
    pair: "XBT/USD",
    status: "error",
    subscription: { name: "x" },
  },
  welcome: { connectionID: 1, event: "systemStatus", status: "online", version: "1.9.0" },
  agree: (name: string) => ({
    channelID: 10001,
    channelName: name,
    event: "subscriptionStatus",
    pair: "XBT/USD",
    status: "subscribed",
    subscription: { name },
  }),
};

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

/** Every stream that the library has, at least once per exchange, kind of contract and kind of data. */
export const CASES: readonly ExchangeCase[] = [
  ...BINANCE_CASES,
  ...bybitCases("bybit_spot", "/v5/public/spot", "spot"),
  ...bybitCases("bybit_perpetuals_usd", "/v5/public/linear", "perpetual"),
  {
    ...kraken,
    name: "Kraken, trades",
    kind: "trades",
    request: { event: "subscribe", pair: ["XBT/USD"], subscription: { name: "trade" } },
    script: { welcome: () => [kraken.welcome], ...agree(kraken.agree("trade")) },
    messages: [
      { event: "heartbeat" },
      [
        0,
        [
          ["5541.20000", "0.15850568", "1534614057.321597", "s", "l", ""],
          ["6060.00000", "0.02455000", "1534614057.324998", "b", "l", ""],
        ],
        "trade",
        "XBT/USD",
      ],
    ],
    // Kraken has no ids: the crate makes them of the trade. Times go through doubles, which are
    // 1534614057.3215970993… and 1534614057.3249979019….
    events: [
      {
        kind: "trade",
        time: "2018-08-18T17:40:57.321597099Z",
        exchange: "kraken",
        instrument: 0,
        id: "1534614057321597_sell_5541.2_0.15850568",
        price: 5541.2,
        amount: 0.15850568,
        side: "sell",
      },
      {
        kind: "trade",
        time: "2018-08-18T17:40:57.324997902Z",
        exchange: "kraken",
        instrument: 0,
        id: "1534614057324997_buy_6060_0.02455",
        price: 6060,
        amount: 0.02455,
        side: "buy",
      },
    ],
  },
  {
    ...kraken,
    name: "Kraken, quotes",
    kind: "quotes",
    request: { event: "subscribe", pair: ["XBT/USD"], subscription: { name: "spread" } },
    script: { welcome: () => [kraken.welcome], ...agree(kraken.agree("spread")) },
    messages: [
      [
        0,
        ["5698.40000", "5700.00000", "1542057299.5", "1.01234567", "0.98765432"],
        "spread",
        "XBT/USD",
      ],
    ],
    events: [
      {
        kind: "quote",
        time: "2018-11-12T21:14:59.500Z",
        exchange: "kraken",
        instrument: 0,
        bidPrice: "5698.4",
        bidAmount: "1.01234567",
        askPrice: "5700",
        askAmount: "0.98765432",
      },
    ],
  },
  okxCase("spot", "BTC-USDT", "btc/usdt", "spot"),
  okxCase("perpetual", "BTC-USDT-SWAP", "btc/usdt", "perpetual"),
  okxCase("future", "BTC-USD-301227", "btc/usd", "future"),
  okxCase("option", "BTC-USD-301227-35000-C", "btc/usd", "option"),
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
