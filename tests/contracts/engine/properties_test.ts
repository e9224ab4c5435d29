/**
 * Laws of random runs.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BACKENDS, createCore, restoreCore } from "../../../src/contracts/create_core.ts";
import type { CoreBackend, ExecutionCore } from "../../../src/contracts/execution_core.ts";
import type { CoreSnapshot, ExecutionStepResult } from "../../../src/contracts/generated/types.ts";
import { test } from "../../harness.ts";
import { assertConserved, assertLegal, assertNoOverfill } from "./_laws.ts";
import { configOf, type RandomRun, randomRuns, stepsOf } from "./_random_run.ts";
import type { Step } from "./_script.ts";

const RUNS = randomRuns(40);
const TIMES = { numRuns: 150 };

function lines(steps: readonly Step[]): Uint8Array {
  return new TextEncoder().encode(steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
}

interface Ran {
  readonly text: string;
  readonly results: readonly ExecutionStepResult[];
  readonly snapshot: CoreSnapshot;
}

function feed(core: ExecutionCore, steps: readonly Step[]): Ran {
  const text = new TextDecoder().decode(core.stepLines(lines(steps)));
  const outputs = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const results = outputs.filter((output) => !("refused" in output));
  return { text, results, snapshot: core.snapshot() };
}

function ran(run: RandomRun, backend: CoreBackend, steps = stepsOf(run)): Ran {
  const core = createCore(configOf(run), { backend, validation: "full" });
  try {
    return feed(core, steps);
  } finally {
    core.close();
  }
}

for (const backend of BACKENDS) {
  test(`no illegal transition, no overfill, no money made: ${backend}`, () => {
    fc.assert(
      fc.property(RUNS, (run) => {
        const { results, snapshot } = ran(run, backend);
        assertLegal(results);
        assertNoOverfill(results, snapshot);
        assertConserved(snapshot);
      }),
      TIMES,
    );
  });

  test(`random runs come to every outcome and to most codes: ${backend}`, () => {
    const seen = new Set<string>();
    for (const run of fc.sample(RUNS, { numRuns: 150, seed: 1 })) {
      for (const { event_result, intent_results } of ran(run, backend).results) {
        for (const { outcome, code } of [event_result, ...intent_results]) {
          seen.add(code ?? outcome);
        }
      }
    }
    const wanted = ["applied", "duplicate", "OVERFILL", "STALE_REPORT", "ILLEGAL_TRANSITION"];
    wanted.push("IDEMPOTENCY_CONFLICT", "TIME_REGRESSION", "RISK_DENIED", "HALTED");
    wanted.push("FILL_BEFORE_ACCEPT", "FILL_AFTER_TERMINAL", "DECIMAL_OVERFLOW", "REPLACE_PENDING");
    assertEquals(wanted.filter((code) => !seen.has(code)), []);
    assert(seen.size >= 20, `${seen.size} codes`);
  });

  test(`a step that is rolled back leaves no trace: ${backend}`, () => {
    fc.assert(
      fc.property(RUNS, fc.nat(40), (run, cut) => {
        const steps = stepsOf(run);
        const at = cut % steps.length;
        const core = createCore(configOf(run), { backend, validation: "full" });
        const other = createCore(configOf(run), { backend, validation: "full" });
        try {
          feed(core, steps.slice(0, at));
          feed(other, steps.slice(0, at));
          let began = false;
          try {
            core.begin((steps[at] as Step).event);
            began = true;
          } catch {
            // Refused: nothing began, and nothing may have changed either.
          }
          if (began) core.rollback();
          assertEquals(core.snapshot(), other.snapshot());
          assertEquals(core.memory(), other.memory());
          assertEquals(feed(core, steps.slice(at)).text, feed(other, steps.slice(at)).text);
        } finally {
          core.close();
          other.close();
        }
      }),
      TIMES,
    );
  });

  test(`snapshot, restore and continue is to continue: ${backend}`, () => {
    fc.assert(
      fc.property(RUNS, fc.nat(40), (run, cut) => {
        const steps = stepsOf(run), config = configOf(run);
        const at = cut % steps.length;
        const core = createCore(config, { backend, validation: "full" });
        feed(core, steps.slice(0, at));
        const restored = restoreCore(config, core.snapshot(), core.memory(), {
          backend,
          validation: "full",
        });
        try {
          assertEquals(feed(restored, steps.slice(at)), feed(core, steps.slice(at)));
          assertEquals(restored.memory(), core.memory());
        } finally {
          core.close();
          restored.close();
        }
      }),
      TIMES,
    );
  });

  test(`without its duplicates a run has the same economic hash: ${backend}`, () => {
    fc.assert(
      fc.property(RUNS, (run) => {
        const steps = stepsOf(run);
        const core = createCore(configOf(run), { backend, validation: "full" });
        const kept: Step[] = [];
        for (const { event, intents } of steps) {
          try {
            const { event_result } = core.step(event, intents);
            // A repeated event with intents is kept: its intents may be new.
            if (event_result.outcome === "duplicate" && intents.length === 0) continue;
          } catch {
            // Refused in the whole run, and left out here.
            continue;
          }
          kept.push({ event, intents });
        }
        const renumbered = kept.map(({ event, intents }, index) => ({
          event: { ...event, seq_id: null },
          intents: intents.map((intent) => ({ ...intent, caused_by: index + 1 })),
        }));
        const { economic_hash } = core.snapshot();
        core.close();
        assertEquals(ran(run, backend, renumbered).snapshot.economic_hash, economic_hash);
      }),
      TIMES,
    );
  });

  test(`advance changes the state as stepping does: ${backend}`, () => {
    fc.assert(
      fc.property(RUNS, (run) => {
        const steps = stepsOf(run);
        const core = createCore(configOf(run), { backend, validation: "full" });
        try {
          core.advance(lines(steps));
          assertEquals(core.snapshot(), ran(run, backend, steps).snapshot);
        } finally {
          core.close();
        }
      }),
      TIMES,
    );
  });
}
