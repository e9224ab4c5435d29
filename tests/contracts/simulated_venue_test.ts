import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type CancelIntent,
  deliver,
  type EngineEvent,
  type PlaceIntent,
  type PlaceOrder,
  type ReplaceIntent,
  SimulatedVenue,
  venueIntents,
} from "../../src/contracts/mod.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { at, command, Desk, event, intent, MARKET, terms, trade } from "./_desk.ts";

/** A trade, an order, or another market event. */
type Input = readonly [price: string, quantity: string] | PlaceOrder | EngineEvent;

/** What a venue with 10000 USD reports, in brief. */
async function reports(inputs: readonly Input[]): Promise<string[]> {
  const venue = new SimulatedVenue({ balances: [{ currency: "USD", amount: "10000" }] });
  await venue.connect();
  let second = 0;
  const seen: string[] = [];
  for (const input of inputs) {
    if ("order_id" in input) {
      const place = intent(++second, 1, { type: "place_order", data: input });
      await venue.submit(place as PlaceIntent);
    } else {
      venue.market("body" in input ? input : trade(++second, input[0], input[1]));
    }
    seen.push(...venue.drain().map(brief));
  }
  await venue.close();
  return seen;
}

function brief({ body }: EngineEvent): string {
  if (body.type === "order.fill") {
    const { order_id, quantity, price, liquidity } = body.data;
    return `${order_id} ${quantity}@${price} ${liquidity}`;
  }
  if (body.type !== "order.report") return body.type;
  const { order_id, report, reason_code } = body.data;
  return [order_id, report, ...reason_code === null ? [] : [reason_code]].join(" ");
}

const CASES: readonly [name: string, inputs: readonly Input[], expected: string[]][] = [
  [
    "a market order takes what there is, and the rest is cancelled",
    [["100", "0.4"], terms("o1", MARKET)],
    ["o1 accepted", "o1 0.4@100 taker", "o1 cancelled other"],
  ],
  [
    "a market order without a market is cancelled",
    [terms("o1", MARKET)],
    ["o1 accepted", "o1 cancelled other"],
  ],
  [
    "a limit order pays the market's price, and rests with what is left",
    [["98", "0.4"], terms("o1"), ["99", "0.1"], ["101", "9"]],
    ["o1 accepted", "o1 0.4@98 taker", "o1 0.1@100 maker"],
  ],
  [
    "two orders share what is traded, the older first",
    [terms("o1"), terms("o2"), ["100", "1.5"]],
    ["o1 accepted", "o2 accepted", "o1 1@100 maker", "o2 0.5@100 maker"],
  ],
  [
    "an ioc order never rests",
    [["101", "9"], terms("o1", { time_in_force: "ioc" })],
    ["o1 accepted", "o1 cancelled other"],
  ],
  [
    "a fok order is filled whole or not at all",
    [
      ["100", "1.9"],
      terms("o1", { time_in_force: "fok" }),
      terms("o2", { time_in_force: "fok" }),
    ],
    ["o1 accepted", "o1 1@100 taker", "o2 accepted", "o2 cancelled other"],
  ],
  [
    "a stop waits for its price",
    [
      ["100", "9"],
      terms("o1", { ...MARKET, order_type: "stop", stop_price: "105" }),
      ["104", "9"],
      ["106", "9"],
    ],
    ["o1 accepted", "o1 1@106 taker"],
  ],
  [
    "a stop limit order becomes a limit order",
    [
      terms("o1", { order_type: "stop_limit", side: "sell", stop_price: "95", limit_price: "94" }),
      ["96", "9"],
      ["93", "9"],
      ["94", "9"],
    ],
    ["o1 accepted", "o1 1@94 maker"],
  ],
  [
    "a post-only order that would trade is rejected",
    [["99", "9"], terms("o1", { post_only: true })],
    ["o1 rejected post_only_cross"],
  ],
  [
    "a reduce-only order needs an opposite position that is large enough",
    [
      ["100", "9"],
      terms("o1", { ...MARKET, side: "sell", reduce_only: true }),
      terms("o2", MARKET),
      terms("o3", { ...MARKET, side: "sell", reduce_only: true }),
    ],
    [
      "o1 rejected reduce_only",
      "o2 accepted",
      "o2 1@100 taker",
      "o3 accepted",
      "o3 1@100 taker",
    ],
  ],
  [
    "a buy that cash does not cover is rejected",
    [terms("o1", { quantity: "100.000000000001" }), terms("o2", { quantity: "100" })],
    ["o1 rejected insufficient_funds", "o2 accepted"],
  ],
  [
    "a gtd order expires at its time",
    [terms("o1", { time_in_force: "gtd", expire_at: at(3) }), ["101", "1"], ["99", "1"]],
    ["o1 accepted", "o1 expired"],
  ],
  [
    "a day order expires with the day",
    [terms("o1", { time_in_force: "day" }), trade(86_399, "101", "1"), trade(86_400, "99", "1")],
    ["o1 accepted", "o1 expired"],
  ],
  [
    "a bar fills what lies within it",
    [
      terms("o1"),
      event(5, {
        type: "market.bar",
        data: {
          timeframe: "1m",
          open_time: at(0),
          open: "102",
          high: "104",
          low: "99",
          close: "103",
          volume: "7",
          closed: true,
        },
      }, { instrument: "BTC/USD" }),
    ],
    ["o1 accepted", "o1 1@100 maker"],
  ],
  [
    "what the contracts cannot hold is not filled",
    [
      ["1", "0.000000000001"],
      terms("o1", { side: "sell", quantity: "100000000", limit_price: "1" }),
      ["100000000", "999999999"],
      terms("o2", { ...MARKET, side: "sell", quantity: "9999999" }),
    ],
    ["o1 accepted", "o1 100000000@1 maker", "o2 accepted", "o2 cancelled other"],
  ],
  [
    "a quote offers its sizes",
    [
      event(5, {
        type: "market.quote",
        data: { bid_price: "99", bid_size: "0.3", ask_price: "100", ask_size: "0.2" },
      }, { instrument: "BTC/USD" }),
      terms("o1"),
      terms("o2", { ...MARKET, side: "sell" }),
    ],
    ["o1 accepted", "o1 0.2@100 taker", "o2 accepted", "o2 0.3@99 taker", "o2 cancelled other"],
  ],
];

for (const [name, inputs, expected] of CASES) {
  test(`SimulatedVenue: ${name}`, async () => {
    assertEquals(await reports(inputs), expected);
  });
}

test("SimulatedVenue charges its fee in the quote currency", async () => {
  const venue = new SimulatedVenue({
    balances: [{ currency: "USD", amount: "10000" }],
    feeRate: "0.00075",
  });
  await venue.connect();
  venue.market(trade(1, "100.01", "9"));
  await using desk = new Desk(venue);
  await desk.send({ type: "place_order", data: terms("o1", { ...MARKET, quantity: "0.3" }) });
  const { fees } = await desk.until("o1", "filled");
  // 30.003 · 0.00075
  assertEquals(fees, [{ currency: "USD", amount: "0.02250225" }]);
  assertEquals(await venue.balances(), [{ currency: "USD", amount: "9969.97449775" }]);
  assertEquals(await venue.positions(), [{ instrument: "BTC/USD", quantity: "0.3" }]);
});

test("SimulatedVenue.market() takes market events only", () => {
  const timer = event(1, {
    type: "timer.fired",
    data: { timer_id: "t", kind: "normal", scheduled_for: at(1) },
  });
  assertThrows(() => new SimulatedVenue().market(timer), TypeError, "must be of a market");
  const nowhere = { ...trade(1, "1", "1"), instrument: null };
  assertThrows(() => new SimulatedVenue().market(nowhere), TypeError, "with instrument");
});

test("SimulatedVenue refuses what cannot be read, and says where", async () => {
  const venue = new SimulatedVenue();
  await venue.connect();
  const refuses = async (what: () => unknown, pointer: string) => {
    const error = await assertRejects(async () => await what(), ContractError, "Cannot ");
    assertEquals([error.code, error.data.pointer], ["contract_schema_invalid", pointer]);
  };
  const place = (quantity: string) =>
    intent(1, 1, { type: "place_order", data: terms("o1", { quantity }) }) as PlaceIntent;
  await refuses(() => venue.submit(place("abc")), "/body/data/quantity");
  await refuses(() => venue.submit({ ...place("1"), created_at: "soon" }), "/created_at");
  const change = { order_id: "o1", quantity: "1.50", limit_price: null, stop_price: null };
  const replace = intent(1, 1, { type: "replace_order", data: change }) as ReplaceIntent;
  await refuses(() => venue.replace(replace), "/body/data/quantity");
  const cancel = intent(1, 1, { type: "cancel_order", data: { order_id: "o1", reason: null } });
  await refuses(() => venue.cancel({ ...cancel, created_at: "" } as CancelIntent), "/created_at");
  await refuses(() => venue.market(trade(1, "1e3", "1")), "/body/data/price");
  assertEquals([await venue.openOrders(), venue.drain()], [[], []]);
  await venue.close();
});

test("SimulatedVenue reports as late as it is told", async () => {
  const venue = new SimulatedVenue({
    balances: [{ currency: "USD", amount: "10000" }],
    latencyMs: 250,
  });
  await venue.connect();
  venue.market(trade(1, "100", "5"));
  await venue.submit(
    intent(2, 1, { type: "place_order", data: terms("o1", MARKET) }) as PlaceIntent,
  );
  // What it holds is so at once.
  assertEquals((await venue.order("o1"))?.status, "filled");
  const late = String(BigInt(at(2)) + 250_000_000n);
  assertEquals(venue.drain().map(({ event_time }) => event_time), [late, late]);
  await venue.close();
  for (const latencyMs of [-1, 1.5, 2 ** 32]) {
    assertThrows(() => new SimulatedVenue({ latencyMs }), RangeError, "latencyMs");
  }
});

test("SimulatedVenue refuses amounts that are no canonical decimals", () => {
  for (const feeRate of ["1", "-0.1", "0.10", "x"]) {
    assertThrows(() => new SimulatedVenue({ feeRate }), TypeError, "feeRate must be");
  }
  const balances = [{ currency: "USD", amount: "1e3" }];
  assertThrows(() => new SimulatedVenue({ balances }), TypeError, "the balance of USD must be");
});

test("venueIntents() sends what the core took: less where risk took less, and cancels of a command", async () => {
  const venue = new SimulatedVenue({ balances: [{ currency: "USD", amount: "10000" }] });
  await venue.connect();
  await using desk = new Desk(venue);
  venue.market(trade(desk.tick(), "100", "9"));
  await desk.send({ type: "place_order", data: terms("o1", MARKET) });
  await desk.until("o1", "filled");
  const close = terms("o2", { side: "sell", quantity: "5", limit_price: "120", reduce_only: true });
  await desk.send({ type: "place_order", data: close });
  await desk.until("o2", "accepted");
  assertEquals((await venue.order("o2"))?.quantity, "1");
  const all = desk.step(command(desk.tick(), { command_id: "c1", command: "cancel_all" }));
  const cancels = venueIntents(all);
  assertEquals(cancels.map(({ body }) => [body.type, body.data.order_id]), [[
    "cancel_order",
    "o2",
  ]]);
  for (const cancel of cancels) assertEquals((await deliver(venue, cancel)).sent, true);
  await desk.until("o2", "cancelled");
  assertEquals((await desk.reconcile()).report.items, []);
});

test("venueIntents() sends nothing of what the core refused", async () => {
  await using desk = new Desk(new SimulatedVenue());
  const place = (id: string) => intent(1, 1, { type: "place_order", data: terms(id) });
  const none = { ...place("o1"), body: { type: "no_op", data: { note: null } } } as const;
  const { event: timer, intents } = desk.step(trade(1, "100", "1"), [
    { ...place("o1"), intent_id: "a" },
    { ...place("o1"), intent_id: "b", index: 1 },
    { ...none, intent_id: "c", index: 2 },
  ]);
  assertEquals([timer.seq_id, intents.length], [1, 3]);
  assertEquals(venueIntents(desk.log[0]!).map(({ intent_id }) => intent_id), ["a"]);
});
