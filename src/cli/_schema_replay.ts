/**
 * `tendon schema replay`: a fixture or a replay log through the cores.
 *
 * @module
 */

import { createReadStream, existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { canonicalJson, parseJson } from "../contracts/json/json.ts";
import { isObject } from "../contracts/json/value.ts";
import { BACKENDS } from "../contracts/create_core.ts";
import type { CoreBackend } from "../contracts/execution_core.ts";
import type { Fixture } from "../contracts/generated/types.ts";
import { blessFixture, fixtureText, replayFixture } from "../contracts/replay/fixture.ts";
import type { Departure } from "../contracts/replay/outcome.ts";
import { firstDifference } from "../contracts/difference.ts";
import { blessRun, type ReplayRun } from "../contracts/replay/replay_log.ts";
import { verifyReplayStream } from "../contracts/replay/verify_replay.ts";
import { readContract } from "../contracts/schema/validation.ts";
import type { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

/** Options as parsed. */
export interface ReplayOptions {
  readonly backend?: string;
  readonly bless?: boolean;
  readonly reason?: string;
}

/** How the outputs are expected to be written anew; null to compare only. */
type Blessing = { readonly reason: string | undefined } | null;

/** Ledger of the differences between modes, from the folder where the command runs. */
const LEDGER = "docs/divergences.yaml";

/**
 * Runs a file through the cores and compares: a fixture with what it expects, a replay log with itself
 * and with the end in the `.run.json` beside it. A backend that is missing is a failure.
 */
export async function replay(
  file: string,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const backends = backendsOf(options.backend);
  const bless = blessing(options);
  if (bless !== null && backends.length < BACKENDS.length) {
    throw new UsageError(
      "--bless takes an output on which all backends agree: leave --backend out",
    );
  }
  const changed = (what: string) => terminal.fail(`tendon: ${file}: ${what}`);
  const print = (line: string) => terminal.print(`${line}\n`);
  const run = file.endsWith(".jsonl") ? replayLog : replayOne;
  const departure = await run(file, backends, bless, print, changed);
  if (departure === null) return 0;
  terminal.fail(`tendon: ${file}: ${shown(departure)}`);
  return 1;
}

async function replayOne(
  file: string,
  backends: readonly CoreBackend[],
  bless: Blessing,
  print: (line: string) => void,
  tell: (what: string) => void,
): Promise<Departure | null> {
  let fixture = readContract<Fixture>("fixture", await readFile(file));
  if (bless !== null) {
    const blessed = blessFixture(fixture, backends);
    if (blessed.departure !== null) return blessed.departure;
    const changed = replayFixture(fixture, backends).departure;
    if (changed !== null && bless.reason === undefined) return unexplained(changed);
    fixture = blessed.fixture;
    await writeFile(file, fixtureText(fixture));
    if (changed !== null) tell(forChangelog(bless));
  }
  const { lines, departure } = replayFixture(fixture, backends);
  lines.forEach(print);
  return departure;
}

async function replayLog(
  file: string,
  backends: readonly CoreBackend[],
  bless: Blessing,
  print: (line: string) => void,
  tell: (what: string) => void,
): Promise<Departure | null> {
  const beside = file.replace(/\.jsonl$/, ".run.json");
  const before = replayRun(beside, await readFile(beside, "utf8"));
  const { golden } = before;
  const run = bless === null ? before : { ...before, golden: null };
  const { departure, end } = await verifyReplayStream(createReadStream(file), run, backends, print);
  if (bless === null || end === null || departure !== null) return departure;
  const blessed = blessRun(before, end, bless.reason);
  if (blessed === null) {
    return unexplained({
      what: "the end: the log against the golden end",
      difference: firstDifference(end, golden),
    });
  }
  await writeFile(beside, `${canonicalJson(blessed)}\n`);
  if (golden !== null && blessed !== before) tell(forChangelog(bless));
  return null;
}

function blessing({ bless, reason }: ReplayOptions): Blessing {
  if (!bless) {
    if (reason !== undefined) throw new UsageError("--reason belongs to --bless");
    return null;
  }
  if (reason !== undefined && !/^\S.{0,510}\S$/.test(reason)) {
    throw new UsageError("--reason must be one line of text, at most 512 characters");
  }
  for (const [row] of reason?.matchAll(/\bMDL-[0-9]+\b/g) ?? []) {
    if (!existsSync(LEDGER) || !readFileSync(LEDGER, "utf8").includes(`- id: ${row}\n`)) {
      throw new UsageError(`--reason names ${row}, which is no row of ${LEDGER}`);
    }
  }
  return { reason };
}

/** What was expected changes, and nobody says why. */
function unexplained({ what, difference }: Departure): Departure {
  return { what: `a changed expectation is blessed with --reason only: ${what}`, difference };
}

function forChangelog({ reason }: NonNullable<Blessing>): string {
  return `what is expected has changed; write in the changelog: ${reason}`;
}

/** What stands beside a log. The core looks at the configuration, and any end but the log's own differs. */
function replayRun(file: string, text: string): ReplayRun {
  const run = parseJson(text);
  if (isObject(run) && isObject(run["config"]) && run["golden"] !== undefined) {
    return run as unknown as ReplayRun;
  }
  throw new UsageError(`"${file}" must be an object with the members config and golden`);
}

function backendsOf(name = "both"): readonly CoreBackend[] {
  if (name === "both") return BACKENDS;
  const backend = BACKENDS.find((one) => one === name);
  if (backend === undefined) {
    throw new UsageError(`--backend must be rust, typescript or both: "${name}"`);
  }
  return [backend];
}

function shown({ what, difference }: Departure): string {
  if (difference === null) return what;
  const { pointer, left, right } = difference;
  return `${what} differ at "${pointer}"\n  ${left ?? "(nothing)"}\n  ${right ?? "(nothing)"}`;
}
