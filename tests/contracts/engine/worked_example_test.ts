/**
 * The example of the documentation, its figures worked out by hand.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import { test } from "../../harness.ts";
import { cancel, CONFIG, place, Script } from "./_script.ts";

const USD = (amount: string) => ({ fee: { currency: "USD", amount } });

function buy(): Script {
  return new Script()
    .timer(place("o1", { quantity: "1.5", limit_price: "102" }))
    .report("o1", "accepted")
    .fill("o1", "f1", "0.5", { price: "100", ...USD("0.05") })
    .fill("o1", "f1", "0.5", { price: "100", ...USD("0.05") })
    .timer(cancel("o1"))
    .fill("o1", "f2", "0.25", { price: "101", ...USD("0.02525") })
    .report("o1", "cancel_rejected")
    .fill("o1", "f3", "0.75", { price: "102", ...USD("0.0765") });
}

function sell(script: Script): Script {
  return script
    .timer(place("o2", { side: "sell", quantity: "1", limit_price: "110" }))
    .report("o2", "accepted")
    .fill("o2", "f4", "0.4", { price: "110" })
    .fill("o2", "f5", "0.7", { price: "111" })
    .fill("o2", "f6", "0.6", { price: "111" });
}

for (const backend of BACKENDS) {
  test(`the worked example comes out to the last digit: ${backend}`, () => {
    const core = createCore(CONFIG, { backend, validation: "full" });
    const script = sell(buy());
    const results = script.steps.map(({ event, intents }) => core.step(event, intents));
    const states = results.map(({ event_result, intent_results }) => [
      event_result.outcome,
      event_result.code,
      ...[event_result, ...intent_results].flatMap(({ transitions }) =>
        transitions.map(({ to }) => to)
      ),
    ]);
    assertEquals(states, [
      ["applied", null, "created", "submitted"],
      ["applied", null, "accepted"],
      ["applied", null, "partially_filled"],
      ["duplicate", null],
      ["applied", null, "cancel_pending"],
      ["applied", null, "cancel_pending"],
      ["applied", null, "partially_filled"],
      ["applied", null, "filled"],
      ["applied", null, "created", "submitted"],
      ["applied", null, "accepted"],
      ["applied", null, "partially_filled"],
      ["rejected", "OVERFILL"],
      ["applied", null, "filled"],
    ]);
    const snapshot = core.snapshot();
    assertEquals(snapshot.cash, [{ currency: "USD", amount: "9958.69825" }]);
    assertEquals(snapshot.fees_paid, [{ currency: "USD", amount: "0.15175" }]);
    assertEquals(snapshot.positions, [{
      instrument: "BTC/USD",
      quantity: "0.5",
      cost: "50.583333333333333333333333",
      avg_price: "101.166666666667",
      realized_pnl: "9.433333333333333333333333",
    }]);
    core.close();
  });

  test(`the first half of the worked example: ${backend}`, () => {
    const core = createCore(CONFIG, { backend, validation: "full" });
    for (const { event, intents } of buy().steps) core.step(event, intents);
    const { cash, positions, orders } = core.snapshot();
    assertEquals(cash, [{ currency: "USD", amount: "9848.09825" }]);
    const [position] = positions;
    assertEquals([position?.quantity, position?.cost], ["1.5", "151.75"]);
    const [order] = orders;
    assertEquals(
      [order?.status, order?.filled, order?.remaining, order?.notional, order?.avg_fill_price],
      ["filled", "1.5", "0", "151.75", "101.166666666667"],
    );
    core.close();
  });
}

test("the table of the documentation is what the core does", () => {
  using core = createCore(CONFIG, { backend: "typescript", validation: "full" });
  const rows = sell(buy()).steps.map(({ event, intents }) => {
    const { event_result: { outcome, code } } = core.step(event, intents);
    const { orders, cash, positions: [position] } = core.snapshot();
    return [
      code === null ? outcome : `${outcome} ${code}`,
      orders.at(-1)?.status,
      cash[0]?.amount,
      position?.quantity ?? "0",
      position?.cost ?? "0",
      position?.realized_pnl ?? "0",
    ];
  });
  const docs = readFileSync(new URL("../../../docs/contracts.md", import.meta.url), "utf8");
  const table = docs.split("### A worked example")[1]?.split("\n").filter((line) =>
    line.startsWith("|")
  );
  const cells = (line: string) => line.split("|").slice(2, -1).map((cell) => cell.trim());
  assertEquals(table?.slice(2, 2 + rows.length).map(cells), rows);
});
