/**
 * Two agents on loopback: one publishes prices, the other hears them.
 *
 * deno run --allow-ffi=rust/target/release --allow-net=127.0.0.1 --allow-read=. --allow-read=/tmp \
 *   --allow-write=/tmp examples/pubsub.ts
 *
 * @module
 */

import { Agent } from "../src/agent/mod.ts";

await using alice = await Agent.create();
await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
await alice.joinNetwork();
await bob.joinNetwork();
console.log(`alice listens on ${alice.address}, bob has ${(await bob.peers()).length} peer`);

await using prices = await bob.subscribe("prices");

const ticker = (async () => {
  // Nobody may have the first messages: the routes of a topic form when it is first used.
  for (let price = 65_000; !prices.closed; price += 10) {
    await alice.publish("prices", JSON.stringify({ market: "btc_usdt", price }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})();

let heard = 0;
for await (const message of prices) {
  const { market, price } = message.json<{ market: string; price: number }>();
  console.log(`${message.sender.toHex().slice(0, 8)} says ${market} is at ${price}`);
  if (++heard === 5) break;
}
await ticker;
