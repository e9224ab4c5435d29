import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import {
  type InstrumentConfig,
  type LiveEvent,
  LiveMarket,
  type LiveMarketOptions,
  MarketData,
  supports,
} from "../../src/engine/mod.ts";
import {
  CancelledError,
  ConfigError,
  LiveDataError,
  PermissionError,
  TendonError,
} from "../../src/errors.ts";
import { isDeno, libraryPath, program, run, test } from "../harness.ts";
import { type Connection, ExchangeServer } from "./_exchange_server.ts";
import { bounded, take, until } from "./_live.ts";
import { pair } from "./_setup.ts";
import { BINANCE, spotQuote, spotTrade } from "./exchanges/binance.ts";
import { CASES } from "./exchanges/cases.ts";
import type { ExchangeScript } from "./exchanges/script.ts";

const KRAKEN: InstrumentConfig = {
  exchange: "kraken",
  nameExchange: "XBT/USD",
  underlying: { base: "xbt", quote: "usd" },
};

function open(
  server: ExchangeServer,
  options: Partial<LiveMarketOptions> = {},
): Promise<LiveMarket> {
  return bounded(LiveMarket.open({
    instruments: [pair("btc")],
    subscriptions: [{ kind: "trades" }],
    endpoint: server.endpoint,
    ...options,
  }));
}

/** A server and an open market that nobody has read from. */
async function start(
  options: Partial<LiveMarketOptions> = {},
): Promise<{ server: ExchangeServer; market: LiveMarket; connection: Connection }> {
  const server = await ExchangeServer.start(BINANCE);
  const market = await open(server, options);
  return { server, market, connection: await bounded(server.connection(0)) };
}

/** Sends trades 1 to `count`, and waits until the native side has dealt with all of them. */
async function flood(market: LiveMarket, connection: Connection, count: number): Promise<void> {
  for (let id = 1; id <= count; id++) connection.send(spotTrade(id, `${100 + id}`));
  await settle(market, connection);
}

/** A message that is none is counted when all before it have been dealt with. */
async function settle(market: LiveMarket, connection: Connection): Promise<void> {
  const before = market.stats.unreadable;
  connection.send("that was all");
  await bounded(until(() => market.stats.unreadable === before + 1));
}

/** Binance, and Kraken with these answers. */
function exchanges(...kraken: unknown[]): ExchangeScript {
  const isBinance = (message: unknown) => JSON.stringify(message).includes("method");
  return { answer: (message) => isBinance(message) ? BINANCE.answer(message, 0) : kraken };
}

const ids = (events: readonly LiveEvent[]): string[] =>
  events.map((event) => event.kind === "trade" ? event.id : event.kind);

test("LiveMarket goes on after the exchange hangs up", async () => {
  const { server, market } = await start();
  await using _server = server;
  await using _market = market;
  for (const [round, how] of (["close", "cut"] as const).entries()) {
    const connection = await bounded(server.connection(round));
    assertEquals(connection.received, [{ method: "SUBSCRIBE", params: ["btcusdt@trade"], id: 1 }]);
    connection.send(spotTrade(round, "100"));
    assertEquals(ids(await take(market, 1)), [`${round}`]);
    connection.close(how === "cut" ? "cut" : undefined);
    assertEquals(await take(market, 1), [{ kind: "reconnecting", exchange: "binance_spot" }]);
  }
  (await bounded(server.connection(2))).send(spotTrade(9, "100"));
  assertEquals(ids(await take(market, 1)), ["9"]);
  const { received, reconnects, unreadable } = market.stats;
  assertEquals({ received, reconnects, unreadable }, { received: 5, reconnects: 2, unreadable: 0 });
});

test("LiveMarket keeps trying when it is refused later", async () => {
  const script: ExchangeScript = {
    answer: (
      _,
      subscribed,
    ) => [{ result: subscribed === 1 || subscribed === 2 ? [] : null, id: 1 }],
  };
  await using server = await ExchangeServer.start(script);
  await using market = await open(server);
  (await bounded(server.connection(0))).close();
  assertEquals(await take(market, 1), [{ kind: "reconnecting", exchange: "binance_spot" }]);
  const pending = take(market, 1);
  (await bounded(server.connection(3))).send(spotTrade(7, "100"));
  assertEquals(ids(await pending), ["7"]);
});

test("LiveMarket starts a book again when a change is missing", async () => {
  const { script, messages } = CASES.find(({ name }) => name === "Binance spot, books")!;
  await using server = await ExchangeServer.start(script);
  await using market = await open(server, {
    instruments: [pair("eth")],
    subscriptions: [{ kind: "books" }],
  });
  const connection = await bounded(server.connection(0));
  connection.send(messages[1]);
  connection.send({ e: "depthUpdate", E: 1, s: "ETHUSDT", U: 200, u: 201, b: [], a: [] });
  const kinds = (await take(market, 4)).map((event) =>
    event.kind === "book" ? event.update : event.kind
  );
  assertEquals(kinds, [false, true, "reconnecting", false]);
  assertEquals(server.requests.length, 2);
});

test("LiveMarket shows whole books with bookDepth", async () => {
  const { script, messages } = CASES.find(({ name }) => name === "Binance spot, books")!;
  await using server = await ExchangeServer.start(script);
  await using market = await open(server, {
    instruments: [pair("eth")],
    subscriptions: [{ kind: "books" }],
    bookDepth: 2,
    overflow: "latest_per_key",
  });
  const [first] = await take(market, 1);
  (await bounded(server.connection(0))).send(messages[1]);
  const [second] = await take(market, 1);
  assert(first?.kind === "book" && second?.kind === "book");
  assertEquals(first.bids, [["4", "431"], ["3.9", "1"]]);
  assertEquals(second.update, false);
  assertEquals(second.sequence, 103);
  assertEquals(second.bids, [["4", "431"]]);
  assertEquals(second.asks, [["4.000002", "12"], ["4.1", "7.5"]]);
});

test("LiveMarket counts what it cannot read and goes on", async () => {
  const { server, market, connection } = await start();
  await using _server = server;
  await using _market = market;
  const junk = [
    "no JSON",
    "{}",
    spotTrade(1, "100", "DOGEUSDT"),
    spotTrade(2, "NaN"),
    spotTrade(3, "-5"),
    spotTrade(4, "1e300"),
  ];
  for (const message of junk) connection.send(message);
  connection.send(spotTrade(5, "100"));
  assertEquals(ids(await take(market, 1)), ["5"]);
  assertEquals(market.stats.unreadable, junk.length);
  assertStringIncludes(market.stats.lastUnreadable ?? "", "Trade.price");
  await market.close();
  assertEquals(market.stats.unreadable, junk.length);
});

test("LiveMarket with the policy block loses nothing", async () => {
  const { server, market, connection } = await start({ capacity: 4, overflow: "block" });
  await using _server = server;
  await using _market = market;
  for (let id = 1; id <= 200; id++) connection.send(spotTrade(id, "100"));
  const seen = ids(await take(market, 200));
  assertEquals(seen, Array.from({ length: 200 }, (_, at) => `${at + 1}`));
  assertEquals(market.stats.dropped, 0);
});

test("LiveMarket with the policy drop_oldest keeps the newest and counts the rest", async () => {
  const { server, market, connection } = await start({ capacity: 4, overflow: "drop_oldest" });
  await using _server = server;
  await using _market = market;
  await flood(market, connection, 10);
  assertEquals(ids(await take(market, 4)), ["7", "8", "9", "10"]);
  assertEquals(market.stats, {
    received: 4,
    dropped: 6,
    reconnects: 0,
    unreadable: 1,
    lastUnreadable: market.stats.lastUnreadable,
  });
});

test("LiveMarket with the policy drop_newest keeps the oldest and counts the rest", async () => {
  const { server, market, connection } = await start({ capacity: 4, overflow: "drop_newest" });
  await using _server = server;
  await using _market = market;
  await flood(market, connection, 10);
  assertEquals(ids(await take(market, 4)), ["1", "2", "3", "4"]);
  connection.send(spotTrade(11, "100"));
  assertEquals(ids(await take(market, 1)), ["11"]);
  assertEquals(market.stats.dropped, 6);
});

test("LiveMarket with the policy fail ends behind what was buffered", async () => {
  const { server, market, connection } = await start({ capacity: 4, overflow: "fail" });
  await using _server = server;
  await using _market = market;
  for (let id = 1; id <= 10; id++) connection.send(spotTrade(id, "100"));
  await bounded(server.until(() => server.open === 0));
  assertEquals(ids(await take(market, 4)), ["1", "2", "3", "4"]);
  const error = await assertRejects(() => market.next(), TendonError);
  assertEquals(error.code, "stream_overflow");
  assertEquals(await market.next(), { done: true, value: undefined });
});

test("LiveMarket with the policy latest_per_key keeps the newest of each kind and instrument", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  await using market = await open(server, {
    instruments: [pair("btc"), pair("eth")],
    subscriptions: [{ kind: "trades" }, { kind: "quotes", instruments: ["binancespot-btc_usdt"] }],
    overflow: "latest_per_key",
  });
  await bounded(server.until(() => server.connections.length === 2));
  const isTrades = ({ received }: Connection) => JSON.stringify(received).includes("@trade");
  const trades = server.connections.find(isTrades)!;
  const quotes = server.connections.find((connection) => !isTrades(connection))!;
  for (let id = 1; id <= 5; id++) {
    trades.send(spotTrade(id, "100"));
    trades.send(spotTrade(10 * id, "100", "ETHUSDT"));
  }
  trades.send(spotTrade(6, "100"));
  await settle(market, trades);
  for (let price = 1; price <= 4; price++) quotes.send(spotQuote(`${price}`));
  await settle(market, quotes);

  const events = await take(market, 3);
  assertEquals(
    events.map((event) =>
      event.kind === "trade" ? event.id : event.kind === "quote" && event.bidPrice
    ),
    ["50", "6", "4"],
  );
  assertEquals(market.stats.dropped, 4 + 5 + 3);
});

test("LiveMarket streams several exchanges at once, each instrument under its index", async () => {
  const kraken = CASES.find(({ name }) => name === "Kraken, trades")!;
  await using server = await ExchangeServer.start(
    exchanges(...kraken.script.answer(kraken.request, 0)),
  );
  await using market = await open(server, {
    instruments: [KRAKEN, pair("eth"), pair("btc")],
    endpoint: `${server.endpoint}/proxy/`,
  });
  await bounded(server.until(() => server.connections.length === 2));
  assertEquals(server.connections.map(({ path }) => path).sort(), ["/proxy/", "/proxy/ws"]);
  const [toKraken, toBinance] = [...server.connections].sort((a, b) =>
    a.path.length - b.path.length
  );
  toBinance?.send(spotTrade(1, "100", "ETHUSDT"));
  toKraken?.send([0, [["5541.2", "0.1", "1534614057.5", "s", "l", ""]], "trade", "XBT/USD"]);
  const seen = (await take(market, 2)).map((event) =>
    event.kind === "trade" &&
    `${event.exchange} ${market.table.instruments[event.instrument]?.nameExchange}`
  );
  assertEquals(seen.sort(), ["binance_spot ETHUSDT", "kraken XBT/USD"]);
});

test("LiveMarket events are market data", async () => {
  const { server, market, connection } = await start();
  await using _server = server;
  await using _market = market;
  connection.send(spotTrade(1, "100.5"));
  connection.close();
  const events = await take(market, 2);
  using data = await MarketData.from(events, { instruments: [pair("btc")] });
  assertEquals(data.stats.items, 1);
  assertEquals(data.stats.reconnecting, 1);
  const [recorded] = [...data.events()];
  assertEquals(recorded, events[0]);

  using lines = await MarketData.parse(
    events.map((event) => JSON.stringify(event)).join("\n"),
    { instruments: [pair("btc")] },
  );
  assertEquals([...lines.events()], [...data.events()]);
});

test("LiveMarket ends when it is closed, with a read pending", async () => {
  const { server, market } = await start();
  await using _server = server;
  const pending = market.next();
  await market.close();
  await market.close();
  assertEquals(await bounded(pending), { done: true, value: undefined });
  assertEquals(await market.next(), { done: true, value: undefined });
  assert(market.closed);
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket closes its connections when the loop is left", async () => {
  const { server, market, connection } = await start();
  await using _server = server;
  connection.send(spotTrade(1, "100"));
  for await (const event of market) {
    assertEquals(event.kind, "trade");
    break;
  }
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket ends pings together with the connection", async () => {
  const { script, instrument } = CASES.find(({ name }) => name === "bybit_spot, trades")!;
  await using server = await ExchangeServer.start(script);
  const market = await open(server, { instruments: [instrument] });
  const connection = await bounded(server.connection(0));
  await bounded(server.until(() => connection.received.length > 1));
  assertEquals(connection.received[1], { op: "ping" });
  await market.close();
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket ends when its signal aborts", async () => {
  const abort = new AbortController();
  const { server, market } = await start({ signal: abort.signal });
  await using _server = server;
  const pending = market.next();
  abort.abort();
  assertEquals(await bounded(pending), { done: true, value: undefined });
  await market.close();
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket.open() stops when its signal aborts", async () => {
  await using server = await ExchangeServer.start({ answer: () => [] });
  const abort = new AbortController();
  const opening = open(server, { signal: abort.signal });
  const rejected = assertRejects(() => opening, CancelledError);
  await bounded(server.connection(0));
  abort.abort("enough");
  assertEquals((await rejected).cause, "enough");
  await bounded(server.until(() => server.open === 0));
  await assertRejects(() => open(server, { signal: AbortSignal.abort() }), CancelledError);
  assertEquals(server.connections.length, 1);
});

test("LiveMarket leaves nothing behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const before = objects();
  await using server = await ExchangeServer.start(BINANCE);
  for (let round = 0; round < 50; round++) {
    const market = await open(server);
    (await bounded(server.connection(round))).send(spotTrade(round, "100"));
    assertEquals(ids(await take(market, 1)), [`${round}`]);
    await market.close();
  }
  await bounded(server.until(() => server.open === 0));
  assertEquals(objects(), before);
});

test("LiveMarket.open() rejects when nobody listens", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  // A port that was free a moment ago may be somebody's now; nothing listens on this one.
  const endpoint = "ws://127.0.0.1:1";
  const error = await assertRejects(() => open(server, { endpoint }), LiveDataError);
  assertEquals(error.code, "live_unreachable");
  assertEquals(error.data, { exchange: "binance_spot", host: "127.0.0.1:1" });
  assert(error.retryable);
});

test("LiveMarket.open() closes what is open when another exchange refuses", async () => {
  const { refusal } = CASES.find(({ name }) => name === "Kraken, trades")!;
  await using server = await ExchangeServer.start(exchanges(refusal));
  const error = await assertRejects(
    () => open(server, { instruments: [pair("btc"), KRAKEN] }),
    LiveDataError,
  );
  assertEquals([error.code, error.data.exchange], ["live_refused", "kraken"]);
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket.open() rejects when the server has no TLS", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  const error = await assertRejects(
    () => open(server, { endpoint: server.endpoint.replace("ws:", "wss:") }),
    LiveDataError,
  );
  assertEquals(error.code, "live_unreachable");
  assertStringIncludes(error.message, "binance_spot at 127.0.0.1");
});

test("LiveMarket.open() rejects when the first book cannot be fetched", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  const error = await assertRejects(
    () => open(server, { subscriptions: [{ kind: "books" }] }),
    LiveDataError,
  );
  assertEquals(error.code, "live_unreachable");
  await bounded(server.until(() => server.open === 0));
});

test("LiveMarket.open() gives up on an exchange that does not answer", async () => {
  await using server = await ExchangeServer.start({ answer: () => [] });
  const error = await assertRejects(() => open(server), LiveDataError);
  assertEquals(error.code, "live_refused");
  assertStringIncludes(error.message, "timeout");
});

test("LiveMarket.open() refuses what no exchange has before it connects", async () => {
  assert(!supports("kraken", "spot", "books"));
  assert(!supports("no_exchange", "spot", "trades"));
  await using server = await ExchangeServer.start(BINANCE);
  const error = await assertRejects(
    () =>
      open(server, {
        instruments: [pair("btc"), KRAKEN],
        subscriptions: [{ kind: "trades" }, { kind: "books", exchange: "kraken" }],
      }),
    LiveDataError,
  );
  assertEquals(error.code, "live_unsupported");
  assertEquals(error.data, { exchange: "kraken", host: null });
  assertEquals(server.connections, []);
});

test("LiveMarket.open() refuses wrong arguments", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  const wrong: readonly [Record<string, unknown>, new () => Error][] = [
    [{ subscriptions: [] }, RangeError],
    [{ subscriptions: "trades" }, TypeError],
    [{ subscriptions: [null] }, TypeError],
    [{ subscriptions: [{ kind: "candles" }] }, TypeError],
    [{ subscriptions: [{ kind: "trades", instruments: [1] }] }, RangeError],
    [{ subscriptions: [{ kind: "trades", instruments: ["BTCUSDT"] }] }, RangeError],
    [{ subscriptions: [{ kind: "trades", instruments: 0 }] }, TypeError],
    [{ subscriptions: [{ kind: "trades", exchange: "kraken" }] }, RangeError],
    [{ instruments: null }, TypeError],
    [{ overflow: "newest" }, TypeError],
    [{ overflow: "latest_per_key", subscriptions: [{ kind: "books" }] }, TypeError],
    [{ capacity: 0 }, RangeError],
    [{ bookDepth: 0 }, RangeError],
    [{ bookDepth: 5001 }, RangeError],
    [{ endpoint: "127.0.0.1:80" }, TypeError],
    [{ endpoint: "http://127.0.0.1" }, TypeError],
    [{ endpoint: "ws://user:secret@127.0.0.1" }, TypeError],
    [{ endpoint: "ws://127.0.0.1/?a" }, TypeError],
  ];
  for (const [options, kind] of wrong) {
    const error = await assertRejects(
      () => open(server, options as Partial<LiveMarketOptions>),
      kind,
    );
    assert(!error.message.includes("secret"), error.message);
  }
  await assertRejects(() => open(server, { instruments: [] }), ConfigError);
  assertEquals(server.connections, []);
});

test("LiveMarket lets the process end", async () => {
  await using server = await ExchangeServer.start(BINANCE);
  const running = run(program("live_open", import.meta.url), {
    permissions: [`--allow-ffi=${libraryPath}`, `--allow-net=127.0.0.1:${server.port}`],
    args: [server.endpoint],
  });
  (await bounded(server.connection(0))).send(spotTrade(1, "100"));
  const { status, stdout, stderr } = await running;
  assertEquals([status, stdout.trim()], [0, "trade"], stderr);
});

test("LiveMarket.open() needs --allow-net for the host, and names the flag", async () => {
  if (!isDeno) return;
  const live = program("live_open", import.meta.url);
  assertEquals(
    (await run(live)).stdout.trim(),
    `${PermissionError.name} --allow-net=stream.binance.com:9443`,
  );
  assertEquals(
    (await run(live, { args: ["wss://localhost/"] })).stdout.trim(),
    `${PermissionError.name} --allow-net=localhost:443`,
  );
});
