/**
 * Two agents on loopback: one publishes prices, one by one and then many at once, the other hears
 * them.
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

// A message costs the same signatures whatever it holds: many small payloads travel in batches.
await using trades = await bob.subscribe("trades");
const routed = (async () => {
  while (trades.received === 0) {
    await alice.publish("trades", "");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})();
await trades.next();
await routed;
const batch = Array.from({ length: 10_000 }, (_, at) => JSON.stringify({ trade: at }));
const { count, messages } = await alice.publishBatch("trades", batch);
let last: number | undefined;
for await (const { sequence } of trades) {
  if (sequence === undefined) continue;
  last = sequence;
  if (sequence === count - 1) break;
}
console.log(`${count} trades in ${messages} message(s), the last has sequence ${last}`);
