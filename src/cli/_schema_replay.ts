/**
 * `tendon schema replay`: a fixture or a replay log through the cores.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { canonicalJson, parseJson } from "../contracts/json/json.ts";
import { isObject } from "../contracts/json/value.ts";
import { BACKENDS } from "../contracts/create_core.ts";
import type { CoreBackend } from "../contracts/execution_core.ts";
import type { Fixture } from "../contracts/generated/types.ts";
import { blessFixture, fixtureText, replayFixture } from "../contracts/replay/fixture.ts";
import type { Departure } from "../contracts/replay/outcome.ts";
import type { ReplayRun } from "../contracts/replay/replay_log.ts";
import { verifyReplayStream } from "../contracts/replay/verify_replay.ts";
import { readContract } from "../contracts/schema/validation.ts";
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
  const print = (line: string) => terminal.print(`${line}\n`);
  const run = file.endsWith(".jsonl") ? replayLog : replayOne;
  const departure = await run(file, backends, bless, print);
  if (departure === null) return 0;
  terminal.fail(`tendon: ${file}: ${shown(departure)}`);
  return 1;
}

async function replayOne(
  file: string,
  backends: readonly CoreBackend[],
  bless: boolean,
  print: (line: string) => void,
): Promise<Departure | null> {
  let fixture = readContract<Fixture>("fixture", await readFile(file));
  if (bless) {
    const blessed = blessFixture(fixture, backends);
    if (blessed.departure !== null) return blessed.departure;
    fixture = blessed.fixture;
    await writeFile(file, fixtureText(fixture));
  }
  const { lines, departure } = replayFixture(fixture, backends);
  lines.forEach(print);
  return departure;
}

async function replayLog(
  file: string,
  backends: readonly CoreBackend[],
  bless: boolean,
  print: (line: string) => void,
): Promise<Departure | null> {
  const beside = file.replace(/\.jsonl$/, ".run.json");
  const { config, golden } = replayRun(beside, await readFile(beside, "utf8"));
  const run = { config, golden: bless ? null : golden };
  const { departure, end } = await verifyReplayStream(createReadStream(file), run, backends, print);
  if (bless && departure === null) {
    const blessed: ReplayRun = { config, golden: end };
    await writeFile(beside, `${canonicalJson(blessed)}\n`);
  }
  return departure;
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
