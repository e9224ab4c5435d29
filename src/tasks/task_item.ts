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
  /** How urgent it is, from 0 to 255, as the applications agree; 128 unless somebody set it. */
  readonly priority: number;
  /**
   * When its creator says it was added, in milliseconds since the epoch; the order of tasks that
   * no reorder has placed. Absent if a program other than Tendon added it; such tasks come last.
   */
  readonly createdAt?: number;
  /** Winner of the claims: the earliest, then the smaller agent id. Stays when it is done. */
  readonly claimedBy?: TaskOwner;
  /** Winner of the completions, by the same rule. */
  readonly completedBy?: TaskOwner;
  /**
   * Who it is with: the agent that completed it, else the one that claimed it, else the one that
   * an edit named.
   */
  readonly assignee?: AgentId;
}

/** A replica at one revision. */
export interface TaskListSnapshot {
  /** Grows with every change of this replica; says nothing about others. */
  readonly revision: number;
  /** The tasks, in the same order on every replica that holds the same ones. */
  readonly tasks: readonly TaskItem[];
}

/** A task to add. */
export interface NewTask {
  /** What is to be done, at most 4 KiB. */
  title: string;
  /**
   * More about it, at most 64 KiB.
   *
   * @default {""}
   */
  description?: string;
}

/** What is changed of a task; what is left out stays. */
export interface TaskEdit {
  /** A new title, at most 4 KiB. */
  title?: string;
  /** A new description, at most 64 KiB. */
  description?: string;
  /** A new priority, from 0 to 255. */
  priority?: number;
  /** Whom the task is meant for, or `null` for nobody. Says nothing about who claims it. */
  assignee?: AgentId | null;
}

/** A claim or a completion. */
export interface TaskEvent extends TaskOwner {
  /** Whether it is the winner among those that have arrived. */
  readonly won: boolean;
}

/** Every claim and completion of a task that has arrived here, winners first. */
export interface TaskHistory {
  /** The claims. */
  readonly claims: readonly TaskEvent[];
  /** The completions. */
  readonly completions: readonly TaskEvent[];
}

type WireTask = Methods["tasks.list"]["answer"]["tasks"][number];
type WireOwner = Methods["tasks.claim"]["answer"];
type WireHistory = Methods["tasks.history"]["answer"];

/** An owner as users see it. */
export function ownerOf({ agent, atMs }: WireOwner): TaskOwner {
  return { agent: AgentId.fromHex(agent), at: atMs };
}

/** A history as users see it. */
export function historyOf({ claims, completions }: WireHistory): TaskHistory {
  const events = (wire: WireHistory["claims"]) =>
    wire.map(({ owner, won }) => ({ ...ownerOf(owner), won }));
  return { claims: events(claims), completions: events(completions) };
}

/** A task as users see it. */
export function taskOf(wire: WireTask): TaskItem {
  const { id, title, description, state, priority, createdAtMs } = wire;
  const claimedBy = wire.claimedBy && ownerOf(wire.claimedBy);
  const completedBy = wire.completedBy && ownerOf(wire.completedBy);
  const assignedTo = wire.assignedTo === undefined ? undefined : AgentId.fromHex(wire.assignedTo);
  const assignee = (completedBy ?? claimedBy)?.agent ?? assignedTo;
  return {
    id,
    title,
    description,
    state,
    priority,
    ...(createdAtMs !== undefined && { createdAt: createdAtMs }),
    ...(claimedBy && { claimedBy }),
    ...(completedBy && { completedBy }),
    ...(assignee && { assignee }),
  };
}
