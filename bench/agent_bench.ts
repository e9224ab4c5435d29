/**
 * Task operations between two agents on loopback, beside the same work in Rust.
 *
 * Needs a library built with the cargo feature `diagnostics`, and runs with
 * `deno bench -A bench/agent_bench.ts`.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "../ffi/call.ts";
import { TaskList } from "../src/tasks/mod.ts";
import { openPair } from "./_agents.ts";

const TASKS = 10;
const action = "run the bench";

async function workThrough(list: TaskList, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const id = await list.add(`task ${number}`);
    await list.claim(id);
    await list.complete(id);
  }
}

const directory = await mkdtemp(join(tmpdir(), "tendon-bench-"));
const pair = await openPair("bench");
const { object: native } = await call("diagnostics.openAgents", { directory }, { action });
let lists = 0;

Deno.bench(`Rust: ${TASKS} tasks added, claimed, completed`, {
  group: "tasks",
  baseline: true,
  n: 20,
  warmup: 3,
}, async () => {
  const topic = `native ${lists++}`;
  await call("diagnostics.nativeTasks", { pair: native, topic, count: TASKS }, { action });
});

Deno.bench(`Tendon: ${TASKS} tasks added, claimed, completed`, {
  group: "tasks",
  n: 20,
  warmup: 3,
}, async () => {
  const topic = `list ${lists++}`;
  const list = await TaskList.open(pair.one, topic);
  const replica = await TaskList.open(pair.other, topic);
  await workThrough(list, TASKS);
  await Promise.all([list.close(), replica.close()]);
});

globalThis.addEventListener("unload", () => {
  // The agents close with the process; the directory of the native ones is ours.
  void rm(directory, { recursive: true, force: true });
});
