/**
 * Task lists without a network.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkBytes } from "../_check.ts";
import { sharedHandle, shareHandle } from "../_native_handle.ts";
import { ClosedError } from "../errors.ts";
import { AgentId, type Keypair } from "../identity/mod.ts";
import { checkTopic, newTasks, taskEdit, taskId, taskIds } from "./_arguments.ts";
import { TaskView } from "./_view.ts";
import { historyOf, ownerOf } from "./task_item.ts";
import type {
  NewTask,
  TaskEdit,
  TaskHistory,
  TaskId,
  TaskItem,
  TaskListSnapshot,
} from "./task_item.ts";
import { type ChangeResult, TaskList } from "./task_list.ts";

type Opened = Methods["offlineTasks.create"]["answer"];

/**
 * A task list that needs no network and no agent, only a keypair that signs claims. It merges with
 * other lists of its topic: offline ones, saved ones, and the shared {@linkcode TaskList}. However
 * lists are merged, in whatever order and however often, those that know the same changes are equal.
 *
 * Every call answers at once.
 *
 * @example Work done apart
 * ```ts
 * import { Keypair } from "@tendon/tendon/identity";
 * import { OfflineTaskList } from "@tendon/tendon/tasks";
 * import { assertEquals } from "@std/assert";
 *
 * using ada = Keypair.generate();
 * using bob = Keypair.generate();
 * using plan = OfflineTaskList.create("trip", ada);
 * const tent = plan.add("pack the tent");
 * // Bob gets a copy, and both work on.
 * using copy = OfflineTaskList.fromBytes(plan.toBytes(), bob);
 * copy.claim(tent);
 * plan.edit(tent, { description: "the small one" });
 * plan.merge(copy);
 * copy.merge(plan);
 * assertEquals(plan.tasks(), copy.tasks());
 * assertEquals(plan.tasks()[0]?.claimedBy?.agent.toHex(), bob.agentId.toHex());
 * ```
 */
export class OfflineTaskList implements Disposable {
  /** The topic, as of a shared list. */
  readonly topic: string;
  /** In whose name the list changes. */
  readonly agentId: AgentId;
  readonly #handle: NativeHandle;
  readonly #view = new TaskView();

  private constructor({ list, topic, agentId }: Opened) {
    this.topic = topic;
    this.agentId = AgentId.fromHex(agentId);
    this.#handle = new NativeHandle(list, "offline task list");
    shareHandle(this, (action) => this.#live(action));
  }

  /**
   * Makes an empty list.
   *
   * @param topic As in {@linkcode TaskList.open}: lists of different topics do not merge.
   * @param keypair The agent's. Claims are signed with it; the list keeps a copy of its own.
   * @throws {RangeError} If the topic is empty or too long.
   * @throws {TypeError} If the keypair is none.
   * @throws {ClosedError} If the keypair was disposed.
   */
  static create(topic: string, keypair: Keypair): OfflineTaskList {
    const action = "make an offline task list";
    checkTopic(action, topic);
    const request = { topic, keypair: sharedHandle(keypair, action) };
    return new OfflineTaskList(callSync("offlineTasks.create", request, { action }));
  }

  /**
   * Loads a list that {@linkcode toBytes} saved, in the name of this or another agent. Every
   * signature is checked; what is not signed by those it names is left out.
   *
   * @throws {TaskError} `task_list_corrupt` if the bytes are anything else, cut off or damaged.
   * @throws {TypeError} If the keypair is none.
   * @throws {ClosedError} If the keypair was disposed.
   */
  static fromBytes(bytes: Uint8Array, keypair: Keypair): OfflineTaskList {
    const action = "load an offline task list";
    checkBytes(action, "the list", bytes);
    const request = { keypair: sharedHandle(keypair, action) };
    return new OfflineTaskList(
      callSync("offlineTasks.load", request, { action, attachment: bytes }),
    );
  }

  /** Whether the list is closed. */
  get closed(): boolean {
    return this.#handle.closed;
  }

  /** Grows with every change of this list; says nothing about others. */
  get revision(): number {
    return this.snapshot().revision;
  }

  /** The tasks, in order; after the list is closed, as they were then. */
  tasks(): readonly TaskItem[] {
    return this.snapshot().tasks;
  }

  /** {@linkcode tasks} with the revision they belong to. */
  snapshot(): TaskListSnapshot {
    if (this.#handle.closed) return this.#view.snapshot;
    const action = "read the task list";
    const request = { list: this.#live(action), since: this.#view.snapshot.revision };
    return this.#view.apply(callSync("offlineTasks.list", request, { action }));
  }

  /**
   * Every claim and completion of a task, winners first.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list is closed.
   */
  history(id: TaskId): TaskHistory {
    const action = "read the task's history";
    const request = { list: this.#live(action), id: taskId(action, id) };
    return historyOf(callSync("offlineTasks.history", request, { action }));
  }

  /**
   * Adds a task.
   *
   * @param title What is to be done, at most 4 KiB.
   * @param description More about it, at most 64 KiB.
   * @returns The task's id.
   * @throws {RangeError} If the title is empty, or one of the two is too long.
   * @throws {ClosedError} If the list is closed.
   */
  add(title: string, description = ""): TaskId {
    return this.addAll([{ title, description }])[0]!;
  }

  /**
   * Adds many tasks with one call, in their order.
   *
   * @returns Their ids.
   * @throws {RangeError} If a title is empty, or a title or description is too long.
   * @throws {ClosedError} If the list is closed.
   */
  addAll(tasks: readonly NewTask[]): TaskId[] {
    const action = "add tasks";
    const request = { tasks: newTasks(action, tasks), list: this.#live(action) };
    return callSync("offlineTasks.add", request, { action }).ids;
  }

  /**
   * Claims a task, signed by the list's agent. A task that another agent is known to have claimed
   * is left alone. Whether the claim wins shows when lists are merged: the earliest does.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`, `task_state` if it is done.
   * @throws {ClosedError} If the list is closed.
   */
  claim(id: TaskId): ChangeResult {
    return this.#change("offlineTasks.claim", "claim the task", id);
  }

  /**
   * Completes a claimed task, whoever claimed it.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`, `task_state` if it is done or was not claimed.
   * @throws {ClosedError} If the list is closed.
   */
  complete(id: TaskId): ChangeResult {
    return this.#change("offlineTasks.complete", "complete the task", id);
  }

  /**
   * Changes what is written about a task. Of changes made apart, each part keeps the latest.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {RangeError} If a text is too long, the title empty, or the priority none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list is closed.
   */
  edit(id: TaskId, edit: TaskEdit): void {
    const action = "edit the task";
    const request = { id: taskId(action, id), edit: taskEdit(action, edit) };
    callSync("offlineTasks.edit", { list: this.#live(action), ...request }, { action });
  }

  /**
   * Removes a task for good: after a merge it is gone from the other list too, whatever happened to
   * it there.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list is closed.
   */
  remove(id: TaskId): void {
    const action = "remove the task";
    const request = { list: this.#live(action), id: taskId(action, id) };
    callSync("offlineTasks.remove", request, { action });
  }

  /**
   * Puts tasks first, in the order given; the others follow in the order they have, and tasks that
   * are added later come last. Of several reorders the latest decides.
   *
   * @param ids All tasks, or some; none twice.
   * @throws {SyntaxError} If an id is none.
   * @throws {TaskError} `task_not_found`, `task_twice`.
   * @throws {ClosedError} If the list is closed.
   */
  reorder(ids: readonly TaskId[]): void {
    const action = "reorder the tasks";
    const request = { list: this.#live(action), ids: taskIds(action, ids) };
    callSync("offlineTasks.reorder", request, { action });
  }

  /**
   * Takes over what another list of the topic knows, which stays as it is. For the other way there
   * is {@linkcode TaskList.merge}.
   *
   * @throws {TypeError} If it is no list.
   * @throws {TaskError} `task_list_other` if its topic is another.
   * @throws {ClosedError} If one of the lists is closed.
   */
  merge(other: OfflineTaskList | TaskList): void {
    const action = "merge the task lists";
    const request = { list: this.#live(action), other: sharedHandle(other, action) };
    if (other instanceof TaskList) callSync("offlineTasks.mergeShared", request, { action });
    else callSync("offlineTasks.merge", request, { action });
  }

  /**
   * The list as bytes, for {@linkcode fromBytes}. They hold no key.
   *
   * @throws {ClosedError} If the list is closed.
   */
  toBytes(): Uint8Array {
    const action = "save the task list";
    const { columns } = callSync("offlineTasks.save", { list: this.#live(action) }, { action });
    return columns["bytes"] as Uint8Array;
  }

  /** Closes the list. Again is harmless. */
  close(): void {
    // What can be seen afterwards.
    this.snapshot();
    this.#handle.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #change(
    method: "offlineTasks.claim" | "offlineTasks.complete",
    action: string,
    id: TaskId,
  ): ChangeResult {
    const request = { list: this.#live(action), id: taskId(action, id) };
    const owner = ownerOf(callSync(method, request, { action }));
    return { ...owner, won: owner.agent.equals(this.agentId) };
  }

  #live(action: string): number {
    if (this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the task list is closed`);
    }
    return this.#handle.value;
  }
}
