/**
 * Two agents on loopback: who they are, how they meet, and what one tells the other.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=/tmp \
 *   --allow-write=/tmp examples/basic_agent.ts
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "../src/agent/mod.ts";

await using alice = await Agent.create({ name: "alice" });
await using bob = await Agent.builder().withName("bob").withBootstrap(alice.address!).build();
await alice.joinNetwork();
await bob.joinNetwork();
console.log(`alice ${alice.agentId} listens on ${alice.address}`);
console.log(`bob ${bob.isConnected ? "is connected to" : "misses"} ${(await bob.peers())[0]}`);

const found = await bob.discovery.find(alice.agentId);
console.log(`bob finds alice at ${found?.addresses[0]}, online: ${found?.online}`);
await bob.contacts.set(alice.agentId, { trust: "trusted", name: "alice" });

await using prices = await bob.subscribe("prices");
const publisher = (async () => {
  // Nobody may have the first messages: the routes of a topic form when it is first used.
  for (let price = 87_232; !prices.closed; price++) {
    await alice.publish("prices", JSON.stringify({ pair: "BTC/USDT", price }));
    await delay(50);
  }
})();

let heard = 0;
for await (const message of prices) {
  const { pair, price } = message.json<{ pair: string; price: number }>();
  console.log(`bob hears ${pair} at ${price} from somebody ${message.trust}`);
  if (++heard === 3) break;
}
await publisher;

const { published, peers } = await alice.stats();
console.log(`alice published ${published} messages, ${peers[0]?.bytesSent} bytes went to bob`);
