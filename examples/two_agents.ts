/**
 * Two agents on loopback: one publishes prices, the other hears them.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "../src/agent/mod.ts";

const alice = await Agent.create();
await alice.joinNetwork();
const bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
await bob.joinNetwork();
console.log(`alice ${alice.agentId} listens on ${alice.address}`);

const prices = await bob.subscribe("prices");

/** Publishes until told to stop; the first messages after a connect may reach nobody. */
const publishing = new AbortController();
async function publish(): Promise<void> {
  for (let price = 87_232; !publishing.signal.aborted; price++) {
    await alice.publish("prices", JSON.stringify({ pair: "BTC/USDT", price }));
    await delay(50);
  }
}
const publisher = publish();

let heard = 0;
for await (const message of prices) {
  const { pair, price } = message.json<{ pair: string; price: number }>();
  console.log(`bob hears ${pair} at ${price} from ${message.sender.toHex().slice(0, 8)}`);
  if (++heard === 3) break;
}

publishing.abort();
await publisher;
await bob.close();
await alice.close();
