/**
 * A run that is replayed, and one that goes on after a crash, comes to the same as one that was never
 * interrupted.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import {
  BACKENDS,
  type Checkpoint,
  ContractRun,
  type ContractRunOptions,
  type CoreBackend,
  type EngineEvent,
  type ExecutionStepResult,
  readContract,
  type RunStrategy,
  SimulatedVenue,
  type StrategyIntent,
  verifyReplay,
} from "../../src/contracts/mod.ts";
import { ContractError } from "../../src/errors.ts";
import { test, turn } from "../harness.ts";
import { config, trade } from "./_desk.ts";
import { cancelling, Log, order, outside, play, rig, simulator, strategy, timer } from "./_run.ts";

/** Prices that go up and down, with a timer at every fifth moment. */
const INPUT: readonly EngineEvent[] = Array.from({ length: 60 }, (_, index): EngineEvent[] => {
  const second = index + 1;
  const price = 100 + (index * 7) % 11 - (index * 3) % 5;
  const move = trade(second, String(price), "0.7");
  return index % 5 === 0 ? [timer(second), move] : [move];
}).flat();

/**
 * Buys when the price fell and sells when it rose, with resting orders that a timer cancels. What it
 * knows is its own, so that it has to be saved.
 */
class Swing implements RunStrategy {
  readonly id = "test";
  #state = { last: 0, orders: 0, open: [] as string[] };

  onEvent({ event: { body }, transitions }: Parameters<RunStrategy["onEvent"]>[0]) {
    for (const { order_id, to } of transitions) {
      if (to === "accepted") this.#state.open.push(order_id);
      if (to !== "accepted" && to !== "partially_filled") this.#forget(order_id);
    }
    if (body.type === "timer.fired") return this.#state.open.splice(0, 1).map(cancelling);
    if (body.type !== "market.trade") return [];
    const price = Number(body.data.price), fell = price < this.#state.last;
    this.#state.last = price;
    const id = `o${++this.#state.orders}`;
    const intents: StrategyIntent[] = [
      fell ? order(id, "buy", "1", String(price - 1)) : order(id, "sell", "0.5"),
    ];
    return intents;
  }

  #forget(id: string): void {
    this.#state.open = this.#state.open.filter((one) => one !== id);
  }

  save(): string {
    return JSON.stringify(this.#state);
  }

  load(state: string): void {
    this.#state = JSON.parse(state);
  }
}

/** The whole run, and what comes of it. */
async function whole(backend: CoreBackend, mode: "backtest" | "paper" = "backtest") {
  const { log, end } = await play(rig(mode, backend, { strategy: new Swing() }), INPUT);
  assert(end.snapshot.orders.length > 40);
  return { log, end };
}

/** Runs a part of the input, takes a checkpoint, runs on for a while, and stops without a word. */
async function crash(
  backend: CoreBackend,
  before: number,
  after: number,
): Promise<{ readonly checkpoint: Checkpoint; readonly log: Log }> {
  const log = new Log();
  const options = rig("backtest", backend, { strategy: new Swing(), log: log.write });
  const run = await ContractRun.start(options);
  for (const event of INPUT.slice(0, before)) await run.push(event);
  const checkpoint = readContract<Checkpoint>(
    "checkpoint",
    JSON.stringify(await run.checkpoint()),
  );
  for (const event of INPUT.slice(before, before + after)) await run.push(event);
  await turn();
  await run.close();
  await options.venue.close();
  return { checkpoint, log };
}

/** Goes on from there to the end of the input. */
async function goOn(
  backend: CoreBackend,
  checkpoint: Checkpoint,
  records: readonly ExecutionStepResult[],
  members: Partial<ContractRunOptions> = {},
) {
  const log = new Log();
  const options = rig("backtest", backend, {
    strategy: new Swing(),
    log: log.write,
    resume: { checkpoint, records },
    ...members,
  });
  try {
    const run = await ContractRun.start(options);
    await run.feed(INPUT.slice(run.position));
    return { log, end: await run.finish() };
  } finally {
    await options.venue.close();
  }
}

for (const backend of BACKENDS) {
  const others = BACKENDS.filter((other) => other !== backend);

  test(`The log of a run on ${backend} replays to the same hashes on every backend`, async () => {
    for (const mode of ["backtest", "paper"] as const) {
      const { log, end } = await whole(backend, mode);
      const verified = verifyReplay(
        log.text,
        { config: config(mode), golden: end.golden },
        BACKENDS,
      );
      assertEquals(verified.departure, null);
      assertEquals(verified.end, end.golden);
      assertEquals(end.golden.steps, end.counts.steps);
      assertEquals(log.steps.at(-1)?.snapshot_hash, end.snapshot.state_hash);
    }
  });

  test(`A run on ${backend} that crashed goes on as if it had not, on every backend`, async () => {
    const { log: uninterrupted, end } = await whole(backend);
    for (const [before, after] of [[0, 0], [1, 1], [13, 0], [30, 17], [INPUT.length, 0]] as const) {
      const { checkpoint, log } = await crash(backend, before, after);
      for (const next of [backend, ...others]) {
        const rest = await goOn(next, checkpoint, log.steps);
        assertEquals(rest.end.golden, end.golden, `${before} and ${after} on ${next}`);
        assertEquals(rest.end.snapshot, end.snapshot);
        const joined = new Log();
        joined.text = log.text + rest.log.text;
        assertEquals(joined.comparable, uninterrupted.comparable);
        if (next === backend) assertEquals(joined.text, uninterrupted.text);
      }
    }
  });

  test(`A log on ${backend} that ends anywhere is enough to go on`, async () => {
    const { log: uninterrupted, end } = await whole(backend);
    const { checkpoint, log } = await crash(backend, 20, 25);
    const steps = uninterrupted.steps;
    assert(log.steps.length > checkpoint.cursor);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: checkpoint.cursor, max: steps.length }),
        async (last) => {
          // Also in the middle of what a step brought, and of events of one time.
          const rest = await goOn(backend, checkpoint, steps.slice(0, last));
          assertEquals(rest.end.golden, end.golden);
          assertEquals(rest.log.text.split("\n").length - 1, steps.length - last);
        },
      ),
      { numRuns: 25 },
    );
  });

  test(`A checkpoint on ${backend} says what it must, and reads no clock in a backtest`, async () => {
    const { checkpoint } = await crash(backend, 30, 0);
    const { snapshot, cursor, created_at, strategy_state, feed_cursors, metadata } = checkpoint;
    assertEquals([cursor, created_at], [snapshot.step_seq, snapshot.as_of]);
    assertEquals(feed_cursors, snapshot.cursors);
    assert(strategy_state !== null && JSON.parse(strategy_state).orders > 0);
    // The last moment may be incomplete: it belongs to what follows.
    const position = metadata.find(({ key }) => key === "run.position")?.value;
    assertEquals(position, "29");
  });

  test(`Going on with what does not fit is refused on ${backend}`, async () => {
    const { checkpoint, log } = await crash(backend, 20, 20);
    const steps = log.steps;
    const refused = async (
      code: string,
      changed: Checkpoint,
      records: readonly ExecutionStepResult[],
      members: Partial<ContractRunOptions> = {},
    ) => {
      const error = await assertRejects(
        () => goOn(backend, changed, records, members),
        ContractError,
      );
      assertEquals(error.code, code, error.message);
      return error;
    };
    const future = { ...checkpoint, schema: "checkpoint/1.1" } as unknown as Checkpoint;
    const { data } = await refused("contract_snapshot", future, steps);
    assertEquals(data.code, "UNSUPPORTED_VERSION");
    const { snapshot } = checkpoint;
    await refused("contract_snapshot", { ...checkpoint, cursor: 3 }, steps);
    await refused("contract_snapshot", { ...checkpoint, metadata: [] }, steps);
    await refused("contract_snapshot", {
      ...checkpoint,
      risk_state: { ...checkpoint.risk_state, halted: !snapshot.halted },
    }, steps);
    await refused("contract_snapshot", {
      ...checkpoint,
      snapshot: { ...snapshot, cash: [{ currency: "USD", amount: "1" }] },
    }, steps);
    await refused("contract_snapshot", checkpoint, steps, { config: config("backtest", "other") });
    await refused("contract_snapshot", checkpoint, steps, {
      config: { ...config("backtest"), initial_cash: [] },
    });
    await refused("contract_run_recovery", checkpoint, []);
    await refused("contract_run_recovery", checkpoint, steps.slice(1));
    await refused("contract_run_recovery", checkpoint, steps.slice(0, checkpoint.cursor - 1));
    await refused("contract_run_recovery", checkpoint, steps.toSpliced(checkpoint.cursor + 2, 1));
    await refused("contract_run_recovery", checkpoint, steps.toSpliced(3, 1));
    const last = steps[checkpoint.cursor - 1] as ExecutionStepResult;
    await refused(
      "contract_run_recovery",
      checkpoint,
      steps.with(checkpoint.cursor - 1, { ...last, step_hash: "0".repeat(64) }),
    );
    // Another strategy decides otherwise, and shows it.
    const swing = new Swing();
    const { step_seq } = (await refused("contract_run_recovery", checkpoint, steps, {
      strategy: { id: "test", load: () => {}, onEvent: () => {}, save: () => swing.save() },
    })).data;
    assert(Number(step_seq) > checkpoint.cursor);
    const options = rig("backtest", backend, { resume: { checkpoint, records: steps } });
    await assertRejects(() => ContractRun.start(options), TypeError, "load");
    await options.venue.close();
  });

  test(`A venue outside keeps its state, and is sent nothing again on ${backend}`, async () => {
    const inner = simulator();
    const sent: string[] = [];
    const venue = outside(inner, {
      submit: (intent) => {
        sent.push(intent.body.data.order_id);
        return inner.submit(intent);
      },
    });
    const log = new Log();
    const decide: RunStrategy["onEvent"] = ({ event: { event_id, body } }) =>
      body.type === "market.trade" ? [order(`o-${event_id}`, "buy", "1", "50")] : [];
    const options = rig("sandbox", backend, { venue, log: log.write, strategy: strategy(decide) });
    const first = await ContractRun.start(options);
    await first.push(trade(1, "100", "5"));
    const checkpoint = await first.checkpoint();
    await first.push(trade(2, "100", "5"));
    const { counts: { unsent, sent: delivered } } = await first.finish();
    assertEquals([unsent, delivered], [[], 2]);
    const steps = log.steps.filter(({ step_seq }) => step_seq > checkpoint.cursor);
    const second = await ContractRun.start({
      ...options,
      resume: { checkpoint, records: steps },
    });
    await second.push(trade(3, "100", "5"));
    while ((await second.checkpoint()).snapshot.orders.length < 3) await turn();
    const { snapshot } = await second.finish();
    assertEquals(sent, ["o-market.trade-1", "o-market.trade-2", "o-market.trade-3"]);
    assertEquals(snapshot.orders.map(({ order_id }) => order_id), sent);
    assert(snapshot.orders.every(({ status }) => status === "accepted" || status === "submitted"));
    await venue.close();
  });
}

test("A simulated venue that answers otherwise than it did is refused", async () => {
  const { checkpoint, log } = await crash("typescript", 20, 20);
  const poor = new SimulatedVenue({ balances: [{ currency: "USD", amount: "1" }] });
  const free = simulator("0");
  for (const venue of [poor, free]) {
    const error = await assertRejects(
      () => goOn("typescript", checkpoint, log.steps, { venue }),
      ContractError,
    );
    assertEquals(error.code, "contract_run_recovery");
  }
});
