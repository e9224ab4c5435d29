/**
 * What a run does about a venue that does not answer, that fails otherwise than it should, or that
 * reports late.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BACKENDS,
  ContractRun,
  type ContractRunOptions,
  type CoreBackend,
  deliver,
  type EngineEvent,
  type ExecutionStepResult,
  type PlaceIntent,
  type RunResume,
  SimulatedVenue,
  type VenueAdapter,
  venueError,
  verifyReplay,
} from "../../src/contracts/mod.ts";
import { CancelledError, ClosedError, VenueError } from "../../src/errors.ts";
import { test, turn } from "../harness.ts";
import { at, config, intent, terms, trade } from "./_desk.ts";
import { cancelling, Log, order, outside, play, rig, simulator, strategy, trades } from "./_run.ts";

/** Buys with a resting order at every trade. */
const resting = strategy(({ event: { event_id, body } }) =>
  body.type === "market.trade" ? [order(`o-${event_id}`, "buy", "1", "50")] : []
);

/** A simulated venue with some members of its own; it drains, as a backtest asks for. */
function draining(members: Partial<VenueAdapter>): VenueAdapter {
  const inner = simulator();
  return outside(inner, { simulated: true, drain: () => inner.drain(), ...members });
}

for (const backend of BACKENDS) {
  const title = (what: string) => `ContractRun on ${backend}: ${what}`;

  test(title("an end does not wait for a venue that does not answer"), async () => {
    const leave = async (mode: "live" | "backtest", how: "close" | "abort") => {
      const asked: string[] = [];
      let late = (_error: Error) => {};
      const members: Partial<VenueAdapter> = {
        submit: ({ body: { data } }) => {
          asked.push(`submit ${data.order_id}`);
          return new Promise((_, reject) => {
            late = reject;
          });
        },
        order: (id) => {
          asked.push(`order ${id}`);
          return Promise.resolve(null);
        },
      };
      const venue = mode === "live" ? outside(simulator(), members) : draining(members);
      const abort = new AbortController();
      const options = rig(mode, backend, { venue, strategy: resting, signal: abort.signal });
      const run = await ContractRun.start(options);
      await run.push(trade(1, "100", "5"));
      const ended = run.finish();
      // Whoever is late to look at it has not missed it.
      ended.catch(() => {});
      while (asked.length === 0) await turn();
      if (how === "abort") abort.abort();
      else await run.close();
      await assertRejects(() => ended, how === "abort" ? CancelledError : ClosedError);
      assertEquals([run.counts.sent, run.counts.unsent], [0, ["desk/1/0"]]);
      // Nobody asks about it any more.
      late(venueError({ code: "venue_unknown_outcome" }, "Cannot submit: nobody knows"));
      await turn();
      assertEquals(asked, ["submit o-market.trade-1"]);
      assertEquals(run.counts.unsent, ["desk/1/0"]);
      await venue.close();
    };
    await Promise.all([
      leave("live", "close"),
      leave("live", "abort"),
      leave("backtest", "close"),
      leave("backtest", "abort"),
    ]);
  });

  test(title("an end waits for an answer that is on its way"), async () => {
    const inner = simulator();
    let answer: (() => void) | undefined;
    const venue = outside(inner, {
      submit: async (intent) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        await inner.submit(intent);
      },
    });
    const run = await ContractRun.start(rig("live", backend, { venue, strategy: resting }));
    await run.push(trade(1, "100", "5"));
    while (answer === undefined) await turn();
    const closed = run.close();
    answer();
    await closed;
    assertEquals([run.counts.sent, run.counts.unsent], [1, []]);
    await venue.close();
  });

  test(title("what a venue throws that is no VenueError is fatal, with its cause"), async () => {
    const cause = new Error("x");
    const fail = () => Promise.reject(cause);
    const toss = () => {
      throw cause;
    };
    const cases: readonly [string, VenueAdapter, "live" | "backtest"][] = [
      ["submit", outside(simulator(), { submit: fail }), "live"],
      ["submit at once", outside(simulator(), { submit: toss }), "live"],
      [
        "order",
        outside(simulator(), {
          submit: () => Promise.reject(venueError({ code: "venue_unknown_outcome" }, "Cannot")),
          order: fail,
        }),
        "live",
      ],
      ["reports", outside(simulator(), { reports: toss }), "live"],
      [
        "a report",
        outside(simulator(), {
          reports: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
        }),
        "live",
      ],
      ["market", outside(simulator(), { market: toss }), "live"],
      ["submit", draining({ submit: fail }), "backtest"],
      ["drain", draining({ drain: toss }), "backtest"],
    ];
    for (const [name, venue, mode] of cases) {
      const run = await ContractRun.start(rig(mode, backend, { venue, strategy: resting }));
      const error = await assertRejects(
        // Reports are not waited for at the end.
        () => run.feed(endless(trades("100", "101"))).then(() => run.finish()),
        VenueError,
      );
      assertEquals([error.code, error.cause], ["venue_fatal", cause], name);
      assert(error.message.includes(`venue "simulator" failed`), error.message);
      await run.close();
      await venue.close();
    }
    const venue = outside(simulator(), { connect: fail });
    const error = await assertRejects(
      () => ContractRun.start(rig("live", backend, { venue })),
      VenueError,
    );
    assertEquals([error.code, error.cause], ["venue_fatal", cause]);
    await venue.close();
  });

  test(
    title("late reports wait for their time, and a refusal does not wait for them"),
    async () => {
      const { log, end } = await slow(backend);
      const heard = log.steps.flatMap(({ event: { event_time, body } }) =>
        body.type === "order.fill"
          ? [`${event_time} ${body.data.order_id} fill`]
          : body.type === "order.report"
          ? [`${event_time} ${body.data.order_id} ${body.data.report}`]
          : []
      );
      const after = (second: number) => String(BigInt(at(second)) + 1_500_000_000n);
      assertEquals(heard, [
        `${at(2)} o2 rejected`,
        `${after(1)} o1 accepted`,
        `${after(1)} o1 fill`,
        // It ended at the venue, which is not known here yet.
        `${at(5)} o3 cancel_rejected`,
        `${after(5)} o3 accepted`,
        `${after(5)} o3 fill`,
        `${after(5)} o3 cancelled`,
      ]);
      assertEquals(
        end.snapshot.orders.map(({ order_id, status }) => [order_id, status]),
        [["o1", "filled"], ["o2", "rejected"], ["o3", "cancelled"]],
      );
      const times = log.steps.map(({ event }) => BigInt(event.event_time ?? "0"));
      assert(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n)));
      assertEquals(
        verifyReplay(log.text, { config: config("backtest"), golden: end.golden }, BACKENDS)
          .departure,
        null,
      );
    },
  );

  test(title("with late reports a backtest is the same again, also after a resume"), async () => {
    const { log, end } = await slow(backend);
    const again = await slow(backend);
    assertEquals(again.log.text, log.text);
    // While reports are on their way.
    const part = new Log();
    const options = slowOptions(backend, { log: part.write });
    const run = await ContractRun.start(options);
    await run.feed(SLOW.slice(0, 2));
    while (run.counts.sent === 0) await turn();
    const checkpoint = await run.checkpoint();
    // The second trade, and what became of the order of the first.
    assertEquals([run.position, run.counts.unstepped], [1, 3]);
    await run.feed(SLOW.slice(2, 4));
    await turn();
    await run.close();
    await options.venue.close();
    const steps: ExecutionStepResult[] = log.steps;
    for (let last = checkpoint.cursor; last <= steps.length; last++) {
      const rest = await slow(backend, { checkpoint, records: steps.slice(0, last) });
      assertEquals(rest.end.golden, end.golden, String(last));
    }
    const rest = await slow(backend, { checkpoint, records: part.steps });
    assertEquals(part.text + rest.log.text, log.text);
  });
}

/** Yields, and never ends. */
async function* endless(events: readonly EngineEvent[]): AsyncGenerator<EngineEvent> {
  yield* events;
  await new Promise(() => {});
}

const SLOW = trades("100", "101", "102", "103", "104", "105");

/** A run over a venue without limit orders that reports a second and a half late. */
function slowOptions(backend: CoreBackend, members: Partial<ContractRunOptions> = {}) {
  return rig("backtest", backend, {
    venue: new SimulatedVenue({
      balances: [{ currency: "USD", amount: "10000" }],
      capabilities: { order_types: ["market"], time_in_force: ["gtc"], replace: false },
      latencyMs: 1500,
    }),
    strategy: strategy(({ event: { event_id } }) =>
      event_id === "market.trade-1"
        ? [order("o1", "buy", "1")]
        : event_id === "market.trade-2"
        ? [order("o2", "buy", "1", "90")]
        : event_id === "market.trade-5"
        ? [order("o3", "buy", "9"), cancelling("o3")]
        : []
    ),
    ...members,
  });
}

async function slow(backend: CoreBackend, resume?: RunResume) {
  const members = resume === undefined ? {} : { resume };
  const position = Number(
    resume?.checkpoint.metadata.find(({ key }) => key === "run.position")?.value ?? 0,
  );
  return await play(slowOptions(backend, members), SLOW.slice(position));
}

test("deliver() says what a venue threw that is no VenueError", async () => {
  const venue = outside(simulator(), { submit: () => Promise.reject(new TypeError("x")) });
  const place = intent(1, 1, { type: "place_order", data: terms("o1") }) as PlaceIntent;
  const error = await assertRejects(() => deliver(venue, place), VenueError, "intent-1");
  assertEquals(error.code, "venue_fatal");
  assert(error.cause instanceof TypeError);
  await venue.close();
});
