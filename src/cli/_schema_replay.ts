/**
 * `tendon schema replay`: a fixture or a replay log through the cores.
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import { canonicalJson, parseJson } from "../contracts/_json.ts";
import { isObject } from "../contracts/_json_value.ts";
import { BACKENDS } from "../contracts/create_core.ts";
import type { CoreBackend } from "../contracts/execution_core.ts";
import type { Fixture } from "../contracts/generated/types.ts";
import { blessFixture, fixtureText, replayFixture } from "../contracts/replay/fixture.ts";
import type { Departure } from "../contracts/replay/outcome.ts";
import { type ReplayRun, verifyReplay } from "../contracts/replay/replay_log.ts";
import { readContract } from "../contracts/validation.ts";
import type { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

/** Options as parsed. */
export interface ReplayOptions {
  readonly backend?: string;
  readonly bless?: boolean;
}

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
  const bless = options.bless ?? false;
  if (bless && backends.length < BACKENDS.length) {
    throw new UsageError(
      "--bless takes an output on which all backends agree: leave --backend out",
    );
  }
  const text = await readFile(file, "utf8");
  const { lines, departure } = file.endsWith(".jsonl")
    ? await replayLog(file, text, backends, bless)
    : await replayOne(file, text, backends, bless);
  for (const line of lines) terminal.print(`${line}\n`);
  if (departure === null) return 0;
  terminal.fail(`tendon: ${file}: ${shown(departure)}`);
  return 1;
}

interface Replayed {
  readonly lines: readonly string[];
  readonly departure: Departure | null;
}

async function replayOne(
  file: string,
  text: string,
  backends: readonly CoreBackend[],
  bless: boolean,
): Promise<Replayed> {
  const fixture = readContract<Fixture>("fixture", text);
  if (!bless) return replayFixture(fixture, backends);
  const blessed = blessFixture(fixture, backends);
  if (blessed.departure !== null) return { lines: [], departure: blessed.departure };
  await writeFile(file, fixtureText(blessed.fixture));
  return replayFixture(blessed.fixture, backends);
}

async function replayLog(
  file: string,
  text: string,
  backends: readonly CoreBackend[],
  bless: boolean,
): Promise<Replayed> {
  const beside = file.replace(/\.jsonl$/, ".run.json");
  const { config, golden } = replayRun(beside, await readFile(beside, "utf8"));
  const verified = verifyReplay(text, { config, golden: bless ? null : golden }, backends);
  if (bless && verified.departure === null) {
    const run: ReplayRun = { config, golden: verified.end };
    await writeFile(beside, `${canonicalJson(run)}\n`);
  }
  return verified;
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
