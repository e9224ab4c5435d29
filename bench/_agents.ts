/**
 * Two agents on loopback for the benches.
 *
 * @module
 */

import { Agent, type Subscription } from "../src/agent/mod.ts";

/** Two agents that have met: what `one` publishes, `ear` hears at `other`. */
export interface Pair {
  readonly one: Agent;
  readonly other: Agent;
  readonly ear: Subscription;
}

/** Opens two agents and waits until a message gets through. */
export async function openPair(topic: string): Promise<Pair> {
  const one = await Agent.create();
  await one.joinNetwork();
  const other = await Agent.create({ network: { bootstrap: [one.address!] } });
  await other.joinNetwork();
  const ear = await other.subscribe(topic);
  const heard = ear.next();
  while (await Promise.race([heard.then(() => false), tick()])) await one.publish(topic, "");
  return { one, other, ear };
}

const tick = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50));

/** Waits for messages of that size; the empty ones are left from the meeting. */
export async function hear(ear: Subscription, count: number, bytes: number): Promise<void> {
  for (let heard = 0; heard < count;) {
    const { value, done } = await ear.next();
    if (done) throw new Error("the subscription ended");
    if (value.payload.length === bytes) heard++;
  }
}
