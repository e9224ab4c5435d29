/**
 * Writes the corpus: the inputs from their definitions, what is expected of new and changed ones from
 * an output on which all backends agree, and the manifest.
 *
 * ```sh
 * deno run -A tests/contracts/engine/write_fixtures.ts           # keeps what is expected already
 * deno run -A tests/contracts/engine/write_fixtures.ts --bless   # writes every expectation anew
 * deno run -A tests/contracts/engine/write_fixtures.ts --bless --reason "why some of them change"
 * ```
 *
 * @module
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { firstDifference } from "../../../src/contracts/difference.ts";
import type { CoreBackend } from "../../../src/contracts/execution_core.ts";
import type { Fixture } from "../../../src/contracts/generated/types.ts";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { blessFixture, fixtureText } from "../../../src/contracts/replay/fixture.ts";
import { verifyReplay } from "../../../src/contracts/replay/verify_replay.ts";
import type { Definition } from "./_corpus/definition.ts";
import { CORPUS } from "./_corpus/mod.ts";
import { record, REPLAYS } from "./_corpus/replays.ts";
import {
  FIXTURES,
  manifestOf,
  readFixture,
  unexplained,
  writerOptions,
  writeRun,
} from "./_fixtures.ts";

/** A fixture as defined, which expects nothing yet. */
export function unblessed({ path, description, config, start, steps }: Definition): Fixture {
  return {
    schema: "fixture/1.0",
    fixture: path,
    description,
    config,
    start: start as Fixture["start"],
    steps: [...steps],
    expect: { results: null, snapshot: null, state_hash: null, economic_hash: null },
  };
}

/** Whether a file has the inputs of its definition. */
export function isCurrent(fixture: Fixture, definition: Definition): boolean {
  return firstDifference(
    { ...fixture, expect: null },
    { ...unblessed(definition), expect: null },
  ) === null;
}

if (import.meta.main) {
  const { bless: all = false, reason } = writerOptions();
  let written = 0;
  for (const definition of CORPUS) {
    const path = `${definition.path}.json`;
    const file = join(FIXTURES, path);
    const before = existsSync(file) ? readFixture(path) : null;
    const isSame = before !== null && isCurrent(before, definition);
    if (!all && isSame) continue;
    const blessed = blessFixture(unblessed(definition), BACKENDS);
    if (blessed.departure !== null) {
      const { what, difference } = blessed.departure;
      throw new Error(`${path}: ${what}: ${JSON.stringify(difference)}`);
    }
    if (isSame && reason === undefined && firstDifference(before, blessed.fixture) !== null) {
      throw unexplained(path);
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, fixtureText(blessed.fixture));
    written++;
  }
  mkdirSync(join(FIXTURES, "replay"), { recursive: true });
  for (const recording of REPLAYS) {
    const file = join(FIXTURES, "replay", `${recording.name}.jsonl`);
    if (!all && existsSync(file)) continue;
    const log = record(recording, BACKENDS[0] as CoreBackend);
    const { config } = recording;
    const { departure, end } = verifyReplay(log, { config, golden: null }, BACKENDS);
    if (end === null) throw new Error(`${recording.name}: ${JSON.stringify(departure)}`);
    writeRun(recording.name, config, end, reason);
    writeFileSync(file, log);
    written++;
  }
  writeFileSync(
    join(FIXTURES, "manifest.json"),
    `${JSON.stringify(manifestOf(FIXTURES), null, 2)}\n`,
  );
  console.log(`${written} of ${CORPUS.length + REPLAYS.length} files written`);
}
