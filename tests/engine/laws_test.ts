/**
 * Laws of every run: equity is cash plus positions at the mark, and no balance invents money.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  backtest,
  type BacktestConfig,
  type Fill,
  MarketData,
  type Strategy,
  type StrategyContext,
} from "../../src/engine/mod.ts";
import { test } from "../harness.ts";
import { type Fixed, fixed } from "./_model.ts";
import { pair, recording, trade } from "./_setup.ts";

const INSTRUMENTS = 3;
const ONE = fixed("1");
/** Prices are rounded to 28 digits, 22 places or more here; a run adds up some dozens of them. */
const ROUNDING = fixed("1e-17");

/** Something a strategy does at an event. */
interface Action {
  readonly event: number;
  readonly instrument: number;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly close: boolean;
}

function actions(events: number): fc.Arbitrary<Action[]> {
  return fc.array(
    fc.record({
      event: fc.integer({ min: 1, max: events }),
      instrument: fc.integer({ min: 0, max: INSTRUMENTS - 1 }),
      side: fc.constantFrom("buy", "sell"),
      quantity: fc.integer({ min: 1, max: 1000 }).map((units) => (units / 1000).toFixed(3)),
      close: fc.boolean(),
    }),
    { maxLength: 40 },
  );
}

const fees = fc.integer({ min: 0, max: 500 }).map((units) => (units / 10_000).toFixed(4));
/** Little enough that orders are rejected, or plenty. */
const cash = fc.constantFrom("0", "700", "100000", "100000000");

function act(ctx: StrategyContext, actions: readonly Action[]): void {
  for (const { event, instrument, side, quantity, close } of actions) {
    if (event !== ctx.events) continue;
    if (close) ctx.closePositions({ instruments: [instrument] });
    else if (!Number.isNaN(ctx.instrument(instrument).price)) {
      ctx.open({ instrument, side, quantity });
    }
  }
}

function config(
  strategy: Strategy,
  usdt: string,
  feeRate: string,
  latencyMs: number,
): BacktestConfig {
  const balances = { usdt, btc: "7", eth: 0, sol: "0.5" };
  return { strategy, execution: [{ exchange: "binance_spot", feeRate, latencyMs, balances }] };
}

function times(a: Fixed, b: Fixed): Fixed {
  return a * b / ONE;
}

function assertNear(actual: string, expected: Fixed): void {
  const difference = fixed(actual) - expected;
  assert(difference <= ROUNDING && -difference <= ROUNDING, `${actual}: off by ${difference}`);
}

/** Cash after a fill on an exchange that credits sales. */
function cashAfter(cash: Fixed, { side, price, quantity, fees }: Fill): Fixed {
  const value = times(fixed(price), fixed(quantity));
  return cash + (side === "buy" ? -value : value) - fixed(fees);
}

test("equity is cash plus positions at the mark, at the end of any run and at every event", async () => {
  const data = await recording();
  await fc.assert(
    fc.asyncProperty(
      actions(600),
      cash,
      fees,
      fc.integer({ min: 0, max: 999 }),
      async (actions, usdt, feeRate, latencyMs) => {
        const along: number[] = [];
        let own = Number(usdt);
        const strategy: Strategy = {
          id: "any",
          onMarket(ctx) {
            let value = own;
            for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
              const { positionQty, price } = ctx.instrument(instrument);
              if (positionQty !== 0) value += positionQty * price;
            }
            along.push(value);
            act(ctx, actions);
          },
          onFill(_, { side, price, quantity, fees }) {
            own += (side === "buy" ? -1 : 1) * Number(price) * Number(quantity) - Number(fees);
          },
        };
        const { equity, fills, openPositions, stats } = await backtest(
          data,
          config(strategy, usdt, feeRate, latencyMs),
        );
        let exact = fills.reduce(cashAfter, fixed(usdt));
        for (const { side, markPrice, quantity } of openPositions) {
          const value = times(fixed(markPrice ?? ""), fixed(quantity));
          exact += side === "buy" ? value : -value;
        }
        assertNear(equity.final, exact);
        // The start, every event, the end.
        assertEquals(equity.value.length, along.length + 2);
        for (const [event, value] of along.entries()) {
          const drawn = equity.value[event + 1] ?? NaN;
          const bound = 1e-12 * (Math.abs(value) + 1e6);
          assert(Math.abs(drawn - value) <= bound, `event ${event}: ${drawn} is not ${value}`);
        }
        assertEquals(stats.orders, stats.fills + stats.rejected);
      },
    ),
    { numRuns: 40, seed: 42 },
  );
  data.close();
});

test("the mock exchange's balances only ever fall, by what the guide says", async () => {
  const data = await recording();
  await fc.assert(
    fc.asyncProperty(
      actions(600),
      cash,
      fees,
      async (actions, usdt, feeRate) => {
        const strategy: Strategy = { id: "any", onMarket: (ctx) => act(ctx, actions) };
        const { fills, summary, stats } = await backtest(data, config(strategy, usdt, feeRate, 20));
        let quote = fixed(usdt);
        for (const { side, price, quantity, fees } of fills) {
          const sold = fixed(quantity);
          quote -= side === "buy"
            ? times(fixed(price), sold) + fixed(fees)
            : sold + times(sold, fixed(feeRate));
          assert(quote >= -ROUNDING, "more was spent than there was");
        }
        const end = (asset: string) =>
          summary.assets[`binance_spot:${asset}`]?.balanceEnd?.total ?? "";
        assertNear(end("usdt"), quote);
        assertEquals([end("btc"), end("eth"), end("sol")], ["7", "0", "0.5"]);
        if (usdt === "0") assertEquals(stats.fills, 0);
      },
    ),
    { numRuns: 40, seed: 43 },
  );
  data.close();
});

test("equity on prices that stand still is the opening cash less the fees, whatever is done", async () => {
  const lines = Array.from({ length: 60 }, (_, second) => trade(second, 125.5));
  const data = await MarketData.parse(lines.join("\n"), { instruments: [pair("btc")] });
  await fc.assert(
    fc.asyncProperty(
      actions(60),
      fees,
      fc.integer({ min: 0, max: 999 }),
      async (actions, feeRate, latencyMs) => {
        const only = actions.map((action) => ({ ...action, instrument: 0 }));
        const { equity, fills } = await backtest(data, {
          strategy: { id: "any", onMarket: (ctx) => act(ctx, only) },
          execution: [{
            exchange: "binance_spot",
            feeRate,
            latencyMs,
            balances: { usdt: "100000", btc: "0" },
          }],
        });
        const paid = fills.reduce((sum, fill) => sum + fixed(fill.fees), 0n);
        // Not even the last digit: no price here has to be rounded.
        assertEquals(fixed(equity.final), fixed("100000") - paid);
        assert(equity.value.every((value) => value <= 100_000));
      },
    ),
    { numRuns: 60, seed: 44 },
  );
  data.close();
});
