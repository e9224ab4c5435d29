/**
 * What is pushed into a run and what a strategy answers, where it is not what JSON can hold.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BACKENDS,
  ContractRun,
  type EngineEvent,
  type StrategyIntent,
} from "../../src/contracts/mod.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { command, trade } from "./_desk.ts";
import { Log, moves, order, play, rig, strategy, trades } from "./_run.ts";

const endless: unknown[] = [];
endless.push(endless);

/** What no JSON holds. */
const STRANGE: readonly unknown[] = [
  5n,
  () => "1",
  Symbol("1"),
  NaN,
  "\ud800",
  endless,
  {
    toJSON(): never {
      throw new RangeError("not today");
    },
  },
];

for (const backend of BACKENDS) {
  for (const mode of ["backtest", "live"] as const) {
    test(`a pushed event that is no JSON is refused, and the run goes on, ${mode}: ${backend}`, async () => {
      const refused: [string, string][] = [];
      const wrong = STRANGE.flatMap((value, at): EngineEvent[] => [
        { ...trade(1, "100", "5"), event_time: value as string, event_id: `time-${at}` },
        { ...trade(1, "100", "5"), event_id: value as string },
        {
          ...command(1, { command_id: "c", command: "halt", reason: value as string }),
          event_id: `reason-${at}`,
        },
      ]);
      const members = { foo: undefined };
      const { end, log } = await play(
        rig(mode, backend, {
          onRefused: (_event, { code, data }) => refused.push([code, `${data.code}`]),
          ...mode === "live" ? { validation: "off" as const } : {},
        }),
        [...wrong, ...trades("100", "101").map((event) => ({ ...event, ...members }))],
      );
      assertEquals(refused, wrong.map(() => ["contract_refused", "SCHEMA_INVALID"]));
      assertEquals([end.counts.refused, end.counts.steps], [wrong.length, 2]);
      assertEquals(log.steps.map(({ event }) => event.body.type), ["market.trade", "market.trade"]);
    });
  }

  test(`an order that is no JSON ends the run with its step undone: ${backend}`, async () => {
    const answers: StrategyIntent[] = STRANGE.map((value) =>
      order("o2", "buy", value as string, "50")
    );
    answers.push({
      type: "place_order",
      data: { ...order("o2", "buy", "1", "50").data, tag: "x\ud83d" },
    } as StrategyIntent);
    for (const answer of answers) {
      const log = new Log();
      const run = await ContractRun.start(rig("backtest", backend, {
        log: log.write,
        strategy: strategy(({ event: { event_id } }) =>
          event_id === "market.trade-1"
            ? [order("o1", "buy", "1", "50")]
            : event_id === "market.trade-2"
            ? [answer]
            : []
        ),
      }));
      for (const event of trades("100", "101", "102")) await run.push(event);
      const error = await assertRejects(() => run.finish(), ContractError);
      assertEquals(error.code, "contract_run_strategy");
      assert(error.cause instanceof ContractError && error.cause.code === "contract_refused");
      assert(`${error.cause.data.pointer}`.startsWith("/intents/0/body/data/"));
      assert(moves(log.steps).every((move) => move.startsWith("o1: ")));
      assertEquals(log.steps.map(({ event }) => event.body.type), ["market.trade", "order.report"]);
      assertEquals(run.counts.unstepped, 2);
      await run.close();
    }
  });
}
