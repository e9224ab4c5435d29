/**
 * Watches an agent's network: who comes, what is said, what changes, who goes.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=/tmp \
 *   --allow-write=/tmp examples/events.ts
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { Agent, type AgentEvent } from "../src/agent/mod.ts";
import { TaskList } from "../src/tasks/mod.ts";

await using alice = await Agent.create({ name: "alice" });

// Listeners are called; one that throws harms nobody.
alice.on("peer_joined", () => {
  throw new Error("a listener that fails");
});
alice.on("error", ({ source, error }) => console.log(`error in a ${source}: ${error}`));

// A loop reads the same events one after the other.
const events = alice.events({
  types: ["connected", "peer_joined", "message", "task_updated", "disconnected", "peer_left"],
});
await alice.joinNetwork();
await using _news = await alice.subscribe("news");
await using tasks = await TaskList.open(alice, "work");

const bob = await Agent.create({ name: "bob", network: { bootstrap: [alice.address!] } });
await bob.joinNetwork();

for await (const event of events) {
  console.log(describe(event));
  if (event.type === "peer_joined") void talk();
  if (event.type === "message") await tasks.add("answer bob");
  if (event.type === "task_updated") await bob.close();
  if (event.type === "peer_left") break;
}

/** Speaks until it is heard: the first message may reach nobody. */
async function talk(): Promise<void> {
  while (!bob.closed) {
    await bob.publish("news", "hello").catch(() => {});
    await delay(200);
  }
}

function describe(event: AgentEvent): string {
  switch (event.type) {
    case "connected":
    case "disconnected":
      return `${event.type}: machine ${event.peer.toHex().slice(0, 8)} at ${event.address}`;
    case "peer_joined":
    case "peer_left":
      return `${event.type}: agent ${event.agentId.toHex().slice(0, 8)}`;
    case "message":
      return `message: "${event.message.text()}" on ${event.message.topic}`;
    case "task_updated":
      return `task_updated: ${event.topic} is at revision ${event.revision}`;
    default:
      return event.type;
  }
}
