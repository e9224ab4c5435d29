/**
 * What a program has seen of a replica, brought up to date with what changed since.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { type TaskId, type TaskItem, type TaskListSnapshot, taskOf } from "./task_item.ts";

type Changes = Methods["tasks.list"]["answer"];

/** A replica's tasks. Only what changed crosses the border. */
export class TaskView {
  readonly #tasks = new Map<TaskId, TaskItem>();
  #places = new Map<TaskId, number>();
  #snapshot: TaskListSnapshot = { revision: 0, tasks: [] };

  /** What was seen last. */
  get snapshot(): TaskListSnapshot {
    return this.#snapshot;
  }

  /** Takes in what changed since the revision of {@linkcode snapshot}. */
  apply(changes: Changes): TaskListSnapshot {
    const { revision, whole, tasks, removed, order } = changes;
    if (!whole && revision === this.#snapshot.revision) return this.#snapshot;
    if (whole) this.#tasks.clear();
    if (order !== undefined) this.#places = new Map(order.map((id, place) => [id, place]));
    // A task that was there before keeps its place, unless all places change.
    const moved = whole || order !== undefined || removed.length > 0 ||
      tasks.some(({ id }) => !this.#tasks.has(id));
    for (const id of removed) this.#tasks.delete(id);
    for (const task of tasks) this.#tasks.set(task.id, taskOf(task));
    const shown = moved
      ? [...this.#tasks.values()].sort((one, other) => this.#compare(one, other))
      : this.#snapshot.tasks.map(({ id }) => this.#tasks.get(id)!);
    this.#snapshot = { revision, tasks: shown };
    return this.#snapshot;
  }

  /** First what the latest reorder has placed, then by time, then by id. */
  #compare(one: TaskItem, other: TaskItem): number {
    const place = (this.#places.get(one.id) ?? Infinity) -
      (this.#places.get(other.id) ?? Infinity);
    if (place) return place;
    const time = (one.createdAt ?? Infinity) - (other.createdAt ?? Infinity);
    if (time) return time;
    return one.id < other.id ? -1 : 1;
  }
}
