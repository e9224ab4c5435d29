/**
 * Writes the engine's run among the fixtures, and the manifest.
 *
 * ```sh
 * deno run -A tests/contracts/engine/write_engine_replay.ts
 * ```
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../../src/contracts/json/json.ts";
import { FIXTURE, recordFixture } from "./_engine_runs.ts";
import { FIXTURES, manifestOf } from "./_fixtures.ts";

const { log, run } = await recordFixture();
const path = join(FIXTURES, "replay", FIXTURE);
mkdirSync(join(FIXTURES, "replay"), { recursive: true });
writeFileSync(`${path}.jsonl`, log);
writeFileSync(`${path}.run.json`, `${canonicalJson(run)}\n`);
writeFileSync(
  join(FIXTURES, "manifest.json"),
  `${JSON.stringify(manifestOf(FIXTURES), null, 2)}\n`,
);
