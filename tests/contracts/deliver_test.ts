import { assertEquals, assertRejects } from "@std/assert";
import {
  type Capabilities,
  deliver,
  type OrderStatus,
  RecordedVenue,
  type VenueFailure,
  type VenueIntent,
  type VenueOrder,
} from "../../src/contracts/mod.ts";
import { VenueError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { Desk, terms } from "./_desk.ts";

const CAPABILITIES: Capabilities = {
  order_types: ["limit"],
  time_in_force: ["gtc"],
  replace: true,
};
const UNKNOWN: VenueFailure = { code: "venue_unknown_outcome" };
const BUSY: VenueFailure = { code: "venue_transient", retryAfterMs: 250 };
const PLACE: VenueIntent["body"] = { type: "place_order", data: terms("o1") };
const CANCEL: VenueIntent["body"] = {
  type: "cancel_order",
  data: { order_id: "o1", reason: null },
};
const REPLACE: VenueIntent["body"] = {
  type: "replace_order",
  data: { order_id: "o1", quantity: "0.5", limit_price: null, stop_price: null },
};

/** What a venue answers when it is asked: null, an order, or a failure. */
type Answer = VenueOrder | VenueFailure | null;

function shown(status: OrderStatus, quantity = "1"): VenueOrder {
  return {
    order_id: "o1",
    venue_order_id: "v1",
    instrument: "BTC/USD",
    side: "buy",
    status,
    quantity,
    filled: "0",
    limit_price: "100",
  };
}

/** Brings an order to `accepted`, decides `body`, and delivers it to a venue that answers so. */
function delivered(body: VenueIntent["body"], answers: readonly [string, Answer][]) {
  const waited: number[] = [];
  const lines: unknown[] = [{ venue: "x", capabilities: CAPABILITIES }];
  // The intent is known only once it is decided, so the recording is written then.
  const blank = new RecordedVenue(encode(lines));
  const desk = new Desk(blank);
  if (body.type !== "place_order") {
    desk.decide(PLACE);
    desk.step({
      ...desk.log[0]!.event,
      event_id: "accepted",
      seq_id: null,
      source: "broker_report",
      trace: null,
      body: {
        type: "order.report",
        data: {
          order_id: "o1",
          venue_order_id: "v1",
          report_id: "r1",
          report: "accepted",
          reason_code: null,
          reason: null,
          cum_filled: null,
          quantity: null,
          limit_price: null,
          status: null,
        },
      },
    });
  }
  const intent = desk.decide(body) as VenueIntent;
  for (const [call, answer] of answers) {
    const failure = answer !== null && "code" in answer ? answer : null;
    lines.push({
      call,
      argument: call === "order" ? "o1" : intent,
      answer: failure === null ? answer : null,
      failure,
    });
  }
  const adapter = new RecordedVenue(encode(lines));
  const wait = (ms: number) => {
    waited.push(ms);
    return Promise.resolve();
  };
  return {
    desk,
    waited,
    ended: () => adapter.ended,
    send: () => deliver(adapter, intent, { attempts: 4, wait }),
  };
}

function encode(lines: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join("\n"));
}

const SENT = { sent: true, report: null };

test("deliver() sends again after the time that a transient failure names", async () => {
  const { send, waited, ended } = delivered(PLACE, [
    ["submit", BUSY],
    ["submit", BUSY],
    ["submit", null],
  ]);
  assertEquals(await send(), SENT);
  assertEquals(waited, [250, 250]);
  assertEquals(ended(), true);
});

test("deliver() asks for the order after an unknown outcome, and does not send what arrived", async () => {
  const { send, ended } = delivered(PLACE, [
    ["submit", UNKNOWN],
    ["order", BUSY],
    ["order", shown("submitted")],
  ]);
  assertEquals(await send(), SENT);
  assertEquals(ended(), true);
});

test("deliver() sends again what did not arrive", async () => {
  const { send, ended } = delivered(PLACE, [
    ["submit", UNKNOWN],
    ["order", null],
    ["submit", null],
  ]);
  assertEquals(await send(), SENT);
  assertEquals(ended(), true);
});

test("deliver() sees by the order whether a cancellation arrived", async () => {
  const open = delivered(CANCEL, [
    ["cancel", UNKNOWN],
    ["order", shown("accepted")],
    ["cancel", null],
  ]);
  assertEquals(await open.send(), SENT);
  const gone = delivered(CANCEL, [["cancel", UNKNOWN], ["order", shown("cancelled")]]);
  assertEquals(await gone.send(), SENT);
  assertEquals([open.ended(), gone.ended()], [true, true]);
});

test("deliver() sees by the terms whether a replacement arrived", async () => {
  const { send, ended } = delivered(REPLACE, [
    ["replace", UNKNOWN],
    ["order", shown("accepted")],
    ["replace", UNKNOWN],
    ["order", shown("accepted", "0.5")],
  ]);
  assertEquals(await send(), SENT);
  assertEquals(ended(), true);
});

for (
  const [body, call, status] of [
    [PLACE, "submit", "rejected"],
    [CANCEL, "cancel", "accepted"],
    [REPLACE, "replace", "accepted"],
  ] as const
) {
  test(`deliver() makes a refused ${body.type} a report for the core`, async () => {
    const { send, desk } = delivered(body, [
      [call, { code: "venue_rejected", reasonCode: "price_band" }],
    ]);
    const { sent, report } = await send();
    assertEquals(sent, false);
    assertEquals(desk.step(report!).event_result.outcome, "applied");
    assertEquals(desk.order("o1")?.status, status);
    assertEquals(desk.order("o1")?.pending_replace, null);
  });
}

test("deliver() makes what the venue cannot do a report, without sending it", async () => {
  const { send, desk, ended } = delivered(
    { type: "place_order", data: terms("o1", { time_in_force: "day" }) },
    [],
  );
  const { sent, report } = await send();
  assertEquals([sent, ended()], [false, true]);
  desk.step(report!);
  assertEquals(desk.order("o1")?.status, "rejected");
});

test("deliver() gives up after a fatal failure, or when the attempts are used up", async () => {
  const fatal = delivered(PLACE, [["submit", { code: "venue_fatal" }]]);
  assertEquals((await assertRejects(fatal.send, VenueError)).code, "venue_fatal");
  const lost = delivered(PLACE, [
    ["submit", UNKNOWN],
    ["order", BUSY],
    ["order", null],
    ["submit", UNKNOWN],
    ["order", BUSY],
  ]);
  assertEquals((await assertRejects(lost.send, VenueError)).code, "venue_transient");
});
