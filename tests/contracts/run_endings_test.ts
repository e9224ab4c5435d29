/**
 * How a run ends, and what is left: nothing is half done, and nothing is lost without a word.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BACKENDS,
  ContractRun,
  type ContractRunOptions,
  type EngineEvent,
  type ExecutionStepResult,
  type PlaceIntent,
  SimulatedVenue,
  type VenueAdapter,
  venueError,
  type VenueFailure,
} from "../../src/contracts/mod.ts";
import {
  CancelledError,
  ClosedError,
  ContractError,
  TendonError,
  VenueError,
} from "../../src/errors.ts";
import { test, turn } from "../harness.ts";
import { config, trade } from "./_desk.ts";
import {
  cancelling,
  Log,
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

/** Buys with a resting order at every trade. */
const resting = strategy(({ event: { event_id, body } }) =>
  body.type === "market.trade" ? [order(`o-${event_id}`, "buy", "1", "50")] : []
);

/** A source that never ends, and says when it was left. */
function endless(): { readonly source: AsyncIterable<EngineEvent>; readonly left: () => boolean } {
  let left = false;
  const iterator: AsyncIterator<EngineEvent> = {
    next: () => new Promise(() => {}),
    return: () => {
      left = true;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { source: { [Symbol.asyncIterator]: () => iterator }, left: () => left };
}

/** Waits until something is the case. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** A venue outside whose first submissions fail. */
function failing(failures: VenueFailure[], inner = simulator()) {
  const asked: string[] = [];
  const venue = outside(inner, {
    submit: (intent: PlaceIntent) => {
      const failure = failures.shift();
      asked.push(`submit ${intent.body.data.order_id}`);
      if (failure === undefined) return inner.submit(intent);
      return Promise.reject(venueError(failure, "Cannot submit: it fails"));
    },
    cancel: (intent) => {
      asked.push(`cancel ${intent.body.data.order_id}`);
      return inner.cancel(intent);
    },
    order: (id) => {
      asked.push(`order ${id}`);
      return inner.order(id);
    },
  });
  return { venue, asked };
}

/** The error with which a run ends, and what is left. */
async function ends(
  options: ContractRunOptions,
  events: Iterable<EngineEvent> | AsyncIterable<EngineEvent>,
): Promise<{ readonly error: TendonError; readonly run: ContractRun }> {
  const run = await ContractRun.start(options);
  const error = await assertRejects(
    () => run.feed(events).then(() => run.finish()),
    TendonError,
  );
  for (const call of [() => run.push(trade(99, "1", "1")), () => run.finish()]) {
    assertEquals(await assertRejects(call), error);
  }
  await run.close();
  await options.venue.close();
  return { error, run };
}

for (const backend of BACKENDS) {
  const title = (what: string) => `ContractRun on ${backend}: ${what}`;

  test(title("close and abort leave what waits, and everybody hears of it"), async () => {
    for (const how of ["close", "abort", "using"] as const) {
      const { source, left } = endless();
      const abort = new AbortController();
      const options = rig("backtest", backend, { signal: abort.signal, strategy: resting });
      const run = await ContractRun.start(options);
      for (const event of trades("100", "101", "102")) await run.push(event);
      await until(() => run.counts.sent === 2);
      const waiting = [run.feed(source), run.feed([])];
      await waiting[1];
      if (how === "abort") abort.abort("enough");
      else if (how === "close") await run.close();
      else {
        await using _run = run;
      }
      const kind = how === "abort" ? CancelledError : ClosedError;
      const error = await assertRejects(() => waiting[0] as Promise<void>, kind);
      if (how === "abort") assertEquals(error.cause, "enough");
      for (
        const call of [
          () => run.finish(),
          () => run.push(trade(9, "1", "1")),
          () => run.checkpoint(),
          () => run.feed([]),
        ]
      ) assertEquals(await assertRejects(call), error);
      assert(left());
      await run.close();
      await run.close();
      const { steps, unstepped, unsent } = run.counts;
      // Two trades and two acceptances; the last moment may have had more events.
      assertEquals([steps, unstepped, unsent, run.position], [4, 1, [], 2]);
      await options.venue.close();
    }
  });

  test(title("finish is the end, however often it is asked for"), async () => {
    const options = rig("backtest", backend, { strategy: resting });
    const run = await ContractRun.start(options);
    await run.push(trade(1, "100", "5"));
    const [first, second] = [run.finish(), run.finish()];
    await assertRejects(() => run.push(trade(2, "100", "5")), ClosedError);
    assertEquals(await first, await second);
    await run.close();
    assertEquals((await run.finish()).counts.steps, 2);
    await assertRejects(() => run.checkpoint(), ClosedError);
    await options.venue.close();
  });

  test(title("a function that throws ends the run, behind a whole step"), async () => {
    const fail = () => {
      throw new Error("no");
    };
    const cases: readonly [string, Partial<ContractRunOptions>, number][] = [
      ["observe", { observe: fail }, 1],
      ["log", { log: fail }, 0],
      ["log", { log: () => Promise.reject(new Error("no")) }, 0],
      ["onRefused", { onRefused: fail }, 0],
    ];
    for (const [callback, members, steps] of cases) {
      const untimed = { ...trade(1, "100", "5"), event_time: null };
      const source = callback === "onRefused" ? [untimed] : trades("100");
      const { error, run } = await ends(
        rig("backtest", backend, { strategy: resting, ...members }),
        source,
      );
      assertEquals([error.code, error.data.callback], ["contract_run_callback", callback]);
      assert(error.cause instanceof Error);
      if (callback === "observe") assertEquals([run.counts.steps, run.counts.sent], [steps, 1]);
      assertEquals(run.counts.unsent, []);
    }
    const { error, run } = await ends(
      rig("backtest", backend, {
        strategy: { ...resting, onTransitions: fail },
      }),
      trades("100"),
    );
    assertEquals([error.code, run.counts.steps], ["contract_run_strategy", 1]);
  });

  test(title("orders that answer orders without end do not go on"), async () => {
    let placed = 0;
    // Each fill is answered with the next order.
    const answering = strategy(() => [order(`o-${++placed}`, placed % 2 ? "buy" : "sell", "1")]);
    const log = new Log();
    const { error, run } = await ends(
      rig("backtest", backend, { strategy: answering, maxOrdersPerEvent: 5, log: log.write }),
      trades("100", "101"),
    );
    assertEquals([error.code, error.data.limit], ["contract_run_order_storm", 5]);
    assert(error.message.includes("raise maxOrdersPerEvent"), error.message);
    assertEquals([run.counts.sent, run.counts.unsent], [5, []]);
    assertEquals(log.steps.flatMap(({ intents }) => intents).length, 5);

    // As many per event are none too many.
    const each = strategy(({ event: { event_id, body } }) =>
      body.type === "market.trade"
        ? [1, 2, 3].map((index) => order(`${index}-${event_id}`, "buy", "1", "50"))
        : []
    );
    const options = rig("backtest", backend, { strategy: each, maxOrdersPerEvent: 3 });
    const { end } = await play(options, trades("100", "101", "102"));
    assertEquals(end.counts.sent, 9);
  });

  test(title("a log that cannot be written lets nothing out"), async () => {
    const { venue, asked } = failing([]);
    let writes = 0;
    const { error, run } = await ends(
      rig("sandbox", backend, {
        venue,
        strategy: resting,
        log: () => {
          // The header is written, and the step is not.
          if (++writes > 1) throw new Error("full");
        },
      }),
      (async function* () {
        await turn();
        yield* trades("100");
      })(),
    );
    assertEquals(error.data.callback, "log");
    assertEquals(asked, []);
    assertEquals(run.counts.unsent, ["desk/1/0"]);
  });

  test(title("a source that fails does not end the run"), async () => {
    const options = rig("backtest", backend);
    const run = await ContractRun.start(options);
    await assertRejects(
      () =>
        run.feed((function* () {
          yield trade(1, "100", "5");
          throw new Error("torn");
        })()),
      Error,
      "torn",
    );
    await run.feed(trades("101").map((event) => ({ ...event, event_id: "again" })));
    assertEquals((await run.finish()).counts.steps, 2);
    await options.venue.close();
  });

  test(title("what a venue refuses becomes a report"), async () => {
    const { venue, asked } = failing([{ code: "venue_rejected", reasonCode: "price_band" }]);
    const log = new Log();
    const run = await ContractRun.start(
      rig("live", backend, { venue, strategy: resting, log: log.write }),
    );
    await run.push(trade(1, "100", "5"));
    const { counts } = await run.finish();
    assertEquals(asked, ["submit o-market.trade-1"]);
    assertEquals([counts.sent, counts.refusedByVenue, counts.unsent], [0, 1, []]);
    assertEquals(moves(log.steps), [
      "o-market.trade-1: created",
      "o-market.trade-1: submitted",
      "o-market.trade-1: rejected",
    ]);
    await venue.close();
  });

  test(title("what nobody knows is asked for, and what was lost is sent again"), async () => {
    const { venue, asked } = failing([
      { code: "venue_unknown_outcome" },
      { code: "venue_transient", retryAfterMs: 0 },
    ]);
    const run = await ContractRun.start(rig("live", backend, { venue, strategy: resting }));
    await run.push(trade(1, "100", "5"));
    const { counts } = await run.finish();
    const submit = "submit o-market.trade-1";
    assertEquals(asked, [submit, "order o-market.trade-1", submit, submit]);
    assertEquals([counts.sent, counts.unsent], [1, []]);
    await venue.close();
  });

  test(title("a venue that cannot go on ends the run, which says what is unsent"), async () => {
    for (
      const failures of [
        [{ code: "venue_fatal" }],
        Array.from({ length: 3 }, () => ({ code: "venue_transient", retryAfterMs: 0 })),
      ] as VenueFailure[][]
    ) {
      const { venue } = failing(failures);
      const options = rig("live", backend, { venue, strategy: resting, attempts: 3 });
      const { error, run } = await ends(options, trades("100"));
      assert(error instanceof VenueError);
      assertEquals(run.counts.unsent, ["desk/1/0"]);
    }
  });

  test(title("an end does not wait for an attempt that is far away"), async () => {
    const { venue } = failing([{ code: "venue_transient", retryAfterMs: 2_000_000_000 }]);
    const run = await ContractRun.start(rig("live", backend, {
      venue,
      strategy: strategy(({ event: { event_id } }) =>
        event_id === "market.trade-1"
          ? [order("o1", "buy", "1", "50")]
          : event_id === "market.trade-2"
          ? [cancelling("o1")]
          : []
      ),
    }));
    await run.feed(trades("100", "101"));
    await until(() => run.counts.steps === 2);
    await run.close();
    assertEquals(run.counts.unsent, ["desk/1/0", "desk/2/0"]);
    await venue.close();
  });

  test(
    title("the kill switch works while a venue does not answer, and its cancels follow"),
    async () => {
      const inner = simulator();
      const asked: string[] = [];
      let answer = () => {};
      const venue = outside(inner, {
        submit: async (intent) => {
          const { order_id } = intent.body.data;
          asked.push(`submit ${order_id}`);
          await inner.submit(intent);
          if (order_id === "o-market.trade-1") {
            await new Promise<void>((resolve) => {
              answer = resolve;
            });
          }
        },
        cancel: (intent) => {
          asked.push(`cancel ${intent.body.data.order_id}`);
          return inner.cancel(intent);
        },
      });
      const kill = new AbortController();
      const run = await ContractRun.start(
        rig("live", backend, { venue, strategy: resting, killSwitch: kill.signal }),
      );
      await run.feed(trades("100", "101"));
      await until(() => asked.length === 2);
      kill.abort();
      // The other order is cancelled although the first one is not answered.
      await until(() => asked.length === 3);
      await run.push(trade(3, "102", "5"));
      answer();
      await until(() => asked.length === 4);
      await until(() => run.counts.steps >= 3 + 2 + 3 + 2);
      const { snapshot } = await run.finish();
      assertEquals(asked, [
        "submit o-market.trade-1",
        "submit o-market.trade-2",
        "cancel o-market.trade-2",
        "cancel o-market.trade-1",
      ]);
      assertEquals(
        snapshot.orders.map(({ status }) => status),
        ["cancelled", "cancelled", "rejected"],
      );
      await venue.close();
    },
  );

  test(
    title("the kill switch ends the storm of a strategy that answers its own reports"),
    async () => {
      const kill = new AbortController();
      let orders = 0;
      const options = rig("backtest", backend, {
        validation: "off",
        killSwitch: kill.signal,
        maxOrdersPerEvent: 1_000_000,
        strategy: strategy(() => [order(`o${++orders}`, "buy", "0.001")]),
      });
      const run = await ContractRun.start(options);
      await run.push(trade(1, "100", "5"));
      const ended = run.finish();
      await until(() => orders > 300);
      kill.abort();
      const { snapshot, counts } = await ended;
      assertEquals([snapshot.halted, counts.unstepped, counts.unsent], [true, 0, []]);
      await options.venue.close();
    },
  );

  test(title("a run is blind without reports, and ends"), async () => {
    const endings: readonly (() => AsyncIterator<EngineEvent>)[] = [
      () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
      () => ({ next: () => Promise.reject(venueError({ code: "venue_fatal" }, "Cannot hear")) }),
      // A report that is none: money may have moved.
      () => ({ next: () => Promise.resolve({ done: false, value: { body: {} } as EngineEvent }) }),
    ];
    for (const [index, reports] of endings.entries()) {
      const venue = outside(simulator(), {
        reports: () => ({ [Symbol.asyncIterator]: reports }),
      });
      const run = await ContractRun.start(rig("live", backend, { venue }));
      const error = await assertRejects(() => run.feed(endless().source), TendonError);
      assertEquals(error.code, index === 2 ? "contract_refused" : "venue_fatal");
      await run.close();
      await venue.close();
    }
  });

  test(title("a slow log makes a live run drop market data, and nothing else"), async () => {
    const kill = new AbortController();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log = new Log();
    const run = await ContractRun.start(rig("live", backend, {
      capacity: 2,
      killSwitch: kill.signal,
      log: async (lines) => {
        await held;
        log.write(lines);
      },
    }));
    await turn();
    const queued = await Promise.all([
      ...trades("100", "101", "102", "103").map((event) => run.push(event)),
      run.push(timer(5)),
    ]);
    assertEquals(queued, [true, true, false, false, true]);
    kill.abort();
    release();
    const { counts } = await run.finish();
    assertEquals(counts.dropped["market.trade"], 2);
    const names = log.steps.map(({ event: { body } }) => body.type);
    assertEquals(names, [
      "control.command",
      "control.command",
      "control.command",
      "market.trade",
      "market.trade",
      "timer.fired",
    ]);
  });
}

test("ContractRun.start() stops at its signal while the venue connects", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  let late = (_error: Error) => {};
  const venue = outside(simulator(), {
    connect: () =>
      new Promise((_, reject) => {
        late = reject;
      }),
  });
  const started = ContractRun.start(rig("live", "typescript", { venue, signal: abort.signal }));
  abort.abort(reason);
  const error = await assertRejects(() => started, CancelledError);
  assertEquals(error.cause, reason);
  // Nobody hears of it any more.
  late(new Error("too late"));
  await turn();
});

test("ContractRun.start() leaves nothing open when the venue cannot be connected", async () => {
  const venue: VenueAdapter = outside(simulator(), {
    connect: () => Promise.reject(venueError({ code: "venue_fatal" }, "Cannot connect")),
  });
  await assertRejects(() => ContractRun.start(rig("live", "rust", { venue })), VenueError);
  await venue.close();
});

test("ContractRun.start() refuses what has the wrong form", async () => {
  const good = rig("live", "typescript");
  const bad: readonly [unknown, typeof TypeError | typeof RangeError | typeof ContractError][] = [
    [undefined, TypeError],
    [{ ...good, config: undefined }, TypeError],
    [{ ...good, config: { ...config("live"), mode: "demo" } }, TypeError],
    [{ ...good, config: { ...config("live"), base_currency: "?" } }, ContractError],
    [{ ...good, backend: "wasm" }, TypeError],
    [{ ...good, venue: null }, TypeError],
    [{ ...good, strategy: () => [] }, TypeError],
    [{ ...good, strategy: { id: "x" } }, TypeError],
    [{ ...good, capacity: 0 }, RangeError],
    [{ ...good, capacity: 1.5 }, RangeError],
    [{ ...good, attempts: 0 }, RangeError],
    [{ ...good, maxOrdersPerEvent: 0 }, RangeError],
    [{ ...good, killSwitch: {} }, TypeError],
    [{ ...good, signal: true }, TypeError],
    [{ ...good, now: 5 }, TypeError],
    [{ ...good, observe: "log" }, TypeError],
    [{ ...good, log: {} }, TypeError],
  ];
  for (const [options, kind] of bad) {
    await assertRejects(() => ContractRun.start(options as ContractRunOptions), kind);
  }
  const run = await ContractRun.start(good);
  await assertRejects(() => run.push(null as unknown as EngineEvent), TypeError);
  await assertRejects(() => run.push({} as unknown as EngineEvent), TypeError);
  await assertRejects(() => run.feed(5 as unknown as EngineEvent[]), TypeError);
  await assertRejects(() => run.feed({} as unknown as EngineEvent[]), TypeError);
  await run.close();
  await good.venue.close();
});

test("Where a run steps in event time, a report that is later than the next event waits for it", async () => {
  // A venue that answers two seconds late.
  class Slow extends SimulatedVenue {
    override drain(): readonly EngineEvent[] {
      return super.drain().map((report) => ({
        ...report,
        event_time: String(BigInt(report.event_time ?? "0") + 2_500_000_000n),
      }));
    }
  }
  const steps: ExecutionStepResult[] = [];
  const venue = new Slow({ balances: [{ currency: "USD", amount: "10000" }] });
  const run = await ContractRun.start(rig("backtest", "typescript", {
    venue,
    strategy: strategy(({ event: { event_id } }) =>
      event_id === "market.trade-1" ? [order("o1", "buy", "1")] : []
    ),
    observe: (result) => steps.push(result),
  }));
  await run.feed(trades("100", "101", "102", "103", "104"));
  await run.finish();
  await venue.close();
  assertEquals(
    steps.map(({ event: { body, event_id } }) =>
      body.type === "market.trade" ? event_id : body.type
    ),
    [
      "market.trade-1",
      "market.trade-2",
      "market.trade-3",
      "order.report",
      "order.fill",
      "market.trade-4",
      "market.trade-5",
    ],
  );
});
