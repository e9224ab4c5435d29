import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BACKENDS,
  createCore,
  SimulatedVenue,
  timeline,
  type TimelineEntry,
  type TimelineFilter,
} from "../../src/contracts/mod.ts";
import { test } from "../harness.ts";
import { CONFIG, place, Script } from "./engine/_script.ts";
import { command, Desk, terms, trade } from "./_desk.ts";

/** Two orders: `o1` filled in parts, `o2` cancelled by a command that names no order. */
async function run(): Promise<Desk> {
  const venue = new SimulatedVenue({ balances: [{ currency: "USD", amount: "10000" }] });
  await venue.connect();
  const desk = new Desk(venue);
  await desk.send({ type: "place_order", data: terms("o1") });
  await desk.until("o1", "accepted");
  await desk.send({ type: "place_order", data: terms("o2", { limit_price: "50" }) });
  await desk.until("o2", "accepted");
  for (const status of ["partially_filled", "filled"] as const) {
    const market = trade(desk.tick(), "100", "0.5");
    desk.step(market);
    venue.market(market);
    await desk.until("o1", status);
  }
  desk.step(command(desk.tick(), { command_id: "c1", command: "cancel_all" }));
  return desk;
}

function brief(entry: TimelineEntry): string {
  const { seq_id, kind } = entry;
  if (kind === "event") return `${seq_id} ${entry.event.body.type}`;
  if (kind === "intent") return `${seq_id} ${entry.intent.body.type}`;
  return `${seq_id} ${entry.transition.from} to ${entry.transition.to}`;
}

const FIRST = [
  "1 place_order",
  "1 null to created",
  "1 created to submitted",
  "2 order.report",
  "2 submitted to accepted",
  "6 order.fill",
  "6 accepted to partially_filled",
  "8 order.fill",
  "8 partially_filled to filled",
];

test("timeline() tells the life of an order", async () => {
  await using desk = await run();
  assertEquals(timeline(desk.log, { orderId: "o1" }).map(brief), FIRST);
  assertEquals(timeline(desk.log, { orderId: "o2" }).map(brief), [
    "3 place_order",
    "3 null to created",
    "3 created to submitted",
    "4 order.report",
    "4 submitted to accepted",
    "9 control.command",
    "9 accepted to cancel_pending",
  ]);
  assertEquals(timeline(desk.log, { orderId: "o3" }), []);
});

test("timeline() follows a trace from the event that caused an order to its last fill", async () => {
  await using desk = await run();
  const traceId = desk.order("o1")?.trace_id;
  assert(traceId !== undefined);
  assertEquals(timeline(desk.log, { traceId }).map(brief), ["1 timer.fired", ...FIRST]);
  // The trace is the timer's own: derived from the run and the step, never random.
  assertEquals(desk.log[0]?.event.trace?.trace_id, traceId);
  const market = desk.log.find(({ event }) => event.body.type === "market.trade")?.event;
  assertEquals(timeline(desk.log, { traceId: market?.trace?.trace_id ?? "" }).map(brief), [
    "5 market.trade",
  ]);
});

for (const backend of BACKENDS) {
  test(`timeline() of a trace has what came of its order without a transition: ${backend}`, () => {
    const { steps } = new Script()
      .timer(place("o1"))
      .timer(place("o2"))
      .report("o1", "accepted")
      .fill("o1", "f1", "0.5")
      .fill("o1", "f2", "0.7")
      .fill("o2", "f3", "1")
      .report("o1", "status", { status: "filled", cum_filled: "1" })
      .command("cancel_all");
    using core = createCore(CONFIG, { backend });
    const log = steps.map(({ event, intents }) => core.step(event, intents));
    const codes = log.map(({ event_result }) => event_result.code);
    assertEquals([codes[4], codes[5]], ["OVERFILL", "FILL_BEFORE_ACCEPT"]);
    const traceId = log[0]?.event.trace?.trace_id ?? "";
    const traces = log.map(({ event }) => event.trace?.trace_id);
    assertEquals(traces.filter((id) => id === traceId).length, 1);
    const entries = timeline(log, { traceId }).map(brief);
    assertEquals(entries, [
      "1 timer.fired",
      "1 place_order",
      "1 null to created",
      "1 created to submitted",
      "3 order.report",
      "3 submitted to accepted",
      "4 order.fill",
      "4 accepted to partially_filled",
      "5 order.fill",
      "7 order.report",
      "8 control.command",
      "8 partially_filled to cancel_pending",
    ]);
    assertEquals(timeline(log, { orderId: "o1" }).map(brief), entries.slice(1));
    // The trace that the rejected fill began is the fill alone.
    assertEquals(timeline(log, { traceId: traces[4] ?? "" }).map(brief), ["5 order.fill"]);
    // A log that begins after the order was placed shows it from its next transition on.
    assertEquals(timeline(log.slice(3), { traceId }).map(brief), entries.slice(6));
  });
}

test("Spans of a trace form a tree under its event", async () => {
  await using desk = await run();
  const traceId = desk.order("o1")?.trace_id ?? "";
  const spans = new Map<string, string | null>();
  for (const entry of timeline(desk.log, { traceId })) {
    const { trace } = entry.kind === "event"
      ? entry.event
      : entry.kind === "intent"
      ? entry.intent
      : entry.transition;
    if (trace?.trace_id === traceId) spans.set(trace.span_id, trace.parent_span_id);
  }
  const roots = [...spans].filter(([, parent]) => parent === null);
  assertEquals(roots.map(([span]) => span), [desk.log[0]?.event.trace?.span_id]);
  const intent = desk.log[0]?.intents[0]?.trace;
  assertEquals(intent?.parent_span_id, desk.log[0]?.event.trace?.span_id);
  const placed = desk.log[0]?.intent_results[0]?.transitions ?? [];
  for (const { trace } of placed) assertEquals(trace?.parent_span_id, intent?.span_id);
});

test("timeline() wants an order or a trace, and not both", () => {
  for (const filter of [{}, { orderId: "a", traceId: "b" }, { orderId: 1 }]) {
    assertThrows(() => timeline([], filter as TimelineFilter), TypeError, "one of orderId");
  }
});
