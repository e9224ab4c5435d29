/**
 * What every input does to an order in every state, as the table of the documentation says.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { BACKENDS, restoreCore } from "../../../src/contracts/create_core.ts";
import type { TransitionResult } from "../../../src/contracts/generated/types.ts";
import { test } from "../../harness.ts";
import { type Cell, INPUTS, self } from "./_inputs.ts";
import { CONFIG, replace, Script } from "./_script.ts";
import { everyState, STATES } from "./_states.ts";

function shown({ outcome, code, transitions, diagnostics }: TransitionResult): string {
  if (outcome === "ignored") return `IGN ${code}`;
  if (outcome === "rejected") return `${code}`;
  if (transitions.length > 0) return transitions.map(({ from, to }) => `${from} -> ${to}`).join();
  return ["nothing", ...diagnostics.map(({ code }) => code)].join(" ");
}

for (const backend of BACKENDS) {
  for (const [name, input, row] of INPUTS) {
    test(`${name} does to every state what the table says: ${backend}`, () => {
      const start = everyState();
      const found: Record<string, Cell> = {}, wanted: Record<string, Cell> = {};
      for (const state of STATES) {
        const core = restoreCore(CONFIG, start.snapshot, start.memory, {
          backend,
          validation: "full",
        });
        const [step] = input(new Script(start.snapshot.seq_id), state).steps;
        if (step === undefined) throw new TypeError("the input is a step");
        const { event_result, intent_results } = core.step(step.event, step.intents);
        const cell = row[state] ?? row.terminal ?? "";
        const order = core.snapshot().orders.find(({ order_id }) => order_id === state);
        const resume = cell.includes("resume") ? ` resume ${order?.resume_status}` : "";
        found[state] = `${shown(intent_results[0] ?? event_result)}${resume}`;
        wanted[state] = cell;
        core.close();
      }
      assertEquals(found, wanted);
    });
  }

  test(`report replace_rejected ends a pending replace, and only that: ${backend}`, () => {
    const start = everyState();
    for (const state of ["accepted", "partially_filled"]) {
      const core = restoreCore(CONFIG, start.snapshot, start.memory, {
        backend,
        validation: "full",
      });
      const script = new Script(start.snapshot.seq_id)
        .timer(replace(state, { quantity: "2" }), replace(state, { quantity: "3" }))
        .report(state, "replace_rejected");
      const [asked, refused] = script.steps.map(({ event, intents }) => core.step(event, intents));
      assertEquals(asked?.intent_results.map(shown), [self(state), "REPLACE_PENDING"]);
      assertEquals(refused && shown(refused.event_result), self(state));
      const order = core.snapshot().orders.find(({ order_id }) => order_id === state);
      assertEquals([order?.pending_replace, order?.quantity], [null, "1"]);
      core.close();
    }
  });
}
