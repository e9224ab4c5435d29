import { assert, assertEquals, assertRejects } from "@std/assert";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent } from "../../src/agent/mod.ts";
import { CancelledError, ClosedError, NetworkError, TaskError } from "../../src/errors.ts";
import { TaskList } from "../../src/tasks/mod.ts";
import { bounded, Mesh, TempDir } from "../agent/harness.ts";
import { test } from "../harness.ts";
import { until } from "./harness.ts";

function openAll(mesh: Mesh, topic: string): Promise<TaskList[]> {
  return bounded(Promise.all(mesh.agents.map((agent) => TaskList.open(agent, topic))));
}

test("TaskList: add, claim, complete show in tasks()", async () => {
  await using agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  assertEquals(list.tasks(), []);
  const before = Date.now();
  const id = await bounded(list.add("backtest", "5 and 20"));
  const [added] = list.tasks();
  assert(added);
  assertEquals([added.id, added.title, added.description], [id, "backtest", "5 and 20"]);
  assertEquals(added.state, "empty");
  assertEquals(added.assignee, undefined);
  assert((added.createdAt ?? 0) >= before);

  const claim = await bounded(list.claim(id));
  assert(claim.won && claim.agent.equals(agent.agentId) && claim.at >= before);
  assertEquals(list.tasks()[0]?.state, "claimed");
  assertEquals(list.tasks()[0]?.assignee?.toHex(), agent.agentId.toHex());

  const completion = await bounded(list.complete(id));
  assert(completion.won);
  assertEquals(list.tasks()[0]?.state, "done");
  assertEquals(list.tasks()[0]?.completedBy?.agent.toHex(), agent.agentId.toHex());
});

test("TaskList: three agents share a list, in one order", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh, "work");
  const adds = lists.flatMap((list, at) =>
    Array.from({ length: 5 }, (_, number) => list.add(`task ${at}.${number}`, "words"))
  );
  const ids = await bounded(Promise.all(adds));
  assertEquals(new Set(ids).size, 15);
  const shown = await bounded(
    Promise.all(lists.map((list) => until(list, ({ tasks }) => tasks.length === 15))),
  );
  for (const { tasks } of shown) assertEquals(tasks, shown[0]?.tasks);
});

test("TaskList: a task added in knowledge of another comes after it", async () => {
  await using mesh = await Mesh.of(2);
  const lists = await openAll(mesh, "work");
  const ids: string[] = [];
  for (let number = 0; number < 6; number++) {
    const list = lists[number % 2]!;
    await bounded(until(list, ({ tasks }) => tasks.length === number));
    ids.push(await bounded(list.add("same title")));
  }
  for (const list of lists) {
    const { tasks } = await bounded(until(list, ({ tasks }) => tasks.length === 6));
    assertEquals(tasks.map((task) => task.id), ids);
  }
});

test("TaskList.claim(): racing agents agree on one winner", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh, "work");
  const id = await bounded(lists[0]!.add("contested"));
  await bounded(Promise.all(lists.map((list) => until(list, ({ tasks }) => tasks.length === 1))));
  await bounded(Promise.all(lists.map((list) => list.claim(id))));
  const winners = () => {
    return new Set(lists.map((list) => String(list.tasks()[0]?.claimedBy?.agent)));
  };
  // Nobody can know that no earlier claim is on its way: wait until all agree.
  const agreed = (async () => {
    while (winners().size > 1) await new Promise((resolve) => setTimeout(resolve, 50));
  })();
  await bounded(agreed);
  const claims = await bounded(Promise.all(lists.map((list) => list.claim(id))));
  assertEquals(claims.filter(({ won }) => won).length, 1);
  const winner = lists[claims.findIndex(({ won }) => won)]!;
  await bounded(winner.complete(id));
  for (const list of lists) {
    const { tasks } = await bounded(until(list, ({ tasks }) => tasks[0]?.state === "done"));
    assertEquals(tasks[0]?.completedBy?.agent.toHex(), claims[0]?.agent.toHex());
  }
});

test("TaskList.claim() with settleMs waits for earlier claims", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh, "work");
  const id = await bounded(lists[0]!.add("contested"));
  await bounded(Promise.all(lists.map((list) => until(list, ({ tasks }) => tasks.length === 1))));
  const claims = await bounded(
    Promise.all(lists.map((list) => list.claim(id, { settleMs: 1000 }))),
  );
  assertEquals(claims.filter(({ won }) => won).length, 1);
  assertEquals(new Set(claims.map(({ agent }) => agent.toHex())).size, 1);
});

test("TaskList.claim() stops waiting at its signal", async () => {
  await using agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  const id = await bounded(list.add("title"));
  const signal = AbortSignal.timeout(50);
  await assertRejects(
    () => bounded(list.claim(id, { settleMs: 10_000, signal }), 3000),
    CancelledError,
  );
  assertEquals(list.tasks()[0]?.state, "claimed");
});

test("TaskList: wrong states and ids are typed", async () => {
  await using agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  const id = await bounded(list.add("backtest"));
  const codes: string[] = [];
  const refused = async (change: Promise<unknown>) => {
    codes.push((await assertRejects(() => bounded(change), TaskError)).code);
  };
  await refused(list.complete(id));
  await refused(list.claim("0".repeat(64)));
  await refused(list.claim(id, { ifRevision: list.revision + 1 }));
  await bounded(list.claim(id, { ifRevision: list.revision }));
  await bounded(list.complete(id));
  await refused(list.claim(id));
  await refused(list.complete(id));
  assertEquals(codes, ["task_state", "task_not_found", "task_stale", "task_state", "task_state"]);
  await assertRejects(() => list.claim("nonsense"), SyntaxError);
  await assertRejects(() => list.add(""), RangeError);
  await assertRejects(() => list.add("t".repeat(4097)), RangeError);
  await assertRejects(() => list.add("title", "d".repeat(65_537)), RangeError);
  await assertRejects(() => TaskList.open(agent, ""), RangeError);
});

test("TaskList: any text survives", async () => {
  await using agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  for (const text of ["", "\u{1e}", "a\u{1e}0", "\u{1e}ffff\u{1e}", "ünïcode 🦀\n\t\0"]) {
    await bounded(list.add("title", text));
    assertEquals(list.tasks().at(-1)?.description, text);
  }
});

test("TaskList.changes() shows the list of now and then every change", async () => {
  await using agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  const changes = list.changes();
  assertEquals((await bounded(changes.next())).value?.tasks, []);
  const id = await bounded(list.add("one"));
  assertEquals((await bounded(changes.next())).value?.tasks[0]?.state, "empty");
  await bounded(list.claim(id));
  assertEquals((await bounded(changes.next())).value?.tasks[0]?.state, "claimed");
  await bounded(changes.return());
});

test("TaskList.changes() ends at its signal, with the list and with the agent", async () => {
  const agent = await bounded(Agent.create());
  await using list = await bounded(TaskList.open(agent, "work"));
  const other = await bounded(TaskList.open(agent, "work"));
  const controller = new AbortController();
  const count = async (changes: AsyncIterable<unknown>) => {
    let seen = 0;
    for await (const _ of changes) seen++;
    return seen;
  };
  const aborted = count(list.changes({ signal: controller.signal }));
  const closed = count(other.changes());
  const ended = count(list.changes());
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  assertEquals(await bounded(aborted), 1);
  await bounded(other.close());
  assertEquals(await bounded(closed), 1);
  await bounded(agent.close());
  assertEquals(await bounded(ended), 1);
});

test("TaskList: opened again, a topic is the same replica", async () => {
  await using agent = await bounded(Agent.create());
  const first = await bounded(TaskList.open(agent, "work"));
  const id = await bounded(first.add("title"));
  await bounded(first.close());
  await using second = await bounded(TaskList.open(agent, "work"));
  assertEquals(second.tasks().map((task) => task.id), [id]);
  assert(await bounded(second.add("title")) !== id);
});

test("A closed list or agent says so", async () => {
  const agent = await bounded(Agent.create());
  const list = await bounded(TaskList.open(agent, "work"));
  const other = await bounded(TaskList.open(agent, "work"));
  const id = await bounded(list.add("title"));
  await list.close();
  await list.close();
  const uses = (list: TaskList): (() => Promise<unknown>)[] => [
    () => list.add("title"),
    () => list.claim(id),
    () => list.complete(id),
    () => list.addAll([{ title: "title" }]),
    () => list.edit(id, { title: "other" }),
    () => list.remove(id),
    () => list.reorder([id]),
    () => list.resync(),
    () => list.changes().next(),
  ];
  for (const use of uses(list)) await assertRejects(use, ClosedError, "the task list is closed");
  await bounded(agent.close());
  for (const use of uses(other)) await assertRejects(() => bounded(use()), ClosedError);
  await assertRejects(() => TaskList.open(agent, "work"), ClosedError);
  assertEquals(list.tasks().length, 1);
});

test("TaskList.open() with a state directory survives a restart", async () => {
  await using home = await TempDir.make();
  const [dataDir, stateDir] = [join(home.path, "alice"), join(home.path, "lists")];
  const restart = async <T>(use: (list: TaskList) => Promise<T>): Promise<T> => {
    await using agent = await bounded(Agent.create({ dataDir }));
    await using list = await bounded(TaskList.open(agent, "work", { stateDir }));
    return await bounded(use(list));
  };
  const tasks = await restart(async (list) => {
    await list.claim(await list.add("title", "words"));
    return list.tasks();
  });
  assertEquals(await restart((list) => Promise.resolve(list.tasks())), tasks);
  const id = await restart((list) => list.add("title"));
  assert(id !== tasks[0]?.id);
  const file = (await readdir(stateDir)).find((name) => name.endsWith(".tasks"));
  await writeFile(join(stateDir, file!), "junk");
  const error = await assertRejects(
    () => restart(() => Promise.resolve()),
    TaskError,
  );
  assertEquals(error.code, "task_list_corrupt");
});

test("TaskList.resync() brings a latecomer what it lacks", async () => {
  await using mesh = await Mesh.of(2);
  const first = await bounded(TaskList.open(mesh.agent(0), "work"));
  for (let number = 0; number < 3; number++) await bounded(first.add(`task ${number}`));
  const second = await bounded(TaskList.open(mesh.agent(1), "work"));
  await bounded(second.resync());
  const { tasks } = await bounded(until(second, ({ tasks }) => tasks.length === 3));
  assertEquals(tasks, first.tasks());
});

test("TaskList.open() needs a network and an agent", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  const error = await assertRejects(() => TaskList.open(agent, "work"), NetworkError);
  assertEquals(error.code, "network_offline");
  await assertRejects(() => TaskList.open({} as unknown as Agent, "work"), TypeError);
});
