import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ClosedError, ConfigError, EngineError, MarketDataError } from "../../src/errors.ts";
import {
  type AccountEvent,
  type ActionOutput,
  type AuditTick,
  closingOrder,
  Engine,
  type EngineOptions,
  type EngineState,
  type FillReport,
  type InstrumentFilter,
  StateReplica,
} from "../../src/engine/mod.ts";
import { residentMib, test } from "../harness.ts";
import { pair } from "./_setup.ts";

const START = "2025-01-01T12:00:00Z";

function open(options: Partial<EngineOptions> = {}): Engine {
  return Engine.open({ instruments: [pair("btc"), pair("eth")], start: START, ...options });
}

function trade(second: number, price: number, instrument = 0): object {
  return {
    time_exchange: new Date(Date.parse(START) + second * 1000).toISOString(),
    exchange: "binance_spot",
    instrument,
    kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
  };
}

function fill(changes: Partial<FillReport> = {}): AccountEvent {
  return {
    kind: "fill",
    tradeId: "t",
    orderId: "o",
    instrument: 0,
    strategy: "manual",
    time: START,
    side: "buy",
    price: "100",
    quantity: "2",
    fees: "0.5",
    ...changes,
  };
}

function outputs(tick: AuditTick) {
  assert(tick.event.type === "process");
  return tick.event.outputs;
}

/** The action of a command's tick. */
function action(tick: AuditTick): ActionOutput {
  const [output] = outputs(tick);
  assert(output?.kind === "commanded");
  return output.action;
}

test("Engine takes typed events too", () => {
  const engine = open();
  const time = "2025-01-01T12:00:01Z";
  engine.market({ kind: "trade", time, instrument: 0, price: 110n, amount: "1", side: "buy" });
  const quote = { kind: "quote", time, bidPrice: 1, bidAmount: 3, askPrice: 2, askAmount: 1 };
  engine.market([{ ...quote, instrument: 1 }]);
  const [btc, eth] = engine.state.instruments;
  assertEquals([btc?.lastPrice, eth?.bid, eth?.price], [
    "110",
    { price: "1", amount: "3" },
    "1.75",
  ]);
  assertThrows(() => engine.market({ ...quote, bidPrice: NaN }), MarketDataError);
  assertThrows(() => engine.market(null as never), TypeError, "events must be an object");
  engine.close();
});

test("Engine keeps positions, balances and orders by the events it is fed", () => {
  const engine = open();
  engine.market([trade(1, 110), trade(1, 2000, 1)]);
  engine.account(0, { kind: "balance", asset: 2, total: "900", free: "800", time: START });
  engine.account(0, fill());
  engine.sendOpenRequests([
    {
      instrument: "binancespot-eth_usdt",
      side: "sell",
      quantity: "1",
      price: "2100",
      kind: "limit",
    },
  ]);
  assertEquals(engine.time, "2025-01-01T12:00:01Z");
  assertEquals(engine.balances().map(({ asset, balance }) => [asset, balance?.free]), [
    ["btc", undefined],
    ["eth", undefined],
    ["usdt", "800"],
  ]);
  const [position] = engine.positions();
  assertEquals(
    [position?.instrument, position?.quantity, position?.pnlRealised, position?.pnlUnrealised],
    [0, "2", "-0.5", "19.5"],
  );
  assertEquals(engine.orders().map(({ cid, state, kind }) => [cid, state, kind]), [
    ["manual-0", "openInFlight", "limit"],
  ]);
  const [exit] = outputs(engine.account(0, fill({ side: "sell", price: "110" })));
  assert(exit?.kind === "positionExit");
  assertEquals(exit.exit.pnlRealised, "19");
  assertEquals(engine.summary().instruments["binancespot-btc_usdt"]?.pnl, "19");
  assertEquals(engine.positions(), []);
  engine.close();
});

test("Engine carries out commands by instrument filter", () => {
  const engine = open();
  engine.market([trade(1, 110), trade(1, 2000, 1)]);
  engine.account(0, fill());
  engine.account(0, fill({ instrument: 1, side: "sell", price: "2000", quantity: "3" }));
  const filters: [InstrumentFilter, number][] = [
    [{ kind: "instruments", instruments: [] }, 0],
    [{ kind: "instruments", instruments: [1] }, 1],
    [{ kind: "exchanges", exchanges: [0] }, 2],
    [{ kind: "underlyings", underlyings: [{ base: 0, quote: 2 }] }, 1],
    [{ kind: "all" }, 2],
  ];
  for (const [filter, count] of filters) {
    assertEquals(action(engine.closePositions(filter)).sentCount, count, filter.kind);
    assertEquals(engine.takeRequests().length, count);
  }
  const closing = action(engine.closePositions({ kind: "instruments", instruments: [1] }));
  assert(closing.kind === "closePositions");
  assertEquals(
    closing.opens.sent.map(({ side, price, quantity, kind }) => [side, price, quantity, kind]),
    [["buy", "2000", "3", "market"]],
  );
  const cancelled = action(engine.cancelOrders({ kind: "instruments", instruments: [1] }));
  assert(cancelled.kind === "cancelOrders" && cancelled.sentCount > 0);
  assertEquals(
    action(engine.cancelOrders({ kind: "instruments", instruments: [1] })).isEmpty,
    true,
  );
  assert(engine.takeRequests().some((request) => request.kind === "cancel"));
  engine.close();
});

test("Engine evaluates a strategy of its own once trading is enabled, under limits", () => {
  const engine = open({
    strategy: { type: "buyAndHold", quantity: "1" },
    risk: { type: "limits", maxNotionalPerOrder: "1000" },
  });
  assertEquals(outputs(engine.market(trade(1, 110))[0] as AuditTick), []);
  const [algo] = outputs(engine.tradingState("enabled"));
  assert(algo?.kind === "algoOrders");
  assertEquals(algo.action.cancelsAndOpens.opens.sent.map(({ key }) => key.cid), ["buyAndHold-0"]);
  const [refused] = outputs(engine.market(trade(2, 2000, 1))[0] as AuditTick);
  assert(refused?.kind === "algoOrders");
  assertEquals(
    refused.action.opensRefused.map(({ reason }) => reason),
    ["maxNotionalPerOrder: 2000 is above the limit 1000"],
  );
  const [disabled] = outputs(engine.tradingState("disabled"));
  assertEquals(disabled, { kind: "tradingDisabled" });
  assertEquals(outputs(engine.tradingState("disabled")), []);
  engine.close();
});

test("Engine notes interruptions and heals with the next event", () => {
  const engine = open();
  engine.account(0, { kind: "snapshot", balances: [], orders: [] });
  engine.market(trade(1, 100));
  assert(engine.state.healthy);
  assertEquals(outputs(engine.marketReconnecting("binance_spot")), [{ kind: "marketDisconnect" }]);
  assertEquals(outputs(engine.accountReconnecting("binance_spot")), [{
    kind: "accountDisconnect",
  }]);
  assertEquals(engine.state.exchanges, [
    { exchange: "binance_spot", marketData: false, account: false },
  ]);
  engine.market(trade(2, 100));
  engine.account(0, { kind: "balance", asset: 0, total: "1", free: "1", time: START });
  assert(engine.state.healthy);
  engine.close();
});

test("Engine audits repeat the events it was fed", () => {
  const engine = open();
  const key = { exchange: 0, instrument: 0, strategy: "manual", cid: "c" };
  const order = {
    key,
    side: "buy",
    price: "100",
    quantity: "5",
    kind: "limit",
    timeInForce: "postOnly",
  } as const;
  const events: AccountEvent[] = [
    fill(),
    { kind: "balance", asset: 1, total: "5", free: "4.5", time: START },
    { kind: "snapshot", balances: [], orders: [{ ...order, state: { kind: "openInFlight" } }] },
    {
      kind: "order",
      order: { ...order, state: { kind: "open", orderId: "x", time: START, filled: "1" } },
    },
    { kind: "order", order: { ...order, timeInForce: "fillOrKill", state: { kind: "filled" } } },
    { kind: "order", order: { ...order, state: { kind: "expired" } } },
    { kind: "order", order: { ...order, state: { kind: "cancelInFlight" } } },
    {
      kind: "order",
      order: {
        ...order,
        timeInForce: "goodUntilCancelled",
        state: { kind: "cancelled", orderId: "x", time: START },
      },
    },
    { kind: "orderCancelled", key, cancelled: { orderId: "x", time: START }, reason: null },
  ];
  for (const event of events) {
    const tick = engine.account(0, event);
    assert(tick.event.type === "process");
    assertEquals(tick.event.event, { kind: "account", exchange: 0, event });
  }
  const rejected = engine.account(0, {
    kind: "order",
    order: { ...order, state: { kind: "rejected", reason: "too small" } },
  });
  assert(JSON.stringify(rejected.event).includes("Rejected: OrderRejected: too small"));
  const commanded = engine.cancelOrders({ kind: "underlyings", underlyings: [] });
  assert(commanded.event.type === "process");
  assertEquals(commanded.event.event, {
    kind: "command",
    command: { kind: "cancelOrders", filter: { kind: "underlyings", underlyings: [] } },
  });
  const sent = engine.sendCancelRequests([{ key, orderId: null }, { key, orderId: "x" }]);
  assertEquals(action(sent).sentCount, 2);
  engine.close();
});

test("Engine refuses what would have broken it, and stays as it was", () => {
  const engine = open();
  engine.market(trade(1, 100));
  const before = engine.state;
  const refused = (code: string, act: () => unknown) => {
    const error = assertThrows(act, EngineError);
    assertEquals(error.code, code, error.message);
  };
  refused("engine_order", () => engine.account(0, fill({ quantity: "0" })));
  refused("engine_order", () => engine.account(0, fill({ price: "0" })));
  assertThrows(() => engine.account(0, fill({ price: "1e3" })), TypeError, "price must be");
  assertThrows(() => engine.account(0, fill({ price: `1.${"1".repeat(28)}` })), RangeError, "28");
  refused("engine_event", () => engine.account(0, fill({ instrument: 9 })));
  refused("engine_event", () => engine.account(5, fill()));
  refused("engine_event", () => engine.account(0, fill({ time: "yesterday" })));
  refused("engine_event", () => engine.marketReconnecting("kraken"));
  refused("engine_event", () => engine.accountReconnecting("nowhere"));
  refused("engine_event", () => engine.closePositions({ kind: "instruments", instruments: [7] }));
  refused("engine_event", () => engine.cancelOrders({ kind: "exchanges", exchanges: [-1] }));
  refused("engine_event", () =>
    engine.sendCancelRequests([
      { key: { exchange: 0, instrument: 99, strategy: "s", cid: "c" }, orderId: null },
    ]));
  refused(
    "engine_order",
    () => engine.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "0", price: "1" }]),
  );
  assertThrows(() => engine.market(trade(2, 0)), MarketDataError);
  assertThrows(() => engine.market({ ...trade(2, 1), instrument: 9 }), MarketDataError);
  assertThrows(() => engine.market([]), MarketDataError);
  assertThrows(() => engine.tradingState("on" as never), TypeError);
  assertThrows(() => engine.account(0, { kind: "gift" } as never), TypeError, "not known");
  assertThrows(() => engine.command({ kind: "dance" } as never), TypeError, "not known");
  assertThrows(() => engine.closePositions({ kind: "some" } as never), TypeError, "not known");
  assertThrows(
    () => engine.sendOpenRequests([{ instrument: 9, side: "buy", quantity: 1, price: 1 }]),
    RangeError,
    "orders[0].instrument",
  );
  assertEquals(engine.state, before);
  assertEquals(engine.takeRequests(), []);
  engine.close();
});

test("Engine ends with a clean audit when requests cannot be sent, and after a shutdown", () => {
  const engine = open({ execution: [] });
  const tick = engine.sendOpenRequests([{ instrument: 0, side: "buy", quantity: 1, price: 100 }]);
  const sent = action(tick);
  assertEquals([sent.kind, sent.sentCount, sent.isEmpty], ["openOrders", 0, false]);
  assertEquals(
    sent.unrecoverableErrors.map(({ recoverable, code, message }) => [
      recoverable,
      code,
      message,
    ]),
    [[false, "IndexError", "ExchangeIndex: the exchange is unknown or has no execution"]],
  );
  assert(tick.event.type === "process" && tick.event.errors.length === 1);
  assert(engine.stopped);
  const stopped = assertThrows(() => engine.market(trade(1, 100)), EngineError);
  assertEquals(stopped.code, "engine_stopped");
  assertEquals(engine.positions(), []);
  engine.close();
  assertThrows(() => engine.state, ClosedError);

  const other = open();
  assert(!other.stopped);
  other.shutdown();
  assert(other.stopped);
  assertThrows(() => other.tradingState("enabled"), EngineError, "it was shut down");
  other.close();
});

test("Engine.open() refuses configurations that do not fit", () => {
  assertThrows(() => open({ instruments: [] }), ConfigError);
  assertThrows(() => open({ execution: ["kraken"] }), ConfigError, "execution[0]");
  assertThrows(() => open({ start: "noon" }), ConfigError, "start");
  assertThrows(() => open({ start: new Date(NaN) }), TypeError);
  assertThrows(
    () => open({ strategy: { type: "smaCross", fast: 3, slow: 2, quantity: 1 } }),
    ConfigError,
  );
  assertThrows(() => open({ strategy: { type: "buyAndHold", quantity: 0 } }), ConfigError);
  assertThrows(
    () => open({ strategy: { id: "x", onMarket() {} } as never }),
    TypeError,
    "one of the engine's own",
  );
  assertThrows(() => open({ risk: { check: () => undefined } as never }), TypeError);
  assertThrows(() => open({ tradingState: "maybe" as never }), TypeError);
});

test("Every subscriber's replica follows the engine, whenever it came", () => {
  const engine = open();
  const order = { instrument: 0, side: "buy", quantity: "1", price: "100" } as const;
  const [tick] = [engine.market(trade(1, 100)), engine.market(trade(2, 100))];
  const followers = [1, 2, 3].map((second) => {
    const audits = engine.audits();
    const replica = new StateReplica(audits.snapshot);
    engine.market(trade(2 + second, 100 + second));
    engine.sendOpenRequests([order]);
    return { audits, replica };
  });
  assertEquals([...tick].map(({ context }) => context.sequence), [1]);
  for (const { audits, replica } of followers) {
    for (let next = audits.tryRecvTick(); next !== null; next = audits.tryRecvTick()) {
      replica.update([next]);
    }
    assertEquals(known(replica.state), known(engine.state));
    for (const object of [replica, audits.snapshot, audits]) object.close();
  }
  engine.close();
});

test("Engines opened and closed 1,000 times leave nothing behind", () => {
  const round = () => {
    const engine = open();
    const audits = engine.audits();
    const replica = new StateReplica(audits.snapshot);
    engine.market(trade(1, 100));
    for (const object of [replica, audits.snapshot, audits, engine, engine]) object.close();
  };
  for (let at = 0; at < 100; at++) round();
  const before = residentMib();
  for (let at = 0; at < 1000; at++) round();
  assert(residentMib() - before < 64, `${residentMib() - before} MiB more`);
});

/** Without orders: those in flight are the engine's alone. */
function known(state: EngineState): unknown {
  return {
    ...state,
    instruments: state.instruments.map((instrument) => ({ ...instrument, orders: [] })),
  };
}

test("Engine survives any legal sequence, and a replica equals it", () => {
  const instrument = fc.integer({ min: 0, max: 1 });
  const cents = fc.integer({ min: 1, max: 10_000_000 }).map((cents) => (cents / 100).toFixed(2));
  const quantity = fc.integer({ min: 1, max: 5000 }).map((units) => (units / 1000).toFixed(3));
  const side = fc.constantFrom("buy", "sell");
  const step = fc.oneof(
    fc.record({ do: fc.constant("trade" as const), instrument, price: cents }),
    fc.record({ do: fc.constant("fill" as const), instrument, price: cents, quantity, side }),
    fc.record({ do: fc.constant("open" as const), instrument, price: cents, quantity, side }),
    fc.record({ do: fc.constant("trading" as const), on: fc.boolean() }),
    fc.constantFrom({ do: "close" as const }, { do: "cancel" as const }, { do: "drop" as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const engine = open({
        strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "1" },
        tradingState: "enabled",
      });
      const audits = engine.audits();
      const replica = new StateReplica(audits.snapshot);
      steps.forEach((step, second) => {
        if (step.do === "trade") {
          engine.market(trade(second, Number(step.price), step.instrument));
        } else if (step.do === "fill") {
          const { instrument, price, quantity, side } = step;
          try {
            engine.account(0, fill({ instrument, price, quantity, side, fees: "0" }));
          } catch (error) {
            // A price beyond a million times the entry's is not legal.
            assert(error instanceof EngineError && error.code === "engine_event", `${error}`);
          }
        } else if (step.do === "open") engine.sendOpenRequests([step]);
        else if (step.do === "trading") engine.tradingState(step.on ? "enabled" : "disabled");
        else if (step.do === "close") engine.closePositions();
        else if (step.do === "cancel") engine.cancelOrders();
        else engine.marketReconnecting("binance_spot");
      });
      const ticks: AuditTick[] = [];
      for (let tick = audits.tryRecvTick(); tick !== null; tick = audits.tryRecvTick()) {
        ticks.push(tick);
      }
      replica.update(ticks);
      assertEquals(known(replica.state), known(engine.state));
      assert(!engine.stopped);
      for (const object of [replica, audits.snapshot, audits, engine]) object.close();
    }),
    { numRuns: 100, seed: 7 },
  );
});

test("Engine with the strategy closePositions sends barter's closing orders", () => {
  using engine = open({ strategy: { type: "closePositions" }, tradingState: "enabled" });
  engine.market(trade(1, 110));
  engine.account(0, fill());
  const expected = closingOrder({
    exchange: 0,
    instrument: 0,
    side: "buy",
    quantity: "2",
    price: "110",
    cid: "closePositions-0",
    strategy: "closePositions",
  });
  assertEquals(expected.side, "sell");
  assertEquals(engine.takeRequests(), [{ kind: "open", request: expected }]);
  // A command's order is the same, but for its name.
  const { key, ...terms } = expected;
  engine.closePositions();
  const [sent] = engine.takeRequests();
  assert(sent?.kind === "open");
  const { key: second, ...again } = sent.request;
  assertEquals([again, second.cid, second.instrument], [terms, "closePositions-1", key.instrument]);
});

test("Engine takes more events at once than a call may have arguments", () => {
  const events = 130_000;
  using engine = open();
  const audits = engine.audits({ capacity: 10 });
  const line = JSON.stringify(trade(1, 100));
  assertEquals(engine.market(`${line}\n`.repeat(events)).length, events);
  assertEquals(audits.dropped, events - 10);
  audits.close();
});

test("closingOrder() refuses what the engine cannot take", () => {
  const terms = {
    exchange: 0,
    instrument: 0,
    side: "sell",
    quantity: 1,
    price: 2,
    cid: "c",
  } as const;
  assertEquals(closingOrder(terms).side, "buy");
  for (const change of [{ quantity: 0 }, { price: 0 }, { quantity: "-1" }, { price: "1e22" }]) {
    const bad = { ...terms, ...change };
    if (change.price === "1e22") assertThrows(() => closingOrder(bad), TypeError);
    else assertEquals(assertThrows(() => closingOrder(bad), EngineError).code, "engine_order");
  }
  assertThrows(() => closingOrder({ ...terms, cid: "" }), RangeError, "1 to 64 bytes");
  assertThrows(() => closingOrder({ ...terms, instrument: -1 }), RangeError, "instrument");
  // deno-lint-ignore no-explicit-any
  assertThrows(() => closingOrder({ ...terms, side: "up" as any }), TypeError, "side");
});
