/**
 * The engine speaks the contracts: what it did is what the core comes to, and a replay comes to it again.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { AuditSteps } from "../../../src/contracts/audit/engine_audit.ts";
import { readExact } from "../../../src/contracts/audit/rounding.ts";
import type {
  CoreSnapshot,
  ExecutionStepResult,
  OrderTransition,
} from "../../../src/contracts/generated/types.ts";
import { recordRun } from "../../../src/contracts/audit/record_run.ts";
import { verifyReplay } from "../../../src/contracts/replay/verify_replay.ts";
import { engineRunConfig } from "../../../src/contracts/audit/run_config.ts";
import {
  auditBacktest,
  type BacktestResult,
  Engine,
  type Fill,
  type OpenRequest,
  type OrderState,
  type Strategy,
} from "../../../src/engine/mod.ts";
import { ContractError } from "../../../src/errors.ts";
import { pair } from "../../engine/_setup.ts";
import { test } from "../../harness.ts";
import { EXECUTION, firstEvents, recorded } from "./_engine_runs.ts";

/** Half of the last place of a Decimal, at 28 places: what rounding may change in a price or fee. */
const HALF = 5n * 10n ** 15n;
const ONE = 10n ** 28n;

function stepsOf(log: string): ExecutionStepResult[] {
  return log.split("\n").slice(1, -1).map((line) => JSON.parse(line));
}

function transitionsOf(step: ExecutionStepResult): OrderTransition[] {
  return [step.event_result, ...step.intent_results].flatMap(({ transitions }) => transitions);
}

function near(found: string, wanted: string, bound: bigint, what: string): void {
  const off = readExact(found) - readExact(wanted);
  assert((off < 0n ? -off : off) <= bound, `${what}: ${found} is not ${wanted}`);
}

function sum(amounts: readonly string[]): string {
  const total = amounts.map(readExact).reduce((a, b) => a + b, 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(29, "0");
  return `${total < 0n ? "-" : ""}${digits.slice(0, -28)}.${digits.slice(-28)}`;
}

/** Holds fills, positions, orders, fees and result of the core against those of the engine. */
function assertSameRun(log: string, snapshot: CoreSnapshot, result: BacktestResult): void {
  const { fills, roundTrips, openPositions, stats } = result;
  const steps = stepsOf(log);
  const found = steps.flatMap(transitionsOf).flatMap(({ fill }) => fill === null ? [] : [fill]);
  assertEquals(found.map(({ fill_id }) => fill_id), fills.map(({ tradeId }) => tradeId));
  assertEquals(found.map(({ quantity }) => quantity), fills.map(({ quantity }) => quantity));
  for (const [at, { price, fees }] of fills.entries()) {
    near(found[at]?.price ?? "", price, HALF, `price ${at}`);
    near(found[at]?.fee?.amount ?? "0", fees, HALF, `fee ${at}`);
  }

  assertEquals(snapshot.orders.length, stats.orders);
  const inStatus = (wanted: string) =>
    snapshot.orders.filter(({ status }) => status === wanted).length;
  assertEquals([inStatus("filled"), inStatus("rejected")], [stats.fills, stats.rejected]);

  const held = snapshot.positions.filter(({ quantity }) => quantity !== "0");
  assertEquals(
    held.map(({ quantity }) => quantity),
    openPositions.map(({ side, quantity }) => side === "buy" ? quantity : `-${quantity}`),
  );
  for (const [at, { entryPrice }] of openPositions.entries()) {
    near(held[at]?.avg_price ?? "", entryPrice, 2n * HALF, `entry price ${at}`);
  }
  const exits = steps.flatMap(({ event_result }) => event_result.deltas).filter((delta) =>
    delta.kind === "position" && delta.after === "0"
  );
  assertEquals(exits.length, roundTrips.length);

  // Each fill's price and fee may be off by half of the last place.
  const bound = fills.reduce(
    (bound, { quantity }) => bound + HALF + readExact(quantity) * HALF / ONE + 1n,
    10n ** 6n,
  );
  near(
    sum([
      ...snapshot.positions.map(({ realized_pnl }) => realized_pnl),
      ...snapshot.fees_paid.map(({ amount }) => `-${amount}`),
    ]),
    sum([
      ...roundTrips.map(({ pnl }) => pnl),
      ...openPositions.map(({ pnlRealised }) => pnlRealised),
    ]),
    bound,
    "result",
  );
}

const STRATEGIES = [
  { type: "noop" },
  { type: "buyAndHold", quantity: "0.25" },
  { type: "smaCross", fast: 5, slow: 20, quantity: "0.1" },
] as const;

for (const strategy of STRATEGIES) {
  test(`a recorded backtest with ${strategy.type} is the engine's run, and replays`, async () => {
    const data = await firstEvents(3000);
    const { recording, config, result } = recorded(data, strategy);
    const log = await recording.text();
    const { golden, snapshot, counts, events, intents } = recording.end;
    assertSameRun(log, snapshot, result());
    const { stats } = result();
    assertEquals(events, { applied: golden.steps, duplicate: 0, ignored: 0, rejected: 0 });
    assertEquals(intents, { applied: stats.orders, duplicate: 0, ignored: 0, rejected: 0 });
    assertEquals(counts.withoutForm, { balance: 4 + stats.fills });
    assertEquals(counts.synthetic, stats.fills);
    // Events, two answers and an acceptance per order, the end of trading, the shutdown.
    assertEquals(golden.steps, 3000 + 3 * stats.fills + 2);
    assert(strategy.type === "noop" || (stats.fills > 2 && counts.rounded > 0));

    const { departure, end } = verifyReplay(log, { config, golden }, BACKENDS);
    assertEquals(departure, null);
    assertEquals(end, golden);
    data.close();
  });
}

test("the same run gives the same log to the last byte, whichever core steps", async () => {
  const data = await firstEvents(300);
  const strategy = { type: "smaCross", fast: 1, slow: 2, quantity: "0.1" } as const;
  const first = await recorded(data, strategy).recording.text();
  for (const backend of BACKENDS) {
    const again = recorded(data, strategy, { core: { backend, validation: "off" } });
    assert(await again.recording.text() === first, backend);
  }
  data.close();
});

test("what the exchange and the risk manager refuse is on record", async () => {
  const data = await firstEvents(40);
  const orders = [
    ["1000000", "market"],
    ["0.5", "limit"],
    ["1000000000", "market"],
    ["0.25", "market"],
  ] as const;
  let asked = 0;
  const strategy: Strategy = {
    id: "asks for much",
    onMarket(ctx, { instrument }) {
      const order = orders[asked];
      if (instrument !== 1 || order === undefined) return;
      asked++;
      ctx.open({ instrument, side: "buy", quantity: order[0], kind: order[1] });
    },
  };
  const { recording, result } = recorded(data, strategy, {
    risk: { type: "limits", maxNotionalPerOrder: "1000000000000" },
  });
  const log = await recording.text();
  const { snapshot, intents } = recording.end;
  data.close();
  const { stats } = result();
  assertSameRun(log, snapshot, result());
  assertEquals([stats.orders, stats.rejected, stats.refused, stats.fills], [3, 2, 1, 1]);
  assertEquals(intents.applied, stats.orders + stats.refused);
  const bodies = stepsOf(log).flatMap((
    { event, intents },
  ) => [event.body, ...intents.map((i) => i.body)]);
  const reports = bodies.flatMap((body) =>
    body.type === "order.report" && body.data.report === "rejected" ? [body.data] : []
  );
  assertEquals(reports.map(({ reason_code }) => reason_code).sort(), [
    "insufficient_funds",
    "other",
  ]);
  assert(reports.every(({ reason }) => reason?.startsWith("Rejected: ")));
  const notes = bodies.flatMap((body) => body.type === "no_op" ? [body.data.note] : []);
  assertEquals(notes.length, stats.refused);
  assert(notes.every((note) => note?.includes("open refused: maxNotionalPerOrder: ")));
});

const START = "2025-01-01T12:00:00Z";

/** An engine fed by hand, and its clock. */
function byHand() {
  const engine = Engine.open({ instruments: [pair("btc"), pair("eth")], start: START });
  let second = 0;
  const now = () => new Date(Date.parse(START) + ++second * 1000).toISOString();
  const price = (instrument: number, price: number) =>
    engine.market({ kind: "trade", time: now(), instrument, price, amount: 1, side: "buy" });
  const fill = ({ key, side, price }: OpenRequest, tradeId: string, changes: Partial<Fill>) =>
    engine.account(key.exchange, {
      kind: "fill",
      tradeId,
      orderId: `o-${key.cid}`,
      instrument: key.instrument,
      strategy: key.strategy,
      time: now(),
      side,
      price,
      quantity: "1",
      fees: "0",
      ...changes,
    });
  const order = (request: OpenRequest, state: OrderState) =>
    engine.account(request.key.exchange, { kind: "order", order: { ...request, state } });
  const open = (request: OpenRequest, filled = "0") =>
    order(request, { kind: "open", orderId: `o-${request.key.cid}`, time: now(), filled });
  const opens = () =>
    engine.takeRequests().flatMap((sent) => sent.kind === "open" ? [sent.request] : []);
  return { engine, now, price, fill, order, open, opens };
}

/** The only element. */
function only<T>(items: readonly T[]): T {
  assertEquals(items.length, 1);
  return items[0] as T;
}

test("a recorded run by hand has the engine's orders and positions, and replays", async () => {
  const { engine, now, price, fill, order, open, opens } = byHand();
  using audits = engine.audits();
  audits.snapshot.close();
  price(0, 87_000);
  price(1, 2_000);
  engine.account(0, {
    kind: "snapshot",
    balances: [{ asset: 2, total: "100000", free: "100000", time: now() }],
    orders: [],
  });
  engine.sendOpenRequests([
    { instrument: 0, side: "buy", quantity: "0.5", price: "87000" },
    { instrument: 1, side: "sell", quantity: "3", price: "2000" },
    {
      instrument: 1,
      side: "buy",
      quantity: "1",
      price: "1900",
      kind: "limit",
      timeInForce: "goodUntilCancelled",
    },
    {
      instrument: 0,
      side: "buy",
      quantity: "2",
      price: "80000",
      kind: "limit",
      timeInForce: "postOnly",
    },
  ]);
  const [bought, sold, bid, low] = opens() as [OpenRequest, OpenRequest, OpenRequest, OpenRequest];
  // Filled in two parts, before the exchange acknowledges it.
  fill(bought, "t1", { quantity: "0.2", fees: "1.5" });
  fill(bought, "t2", { quantity: "0.3", price: "87001.25", fees: "2.25" });
  order(bought, { kind: "filled" });
  // Acknowledged, filled, and called filled.
  open(sold);
  fill(sold, "t3", { quantity: "3" });
  order(sold, { kind: "filled" });
  open(bid);
  open(low);
  // One cancellation is carried out, the other is not.
  engine.cancelOrders({ kind: "instruments", instruments: [1] });
  engine.account(0, {
    kind: "orderCancelled",
    key: bid.key,
    cancelled: { orderId: `o-${bid.key.cid}`, time: now() },
    reason: null,
  });
  engine.cancelOrders({ kind: "instruments", instruments: [0] });
  engine.account(0, { kind: "orderCancelled", key: low.key, cancelled: null, reason: "too late" });
  fill(low, "t4", { quantity: "0.75", price: "80000" });
  open(low, "0.75");
  // Commands are carried out while trading is disabled.
  engine.tradingState("enabled");
  engine.tradingState("disabled");
  engine.takeRequests();
  price(0, 88_000);
  engine.closePositions();
  const [closeBtc, closeEth] = opens() as [OpenRequest, OpenRequest];
  fill(closeBtc, "t5", { quantity: closeBtc.quantity, price: "88000", fees: "3" });
  order(closeBtc, { kind: "filled" });
  order(closeEth, { kind: "rejected", reason: "too small" });
  // Orders and fills that the engine did not ask for.
  fill({ ...sold, key: { ...sold.key, cid: "other" } }, "t6", { quantity: "1" });
  const outside = { ...bid, key: { ...bid.key, cid: "outside" } };
  open(outside, "0");
  engine.sendCancelRequests([{ key: { ...bid.key, cid: "never seen" }, orderId: null }]);
  engine.marketReconnecting("binance_spot");
  const state = engine.state;
  engine.shutdown();

  const config = engineRunConfig(engine.table, { run_id: "by-hand", mode: "paper" });
  const recording = recordRun(audits, {
    instruments: engine.table,
    config,
    tradingState: "disabled",
  });
  const log = await recording.text();
  engine.close();
  const { snapshot, golden, counts, events, intents } = recording.end;

  assertEquals(counts.withoutForm, { balance: 1, marketReconnecting: 1 });
  assertEquals(events, { applied: golden.steps, duplicate: 0, ignored: 0, rejected: 0 });
  // The order that was never seen.
  assertEquals(intents, { applied: 10, duplicate: 0, ignored: 0, rejected: 1 });
  assertEquals(
    snapshot.positions.map(({ instrument, quantity }) => [instrument, quantity]),
    state.instruments.map(({ position }, at) => [
      ["BTC/USDT:binance_spot", "ETH/USDT:binance_spot"][at],
      position === null
        ? "0"
        : position.side === "buy"
        ? position.quantity
        : `-${position.quantity}`,
    ]),
  );
  assertEquals(snapshot.positions.map(({ quantity }) => quantity), ["0", "-4"]);
  assertEquals(snapshot.fees_paid, [{ currency: "USDT", amount: "6.75" }]);
  assertEquals(
    snapshot.orders.map(({ order_id, status, filled }) => [order_id, status, filled]),
    [
      [closeBtc.key.cid, "filled", "1.25"],
      [closeEth.key.cid, "rejected", "0"],
      ["fill/o-other", "filled", "1"],
      ["manual-0", "filled", "0.5"],
      ["manual-1", "filled", "3"],
      ["manual-2", "cancelled", "0"],
      ["manual-3", "partially_filled", "0.75"],
      ["outside", "accepted", "0"],
    ].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
  const live = snapshot.orders.filter(({ status }) =>
    ["accepted", "partially_filled"].includes(status)
  );
  assertEquals(
    live.map(({ order_id }) => order_id),
    state.instruments.flatMap(({ orders }) => orders.map(({ cid }) => cid)).sort(),
  );
  assert(snapshot.halted);
  assertEquals(verifyReplay(log, { config, golden }, BACKENDS).departure, null);
  assertEquals(
    stepsOf(log).flatMap(({ event: { body } }) =>
      body.type === "control.command" ? [`${body.data.command}: ${body.data.reason}`] : []
    ),
    [
      "halt: trading is disabled at the start",
      "resume: command sendOpenRequests",
      "halt: command sendOpenRequests",
      "reconcile: command cancelOrders",
      "reconcile: command cancelOrders",
      "resume: trading enabled",
      "halt: trading disabled",
      "resume: command closePositions",
      "halt: command closePositions",
      "resume: an order from outside",
      "halt: an order from outside",
      "resume: an order from outside",
      "halt: an order from outside",
      "reconcile: command sendCancelRequests",
      "shutdown: shutdown",
    ],
  );
});

test("a fill that comes twice has one effect in the core", async () => {
  const { engine, fill } = byHand();
  using audits = engine.audits();
  audits.snapshot.close();
  engine.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "1", price: "100" }]);
  const request = only(engine.takeRequests()).request as OpenRequest;
  const changes = { quantity: "0.5", time: START };
  fill(request, "t1", changes);
  fill(request, "t1", changes);
  fill(request, "t1", { ...changes, price: "101" });
  fill(request, "t2", changes);
  fill(request, "t3", changes);
  engine.shutdown();
  const recording = recordRun(audits, {
    instruments: engine.table,
    config: engineRunConfig(engine.table, { mode: "paper" }),
  });
  await recording.text();
  engine.close();
  const { events, snapshot } = recording.end;
  assertEquals(snapshot.positions.map(({ quantity }) => quantity), ["1"]);
  assertEquals([events.duplicate, events.rejected], [1, 2]);
});

test("an order may be called filled before its fill is there", async () => {
  const { engine, fill, order } = byHand();
  using audits = engine.audits();
  audits.snapshot.close();
  engine.sendOpenRequests([{ instrument: 0, side: "buy", quantity: "1", price: "100" }]);
  const request = only(engine.takeRequests()).request as OpenRequest;
  order(request, { kind: "filled" });
  fill(request, "t1", {});
  order(request, { kind: "filled" });
  engine.shutdown();
  const recording = recordRun(audits, {
    instruments: engine.table,
    config: engineRunConfig(engine.table, { mode: "paper" }),
  });
  const remarks = stepsOf(await recording.text()).map(({ event_result }) =>
    event_result.diagnostics.map(({ code }) => code)
  );
  engine.close();
  // Sent, accepted, called filled, filled, called filled, shut down.
  assertEquals(remarks, [
    [],
    [],
    ["CUM_FILLED_MISMATCH", "RECONCILE_MISMATCH"],
    [],
    [],
    [],
  ]);
  const { orders, positions } = recording.end.snapshot;
  assertEquals([orders[0]?.status, positions[0]?.quantity], ["filled", "1"]);
});

test("orders sent together may be answered in any order", async () => {
  const { engine, fill, opens } = byHand();
  using audits = engine.audits();
  audits.snapshot.close();
  const order = { instrument: 0, side: "buy", price: "100" } as const;
  engine.sendOpenRequests([
    { ...order, quantity: "3", cid: "large" },
    { ...order, quantity: "1", cid: "small" },
    { ...order, quantity: "2", cid: "middle" },
  ]);
  const [large, small, middle] = opens() as [OpenRequest, OpenRequest, OpenRequest];
  fill(small, "t1", { quantity: "1" });
  fill(middle, "t2", { quantity: "2" });
  // Fits nothing whole: part of the oldest that it fits.
  fill(large, "t3", { quantity: "2.5" });
  engine.shutdown();
  const recording = recordRun(audits, {
    instruments: engine.table,
    config: engineRunConfig(engine.table, { mode: "paper" }),
  });
  await recording.text();
  engine.close();
  assertEquals(
    recording.end.snapshot.orders.map(({ order_id, status, filled }) => [order_id, status, filled]),
    [["large", "partially_filled", "2.5"], ["middle", "filled", "2"], ["small", "filled", "1"]],
  );
});

test("an order that ended frees its name; a live one does not", async () => {
  const { engine, fill } = byHand();
  const send = () => {
    engine.sendOpenRequests([
      { instrument: 0, side: "buy", quantity: "1", price: "100", cid: "again" },
    ]);
    return only(engine.takeRequests()).request as OpenRequest;
  };
  using audits = engine.audits();
  audits.snapshot.close();
  fill(send(), "t1", { orderId: "o1" });
  fill(send(), "t2", { orderId: "o2" });
  send();
  engine.sendOpenRequests([
    { instrument: 1, side: "buy", quantity: "1", price: "100", cid: "again" },
  ]);
  engine.shutdown();
  const recording = recordRun(audits, {
    instruments: engine.table,
    config: engineRunConfig(engine.table),
  });
  await recording.text();
  engine.close();
  assertEquals(
    recording.end.snapshot.orders.map(({ order_id, status, instrument }) => [
      order_id,
      status,
      instrument.slice(0, 3),
    ]),
    [
      ["again", "filled", "BTC"],
      ["again/2", "filled", "BTC"],
      ["again/3", "submitted", "BTC"],
      ["again/4", "submitted", "ETH"],
    ],
  );
});

test("an engine that stops with an error shuts the core down", () => {
  const engine = Engine.open({ instruments: [pair("btc")], start: START, execution: [] });
  const mapping = new AuditSteps({ instruments: engine.table });
  const tick = engine.sendOpenRequests([{ instrument: 0, side: "buy", quantity: 1, price: 100 }]);
  const steps = mapping.steps(tick);
  engine.close();
  assertEquals(steps.map(({ event: { body } }) => body.type), [
    "control.command",
    "control.command",
  ]);
  assertEquals(steps.map(({ intents = [] }) => intents.map(({ body }) => body.type)), [
    ["no_op"],
    [],
  ]);
  const [{ reason } = { reason: null }] = steps.slice(1).flatMap(({ event: { body } }) =>
    body.type === "control.command" && body.data.command === "shutdown" ? [body.data] : []
  );
  assert(reason?.startsWith("IndexError: "), String(reason));
});

test("a recording is read as it is made, once, and leaving it leaves the run", async () => {
  const data = await firstEvents(600);
  const audits = auditBacktest(data, { strategy: { type: "noop" }, execution: EXECUTION });
  audits.snapshot.close();
  const recording = recordRun(audits, {
    instruments: data.table,
    config: engineRunConfig(data.table),
  });
  assertThrows(() => recording.end, TypeError, "not read to its end");
  for await (const chunk of recording) {
    assertEquals(JSON.parse(new TextDecoder().decode(chunk)).schema, "replay_header/1.0");
    break;
  }
  assert(audits.closed);
  assertThrows(() => recording.end, TypeError, "not read to its end");
  await assertRejects(() => recording.text(), TypeError, "twice");

  let pulled = 0;
  const engine = Engine.open({ instruments: [pair("btc")], start: START });
  const ticks = function* () {
    for (; pulled < 1000; pulled++) yield engine.tradingState("enabled");
  };
  const options = { instruments: engine.table, config: engineRunConfig(engine.table) };
  const sizes: number[] = [];
  for await (const chunk of recordRun(ticks(), options)) {
    sizes.push(new TextDecoder().decode(chunk).split("\n").length - 1);
    assert(pulled < 256 * sizes.length, `${pulled} ticks for ${sizes.length} chunks`);
  }
  assertEquals(sizes, [1, 256, 256, 256, 232]);
  engine.close();
  data.close();
});

test("a step that the core refuses ends the recording", async () => {
  const engine = Engine.open({ instruments: [pair("btc")], start: START });
  const { event, context } = engine.tradingState("enabled");
  const options = { instruments: engine.table, config: engineRunConfig(engine.table) };
  engine.close();
  // Nanoseconds since the epoch have 64 bits.
  const late = { event, context: { sequence: 2, time: "9999-01-01T00:00:00Z" } };
  const recording = recordRun([{ event, context }, late], options);
  const error = await assertRejects(() => recording.text(), ContractError, "step 2: ");
  assertEquals(error.code, "contract_refused");
  assertThrows(() => recording.end, TypeError);
});

test("recordRun() refuses options of the wrong form", () => {
  const engine = Engine.open({ instruments: [pair("btc")], start: START });
  const config = engineRunConfig(engine.table, { execution: EXECUTION.slice(0, 0) });
  engine.close();
  assertThrows(() => recordRun(null as never, { instruments: engine.table, config }), TypeError);
  assertThrows(() => recordRun([], null as never), TypeError, "options must be an object");
  assertThrows(() => recordRun([], { instruments: engine.table } as never), TypeError, "config");
  const bad = [{ timeframe: "1y" }, { timeframe: "0m" }, { tradingState: "on" }] as never[];
  for (const option of bad) {
    const options = { instruments: engine.table, ...(option as object) };
    assertThrows(() => new AuditSteps(options), TypeError);
  }
  const filtered = { filter: "outputs", *[Symbol.iterator]() {} };
  const options = { instruments: engine.table, config };
  assertThrows(() => recordRun(filtered, options), TypeError, "not be filtered");
  const balances = { usdt: "-1" };
  assertThrows(
    () => engineRunConfig(engine.table, { execution: [{ balances }] }),
    TypeError,
    "usdt",
  );
});
