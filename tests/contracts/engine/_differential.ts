/**
 * Random runs through every backend: the same bytes, and within the laws.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import { comparable } from "../../../src/contracts/core/comparison_form.ts";
import type { CoreBackend } from "../../../src/contracts/execution_core.ts";
import { firstDifference } from "../../../src/contracts/difference.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  ExecutionStepResult,
  Refusal,
} from "../../../src/contracts/generated/types.ts";
import type { ValidationMode } from "../../../src/contracts/schema/validation.ts";
import { assertConserved, assertLegal, assertNoOverfill } from "./_laws.ts";
import { configOf, type RandomRun, stepsOf } from "./_random_run.ts";

interface Ran {
  readonly backend: CoreBackend;
  readonly text: string;
  readonly snapshot: CoreSnapshot;
}

function ran(
  config: CoreConfig,
  backend: CoreBackend,
  lines: Uint8Array,
  validation: ValidationMode,
): Ran {
  const core = createCore(config, { backend, validation });
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

/** Runs lines through every backend; throws where they differ, and returns what all of them answer. */
export function agreed(
  config: CoreConfig,
  steps: readonly object[],
  validation: ValidationMode,
): { readonly outputs: readonly Output[]; readonly snapshot: CoreSnapshot } {
  const input = steps.map((step) => `${JSON.stringify(step)}\n`).join("");
  const lines = new TextEncoder().encode(input);
  const [first, ...others] = BACKENDS.map((backend) => ran(config, backend, lines, validation));
  if (first === undefined) throw new TypeError("there is a backend");
  const outputs = parsed(first.text);
  for (const { backend, text, snapshot } of others) {
    const what = `${first.backend} against ${backend}`;
    if (text !== first.text) {
      const difference = firstDifference(comparable(outputs), comparable(parsed(text)));
      assertEquals(difference, null, what);
    }
    assertEquals(firstDifference(first.snapshot, snapshot), null, what);
  }
  return { outputs, snapshot: first.snapshot };
}

/** Throws where backends differ or a law is broken; returns how many steps the run made. */
export function checkRun(run: RandomRun): number {
  const { outputs, snapshot } = agreed(configOf(run), stepsOf(run), "full");
  const results = outputs.flatMap((line) => "refused" in line ? [] : [line]);
  assertLegal(results);
  assertNoOverfill(results, snapshot);
  assertConserved(snapshot);
  return results.length;
}
