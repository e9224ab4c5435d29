/**
 * Offline task lists beside the same work in Rust, and beside other replicated data types that do
 * the same task-list work.
 *
 * Needs a library built with the cargo feature `diagnostics`, and runs with
 * `deno bench -A bench/tasks_bench.ts`. Every figure is for 1,000 tasks unless its name says
 * otherwise.
 *
 * The peers keep a map of tasks, by id, each a map of its own, and let the last of two claims win;
 * nobody signs anything there. A claim of Tendon is signed with ML-DSA-65, so the comparable
 * operations are adding, editing, merging and reading.
 *
 * @module
 */

import * as Automerge from "@automerge/automerge";
import { LoroDoc, LoroMap } from "loro-crdt";
import * as Y from "yjs";
import { callSync } from "../ffi/call.ts";
import { Keypair } from "../src/identity/mod.ts";
import { OfflineTaskList } from "../src/tasks/mod.ts";

const COUNT = 1000;
/** Signed work is measured with fewer tasks: it takes a millisecond each. */
const SIGNED = 50;
const action = "run the bench";
const key = Keypair.generate();

/** A list of tasks, as each library keeps it. */
interface Subject {
  readonly name: string;
  /** A list of tasks with these numbers, on top of another if one is given. */
  make(from: number, count: number, past?: unknown): unknown;
  /** Gives every task a new title; answers the list. */
  edit(list: unknown): unknown;
  /** Merges the second list into the first. */
  merge(list: unknown, other: unknown): unknown;
  /** Reads all tasks; answers how many there are. */
  read(list: unknown): number;
}

const title = (number: number) => `task ${number}`;
const id = (number: number) => number.toString(16).padStart(64, "0");

const tendon: Subject = {
  name: "Tendon",
  make(from, count, past) {
    const list = past === undefined
      ? OfflineTaskList.create("bench", key)
      : OfflineTaskList.fromBytes((past as OfflineTaskList).toBytes(), key);
    for (let number = from; number < from + count; number++) list.add(title(number));
    return list;
  },
  edit(value) {
    const list = value as OfflineTaskList;
    for (const { id } of list.tasks()) list.edit(id, { title: "edited" });
    return list;
  },
  merge(value, other) {
    const list = value as OfflineTaskList;
    list.merge(other as OfflineTaskList);
    return list;
  },
  read: (value) => (value as OfflineTaskList).tasks().length,
};

const yjs: Subject = {
  name: "yjs",
  make(from, count, past) {
    const doc = new Y.Doc();
    if (past !== undefined) Y.applyUpdate(doc, Y.encodeStateAsUpdate(past as Y.Doc));
    const tasks = doc.getMap<Y.Map<string>>("tasks");
    for (let number = from; number < from + count; number++) {
      doc.transact(() => {
        const task = new Y.Map<string>();
        task.set("title", title(number));
        task.set("description", "");
        task.set("state", "empty");
        tasks.set(id(number), task);
      });
    }
    return doc;
  },
  edit(value) {
    const doc = value as Y.Doc;
    for (const task of doc.getMap<Y.Map<string>>("tasks").values()) task.set("title", "edited");
    return doc;
  },
  merge(value, other) {
    const doc = value as Y.Doc;
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other as Y.Doc, Y.encodeStateVector(doc)));
    return doc;
  },
  read: (value) => Object.keys((value as Y.Doc).getMap("tasks").toJSON()).length,
};

const loro: Subject = {
  name: "loro",
  make(from, count, past) {
    const doc = new LoroDoc();
    if (past !== undefined) doc.import((past as LoroDoc).export({ mode: "update" }));
    const tasks = doc.getMap("tasks");
    for (let number = from; number < from + count; number++) {
      const task = tasks.setContainer(id(number), new LoroMap());
      task.set("title", title(number));
      task.set("description", "");
      task.set("state", "empty");
      doc.commit();
    }
    return doc;
  },
  edit(value) {
    const doc = value as LoroDoc;
    for (const task of doc.getMap("tasks").values()) {
      (task as LoroMap).set("title", "edited");
      doc.commit();
    }
    return doc;
  },
  merge(value, other) {
    const doc = value as LoroDoc;
    doc.import((other as LoroDoc).export({ mode: "update", from: doc.version() }));
    return doc;
  },
  read: (value) => Object.keys((value as LoroDoc).getMap("tasks").toJSON()).length,
};

interface AutomergeTasks {
  tasks: Record<string, { title: string; description: string; state: string }>;
}
type AutomergeDoc = Automerge.Doc<AutomergeTasks>;

const automerge: Subject = {
  name: "automerge",
  make(from, count, past) {
    let doc = past === undefined
      ? Automerge.from<AutomergeTasks & Record<string, unknown>>({ tasks: {} }) as AutomergeDoc
      : Automerge.clone(past as AutomergeDoc);
    for (let number = from; number < from + count; number++) {
      doc = Automerge.change(doc, (draft) => {
        draft.tasks[id(number)] = { title: title(number), description: "", state: "empty" };
      });
    }
    return doc;
  },
  edit(value) {
    let doc = value as AutomergeDoc;
    for (const key of Object.keys(doc.tasks)) {
      doc = Automerge.change(doc, (draft) => {
        draft.tasks[key]!.title = "edited";
      });
    }
    return doc;
  },
  merge: (value, other) => Automerge.merge(value as AutomergeDoc, other as AutomergeDoc),
  read: (value) => Object.keys(Automerge.toJS(value as AutomergeDoc).tasks).length,
};

const peers = [tendon, yjs, loro, automerge];

/** Work on a pair of native lists; what comes before the measured step is not measured. */
type Native = "add" | "add_all" | "edit" | "claim" | "complete" | "diverge" | "merge" | "read";

function benchNative(group: string, before: readonly Native[], work: Native, count = COUNT): void {
  Deno.bench(`Rust: ${group}`, { group, baseline: true, n: 10, warmup: 2 }, (b) => {
    const { object: lists } = callSync("diagnostics.openTaskLists", {}, { action });
    for (const work of before) {
      callSync("diagnostics.nativeTaskList", { lists, work, count }, { action });
    }
    b.start();
    callSync("diagnostics.nativeTaskList", { lists, work, count }, { action });
    b.end();
  });
}

function benchAll<T>(
  group: string,
  prepare: (subject: Subject) => T,
  work: (subject: Subject, prepared: T) => unknown,
  expected: number,
): void {
  for (const subject of peers) {
    Deno.bench(`${subject.name}: ${group}`, { group, n: 10, warmup: 2 }, (b) => {
      const prepared = prepare(subject);
      b.start();
      const result = work(subject, prepared);
      b.end();
      const count = typeof result === "number" ? result : subject.read(result);
      if (count !== expected) throw new Error(`${subject.name} shows ${count} tasks`);
    });
  }
}

const add = `${COUNT} tasks added one by one`;
benchNative(add, [], "add");
benchAll(add, () => undefined, (subject) => subject.make(0, COUNT), COUNT);
Deno.bench(`Tendon, with addAll(): ${add}`, { group: add, n: 10, warmup: 2 }, () => {
  const tasks = Array.from({ length: COUNT }, (_, number) => ({ title: title(number) }));
  OfflineTaskList.create("bench", key).addAll(tasks);
});

const edit = `${COUNT} titles edited`;
benchNative(edit, ["add_all"], "edit");
benchAll(
  edit,
  (subject) => subject.make(0, COUNT),
  (subject, list) => subject.edit(list),
  COUNT,
);

const merge = `two lists merged, ${COUNT} tasks in common, ${COUNT} new on each side`;
benchNative(merge, ["add_all", "diverge"], "merge");
benchAll(
  merge,
  (subject) => {
    const past = subject.make(0, COUNT);
    return [subject.make(COUNT, COUNT, past), subject.make(2 * COUNT, COUNT, past)] as const;
  },
  (subject, [list, other]) => subject.merge(list, other),
  3 * COUNT,
);

// The peers write and read what they exchange; lists in one process need not, others do.
Deno.bench(`Tendon, through bytes: ${merge}`, { group: merge, n: 10, warmup: 2 }, (b) => {
  const past = tendon.make(0, COUNT);
  const list = tendon.make(COUNT, COUNT, past) as OfflineTaskList;
  const other = tendon.make(2 * COUNT, COUNT, past) as OfflineTaskList;
  b.start();
  list.merge(OfflineTaskList.fromBytes(other.toBytes(), key));
  b.end();
});

const read = `${COUNT} tasks read`;
benchNative(read, ["add_all"], "read");
benchAll(
  read,
  (subject) => subject.make(0, COUNT),
  (subject, list) => subject.read(list),
  COUNT,
);

const list = tendon.make(0, COUNT) as OfflineTaskList;
const first = list.tasks()[0]!.id;
Deno.bench(`Tendon: ${COUNT} tasks read again after one edit`, { group: read }, () => {
  list.edit(first, { priority: 1 });
  list.tasks();
});

for (const work of ["claim", "complete"] as const) {
  const group = `${SIGNED} tasks: ${work}, signed`;
  benchNative(group, work === "claim" ? ["add_all"] : ["add_all", "claim"], work, SIGNED);
  Deno.bench(`Tendon: ${group}`, { group, n: 10, warmup: 2 }, (b) => {
    const list = tendon.make(0, SIGNED) as OfflineTaskList;
    const ids = list.tasks().map(({ id }) => id);
    if (work === "complete") { for (const id of ids) list.claim(id); }
    b.start();
    for (const id of ids) list[work](id);
    b.end();
  });
}
