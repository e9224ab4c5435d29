import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { callSync } from "../../ffi/call.ts";
import { Agent } from "../../src/agent/mod.ts";
import { ClosedError } from "../../src/errors.ts";
import { AgentId } from "../../src/identity/mod.ts";
import { TaskList } from "../../src/tasks/mod.ts";
import { residentMib, test } from "../harness.ts";
import { bounded, Mesh } from "../agent/harness.ts";

/** Native objects of this isolate that are open. */
function openObjects(): number {
  return callSync("library.stats", {}, { action: "count objects" }).objects;
}

test("Every call on a closed agent, or one that has left, says so", async () => {
  const agent = await bounded(Agent.create());
  const list = await TaskList.open(agent, "work");
  const id = AgentId.fromHex("ab".repeat(32));
  const uses: (() => Promise<unknown>)[] = [
    () => agent.peers(),
    () => agent.addresses(),
    () => agent.stats(),
    () => agent.connect("127.0.0.1:1"),
    () => agent.disconnect(agent.machineId),
    () => agent.publish("news", "x"),
    () => agent.subscribe("news"),
    () => agent.contacts.set(id, { trust: "known" }),
    () => agent.contacts.get(id),
    () => agent.contacts.list(),
    () => agent.contacts.remove(id),
    () => agent.contacts.block(id),
    () => agent.contacts.unblock(id),
    () => agent.discovery.agents(),
    () => agent.discovery.online(),
    () => agent.discovery.isOnline(id),
    () => agent.discovery.find(id),
    () => agent.discovery.announce({ name: "x" }),
    () => TaskList.open(agent, "work"),
  ];
  await bounded(agent.leaveNetwork());
  for (const use of uses) await assertRejects(use, ClosedError, "left the network");
  await assertRejects(() => list.add("x"), ClosedError);
  await bounded(agent.close());
  for (const use of [...uses, () => agent.joinNetwork(), () => agent.leaveNetwork()]) {
    await assertRejects(use, ClosedError, "the agent is closed");
  }
  assertEquals([agent.isJoined, agent.isConnected, agent.closed], [false, false, true]);
  await list.close();
});

test("What belongs together can be closed in any order, together, and twice", async () => {
  const before = openObjects();
  const parts = ["one", "other", "ear", "list", "changes", "events", "leave"] as const;
  const orders = fc.shuffledSubarray([...parts, ...parts], { minLength: 2 * parts.length });
  const property = fc.asyncProperty(orders, fc.boolean(), async (order, together) => {
    const one = await Agent.create();
    const other = await Agent.create({ network: { bootstrap: [one.address!] } });
    await one.joinNetwork();
    await other.joinNetwork();
    const ear = await one.subscribe("news");
    const list = await TaskList.open(one, "work");
    const changes = list.changes();
    await changes.next();
    const events = one.events();
    const pending = [ear.next(), changes.next(), events.next()];
    const close: Record<typeof parts[number], () => Promise<unknown>> = {
      one: () => one.close(),
      other: () => other.close(),
      ear: () => ear.close(),
      list: () => list.close(),
      // A generator returns after what it is waiting for, which ends with its list or agent.
      changes: () => Promise.resolve(void changes.return()),
      events: async () => await events.return?.(),
      leave: () => one.leaveNetwork().catch((error) => assert(error instanceof ClosedError, error)),
    };
    if (together) await Promise.all(order.map((part) => close[part]()));
    else for (const part of order) await close[part]();
    await Promise.all(pending);
  });
  await bounded(fc.assert(property, { numRuns: 12 }), 120_000);
  assertEquals(openObjects(), before);
});

test("Fifty agents, one after the other, leave nothing behind", async () => {
  const round = async () => {
    const agent = await Agent.create();
    await agent.joinNetwork();
    agent.on("message", () => {});
    await agent.subscribe("local:echo");
    await agent.publish("local:echo", "x");
    await agent.close();
  };
  const objects = openObjects();
  // The first agents grow what stays: threads, arenas, caches.
  for (let count = 0; count < 5; count++) await bounded(round());
  const before = residentMib();
  for (let count = 0; count < 50; count++) await bounded(round());
  const grown = residentMib() - before;
  assertEquals(openObjects(), objects);
  // The network crate keeps about half a MiB of each.
  assert(grown < 100, `grew by ${grown} MiB`);
});

test("A loop over a subscription is left by its signal, whatever else happens", async () => {
  await using mesh = await Mesh.of(2);
  const controller = new AbortController();
  const ear = await mesh.agent(0).subscribe("news", { signal: controller.signal });
  const ticker = setInterval(() => void mesh.agent(1).publish("news", "x").catch(() => {}), 20);
  let heard = 0;
  try {
    await bounded((async () => {
      for await (const _ of ear) if (++heard === 3) controller.abort();
    })());
  } finally {
    clearInterval(ticker);
  }
  assertEquals([heard, ear.closed], [3, true]);
});
