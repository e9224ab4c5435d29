/**
 * Ten thousand random inputs, and a restart in the middle of them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { BACKENDS, createCore, restoreCore } from "../../../src/contracts/create_core.ts";
import { firstDifference } from "../../../src/contracts/difference.ts";
import { test } from "../../harness.ts";
import { assertConserved } from "./_laws.ts";
import { longRun } from "./_long_run.ts";
import { configOf, stepsOf } from "./_random_run.ts";

const LENGTH = 10_000;

test(`10,000 steps and a restart come to one end: ${BACKENDS.join(" and ")}`, () => {
  const run = longRun("backtest", 7, LENGTH);
  const config = configOf(run);
  const lines = stepsOf(run).map((step) => `${JSON.stringify(step)}\n`);
  const bytes = (part: readonly string[]) => new TextEncoder().encode(part.join(""));
  const ends = BACKENDS.map((backend) => {
    const core = createCore(config, { backend, validation: "full" });
    core.stepLines(bytes(lines.slice(0, LENGTH / 2)));
    const restored = restoreCore(config, core.snapshot(), core.memory(), {
      backend,
      validation: "full",
    });
    core.stepLines(bytes(lines.slice(LENGTH / 2)));
    restored.advance(bytes(lines.slice(LENGTH / 2)));
    const snapshot = core.snapshot();
    assertConserved(snapshot);
    assertEquals(restored.snapshot().state_hash, snapshot.state_hash);
    // The hash of the last step follows from every record before it.
    const { prev_hash } = core.memory();
    core.close();
    restored.close();
    return { prev_hash, snapshot };
  });
  for (const end of ends) assertEquals(firstDifference(end, ends[0]), null);
});
