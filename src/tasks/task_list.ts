/**
 * Shared task lists.
 *
 * @module
 */

import { resolve } from "node:path";
import { mkdir } from "node:fs/promises";
import { call, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { type EventStream, openStream } from "../../ffi/stream.ts";
import { checkInteger, checkText } from "../_check.ts";
import { sharedHandle, shareHandle } from "../_native_handle.ts";
import { CancelledError, ClosedError } from "../errors.ts";
import type { Agent } from "../agent/mod.ts";
import { checkTopic, newTasks, taskEdit, taskId, taskIds } from "./_arguments.ts";
import { TaskView } from "./_view.ts";
import type { OfflineTaskList } from "./offline_task_list.ts";
import { historyOf, ownerOf } from "./task_item.ts";
import type {
  NewTask,
  TaskEdit,
  TaskHistory,
  TaskId,
  TaskItem,
  TaskListSnapshot,
  TaskOwner,
} from "./task_item.ts";

/** How a list is opened. */
export interface TaskListOptions {
  /**
   * Directory in which the replica is kept, one file per list; created with mode 0700 if missing.
   * Needs the permission `--allow-write` for it. Without it the replica lives as long as the agent.
   */
  stateDir?: string;
}

/** How a task is claimed or completed. */
export interface ChangeOptions {
  /** Refuse with `task_stale` unless this replica is still at that revision. */
  ifRevision?: number;
  /** Stops the wait; a change that is under way may still happen. */
  signal?: AbortSignal;
}

/** How a task is claimed. */
export interface ClaimOptions extends ChangeOptions {
  /**
   * How long to wait for earlier claims that may be on their way before answering. A little more
   * than the network's delay makes work done twice unlikely; it is never ruled out.
   *
   * @default {0}
   */
  settleMs?: number;
}

/** What a claim or a completion came to, as far as this replica knows. */
export interface ChangeResult extends TaskOwner {
  /** Whether this agent is the winner. An earlier claim that has not arrived yet still wins. */
  readonly won: boolean;
}

const MAX_SETTLE_MS = 60_000;

/**
 * A list of tasks that every agent on its topic holds a replica of. Replicas change without asking
 * each other, also while apart, and converge: all of them show the same tasks in the same order
 * with the same winners.
 *
 * Several lists that one agent opens on one topic are the same replica.
 *
 * @example Adding, claiming, completing
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { TaskList } from "@tendon/tendon/tasks";
 * import { assertEquals } from "@std/assert";
 *
 * await using agent = await Agent.create();
 * await using list = await TaskList.open(agent, "research");
 * const id = await list.add("backtest", "moving average, 5 and 20");
 * const claim = await list.claim(id);
 * assertEquals(claim.won, true);
 * await list.complete(id);
 * assertEquals(list.tasks().map((task) => task.state), ["done"]);
 * ```
 */
export class TaskList implements AsyncDisposable {
  /** The topic that its replicas share. */
  readonly topic: string;
  readonly #agent: Agent;
  readonly #handle: NativeHandle;
  readonly #watches = new Set<EventStream<undefined>>();
  readonly #view = new TaskView();

  private constructor(agent: Agent, topic: string, handle: NativeHandle) {
    this.#agent = agent;
    this.topic = topic;
    this.#handle = handle;
    shareHandle(this, (action) => this.#live(action));
  }

  /**
   * Opens the list of a topic; creating and joining are one thing. What others hold arrives within
   * about a second of the first contact.
   *
   * @throws {RangeError} If the topic is empty or too long.
   * @throws {TaskError} `task_list_corrupt` if the stored replica does not load, `task_list_file`
   * if it cannot be read or written, `task_list_storage` if the agent has it open with another
   * directory, or another agent has its file open.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  static async open(
    agent: Agent,
    topic: string,
    options: TaskListOptions = {},
  ): Promise<TaskList> {
    const action = "open the task list";
    checkTopic(action, topic);
    const { stateDir } = options;
    if (stateDir !== undefined) {
      checkText(action, "stateDir", stateDir, 4096);
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
    }
    const request = {
      agent: sharedHandle(agent, action),
      topic,
      ...(stateDir !== undefined && { directory: resolve(stateDir) }),
    };
    const { list } = await call("tasks.open", request, { action });
    const opened = new TaskList(agent, topic, new NativeHandle(list, "task list"));
    opened.#read(action);
    return opened;
  }

  /**
   * The revision of this replica. To make a change depend on what was seen, take it from the
   * {@linkcode snapshot} that was looked at.
   */
  get revision(): number {
    return this.snapshot().revision;
  }

  /** Whether the list is closed. */
  get closed(): boolean {
    return this.#handle.closed;
  }

  /**
   * The tasks as this replica has them now, in the same order on every replica; after the list or
   * its agent is closed, as they were seen last.
   */
  tasks(): readonly TaskItem[] {
    return this.snapshot().tasks;
  }

  /** {@linkcode tasks} with the revision they belong to. */
  snapshot(): TaskListSnapshot {
    try {
      return this.#read("read the task list");
    } catch (error) {
      if (error instanceof ClosedError) return this.#view.snapshot;
      throw error;
    }
  }

  /**
   * Every claim and completion of a task that has arrived here, winners first.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  history(id: TaskId): TaskHistory {
    const action = "read the task's history";
    const request = { list: this.#live(action), id: taskId(action, id) };
    return historyOf(callSync("tasks.history", request, { action }));
  }

  /**
   * Adds a task.
   *
   * @param title What is to be done, at most 4 KiB.
   * @param description More about it, at most 64 KiB.
   * @returns The task's id.
   * @throws {RangeError} If the title is empty, or one of the two is too long.
   * @throws {TaskError} `task_list_file` if it cannot be stored.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async add(title: string, description = ""): Promise<TaskId> {
    const [id] = await this.#add("add a task", [{ title, description }]);
    return id!;
  }

  /**
   * Adds many tasks at once, in their order: for the price of one, where {@linkcode add} signs a
   * message for each.
   *
   * @returns Their ids.
   * @throws {RangeError} If a title is empty, or a title or description is too long.
   * @throws {TaskError} `task_list_file` if they cannot be stored.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  addAll(tasks: readonly NewTask[]): Promise<TaskId[]> {
    return this.#add("add tasks", tasks);
  }

  /**
   * Claims a task for this list's agent. Whoever claims first wins; the answer is what this
   * replica knows now, or after {@linkcode ClaimOptions.settleMs}. A task that another agent is
   * known to have claimed is left alone.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`, `task_state` if it is done, `task_stale`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async claim(id: TaskId, options: ClaimOptions = {}): Promise<ChangeResult> {
    const action = "claim the task";
    const { settleMs = 0, signal } = options;
    checkInteger(action, "settleMs", settleMs, 0, MAX_SETTLE_MS);
    const claim = await this.#change("tasks.claim", action, id, options);
    if (!claim.won || settleMs === 0) return claim;
    await delay(settleMs, signal);
    const task = this.#find(id);
    const owner = task?.completedBy ?? task?.claimedBy ?? claim;
    return { ...owner, won: owner.agent.equals(this.#agent.agentId) };
  }

  /**
   * Completes a claimed task, whoever claimed it.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`, `task_state` if it is done or was not claimed,
   * `task_stale`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  complete(id: TaskId, options: ChangeOptions = {}): Promise<ChangeResult> {
    return this.#change("tasks.complete", "complete the task", id, options);
  }

  /**
   * Changes what is written about a task. Of changes made apart, each part keeps the latest.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {RangeError} If a text is too long, the title empty, or the priority none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async edit(id: TaskId, edit: TaskEdit): Promise<void> {
    const action = "edit the task";
    const request = { id: taskId(action, id), edit: taskEdit(action, edit) };
    await call("tasks.edit", { list: this.#live(action), ...request }, { action });
  }

  /**
   * Removes a task for good, on every replica: a removal wins over whatever else happens to it.
   *
   * @throws {SyntaxError} If the id is none.
   * @throws {TaskError} `task_not_found`.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async remove(id: TaskId): Promise<void> {
    const action = "remove the task";
    const request = { id: taskId(action, id) };
    await call("tasks.remove", { list: this.#live(action), ...request }, { action });
  }

  /**
   * Puts tasks first, in the order given; the others follow in the order they have, and tasks that
   * are added later come last. Of several reorders the latest decides, on every replica.
   *
   * @param ids All tasks, or some; none twice.
   * @throws {SyntaxError} If an id is none.
   * @throws {TaskError} `task_not_found`, `task_twice`.
   * @throws {ClosedError} If the list or its agent is closed.
   *
   * @example The last shall be first
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { TaskList } from "@tendon/tendon/tasks";
   * import { assertEquals } from "@std/assert";
   *
   * await using agent = await Agent.create();
   * await using list = await TaskList.open(agent, "research");
   * const ids = await list.addAll([{ title: "one" }, { title: "two" }, { title: "three" }]);
   * await list.reorder([ids[2]!]);
   * assertEquals(list.tasks().map((task) => task.title), ["three", "one", "two"]);
   * ```
   */
  async reorder(ids: readonly TaskId[]): Promise<void> {
    const action = "reorder the tasks";
    const request = { ids: taskIds(action, ids) };
    await call("tasks.reorder", { list: this.#live(action), ...request }, { action });
  }

  /**
   * Merges what an offline list of the same topic knows, and tells the other replicas.
   *
   * @throws {TypeError} If it is no {@linkcode OfflineTaskList}.
   * @throws {TaskError} `task_list_other` if its topic is another.
   * @throws {ClosedError} If one of the lists or the agent is closed.
   */
  async merge(other: OfflineTaskList): Promise<void> {
    const action = "merge the task lists";
    const request = { list: this.#live(action), other: sharedHandle(other, action) };
    await call("tasks.merge", request, { action });
  }

  /**
   * The list's snapshots: the one of now, then one after every change, here or elsewhere. Changes
   * that come faster than they are read are one step. A step costs what has changed, not the whole
   * list.
   *
   * Ends when the list or its agent is closed, or the signal aborts.
   *
   * @throws {ClosedError} If the list or its agent is closed already.
   *
   * @example Waiting for a state
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { TaskList } from "@tendon/tendon/tasks";
   * import { assertEquals } from "@std/assert";
   *
   * await using agent = await Agent.create();
   * await using list = await TaskList.open(agent, "research");
   * const added = list.add("backtest");
   * for await (const { tasks } of list.changes()) {
   *   if (tasks.length === 1) break;
   * }
   * await added;
   * assertEquals(list.tasks()[0]?.title, "backtest");
   * ```
   */
  async *changes(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<TaskListSnapshot, void, undefined> {
    const action = "watch the task list";
    const list = this.#live(action);
    const { signal } = options;
    const stream = await openStream("tasks.watch", { list }, {
      action,
      signal,
      capacity: 1,
      overflow: "block",
      decode: () => undefined,
    });
    this.#watches.add(stream);
    try {
      if (this.#handle.closed) return;
      let shown = -1;
      for await (const _ of stream) {
        const snapshot = this.snapshot();
        // The word of a change may come after the change was seen.
        if (snapshot.revision === shown) continue;
        shown = snapshot.revision;
        yield snapshot;
      }
    } finally {
      this.#watches.delete(stream);
      await stream.close();
    }
  }

  /**
   * Asks all replicas for what this one lacks, and waits until those who answer have nothing more;
   * 2.5 seconds if nobody answers. Replicas do this by themselves when they are opened and whenever
   * a peer appears, so it is needed only to know that it has happened.
   *
   * @returns The tasks.
   * @throws {TimeoutError} If others still have more after 30 seconds.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async resync(options: { signal?: AbortSignal } = {}): Promise<readonly TaskItem[]> {
    const action = "resync the task list";
    const { signal } = options;
    await call("tasks.resync", { list: this.#live(action) }, { action, signal });
    return this.#read(action).tasks;
  }

  /**
   * Closes the list: loops over {@linkcode changes} end. The replica itself stays with the agent,
   * so that opening the topic again finds it. Again is harmless.
   */
  async close(): Promise<void> {
    // What can be seen afterwards.
    this.snapshot();
    this.#handle.close();
    await Promise.all([...this.#watches].map((stream) => stream.close()));
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #add(action: string, tasks: readonly NewTask[]): Promise<TaskId[]> {
    const wire = newTasks(action, tasks);
    const { ids } = await call("tasks.add", { list: this.#live(action), tasks: wire }, { action });
    return ids;
  }

  async #change(
    method: "tasks.claim" | "tasks.complete",
    action: string,
    id: TaskId,
    { ifRevision, signal }: ChangeOptions,
  ): Promise<ChangeResult> {
    taskId(action, id);
    if (ifRevision !== undefined) {
      checkInteger(action, "ifRevision", ifRevision, 0, Number.MAX_SAFE_INTEGER);
    }
    const request = {
      list: this.#live(action),
      id,
      ...(ifRevision !== undefined && { revision: ifRevision }),
    };
    const owner = ownerOf(await call(method, request, { action, signal }));
    return { ...owner, won: owner.agent.equals(this.#agent.agentId) };
  }

  #find(id: TaskId): TaskItem | undefined {
    const lower = id.toLowerCase();
    return this.tasks().find((task) => task.id === lower);
  }

  /** Brings the view up to date. */
  #read(action: string): TaskListSnapshot {
    const request = { list: this.#live(action), since: this.#view.snapshot.revision };
    return this.#view.apply(callSync("tasks.list", request, { action }));
  }

  #live(action: string): number {
    if (this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the task list is closed`);
    }
    return this.#handle.value;
  }
}

/** Resolves after a while, or rejects as an aborted claim does. */
function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(
        new CancelledError("cancelled", "Cannot claim the task: it was aborted", {
          cause: signal?.reason,
        }),
      );
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
