/**
 * The input of a run: what was dropped is done with, and what is out of order cannot hurt.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  BACKENDS,
  type Checkpoint,
  ContractRun,
  type ContractRunOptions,
  type EngineEvent,
  SimulatedVenue,
} from "../../src/contracts/mod.ts";
import { test, turn } from "../harness.ts";
import { config, event, trade } from "./_desk.ts";
import { Log, moves, order, play, rig, strategy, timer, trades } from "./_run.ts";

/** Waits until nothing waits to be stepped. */
async function settled(run: ContractRun): Promise<void> {
  while (run.counts.unstepped > 0) await turn();
}

/** Pushes all of a part at once, so that nothing is stepped in between. */
async function pushAll(run: ContractRun, part: readonly EngineEvent[]): Promise<void> {
  await Promise.all(part.map((event) => run.push(event)));
  await settled(run);
}

function quote(second: number): EngineEvent {
  const data = { bid_price: "99", bid_size: "5", ask_price: "101", ask_size: "5" };
  return event(second, { type: "market.quote", data }, { instrument: "BTC/USD", venue: "test" });
}

for (const backend of BACKENDS) {
  const title = (what: string) => `ContractRun on ${backend}: ${what}`;

  test(title("a dropped event is done with, and a resume does not bring it back"), async () => {
    const input = [
      ...trades(...Array.from({ length: 8 }, () => "100")),
      trade(9, "100", "5"),
      trade(10, "100", "5"),
      timer(11),
      trade(12, "100", "5"),
      trade(13, "100", "5"),
    ];
    const log = new Log();
    const options = (members: Partial<ContractRunOptions> = {}) =>
      rig("sandbox", backend, { capacity: 2, log: log.write, ...members });
    const first = options();
    const run = await ContractRun.start(first);
    const checkpoints: Checkpoint[] = [];
    await pushAll(run, input.slice(0, 8));
    assertEquals([run.counts.dropped["market.trade"], run.position], [6, 8]);
    checkpoints.push(await run.checkpoint());
    await run.push(input[8] as EngineEvent);
    await settled(run);
    assertEquals(run.position, 9);
    checkpoints.push(await run.checkpoint());
    await run.close();
    await first.venue.close();
    const records = log.steps;
    for (const [index, checkpoint] of checkpoints.entries()) {
      log.text = "";
      const second = options({ resume: { checkpoint, records } });
      const resumed = await ContractRun.start(second);
      assertEquals(resumed.position, 8 + index);
      for (const event of input.slice(resumed.position)) {
        await resumed.push(event);
        await settled(resumed);
      }
      await resumed.finish();
      await second.venue.close();
      assertEquals(resumed.position, input.length);
      assertEquals(
        `\n${log.text}`.match(/(?<="event_id":")[^"]+/g),
        input.slice(9).map(({ event_id }) => event_id),
      );
    }
  });

  test(title("drops among what is taken in spite of them are counted, too"), async () => {
    const input = [
      ...trades("100", "100", "100", "100"),
      timer(5),
      trade(6, "100", "5"),
      timer(7, "cheat_on_open"),
    ];
    const positions: number[] = [];
    const options = rig("live", backend, {
      capacity: 2,
      observe: () => positions.push(run.position),
    });
    const run = await ContractRun.start(options);
    await pushAll(run, input);
    assertEquals(run.counts.dropped["market.trade"], 3);
    // Those that were dropped are passed when all that was taken with them is.
    assertEquals(positions, [1, 2, 3, 7]);
    assertEquals((await run.checkpoint()).metadata[0]?.value, "7");
    await run.close();
    await options.venue.close();
  });

  test(title("a backtest refuses what is earlier than a step, and no order hangs"), async () => {
    const refused: string[] = [];
    const options = rig("backtest", backend, {
      venue: new SimulatedVenue({
        balances: [{ currency: "USD", amount: "10000" }],
        capabilities: { order_types: ["market"], time_in_force: ["gtc"], replace: false },
      }),
      // What the venue refuses is reported with the time of the event behind it.
      strategy: strategy(({ event: { event_id, body } }) =>
        body.type === "order.fill" || body.type === "order.report"
          ? []
          : [order(`${event_id}-a`, "buy", "1"), order(`${event_id}-b`, "buy", "1", "90")]
      ),
      onRefused: ({ event_id }, { code, data, message }) => {
        assert(message.includes("merged by time"), message);
        refused.push(`${event_id} ${code} ${data.code} ${data.pointer}`);
      },
    });
    const { log, end } = await play(options, [
      trade(10, "100", "5"),
      trade(11, "100", "5"),
      quote(5),
      timer(10),
      { ...trade(6, "100", "5"), instrument: "ETH/USD" },
      timer(11),
      quote(11),
    ]);
    assertEquals(
      refused,
      ["market.quote-5", "timer.fired-10", "market.trade-6"].map((id) =>
        `${id} contract_refused TIME_REGRESSION /event/event_time`
      ),
    );
    assertEquals(end.counts.refused, 3);
    assertEquals(
      end.snapshot.orders.map(({ order_id, status }) => `${order_id} ${status}`).sort(),
      ["market.quote-11", "market.trade-10", "market.trade-11", "timer.fired-11"].flatMap(
        (id) => [`${id}-a filled`, `${id}-b rejected`],
      ),
    );
    assert(log.steps.every(({ event_result }) => event_result.outcome === "applied"));
    assert(moves(log.steps).length > 0);
  });

  test(title("a backtest that lets time regress takes what is late"), async () => {
    const options = rig("backtest", backend, {
      config: {
        ...config("backtest"),
        policy_overrides: { early_fill: null, time_regression: "flag" },
      },
    });
    const { end } = await play(options, [trade(10, "100", "5"), quote(5), trade(6, "100", "5")]);
    assertEquals([end.counts.steps, end.counts.refused], [3, 0]);
  });
}
