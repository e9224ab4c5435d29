/**
 * A running system speaks the contracts: whatever becomes of its orders at run time, the core comes to
 * the system's state, and the log replays.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  ExecutionStepResult,
} from "../../../src/contracts/generated/types.ts";
import { instrumentNames } from "../../../src/contracts/audit/names.ts";
import { type RecordedEnd, recordRun } from "../../../src/contracts/audit/record_run.ts";
import { verifyReplay } from "../../../src/contracts/replay/verify_replay.ts";
import { engineRunConfig } from "../../../src/contracts/audit/run_config.ts";
import { timeline } from "../../../src/contracts/timeline.ts";
import {
  type AuditTick,
  type ExecutionConfig,
  type Strategy,
  System,
  type SystemOptions,
  type SystemResult,
} from "../../../src/engine/mod.ts";
import { EngineError } from "../../../src/errors.ts";
import { pair } from "../../engine/_setup.ts";
import { print, settled, until } from "../../engine/_system.ts";
import { test } from "../../harness.ts";
import { firstEvents } from "./_engine_runs.ts";

const EXECUTION: readonly ExecutionConfig[] = [{
  exchange: "binance_spot",
  feeRate: "0.001",
  latencyMs: 2,
  balances: { usdt: "1000000", btc: "0", eth: "0" },
}];

/** A recorded run of a system. */
interface Recorded {
  readonly config: CoreConfig;
  readonly steps: readonly ExecutionStepResult[];
  readonly end: RecordedEnd;
  readonly result: SystemResult;
  readonly names: readonly string[];
}

/**
 * Runs and records a system whose audit is read while it runs. Whatever `drive` does, the log must be
 * whole, replay on both backends, and come to the system's orders and positions.
 */
async function recorded(
  options: SystemOptions,
  drive: (system: System) => Promise<SystemResult>,
): Promise<Recorded> {
  const execution = options.execution ?? EXECUTION;
  const system = await System.start({ audit: "enabled", ...options, execution });
  const audits = system.audit();
  audits.snapshot.close();
  const config = engineRunConfig(system.table, { run_id: "system", mode: "paper", execution });
  const { tradingState = "disabled" } = options;
  const recording = recordRun(audits, { instruments: system.table, config, tradingState });
  const [result, log] = await Promise.all([drive(system), recording.text()]);
  await system[Symbol.asyncDispose]();
  const { end } = recording;
  const steps: ExecutionStepResult[] = log.split("\n").slice(1, -1).map((line) => JSON.parse(line));
  assertEquals(steps.length, end.golden.steps);
  assertEquals([end.counts.missing, audits.dropped], [0, 0]);
  const { departure, end: replayed } = verifyReplay(log, { config, golden: end.golden }, BACKENDS);
  assertEquals(departure, null);
  assertEquals(replayed, end.golden);
  const names = instrumentNames(system.table);
  assertSame(end.snapshot, result, names);
  return { config, steps, end, result, names };
}

/** Holds positions and orders of the core against those of the system. */
function assertSame(snapshot: CoreSnapshot, result: SystemResult, names: readonly string[]): void {
  const { state, stats } = result;
  assertEquals(
    snapshot.positions.flatMap(({ instrument, quantity }) =>
      quantity === "0" ? [] : [[instrument, quantity]]
    ),
    state.instruments.flatMap(({ instrument, position }) =>
      position === null
        ? []
        : [[names[instrument], `${position.side === "buy" ? "" : "-"}${position.quantity}`]]
    ).sort(([a = ""], [b = ""]) => a < b ? -1 : 1),
  );
  const inStatus = (...wanted: string[]) =>
    snapshot.orders.filter(({ status }) => wanted.includes(status)).map(({ order_id }) => order_id);
  assertEquals(snapshot.orders.length, stats.orders);
  assertEquals(inStatus("filled").length, stats.fills);
  assertEquals(inStatus("rejected").length, stats.rejected);
  assertEquals(
    inStatus("submitted", "accepted", "cancel_pending"),
    state.instruments.flatMap(({ orders }) => orders.map(({ cid }) => cid)).sort(),
  );
  assert(snapshot.halted, "a run ends with a shutdown");
}

/** What the intents of a run were about, with what became of them. */
function intentsOf(steps: readonly ExecutionStepResult[]): string[] {
  return steps.flatMap(({ intents, intent_results }) =>
    intents.map(({ body }, index) => `${body.type} ${intent_results[index]?.outcome}`)
  );
}

function commandsOf(steps: readonly ExecutionStepResult[]): string[] {
  return steps.flatMap(({ event: { body } }) =>
    body.type === "control.command" ? [`${body.data.command}: ${body.data.reason}`] : []
  );
}

const PAIRS = [pair("btc"), pair("eth")];

test("a system with a recording, a strategy and commands is recorded as it ran", async () => {
  const data = await firstEvents(600);
  const execution = EXECUTION.map((exchange) => ({
    ...exchange,
    balances: { ...exchange.balances, sol: "0" },
  }));
  const { steps, end, result } = await recorded({
    market: { data },
    execution,
    strategy: { type: "smaCross", fast: 1, slow: 2, quantity: "0.1" },
    tradingState: "enabled",
  }, async (system) => {
    await system.feedEnded();
    await settled(system);
    await system.tradingState("disabled");
    await system.sendOpenRequests([
      { instrument: 0, side: "sell", quantity: "2.5", price: "87000", cid: "short" },
      { instrument: 1, side: "buy", quantity: "1000000", price: "2000", cid: "too much" },
      { instrument: 1, side: "buy", quantity: "1", price: "2000", kind: "limit", cid: "limit" },
    ]);
    await settled(system);
    await system.tradingState("enabled");
    await system.closePositions();
    await settled(system);
    return await system.shutdown();
  });
  data.close();
  assert(result.stats.fills >= 2, `${result.stats.fills} fills`);
  assertEquals(result.stats.rejected, 2);
  assertEquals(end.events, { applied: steps.length, duplicate: 0, ignored: 0, rejected: 0 });
  assertEquals(end.intents, {
    applied: result.stats.orders,
    duplicate: 0,
    ignored: 0,
    rejected: 0,
  });
  assertEquals(
    end.snapshot.orders.find(({ order_id }) => order_id.startsWith("xtoo_much-"))?.status,
    "rejected",
  );
  assertEquals(commandsOf(steps), [
    "halt: trading disabled",
    "resume: command sendOpenRequests",
    "halt: command sendOpenRequests",
    "resume: trading enabled",
    "reconcile: command closePositions",
    "halt: trading disabled",
    "shutdown: shutdown",
  ]);
});

test("commands of a system fed by hand, with cancellations and orders sent together", async () => {
  const { steps, end, result } = await recorded({ instruments: PAIRS }, async (system) => {
    await system.send([print(0, 100), print(1, 10)]);
    const order = { instrument: 0, side: "buy", price: "100" } as const;
    await system.sendOpenRequests(
      ["3", "1", "2", "1", "5", "4"].map((quantity) => ({ ...order, quantity })),
    );
    // Those that are on their way; the exchange carries none out.
    await system.cancelOrders();
    await system.sendCancelRequests([
      { key: { exchange: 0, instrument: 1, strategy: "manual", cid: "never seen" }, orderId: null },
    ]);
    await settled(system);
    await system.send([print(0, 110), print(1, 11)]);
    await system.marketReconnecting("binance_spot");
    await system.closePositions({ kind: "instruments", instruments: [0] });
    await system.sendOpenRequests([{ instrument: 1, side: "sell", quantity: "7", price: "11" }]);
    return await system.shutdown();
  });
  assertEquals(result.stats, { ...result.stats, orders: 8, fills: 8, unanswered: 0 });
  assertEquals(end.snapshot.fees_paid, [{ currency: "USDT", amount: "3.437" }]);
  // The answer to the cancellation of an order that nobody sent.
  const codes = steps.flatMap(({ event_result: { outcome, code } }) =>
    outcome === "rejected" ? [code] : []
  );
  assert(codes.length <= 1 && codes.every((code) => code === "UNKNOWN_ORDER"), codes.join());
  const intents = intentsOf(steps);
  assertEquals(intents.filter((text) => text === "place_order applied").length, 8);
  assertEquals(intents.filter((text) => text === "cancel_order rejected").length, 1);
  assertEquals(end.counts.withoutForm.marketReconnecting, 1);
});

test("two exchanges are two venues, and positions are of each", async () => {
  const kraken = { ...pair("btc"), exchange: "kraken", nameExchange: "XBT/USDT" };
  const execution = [...EXECUTION, {
    exchange: "kraken",
    feeRate: "0.002",
    latencyMs: 7,
    balances: { usdt: "5000", btc: "0" },
  }];
  const { end, steps, names } = await recorded(
    { instruments: [...PAIRS, kraken], execution },
    async (system) => {
      await system.send([print(0, 100)]);
      const order = { side: "buy", quantity: "2", price: "100" } as const;
      await system.sendOpenRequests([0, 2].map((instrument) => ({ ...order, instrument })));
      await settled(system);
      await system.closePositions({ kind: "exchanges", exchanges: [1] });
      return await system.shutdown();
    },
  );
  assertEquals(names, ["BTC/USDT:binance_spot", "ETH/USDT:binance_spot", "BTC/USDT:kraken"]);
  const cash = end.snapshot.initial_cash.find(({ currency }) => currency === "USDT");
  assertEquals(cash?.amount, "1005000");
  assertEquals(
    steps.flatMap(({ event }) => event.body.type === "order.fill" ? [event.venue] : []).sort(),
    ["binance_spot", "kraken"],
  );
});

/** Buys after every third trade, sells all at the eighth. */
function counting(): Strategy {
  let trades = 0;
  return {
    id: "counting",
    onMarket(ctx, { instrument }) {
      trades++;
      if (trades % 3 === 0) ctx.open({ instrument, side: "buy", quantity: "0.5" });
      if (trades === 8) ctx.closePositions();
    },
  };
}

test("a strategy in TypeScript is recorded with its orders behind the events that led to them", async () => {
  const { steps, result } = await recorded(
    { instruments: PAIRS, strategy: counting(), tradingState: "enabled" },
    async (system) => {
      for (let price = 100; price < 110; price++) {
        await system.send(print(0, price));
        await settled(system);
      }
      return await system.shutdown();
    },
  );
  assertEquals(result.stats.fills, 4);
  const placed = steps.flatMap(({ event, intents }) =>
    intents.map(({ body, attribution }) => [
      event.body.type === "market.trade" ? event.body.data.price : event.body.type,
      body.type,
      attribution.strategy_id,
    ])
  );
  assertEquals(placed, [
    ["102", "place_order", "counting"],
    ["105", "place_order", "counting"],
    ["107", "place_order", "counting"],
    ["108", "place_order", "counting"],
  ]);
});

test("a log tells the life of an order, from the market event to the last fill", async () => {
  const { steps } = await recorded(
    { instruments: PAIRS, strategy: counting(), tradingState: "enabled" },
    async (system) => {
      await system.send([print(0, 100), print(1, 10), print(0, 101)]);
      await settled(system);
      await system.send(print(0, 102));
      return await system.shutdown();
    },
  );
  const life = timeline(steps, { orderId: "counting-0" });
  const told = (entries: typeof life) =>
    entries.map((entry) =>
      entry.kind === "transition"
        ? `${entry.transition.from} -> ${entry.transition.to}`
        : entry.kind === "intent"
        ? entry.intent.body.type
        : entry.event.body.type === "order.report"
        ? `${entry.event.body.data.report} ${entry.event.body.data.status}`
        : entry.event.body.type
    );
  const placed = ["place_order", "null -> created", "created -> submitted"];
  const answered = [
    "accepted null",
    "submitted -> accepted",
    "order.fill",
    "accepted -> filled",
    "status filled",
  ];
  assertEquals(told(life), [...placed, ...answered]);
  // Its trace begins one entry before, with the event that the strategy decided about, and has all of it.
  const [intent] = life.flatMap((entry) => entry.kind === "intent" ? [entry.intent] : []);
  assert(intent?.trace);
  const trace = timeline(steps, { traceId: intent.trace.trace_id });
  assertEquals(told(trace), ["market.trade", ...placed, ...answered]);
  const [first] = trace;
  assert(first?.kind === "event" && first.event.body.type === "market.trade");
  assertEquals([first.event.body.data.price, first.event.instrument], [
    "101",
    "BTC/USDT:binance_spot",
  ]);
  assertEquals(first.seq_id, intent.caused_by);
  // In the order in which it took effect.
  const numbers = life.map(({ seq_id }) => seq_id);
  assertEquals(numbers, [...numbers].sort((a, b) => a - b));
  assertEquals(
    trace.flatMap((entry) => entry.kind === "transition" ? [entry.transition] : [])
      .map(({ trace, attribution }) => [trace?.trace_id, attribution.strategy_id]),
    Array(4).fill([intent.trace.trace_id, "counting"]),
  );
});

test("an abort or a shutdown in the middle leaves a whole log", async () => {
  const data = await firstEvents(600);
  const strategy = { type: "buyAndHold", quantity: "0.25" } as const;
  const execution = EXECUTION.map((exchange) => ({
    ...exchange,
    latencyMs: 100,
    balances: { ...exchange.balances, sol: "0" },
  }));
  for (const end of ["abort", "shutdown"] as const) {
    const { result, steps } = await recorded(
      // A hundredth of the recording's pace: nobody waits for its end.
      { market: { data, speed: 0.01 }, execution, strategy, tradingState: "enabled" },
      async (system) => {
        await until(system, ({ orders }) => orders > 0);
        return await system[end]();
      },
    );
    assert(result.stats.events < 600);
    assertEquals(result.reason, end === "abort" ? "aborted" : "shutdown");
    const { orders, fills, rejected, unanswered } = result.stats;
    assertEquals(unanswered, end === "abort" ? orders - fills - rejected : 0);
    assertEquals(commandsOf(steps).at(-1), "shutdown: shutdown");
  }
  data.close();
});

test("a system whose strategy fails leaves a whole log", async () => {
  const strategy: Strategy = {
    id: "fails",
    onMarket(ctx, { instrument }) {
      if (ctx.instrument(instrument).positionQty > 0) throw new Error("enough");
      ctx.open({ instrument, side: "buy", quantity: "1" });
    },
  };
  const { result } = await recorded(
    { instruments: PAIRS, strategy, tradingState: "enabled" },
    async (system) => {
      await system.send(print(0, 100));
      await settled(system);
      await assertRejects(() => system.send(print(0, 101)), EngineError, "enough");
      const { data } = await assertRejects(() => system.finished(), EngineError);
      return (data as { result: SystemResult }).result;
    },
  );
  assertEquals([result.reason, result.stats.fills], ["failed", 1]);
});

test("ticks that nobody read in time are counted, from the start on", async () => {
  const system = await System.start({
    instruments: PAIRS,
    execution: EXECUTION,
    audit: { capacity: 5 },
  });
  const audits = system.audit();
  audits.snapshot.close();
  for (let price = 100; price < 120; price++) await system.send(print(0, price));
  await system.shutdown();
  const config = engineRunConfig(system.table, { mode: "paper", execution: EXECUTION });
  const recording = recordRun(audits, { instruments: system.table, config });
  const log = await recording.text();
  const { counts, golden } = recording.end;
  await system[Symbol.asyncDispose]();
  assert(audits.dropped > 0);
  assertEquals(counts.missing, audits.dropped);
  assertEquals(verifyReplay(log, { config, golden }, BACKENDS).departure, null);
});

test("the ticks of a system give the same log to the last byte, whichever core steps", async () => {
  const system = await System.start({
    instruments: PAIRS,
    execution: EXECUTION,
    audit: "enabled",
    strategy: { type: "buyAndHold", quantity: "1" },
  });
  const audits = system.audit();
  audits.snapshot.close();
  await system.send([print(0, 100), print(1, 10)]);
  await system.tradingState("enabled");
  await system.shutdown();
  const ticks: AuditTick[] = [];
  for await (const tick of audits) ticks.push(tick);
  const config = engineRunConfig(system.table, { mode: "paper", execution: EXECUTION });
  const logs = await Promise.all(BACKENDS.map((backend) =>
    recordRun(ticks, {
      instruments: system.table,
      config,
      backend,
      tradingState: "disabled",
    }).text()
  ));
  assert(logs[0] === logs[1]);
});
