/**
 * Arguments of task lists, checked before the border.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { checkArray, checkInteger, checkObject, checkText, show } from "../_check.ts";
import { AgentId } from "../identity/mod.ts";
import type { NewTask, TaskEdit, TaskId } from "./task_item.ts";

type WireNewTask = Methods["tasks.add"]["request"]["tasks"][number];
type WireEdit = Methods["tasks.edit"]["request"]["edit"];

const MAX_TOPIC_BYTES = 65_535 - "tasks/".length - "/state-sync".length;
const MAX_TITLE_BYTES = 4 << 10;
const MAX_DESCRIPTION_BYTES = 64 << 10;

/** Throws unless it can be the topic of a list. */
export function checkTopic(action: string, topic: string): void {
  checkText(action, "the topic", topic, MAX_TOPIC_BYTES);
  if (topic === "") throw new RangeError(`Cannot ${action} as the topic must not be empty`);
}

/** The tasks to add, or an error that says what is wrong with them. */
export function newTasks(action: string, tasks: readonly NewTask[]): WireNewTask[] {
  checkArray(action, "the tasks", tasks);
  return tasks.map((task) => {
    checkObject(action, "a task", task);
    const { title, description = "" } = task;
    checkTitle(action, title);
    checkText(action, "the description", description, MAX_DESCRIPTION_BYTES);
    return { title, description };
  });
}

/** The id, or an error if it is none. */
export function taskId(action: string, id: TaskId): string {
  if (typeof id === "string" && /^[0-9a-f]{64}$/i.test(id)) return id;
  throw new SyntaxError(
    `Cannot ${action} as a task id must have 64 hexadecimal digits: current value is ${show(id)}`,
  );
}

/** The ids, or an error if one is none. */
export function taskIds(action: string, ids: readonly TaskId[]): string[] {
  checkArray(action, "the ids", ids);
  return ids.map((id) => taskId(action, id));
}

/** The edit, or an error that says what is wrong with it. */
export function taskEdit(action: string, edit: TaskEdit): WireEdit {
  checkObject(action, "the edit", edit);
  const { title, description, priority, assignee } = edit;
  const wire: WireEdit = {};
  if (title !== undefined) {
    checkTitle(action, title);
    wire.title = title;
  }
  if (description !== undefined) {
    checkText(action, "the description", description, MAX_DESCRIPTION_BYTES);
    wire.description = description;
  }
  if (priority !== undefined) {
    checkInteger(action, "the priority", priority, 0, 255);
    wire.priority = priority;
  }
  if (assignee !== undefined) {
    if (assignee !== null && !(assignee instanceof AgentId)) {
      throw new TypeError(`Cannot ${action} as the assignee must be an AgentId or null`);
    }
    wire.assignee = assignee === null ? "" : assignee.toHex();
  }
  return wire;
}

function checkTitle(action: string, title: string): void {
  checkText(action, "the title", title, MAX_TITLE_BYTES);
  if (title === "") throw new RangeError(`Cannot ${action} as the title must not be empty`);
}
