import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import {
  ClosedError,
  ConfigError,
  EngineError,
  MarketDataError,
  TimeoutError,
} from "../../src/errors.ts";
import {
  type AuditTick,
  type MarketColumns,
  MarketData,
  StateReplica,
  System,
  type SystemOptions,
  type SystemResult,
} from "../../src/engine/mod.ts";
import { program, run, test, turn } from "../harness.ts";
import { pair, recording, trade } from "./_setup.ts";
import { handFed, print, settled, until } from "./_system.ts";

const BUY = { type: "buyAndHold", quantity: "2" } as const;

// deno-lint-ignore no-explicit-any -- what @std/assert takes
type Type<E> = new (...args: any[]) => E;

async function rejected<E extends Error>(
  work: () => Promise<unknown>,
  type: Type<E>,
  code: string,
): Promise<E> {
  const error = await assertRejects(work, type) as E & { code?: string };
  assertEquals(error.code, code);
  return error;
}

function total(result: SystemResult, asset: string): string | undefined {
  return result.state.balances.find((row) => row.asset === asset)?.balance?.total;
}

async function readAll(system: System): Promise<AuditTick[]> {
  const ticks: AuditTick[] = [];
  for await (const tick of system.audit()) ticks.push(tick);
  return ticks;
}

test("a system trades when it may, fills with fees and latency, and tells its end", async () => {
  const system = await handFed({ strategy: BUY });
  assertEquals(system.table.instruments.map(({ base }) => base), ["btc", "eth"]);
  await system.send([print(0, 100), print(1, 10)]);
  assertEquals(system.stats.orders, 0, "trading is disabled at first");
  assertEquals(system.state.tradingState, "disabled");

  const { event } = await system.tradingState("enabled");
  assert(event.type === "process" && event.event.kind === "tradingState");
  assertEquals(event.outputs.map(({ kind }) => kind), ["algoOrders"]);
  assertEquals(system.stats.orders, 2);
  await settled(system);
  assertEquals(system.positions().map(({ instrument, quantity }) => [instrument, quantity]), [
    [0, "2"],
    [1, "2"],
  ]);
  assertEquals(system.orders(), []);

  // The engine's prices are 110 and 10: the position is sold for more than it cost.
  await system.send(print(0, 110));
  await system.tradingState("disabled");
  await system.closePositions({ kind: "instruments", instruments: [0] });
  const result = await system.shutdown({ riskFreeReturn: "0.05" });
  assertEquals(result.reason, "shutdown");
  assertEquals(result.stats, {
    events: 3,
    orders: 3,
    fills: 3,
    rejected: 0,
    refused: 0,
    unanswered: 0,
    firstRejection: null,
  });
  // 20 gained, 1 % of 200 and of 220 in fees.
  assertEquals(result.summary.instruments["binancespot-btc_usdt"]?.pnl, "15.8");
  assertEquals(result.state.instruments.map(({ position }) => position?.quantity), [
    undefined,
    "2",
  ]);
  // As the mock keeps it: 100,000 - 2.02 * 100 - 2.02 * 10, and a sale takes 2.02 more.
  assertEquals(total(result, "usdt"), "99775.78");
  assertEquals(total(result, "btc"), "0");
  assertEquals(result.state.tradingState, "disabled");

  assertThrows(() => system.state, ClosedError);
  await rejected(() => system.send(print(0, 1)), ClosedError, "closed");
  await rejected(() => system.closePositions(), ClosedError, "closed");
  assertEquals(await system.shutdown(), result);
  assertEquals(await system.abort(), result);
  await system[Symbol.asyncDispose]();
});

test("System.builder() starts what System.start() would", async () => {
  await using system = await System.builder()
    .withInstruments(pair("btc"))
    .withInstruments(pair("eth"))
    .withExecution({ exchange: "binance_spot", balances: { usdt: "5", btc: 0, eth: 0 } })
    .withStrategy(BUY)
    .withRisk({ type: "limits", maxNotionalPerOrder: "0" })
    .withTradingState("enabled")
    .withClock("historical", "2025-01-01T12:00:00Z")
    .withAudit({ filter: "outputs" })
    .build();
  await system.send(print(0, 100));
  assert(system.stats.refused > 0);
  assertEquals(system.stats.orders, 0);
  assertStringIncludes(system.time, "2025-01-01T1");
  assertEquals(system.audit().filter, "outputs");
});

test("commands act on the instruments that their filter names", async () => {
  await using system = await handFed();
  const [btc, eth] = ["binancespot-btc_usdt", "binancespot-eth_usdt"];
  await system.send([print(0, 100), print(1, 10)]);
  const opened = await system.sendOpenRequests([
    { instrument: btc!, side: "buy", quantity: "1", price: "100" },
    { instrument: eth!, side: "buy", quantity: "3", price: "10", cid: "mine" },
    { instrument: 1, side: "buy", quantity: "3", price: "10", kind: "limit" },
  ]);
  assertEquals(action(opened), ["openOrders", 3]);
  await until(system, ({ fills, rejected }) => fills === 2 && rejected === 1);
  await settled(system);
  assertStringIncludes(system.stats.firstRejection ?? "", "OrderKind");

  assertEquals(action(await system.closePositions({ kind: "exchanges", exchanges: [] })), [
    "closePositions",
    0,
  ]);
  assertEquals(action(await system.closePositions({ kind: "instruments", instruments: [1] })), [
    "closePositions",
    1,
  ]);
  await settled(system);
  assertEquals(system.positions().map(({ instrument }) => instrument), [0]);
  const underlying = system.table.assets;
  const base = underlying.findIndex(({ asset }) => asset === "btc");
  const quote = underlying.findIndex(({ asset }) => asset === "usdt");
  await system.closePositions({ kind: "underlyings", underlyings: [{ base, quote }] });
  await settled(system);
  assertEquals(system.positions(), []);
  assertEquals(system.stats.fills, 4);
});

test("orders on their way are seen, and can be cancelled, too late as on barter's mock", async () => {
  const execution = [{
    exchange: "binance_spot",
    latencyMs: 900,
    balances: { usdt: "1000", btc: "0", eth: "0" },
  }];
  await using system = await handFed({ execution });
  await system.send([print(0, 100), print(1, 10)]);
  // All sent before the first can be answered.
  const [, , wrong, right] = await Promise.all([
    system.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "1", price: "100" }]),
    system.sendOpenRequests([{ instrument: 1, side: "buy", quantity: "1", price: "10" }]),
    system.cancelOrders({ kind: "instruments", instruments: [] }),
    system.cancelOrders({ kind: "instruments", instruments: [1] }),
  ]);
  assertEquals([action(wrong), action(right)], [["cancelOrders", 0], ["cancelOrders", 1]]);
  const { stats, state } = await system.shutdown();
  // The shutdown has waited for both.
  assertEquals([stats.fills, stats.unanswered], [2, 0]);
  assertEquals(state.instruments.map(({ position }) => position?.quantity), ["1", "1"]);
});

function action({ event }: AuditTick): [string, number] | undefined {
  const output = event.type === "process" ? event.outputs[0] : undefined;
  return output?.kind === "commanded" ? [output.action.kind, output.action.sentCount] : undefined;
}

test("what a command cannot mean is refused, and nothing has happened", async () => {
  await using system = await handFed();
  const order = { instrument: 0, side: "buy", quantity: "1", price: "100" } as const;
  const engine = (work: () => Promise<unknown>, code: string) => rejected(work, EngineError, code);
  await engine(() => system.sendOpenRequests([{ ...order, price: "0" }]), "engine_order");
  await engine(
    () => system.closePositions({ kind: "instruments", instruments: [7] }),
    "engine_event",
  );
  const twice = [{ ...order, cid: "a" }, { ...order, cid: "a" }];
  await engine(() => system.sendOpenRequests(twice), "engine_order");
  await assertRejects(() => system.sendOpenRequests([{ ...order, instrument: "?" }]), RangeError);
  await assertRejects(
    () => system.sendOpenRequests([{ ...order, side: "up" as "buy" }]),
    TypeError,
  );
  await assertRejects(() => system.tradingState("on" as "enabled"), TypeError);
  await assertRejects(() => system.send(7 as unknown as object), TypeError);
  await rejected(() => system.send("[]"), MarketDataError, "market_data_empty");
  await rejected(() => system.send(print(9, 1)), MarketDataError, "market_data_instrument");
  await engine(() => system.marketReconnecting("kraken"), "engine_event");
  assertThrows(() => system.audit(), EngineError, "disabled");
  await assertRejects(() => system.shutdown({ riskFreeReturn: "much" }));
  assertEquals(system.stats.orders, 0);

  await using watching = await handFed({ execution: [] });
  await engine(() => watching.sendOpenRequests([order]), "engine_order");
  assertEquals((await watching.shutdown()).reason, "shutdown", "the refusal has not ended it");
});

const MALFORMED: readonly [
  string,
  Partial<SystemOptions>,
  Type<Error>,
  RegExp,
][] = [
  ["no instruments", { instruments: [] }, ConfigError, /instruments/],
  ["no execution", { strategy: BUY, execution: [] }, ConfigError, /execution/],
  [
    "an unknown exchange",
    { execution: [{ exchange: "kraken", balances: {} }] },
    ConfigError,
    /kraken/,
  ],
  [
    "a missing balance",
    { execution: [{ exchange: "binance_spot", balances: { usdt: "1" } }] },
    ConfigError,
    /balances/,
  ],
  [
    "a latency that times out",
    {
      execution: [{
        exchange: "binance_spot",
        latencyMs: 1000,
        balances: { usdt: 1, btc: 0, eth: 0 },
      }],
    },
    ConfigError,
    /latencyMs/,
  ],
  [
    "a crossover of nothing",
    { strategy: { type: "smaCross", fast: 2, slow: 1, quantity: "1" } },
    ConfigError,
    /fast/,
  ],
  [
    "a negative limit",
    { risk: { type: "limits", maxPositionAbs: "-1" } },
    ConfigError,
    /maxPositionAbs/,
  ],
  [
    "a risk manager without its strategy",
    { risk: { check: () => undefined } },
    TypeError,
    /risk manager/,
  ],
  ["an unknown strategy", { strategy: { type: "all-in" } as never }, TypeError, /all-in/],
  ["a strategy without hooks", { strategy: { id: "x" } }, TypeError, /onMarket/],
  ["an unknown state", { tradingState: "on" as never }, TypeError, /trading state/],
  ["an unknown clock", { clock: "lunar" as never }, TypeError, /clock/],
  ["a historical clock that starts nowhere", { clock: "historical" }, ConfigError, /start/],
  ["a start that is no time", { clock: "historical", start: "noon" }, ConfigError, /noon/],
  ["a start of the live clock", { start: new Date() }, TypeError, /historical/],
  ["audits that hold nothing", { audit: { capacity: 0 } }, RangeError, /capacity/],
  ["an unknown policy", { audit: { overflow: "lose" as never } }, TypeError, /overflow/],
  ["an unknown filter", { audit: { filter: "some" as never } }, TypeError, /filter/],
  [
    "a market that is none",
    { instruments: undefined as never, market: {} as never },
    TypeError,
    /market\.data/,
  ],
];

for (const [what, options, type, message] of MALFORMED) {
  test(`System.start() refuses ${what}`, async () => {
    const error = await assertRejects(() => handFed(options), type);
    assert(message.test((error as Error).message), (error as Error).message);
  });
}

test("System.start() refuses perpetuals on an exchange that executes, and a market with instruments", async () => {
  const perpetual = {
    ...pair("btc"),
    nameExchange: "BTCPERP",
    kind: { type: "perpetual", contractSize: "1", settlementAsset: "usdt" },
  } as const;
  await rejected(
    () =>
      handFed({
        instruments: [pair("btc"), perpetual],
        execution: [{ exchange: "binance_spot", balances: { usdt: 1, btc: 0 } }],
      }),
    ConfigError,
    "config_spot_only",
  );
  using data = await recording();
  await assertRejects(() => handFed({ market: { data } }), TypeError, "brings its own");
  await assertRejects(() => System.start({ market: { data, speed: 0 } }), RangeError, "speed");
  await assertRejects(() => System.start({}), TypeError, "neither");
  data.close();
  await assertRejects(() => System.start({ market: { data } }), ClosedError);
});

test("a recording is replayed once, whole, and commands find what it has left", async () => {
  const data = await recording();
  const { events } = data.stats;
  const system = await System.start({
    market: { data },
    clock: "historical",
    execution: [{
      exchange: "binance_spot",
      latencyMs: 1,
      balances: { usdt: "1000000", btc: 0, eth: 0, sol: 0 },
    }],
    strategy: BUY,
    tradingState: "enabled",
    audit: "enabled",
  });
  data.close();
  await rejected(() => system.send(print(0, 1)), EngineError, "engine_unsupported");
  await system.feedEnded();
  assertEquals(system.stats.events, events);
  assertStringIncludes(system.time, "2025-03-25T");
  await settled(system);
  assertEquals(system.positions().length, 3);
  assertEquals(action(await system.closePositions()), ["closePositions", 3]);
  // Flat again, buyAndHold buys: so stop it.
  const result = await system.shutdown();
  const ticks = await readAll(system);
  assertEquals(ticks.map(({ context }) => context.sequence), ticks.map((_, at) => at + 1));
  const last = ticks.at(-1)?.event;
  assert(last?.type === "process" && last.event.kind === "shutdown");

  const replica = new StateReplica(system.audit().snapshot);
  replica.update(ticks);
  assertEquals(replica.state, result.state);
  replica.close();
  await system[Symbol.asyncDispose]();
});

test("a recording in proportion to its time is aborted in the middle", async () => {
  const lines = [trade(0, 100), trade(3000, 100)];
  using data = await MarketData.parse(lines.join("\n"), { instruments: [pair("btc")] });
  const system = await System.start({ market: { data, speed: 0.01 }, audit: "enabled" });
  await until(system, ({ events }) => events === 1);
  const waiting = rejected(() => system.feedEnded(), EngineError, "engine_stopped");
  const finished = system.finished();
  const receiving = readAll(system);
  const { reason, stats } = await system.abort();
  assertEquals([reason, stats.events], ["aborted", 1]);
  await waiting;
  assertEquals((await finished).reason, "aborted");
  const last = (await receiving).at(-1)?.event;
  assert(last?.type === "process" && last.event.kind === "shutdown");
  await system[Symbol.asyncDispose]();
});

test("events come as columns, too", async () => {
  await using system = await handFed();
  const batch: MarketColumns = {
    kind: "trade",
    time: BigInt64Array.of(1n, 2n, 3n),
    instrument: Uint32Array.of(0, 1, 0),
    price: Float64Array.of(100, 10, 101),
    amount: Float64Array.of(1, 1, 1),
    side: Uint8Array.of(0, 0, 1),
  };
  await system.sendColumns([batch]);
  assertEquals(system.instruments().map(({ price }) => price), ["101", "10"]);
  await system.marketReconnecting("binance_spot");
  assertEquals(system.state.exchanges[0]?.marketData, false);
  await system.send(print(1, 11));
  assertEquals(system.state.exchanges[0]?.marketData, true);
  await assertRejects(() => system.sendColumns([{ kind: "?" } as never]), TypeError);
});

test("a reader that is slow loses the oldest ticks, and knows how many", async () => {
  const system = await handFed({ audit: { capacity: 10 } });
  for (let at = 0; at < 50; at++) await system.send([print(0, 100), print(1, 10)]);
  await system.shutdown();
  const ticks = await readAll(system);
  const audits = system.audit();
  assertEquals(ticks.length, 10);
  const first = ticks[0]?.context.sequence ?? 0;
  assertEquals(audits.dropped, first - 1, "numbers start at 1");
  assertEquals(ticks.map(({ context }) => context.sequence), ticks.map((_, at) => first + at));
  await system[Symbol.asyncDispose]();
});

test("a reader that is slow holds the feed up if it may, and loses nothing", async () => {
  const lines = Array.from({ length: 3000 }, (_, second) => trade(second, 100));
  using data = await MarketData.parse(lines.join("\n"), { instruments: [pair("btc")] });
  const audit = { capacity: 10, overflow: "block" } as const;
  const system = await System.start({ market: { data }, audit });
  for (let at = 0; at < 20; at++) await turn();
  // However long it takes: no more than was under way when the tenth tick waited.
  assert(system.stats.events <= 10 + 256, `${system.stats.events}`);
  const ended = system.feedEnded();
  let read = 0;
  for await (const { context } of system.audit()) {
    assertEquals(context.sequence, ++read);
    if (read === 3000) break;
  }
  // Left, the reader holds nothing up.
  await ended;
  assertEquals(system.stats.events, 3000);
  assertEquals(system.audit().dropped, 0);
  await system.shutdown();
});

test("waiting for a tick ends by timeout, by close and by the end", async () => {
  const system = await handFed({ audit: { filter: "outputs" } });
  const audits = system.audit();
  await rejected(() => audits.recvTick(1), TimeoutError, "timeout");
  const waiting = audits.recvTick();
  await system.shutdown();
  const last = (await waiting)?.event;
  assert(last?.type === "process" && last.event.kind === "shutdown");
  assertEquals(await audits.recvTick(), null);
  assertThrows(() => new StateReplica(audits.snapshot), EngineError, "filter");

  await system[Symbol.asyncDispose]();
  await using closing = await handFed({ audit: { filter: "none" } });
  const never = rejected(() => closing.audit().recvTick(), ClosedError, "closed");
  await turn();
  closing.audit().close();
  await never;
});

test("several systems run side by side and are ended in any way", async () => {
  const systems = await Promise.all(
    [1, 2, 3, 4].map(() => handFed({ strategy: BUY, tradingState: "enabled" })),
  );
  await Promise.all(systems.map((system, at) => system.send(print(0, 100 + at))));
  const [first, second, third, fourth] = systems as [System, System, System, System];
  const results = await Promise.all([
    first.shutdown(),
    second.abort(),
    Promise.all([third.shutdown(), third.abort()]).then(([result]) => result),
    Promise.all([fourth.finished(), fourth.shutdown()]).then(([result]) => result),
  ]);
  assertEquals(results.map(({ stats }) => stats.orders), [1, 1, 1, 1]);
  assertEquals(results.map(({ state }) => state.instruments[0]?.price), [
    "100",
    "101",
    "102",
    "103",
  ]);
  assertEquals([results[0]?.reason, results[1]?.reason], ["shutdown", "aborted"]);
});

test("systems that were ended leave no native object behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const before = objects();
  for (let round = 0; round < 100; round++) {
    await using system = await handFed({
      audit: "enabled",
      strategy: BUY,
      tradingState: "enabled",
    });
    await system.send(print(0, 100));
    if (round % 2 === 0) await system.abort();
  }
  // What other tests have left to the garbage collector may go meanwhile.
  assert(objects() <= before, `${objects()} objects, before ${before}`);
});

test("a start that is aborted leaves nothing behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const before = objects();
  await assertRejects(() => handFed({ signal: AbortSignal.abort() }));
  const signal = new AbortController();
  const execution = [{
    exchange: "binance_spot",
    latencyMs: 900,
    balances: { usdt: 1, btc: 0, eth: 0 },
  }];
  const starting = handFed({ signal: signal.signal, execution });
  signal.abort();
  // The abort may come too late, on a machine that is very slow; then there is a system.
  await starting.then((system) => system.shutdown(), (error) => assertInstanceOf(error, Error));
  // What other tests have left to the garbage collector may go meanwhile.
  assert(objects() <= before, `${objects()} objects, before ${before}`);
});

test("a program ends although a system runs that nobody waits for", async () => {
  const ended = await run(program("running_system", import.meta.url));
  assertEquals([ended.status, ended.stdout, ended.stderr], [0, "1\n", ""]);
});
