import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readFile } from "node:fs/promises";
import { ConfigError, MarketDataError } from "../../src/errors.ts";
import {
  backtest,
  type BacktestConfig,
  describeInstruments,
  type InstrumentConfig,
  type MarketColumns,
  MarketData,
  type MarketEvent,
  type MarketEventKind,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { comparable, FIXTURES, pair, recording } from "./_setup.ts";

const BTC = { instruments: [pair("btc")] };
const PAIRS = { instruments: [pair("btc"), pair("eth")] };
const KINDS: readonly MarketEventKind[] = [
  "trade",
  "quote",
  "candle",
  "liquidation",
  "book",
  "reconnecting",
];
const CROSS: BacktestConfig = {
  strategy: { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.0005",
    latencyMs: 20,
    balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
  }],
};

const ALL_KINDS: readonly MarketEvent[] = [
  { kind: "trade", time: "2025-01-01T00:00:00Z", id: "7", price: "100.5", amount: 2, side: "sell" },
  {
    kind: "quote",
    time: "2025-01-01T00:00:01.5Z",
    bidPrice: "100.25",
    bidAmount: 3n,
    askPrice: 101,
    askAmount: "4",
  },
  { kind: "quote", time: "2025-01-01T00:00:02Z", askPrice: 101, askAmount: 1, bidPrice: null },
  {
    kind: "candle",
    time: new Date("2025-01-01T00:01:00Z"),
    open: 1,
    high: 3,
    low: "0.5",
    close: 2,
    volume: 10,
    tradeCount: 4,
  },
  { kind: "liquidation", time: 1735689661000, price: 99, amount: "0.5", side: "buy" },
  { kind: "reconnecting", exchange: "binance_spot" },
  {
    kind: "book",
    time: "2025-01-01T00:02:00Z",
    bids: [["99", 1], [98, "2.5"]],
    asks: [[101, 3]],
    sequence: 12,
  },
  { kind: "book", time: "2025-01-01T00:02:01Z", bids: [], asks: [[101, 0]], update: true },
];

function columnsOf(data: MarketData): MarketColumns[] {
  return KINDS.map((kind) => data.columns(kind));
}

test("MarketData.from() takes typed events of every kind, and events() gives them back", async () => {
  using data = await MarketData.from(ALL_KINDS, BTC);
  assertEquals(data.stats.perInstrument, [{ instrument: 0, trades: 1, quotes: 2, other: 4 }]);
  assertEquals(data.stats.reconnecting, 1);
  const events = [...data.events()];
  assertEquals(events.map(({ kind }) => kind), ALL_KINDS.map(({ kind }) => kind));
  assertEquals(events[0], {
    kind: "trade",
    time: "2025-01-01T00:00:00Z",
    received: "2025-01-01T00:00:00Z",
    exchange: "binance_spot",
    instrument: 0,
    id: "7",
    price: 100.5,
    amount: 2,
    side: "sell",
  });
  const [, , halfQuote, candle, , , book] = events;
  assert(halfQuote?.kind === "quote" && candle?.kind === "candle" && book?.kind === "book");
  assertEquals([halfQuote.bidPrice, halfQuote.askPrice], [null, 101]);
  assertEquals([candle.closeTime, candle.tradeCount], ["2025-01-01T00:01:00Z", 4]);
  assertEquals([book.bids, book.sequence, book.update], [[[99, 1], [98, 2.5]], 12, false]);
  assertEquals([...data.events({ start: 3, end: 5 })], events.slice(3, 5));
  using again = await MarketData.from(events, BTC);
  assertEquals([...again.events()], events);
});

test("MarketData.from() takes async iterables, recorded objects and JSON texts", async () => {
  async function* source() {
    yield ALL_KINDS[0] as MarketEvent;
    await undefined;
    yield JSON.stringify(
      ALL_KINDS[1],
      (_, value) => typeof value === "bigint" ? `${value}` : value,
    );
    yield { Reconnecting: "binance_spot" };
    yield {
      time_exchange: "2025-01-01T00:00:05Z",
      exchange: "binance_spot",
      instrument: "BTCUSDT",
      kind: { Trade: { id: "1", price: 5, amount: 1, side: "Buy" } },
    };
  }
  using data = await MarketData.from(source(), BTC);
  assertEquals([data.stats.events, data.stats.reconnecting], [4, 1]);
});

test("MarketData.from() names record and field, and has no line to name", async () => {
  const [trade] = ALL_KINDS;
  const cases: readonly (readonly [object, string, string])[] = [
    [{ ...trade, price: NaN }, "market_data_field", "price"],
    [{ ...trade, price: -1 }, "market_data_price", "price"],
    [{ ...trade, amount: "much" }, "market_data_field", "amount"],
    [{ ...trade, side: "hold" }, "market_data_field", "side"],
    [{ ...trade, time: "noon" }, "market_data_field", "time"],
    [{ ...trade, instrument: "ETHUSDT" }, "market_data_instrument", "instrument"],
    [{ ...trade, instrument: 3 }, "market_data_instrument", "instrument"],
    [{ ...trade, exchange: "kraken" }, "market_data_instrument", "instrument"],
    [{ ...trade, kind: "rumour" }, "market_data_field", "kind"],
    [{ kind: "reconnecting", exchange: "kraken" }, "market_data_exchange", "exchange"],
    [{ ...ALL_KINDS[6], bids: [[1]] }, "market_data_field", "bids"],
    [{ ...ALL_KINDS[6], bids: [[-1, 2]] }, "market_data_price", "bids"],
  ];
  for (const [event, code, field] of cases) {
    const events = [trade as MarketEvent, event as MarketEvent];
    const error = await assertRejects(() => MarketData.from(events, BTC), MarketDataError);
    assertEquals([error.code, error.data.index, error.data.line], [code, 1, null]);
    assertEquals(error.data.field, field);
  }
  // deno-lint-ignore no-explicit-any
  await assertRejects(() => MarketData.from(7 as any, BTC), TypeError, "source");
  // deno-lint-ignore no-explicit-any
  await assertRejects(() => MarketData.from([7] as any, BTC), TypeError, "event 0");
});

test("columns out and in again are the same data", async () => {
  using data = await recording();
  const { instruments } = data.table;
  const options = { instruments: instruments.map(({ base }) => pair(base)) };
  using again = await MarketData.fromColumns(columnsOf(data), options);
  assertEquals(again.stats, data.stats);
  assertEquals([...again.events()], [...data.events()]);
  assertEquals(comparable(await backtest(again, CROSS)), comparable(await backtest(data, CROSS)));
  using mixed = await MarketData.from(ALL_KINDS, BTC);
  using mixedAgain = await MarketData.fromColumns(columnsOf(mixed), BTC);
  assertEquals([...mixedAgain.events()], [...mixed.events()]);
});

test("columns in and out are the same arrays", async () => {
  const price = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
  const row = fc.tuple(fc.bigInt(0n, 10n ** 18n), price, price, fc.integer({ min: 0, max: 1 }));
  await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1 }), async (rows) => {
    const batch = {
      kind: "trade" as const,
      time: BigInt64Array.from(rows, ([time]) => time),
      price: Float64Array.from(rows, ([, price]) => price),
      amount: Float64Array.from(rows, ([, , amount]) => amount),
      side: Uint8Array.from(rows, ([, , , side]) => side),
    };
    using data = await MarketData.fromColumns([batch], BTC);
    const { time, price, amount, side, id } = data.columns("trade");
    assertEquals([time, price, amount, side], [batch.time, batch.price, batch.amount, batch.side]);
    assertEquals(id?.length, rows.length);
  }));
});

test("fromColumns() names batch, column and row", async () => {
  const good = {
    kind: "trade" as const,
    time: BigInt64Array.of(1n, 2n),
    price: Float64Array.of(1, 2),
    amount: Float64Array.of(1, 1),
    side: Uint8Array.of(0, 1),
  };
  const cases: readonly (readonly [object, string, string])[] = [
    [{ price: Float64Array.of(1, 0) }, "market_data_price", "batches[0].price"],
    [{ price: Float64Array.of(1, NaN) }, "market_data_field", "batches[0].price"],
    [{ price: Float64Array.of(1) }, "market_data_column", "batches[0].price"],
    [{ price: undefined }, "market_data_column", "batches[0].price"],
    [{ side: Uint8Array.of(0, 2) }, "market_data_field", "batches[0].side"],
    [{ instrument: Uint32Array.of(0, 1) }, "market_data_instrument", "batches[0].instrument"],
    [{ time: BigInt64Array.of(1n, 2n ** 63n - 1n) }, "market_data_field", "batches[0].time"],
    [{ position: Uint32Array.of(0) }, "market_data_column", "batches[0].position"],
  ];
  for (const [changes, code, field] of cases) {
    const batch = { ...good, ...changes } as MarketColumns;
    const error = await assertRejects(() => MarketData.fromColumns([batch], BTC), MarketDataError);
    assertEquals([error.code, error.data.field], [code, field]);
  }
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ ...good, price: [1, 2] }, "batches[0].price must be a Float64Array"],
    [{ ...good, time: Float64Array.of(1, 2) }, "batches[0].time must be a BigInt64Array"],
    [{ ...good, id: ["a", "b\nc"] }, "batches[0].id[1] must be a string without line breaks"],
    [{ ...good, kind: "rumour" }, "batches[0].kind"],
    [null, "batches[0] must be an object"],
  ];
  for (const [batch, message] of wrong) {
    await assertRejects(
      () => MarketData.fromColumns([batch as MarketColumns], BTC),
      TypeError,
      message,
    );
  }
  using data = await MarketData.fromColumns([good], BTC);
  // deno-lint-ignore no-explicit-any
  assertThrows(() => data.columns("rumour" as any), TypeError, "kind");
  assertThrows(() => data.columns("trade", { end: 3 }), RangeError, "end");
});

test("CSV columns go by many names; what is missing follows from the table", async () => {
  const full = "Time Exchange,Symbol,ID,Price,Qty,Side,Comment\n" +
    '2025-01-01T00:00:00Z,BTCUSDT,1,100.5, 2 ,BUY,"a, b"\n' +
    "1735689601000,ETHUSDT,2,10,1,sell,\n";
  using byName = await MarketData.parse(full, { ...PAIRS, format: "csv" });
  assertEquals(byName.stats.perInstrument.map(({ trades }) => trades), [1, 1]);
  using quotes = await MarketData.parse("ts,bid,bid_qty,ask,ask_qty\n0,1,2,3,4\n1,1,2,,\n", {
    ...BTC,
    format: "csv",
  });
  assertEquals(quotes.stats.perInstrument[0]?.quotes, 2);
  using candles = await MarketData.parse("date,open,high,low,close,volume\n0,1,2,1,2,5\n", {
    ...BTC,
    format: "csv",
  });
  assertEquals(candles.columns("candle").close, Float64Array.of(2));
  const mixed = "kind,time,price,amount,side,exchange,bid_price,bid_amount,ask_price,ask_amount\n" +
    "trade,0,1,1,buy,,,,,\nquote,1,,,,,1,1,2,1\nreconnecting,,,,,binance_spot,,,,\n" +
    "liquidation,2,1,1,sell,,,,,\n";
  using all = await MarketData.parse(mixed, { ...BTC, format: "csv" });
  assertEquals([...all.events()].map(({ kind }) => kind), [
    "trade",
    "quote",
    "reconnecting",
    "liquidation",
  ]);
  using forced = await MarketData.parse("time,price,amount,side\n0,1,1,buy\n", {
    ...BTC,
    format: "csv",
    kind: "liquidation",
  });
  assertEquals(forced.columns("liquidation").price, Float64Array.of(1));
});

test("CSV errors name line and column as the file writes them", async () => {
  const head = "Time,Price,Qty,Side\n";
  const cases: readonly (readonly [string, string, number | null, string | null])[] = [
    ["", "market_data_column", 1, null],
    ["a,b\n1,2\n", "market_data_column", 1, null],
    ["Time,Price,Qty\n", "market_data_column", 1, "side"],
    ["Time,Price,Qty,Size,Side\n", "market_data_column", 1, "Size"],
    [head, "market_data_empty", null, null],
    [`${head}0,1,1,buy\n0,dear,1,buy\n`, "market_data_field", 3, "Price"],
    [`${head}0,inf,1,buy\n`, "market_data_field", 2, "Price"],
    [`${head}0,-5,1,buy\n`, "market_data_price", 2, "Price"],
    [`${head}0,1,-1,buy\n`, "market_data_amount", 2, "Qty"],
    [`${head}\n\n0,1,1,\n`, "market_data_field", 4, "Side"],
    [`${head}yesterday,1,1,buy\n`, "market_data_field", 2, "Time"],
    [`${head}0,1,1\n`, "market_data_syntax", 2, null],
    [`${head}0,1,1,buy,5\n`, "market_data_syntax", 2, null],
  ];
  for (const [text, code, line, field] of cases) {
    const error = await assertRejects(
      () => MarketData.parse(text, { ...BTC, format: "csv" }),
      MarketDataError,
    );
    assertEquals([error.code, error.data.line, error.data.field], [code, line, field], text);
  }
  const two = await assertRejects(
    () => MarketData.parse(`${head}0,1,1,buy\n`, { ...PAIRS, format: "csv" }),
    MarketDataError,
    "the table has 2 instruments",
  );
  assertEquals(two.code, "market_data_instrument");
});

test("Parquet is read with every compression, with nulls, times and decimals", async () => {
  const events: unknown[] = [];
  for (const compression of ["snappy", "zstd", "lz4", "gzip", "none"]) {
    using data = await MarketData.load(
      new URL(`trades_${compression}.parquet`, FIXTURES),
      PAIRS,
    );
    events.push([...data.events()]);
  }
  for (const one of events) assertEquals(one, events[0]);
  const [, second] = events[0] as MarketEvent[];
  assertEquals(second, {
    kind: "trade",
    time: "2025-03-25T23:07:01.000000500Z",
    received: "2025-03-25T23:07:01.000000500Z",
    exchange: "binance_spot",
    instrument: 0,
    id: "",
    price: 87233.5,
    amount: 0.2,
    side: "sell",
  });
  using quotes = await MarketData.load(new URL("quotes.parquet", FIXTURES), BTC);
  const { bidPrice, askPrice, time } = quotes.columns("quote");
  assertEquals([...bidPrice], [87231.1, 87231.2, NaN, 87231.3]);
  assertEquals([...askPrice], [87232.1, NaN, 87232.2, 87232.3]);
  assertEquals(time[1], 1742944021000000000n);
});

test("Parquet errors name row and column, and damage is not a panic", async () => {
  const bytes = await readFile(new URL("trades_snappy.parquet", FIXTURES));
  const parse = (source: Uint8Array) => MarketData.parse(source, { ...BTC, format: "parquet" });
  const unknown = await assertRejects(() => parse(bytes), MarketDataError, "ETHUSDT");
  assertEquals(
    [unknown.code, unknown.data.index, unknown.data.field],
    ["market_data_instrument", 2, "symbol"],
  );
  const quotes = await readFile(new URL("quotes.parquet", FIXTURES));
  const wrongKind = await assertRejects(
    () => MarketData.parse(quotes, { ...BTC, format: "parquet", kind: "trade" }),
    MarketDataError,
  );
  assertEquals([wrongKind.code, wrongKind.data.field], ["market_data_column", "price"]);
  await assertRejects(() => parse(new Uint8Array()), MarketDataError, "Parquet");
  await assertRejects(() => parse(new TextEncoder().encode("PAR1")), MarketDataError, "Parquet");
  // Every byte turned, one after the other: refused with a typed error, or still the same table.
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
    const outcome = await MarketData.parse(damaged, { ...PAIRS, format: "parquet" }).then(
      (data) => data.close(),
      (error) => error,
    );
    if (outcome !== undefined) assert(outcome instanceof MarketDataError, `${at}: ${outcome}`);
  }
});

test("sort orders by time, keeps ties and leaves reconnects behind their event", async () => {
  const event = (second: number, id: string): MarketEvent => ({
    kind: "trade",
    time: second * 1000,
    id,
    price: 1,
    amount: 1,
    side: "buy",
  });
  const lost: MarketEvent = { kind: "reconnecting", exchange: "binance_spot" };
  const events = [event(5, "a"), lost, event(3, "b"), event(5, "c"), event(3, "d"), event(1, "e")];
  using kept = await MarketData.from(events, BTC);
  using sorted = await MarketData.from(events, { ...BTC, sort: true });
  const ids = (data: MarketData) =>
    [...data.events()].map((one) => one.kind === "trade" ? one.id : one.kind);
  assertEquals(ids(kept), ["a", "reconnecting", "b", "c", "d", "e"]);
  assertEquals(ids(sorted), ["e", "b", "d", "a", "reconnecting", "c"]);
  assertEquals([kept.stats.outOfOrder, sorted.stats.outOfOrder], [3, 3]);
  const result = await backtest(sorted, {
    strategy: { type: "noop" },
    execution: [{ exchange: "binance_spot", balances: { usdt: 1, btc: 0 } }],
  });
  assertEquals(result.summary.timeStart, "1970-01-01T00:00:01Z");
});

test("duplicates are kept, dropped and counted, or refused", async () => {
  const one = ALL_KINDS[0] as MarketEvent;
  const later = { ...one, received: "2025-01-01T00:00:09Z" } as MarketEvent;
  const other = { ...one, id: "8" } as MarketEvent;
  const events = [one, other, later, one];
  using kept = await MarketData.from(events, BTC);
  using dropped = await MarketData.from(events, { ...BTC, duplicates: "drop" });
  assertEquals([kept.stats.events, kept.stats.duplicates], [4, 0]);
  assertEquals([dropped.stats.events, dropped.stats.duplicates], [2, 2]);
  const error = await assertRejects(
    () => MarketData.from(events, { ...BTC, duplicates: "refuse" }),
    MarketDataError,
  );
  assertEquals([error.code, error.data.index], ["market_data_duplicate", 2]);
  for (const option of [{ duplicates: "maybe" }, { sort: "yes" }]) {
    await assertRejects(
      // deno-lint-ignore no-explicit-any
      () => MarketData.from(events, { ...BTC, ...option } as any),
      TypeError,
      Object.keys(option)[0] ?? "",
    );
  }
});

const expiry = "2025-06-27T08:00:00Z";
const contract = { contractSize: "0.01", settlementAsset: "usdt" };
const DERIVATIVES: readonly InstrumentConfig[] = [
  { ...pair("btc"), nameExchange: "BTCPERP", kind: { type: "perpetual", ...contract } },
  { ...pair("btc"), nameExchange: "BTC0627", kind: { type: "future", ...contract, expiry } },
  {
    ...pair("btc"),
    nameExchange: "BTC-60000-C",
    kind: {
      type: "option",
      ...contract,
      expiry,
      strike: 60000,
      right: "call",
      exercise: "european",
    },
  },
];

test("instruments of every kind are in the table and in data; only spot is traded", async () => {
  const instruments = [...DERIVATIVES, pair("btc")];
  const table = describeInstruments(instruments);
  const kinds = Object.fromEntries(table.instruments.map((row) => [row.nameExchange, row.kind]));
  assertEquals(kinds["BTCUSDT"], { type: "spot" });
  assertEquals(kinds["BTCPERP"], { type: "perpetual", ...contract });
  assertEquals(kinds["BTC0627"], { type: "future", ...contract, expiry });
  assertEquals(kinds["BTC-60000-C"], {
    type: "option",
    ...contract,
    expiry,
    strike: "60000",
    right: "call",
    exercise: "european",
  });
  const trades = instruments.flatMap(({ nameExchange }, order) =>
    [100, 110, 120, 90, 80].map((price, second): MarketEvent => ({
      kind: "trade",
      time: second * 1000 + order,
      instrument: nameExchange,
      price: nameExchange === "BTC-60000-C" ? 1e-12 : price,
      amount: 1,
      side: "buy",
    }))
  );
  using data = await MarketData.from(trades, { instruments, sort: true });
  const result = await backtest(data, {
    strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "1" },
    execution: [{ exchange: "binance_spot", balances: { usdt: 1000, btc: 0 } }],
  });
  const spot = table.instruments.findIndex(({ kind }) => kind.type === "spot");
  assertEquals(result.fills.map(({ instrument }) => instrument), [spot, spot]);
});

test("derivatives alone cannot be traded, and impossible terms are refused", async () => {
  const [perpetual] = DERIVATIVES;
  assert(perpetual !== undefined);
  using data = await MarketData.from([ALL_KINDS[0] as MarketEvent], { instruments: [perpetual] });
  const error = await assertRejects(
    () => backtest(data, { strategy: { type: "buyAndHold", quantity: 1 }, execution: [] }),
    ConfigError,
  );
  assertEquals([error.code, error.data.field], ["config_spot_only", "strategy"]);
  const executed = await assertRejects(
    () =>
      backtest(data, {
        strategy: { type: "noop" },
        execution: [{ exchange: "binance_spot", balances: { usdt: 1, btc: 0 } }],
      }),
    ConfigError,
  );
  assertEquals(executed.data.field, "execution[0].exchange");
});
