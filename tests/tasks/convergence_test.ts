import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Agent } from "../../src/agent/mod.ts";
import { TaskError } from "../../src/errors.ts";
import { Keypair } from "../../src/identity/mod.ts";
import { OfflineTaskList, TaskList } from "../../src/tasks/mod.ts";
import { bounded, Mesh, TempDir } from "../agent/harness.ts";
import { test } from "../harness.ts";
import { agreed, until } from "./harness.ts";

function openAll(mesh: Mesh): Promise<TaskList[]> {
  return bounded(Promise.all(mesh.agents.map((agent) => TaskList.open(agent, "work"))));
}

const titles = (count: number, prefix = "task") =>
  Array.from({ length: count }, (_, number) => ({ title: `${prefix} ${number}` }));

test("TaskList: 20 concurrent claims of each agent, 50 rounds, one winner everywhere", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh);
  let contested = 0;
  for (let round = 0; round < 50; round++) {
    const ids = await bounded(lists[round % 3]!.addAll(titles(20, `round ${round}`)));
    const all = ids.length * (round + 1);
    await bounded(Promise.all(lists.map((list) => until(list, (s) => s.tasks.length === all))));
    await bounded(Promise.all(lists.flatMap((list) => ids.map((id) => list.claim(id)))));
    const tasks = await agreed(
      lists,
      (tasks) => tasks.every((task) => task.state === "claimed"),
    );
    const claims = ids.map((id) => lists[0]!.history(id).claims);
    contested += claims.filter(({ length }) => length > 1).length;
    for (const [at, id] of ids.entries()) {
      const owner = tasks.find((task) => task.id === id)?.claimedBy;
      const [winner, ...losers] = claims[at]!;
      assert(winner!.won && winner!.agent.equals(owner!.agent));
      assert(losers.every(({ won, at }) => !won && at >= winner!.at));
    }
  }
  // Else nothing was decided.
  assert(contested > 0);
});

test("TaskList: concurrent completions converge and stay in the history", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh);
  const ids = await bounded(lists[0]!.addAll(titles(10)));
  await bounded(Promise.all(ids.map((id) => lists[0]!.claim(id))));
  await agreed(lists, (tasks) => tasks.filter((task) => task.state === "claimed").length === 10);
  const completions = lists.flatMap((list) => ids.map((id) => list.complete(id)));
  const results = await bounded(Promise.allSettled(completions));
  for (const result of results) {
    if (result.status === "rejected") assertEquals(result.reason.code, "task_state");
  }
  const tasks = await agreed(lists, (tasks) => tasks.every((task) => task.state === "done"));
  for (const task of tasks) {
    const { completions } = lists[1]!.history(task.id);
    assertEquals(completions[0]?.agent.toHex(), task.completedBy?.agent.toHex());
    assert(completions[0]?.won);
  }
});

test("TaskList.reorder(): three at once end in one order", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh);
  await bounded(Promise.all(lists.map((list) => list.addAll(titles(4)))));
  const ids = (await agreed(lists, ({ length }) => length === 12)).map(({ id }) => id);
  const orders = [ids.toReversed(), [...ids.slice(5), ...ids.slice(0, 5)], [ids[7]!]];
  await bounded(Promise.all(lists.map((list, at) => list.reorder(orders[at]!))));
  const wanted = orders.map((order) => [...new Set([...order, ...ids])].join());
  const tasks = await agreed(
    lists,
    (tasks) => wanted.includes(tasks.map(({ id }) => id).join()),
  );
  const late = await bounded(lists[2]!.add("late"));
  const after = await agreed(lists, ({ length }) => length === 13);
  assertEquals(after.map(({ id }) => id), [...tasks.map(({ id }) => id), late]);
  const codes = await Promise.all(
    [[late, late], ["0".repeat(64)]].map(async (order) =>
      (await assertRejects(() => lists[0]!.reorder(order), TaskError)).code
    ),
  );
  assertEquals(codes, ["task_twice", "task_not_found"]);
  await assertRejects(() => lists[0]!.reorder(["nonsense"]), SyntaxError);
});

test("TaskList: edits and removals reach everybody", async () => {
  await using mesh = await Mesh.of(3);
  const lists = await openAll(mesh);
  const [first, second] = await bounded(lists[0]!.addAll(titles(2)));
  await agreed(lists, ({ length }) => length === 2);
  const { agentId: assignee } = mesh.agent(2);
  await bounded(Promise.all([
    lists[0]!.edit(first!, { title: "by one" }),
    lists[1]!.edit(first!, { title: "by two", priority: 200 }),
    lists[2]!.edit(first!, { title: "by three", assignee }),
    lists[1]!.remove(second!),
  ]));
  const [task] = await agreed(
    lists,
    (tasks) => tasks.length === 1 && tasks[0]!.priority === 200 && tasks[0]!.assignee !== undefined,
  );
  assert(["by one", "by two", "by three"].includes(task!.title));
  assertEquals(task!.assignee?.toHex(), assignee.toHex());
  await assertRejects(() => lists[0]!.claim(second!), TaskError, "has no task");
  await assertRejects(() => lists[0]!.edit(first!, { priority: 256 }), RangeError);
});

test("TaskList: a partition with work on both sides heals by itself", async () => {
  await using one = await bounded(Agent.create());
  await bounded(one.joinNetwork());
  await using other = await bounded(Agent.create());
  await bounded(other.joinNetwork());
  const lists = await bounded(
    Promise.all([TaskList.open(one, "work"), TaskList.open(other, "work")]),
  );
  await bounded(Promise.all(lists.map((list) => list.addAll(titles(20)))));
  await bounded(Promise.all(lists.map((list) => list.claim(list.tasks()[0]!.id))));
  assertEquals(lists.map((list) => list.tasks().length), [20, 20]);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await bounded(other.connect(one.address!));
  const tasks = await agreed(lists, ({ length }) => length === 40);
  assertEquals(tasks.filter(({ state }) => state === "claimed").length, 2);
});

test("TaskList: leave, work offline, come back, merge", async () => {
  await using home = await TempDir.make();
  await using mesh = await Mesh.of(2);
  using key = Keypair.generate();
  const bootstrap = [mesh.agent(0).address!];
  await using agent = await bounded(
    Agent.create({ dataDir: join(home.path, "agent"), agentKey: key, network: { bootstrap } }),
  );
  await bounded(agent.joinNetwork());
  const lists = await openAll(mesh);
  const own = await bounded(TaskList.open(agent, "work"));
  const ids = await bounded(own.addAll(titles(3)));
  await agreed([...lists, own], ({ length }) => length === 3);
  using offline = OfflineTaskList.create("work", key);
  offline.merge(own);
  await bounded(agent.leaveNetwork());
  // Both sides go on.
  offline.claim(ids[0]!);
  offline.edit(ids[1]!, { description: "changed on the train" });
  offline.remove(ids[2]!);
  const added = offline.add("found on the way");
  await bounded(lists[0]!.edit(ids[1]!, { title: "changed at home" }));
  await bounded(agent.joinNetwork());
  await using again = await bounded(TaskList.open(agent, "work"));
  await bounded(again.merge(offline));
  const tasks = await agreed(
    [...lists, again],
    (tasks) => tasks.length === 3 && tasks[1]?.title === "changed at home",
  );
  assertEquals(tasks.map(({ id }) => id), [ids[0], ids[1], added]);
  assertEquals(tasks[0]?.claimedBy?.agent.toHex(), key.agentId.toHex());
  assertEquals(tasks[1]?.description, "changed on the train");
});

test("TaskList: a latecomer gets a list that no single message could hold", async () => {
  await using mesh = await Mesh.of(2);
  using key = Keypair.generate();
  using prepared = OfflineTaskList.create("work", key);
  for (const id of prepared.addAll(titles(1000)).slice(0, 500)) {
    prepared.claim(id);
    prepared.complete(id);
  }
  assert(prepared.toBytes().length > 4 * 2 ** 20);
  await using holder = await bounded(TaskList.open(mesh.agent(0), "work"));
  await bounded(holder.merge(prepared));
  await using newcomer = await bounded(TaskList.open(mesh.agent(1), "work"));
  const tasks = await bounded(newcomer.resync());
  assertEquals(tasks.length, 1000);
  assertEquals(tasks.filter(({ state }) => state === "done").length, 500);
  assertEquals(tasks, holder.tasks());
});

test("TaskList: ids, order and winners survive a restart of all agents", async () => {
  await using home = await TempDir.make();
  const session = async <T>(use: (lists: TaskList[]) => Promise<T>): Promise<T> => {
    const open = async (name: string, bootstrap: string[]) => {
      const agent = await Agent.create({ dataDir: join(home.path, name), network: { bootstrap } });
      await agent.joinNetwork();
      const stateDir = join(home.path, `${name}-lists`);
      return { agent, list: await TaskList.open(agent, "work", { stateDir }) };
    };
    const one = await bounded(open("one", []));
    const two = await bounded(open("two", [one.agent.address!]));
    try {
      return await use([one.list, two.list]);
    } finally {
      await bounded(Promise.all([one.agent.close(), two.agent.close()]));
    }
  };
  const before = await session(async (lists) => {
    const ids = await bounded(lists[0]!.addAll(titles(5)));
    await agreed(lists, ({ length }) => length === 5);
    await bounded(Promise.all(lists.map((list) => list.claim(ids[2]!))));
    await bounded(lists[1]!.reorder([ids[4]!, ids[0]!]));
    await bounded(lists[0]!.remove(ids[1]!));
    return await agreed(
      lists,
      (tasks) => tasks.length === 4 && tasks[0]!.id === ids[4] && tasks[2]!.state === "claimed",
    );
  });
  const after = await session((lists) =>
    Promise.resolve(lists.map((list) => [list.tasks(), list.history(before[2]!.id)] as const))
  );
  for (const [tasks, history] of after) {
    assertEquals(tasks, before);
    assertEquals(history.claims[0]?.agent.toHex(), before[2]!.claimedBy?.agent.toHex());
  }
});

test("TaskList: without a state directory, ids are not given again after a restart", async () => {
  await using home = await TempDir.make();
  const add = async () => {
    await using agent = await bounded(Agent.create({ dataDir: home.path }));
    await using list = await bounded(TaskList.open(agent, "work"));
    return await bounded(list.add("same title"));
  };
  assert(await add() !== await add());
});
