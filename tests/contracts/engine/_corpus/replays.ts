/**
 * Runs that are recorded as replay logs.
 *
 * @module
 */

import { createCore } from "../../../../src/contracts/create_core.ts";
import type { CoreBackend } from "../../../../src/contracts/execution_core.ts";
import type { CoreConfig, ExecutionStepResult } from "../../../../src/contracts/generated/types.ts";
import { replayHeader, replayLog } from "../../../../src/contracts/replay/replay_log.ts";
import { longRun } from "../_long_run.ts";
import { configOf, stepsOf } from "../_random_run.ts";
import { CONFIG, type Step } from "../_script.ts";
import { workedExample } from "./scenarios.ts";

/** A run to record. */
export interface Recording {
  /** Name of the log below `fixtures/replay`, without its ending. */
  readonly name: string;
  readonly config: CoreConfig;
  readonly seed: number | null;
  readonly steps: readonly Step[];
}

function random(mode: CoreConfig["mode"], seed: number): Recording {
  const run = longRun(mode, seed, 150);
  const config = { ...configOf(run), run_id: `random-${mode}-${seed}` };
  return { name: `random_${mode}`, config, seed, steps: stepsOf(run) };
}

/** The runs. */
export const REPLAYS: readonly Recording[] = [
  { name: "worked_example", config: CONFIG, seed: null, steps: workedExample().steps },
  random("backtest", 11),
  random("live", 12),
];

/** Records a run; inputs that are refused leave no step. */
export function record({ config, seed, steps }: Recording, backend: CoreBackend): string {
  const core = createCore(config, { backend, validation: "full" });
  try {
    const input = steps.map((step) => `${JSON.stringify(step)}\n`).join("");
    const output = new TextDecoder().decode(core.stepLines(new TextEncoder().encode(input)));
    const results: ExecutionStepResult[] = output.split("\n").slice(0, -1)
      .map((line) => JSON.parse(line)).filter((line) => !("refused" in line));
    return replayLog(replayHeader(config, "tendon/contracts-1.0", seed), results);
  } finally {
    core.close();
  }
}
