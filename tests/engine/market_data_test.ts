import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { callSync } from "../../ffi/call.ts";
import { CancelledError, ClosedError, ConfigError, MarketDataError } from "../../src/errors.ts";
import {
  backtest,
  describeInstruments,
  type InstrumentConfig,
  MarketData,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { FIXTURES, pair, recording, trade } from "./_setup.ts";

const instruments = [pair("btc"), pair("eth"), pair("sol")];

test("describeInstruments() publishes the engine's order", () => {
  const table = describeInstruments([pair("sol"), pair("btc")]);
  assertEquals(table.exchanges, [{ index: 0, exchange: "binance_spot" }]);
  assertEquals(table.assets.map(({ asset }) => asset), ["btc", "sol", "usdt"]);
  assertEquals(table.instruments, [
    {
      index: 0,
      exchange: "binance_spot",
      name: "binancespot-btc_usdt",
      nameExchange: "BTCUSDT",
      base: "btc",
      quote: "usdt",
      kind: { type: "spot" },
    },
    {
      index: 1,
      exchange: "binance_spot",
      name: "binancespot-sol_usdt",
      nameExchange: "SOLUSDT",
      base: "sol",
      quote: "usdt",
      kind: { type: "spot" },
    },
  ]);
  assertEquals(table.digest, describeInstruments([pair("btc"), pair("sol")]).digest);
});

test("describeInstruments() refuses instruments that cannot run", () => {
  const cases: [InstrumentConfig[], string, string][] = [
    [[], "config_instruments", "instruments"],
    [[pair("btc"), pair("btc")], "config_duplicate_instrument", "instruments[1]"],
    [
      [{ ...pair("btc"), exchange: "BinanceSpot" }],
      "config_exchange",
      "instruments[0].exchange",
    ],
    [
      [{
        ...pair("btc"),
        kind: { type: "perpetual", contractSize: "0", settlementAsset: "usdt" },
      }],
      "config_contract",
      "instruments[0].kind.contractSize",
    ],
    [
      [{ ...pair("btc"), underlying: { base: "BTC", quote: "usdt" } }],
      "config_name",
      "instruments[0].underlying.base",
    ],
  ];
  for (const [instruments, code, field] of cases) {
    const error = assertThrows(() => describeInstruments(instruments), ConfigError);
    assertEquals([error.code, error.data.field], [code, field]);
  }
});

test("MarketData.load() reads JSON lines from a path or URL", async () => {
  const url = new URL("market_data_600.jsonl", FIXTURES);
  using byUrl = await MarketData.load(url, { instruments });
  using byPath = await MarketData.load(fileURLToPath(url), { instruments });
  assertEquals(byUrl.stats, byPath.stats);
  assertEquals(byUrl.stats.events, 600);
  assertEquals(byUrl.stats.perInstrument.reduce((sum, { trades }) => sum + trades, 0), 146);
  assertEquals(byUrl.table.instruments.length, 3);
});

test("MarketData.parse() reads the array form with reconnects", async () => {
  const bytes = await readFile(new URL("market_data_disconnects.json", FIXTURES));
  using data = await MarketData.parse(bytes, { instruments });
  const { events, items, reconnecting } = data.stats;
  assertEquals({ events, items, reconnecting }, { events: 24, items: 21, reconnecting: 3 });
});

test("MarketData.load() rejects for a file that cannot be read with a typed error", async () => {
  for (const [path, reason] of [["nowhere.jsonl", "ENOENT"], [".", "EISDIR"]] as const) {
    const error = await assertRejects(
      () => MarketData.load(new URL(path, FIXTURES), { instruments }),
      MarketDataError,
      "Cannot load market data from",
    );
    assertEquals([error.code, error.data.reason], ["market_data_file", reason]);
    assert((error.cause as Error).message.includes(reason));
  }
});

test("MarketData.parse() rejects with line, record and field", async () => {
  const good = trade(0, 100);
  const cases: [string, string, string | null][] = [
    ["{", "market_data_syntax", null],
    [trade(1, -1), "market_data_price", "kind.Trade.price"],
    [trade(1, "dear"), "market_data_field", "Item.kind.Trade.price"],
    [
      trade(1, 100).replace('"instrument":0', '"instrument":3'),
      "market_data_instrument",
      "instrument",
    ],
    [trade(1, 100).replace("binance_spot", "kraken"), "market_data_exchange", "exchange"],
    ['{"Reconnecting":"kraken"}', "market_data_exchange", "Reconnecting"],
    [trade(1, 100).replace("time_exchange", "time"), "market_data_field", "Item.time_exchange"],
  ];
  for (const [bad, code, field] of cases) {
    const error = await assertRejects(
      () => MarketData.parse(`${good}\n\n${bad}\n`, { instruments }),
      MarketDataError,
      "Cannot parse market data: line 3",
    );
    assertEquals([error.code, error.data.line, error.data.index, error.data.field], [
      code,
      3,
      1,
      field,
    ]);
  }
});

test("MarketData.parse() rejects data without an item as empty", async () => {
  for (const text of ["", "[]", '{"Reconnecting":"binance_spot"}']) {
    const error = await assertRejects(
      () => MarketData.parse(text, { instruments }),
      MarketDataError,
    );
    assertEquals(error.code, "market_data_empty");
  }
});

test("MarketData.parse() rejects with the signal's reason as cause", async () => {
  const text = (await readFile(new URL("market_data_600.jsonl", FIXTURES), "utf8")).repeat(50);
  const abort = new AbortController();
  const reading = MarketData.parse(text, { instruments, signal: abort.signal });
  abort.abort("enough");
  const error = await assertRejects(() => reading, CancelledError);
  assertEquals(error.cause, "enough");
});

test("MarketData.parse() rejects wrong arguments before the border", async () => {
  await assertRejects(
    () => MarketData.parse(7 as unknown as string, { instruments }),
    TypeError,
  );
  await assertRejects(() => MarketData.load(7 as unknown as string, { instruments }), TypeError);
});

test("MarketData.parse() never does worse than reject, whatever the bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const outcome = await MarketData.parse(bytes, { instruments }).then(
        (data) => data.close(),
        (error) => error,
      );
      assert(outcome === undefined || outcome instanceof MarketDataError, String(outcome));
    }),
    { numRuns: 200 },
  );
});

test("MarketData.parse() reads the same trade however its numbers are written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10 ** 9 }),
      fc.integer({ min: 0, max: 6 }),
      async (mantissa, scale) => {
        const price = (mantissa / 10 ** scale).toString();
        using asText = await MarketData.parse(trade(0, price), { instruments });
        using asNumber = await MarketData.parse(trade(0, Number(price)), { instruments });
        assertEquals(asText.stats, asNumber.stats);
      },
    ),
    { numRuns: 50 },
  );
});

test("MarketData opened and closed 1,000 times leaves nothing behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const before = objects();
  for (let round = 0; round < 1000; round++) {
    (await MarketData.parse(trade(0, 100), { instruments })).close();
  }
  // Fewer, when something of an earlier test is collected meanwhile.
  assert(objects() <= before, `${objects()} instead of ${before}`);
});

test("backtest() refuses what is not market data", async () => {
  await assertRejects(
    () => backtest({} as MarketData, { strategy: { type: "noop" }, execution: [] }),
    TypeError,
  );
});

test("MarketData stays readable after close, but cannot be replayed", async () => {
  const data = await recording();
  data[Symbol.dispose]();
  assertEquals(data.stats.events, 600);
  await assertRejects(
    () => backtest(data, { strategy: { type: "noop" }, execution: [] }),
    ClosedError,
  );
});
