/**
 * Memory: what an agent and an idle subscription cost, and whether anything grows with messages.
 *
 * `deno run -A --v8-flags=--expose-gc bench/soak.ts [messages]` (default 100,000: two to five
 * minutes). Prints resident memory in MiB, after a garbage collection.
 *
 * @module
 */

import { Agent, type Subscription } from "../src/agent/mod.ts";
import { hear, openPair } from "./_agents.ts";

const MESSAGES = Number(Deno.args[0] ?? 100_000);
const STEPS = 10;
const AGENTS = 10;
const SUBSCRIPTIONS = 1000;
const BYTES = 256;
const IN_FLIGHT = 4;
const BATCH = 5000;

function resident(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().rss / 2 ** 20;
}

function report(what: string, mib: number): void {
  console.log(`${what.padEnd(48)} ${mib.toFixed(1).padStart(8)} MiB`);
}

report("process", resident());
const pair = await openPair("soak");
report("two agents that have met", resident());

const before = resident();
const idle: Subscription[] = [];
for (let count = 0; count < SUBSCRIPTIONS; count++) {
  idle.push(await pair.one.subscribe(`idle ${count}`));
}
report(`${SUBSCRIPTIONS} idle subscriptions, each to its own topic`, resident() - before);
await Promise.all(idle.map((subscription) => subscription.close()));

const met = resident();
const more: Agent[] = [];
for (let count = 0; count < AGENTS; count++) {
  const agent = await Agent.create({ network: { bootstrap: [pair.one.address!] } });
  await agent.joinNetwork();
  more.push(agent);
}
// Agents that hear of each other connect to each other.
await new Promise((resolve) => setTimeout(resolve, 5000));
report(`each of ${AGENTS} more, all connected`, (resident() - met) / AGENTS);
await Promise.all(more.map((agent) => agent.close()));

async function publish(count: number): Promise<void> {
  const heard = hear(pair.ear, count, BYTES);
  let sent = 0;
  const sender = async () => {
    const payload = new Uint8Array(BYTES);
    while (sent++ < count) {
      new DataView(payload.buffer).setUint32(0, sent);
      await pair.one.publish("soak", payload);
    }
  };
  await Promise.all([heard, ...Array.from({ length: IN_FLIGHT }, sender)]);
}

const started = performance.now();
for (let step = 1; step <= STEPS; step++) {
  await publish(MESSAGES / STEPS);
  report(`after ${step * MESSAGES / STEPS} messages`, resident());
}
const seconds = (performance.now() - started) / 1000;
console.log(`${Math.round(MESSAGES / seconds)} messages per second`);

const payloads = Array.from({ length: BATCH }, () => new Uint8Array(BYTES));
for (let step = 1; step <= STEPS; step++) {
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    const heard = hear(pair.ear, BATCH, BYTES);
    await pair.one.publishBatch("soak", payloads);
    await heard;
  }
  report(`after ${step * MESSAGES} payloads in batches`, resident());
}
await Promise.all([pair.one.close(), pair.other.close()]);
report("after closing", resident());
