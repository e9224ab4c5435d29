import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ClosedError, TaskError } from "../../src/errors.ts";
import { Keypair } from "../../src/identity/mod.ts";
import { OfflineTaskList, type TaskId } from "../../src/tasks/mod.ts";
import { test } from "../harness.ts";
import { canonical } from "./harness.ts";

/** All that merging must agree on: tasks in order, and every claim and completion. */
function state(list: OfflineTaskList): string {
  const tasks = list.tasks();
  return canonical(tasks) + JSON.stringify(tasks.map(({ id }) => list.history(id)));
}

function copy(list: OfflineTaskList, key: Keypair): OfflineTaskList {
  return OfflineTaskList.fromBytes(list.toBytes(), key);
}

test("OfflineTaskList: add, claim, complete, edit, remove, reorder", () => {
  using key = Keypair.generate();
  using list = OfflineTaskList.create("work", key);
  assertEquals([list.topic, list.tasks(), list.agentId.toHex()], ["work", [], key.agentId.toHex()]);
  const ids = list.addAll([{ title: "a", description: "words" }, { title: "b" }, { title: "c" }]);
  assertEquals(list.tasks().map(({ id }) => id), ids);
  const [a, b, c] = ids as [TaskId, TaskId, TaskId];
  assert(list.claim(b).won);
  assert(list.complete(b).won);
  list.edit(a, { title: "A", priority: 1, assignee: list.agentId });
  list.reorder([c]);
  assertEquals(list.tasks().map(({ title, state }) => [title, state]), [
    ["c", "empty"],
    ["A", "empty"],
    ["b", "done"],
  ]);
  const edited = list.tasks()[1]!;
  assertEquals([edited.description, edited.priority], ["words", 1]);
  assertEquals(edited.assignee?.toHex(), list.agentId.toHex());
  list.edit(a, { assignee: null });
  assertEquals(list.tasks()[1]?.assignee, undefined);
  const { claims, completions } = list.history(b);
  assertEquals([claims.length, completions.length, completions[0]?.won], [1, 1, true]);
  const before = list.revision;
  list.remove(a);
  assertEquals(list.tasks().map(({ title }) => title), ["c", "b"]);
  assert(list.revision > before);
});

test("OfflineTaskList: what is wrong is typed", () => {
  using key = Keypair.generate();
  using list = OfflineTaskList.create("work", key);
  const id = list.add("title");
  const code = (use: () => unknown) => assertThrows(use, TaskError).code;
  assertEquals(code(() => list.complete(id)), "task_state");
  assertEquals(code(() => list.claim("0".repeat(64))), "task_not_found");
  assertEquals(code(() => list.reorder([id, id])), "task_twice");
  list.claim(id);
  list.complete(id);
  assertEquals(code(() => list.claim(id)), "task_state");
  using other = OfflineTaskList.create("other", key);
  assertEquals(code(() => list.merge(other)), "task_list_other");
  assertThrows(() => list.add(""), RangeError);
  assertThrows(() => list.add("t".repeat(4097)), RangeError);
  assertThrows(() => list.edit(id, { priority: -1 }), RangeError);
  assertThrows(() => list.claim("nonsense"), SyntaxError);
  assertThrows(() => OfflineTaskList.create("", key), RangeError);
  assertThrows(() => OfflineTaskList.create("work", {} as unknown as Keypair), TypeError);
  assertThrows(() => list.merge({} as unknown as OfflineTaskList), TypeError);
  list.merge(list);
  assertEquals(list.tasks().length, 1);
  list.close();
  list.close();
  assertEquals(list.tasks().length, 1);
  for (const use of [() => list.add("x"), () => list.toBytes(), () => other.merge(list)]) {
    assertThrows(use, ClosedError);
  }
});

test("OfflineTaskList: saved and loaded, also by another agent, with new ids for new tasks", () => {
  using ada = Keypair.generate();
  using bob = Keypair.generate();
  using list = OfflineTaskList.create("work", ada);
  const ids = list.addAll([{ title: "same" }, { title: "same" }]);
  list.claim(ids[0]!);
  list.remove(ids[1]!);
  list.reorder([ids[0]!]);
  const bytes = list.toBytes();
  using again = OfflineTaskList.fromBytes(bytes, ada);
  using other = OfflineTaskList.fromBytes(bytes, bob);
  assertEquals([state(again), state(other)], [state(list), state(list)]);
  const added = [list, again, other].map((each) => each.add("same"));
  assertEquals(new Set([...ids, ...added]).size, 5);
  again.merge(list);
  assertEquals(again.tasks().length, 3);
  assertEquals(other.claim(ids[0]!).agent.toHex(), ada.agentId.toHex());
});

test("OfflineTaskList.fromBytes() refuses damaged bytes wherever they are damaged", () => {
  using key = Keypair.generate();
  using list = OfflineTaskList.create("work", key);
  list.claim(list.add("title"));
  const bytes = list.toBytes();
  const refused = (bytes: Uint8Array) =>
    assertEquals(
      assertThrows(() => OfflineTaskList.fromBytes(bytes, key), TaskError).code,
      "task_list_corrupt",
    );
  for (let at = 0; at < bytes.length; at += 61) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    refused(damaged);
    refused(bytes.subarray(0, at));
  }
  refused(Uint8Array.of(...bytes, 0));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refused), { numRuns: 50 });
});

/** One step of the work of one replica, on the tasks that it sees. */
type Step = readonly [replica: number, kind: number, which: number, other: number];

const steps = fc.array(
  fc.tuple(fc.nat(3), fc.nat(8), fc.nat(20), fc.nat(20)),
  { minLength: 1, maxLength: 25 },
);

/** Works on replicas; kinds of steps that make no sense for the state are left out. */
function work(lists: readonly OfflineTaskList[], todo: readonly Step[]): void {
  for (const [replica, kind, which, other] of todo) {
    const list = lists[replica % lists.length]!;
    const tasks = list.tasks();
    const task = tasks[which % Math.max(tasks.length, 1)];
    if (kind <= 1 || task === undefined) list.add(`task ${which}`, `by ${replica}`);
    else if (kind === 2 && task.state !== "done") list.claim(task.id);
    else if (kind === 3 && task.state === "claimed") list.complete(task.id);
    else if (kind === 4) list.edit(task.id, { title: `title ${other}`, priority: other });
    else if (kind === 5) list.edit(task.id, { description: `words ${other}` });
    else if (kind === 6) list.remove(task.id);
    else if (kind === 7) list.reorder(tasks.slice(other % tasks.length).map(({ id }) => id));
    else if (kind === 8) list.merge(lists[other % lists.length]!);
  }
}

/** Replicas of different agents with a common past and work done apart. */
function withReplicas(
  keys: readonly Keypair[],
  count: number,
  [past, apart]: readonly [readonly Step[], readonly Step[]],
  check: (lists: readonly OfflineTaskList[]) => void,
): void {
  using first = OfflineTaskList.create("work", keys[0]!);
  work([first], past);
  const lists = keys.slice(0, count).map((key) => copy(first, key));
  try {
    work(lists, apart);
    check(lists);
  } finally {
    for (const list of lists) list.close();
  }
}

const LAWS = { numRuns: 60 };

test("OfflineTaskList.merge() is commutative, associative and idempotent", () => {
  const keys = Array.from({ length: 4 }, () => Keypair.generate());
  const merged = (...[first, ...rest]: OfflineTaskList[]): OfflineTaskList => {
    const result = copy(first!, keys[0]!);
    for (const list of rest) result.merge(list);
    return result;
  };
  try {
    fc.assert(
      fc.property(fc.tuple(steps, steps), (work) => {
        withReplicas(keys, 3, work, (lists) => {
          const [a, b, c] = lists as [OfflineTaskList, OfflineTaskList, OfflineTaskList];
          using ab = merged(a, b);
          using ba = merged(b, a);
          assertEquals(state(ab), state(ba));
          using bc = merged(b, c);
          using left = merged(ab, c);
          using right = merged(a, bc);
          assertEquals(state(left), state(right));
          using twice = merged(left, a, left, bc);
          assertEquals(state(twice), state(left));
          const { revision } = twice;
          twice.merge(right);
          assertEquals(twice.revision, revision);
        });
      }),
      LAWS,
    );
  } finally {
    for (const key of keys) key[Symbol.dispose]();
  }
});

test("OfflineTaskList: 2 to 4 replicas that exchange all they know are equal", () => {
  const keys = Array.from({ length: 4 }, () => Keypair.generate());
  const swaps = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 8 });
  try {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.tuple(steps, steps),
        swaps,
        (count, work, swaps) => {
          withReplicas(keys, count, work, (lists) => {
            for (const [into, from] of swaps) lists[into % count]!.merge(lists[from % count]!);
            for (const list of lists) for (const other of lists) list.merge(other);
            for (const list of lists) for (const other of lists) list.merge(other);
            for (const list of lists) assertEquals(state(list), state(lists[0]!));
            using saved = copy(lists[0]!, keys[1]!);
            assertEquals(state(saved), state(lists[0]!));
          });
        },
      ),
      LAWS,
    );
  } finally {
    for (const key of keys) key[Symbol.dispose]();
  }
});

test("OfflineTaskList.merge(): a removal wins over work done apart", () => {
  using ada = Keypair.generate();
  using bob = Keypair.generate();
  using one = OfflineTaskList.create("work", ada);
  const id = one.add("title");
  using other = copy(one, bob);
  one.remove(id);
  other.claim(id);
  other.edit(id, { title: "edited" });
  other.reorder([id]);
  one.merge(other);
  other.merge(one);
  assertEquals([one.tasks(), other.tasks()], [[], []]);
});
