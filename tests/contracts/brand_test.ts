/**
 * Branded texts: what the constructors take is what the validators take, and the compiler tells them
 * apart.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { readFileSync } from "node:fs";
import {
  type Branded,
  type Decimal,
  decimal,
  type EngineEvent,
  type EngineIntent,
  type Id,
  money,
  orderId,
  type PlaceOrder,
  type TimeNs,
  timeNs,
  validateContract,
} from "../../src/contracts/mod.ts";
import { test } from "../harness.ts";

function valid(path: string) {
  const url = new URL(`./engine/fixtures/valid/${path}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** Documents with a text in the place of its type. */
const WITH = {
  Decimal: (text: string) => {
    const event: EngineEvent = valid("engine_event/fill");
    if (event.body.type === "order.fill" && event.body.data.fee !== null) {
      event.body.data.fee.amount = text;
    }
    return ["engine_event", event] as const;
  },
  Money: (text: string) => {
    const event: EngineEvent = valid("engine_event/control_account_adjustment");
    if (event.body.type === "control.command") event.body.data.amount = text;
    return ["engine_event", event] as const;
  },
  TimeNs: (text: string) => {
    const event: EngineEvent = { ...valid("engine_event/trade"), event_time: text };
    return ["engine_event", event] as const;
  },
  OrderId: (text: string) => {
    const intent: EngineIntent = valid("engine_intent/cancel");
    if (intent.body.type === "cancel_order") intent.body.data.order_id = text;
    return ["engine_intent", intent] as const;
  },
};

const MAKE = { Decimal: decimal, Money: money, TimeNs: timeNs, OrderId: orderId };

const TEXTS = [
  ...[
    "",
    "0",
    "-0",
    "1",
    "-1",
    "+1",
    "01",
    "1.5",
    "1.50",
    ".5",
    "5.",
    "1e3",
    " 1",
    "1\n",
    "x",
    "∞",
  ],
  ...["0.000000000001", "0.0000000000001", "999999999999999999", "1000000000000000000"],
  ...["123456789.123456789", "123456789.1234567891", "12345678901234", "123456789012345"],
  ...[`0.${"0".repeat(23)}1`, `0.${"0".repeat(24)}1`, "9223372036854775807", "9223372036854775808"],
  ...[
    "-9223372036854775808",
    "-9223372036854775809",
    "1700000000000000000",
    "trend/42",
    "a b",
    "/a",
  ],
  ...["a".repeat(128), "a".repeat(129), "BTC/USD:perp@1+2", "é"],
];

test("constructors take what both validators take, and nothing else", () => {
  for (const name of Object.keys(MAKE) as (keyof typeof MAKE)[]) {
    let taken = 0;
    for (const text of TEXTS) {
      const [contract, document] = WITH[name](text);
      const isValid = validateContract(contract, document as never).length === 0;
      const attachment = new TextEncoder().encode(JSON.stringify(document));
      const { verdicts } = callSync("contracts.validate", { name: contract }, {
        action: "validate",
        attachment,
      });
      assertEquals(verdicts[0]?.length === 0, isValid, `${name} ${text}`);
      let made: string | null = null;
      try {
        made = MAKE[name](text);
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      }
      assertEquals(made, isValid ? text : null, `${name} ${text}`);
      if (isValid) taken++;
    }
    // Neither all nor none.
    assertEquals(taken > 3 && taken < TEXTS.length - 3, true, `${name}: ${taken}`);
  }
});

test("what is wrong is said by kind", () => {
  assertThrows(() => decimal("1.50"), SyntaxError, 'current value is "1.50"');
  assertThrows(() => decimal("1234567.123456789012"), RangeError, "18 digits");
  assertThrows(() => timeNs("9223372036854775808"), RangeError, "64 bits");
  assertThrows(() => timeNs(2n ** 63n), RangeError, "64 bits");
  assertThrows(() => orderId("x".repeat(129)), SyntaxError);
  assertThrows(() => money(1 as unknown as string), TypeError, "type number");
  assertEquals(timeNs(-(2n ** 63n)), "-9223372036854775808");
  assertEquals(timeNs(0n), "0");
});

test("the types of the contracts are no validation", () => {
  const event: EngineEvent = { ...valid("engine_event/trade"), event_id: "no id", seq_id: -1 };
  event.body = {
    type: "market.trade",
    data: { trade_id: null, price: "1.50", quantity: "much", aggressor: "buy" },
  };
  const issues = validateContract("engine_event", JSON.parse(JSON.stringify(event)));
  assertEquals(
    issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`),
    [
      "/body/data/price pattern",
      "/body/data/quantity pattern",
      "/event_id pattern",
      "/seq_id minimum",
    ],
  );
});

test("brands fit where strings do, and nowhere else", () => {
  const price: Branded<"Decimal"> = decimal("1.5"), at: Branded<"TimeNs"> = timeNs(1n);
  const id: Branded<"OrderId"> = orderId("o1");
  // The types of the contracts are strings: brands and literals fit both.
  const plain: readonly [Decimal, TimeNs, Id] = [price, at, id];
  const order: Pick<PlaceOrder, "order_id" | "quantity"> = { order_id: id, quantity: "1" };
  assertEquals([...plain, order.order_id], ["1.5", "1", "o1", "o1"]);
  const ask = (price: Branded<"Decimal">) => price;
  // @ts-expect-error: a plain string may be anything
  ask("1.5");
  // @ts-expect-error: a time is no price
  ask(at);
  // @ts-expect-error: an amount of money is no price, its limits are wider
  ask(money("1.5"));
  // @ts-expect-error: the type of the contracts says nothing of its form
  ask(plain[0]);
  assertEquals(ask(price), "1.5");
});
