/**
 * Tasks as a replica shows them.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { AgentId } from "../identity/mod.ts";

/** Id of a task, the same on every replica: 64 lower-case hexadecimal digits. */
export type TaskId = string;

/** Where a task stands: `"done"` is final and wins over `"claimed"`. */
export type TaskState = "empty" | "claimed" | "done";

/** Who claimed or completed a task. */
export interface TaskOwner {
  /** The agent; its signature was verified. */
  readonly agent: AgentId;
  /** When, in milliseconds since the epoch, by that agent's clock. */
  readonly at: number;
}

/** A task as one replica sees it. */
export interface TaskItem {
  /** Its id. */
  readonly id: TaskId;
  /** What is to be done. */
  readonly title: string;
  /** More about it. */
  readonly description: string;
  /** Where it stands. */
  readonly state: TaskState;
  /**
   * When its creator says it was added, in milliseconds since the epoch; the order of the list.
   * Absent if a program other than Tendon added it; such tasks come last.
   */
  readonly createdAt?: number;
  /** Winner of the claims: the earliest, then the smaller agent id. Stays when it is done. */
  readonly claimedBy?: TaskOwner;
  /** Winner of the completions, by the same rule. */
  readonly completedBy?: TaskOwner;
  /** Who it is with: the agent that completed it, else the one that claimed it. */
  readonly assignee?: AgentId;
}

/** A replica at one revision. */
export interface TaskListSnapshot {
  /** Grows with every change of this replica; says nothing about others. */
  readonly revision: number;
  /** The tasks, in the same order on every replica that holds the same ones. */
  readonly tasks: readonly TaskItem[];
}

type WireSnapshot = Methods["tasks.list"]["answer"];
type WireTask = WireSnapshot["tasks"][number];
type WireOwner = Methods["tasks.claim"]["answer"]["owner"];

/** A snapshot as users see it. */
export function snapshotOf(wire: WireSnapshot): TaskListSnapshot {
  return { revision: wire.revision, tasks: wire.tasks.map(taskOf) };
}

/** An owner as users see it. */
export function ownerOf({ agent, atMs }: WireOwner): TaskOwner {
  return { agent: AgentId.fromHex(agent), at: atMs };
}

function taskOf(wire: WireTask): TaskItem {
  const { id, title, description, state, createdAtMs } = wire;
  const claimedBy = wire.claimedBy && ownerOf(wire.claimedBy);
  const completedBy = wire.completedBy && ownerOf(wire.completedBy);
  const assignee = (completedBy ?? claimedBy)?.agent;
  return {
    id,
    title,
    description,
    state,
    ...(createdAtMs !== undefined && { createdAt: createdAtMs }),
    ...(claimedBy && { claimedBy }),
    ...(completedBy && { completedBy }),
    ...(assignee && { assignee }),
  };
}

/** Puts a task in its place, instead of the one with the same id. */
export function withTask(tasks: readonly TaskItem[], task: TaskItem): readonly TaskItem[] {
  const at = tasks.findIndex(({ id }) => id === task.id);
  if (at >= 0) return tasks.with(at, task);
  const after = tasks.findLastIndex((other) => isBefore(other, task));
  return tasks.toSpliced(after + 1, 0, task);
}

function isBefore(one: TaskItem, other: TaskItem): boolean {
  const [time, otherTime] = [one.createdAt ?? Infinity, other.createdAt ?? Infinity];
  return time === otherTime ? one.id < other.id : time < otherTime;
}
