import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { ClosedError, EngineError, TimeoutError } from "../../src/errors.ts";
import {
  auditBacktest,
  AuditTick,
  type AuditUpdates,
  backtest,
  type BacktestConfig,
  type EngineOutput,
  StateReplica,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { btcConfig, CROSS, recording, trades } from "./_setup.ts";
import { smaCross } from "./_sma_cross.ts";

function allPairs(strategy: BacktestConfig["strategy"]): BacktestConfig {
  return {
    strategy,
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.0005",
      latencyMs: 20,
      balances: { usdt: "100000", btc: 0, eth: 0, sol: 0 },
    }],
  };
}

async function collect(audits: AuditUpdates): Promise<AuditTick[]> {
  const ticks: AuditTick[] = [];
  for await (const tick of audits) ticks.push(tick);
  return ticks;
}

/** Names every output; a new kind would not compile. */
function describe(output: EngineOutput): string {
  switch (output.kind) {
    case "commanded":
      return `commanded ${output.action.kind}`;
    case "algoOrders":
      return `orders ${output.action.sentCount}`;
    case "positionExit":
      return `exit ${output.exit.pnlRealised}`;
    case "tradingDisabled":
    case "accountDisconnect":
    case "marketDisconnect":
      return output.kind;
    default: {
      const never: never = output;
      return never;
    }
  }
}

test("auditBacktest() reports what each event led to", async () => {
  const data = await trades(100, 110, 120, 90, 80);
  const ticks = await collect(auditBacktest(data, btcConfig(CROSS)));
  const seen = ticks.map(({ event, context }) => {
    if (event.type === "feedEnded") return "feedEnded";
    const account = event.event.kind === "account" ? ` ${event.event.event.kind}` : "";
    return [`${context.sequence} ${event.event.kind}${account}`, ...event.outputs.map(describe)]
      .join(", ");
  });
  assertEquals(seen, [
    "1 account snapshot",
    "2 market",
    "3 market, orders 1",
    "4 account balance",
    "5 account fill",
    "6 account order",
    "7 market",
    "8 market, orders 1",
    "9 account balance",
    "10 account fill, exit -20",
    "11 account order",
    "12 market",
    "13 tradingState, tradingDisabled",
    "14 shutdown",
  ]);
  data.close();
});

test("auditBacktest() gives the result of backtest() after its last tick", async () => {
  const data = await recording();
  const cross = { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" } as const;
  const expected = await backtest(data, allPairs(cross));
  const audits = auditBacktest(data, allPairs(cross), { filter: "none" });
  assertEquals((await collect(audits)).length, 0);
  const result = audits.result();
  data.close();
  const stats = { ...expected.stats, durationMs: result.stats.durationMs };
  assertEquals(structuredClone(result), structuredClone({ ...expected, stats }));
});

test("auditBacktest() makes the same ticks for a strategy in TypeScript", async () => {
  const data = await recording();
  const cross = { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" } as const;
  const own = await collect(auditBacktest(data, allPairs(cross)));
  const hosted = await collect(auditBacktest(data, allPairs(smaCross(2, 5, "0.01"))));
  data.close();
  assert(own.length > 610);
  assertEquals(JSON.parse(JSON.stringify(hosted)), JSON.parse(JSON.stringify(own)));
});

test("auditBacktest() numbers all ticks and keeps those the filter asks for", async () => {
  const data = await recording();
  const cross = { type: "smaCross", fast: 1, slow: 2, quantity: "0.01" } as const;
  const all = await collect(auditBacktest(data, allPairs(cross)));
  const outputs = await collect(auditBacktest(data, allPairs(cross), { filter: "outputs" }));
  data.close();
  assertEquals(all.map(({ context }) => context.sequence), all.map((_, at) => at + 1));
  const wanted = all.filter(({ event }, at) =>
    at === all.length - 1 || (event.type === "process" && event.outputs.length > 0)
  );
  assertEquals(JSON.stringify(outputs), JSON.stringify(wanted));
  assert(outputs.length > 10 && outputs.length < all.length / 2);
});

test("AuditUpdates serves readers that wait at once, each tick to one of them", async () => {
  const data = await trades(...Array.from({ length: 50 }, (_, at) => 100 + at));
  let seen = 0;
  const audits = auditBacktest(
    data,
    btcConfig({
      id: "later",
      async: true,
      async onMarket() {
        await null;
        seen++;
      },
    }),
  );
  const read = async () => {
    const sequences: number[] = [];
    for (let tick = await audits.recvTick(); tick !== null; tick = await audits.recvTick()) {
      sequences.push(tick.context.sequence);
    }
    return sequences;
  };
  const sequences = (await Promise.all([read(), read(), read()])).flat().sort((a, b) => a - b);
  assertEquals(sequences, Array.from({ length: 53 }, (_, at) => at + 1));
  assertEquals(seen, 50);
  audits.close();
  data.close();
});

test("auditBacktest() passes on what a strategy throws", async () => {
  const data = await trades(100, 110);
  const audits = auditBacktest(
    data,
    btcConfig({
      id: "bomb",
      onMarket() {
        throw new Error("boom");
      },
    }),
  );
  const error = await assertRejects(() => collect(audits), EngineError, "boom");
  assertEquals(error.code, "engine_strategy");
  assert(audits.closed);
  data.close();
});

test("AuditUpdates reads one by one, in batches, and without waiting", async () => {
  const data = await trades(100, 110, 120);
  const audits = auditBacktest(data, btcConfig({ type: "noop" }));
  const sequence = (tick: AuditTick | null) => tick?.context.sequence;
  assertEquals(audits.snapshot.context.sequence, 0);
  assertEquals(sequence(await audits.recvTick()), 1);
  assertEquals([await audits.ready(), await audits.ready()], [true, true]);
  assertEquals(sequence(audits.tryRecvTick()), 2);
  assertEquals((await audits.recvBatch(2)).map(sequence), [3, 4]);
  assertEquals((await audits.recvBatch(100)).map(sequence), [5, 6]);
  assertEquals(await audits.recvTick(5), null);
  assertEquals(await audits.recvBatch(1), []);
  assertEquals(await audits.ready(), false);
  assertEquals(audits.tryRecvTick(), null);
  assertEquals(audits.dropped, 0);
  await assertRejects(() => audits.recvBatch(0), RangeError);
  await assertRejects(() => audits.recvTick(-1), RangeError);
  audits.close();
  audits.close();
  await assertRejects(() => audits.recvTick(), ClosedError);
  await assertRejects(() => audits.ready(), ClosedError);
  assertThrows(() => audits.tryRecvTick(), ClosedError);
  data.close();
});

test("AuditUpdates is closed by leaving its loop", async () => {
  const data = await recording();
  const audits = auditBacktest(data, allPairs({ type: "noop" }));
  for await (const tick of audits) if (tick.context.sequence === 5) break;
  assert(audits.closed);
  assertThrows(() => audits.result(), ClosedError);
  assertThrows(
    () => auditBacktest(data, allPairs({ type: "noop" }), { filter: "some" as never }),
    TypeError,
    "filter must be",
  );
  data.close();
});

test("runs that end, fail or are left leave no native object behind", async () => {
  const objects = () => callSync("library.stats", {}, { action: "count objects" }).objects;
  const data = await trades(100, 110, 120);
  const before = objects();
  for (let round = 0; round < 100; round++) {
    await backtest(data, btcConfig({ id: "quiet", onMarket() {} }));
    const bomb = () => {
      throw new Error("boom");
    };
    await assertRejects(() => backtest(data, btcConfig({ id: "bomb", onMarket: bomb })));
    const audits = auditBacktest(data, btcConfig(CROSS));
    for await (const tick of audits) if (tick.context.sequence === 2) break;
    audits.snapshot.close();
  }
  // Fewer, when something of an earlier test is collected meanwhile; a leak would be 100 or more.
  assert(objects() <= before, `${objects()} instead of ${before}`);
  data.close();
});

test("AuditTick keeps upstream's shape and refuses others", async () => {
  const data = await trades(100, 110);
  const ticks = await collect(auditBacktest(data, btcConfig(CROSS)));
  for (const tick of ticks) {
    const json = JSON.parse(JSON.stringify(tick));
    assertEquals(Object.keys(json).sort(), ["context", "event"]);
    assertEquals(new AuditTick(json).event, tick.event);
  }
  for (const bad of [null, 1, "x", {}, { event: "FeedEnded" }, { context: { sequence: 1 } }]) {
    assertThrows(() => new AuditTick(bad), TypeError, "Cannot read an audit tick");
  }
  const ended = { event: "FeedEnded", context: { sequence: 9, time: "2025-01-01T00:00:00Z" } };
  assertEquals(new AuditTick(ended).event, { type: "feedEnded" });
  data.close();
});

for (const latencyMs of [0, 20, 700]) {
  test(`StateReplica equals the engine of a backtest with ${latencyMs} ms latency`, async () => {
    const data = await recording();
    const config = allPairs(smaCross(1, 2, "0.01"));
    const execution = config.execution.map((entry) => ({ ...entry, latencyMs }));
    const audits = auditBacktest(data, { ...config, execution });
    const replica = new StateReplica(audits.snapshot);
    audits.snapshot.close();
    for (;;) {
      const ticks = await audits.recvBatch(100);
      if (ticks.length === 0) break;
      replica.update(ticks);
      assertEquals(replica.context, ticks.at(-1)?.context);
    }
    // Everything has been answered: not even orders differ.
    assertEquals(replica.state, audits.state);
    const { openPositions } = audits.result();
    assertEquals(
      replica.state.instruments.flatMap(({ position }) => position === null ? [] : [position])
        .map(({ quantity, entryPrice, pnlRealised }) => [quantity, entryPrice, pnlRealised]),
      openPositions.map((open) => [open.quantity, open.entryPrice, open.pnlRealised]),
    );
    audits.close();
    assertThrows(() => audits.state, ClosedError);
    replica.close();
    assertThrows(() => replica.state, ClosedError);
    data.close();
  });
}

test("StateReplica refuses gaps, nonsense and filtered audits", async () => {
  const data = await trades(100, 110, 120);
  const ticks = await collect(auditBacktest(data, btcConfig(CROSS)));
  const audits = auditBacktest(data, btcConfig(CROSS));
  const replica = new StateReplica(audits.snapshot);
  const refused = (update: () => void) =>
    assertEquals(assertThrows(update, EngineError).code, "engine_audit");
  refused(() => replica.update(ticks.slice(1)));
  refused(() => replica.update([{ nonsense: true } as unknown as AuditTick]));
  replica.update(ticks);
  replica.update(ticks.slice(0, 3));
  assertEquals(replica.context.sequence, ticks.length);
  assertThrows(() => replica.update(1 as unknown as AuditTick[]), TypeError);
  const filtered = auditBacktest(data, btcConfig(CROSS), { filter: "outputs" });
  const error = assertThrows(() => new StateReplica(filtered.snapshot), EngineError);
  assertEquals(error.code, "engine_unsupported");
  for (const open of [audits, filtered, replica]) open.close();
  data.close();
});

test("AuditUpdates.recvTick() times out on an engine that is silent", async () => {
  const { Engine } = await import("../../src/engine/mod.ts");
  const engine = Engine.open({
    instruments: [{
      exchange: "binance_spot",
      nameExchange: "BTCUSDT",
      underlying: { base: "btc", quote: "usdt" },
    }],
  });
  const audits = engine.audits({ capacity: 2 });
  await assertRejects(() => audits.recvTick(1), TimeoutError);
  const waiting = [audits.recvTick(), audits.recvTick(1)];
  await assertRejects(() => waiting[1] ?? Promise.resolve(), TimeoutError);
  engine.tradingState("enabled");
  assertEquals((await waiting[0])?.context.sequence, 1);
  for (let at = 0; at < 5; at++) engine.tradingState("enabled");
  assertEquals(audits.dropped, 3);
  assertEquals((await audits.recvBatch(9)).map((tick) => tick.context.sequence), [5, 6]);
  const left = audits.recvTick();
  audits.close();
  await assertRejects(() => left, ClosedError);
  const last = engine.audits({ filter: "none" });
  engine.shutdown();
  assertEquals(await last.recvTick(), null);
  last.close();
  engine.close();
});
