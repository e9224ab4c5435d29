import { assertRejects, assertThrows } from "@std/assert";
import { backtest, describeInstruments, MarketData } from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { btcConfig, trades } from "./_setup.ts";

const NOOP = { type: "noop" } as const;

/** What a program without types may pass. */
// deno-lint-ignore no-explicit-any
function untyped(value: unknown): any {
  return value;
}

test("backtest() says which part of a configuration is missing", async () => {
  using data = await trades(100, 101);
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    [null, "the configuration must be an object: current value is null"],
    [{}, "strategy must be an object: current value is undefined"],
    [{ strategy: NOOP }, "execution must be an array: current value is undefined"],
    [{ strategy: NOOP, execution: [7] }, "execution[0] must be an object: current value is 7"],
    [
      { strategy: NOOP, execution: [{ exchange: "binance_spot" }] },
      "execution[0].balances must be an object: current value is undefined",
    ],
  ];
  for (const [config, message] of cases) {
    await assertRejects(() => backtest(data, untyped(config)), TypeError, message);
  }
});

test("MarketData.parse() and load() say that options are missing", async () => {
  await assertRejects(() => MarketData.parse("x", untyped(undefined)), TypeError, "options");
  await assertRejects(() => MarketData.load("x", untyped(undefined)), TypeError, "options");
});

test("describeInstruments() says which part of an instrument is missing", () => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    ["btc", 'instruments must be an array: current value is "btc"'],
    [[null], "instruments[0] must be an object"],
    [[{ exchange: "binance_spot" }], "instruments[0].underlying must be an object"],
  ];
  for (const [instruments, message] of cases) {
    assertThrows(() => describeInstruments(untyped(instruments)), TypeError, message);
  }
});

test("a text with a lone surrogate is refused before the border", async () => {
  using data = await trades(100, 101);
  const config = { ...btcConfig(NOOP), id: "\ud800" };
  await assertRejects(() => backtest(data, config), TypeError, "well-formed");
});
