/**
 * More than two hundred malformed configurations and data files: each is refused with a typed error
 * that names the place, and the library works on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ConfigError, EngineError, MarketDataError } from "../../src/errors.ts";
import {
  backtest,
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestConfig,
  describeInstruments,
  MarketData,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { btcConfig, CROSS, pair, trades } from "./_setup.ts";

/** What is tried, and the text that the error's place must contain. */
interface Case {
  readonly name: string;
  readonly place: string;
  readonly run: () => unknown;
}

// deno-lint-ignore no-explicit-any
const untyped = (value: unknown): any => value;
const BTC = { instruments: [pair("btc")] };
const NOT_NUMBERS = ["dear", "NaN", "1e", "0x10", true, [], {}];
const BAD_PRICES = [0, -1, 1e16, 1e-13, ...NOT_NUMBERS];
const BAD_TIMES = ["noon", "2025-13-01T00:00:00Z", "9999-01-01T00:00:00Z", 1.5, 1e18, true, {}];
const NOT_DECIMALS = ["", "1,5", "1e5", "NaN", " 1", ".5", NaN, Infinity, null, {}, true];

function variants(
  what: string,
  base: object,
  fields: Readonly<Record<string, readonly unknown[]>>,
  run: (value: object) => unknown,
  places: Readonly<Record<string, string>> = {},
): Case[] {
  return Object.entries(fields).flatMap(([field, values]) =>
    values.map((value) => ({
      name: `${what} with ${field} ${JSON.stringify(value) ?? String(value)}`,
      place: places[field] ?? field,
      run: () => run({ ...base, [field]: value }),
    }))
  );
}

const TIME = "2025-01-01T00:00:00Z";
const good = { kind: "trade", time: TIME, id: "1", price: 1, amount: 1, side: "buy" };
const record = (event: object) => MarketData.from([untyped(good), untyped(event)], BTC);

const events: Case[] = [
  ...variants(
    "a trade",
    good,
    {
      price: BAD_PRICES,
      amount: [-1, ...NOT_NUMBERS],
      side: ["hold", "", 1, null, {}],
      time: BAD_TIMES,
      instrument: ["XRPUSDT", 7, -1, 0.5, {}, true],
      exchange: ["nowhere", 7, {}],
      kind: ["rumour", 7, ""],
    },
    record,
    { exchange: "exchange" },
  ),
  ...variants(
    "a quote",
    { kind: "quote", time: TIME, bidPrice: 1, bidAmount: 1, askPrice: 2, askAmount: 1 },
    {
      bidPrice: [0, -1, "dear", null],
      bidAmount: [-1, "much", null],
      askPrice: [1e16, "dear", null],
      askAmount: [-1, null],
    },
    record,
  ),
  ...variants(
    "a candle",
    { kind: "candle", time: TIME, open: 1, high: 2, low: 1, close: 1, volume: 1 },
    {
      open: [0, "dear"],
      high: [-1, null],
      low: ["", "NaN"],
      close: [1e16],
      volume: [-1, "much", null],
      tradeCount: [-1, 0.5, "few"],
      closeTime: ["noon"],
    },
    record,
  ),
  ...variants("a book", { kind: "book", time: TIME, bids: [[1, 1]], asks: [[2, 1]] }, {
    bids: [[[0, 1]], [[1, -1]], [[1]], [1], "none", 7, [["dear", 1]]],
    asks: [[[-1, 1]], [{ price: 1 }], null],
    sequence: [-1, 0.5],
  }, record),
];

const lines = (text: string) => () => MarketData.parse(text, BTC);
const json: Case[] = [
  ["{", "record 0|line 1"],
  ["[", "line 1"],
  ["[{}", "line 1"],
  ['{"Item":{}}', "time_exchange"],
  ['{"Item":7}', "Item"],
  ['{"Reconnecting":"nowhere"}', "Reconnecting"],
  ['{"Reconnecting":"kraken"}', "Reconnecting"],
  ['\n\n{"Item":{"time_exchange":"noon"}}', "line 3"],
  ["null", "line 1"],
  ['"text"', "line 1"],
  ["7", "line 1"],
  [`[${JSON.stringify(good)},]`, "line 1"],
  [`[${JSON.stringify(good)} ${JSON.stringify(good)}]`, "line 1"],
  ["\u0000", "line 1"],
  ["", "at least one market item"],
].map(([text = "", place = ""]) => ({
  name: `JSON ${JSON.stringify(text)}`,
  place,
  run: lines(text),
}));

const csv: Case[] = [
  ["", "columns"],
  ["price\n1\n", "time"],
  ["time,price,amount,side\n", "at least one market item"],
  ["time,price,price,amount,side\n0,1,1,1,buy\n", "price"],
  ["time,price,amount,side\nnoon,1,1,buy\n", '"time"'],
  ["time,price,amount,side\n0,,1,buy\n", '"price"'],
  ["time,price,amount,side\n0,1,,buy\n", '"amount"'],
  ["time,price,amount,side\n0,1,1,maybe\n", '"side"'],
  ["time,price,amount,side,symbol\n0,1,1,buy,XRP\n", '"symbol"'],
  ["time,price,amount,side,exchange\n0,1,1,buy,nowhere\n", '"exchange"'],
  ["time,price,amount,side\n0,1,1,buy\n0,1\n", "line 3"],
  ['time,price,amount,side\n0,"1,1,buy\n', "line 2"],
  ["kind,time,price\nrumour,0,1\n", '"kind"'],
  ["kind,time,price\ntrade,0,1\n", '"amount"'],
  ["time,open,high,low,close\n0,1,1,1,1\n", "volume"],
  ["time,bid,bid_size,ask,ask_size\n0,1,0,2,0\n", '"bid_size"'],
].map(([text = "", place = ""]) => ({
  name: `CSV ${JSON.stringify(text)}`,
  place,
  run: () => MarketData.parse(text, { ...BTC, format: "csv" }),
}));

const contract = { type: "option", contractSize: 1, settlementAsset: "usdt", expiry: TIME };
const option = { ...contract, strike: 1, right: "call", exercise: "european" };
const describe = (instrument: object) => describeInstruments([pair("eth"), untyped(instrument)]);
const instruments: Case[] = [
  ...variants(
    "an instrument",
    pair("btc"),
    {
      exchange: ["", "nowhere", "BinanceSpot", 7, null],
      nameExchange: ["", " ", "ETHUSDT", "x".repeat(65), "é", 7],
      underlying: [null, {}, { base: "BTC", quote: "usdt" }, { base: "", quote: "usdt" }, {
        base: "btc",
        quote: "btc",
      }, { base: "eth", quote: "usdt" }],
      kind: ["swap", null, 7, {}, { type: "swap" }, { type: "perpetual" }],
    },
    describe,
    { exchange: "instruments[1]", nameExchange: "instruments[1]", kind: "kind" },
  ),
  ...variants(
    "an option",
    option,
    {
      contractSize: [0, -1, "dear", null, 1e16],
      settlementAsset: ["", "USDT", 7],
      expiry: ["never", 7, ""],
      strike: [0, -1, "dear"],
      right: ["maybe", 7],
      exercise: ["asian", null],
    },
    (kind) => describe({ ...pair("btc"), kind }),
  ),
].map((one) => ({ ...one, place: one.place === "underlying" ? "instruments[1]" : one.place }));

function configurations(data: MarketData): Case[] {
  const config = btcConfig(CROSS);
  const [execution] = config.execution;
  const run = (changes: object) => backtest(data, untyped(changes));
  return [
    ...variants(
      "a backtest",
      config,
      {
        id: ["", "x".repeat(129), 7, null, "\ud800"],
        strategy: [null, {}, { type: "martingale" }, { type: "buyAndHold" }],
        execution: [null, {}, [], [null], [execution, execution]],
        riskFreeReturn: [...NOT_DECIMALS, "1001"],
        summaryInterval: ["weekly", 10, 0, -1, NaN, 1e15, null, {}],
        tradingState: ["on", true, null],
        maxOrdersPerEvent: [0, -1, 1.5, NaN, 2 ** 32, null],
      },
      run,
      { strategy: "strategy", execution: "execution" },
    ),
    ...variants(
      "equity",
      {},
      {
        everyMs: [-1, 0.5, NaN],
        maxPoints: [-1, 0.5, 2 ** 32],
        quote: ["eur", ""],
      },
      (equity) => run({ ...config, equity }),
      { quote: "equity.quote" },
    ),
    ...variants(
      "a crossover",
      CROSS,
      {
        fast: [0, 2, 3, -1, 1.5, NaN, "1"],
        slow: [0, 1, 2 ** 31, null],
        quantity: [0, "-1", "1e5", "", NaN, "1" + "0".repeat(25)],
      },
      (strategy) => run({ ...config, strategy }),
      { fast: "strategy", slow: "strategy" },
    ),
    ...variants("an exchange", execution ?? {}, {
      exchange: ["", "kraken", "nowhere", 7, null],
      feeRate: ["-0.1", "1", "5 %", NaN, null],
      latencyMs: [-1, 1000, 0.5, NaN, "1"],
      balances: [null, {}, { usdt: 1 }, { usdt: 1, btc: 0, doge: 1 }, { usdt: -1, btc: 0 }, {
        usdt: NaN,
        btc: 0,
      }],
    }, (changed) => run({ ...config, execution: [changed] })),
    ...variants("BacktestArgsConstant", { ...config, data }, {
      data: [null, {}, 7],
      execution: [null, [7]],
      summaryInterval: ["weekly"],
    }, (settings) => new BacktestArgsConstant(untyped(settings))),
    ...variants("BacktestArgsDynamic", { id: "a", strategy: CROSS }, {
      id: [undefined, "", 7, "x".repeat(129)],
      strategy: [null, {}],
      riskFreeReturn: ["much"],
    }, (settings) => new BacktestArgsDynamic(untyped(settings))),
  ];
}

/** Where an error says the trouble is: its message, and the facts it carries. */
function placeOf(error: Error): string {
  const { field } = (error as { data?: { field?: unknown } }).data ?? {};
  return `${error.message} ${typeof field === "string" ? field : ""}`;
}

test("every malformed input is refused with a typed error that names the place", async () => {
  using data = await trades(100, 110, 120);
  const cases = [...events, ...json, ...csv, ...instruments, ...configurations(data)];
  assert(cases.length >= 200, `${cases.length}`);
  const wrong: string[] = [];
  for (const { name, place, run } of cases) {
    let error: unknown;
    try {
      const made = await run();
      if (made instanceof MarketData) made.close();
    } catch (caught) {
      error = caught;
    }
    const typed = error instanceof MarketDataError || error instanceof ConfigError ||
      error instanceof EngineError || error instanceof TypeError || error instanceof RangeError;
    if (!typed) wrong.push(`${name}: ${error === undefined ? "accepted" : error}`);
    else if (!place.split("|").some((one) => placeOf(error as Error).includes(one))) {
      wrong.push(`${name}: no "${place}" in ${(error as Error).message}`);
    }
  }
  assertEquals(wrong, []);
  const config: BacktestConfig = btcConfig(CROSS);
  assertEquals((await backtest(data, config)).stats.events, 3);
});
