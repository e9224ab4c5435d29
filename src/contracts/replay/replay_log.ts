/**
 * Replay logs: a header, then one step result per line, chained by hashes.
 *
 * @module
 */

import { canonicalJson, tryParseJson } from "../_json.ts";
import { comparable } from "../core/comparison_form.ts";
import { contractRefusal } from "../core/contract_refusal.ts";
import { hashOf, NO_HASH, sha256 } from "../core/sha256.ts";
import { createCore } from "../create_core.ts";
import { firstDifference } from "../difference.ts";
import type { CoreBackend, ExecutionCore } from "../execution_core.ts";
import { BUNDLE_DIGEST } from "../generated/data.ts";
import type { CoreConfig, ExecutionStepResult, ReplayHeader } from "../generated/types.ts";
import type { Departure, ReplayOutcome } from "./outcome.ts";

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
}

/** How a replay log came out. */
export interface VerifiedReplay extends ReplayOutcome {
  /** How the run ended; null if it did not come so far. */
  readonly end: GoldenEnd | null;
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

/**
 * Checks a replay log: form and schema of every line, the chain of hashes, the same results from
 * every backend, the same end as when it was blessed. Stops at the first departure.
 */
export function verifyReplay(
  log: string,
  { config, golden }: ReplayRun,
  backends: readonly CoreBackend[],
): VerifiedReplay {
  const lines = log.split("\n");
  if (lines.pop() !== "") return failed([], "the log: its last line has no end");
  const header = readLine(lines[0] ?? "", "replay_header");
  if (header.departure !== null) return failed([], `the header: ${header.departure}`);
  // The digest says which schemas the run was recorded under; its lines are checked against today's.
  const { engine, seed, schema_digest } = header.value as ReplayHeader;
  const wanted = { ...replayHeader(config, engine, seed), schema_digest };
  const inHeader = firstDifference(header.value, wanted);
  if (inHeader !== null) {
    return { lines: [], departure: { what: "the header", difference: inHeader }, end: null };
  }
  const cores = backends.map((backend) => createCore(config, { backend, validation: "off" }));
  try {
    return verifySteps(lines.slice(1), golden, cores);
  } finally {
    for (const core of cores) core.close();
  }
}

function verifySteps(
  lines: readonly string[],
  golden: GoldenEnd | null,
  cores: readonly ExecutionCore[],
): VerifiedReplay {
  const done: string[] = [];
  let previous = NO_HASH;
  for (const [at, line] of lines.entries()) {
    const what = `step ${at + 1}`;
    const read = readLine(line, "execution_step_result");
    if (read.departure !== null) return failed(done, `${what}: ${read.departure}`);
    const recorded = read.value as ExecutionStepResult;
    const broken = brokenChain(recorded, previous, at + 1);
    if (broken !== null) return { lines: done, departure: { what, ...broken }, end: null };
    for (const core of cores) {
      const again = core.step(recorded.event, recorded.intents);
      const difference = firstDifference(comparable(recorded), comparable(again));
      if (difference !== null) {
        const departure = { what: `${what}: the log against ${core.backend}`, difference };
        return { lines: done, departure, end: null };
      }
    }
    previous = recorded.step_hash;
    done.push(canonicalJson(comparable(recorded)));
  }
  return ended(done, previous, golden, cores);
}

function ended(
  lines: readonly string[],
  step_hash: string,
  golden: GoldenEnd | null,
  cores: readonly ExecutionCore[],
): VerifiedReplay {
  let end: GoldenEnd | null = null;
  for (const core of cores) {
    const { state_hash, economic_hash } = core.snapshot();
    end = { steps: lines.length, step_hash, state_hash, economic_hash };
    const difference = golden === null ? null : firstDifference(end, golden);
    if (difference !== null) {
      const departure = { what: `the end: ${core.backend} against the golden end`, difference };
      return { lines, departure, end };
    }
  }
  return { lines, departure: null, end };
}

/** Recomputes the hash of a step and looks whether it follows the one before. */
function brokenChain(
  recorded: ExecutionStepResult,
  previous: string,
  step: number,
): Omit<Departure, "what"> | null {
  const { step_hash, ...hashed } = recorded;
  const difference = firstDifference(
    { prev_hash: recorded.prev_hash, step_hash, step_seq: recorded.step_seq },
    {
      prev_hash: previous,
      step_hash: sha256(recorded.prev_hash + canonicalJson(comparable(hashed))),
      step_seq: step,
    },
  );
  return difference === null ? null : { difference };
}

function readLine(
  line: string,
  contract: "replay_header" | "execution_step_result",
): { readonly value: unknown; readonly departure: string | null } {
  const { value, issue } = tryParseJson(line);
  if (issue !== null) return { value, departure: `"${issue.pointer}" ${issue.message}` };
  if (canonicalJson(value) !== line) return { value, departure: "the line is not canonical" };
  const refused = contractRefusal(contract, value, "");
  if (refused === null) return { value, departure: null };
  return { value, departure: `${refused.code} at "${refused.pointer}": ${refused.message}` };
}

function failed(lines: readonly string[], what: string): VerifiedReplay {
  return { lines, departure: { what, difference: null }, end: null };
}
