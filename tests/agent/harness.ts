/**
 * Agents on loopback for the tests of agents and task lists.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, type Message, type Subscription } from "../../src/agent/mod.ts";

/**
 * Rejects if the work takes longer; nothing in these tests should. A peer whose goodbye was lost is
 * noticed when its connection times out, after 30 seconds, which is within the limit.
 */
export async function bounded<T>(work: Promise<T>, limitMs = 90_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/**
 * Two that have just met dial each other once more and keep one connection. Who closes in the midst
 * of that is missed by the other side only when its connection times out.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

/** A directory of its own, removed at the end. */
export class TempDir implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempDir> {
    return new TempDir(await mkdtemp(join(tmpdir(), "tendon-test-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Agents that have joined one network: the first listens, the others dial it. */
export class Mesh implements AsyncDisposable {
  readonly agents: readonly Agent[];

  private constructor(agents: readonly Agent[]) {
    this.agents = agents;
  }

  static async of(count: number): Promise<Mesh> {
    const first = await bounded(Agent.create());
    await bounded(first.joinNetwork());
    const agents = [first];
    for (let at = 1; at < count; at++) {
      const agent = await bounded(Agent.create({ network: { bootstrap: [first.address!] } }));
      agents.push(agent);
      await bounded(agent.joinNetwork());
    }
    return new Mesh(agents);
  }

  agent(at: number): Agent {
    return this.agents[at]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await bounded(Promise.all(this.agents.map((agent) => agent.close())));
  }
}

/** Publishes empty messages until the subscription hears one: the first can be lost. */
export async function untilHeard(agent: Agent, ear: Subscription): Promise<void> {
  const pending = ear.next();
  let heard = false;
  const first = pending.then(() => heard = true);
  while (!heard) {
    await agent.publish(ear.topic, "");
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
}

/** The next messages that are not empty. */
export async function take(ear: Subscription, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const { value, done } = await ear.next();
    if (done) break;
    if (value.payload.length > 0) messages.push(value);
  }
  return messages;
}
