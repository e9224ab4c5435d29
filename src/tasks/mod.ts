/**
 * Task lists that agents share: every agent holds a replica, all replicas converge. Lists that
 * change without a network, and merge with the shared ones later.
 *
 * See `docs/network.md` for what is promised and what is not.
 *
 * @example
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { TaskList } from "@tendon/tendon/tasks";
 * import { assertEquals } from "@std/assert";
 *
 * await using agent = await Agent.create();
 * await using list = await TaskList.open(agent, "chores");
 * await list.add("water the plants");
 * assertEquals(list.tasks().length, 1);
 * ```
 *
 * @module
 */

export type {
  NewTask,
  TaskEdit,
  TaskEvent,
  TaskHistory,
  TaskId,
  TaskItem,
  TaskListSnapshot,
  TaskOwner,
  TaskState,
} from "./task_item.ts";
export { OfflineTaskList } from "./offline_task_list.ts";
export {
  type ChangeOptions,
  type ChangeResult,
  type ClaimOptions,
  TaskList,
  type TaskListOptions,
} from "./task_list.ts";
