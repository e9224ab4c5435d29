/**
 * Names, times, decimals and market items of the engine in the contracts' form.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { currencyOf, idOf, instrumentNames, timeNs } from "../../../src/contracts/audit/names.ts";
import { AuditedOrders } from "../../../src/contracts/audit/orders.ts";
import { readExact, Rounding, toExact } from "../../../src/contracts/audit/rounding.ts";
import { decimalText, readDecimal } from "../../../src/contracts/core/decimal.ts";
import { AuditSteps, type AuditStepsOptions } from "../../../src/contracts/audit/engine_audit.ts";
import { isReadableEvent } from "../../../src/contracts/core/readable.ts";
import {
  describeInstruments,
  type FillReport,
  type InstrumentKind,
  type MarketItemData,
  type OpenRequest,
} from "../../../src/engine/mod.ts";
import { pair } from "../../engine/_setup.ts";
import { timeText } from "../../../src/engine/_time.ts";
import { test } from "../../harness.ts";

const TIME = "2025-01-01T12:00:00Z";

test("decimals are rounded half to even, to 12 places and 18 digits", () => {
  const rounding = new Rounding();
  const cases: [string | number, string | null, boolean][] = [
    ["0.1", "0.1", false],
    ["87232.0000", "87232", false],
    [0.00012, "0.00012", false],
    [1e21, null, false],
    [1.5e-7, "0.00000015", false],
    [1e-13, "0", true],
    ["-0.0000000000005", "0", true],
    ["0.0000000000015", "0.000000000002", true],
    ["0.0000000000025", "0.000000000002", true],
    ["0.00000000000250000001", "0.000000000003", true],
    ["87227.99046415510885874223515", "87227.990464155109", true],
    ["1234567.1234567890125", "1234567.12345678901", true],
    ["999999999999999999.5", null, false],
    ["999999999999999998.5", "999999999999999998", true],
    ["123456789012345678", "123456789012345678", false],
    ["1234567890123456789", null, false],
    ["-12.5", "-12.5", false],
  ];
  for (const [number, expected, rounded] of cases) {
    const before = rounding.count;
    assertEquals(rounding.decimal(number), expected, String(number));
    assertEquals(rounding.count - before, rounded ? 1 : 0, String(number));
  }
  assertThrows(() => rounding.decimal("abc"), TypeError, "abc");
  assertThrows(() => rounding.required("a price", "1234567890123456789"), RangeError, "a price");
});

test("rounding changes a decimal by at most half of its last place", () => {
  fc.assert(fc.property(fc.bigInt({ min: 1n, max: 10n ** 34n }), (mantissa) => {
    const text = plain(mantissa);
    const rounded = new Rounding().decimal(text);
    assert(rounded !== null);
    const off = readExact(rounded) - mantissa;
    assert(2n * (off < 0n ? -off : off) <= 10n ** 16n, `${text} became ${rounded}`);
  }));
});

/** An integer at 28 places as text. */
function plain(value: bigint): string {
  const digits = value.toString().padStart(29, "0");
  return `${digits.slice(0, -28)}.${digits.slice(-28)}`.replace(/\.?0+$/, "");
}

function request(cid: string, side: "buy" | "sell", quantity: bigint): OpenRequest {
  return {
    key: { exchange: 0, instrument: 0, strategy: "s", cid },
    side,
    price: "1",
    quantity: plain(quantity),
    kind: "market",
    timeInForce: "immediateOrCancel",
  };
}

test("fills add up to their order, and what closes a position leaves nothing", () => {
  const step = fc.record({
    side: fc.constantFrom("buy" as const, "sell" as const),
    parts: fc.array(fc.bigInt({ min: 10n ** 18n, max: 10n ** 30n }), {
      minLength: 1,
      maxLength: 4,
    }),
  });
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (orders) => {
    const book = new AuditedOrders();
    let exact = 0n, recorded = 0n, count = 0;
    const trade = (side: "buy" | "sell", parts: readonly bigint[]) => {
      const cid = `${count++}`;
      const order = book.place(request(cid, side, parts.reduce((a, b) => a + b, 0n)));
      let filled = 0n;
      for (const [at, part] of parts.entries()) {
        const fill: FillReport = {
          tradeId: `${at}`,
          orderId: cid,
          instrument: 0,
          strategy: "s",
          time: TIME,
          side,
          price: "1",
          quantity: plain(part),
          fees: "0",
        };
        assertEquals(book.ofFill(0, fill), order);
        filled += readDecimal(book.fill(order, fill));
        exact += side === "buy" ? part : -part;
      }
      assertEquals(filled, order.quantity);
      assert(order.ended);
      recorded += side === "buy" ? filled : -filled;
      const off = toExact(recorded) - exact;
      assert((off < 0n ? -off : off) <= 10n ** 16n, decimalText(recorded));
    };
    for (const { side, parts } of orders) trade(side, parts);
    if (exact !== 0n) trade(exact > 0n ? "sell" : "buy", [exact > 0n ? exact : -exact]);
    assertEquals([exact, recorded], [0n, 0n]);
  }));
});

test("names are those of the contracts, or digests of what cannot be one", () => {
  assertEquals(idOf("smaCross-0"), "smaCross-0");
  assert(/^xasks_for_much-[0-9a-f]{16}$/.test(idOf("asks for much")));
  assert(idOf("asks for much") !== idOf("asks_for much"));
  assert(idOf("ü".repeat(200)).length <= 128);
  assertEquals(currencyOf("usdt"), "USDT");
  assert(/^X[0-9A-F]{15}$/.test(currencyOf("usd.e")));

  const kinds: [string, InstrumentKind, string][] = [
    ["P", { type: "perpetual", contractSize: 1, settlementAsset: "usdt" }, "okx.perpetual"],
    ["F", {
      type: "future",
      contractSize: 1,
      settlementAsset: "usdt",
      expiry: "2025-06-27T08:00:00Z",
    }, "okx.future.20250627"],
    ["O", {
      type: "option",
      contractSize: 1,
      settlementAsset: "usdt",
      expiry: "2025-06-27T08:00:00Z",
      strike: 90000,
      right: "call",
      exercise: "european",
    }, "okx.option.20250627.call.90000"],
  ];
  const table = describeInstruments([
    pair("btc"),
    ...kinds.map(([nameExchange, kind]) => ({
      exchange: "okx",
      nameExchange,
      underlying: { base: "btc", quote: "usdt" },
      kind,
    })),
    // A second perpetual of the pair: the names have to tell them apart.
    {
      exchange: "okx",
      nameExchange: "P2",
      underlying: { base: "btc", quote: "usdt" },
      kind: { type: "perpetual", contractSize: 10, settlementAsset: "usdt" },
    },
  ]);
  const names = instrumentNames(table);
  assertEquals(new Set(names).size, names.length);
  for (const { index, nameExchange } of table.instruments) {
    const suffix = kinds.find(([name]) => name === nameExchange)?.[2];
    if (nameExchange === "BTCUSDT") assertEquals(names[index], "BTC/USDT:binance_spot");
    else if (nameExchange.startsWith("P")) {
      assert(/^BTC\/USDT:okx\.[0-9a-f]{16}$/.test(names[index] ?? ""), names[index]);
    } else assertEquals(names[index], `BTC/USDT:${suffix}`);
  }
});

test("times are nanoseconds since the epoch", () => {
  assertEquals(timeNs("2025-03-25T23:07:00.840478284Z"), "1742944020840478284");
  assertEquals(timeNs("1969-12-31T23:59:59.5Z"), "-500000000");
  for (const time of ["0", "-1", "-1000000000", "1742944020840478284", "9223372036854775807"]) {
    assertEquals(timeNs(timeText(BigInt(time))), time);
  }
  assertEquals(timeNs("2025-01-01T01:00:00+01:00"), timeNs("2025-01-01T00:00:00Z"));
  for (const bad of ["yesterday", "2025-13-01T00:00:00Z", "2025-01-01T00:00:00"]) {
    assertThrows(() => timeNs(bad), TypeError, bad);
  }
});

/** Maps one market item. */
function market(data: MarketItemData, options: Partial<AuditStepsOptions> = {}) {
  const instruments = describeInstruments([pair("btc")]);
  const mapping = new AuditSteps({ instruments, ...options });
  const item = { time: TIME, timeReceived: TIME, exchange: "binance_spot", instrument: 0, data };
  const steps = mapping.steps({
    event: { type: "process", event: { kind: "market", item }, outputs: [], errors: [] },
    context: { sequence: 7, time: TIME },
  });
  for (const { event } of steps) assert(isReadableEvent(event));
  return { steps, counts: mapping.counts };
}

test("market items are market events, and what has no form is counted", () => {
  const candle = {
    kind: "candle",
    closeTime: "2025-01-01T12:01:00Z",
    open: 2,
    high: 4,
    low: 1,
    close: 3,
    volume: 0.5,
    tradeCount: 3,
  } as const;
  const [bar] = market(candle, { timeframe: "1m" }).steps;
  assertEquals(bar?.event.body, {
    type: "market.bar",
    data: {
      timeframe: "1m",
      open_time: timeNs(TIME),
      open: "2",
      high: "4",
      low: "1",
      close: "3",
      volume: "0.5",
      closed: true,
    },
  });
  const trade = { kind: "trade", id: "a b", price: 1.5, amount: 2, side: "sell" } as const;
  const [traded] = market(trade).steps;
  assertEquals(traded?.event.body, {
    type: "market.trade",
    data: { trade_id: idOf("a b"), price: "1.5", quantity: "2", aggressor: "sell" },
  });
  assertEquals(
    [traded?.event.event_id, traded?.event.instrument, traded?.event.venue],
    ["audit/7", "BTC/USDT:binance_spot", "binance_spot"],
  );
  const quote = {
    kind: "quote",
    time: TIME,
    bid: { price: "1.50", amount: "3" },
    ask: null,
  } as const;
  assertEquals(market(quote).steps[0]?.event.body, {
    type: "market.quote",
    data: { bid_price: "1.5", bid_size: "3", ask_price: null, ask_size: null },
  });

  const huge = { price: "1234567890123456789", amount: "1" };
  const left: [MarketItemData, Partial<AuditStepsOptions>][] = [
    [{ ...trade, amount: 0 }, {}],
    [{ ...trade, price: 1e300 }, {}],
    [{ ...trade, amount: 1e-13 }, {}],
    [{ ...quote, ask: huge }, {}],
    [candle, {}],
    [{ ...candle, low: 2.5 }, { timeframe: "1m" }],
    [{ kind: "book", update: false, sequence: 1, bids: [], asks: [] }, {}],
    [{ kind: "liquidation", side: "buy", price: 1, quantity: 1, time: TIME }, {}],
  ];
  for (const [data, options] of left) {
    const { steps, counts } = market(data, options);
    assertEquals([steps.length, counts.withoutForm], [0, { [data.kind]: 1 }], data.kind);
  }
});

test("intents that follow what has no form get a turn of their own", () => {
  const mapping = new AuditSteps({ instruments: describeInstruments([pair("btc")]) });
  const balance = { kind: "balance", asset: 0, total: "1", free: "1", time: TIME } as const;
  const none = { isEmpty: false, sentCount: 1, unrecoverableErrors: [] };
  const [step, ...more] = mapping.steps({
    event: {
      type: "process",
      event: { kind: "account", exchange: 0, event: balance },
      outputs: [{
        kind: "algoOrders",
        action: {
          kind: "generateAlgoOrders",
          cancelsAndOpens: {
            cancels: { sent: [], errors: [] },
            opens: { sent: [request("c", "buy", 10n ** 28n)], errors: [] },
          },
          cancelsRefused: [],
          opensRefused: [],
          ...none,
        },
      }],
      errors: [],
    },
    context: { sequence: 3, time: TIME },
  });
  assertEquals(more, []);
  assertEquals([step?.event.body.type, step?.event.synthetic], ["timer.fired", true]);
  assertEquals(
    step?.intents?.map(({ caused_by, index, intent_id }) => [caused_by, index, intent_id]),
    [
      [1, 0, "audit/3/0"],
    ],
  );
  assertEquals(mapping.counts, {
    ticks: 1,
    steps: 1,
    synthetic: 1,
    rounded: 0,
    missing: 0,
    withoutForm: { balance: 1 },
  });
});

test("a run of ticks ends with the feed, and goes forward", () => {
  const mapping = new AuditSteps({ instruments: describeInstruments([pair("btc")]) });
  const tick = (sequence: number) =>
    ({ event: { type: "feedEnded" }, context: { sequence, time: TIME } }) as const;
  const [step] = mapping.steps(tick(4));
  assert(step?.event.body.type === "control.command");
  assertEquals(step.event.body.data.command, "shutdown");
  assertThrows(() => mapping.steps(tick(4)), RangeError, "4 after 4");
  mapping.steps(tick(7));
  assertEquals(mapping.counts.missing, 2);
});
