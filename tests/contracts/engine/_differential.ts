/**
 * One random run through every backend: the same bytes, and within the laws.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import { comparable } from "../../../src/contracts/core/comparison_form.ts";
import type { CoreBackend } from "../../../src/contracts/execution_core.ts";
import { firstDifference } from "../../../src/contracts/difference.ts";
import type {
  CoreSnapshot,
  ExecutionStepResult,
  Refusal,
} from "../../../src/contracts/generated/types.ts";
import { assertConserved, assertLegal, assertNoOverfill } from "./_laws.ts";
import { configOf, type RandomRun, stepsOf } from "./_random_run.ts";

interface Ran {
  readonly backend: CoreBackend;
  readonly text: string;
  readonly snapshot: CoreSnapshot;
}

function ran(run: RandomRun, backend: CoreBackend, lines: Uint8Array): Ran {
  const core = createCore(configOf(run), { backend, validation: "off" });
  try {
    const text = new TextDecoder().decode(core.stepLines(lines));
    return { backend, text, snapshot: core.snapshot() };
  } finally {
    core.close();
  }
}

type Output = ExecutionStepResult | { readonly refused: Refusal };

function parsed(text: string): readonly Output[] {
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** Outputs as they are compared: what a schema says of a refused line is the validators' own matter. */
function compared(text: string): unknown {
  return comparable(
    parsed(text).map((line) => "refused" in line ? line.refused.code : line),
  );
}

/** Throws where backends differ or a law is broken; returns how many steps the run made. */
export function checkRun(run: RandomRun): number {
  const input = stepsOf(run).map((step) => `${JSON.stringify(step)}\n`).join("");
  const lines = new TextEncoder().encode(input);
  const [first, ...others] = BACKENDS.map((backend) => ran(run, backend, lines));
  if (first === undefined) throw new TypeError("there is a backend");
  for (const { backend, text, snapshot } of others) {
    const what = `${first.backend} against ${backend}`;
    if (text !== first.text) {
      assertEquals(firstDifference(compared(first.text), compared(text)), null, what);
    }
    assertEquals(firstDifference(first.snapshot, snapshot), null, what);
  }
  const results = parsed(first.text).flatMap((line) => "refused" in line ? [] : [line]);
  assertLegal(results);
  assertNoOverfill(results, first.snapshot);
  assertConserved(first.snapshot);
  return results.length;
}
