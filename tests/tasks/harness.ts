/**
 * What the tests of task lists share.
 *
 * @module
 */

import type { TaskItem, TaskList, TaskListSnapshot } from "../../src/tasks/mod.ts";
import { bounded } from "../agent/harness.ts";

/** The first snapshot that satisfies the condition. */
export async function until(
  list: TaskList,
  done: (snapshot: TaskListSnapshot) => boolean,
): Promise<TaskListSnapshot> {
  for await (const snapshot of list.changes()) {
    if (done(snapshot)) return snapshot;
  }
  throw new Error("the list was closed");
}

/** What replicas agree on, as text. */
export function canonical(tasks: readonly TaskItem[]): string {
  return JSON.stringify(tasks);
}

/** Waits until all lists show the same tasks and these satisfy the condition. */
export function agreed(
  lists: readonly TaskList[],
  done: (tasks: readonly TaskItem[]) => boolean = () => true,
): Promise<readonly TaskItem[]> {
  const look = async () => {
    while (true) {
      const [first, ...rest] = lists.map((list) => list.tasks());
      const text = canonical(first!);
      if (done(first!) && rest.every((tasks) => canonical(tasks) === text)) return first!;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return bounded(look());
}
