/**
 * Three agents share a task list: one posts work, two claim and do it.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=. --allow-read=/tmp \
 *   --allow-write=/tmp examples/task_collaboration.ts
 *
 * @module
 */

import { Agent } from "../src/agent/mod.ts";
import { TaskList } from "../src/tasks/mod.ts";

const TOPIC = "reading";
const BOOKS = ["Order books", "Gossip", "Replicated data", "Ledgers", "Signatures", "Clocks"];

await using lead = await Agent.create();
await lead.joinNetwork();
await using list = await TaskList.open(lead, TOPIC);
for (const book of BOOKS) await list.add(book, "Read it and write a note");

/** Claims what is free and does what it wins, until all is done. */
async function work(name: string): Promise<void> {
  await using agent = await Agent.create({ network: { bootstrap: [lead.address!] } });
  await agent.joinNetwork();
  await using own = await TaskList.open(agent, TOPIC);
  for await (const { tasks } of own.changes()) {
    if (tasks.length === BOOKS.length && tasks.every((task) => task.state === "done")) return;
    const free = tasks.find((task) => task.state === "empty");
    if (free === undefined) continue;
    // A claim made elsewhere a moment earlier wins once it arrives: give it that moment.
    const { won } = await own.claim(free.id, { settleMs: 50 });
    if (!won) continue;
    await own.complete(free.id);
    console.log(`${name} has read "${free.title}"`);
  }
}

await Promise.all([work("ada"), work("bob")]);

for (const task of await list.resync()) {
  console.log(`${task.state} ${task.title} by ${task.completedBy?.agent.toHex().slice(0, 8)}`);
}
