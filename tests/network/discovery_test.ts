import { assert, assertEquals, assertRejects } from "@std/assert";
import { Agent } from "../../src/agent/mod.ts";
import { CancelledError, NetworkError } from "../../src/errors.ts";
import { AgentId, MachineId } from "../../src/identity/mod.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, settled } from "../agent/harness.ts";

const NOBODY = AgentId.fromHex("ab".repeat(32));

/** Repeats a question until its answer is wanted. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  while (true) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("Discovery.find() knows machine, address and name of an agent", async () => {
  await using alice = await bounded(Agent.create({ name: "alice" }));
  await using bob = await bounded(Agent.create({ network: { bootstrap: [alice.address!] } }));
  await bounded(alice.joinNetwork());
  await bounded(bob.joinNetwork());
  const found = await bounded(
    until(() => bob.discovery.find(alice.agentId), (found) => found?.name !== undefined),
  );
  assert(found);
  assertEquals(found.agentId.toHex(), alice.agentId.toHex());
  assertEquals(found.machineId.toHex(), alice.machineId.toHex());
  assertEquals(found.addresses, [alice.address!]);
  assertEquals([found.name, found.online], ["alice", true]);
  assert(Math.abs(found.lastSeen - Date.now()) < 60_000);
});

test("Discovery.agents() and online() leave out the agent itself, and online() who is gone", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  const { discovery } = first;
  const ids = (agents: readonly { agentId: AgentId }[]) =>
    agents.map(({ agentId }) => `${agentId}`);
  const known = await bounded(until(() => discovery.agents(), (agents) => agents.length > 0));
  assertEquals(ids(known), [second.agentId.toHex()]);
  assertEquals(ids(await discovery.online()), [second.agentId.toHex()]);
  assertEquals(await discovery.isOnline(second.agentId), true);
  await settled();
  await bounded(second.close());
  await bounded(until(() => discovery.isOnline(second.agentId), (online) => !online));
  assertEquals(await discovery.online(), []);
  // Its announcement outlives it.
  assertEquals(ids(await discovery.agents()), [second.agentId.toHex()]);
});

test("Discovery.find() of nobody ends in time, and at its signal", async () => {
  await using mesh = await Mesh.of(2);
  const { discovery } = mesh.agent(0);
  assertEquals(await bounded(discovery.find(NOBODY, { timeoutMs: 200 })), undefined);
  const signal = AbortSignal.timeout(50);
  await assertRejects(() => bounded(discovery.find(NOBODY, { signal })), CancelledError);
});

test("Discovery.announce() gives a new name, which outlives a leave", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  const named = (name: string | undefined) =>
    bounded(
      until(() => first.discovery.agents(), (agents) =>
        agents.length > 0 && agents[0]?.name === name),
    );
  await bounded(second.discovery.announce({ name: "carol" }));
  await named("carol");
  await bounded(second.leaveNetwork());
  await bounded(second.joinNetwork());
  const seen = second.discovery.announce();
  await bounded(seen);
  await named("carol");
});

test("Discovery refuses wrong arguments and offline agents", async () => {
  await using offline = await bounded(Agent.create({ network: "offline" }));
  for (
    const use of [
      () => offline.discovery.agents(),
      () => offline.discovery.online(),
      () => offline.discovery.isOnline(NOBODY),
      () => offline.discovery.find(NOBODY),
      () => offline.discovery.announce(),
    ]
  ) {
    assertEquals((await assertRejects(use, NetworkError)).code, "network_offline");
  }
  const machine = MachineId.fromHex("ab".repeat(32)) as unknown as AgentId;
  await assertRejects(() => offline.discovery.find(machine), TypeError, "AgentId");
  await assertRejects(() => offline.discovery.find(NOBODY, { timeoutMs: 0 }), RangeError);
  await assertRejects(() => offline.discovery.announce({ name: "x".repeat(65) }), RangeError);
  await assertRejects(() => Agent.create({ name: "x".repeat(65) }), RangeError);
});
