/**
 * Two agents share a list; one goes offline, both work on, and their work merges when it is back.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=. --allow-read=/tmp \
 *   --allow-write=/tmp examples/offline_merge.ts
 *
 * @module
 */

import { Agent } from "../src/agent/mod.ts";
import { Keypair } from "../src/identity/mod.ts";
import { OfflineTaskList, TaskList } from "../src/tasks/mod.ts";

const TOPIC = "expedition";

using key = Keypair.generate();
await using base = await Agent.create();
await base.joinNetwork();
const bootstrap = [base.address!];
await using scout = await Agent.create({ agentKey: key, network: { bootstrap } });
await scout.joinNetwork();

await using atBase = await TaskList.open(base, TOPIC);
const [map, camp, soup] = await atBase.addAll([
  { title: "Draw the map" },
  { title: "Pitch the camp" },
  { title: "Cook soup" },
]);

// The scout takes the list along and leaves.
await using shared = await TaskList.open(scout, TOPIC);
await shared.resync();
using pocket = OfflineTaskList.create(TOPIC, key);
pocket.merge(shared);
await scout.leaveNetwork();

pocket.claim(map!);
pocket.complete(map!);
pocket.edit(camp!, { description: "By the river, not on the hill" });
pocket.add("Fix the rope bridge");

// At base, work goes on meanwhile.
await atBase.claim(camp!);
await atBase.remove(soup!);

await scout.joinNetwork();
await using again = await TaskList.open(scout, TOPIC);
await again.merge(pocket);
await again.resync();
await atBase.resync();

for (const [name, list] of [["base", atBase], ["scout", again]] as const) {
  for (const { state, title, description } of list.tasks()) {
    console.log(`${name}: ${state} ${title}${description && ` (${description})`}`);
  }
}
