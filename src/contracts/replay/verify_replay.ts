/**
 * Replays a log of a run: every line against the schemas, the chain of hashes, and every backend.
 *
 * @module
 */

import { canonicalJson, tryParseJson } from "../json/json.ts";
import { comparable } from "../core/comparison_form.ts";
import { contractRefusal } from "../core/contract_refusal.ts";
import { NO_HASH, sha256 } from "../core/sha256.ts";
import { createCore } from "../create_core.ts";
import { type Difference, firstDifference } from "../difference.ts";
import type { CoreBackend, ExecutionCore } from "../execution_core.ts";
import type { ExecutionStepResult, ReplayHeader } from "../generated/types.ts";
import type { Departure, ReplayOutcome } from "./outcome.ts";
import { type GoldenEnd, replayHeader, type ReplayRun } from "./replay_log.ts";

/** Steps that go to the cores in one call. */
const BATCH = 256;
/** What comparison form leaves out: an arrival time, or words. */
const LEFT_OUT = /"ingest_time":"|"message":"[^"]/;

/** How a replay log of any length came out. */
export interface ReplayEnd {
  /** The first departure; null if all is as it should be. */
  readonly departure: Departure | null;
  /** How the run ended; null if it did not come so far. */
  readonly end: GoldenEnd | null;
}

/** How a replay log came out. */
export interface VerifiedReplay extends ReplayOutcome, ReplayEnd {}

/**
 * Checks a replay log: form and schema of every line, the chain of hashes, the same results from
 * every backend, the same end as when it was blessed. Stops at the first departure.
 *
 * @throws {TypeError} without a backend
 * @throws {ContractError} if a core cannot take a step at all, such as `contract_invariant`
 */
export function verifyReplay(
  log: string,
  run: ReplayRun,
  backends: readonly CoreBackend[],
): VerifiedReplay {
  return verifyOn(log, run, coresOf(run, backends));
}

/** The same on cores that are there, at the start of the run; closes them. */
export function verifyOn(
  log: string,
  run: ReplayRun,
  cores: readonly ExecutionCore[],
): VerifiedReplay {
  const lines: string[] = [];
  const verifier = new Verifier(run, cores, (line) => lines.push(line));
  try {
    if (!verifier.add(log)) verifier.finish();
    return { lines, ...verifier.outcome };
  } finally {
    verifier.close();
  }
}

/**
 * As {@linkcode verifyReplay}, of a log that comes in chunks, such as a file's. Memory stays flat.
 *
 * @param chunks UTF-8, cut anywhere
 * @param onLine takes each step that came out the same, as a canonical line in comparison form
 * @throws {ContractError} as `verifyReplay`
 *
 * @example A run that is recorded and replayed without being held in memory
 * ```ts
 * import { type CoreConfig, verifyReplayStream } from "@tendon/tendon/contracts";
 *
 * async function check(chunks: AsyncIterable<Uint8Array>, config: CoreConfig): Promise<void> {
 *   const { departure } = await verifyReplayStream(chunks, { config, golden: null }, ["rust"]);
 *   if (departure !== null) throw new Error(departure.what);
 * }
 * ```
 */
export async function verifyReplayStream(
  chunks: AsyncIterable<Uint8Array>,
  run: ReplayRun,
  backends: readonly CoreBackend[],
  onLine: (line: string) => void = () => {},
): Promise<ReplayEnd> {
  const verifier = new Verifier(run, coresOf(run, backends), onLine);
  try {
    for await (const chunk of chunks) if (verifier.addBytes(chunk, true)) return verifier.outcome;
    if (!verifier.addBytes(new Uint8Array(), false)) verifier.finish();
    return verifier.outcome;
  } finally {
    verifier.close();
  }
}

function coresOf({ config }: ReplayRun, backends: readonly CoreBackend[]): ExecutionCore[] {
  // Nothing would look at what the steps come to, nor at the end.
  if (backends.length === 0) throw new TypeError("Cannot replay a log without a backend");
  return backends.map((backend) => createCore(config, { backend, validation: "off" }));
}

/** A step of the log, read. */
interface Recorded {
  readonly line: string;
  readonly step: ExecutionStepResult;
}

class Verifier {
  readonly #run: ReplayRun;
  readonly #cores: readonly ExecutionCore[];
  readonly #onLine: (line: string) => void;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #chunks = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #rest = "";
  #begun = false;
  #batch: Recorded[] = [];
  #steps = 0;
  #previous = NO_HASH;
  outcome: ReplayEnd = { departure: null, end: null };

  constructor(run: ReplayRun, cores: readonly ExecutionCore[], onLine: (line: string) => void) {
    this.#run = run;
    this.#cores = cores;
    this.#onLine = onLine;
  }

  /** Takes text of the log. Returns whether it departs, after which nothing more is wanted. */
  add(text: string): boolean {
    const lines = text.split("\n");
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() as string;
    return lines.some((line) => this.#line(line));
  }

  /** The same of UTF-8, which may go on in the middle of a character. */
  addBytes(chunk: Uint8Array, stream: boolean): boolean {
    let text: string;
    try {
      text = this.#chunks.decode(chunk, { stream });
    } catch {
      return this.#flush() || this.#depart("the log: it is not UTF-8");
    }
    return this.add(text);
  }

  /** Looks at the end. */
  finish(): void {
    if (this.#flush()) return;
    if (this.#rest !== "") this.#depart("the log: its last line has no end");
    else if (!this.#begun) this.#depart("the header: there is none");
    else this.#end();
  }

  close(): void {
    for (const core of this.#cores) core.close();
  }

  #depart(what: string, difference: Difference | null = null): true {
    this.outcome = { departure: { what, difference }, end: null };
    return true;
  }

  #line(line: string): boolean {
    if (!this.#begun) {
      this.#begun = true;
      return this.#header(line);
    }
    const read = readLine(line, "execution_step_result");
    if (read.departure !== null) {
      // The steps before may depart first.
      if (this.#flush()) return true;
      return this.#depart(`step ${this.#steps + 1}: ${read.departure}`);
    }
    this.#batch.push({ line, step: read.value as ExecutionStepResult });
    return this.#batch.length >= BATCH && this.#flush();
  }

  #header(line: string): boolean {
    const { value, departure } = readLine(line, "replay_header");
    if (departure !== null) return this.#depart(`the header: ${departure}`);
    // The digest says which schemas the run was recorded under; its lines are checked against today's.
    const { engine, seed, schema_digest } = value as ReplayHeader;
    const wanted = { ...replayHeader(this.#run.config, engine, seed), schema_digest };
    const difference = firstDifference(value, wanted);
    return difference !== null && this.#depart("the header", difference);
  }

  /** Steps over what waits, on every backend. */
  #flush(): boolean {
    const batch = this.#batch;
    this.#batch = [];
    const input = batch.map(({ step: { event, intents } }) =>
      `${JSON.stringify({ event, intents })}\n`
    );
    const bytes = this.#encoder.encode(input.join(""));
    const outputs = this.#cores.map((core) =>
      this.#decoder.decode(core.stepLines(bytes)).split("\n")
    );
    return batch.some((recorded, at) =>
      this.#step(recorded, outputs.map((lines) => lines[at] ?? ""))
    );
  }

  #step({ line, step }: Recorded, again: readonly string[]): boolean {
    const what = `step ${this.#steps + 1}`;
    // What every core writes to the last byte, hash and number, is what it should be.
    if (again.some((output) => output !== line)) {
      const broken = brokenChain(step, this.#previous, this.#steps + 1);
      if (broken !== null) return this.#depart(what, broken);
    }
    for (const [index, output] of again.entries()) {
      if (output === line) continue;
      const difference = firstDifference(comparable(step), comparable(JSON.parse(output)));
      if (difference !== null) {
        const { backend } = this.#cores[index] as ExecutionCore;
        return this.#depart(`${what}: the log against ${backend}`, difference);
      }
    }
    this.#steps++;
    this.#previous = step.step_hash;
    this.#onLine(LEFT_OUT.test(line) ? canonicalJson(comparable(step)) : line);
    return false;
  }

  #end(): void {
    const { golden } = this.#run;
    for (const core of this.#cores) {
      const { state_hash, economic_hash } = core.snapshot();
      const end = { steps: this.#steps, step_hash: this.#previous, state_hash, economic_hash };
      const wanted = golden ?? this.outcome.end;
      const difference = wanted === null ? null : firstDifference(end, wanted);
      const other = golden === null ? this.#cores[0]?.backend : "the golden end";
      const what = `the end: ${core.backend} against ${other}`;
      this.outcome = { departure: difference === null ? null : { what, difference }, end };
      if (difference !== null) return;
    }
  }
}

/** Recomputes the hash of a step and looks whether it follows the one before. */
function brokenChain(
  recorded: ExecutionStepResult,
  previous: string,
  step: number,
): Difference | null {
  const { step_hash, ...hashed } = recorded;
  return firstDifference(
    { prev_hash: recorded.prev_hash, step_hash, step_seq: recorded.step_seq },
    {
      prev_hash: previous,
      step_hash: sha256(recorded.prev_hash + canonicalJson(comparable(hashed))),
      step_seq: step,
    },
  );
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
