/**
 * Kraken: spot.
 *
 * @module
 */

import { agree, type ExchangeCase, instrument } from "./script.ts";

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

/** Streams of Kraken. */
export const KRAKEN_CASES: readonly ExchangeCase[] = [
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
];
