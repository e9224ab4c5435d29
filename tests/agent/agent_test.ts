import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { Agent } from "../../src/agent/mod.ts";
import {
  CancelledError,
  ClosedError,
  IdentityError,
  NetworkError,
  TimeoutError,
} from "../../src/errors.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, TempDir } from "./harness.ts";

/** A UDP port that answers nobody. */
async function deaf(): Promise<{ address: string } & AsyncDisposable> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

test("Agent.create() makes ids, an address and a private directory", async () => {
  await using agent = await bounded(Agent.create());
  assert(/^127\.0\.0\.1:\d+$/.test(agent.address ?? ""));
  assertEquals(agent.peerId, agent.machineId.toHex());
  assertEquals((await stat(agent.dataDir)).mode & 0o777, 0o700);
  assertEquals((await stat(join(agent.dataDir, "agent.key"))).mode & 0o777, 0o600);
});

test("Agent.close() removes a temporary directory", async () => {
  const agent = await bounded(Agent.create());
  await bounded(agent.close());
  await assertRejects(() => stat(agent.dataDir));
});

test("Agent.create() keeps the identity of a data directory", async () => {
  await using home = await TempDir.make();
  const dataDir = join(home.path, "alice");
  const first = await bounded(Agent.create({ dataDir }));
  await bounded(first.close());
  const second = await bounded(Agent.create({ dataDir }));
  await bounded(second.close());
  assertEquals(second.agentId.toHex(), first.agentId.toHex());
  assertEquals(second.machineId.toHex(), first.machineId.toHex());
  assertEquals((await stat(dataDir)).mode & 0o777, 0o700);
});

test("Agent.builder() makes the agent that the options would", async () => {
  await using home = await TempDir.make();
  await using other = await bounded(Agent.create());
  await using agent = await bounded(
    Agent.builder().withDataDir(home.path).withNetwork({ eagerPeers: 4 })
      .withBootstrap(other.address!).build(),
  );
  await bounded(other.joinNetwork());
  const peers = await bounded(agent.joinNetwork());
  assertEquals(peers.map(String), [other.machineId.toHex()]);
});

test("Agent.create() refuses a directory with a live agent", async () => {
  await using home = await TempDir.make();
  await using _agent = await bounded(Agent.create({ dataDir: home.path }));
  const error = await assertRejects(() => Agent.create({ dataDir: home.path }), IdentityError);
  assertEquals(error.code, "identity_directory_in_use");
});

test("Agent.create() refuses a corrupt key file and leaves it", async () => {
  await using home = await TempDir.make();
  await bounded((await bounded(Agent.create({ dataDir: home.path }))).close());
  const path = join(home.path, "agent.key");
  const key = await readFile(path);
  key[100]! ^= 1;
  await writeFile(path, key);
  const error = await assertRejects(() => Agent.create({ dataDir: home.path }), IdentityError);
  assertEquals(error.code, "identity_bad_key");
  assert(error.message.includes("agent.key"), error.message);
  assertEquals(await readFile(path), key);
});

test("Agent.create() names an address that is taken", async () => {
  await using taken = await deaf();
  const error = await assertRejects(
    () => Agent.create({ network: { bind: taken.address } }),
    NetworkError,
  );
  assertEquals(error.code, "network_bind");
});

test("Agent.create() refuses wrong options before anything is opened", async () => {
  for (const bind of ["", "127.0.0.1", "localhost:1", "127.0.0.1:65536", "1.2.3:1", "::1:5"]) {
    await assertRejects(() => Agent.create({ network: { bind } }), TypeError, "bind");
  }
  await assertRejects(
    () => Agent.create({ network: { bootstrap: ["127.0.0.1:0"] } }),
    TypeError,
    "bootstrap",
  );
  await assertRejects(() => Agent.create({ network: { eagerPeers: 0 } }), RangeError);
});

test("Agent.joinNetwork() answers with the peers", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  assert(first.isJoined && second.isJoined);
  assertEquals((await first.peers()).map(String), [second.machineId.toHex()]);
  assertEquals((await second.peers()).map(String), [first.machineId.toHex()]);
});

test("Agent.joinNetwork() gives up on a dead bootstrap in time", async () => {
  await using dead = await deaf();
  await using agent = await bounded(Agent.create({ network: { bootstrap: [dead.address] } }));
  const error = await assertRejects(
    () => bounded(agent.joinNetwork({ timeoutMs: 300 }), 3000),
    TimeoutError,
  );
  assertEquals(error.data, { found: 0, needed: 1 });
  assertEquals(await bounded(agent.joinNetwork({ timeoutMs: 300, minPeers: 0 }), 3000), []);
});

test("Agent.joinNetwork() stops at its signal", async () => {
  await using dead = await deaf();
  await using agent = await bounded(Agent.create({ network: { bootstrap: [dead.address] } }));
  const reason = new Error("enough");
  const controller = new AbortController();
  const joined = agent.joinNetwork({ signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  const error = await assertRejects(() => bounded(joined, 3000), CancelledError);
  assertEquals(error.cause, reason);
});

test("Agent.connect() dials an address and joins", async () => {
  await using a = await bounded(Agent.create());
  await using b = await bounded(Agent.create());
  await bounded(a.joinNetwork());
  const peer = await bounded(b.connect(a.address!));
  assertEquals(peer.toHex(), a.machineId.toHex());
  assert(b.isJoined);
});

test("Agent.connect() gives up in time", async () => {
  await using dead = await deaf();
  await using agent = await bounded(Agent.create());
  await assertRejects(
    () => bounded(agent.connect(dead.address, { timeoutMs: 300 }), 3000),
    TimeoutError,
  );
  await assertRejects(() => agent.connect("nowhere"), TypeError);
});

test("Agent.leaveNetwork() frees the address; joinNetwork() brings the same agent back", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  const { address } = second;
  const ear = await second.subscribe("news");
  await bounded(second.leaveNetwork());
  await bounded(second.leaveNetwork());
  assertEquals(second.isJoined, false);
  assertEquals((await bounded(ear.next())).done, true);
  await assertRejects(() => second.publish("news", "x"), ClosedError, "left the network");
  const peers = await bounded(second.joinNetwork());
  assertEquals(peers.map(String), [first.machineId.toHex()]);
  assertEquals(second.address, address);
});

test("A closed agent says so", async () => {
  const agent = await bounded(Agent.create());
  await bounded(agent.joinNetwork());
  const ear = await agent.subscribe("news");
  const pending = ear.next();
  await bounded(Promise.all([agent.close(), agent.close()]));
  assertEquals((await bounded(pending)).done, true);
  assert(ear.closed && agent.closed && !agent.isJoined);
  for (
    const use of [
      () => agent.joinNetwork(),
      () => agent.leaveNetwork(),
      () => agent.connect("127.0.0.1:1"),
      () => agent.peers(),
      () => agent.publish("news", "x"),
      () => agent.subscribe("news"),
    ]
  ) await assertRejects(use, ClosedError, "the agent is closed");
  await agent.close();
});

test("Agents close together, right after joining", async () => {
  const mesh = await Mesh.of(4);
  await bounded(mesh[Symbol.asyncDispose]());
  for (const agent of mesh.agents) await assertRejects(() => agent.joinNetwork(), ClosedError);
});

test("An offline agent has an identity only", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  assertEquals(agent.address, undefined);
  for (
    const use of [
      () => agent.joinNetwork(),
      () => agent.peers(),
      () => agent.publish("news", "x"),
      () => agent.subscribe("news"),
    ]
  ) {
    const error = await assertRejects(use, NetworkError);
    assertEquals(error.code, "network_offline");
  }
});

test("Agents that are only open and a subscription that nobody reads let the process end", async () => {
  if (typeof globalThis.Deno?.Command !== "function") return;
  const source = `
    import { Agent } from ${JSON.stringify(new URL("../../src/agent/mod.ts", import.meta.url))};
    import { TaskList } from ${JSON.stringify(new URL("../../src/tasks/mod.ts", import.meta.url))};
    const a = await Agent.create();
    const b = await Agent.create({ network: { bootstrap: [a.address] } });
    await a.joinNetwork();
    await b.joinNetwork();
    globalThis.kept = [a, b, await a.subscribe("idle"), await TaskList.open(b, "idle")];
    console.log(JSON.stringify([a.dataDir, b.dataDir]));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `data:text/javascript,${encodeURIComponent(source)}`],
    env: { NO_COLOR: "1", TENDON_LIBRARY: process.env.TENDON_LIBRARY ?? "" },
  });
  const { code, stdout, stderr } = await bounded(child.output());
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const left: string[] = JSON.parse(new TextDecoder().decode(stdout));
  // The keys are gone for good. A contact heard in the last moment may bring the directory back.
  for (const path of left) {
    for (const key of ["agent.key", "machine.key"]) {
      await assertRejects(() => stat(join(path, key)), Error, undefined, path);
    }
    await rm(path, { recursive: true, force: true });
  }
});
