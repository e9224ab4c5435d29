/**
 * A run keeps the policy of its mode, in every mode and on every backend.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MODE_POLICY } from "../../src/contracts/generated/data.ts";
import {
  BACKENDS,
  ContractRun,
  type ContractRunOptions,
  type EngineEvent,
  type InvariantAlert,
  type Mode,
  type ModePolicyRow,
  RecordedVenue,
  RecordingVenue,
  type RunResume,
} from "../../src/contracts/mod.ts";
import { CancelledError, ContractError } from "../../src/errors.ts";
import { test, turn } from "../harness.ts";
import { command, config, event, trade } from "./_desk.ts";
import {
  Log,
  MODES,
  moves,
  order,
  outside,
  play,
  rig,
  simulator,
  strategy,
  timer,
  trades,
} from "./_run.ts";
import { sealed } from "./engine/_states.ts";

function policy(mode: Mode): Readonly<ModePolicyRow> {
  const row = MODE_POLICY.find((row) => row.mode === mode);
  assert(row !== undefined);
  return row;
}

/** The rule that keeps a run from starting, or null if it starts. */
async function refusal(options: ContractRunOptions): Promise<unknown> {
  try {
    await using _run = await ContractRun.start(options);
    return null;
  } catch (error) {
    assert(error instanceof ContractError, String(error));
    assertEquals(error.code, "contract_run_policy");
    assertEquals(error.data.mode, options.config.mode);
    return error.data.rule;
  } finally {
    await options.venue.close();
  }
}

function without(options: ContractRunOptions, name: keyof ContractRunOptions): ContractRunOptions {
  const { [name]: _left, ...rest } = options;
  return rest as ContractRunOptions;
}

/** A venue that plays what was recorded: it was connected. */
async function recorded(): Promise<RecordedVenue> {
  const recording = new RecordingVenue(simulator());
  await recording.connect();
  await recording.close();
  return new RecordedVenue(recording.recording());
}

/** A run with an open order that goes on with a dollar too few, which the hashes do not tell. */
async function broken(mode: Mode): Promise<RunResume> {
  const log = new Log();
  const options = rig(mode, "typescript", {
    log: log.write,
    strategy: strategy(({ event: { body } }) =>
      body.type === "market.trade" ? [order("o1", "buy", "1", "50")] : []
    ),
  });
  const run = await ContractRun.start(options);
  await run.push(trade(1, "100", "5"));
  await run.push(timer(2));
  // In a backtest it shows that the moment before it is complete.
  await run.push(timer(3));
  while (run.position < 2) await turn();
  const checkpoint = await run.checkpoint();
  await run.close();
  await options.venue.close();
  assertEquals(moves(log.steps).at(-1), "o1: accepted");
  const prev_hash = log.steps.at(-1)?.step_hash ?? "";
  const memory = { keys: checkpoint.idempotency, prev_hash };
  const cash = [{ currency: "USD", amount: "9999" }];
  const { snapshot } = sealed(config(mode), { ...checkpoint.snapshot, cash }, memory);
  return { checkpoint: { ...checkpoint, snapshot }, records: log.steps };
}

for (const backend of BACKENDS) {
  for (const mode of MODES) {
    const title = (what: string) => `ContractRun, ${mode}, ${backend}: ${what}`;

    test(title("orders leave the process only where the mode says so"), async () => {
      // MDL-002
      const simulated = policy(mode).execution_path === "simulator";
      const venue = outside(simulator());
      assertEquals(
        await refusal(rig(mode, backend, { venue })),
        simulated ? "execution_path" : null,
      );
      const recording = new RecordingVenue(outside(simulator()));
      assertEquals(
        await refusal(rig(mode, backend, { venue: recording })),
        simulated ? "execution_path" : null,
      );
      for (const inner of [simulator(), new RecordingVenue(simulator())]) {
        assertEquals(await refusal(rig(mode, backend, { venue: inner })), null);
      }
      assertEquals(await refusal(rig(mode, backend, { venue: await recorded() })), null);
    });

    test(title("what a venue answers in its own time is not for a backtest"), async () => {
      const late = outside(simulator(), { simulated: true });
      const forbidden = policy(mode).core_environment === "forbidden";
      assertEquals(
        await refusal(rig(mode, backend, { venue: late })),
        forbidden ? "core_environment" : null,
      );
    });

    test(title("a clock is read only where it may be"), async () => {
      // MDL-009
      const forbidden = policy(mode).core_environment === "forbidden";
      const now = () => {
        throw new Error("The clock was read");
      };
      const given = { ...trade(1, "100", "5"), event_id: "given", ingest_time: "7" };
      if (forbidden) {
        const untimed = { ...trade(2, "100", "5"), event_time: null };
        const refused: string[] = [];
        const { log, end } = await play(
          rig(mode, backend, {
            now,
            strategy: strategy(({ event }) =>
              event.event_id === "given" ? [order("o1", "buy", "1")] : []
            ),
            onRefused: ({ event_id }, { data }) => refused.push(`${event_id} ${data.code}`),
          }),
          [given, untimed, trade(3, "100", "5")],
        );
        assertEquals(refused, ["market.trade-2 MISSING_EVENT_TIME"]);
        assertEquals(end.counts.refused, 1);
        for (const { event } of log.steps) {
          assertEquals(event.ingest_time, event.event_id === "given" ? "7" : null);
        }
        return;
      }
      const { log } = await play(rig(mode, backend), [given, trade(2, "100", "5"), timer(3)]);
      const stamps = log.steps.map(({ event }) => event.ingest_time);
      assertEquals(stamps[0], "7");
      assert(stamps.every((time) => time !== null));
      const failing = rig(mode, backend, { now });
      const error = await assertRejects(() => play(failing, [trade(1, "100", "5")]), ContractError);
      assertEquals([error.code, error.data.callback], ["contract_run_callback", "now"]);
    });

    test(title("what cannot be read is refused, and the run goes on"), async () => {
      const good = [trade(1, "100", "5"), trade(2, "101", "5")];
      const broken = [
        { ...trade(1, "100", "5"), event_id: "no-producer", producer: undefined },
        { ...trade(1, "100", "5"), event_id: "time", event_time: "soon" },
        { ...trade(1, "100", "5"), event_id: "number", event_time: 5 },
        { ...trade(1, "100", "5"), event_id: "no-data", body: { type: "order.fill" } },
        { ...trade(1, "100", "5"), event_id: "no-type", body: {} },
      ] as unknown as EngineEvent[];
      for (const validation of ["off", "boundary"] as const) {
        const refused: string[] = [];
        const { log, end } = await play(
          rig(mode, backend, {
            validation,
            strategy: strategy(({ event }) =>
              event.event_id === good[0]?.event_id ? [order("o1", "buy", "1")] : []
            ),
            onRefused: ({ event_id }, { data }) => refused.push(`${event_id} ${data.code}`),
          }),
          [good[0] as EngineEvent, ...broken, good[1] as EngineEvent],
        );
        const wanted = broken.map(({ event_id }) => `${event_id} SCHEMA_INVALID`);
        assertEquals(refused.sort(), wanted.sort());
        assertEquals(end.counts.refused, broken.length);
        const steps = log.steps.map(({ event }) => event.event_id);
        assertEquals(
          steps.filter((id) => id.startsWith("market")),
          good.map((one) => one.event_id),
        );
      }
    });

    test(title("a missing time is the arrival's, or refused"), async () => {
      // MDL-001
      const untimed = { ...trade(1, "100", "5"), event_time: null };
      const { log, end } = await play(rig(mode, backend), [untimed]);
      if (policy(mode).missing_event_time === "reject") {
        assertEquals([end.counts.steps, end.counts.refused], [0, 1]);
        return;
      }
      const [step] = log.steps;
      assertEquals(step?.event_result.outcome, "applied");
      assertEquals(step?.event.event_time, step?.event.ingest_time);
    });

    test(title("a full queue blocks, or drops market data and nothing else"), async () => {
      // MDL-010
      const drops = policy(mode).queue_full === "drop_market_data";
      const run = await ContractRun.start(rig(mode, backend, { capacity: 3 }));
      const input = [
        ...trades("100", "101", "102", "103", "104", "105"),
        timer(7),
        event(8, {
          type: "market.quote",
          data: { bid_price: "99", bid_size: "1", ask_price: "101", ask_size: "1" },
        }, { instrument: "BTC/USD", venue: "test" }),
        command(9, { command_id: "c1", command: "reconcile" }),
      ];
      // Pushed at once: nothing is stepped in between.
      const settled: string[] = [];
      const pushed = input.map((event) =>
        run.push(event).then((queued) => {
          settled.push(event.event_id);
          return queued;
        })
      );
      const queued = await Promise.all(pushed);
      const { counts, golden } = await run.finish();
      const dropped = drops ? { bar: 0, trade: 3, quote: 1 } : { bar: 0, trade: 0, quote: 0 };
      assertEquals(counts.dropped, {
        "market.bar": dropped.bar,
        "market.trade": dropped.trade,
        "market.quote": dropped.quote,
      });
      assertEquals(queued.filter((one) => !one).length, dropped.trade + dropped.quote);
      assertEquals(golden.steps, input.length - dropped.trade - dropped.quote);
      assertEquals(counts.unstepped, 0);
      assertEquals(queued.slice(6), [true, !drops, true]);
    });

    test(title("a source is not read on while the queue is full"), async () => {
      // MDL-010
      if (policy(mode).queue_full !== "block") return;
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let read = 0;
      function* source(): Generator<EngineEvent> {
        for (const event of trades(...Array.from({ length: 40 }, () => "100"))) {
          read++;
          yield event;
        }
      }
      const run = await ContractRun.start(rig(mode, backend, {
        capacity: 4,
        // The header is written when the run first waits: what the run does next has to wait for it.
        log: () => held,
      }));
      await turn();
      const fed = run.feed(source());
      await turn();
      await turn();
      assertEquals(read, 5);
      release();
      await fed;
      assertEquals((await run.finish()).golden.steps, 40);
      assertEquals(read, 40);
    });

    test(title("it starts with a kill switch where it needs one"), async () => {
      // MDL-011
      const needed = policy(mode).kill_switch;
      assertEquals(
        await refusal(without(rig(mode, backend), "killSwitch")),
        needed ? "kill_switch" : null,
      );
    });

    test(title("it starts when its name confirms it, where that is needed"), async () => {
      // MDL-012
      const needed = policy(mode).explicit_confirmation ? "explicit_confirmation" : null;
      assertEquals(await refusal(without(rig(mode, backend), "confirm")), needed);
      assertEquals(await refusal(rig(mode, backend, { confirm: "other" })), needed);
      assertEquals(await refusal(rig(mode, backend, { confirm: "" })), needed);
      assertEquals(await refusal(rig(mode, backend)), null);
    });

    test(
      title("the kill switch stops orders and cancels open ones, ahead of the queue"),
      async () => {
        // MDL-011
        const kill = new AbortController();
        const log = new Log();
        let orders = 0;
        const run = await ContractRun.start(rig(mode, backend, {
          log: log.write,
          killSwitch: kill.signal,
          strategy: strategy(({ event }) => {
            if (event.body.type !== "market.trade") return;
            return [order(`o${++orders}`, "buy", "1", "50")];
          }),
          observe: ({ event }) => {
            // While events wait in the queue.
            if (event.event_id === "market.trade-3") kill.abort();
          },
        }));
        await Promise.all(
          trades("100", "101", "102", "103", "104").map((event) => run.push(event)),
        );
        const { snapshot } = await run.finish();
        assertEquals(snapshot.halted, true);
        assertEquals(snapshot.risk_flags, [{ flag: "kill_switch", value: true }]);
        const ends = ["cancelled", "cancelled", "cancelled", "rejected", "rejected"];
        assertEquals(snapshot.orders.map(({ status }) => status), ends);
        const names = log.steps.map(({ event: { body } }) =>
          body.type === "control.command" ? body.data.command : body.type
        );
        const third = names.findIndex((_, at) =>
          log.steps[at]?.event.event_id === "market.trade-3"
        );
        assertEquals(names.slice(third + 1, third + 4), ["set_risk_flag", "halt", "cancel_all"]);
        for (const { event } of log.steps.slice(third + 1, third + 4)) {
          assert(event.event_time !== null);
        }
        const denied = log.steps.flatMap(({ risk }) =>
          risk.filter(({ code }) => code === "HALTED")
        );
        assertEquals(denied.length, 2);
      },
    );

    test(title("a switch that was pulled before lets no order out"), async () => {
      // MDL-011
      const killSwitch = AbortSignal.abort();
      const { end } = await play(
        rig(mode, backend, {
          killSwitch,
          strategy: strategy(({ event }) => [order(`o-${event.event_id}`, "buy", "1")]),
        }),
        trades("100", "101"),
      );
      assertEquals(end.snapshot.orders.map(({ status }) => status), ["rejected", "rejected"]);
      assertEquals(end.counts.sent, 0);
    });

    test(title("a violated invariant ends the run, halts it, or raises the alarm"), async () => {
      // MDL-006
      const { invariant_violation } = policy(mode);
      const alerts: InvariantAlert[] = [];
      const options = rig(mode, backend, {
        resume: await broken(mode),
        onAlert: (alert) => alerts.push(alert),
        strategy: strategy(({ event }) =>
          event.event_id === "market.trade-9" ? [order("late", "buy", "1")] : []
        ),
      });
      const run = await ContractRun.start(options);
      const fill = event(8, {
        type: "order.fill",
        data: {
          order_id: "o1",
          venue_order_id: null,
          fill_id: "f1",
          price: "100",
          quantity: "0.5",
          liquidity: "maker",
          fee: null,
          cum_filled: null,
          remaining: null,
        },
      }, { instrument: "BTC/USD", venue: "simulator" });
      const ended = run.feed([fill, trade(9, "100", "5")]).then(() => run.finish());
      if (invariant_violation === "stop") {
        const error = await assertRejects(() => ended, ContractError);
        assertEquals(error.code, "contract_invariant");
        assertEquals([run.counts.steps, run.counts.violations], [0, 0]);
        assert(run.counts.unstepped >= 1);
        await assertRejects(() => run.push(trade(10, "100", "5")), ContractError);
      } else {
        const { snapshot, counts } = await ended;
        assertEquals([snapshot.halted, counts.violations], [true, 1]);
        assertEquals(
          snapshot.orders.find(({ order_id }) => order_id === "late")?.status,
          "rejected",
        );
      }
      await options.venue.close();
      assertEquals(alerts.length, invariant_violation === "halt_and_alert" ? 1 : 0);
      for (const { violations } of alerts) {
        assertEquals(violations.map(({ code }) => code), ["CONSERVATION"]);
      }
      assertEquals(
        await refusal(without(rig(mode, backend), "onAlert")),
        invariant_violation === "halt_and_alert" ? "invariant_violation" : null,
      );
    });

    test(title("it does not start aborted, and leaves nothing open"), async () => {
      const options = rig(mode, backend, { signal: AbortSignal.abort("enough") });
      const error = await assertRejects(() => ContractRun.start(options), CancelledError);
      assertEquals(error.cause, "enough");
    });
  }
}
