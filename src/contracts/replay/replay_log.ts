/**
 * Replay logs: a header, then one step result per line, chained by hashes.
 *
 * @module
 */

import { canonicalJson } from "../json/json.ts";
import { hashOf } from "../core/sha256.ts";
import { firstDifference } from "../difference.ts";
import { BUNDLE_DIGEST } from "../generated/data.ts";
import type { CoreConfig, ExecutionStepResult, ReplayHeader } from "../generated/types.ts";

/** How a recorded run ended: what a replay of it must come to. */
export interface GoldenEnd {
  /** Number of steps. */
  readonly steps: number;
  /** Hash of the last step. */
  readonly step_hash: string;
  /** Hash of the state at the end. */
  readonly state_hash: string;
  /** Hash of cash, positions and orders at the end. */
  readonly economic_hash: string;
}

/** What stands beside a replay log: the configuration that its header has the hash of, and its end. */
export interface ReplayRun {
  /** How the core was made. */
  readonly config: CoreConfig;
  /** Null until it is blessed. */
  readonly golden: GoldenEnd | null;
  /** Why the end is another one than before, if it ever was. */
  readonly reason?: string;
}

/** The run with what it came to as its end; null if that is another end than before and nobody says why. */
export function blessRun(
  run: ReplayRun,
  end: GoldenEnd,
  reason: string | undefined,
): ReplayRun | null {
  if (run.golden === null) return { ...run, golden: end };
  if (firstDifference(run.golden, end) === null) return run;
  return reason === undefined ? null : { ...run, golden: end, reason };
}

/** First line of the log of a run. */
export function replayHeader(
  config: CoreConfig,
  engine: string,
  seed: number | null = null,
): ReplayHeader {
  return {
    schema: "replay_header/1.0",
    run_id: config.run_id,
    mode: config.mode,
    config_hash: hashOf(config),
    schema_digest: BUNDLE_DIGEST,
    seed,
    engine,
  };
}

/** The log of a run: header and results as canonical JSON lines. */
export function replayLog(header: ReplayHeader, results: Iterable<ExecutionStepResult>): string {
  return [header, ...results].map((line) => `${canonicalJson(line)}\n`).join("");
}
