/**
 * The contracts of the engine boundary: schemas, validation and the execution core.
 *
 * @module
 */

export { BACKENDS, createCore, restoreCore } from "./create_core.ts";
export {
  type CoreBackend,
  type CoreMemory,
  type CoreOptions,
  type ExecutionCore,
  OUTCOME_BYTES,
  type StepInput,
} from "./execution_core.ts";
export { sequenceBatch } from "./core/sequencer.ts";
export { comparable } from "./core/comparison_form.ts";
export { type Difference, firstDifference } from "./difference.ts";
export { replayFixture } from "./replay/fixture.ts";
export type { Departure, ReplayOutcome } from "./replay/outcome.ts";
export {
  type GoldenEnd,
  replayHeader,
  replayLog,
  type ReplayRun,
  type VerifiedReplay,
  verifyReplay,
} from "./replay/replay_log.ts";
