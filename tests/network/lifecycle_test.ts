import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { Agent } from "../../src/agent/mod.ts";
import { ClosedError, NetworkError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, settled, TempDir, until } from "../agent/harness.ts";

test("Agent.isConnected says at once what joining found, and sees a peer go", async () => {
  const alice = await bounded(Agent.create());
  await using bob = await bounded(Agent.create({ network: { bootstrap: [alice.address!] } }));
  assertEquals([alice.isConnected, bob.isConnected], [false, false]);
  await bounded(alice.joinNetwork());
  assertEquals(alice.isConnected, false);
  await bounded(bob.joinNetwork());
  assertEquals(bob.isConnected, true);
  await bounded(until(() => alice.isConnected));
  await settled();
  await bounded(alice.close());
  assertEquals(alice.isConnected, false);
  await bounded(until(() => !bob.isConnected));
});

test("Agent.addresses() names the agent's own address and those of its peers", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  const { bound, observed, peers } = await bounded(second.addresses());
  assertEquals(bound, second.address!);
  assert(observed.every((address) => address.startsWith("127.0.0.1:")), `${observed}`);
  assertEquals(peers, [{ peer: first.machineId, address: first.address! }]);
});

test("Agent.stats() counts messages, subscriptions and bytes", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using _one = await second.subscribe("local:counted");
  await using _two = await second.subscribe("local:counted");
  const before = await bounded(second.stats());
  assertEquals([before.published, before.received, before.subscriptions], [0, 0, 2]);
  for (let count = 0; count < 3; count++) {
    await bounded(second.publish("local:counted", "x"));
    await bounded(second.publish("news", new Uint8Array(4096)));
  }
  await bounded(until(async () => (await second.stats()).received === 6));
  const after = await bounded(second.stats());
  assertEquals(after.published, 6);
  assert(after.gossip.published >= 3 && after.uptimeMs >= before.uptimeMs);
  const [peer] = after.peers;
  assertEquals([peer?.peer.toHex(), peer?.address], [first.machineId.toHex(), first.address!]);
  const sent = before.peers[0]!.bytesSent + 3 * 4096;
  await bounded(until(async () => (await second.stats()).peers[0]!.bytesSent > sent));
});

test("Agent.disconnect() keeps a peer away, also from its own connect()", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  assertEquals(await bounded(second.disconnect(first.machineId)), true);
  assertEquals(await bounded(second.disconnect(first.machineId)), false);
  assertEquals(second.isConnected, false);
  const error = await assertRejects(() => bounded(second.connect(first.address!)), NetworkError);
  assertEquals(error.code, "network_held");
  await assertRejects(() => second.disconnect("x" as never), TypeError, "MachineId");
});

test("Agent.joinNetwork() is content with the living part of its bootstrap addresses", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  try {
    await using alive = await bounded(Agent.create());
    await bounded(alive.joinNetwork());
    const dead = `127.0.0.1:${socket.address().port}`;
    await using agent = await bounded(
      Agent.create({ network: { bootstrap: [dead, alive.address!] } }),
    );
    const peers = await bounded(agent.joinNetwork());
    assertEquals(peers.map(String), [alive.machineId.toHex()]);
    // Again is harmless, at once and together.
    const again = await bounded(Promise.all([agent.joinNetwork(), agent.joinNetwork()]));
    assertEquals(again.map((peers) => peers.length), [1, 1]);
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
});

test("A peer that restarts on its address comes back by itself, also after a while", async () => {
  await using home = await TempDir.make();
  const server = await bounded(Agent.create({ dataDir: home.path }));
  await bounded(server.joinNetwork());
  const { address } = server;
  await using client = await bounded(Agent.create({ network: { bootstrap: [address!] } }));
  await bounded(client.joinNetwork());
  await settled();
  await bounded(server.close());
  await bounded(until(() => !client.isConnected));
  await new Promise((resolve) => setTimeout(resolve, 4000));

  let again: Agent | undefined;
  await bounded(until(async () => {
    // Its own socket may still be draining.
    again = await Agent.create({ dataDir: home.path, network: { bind: address! } })
      .catch((error) => {
        if (error.code !== "network_bind") throw error;
        return undefined;
      });
    return again !== undefined;
  }));
  await using back = again!;
  await bounded(back.joinNetwork());
  await bounded(until(() => client.isConnected));
  assertEquals((await client.peers()).map(String), [back.machineId.toHex()]);
});

test("An address that was dialled with connect() is dialled again as well", async () => {
  await using mesh = await Mesh.of(1);
  const server = mesh.agent(0);
  await using client = await bounded(Agent.create());
  await bounded(client.connect(server.address!));
  await settled();
  await bounded(server.leaveNetwork());
  await bounded(until(() => !client.isConnected));
  await bounded(server.joinNetwork());
  await bounded(until(() => client.isConnected));
});

test("Six agents close at once", async () => {
  const mesh = await Mesh.of(6);
  await bounded(Promise.all(mesh.agents.map((agent) => agent.close())));
  for (const agent of mesh.agents) await assertRejects(() => agent.joinNetwork(), ClosedError);
});
