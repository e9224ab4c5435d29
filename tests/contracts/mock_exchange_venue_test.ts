/**
 * What the mock exchange does as a venue beyond the suite of all venues.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MockOrder } from "../../src/contracts/venue/mock_order.ts";
import {
  ContractRun,
  type EngineEvent,
  MockExchangeVenue,
  type OrderReport,
  type PlaceIntent,
  type PlaceOrder,
  type PlaceTerms,
} from "../../src/contracts/mod.ts";
import { MarketData, type OpenRequest } from "../../src/engine/mod.ts";
import { ClosedError, VenueError } from "../../src/errors.ts";
import { program, run, test } from "../harness.ts";
import { at, Desk, event, intent, MARKET, terms, trade } from "./_desk.ts";
import { BTC, mockVenue, usdPair } from "./_mock_venue.ts";
import { rig, strategy } from "./_run.ts";

function market(id: string, data: Partial<PlaceOrder> = {}): PlaceOrder {
  return terms(id, { ...MARKET, instrument: BTC, ...data });
}

function place(data: PlaceOrder): PlaceIntent {
  return intent(1, 1, { type: "place_order", data }) as PlaceIntent;
}

async function failure(work: () => Promise<unknown>): Promise<unknown> {
  const { code, data } = await assertRejects(work, VenueError);
  return { code, ...data };
}

/** Connected, with a price of 100. */
async function trading(execution: Parameters<typeof mockVenue>[0] = {}) {
  const { adapter, trade: print } = mockVenue(execution);
  await adapter.connect();
  print(1, "100", "1");
  return { adapter, print };
}

test("MockExchangeVenue: balances are those that the exchange keeps, positions those of its fills", async () => {
  const { adapter, print } = await trading();
  await using desk = new Desk(adapter);
  await desk.send({ type: "place_order", data: market("o1", { quantity: "1.5" }) });
  const bought = await desk.until("o1", "filled");
  assertEquals([bought.notional, bought.fees], ["150", [{ currency: "USD", amount: "0.15" }]]);
  // 10000 - 150 - 0.15
  assertEquals(await adapter.balances(), [
    { currency: "BTC", amount: "0" },
    { currency: "USD", amount: "9849.85" },
  ]);
  assertEquals(await adapter.positions(), [{ instrument: BTC, quantity: "1.5" }]);
  print(2, "110", "1");
  await desk.send({ type: "place_order", data: market("o2", { side: "sell", quantity: "2" }) });
  const sold = await desk.until("o2", "filled");
  assertEquals([sold.notional, sold.fees], ["220", [{ currency: "USD", amount: "0.22" }]]);
  // A sale takes its quantity and the fee on it: 2.002.
  assertEquals((await adapter.balances())[1], { currency: "USD", amount: "9847.848" });
  assertEquals(await adapter.positions(), [{ instrument: BTC, quantity: "-0.5" }]);
});

test("MockExchangeVenue: what balances do not cover is rejected by the exchange", async () => {
  const { adapter } = await trading();
  await using desk = new Desk(adapter);
  await desk.send({ type: "place_order", data: market("o1", { quantity: "100" }) });
  await desk.until("o1", "rejected");
  const body = desk.log.at(-1)?.event.body;
  assert(body?.type === "order.report");
  assertEquals(body.data.reason_code, "insufficient_funds");
  assertEquals((await adapter.order("o1"))?.status, "rejected");
  assertEquals(await adapter.openOrders(), []);
  assertEquals((await desk.reconcile()).report.items, []);
});

test("MockExchangeVenue: what it cannot send is refused, and forgotten", async () => {
  const { adapter, trade: print } = mockVenue();
  await adapter.connect();
  const other = { code: "venue_rejected", reasonCode: "other" };
  // No price yet.
  assertEquals(await failure(() => adapter.submit(place(market("o1")))), other);
  print(1, "100", "1");
  const unknown = place(market("o1", { instrument: "BTC/USD" }));
  assertEquals(await failure(() => adapter.submit(unknown)), {
    code: "venue_rejected",
    reasonCode: "unknown_instrument",
  });
  const large = place(market("o1", { quantity: "1000000000000" }));
  assertEquals(await failure(() => adapter.submit(large)), other);
  const reducing = place(market("o1", { reduce_only: true }));
  assertEquals(await failure(() => adapter.submit(reducing)), {
    code: "venue_capability",
    rule: "CAPABILITY_UNSUPPORTED",
  });
  assertEquals(await adapter.order("o1"), null);
  await using desk = new Desk(adapter);
  await desk.send({ type: "place_order", data: market("o1") });
  await desk.until("o1", "filled");
});

test("MockExchangeVenue: orders sent together get their own fills, and one sent twice gets one", async () => {
  const { adapter } = await trading({ latencyMs: 5 });
  await using desk = new Desk(adapter);
  // An id may have 128 characters.
  const ids = Array.from({ length: 20 }, (_, index) => `o${index}`.padEnd(128, "-"));
  const orders = ids.map((id, index) =>
    desk.decide({ type: "place_order", data: market(id, { quantity: `0.${index + 10}1` }) })
  );
  await Promise.all([...orders, ...orders].map((order) => adapter.submit(order)));
  for (const id of ids) await desk.until(id, "filled");
  // The engine goes by the times of requests, and may take an older balance for the last.
  const { items } = (await desk.reconcile()).report;
  assertEquals(items.filter(({ kind }) => kind !== "balance"), []);
  const { orders: records } = desk.core.snapshot();
  assertEquals(records.map(({ filled }) => filled), records.map(({ quantity }) => quantity));
});

test("MockExchangeVenue: quotes and trades of its instruments move its prices", async () => {
  const { adapter } = mockVenue();
  await adapter.connect();
  await using desk = new Desk(adapter);
  const quote = { bid_price: "99", bid_size: "1", ask_price: "102", ask_size: "2" };
  adapter.market(event(1, { type: "market.quote", data: quote }, { instrument: BTC }));
  const bar = {
    ...{ timeframe: "1m", open_time: at(0), open: "7", high: "7", low: "7", close: "7" },
    ...{ volume: "7", closed: true },
  };
  adapter.market(event(2, { type: "market.bar", data: bar }, { instrument: BTC }));
  adapter.market(trade(3, "7", "7"));
  await desk.send({ type: "place_order", data: market("o1") });
  // The mean of the sides, each with the other's size: (99 * 2 + 102 * 1) / 3
  assertEquals((await desk.until("o1", "filled")).notional, "100");
  const timer = event(4, {
    type: "timer.fired",
    data: { timer_id: "t", kind: "normal", scheduled_for: at(4) },
  });
  assertThrows(() => adapter.market(timer), TypeError, "must be of a market");
});

test("MockExchangeVenue: a market event that the engine cannot take is fatal", async () => {
  const { adapter, print } = await trading();
  print(2, "99999999999999999", "1");
  print(3, "101", "1");
  const error = await assertRejects(() => adapter.submit(place(market("o1"))), VenueError);
  assertEquals(error.code, "venue_fatal");
  assertEquals((error.cause as { code: string }).code, "market_data_price");
  await adapter.close();
});

test("MockExchangeVenue serves a run of paper, with the run's own market", async () => {
  const { adapter } = mockVenue();
  await using _adapter = adapter;
  const filled = new Set<string>();
  let settle = () => {};
  const settled = new Promise<void>((resolve) => settle = resolve);
  let trades = 0;
  await using run = await ContractRun.start(rig("paper", "typescript", {
    venue: adapter,
    strategy: strategy(({ event: { body } }) => {
      if (body.type === "order.fill" && filled.add(body.data.order_id).size === 2) settle();
      if (body.type !== "market.trade" || ++trades > 2) return;
      const { order_id, side, order_type, quantity } = market(`o${trades}`);
      const data = { order_id, instrument: BTC, side, order_type, quantity } as const;
      return [{ type: "place_order", data: data as PlaceTerms }];
    }),
  }));
  const prints = ["100", "100", "100"].map((price, index) => trade(index + 1, price, "5"));
  await run.feed(prints.map((event) => ({ ...event, instrument: BTC, venue: "binance_spot" })));
  await settled;
  const { snapshot, counts } = await run.finish();
  assertEquals(snapshot.positions.map(({ quantity }) => quantity), ["2"]);
  assertEquals(snapshot.cash.find(({ currency }) => currency === "USD")?.amount, "9799.8");
  assertEquals([counts.sent, counts.refused, counts.refusedByVenue], [2, 0, 0]);
});

test("MockExchangeVenue takes its prices from a recording", async () => {
  const line = (second: number, price: number) =>
    JSON.stringify({
      time_exchange: `2025-01-01T00:00:0${second}Z`,
      exchange: "binance_spot",
      instrument: 0,
      kind: { Trade: { id: String(second), price, amount: 1, side: "Buy" } },
    });
  const data = await MarketData.parse(`${line(1, 100)}\n${line(2, 105)}`, {
    instruments: [usdPair("btc")],
  });
  await using adapter = new MockExchangeVenue({
    market: { data },
    clock: "historical",
    execution: { exchange: "binance_spot", latencyMs: 1, balances: { usd: "10000", btc: "0" } },
  });
  await adapter.connect();
  data.close();
  await using desk = new Desk(adapter);
  // The recording may not have been replayed yet.
  const order = desk.decide({ type: "place_order", data: market("o1") });
  for (;;) {
    try {
      await adapter.submit(order);
      break;
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      assertEquals(error.code, "venue_rejected");
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  const { notional } = await desk.until("o1", "filled");
  assert(notional === "105" || notional === "100", notional);
});

test("MockExchangeVenue: connected once, closed once, and nothing before or after", async () => {
  const { adapter } = mockVenue();
  assertEquals(await failure(() => adapter.balances()), { code: "venue_fatal" });
  assertThrows(() => adapter.market(trade(1, "1", "1")), VenueError, "connect");
  const reports = adapter.reports()[Symbol.asyncIterator]();
  const waiting = reports.next();
  await Promise.all([adapter.connect(), adapter.connect()]);
  await adapter.close();
  assertEquals(await waiting, { done: true, value: undefined });
  await assertRejects(() => adapter.connect(), ClosedError);
  assertThrows(() => adapter.market(trade(1, "1", "1")), ClosedError);
  await assertRejects(() => adapter.submit(place(market("o1"))), ClosedError);

  const { adapter: unopened } = mockVenue();
  const never = unopened.reports()[Symbol.asyncIterator]().next();
  await unopened.close();
  assertEquals(await never, { done: true, value: undefined });

  const { adapter: hasty } = mockVenue();
  const connecting = assertRejects(() => hasty.connect(), ClosedError);
  await hasty.close();
  await connecting;
});

test("MockExchangeVenue: reports that have come can be read after it was closed", async () => {
  const { adapter } = await trading({ latencyMs: 0 });
  await adapter.submit(place(market("o1")));
  while ((await adapter.order("o1"))?.status !== "filled") {
    await new Promise((resolve) => setTimeout(resolve));
  }
  await adapter.close();
  const types: string[] = [];
  for await (const { body } of adapter.reports()) types.push(body.type);
  assertEquals(types.slice(0, 2), ["order.report", "order.fill"]);
});

test("MockExchangeVenue: what cannot start is fatal, with the reason", async () => {
  const { adapter } = mockVenue({ balances: { usd: "1" } });
  const error = await assertRejects(() => adapter.connect(), VenueError);
  assertEquals(error.code, "venue_fatal");
  assertEquals((error.cause as { code: string }).code.slice(0, 7), "config_");
  await adapter.close();
  assertThrows(() => new MockExchangeVenue(null as never), TypeError, "options must be an object");
  assertThrows(() => new MockExchangeVenue({} as never), TypeError, "execution must be an object");
  const none = new MockExchangeVenue({
    execution: { exchange: "binance_spot", balances: { usd: "1" } },
  });
  await assertRejects(() => none.connect(), TypeError, "neither instruments nor a market");
  await none.close();
});

test("a program with a connected MockExchangeVenue ends by itself", async () => {
  const ended = await run(program("mock_venue", import.meta.url));
  assertEquals([ended.status, ended.stdout.trim(), ended.stderr], [0, "connected", ""]);
});

test("MockOrder follows what the exchange says", () => {
  const request = {} as OpenRequest;
  const report = (report: OrderReport["report"], venue_order_id: string | null = null) => ({
    type: "order.report",
    data: { report, venue_order_id },
  } as EngineEvent["body"] & { type: "order.report" });
  const fill = { type: "order.fill", data: { quantity: "1", venue_order_id: "7" } } as
    & EngineEvent["body"]
    & { type: "order.fill" };
  const sent = () => new MockOrder(market("o1"), request, Promise.resolve());
  const order = sent();
  assertEquals([order.live, order.shown().venue_order_id], [true, "o1"]);
  order.cancel();
  order.cancel();
  assertEquals([order.status, order.live], ["cancel_pending", true]);
  order.hear(report("cancel_rejected"));
  assertEquals(order.status, "submitted");
  order.cancel();
  order.hear(report("accepted", "7"));
  assertEquals([order.status, order.shown().venue_order_id], ["cancel_pending", "7"]);
  order.hear(report("cancel_rejected"));
  assertEquals(order.status, "accepted");
  order.hear(fill);
  order.hear(report("cancel_rejected"));
  order.hear(report("status"));
  assertEquals([order.status, order.live, order.shown().filled], ["filled", false, "1"]);
  const lost = sent();
  lost.hear({ ...report("status"), data: { ...report("status").data, status: "filled" } });
  assertEquals([lost.status, lost.shown().filled, lost.held], ["filled", "1", 10n ** 12n]);
  for (const end of ["rejected", "cancelled", "expired"] as const) {
    const ended = sent();
    ended.hear(report(end));
    assertEquals([ended.status, ended.live], [end, false]);
  }
});
