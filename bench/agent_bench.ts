/**
 * Messages and task operations between two agents on loopback, beside the same work in Rust.
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
import { Agent, type Subscription } from "../src/agent/mod.ts";
import { TaskList } from "../src/tasks/mod.ts";

const TOPIC = "bench";
const BURST = 100;
const IN_FLIGHT = 4;
const TASKS = 10;
const LARGE = 16 << 10;
const action = "run the bench";

interface Pair {
  one: Agent;
  other: Agent;
  ear: Subscription;
}

async function openPair(): Promise<Pair> {
  const one = await Agent.create();
  await one.joinNetwork();
  const other = await Agent.create({ network: { bootstrap: [one.address!] } });
  await other.joinNetwork();
  const ear = await other.subscribe(TOPIC);
  const heard = ear.next();
  while (await Promise.race([heard.then(() => false), tick()])) await one.publish(TOPIC, "");
  return { one, other, ear };
}

const tick = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50));

/** Waits for messages of that size; the empty ones are left from the meeting. */
async function hear(ear: Subscription, count: number, bytes: number): Promise<void> {
  for (let heard = 0; heard < count;) {
    const { value, done } = await ear.next();
    if (done) throw new Error("the subscription ended");
    if (value.payload.length === bytes) heard++;
  }
}

/** Publishes with some calls in flight, so that the agent's queue is never empty. */
async function burst({ one, ear }: Pair, count: number, bytes: number): Promise<void> {
  const payload = new Uint8Array(bytes).fill(7);
  const heard = hear(ear, count, bytes);
  let sent = 0;
  const sender = async () => {
    while (sent++ < count) await one.publish(TOPIC, payload);
  };
  await Promise.all([heard, ...Array.from({ length: IN_FLIGHT }, sender)]);
}

async function workThrough(list: TaskList, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const id = await list.add(`task ${number}`);
    await list.claim(id);
    await list.complete(id);
  }
}

const directory = await mkdtemp(join(tmpdir(), "tendon-bench-"));
const pair = await openPair();
const { object: native } = await call("diagnostics.openAgents", { directory }, { action });
let lists = 0;

for (const bytes of [256, LARGE]) {
  const messages = (count: number, lockstep: boolean) =>
    call("diagnostics.nativeMessages", { pair: native, count, bytes, lockstep }, { action });

  Deno.bench(`Rust: publish and hear ${bytes} B`, {
    group: `latency ${bytes} B`,
    baseline: true,
    n: 300,
    warmup: 50,
  }, async () => {
    await messages(1, true);
  });

  Deno.bench(`Tendon: publish and hear ${bytes} B`, {
    group: `latency ${bytes} B`,
    n: 300,
    warmup: 50,
  }, async () => {
    await burst(pair, 1, bytes);
  });

  Deno.bench(`Rust: ${BURST} messages of ${bytes} B`, {
    group: `throughput ${bytes} B`,
    baseline: true,
    n: 20,
    warmup: 3,
  }, async () => {
    await messages(BURST, false);
  });

  Deno.bench(`Tendon: ${BURST} messages of ${bytes} B`, {
    group: `throughput ${bytes} B`,
    n: 20,
    warmup: 3,
  }, async () => {
    await burst(pair, BURST, bytes);
  });
}

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
