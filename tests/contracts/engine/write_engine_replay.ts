/**
 * Writes the engine's run among the fixtures, and the manifest.
 *
 * ```sh
 * deno run -A tests/contracts/engine/write_engine_replay.ts
 * deno run -A tests/contracts/engine/write_engine_replay.ts --reason "why its end is another one"
 * ```
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIXTURE, recordFixture } from "./_engine_runs.ts";
import { FIXTURES, manifestOf, writerOptions, writeRun } from "./_fixtures.ts";

const { log, run } = await recordFixture();
mkdirSync(join(FIXTURES, "replay"), { recursive: true });
writeRun(FIXTURE, run.config, run.golden, writerOptions().reason);
writeFileSync(join(FIXTURES, "replay", `${FIXTURE}.jsonl`), log);
writeFileSync(
  join(FIXTURES, "manifest.json"),
  `${JSON.stringify(manifestOf(FIXTURES), null, 2)}\n`,
);
