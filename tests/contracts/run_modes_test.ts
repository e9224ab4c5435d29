/**
 * The same strategy over the same data in every mode: runs differ in nothing but what the ledger of
 * divergences lists.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  BACKENDS,
  comparable,
  ContractRun,
  type ContractRunOptions,
  type EngineEvent,
  type ExecutionStepResult,
  type Mode,
} from "../../src/contracts/mod.ts";
import { test, turn } from "../harness.ts";
import { trade } from "./_desk.ts";
import { divergences } from "./_divergences.ts";
import { choices, chooser, markets } from "./_random_strategy.ts";
import { Log, MODES, order, rig, simulator, strategy, timer } from "./_run.ts";

/** Everything of a step but the mode and the hashes that it enters. */
function economy(step: ExecutionStepResult): unknown {
  const { mode: _mode, snapshot_hash: _state, prev_hash: _prev, step_hash: _step, ...rest } =
    comparable(step);
  return rest;
}

/** Runs in a mode, one event at a time: what waits together is no question here. */
async function oneByOne(
  options: ContractRunOptions,
  source: readonly EngineEvent[],
): Promise<ExecutionStepResult[]> {
  const log = new Log();
  const run = await ContractRun.start({ ...options, log: log.write });
  for (const event of source) {
    await run.push(event);
    if (options.config.mode !== "backtest") {
      while (run.counts.unstepped > 0) await turn();
    }
  }
  const { counts } = await run.finish();
  assertEquals([counts.unsent, counts.unstepped], [[], 0]);
  await options.venue.close();
  return log.steps;
}

for (const backend of BACKENDS) {
  test(`A strategy on ${backend} does the same in every mode over data in order`, async () => {
    await fc.assert(
      fc.asyncProperty(markets, choices, async (market, plan) => {
        const [backtest, ...others] = await Promise.all(MODES.map((mode) => {
          const decide = chooser(plan);
          return oneByOne(
            rig(mode, backend, {
              validation: "off",
              strategy: strategy((_news, view) => decide(view)),
            }),
            market,
          );
        }));
        for (const other of others) assertEquals(other.map(economy), backtest?.map(economy));
      }),
      { numRuns: 15 },
    );
  });

  test(`Where runs on ${backend} part, the ledger says why`, async () => {
    const active = new Set(
      divergences().filter(({ status }) => status === "active").map(({ id }) => id),
    );
    const cases: readonly [string, EngineEvent, (late: ExecutionStepResult) => boolean][] = [
      // No step at all against one with LATE_EVENT.
      [
        "MDL-005",
        { ...trade(1, "90", "5"), event_id: "late" },
        ({ event_result }) => event_result.diagnostics.some(({ code }) => code === "LATE_EVENT"),
      ],
      // No step at all against one with the time of the arrival.
      [
        "MDL-001",
        { ...trade(4, "90", "5"), event_id: "late", event_time: null },
        ({ event }) => event.event_time !== null && event.event_time === event.ingest_time,
      ],
    ];
    for (const [id, odd, allowed] of cases) {
      assert(active.has(id));
      const source = [trade(1, "100", "5"), trade(2, "100", "5"), odd];
      const runs = await Promise.all(MODES.map((mode) =>
        oneByOne(
          rig(mode, backend, {
            // Rests, and the odd event fills it where it is taken.
            strategy: strategy(({ event: { event_id } }) =>
              event_id === "market.trade-1" ? [order("o1", "buy", "1", "95")] : []
            ),
          }),
          source,
        )
      ));
      const [backtest = [], ...others] = runs;
      for (const other of others) {
        const at = other.findIndex(({ event }) => event.event_id === "late");
        assertEquals(other.slice(0, at).map(economy), backtest.slice(0, at).map(economy));
        const late = other[at];
        assert(late !== undefined && allowed(late), id);
        assertEquals(other.at(-1)?.event.body.type, "order.fill");
      }
      assert(backtest.every(({ event }) => event.event_id !== "late"));
      assert(backtest.every(({ event }) => event.body.type !== "order.fill"));
    }
  });

  test(`What waits together goes by its time in a backtest on ${backend}, elsewhere by its kind`, async () => {
    // MDL-013
    const feed = (second: number, id: string) => ({ ...trade(second, "100", "5"), event_id: id });
    const input = [
      timer(1),
      feed(2, "t-9"),
      feed(2, "t-10"),
      feed(3, "t-8"),
      timer(3, "cheat_on_open"),
    ];
    const ids = async (mode: Mode) => {
      const seen: string[] = [];
      const options = rig(mode, backend, {
        venue: simulator(),
        observe: ({ event }) => seen.push(event.event_id),
      });
      const run = await ContractRun.start(options);
      // At once, so that all of them wait.
      await Promise.all(input.map((event) => run.push(event)));
      await run.finish();
      await options.venue.close();
      return seen;
    };
    assertEquals(await ids("backtest"), ["timer.fired-1", "t-10", "t-9", "t-8", "timer.fired-3"]);
    for (const mode of ["paper", "sandbox", "live"] as const) {
      // Those of one feed as they came.
      assertEquals(await ids(mode), ["t-9", "t-10", "t-8", "timer.fired-3", "timer.fired-1"]);
    }
  });
}
