/**
 * Random runs through every backend; `fuzz.ts` does many more.
 *
 * @module
 */

import { assert, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { test } from "../../harness.ts";
import { checkRun } from "./_differential.ts";
import { assertLegal, assertNoOverfill, transitionsOf } from "./_laws.ts";
import { randomRuns } from "./_random_run.ts";
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
