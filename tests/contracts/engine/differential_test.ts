/**
 * Random runs through every backend; `fuzz.ts` does many more.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { test } from "../../harness.ts";
import { damaged } from "./_damage.ts";
import { agreed, checkRun } from "./_differential.ts";
import { assertLegal, assertNoOverfill, transitionsOf } from "./_laws.ts";
import { configOf, randomRuns, stepsOf } from "./_random_run.ts";
import { readFixture } from "./_fixtures.ts";

test(`2,000 random runs: ${BACKENDS.join(" and ")}`, () => {
  let steps = 0;
  fc.assert(
    fc.property(randomRuns(30), (run) => {
      steps += checkRun(run);
    }),
    { numRuns: 2000 },
  );
  assert(steps > 10_000, `${steps} steps`);
});

for (const validation of ["off", { sample: 3 }, "boundary", "full"] as const) {
  const name = JSON.stringify(validation);
  test(`damaged lines are refused alike: ${BACKENDS.join(" and ")}, ${name}`, () => {
    const hits = fc.array(fc.record({ step: fc.nat(11), place: fc.nat(999), how: fc.nat(119) }), {
      minLength: 1,
      maxLength: 4,
    });
    const codes = new Set<string>();
    let refusals = 0;
    fc.assert(
      fc.property(randomRuns(12), hits, (run, hits) => {
        const steps = stepsOf(run);
        for (const { step, place, how } of hits) {
          const at = step % steps.length, whole = steps[at];
          if (whole !== undefined) steps[at] = damaged(whole, place, how);
        }
        for (const output of agreed(configOf(run), steps, validation).outputs) {
          if (!("refused" in output)) continue;
          refusals++;
          codes.add(`${output.refused.code} ${output.refused.keyword}`);
        }
      }),
      { numRuns: 500 },
    );
    assert(refusals > 300, `${refusals} refusals`);
    const wanted = ["type", "enum", "required", "pattern"].map((word) => `SCHEMA_INVALID ${word}`);
    assertEquals(wanted.filter((code) => !codes.has(code)), []);
  });
}

test("the laws notice an illegal transition and a fill beyond its order", () => {
  const { expect } = readFixture("scenarios/full_fill.json");
  const results = () => structuredClone(expect.results ?? []).flatMap(({ result }) => result ?? []);
  const snapshot = expect.snapshot;
  if (snapshot === null) throw new TypeError("the fixture has a snapshot");
  assertLegal(results());
  assertNoOverfill(results(), snapshot);
  const skipped = results();
  skipped.splice(1, 1);
  assertThrows(() => assertLegal(skipped));
  const more = results();
  for (const { fill } of transitionsOf(more)) if (fill !== null) fill.quantity = "1.5";
  assertThrows(() => assertNoOverfill(more, snapshot));
});
