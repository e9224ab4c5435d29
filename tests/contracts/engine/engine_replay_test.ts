/**
 * The recorded run among the fixtures: the engine still makes it, and it still replays.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import type { ReplayRun } from "../../../src/contracts/replay/replay_log.ts";
import { verifyReplay } from "../../../src/contracts/replay/verify_replay.ts";
import { test } from "../../harness.ts";
import { FIXTURE, recordFixture } from "./_engine_runs.ts";

const REPLAY = new URL(`./fixtures/replay/${FIXTURE}`, import.meta.url);
const read = async () => ({
  log: await readFile(new URL(`${REPLAY}.jsonl`), "utf8"),
  run: JSON.parse(await readFile(new URL(`${REPLAY}.run.json`), "utf8")) as ReplayRun,
});

test("the engine's run among the fixtures is made again, byte by byte", async () => {
  const { log, run } = await read();
  const again = await recordFixture();
  const { config, golden } = run;
  assertEquals({ config, golden }, again.run);
  assert(again.log === log, "the log differs: see write_engine_replay.ts");
});

test("the engine's run among the fixtures replays to its golden end", async () => {
  const { log, run } = await read();
  const { departure, end } = verifyReplay(log, run, BACKENDS);
  assertEquals(departure, null);
  assertEquals(end, run.golden);
  assert((end?.steps ?? 0) > 150);
});

test("a price that is changed in the engine's run breaks the chain at its step", async () => {
  const { log, run } = await read();
  const lines = log.split("\n");
  const at = lines.findIndex((line) => line.includes('"type":"order.fill"'));
  assert(at > 0);
  const changed = (lines[at] ?? "").replace(/"price":"(\d+)/, '"price":"1$1');
  assert(changed !== lines[at]);
  const doctored = lines.with(at, changed).join("\n");
  const { departure } = verifyReplay(doctored, run, BACKENDS);
  assertEquals(departure?.what, `step ${at}`);
});
