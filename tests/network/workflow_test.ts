import { assert, assertEquals } from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "../../src/agent/mod.ts";
import { TaskList } from "../../src/tasks/mod.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, take, TempDir, untilHeard } from "../agent/harness.ts";

/** Waits until a list shows what is wanted. */
async function until(
  list: TaskList,
  wanted: (tasks: readonly { title: string; state: string }[]) => boolean,
): Promise<void> {
  await bounded(
    (async () => {
      for await (const { tasks } of list.changes()) if (wanted(tasks)) return;
    })(),
    60_000,
  );
}

/** What a list shows, in its order. */
const shown = (list: TaskList) => list.tasks().map(({ title, state }) => `${title} ${state}`);

test("Three agents create, join, talk, share work and leave", async () => {
  await using mesh = await Mesh.of(3);
  const [first, second, third] = [mesh.agent(0), mesh.agent(1), mesh.agent(2)];

  await using ear = await third.subscribe("plans");
  await bounded(untilHeard(first, ear));
  await bounded(first.publish("plans", "begin"));
  const [message] = await bounded(take(ear, 1));
  assertEquals([message?.text(), message?.sender.toHex()], ["begin", first.agentId.toHex()]);

  await using lead = await TaskList.open(first, "work");
  await using one = await TaskList.open(second, "work");
  await using other = await TaskList.open(third, "work");
  const lists = [lead, one, other];
  for (const title of ["read", "write", "check"]) await bounded(lead.add(title));
  await Promise.all(lists.map((list) => until(list, (tasks) => tasks.length === 3)));

  const [read, write, check] = lead.tasks().map(({ id }) => id);
  await bounded(Promise.all([one.claim(read!), other.claim(write!), lead.claim(check!)]));
  await Promise.all(
    lists.map((list) => until(list, (tasks) => tasks.every(({ state }) => state === "claimed"))),
  );
  await bounded(Promise.all([one.complete(read!), other.complete(write!), lead.complete(check!)]));
  await Promise.all(
    lists.map((list) => until(list, (tasks) => tasks.every(({ state }) => state === "done"))),
  );
  for (const list of lists) assertEquals(shown(list), ["read done", "write done", "check done"]);
  const owners = lead.tasks().map((task) => task.completedBy?.agent.toHex());
  assertEquals(owners, [second, third, first].map(({ agentId }) => agentId.toHex()));

  await bounded(third.leaveNetwork());
  await bounded(first.publish("plans", "without you"));
  assertEquals((await bounded(ear.next())).done, true);
});

test("A partition heals: what both sides did meanwhile is there on both", async () => {
  await using home = await TempDir.make();
  const stateDir = join(home.path, "lists");
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using here = await TaskList.open(first, "work");
  const there = await TaskList.open(second, "work", { stateDir });
  await bounded(here.add("before"));
  await until(there, (tasks) => tasks.length === 1);

  await bounded(second.leaveNetwork());
  await bounded(here.add("first alone"));
  await bounded(second.joinNetwork());
  await using again = await TaskList.open(second, "work", { stateDir });
  assertEquals(again.tasks().map(({ title }) => title), ["before"]);
  await bounded(again.add("second, just back"));
  await bounded(again.resync());
  await until(again, (tasks) => tasks.length === 3);
  await until(here, (tasks) => tasks.length === 3);
  assertEquals(shown(here), shown(again));
  assertEquals(again.tasks().map(({ title }) => title), [
    "before",
    "first alone",
    "second, just back",
  ]);
});

test("Agents that restart with their keys and lists go on where they were", async () => {
  await using home = await TempDir.make();
  const open = async (name: string, bootstrap: readonly string[]) => {
    const dataDir = join(home.path, name);
    const agent = await bounded(Agent.create({ dataDir, network: { bootstrap } }));
    await bounded(agent.joinNetwork());
    const list = await TaskList.open(agent, "work", { stateDir: join(dataDir, "lists") });
    return { agent, list };
  };
  const run = async () => {
    const alice = await open("alice", []);
    const bob = await open("bob", [alice.agent.address!]);
    return { alice, bob };
  };
  const first = await run();
  const id = await bounded(first.alice.list.add("survive"));
  await until(first.bob.list, (tasks) => tasks.length === 1);
  await bounded(first.bob.list.claim(id));
  await until(first.alice.list, (tasks) => tasks[0]?.state === "claimed");
  await bounded(Promise.all([first.alice.agent.close(), first.bob.agent.close()]));

  const second = await run();
  assertEquals(second.alice.agent.agentId.toHex(), first.alice.agent.agentId.toHex());
  assertEquals(shown(second.alice.list), ["survive claimed"]);
  const claimed = second.alice.list.tasks()[0]?.claimedBy?.agent.toHex();
  assertEquals(claimed, first.bob.agent.agentId.toHex());
  await bounded(second.bob.list.complete(id));
  await until(second.alice.list, (tasks) => tasks[0]?.state === "done");
  await bounded(Promise.all([second.alice.agent.close(), second.bob.agent.close()]));
});

test("Several agents publish at once and nothing is lost", async () => {
  await using mesh = await Mesh.of(3);
  const reader = mesh.agent(2);
  await using ear = await reader.subscribe("burst");
  for (const agent of mesh.agents.slice(0, 2)) await bounded(untilHeard(agent, ear));
  const senders = mesh.agents.slice(0, 2);
  const sent = senders.flatMap((agent, at) =>
    Array.from({ length: 40 }, (_, number) => ({ agent, text: `${at} ${number}` }))
  );
  await bounded(Promise.all(sent.map(({ agent, text }) => agent.publish("burst", text))));
  const heard = (await bounded(take(ear, sent.length))).map((message) => message.text());
  assertEquals(heard.toSorted(), sent.map(({ text }) => text).toSorted());
});

test("Agents in one directory are refused, in different ones they are not", async () => {
  const parent = await mkdtemp(join(tmpdir(), "tendon-test-"));
  try {
    const names = ["a", "b", "c"];
    const agents = await bounded(Promise.all(
      names.map((name) => Agent.create({ dataDir: join(parent, name), network: "offline" })),
    ));
    assertEquals(new Set(agents.map(({ agentId }) => agentId.toHex())).size, 3);
    const same = await Promise.allSettled(
      names.map((name) => Agent.create({ dataDir: join(parent, name), network: "offline" })),
    );
    for (const result of same) {
      assert(result.status === "rejected");
      assertEquals(result.reason.code, "identity_directory_in_use");
    }
    await bounded(Promise.all(agents.map((agent) => agent.close())));
  } finally {
    await rm(parent, { recursive: true });
  }
});
