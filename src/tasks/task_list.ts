/**
 * Shared task lists.
 *
 * @module
 */

import { resolve } from "node:path";
import { mkdir } from "node:fs/promises";
import { call } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { type EventStream, openStream } from "../../ffi/stream.ts";
import { checkInteger, checkText, show } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { CancelledError, ClosedError } from "../errors.ts";
import type { Agent } from "../agent/mod.ts";
import { ownerOf, snapshotOf, type TaskId, type TaskItem, withTask } from "./task_item.ts";
import type { TaskListSnapshot, TaskOwner } from "./task_item.ts";

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

const MAX_TOPIC_BYTES = 65_535 - "tasks/".length - "/state-sync".length;
const MAX_TITLE_BYTES = 4 << 10;
const MAX_DESCRIPTION_BYTES = 64 << 10;
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
  readonly #watches = new Set<EventStream<TaskListSnapshot>>();
  #snapshot: TaskListSnapshot;
  /** Revision of the last change made here; snapshots from before it would take it back. */
  #floor = 0;

  private constructor(
    agent: Agent,
    topic: string,
    handle: NativeHandle,
    snapshot: TaskListSnapshot,
  ) {
    this.#agent = agent;
    this.topic = topic;
    this.#handle = handle;
    this.#snapshot = snapshot;
  }

  /**
   * Opens the list of a topic; creating and joining are one thing. What others hold arrives within
   * about a second of the first contact.
   *
   * @throws {RangeError} If the topic is empty or too long.
   * @throws {TaskError} `task_list_corrupt` if the stored replica does not load,
   * `task_list_storage` if the agent has it open with another directory.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  static async open(
    agent: Agent,
    topic: string,
    options: TaskListOptions = {},
  ): Promise<TaskList> {
    const action = "open the task list";
    checkText(action, "the topic", topic, MAX_TOPIC_BYTES);
    if (topic === "") throw new RangeError(`Cannot ${action} as the topic must not be empty`);
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
    const { list, snapshot } = await call("tasks.open", request, { action });
    return new TaskList(agent, topic, new NativeHandle(list, "task list"), snapshotOf(snapshot));
  }

  /** The revision of {@linkcode tasks}. */
  get revision(): number {
    return this.#snapshot.revision;
  }

  /** Whether the list is closed. */
  get closed(): boolean {
    return this.#handle.closed;
  }

  /**
   * The tasks as last seen: after a change made here, a {@linkcode refresh}, or a step of
   * {@linkcode changes}. Oldest first; the same order on every replica.
   */
  tasks(): readonly TaskItem[] {
    return this.#snapshot.tasks;
  }

  /**
   * Reads the replica and returns its tasks.
   *
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async refresh(): Promise<readonly TaskItem[]> {
    const action = "read the task list";
    const snapshot = await call("tasks.list", { list: this.#live(action) }, { action });
    return this.#show(snapshotOf(snapshot)).tasks;
  }

  /**
   * Adds a task.
   *
   * @param title What is to be done, at most 4 KiB.
   * @param description More about it, at most 64 KiB.
   * @returns The task's id.
   * @throws {RangeError} If the title is empty, or one of the two is too long.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async add(title: string, description = ""): Promise<TaskId> {
    const action = "add a task";
    checkText(action, "the title", title, MAX_TITLE_BYTES);
    checkText(action, "the description", description, MAX_DESCRIPTION_BYTES);
    if (title === "") throw new RangeError("Cannot add a task as the title must not be empty");
    const request = { list: this.#live(action), title, description };
    const { id, createdAtMs: createdAt, revision } = await call("tasks.add", request, { action });
    this.#put({ id, title, description, state: "empty", createdAt }, revision);
    return id;
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
    await this.refresh();
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
   * The list's snapshots: the one of now, then one after every change, here or elsewhere. Changes
   * that come faster than they are read are one step. {@linkcode tasks} follows.
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
   * setTimeout(() => list.add("backtest"), 10);
   * for await (const { tasks } of list.changes()) {
   *   if (tasks.length === 1) break;
   * }
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
      decode: (json) => snapshotOf(JSON.parse(decoder.decode(json))),
    });
    this.#watches.add(stream);
    try {
      if (this.#handle.closed) return;
      let shown = -1;
      for await (const snapshot of stream) {
        this.#show(snapshot);
        // A refresh may have shown newer tasks than the step that waited to be read.
        if (this.#snapshot.revision === shown) continue;
        shown = this.#snapshot.revision;
        yield this.#snapshot;
      }
    } finally {
      this.#watches.delete(stream);
      await stream.close();
    }
  }

  /**
   * Asks all replicas for everything they hold, and waits until what arrives has settled: about
   * two seconds, ten at most. Call it after a restart from disk or a long time apart; replicas
   * that stay in contact do not need it.
   *
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the list or its agent is closed.
   */
  async resync(options: { signal?: AbortSignal } = {}): Promise<readonly TaskItem[]> {
    const action = "resync the task list";
    const { signal } = options;
    const snapshot = await call("tasks.resync", { list: this.#live(action) }, { action, signal });
    return this.#show(snapshotOf(snapshot)).tasks;
  }

  /**
   * Closes the list: loops over {@linkcode changes} end. The replica itself stays with the agent,
   * so that opening the topic again finds it. Again is harmless.
   */
  async close(): Promise<void> {
    this.#handle.close();
    await Promise.all([...this.#watches].map((stream) => stream.close()));
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #change(
    method: "tasks.claim" | "tasks.complete",
    action: string,
    id: TaskId,
    { ifRevision, signal }: ChangeOptions,
  ): Promise<ChangeResult> {
    if (typeof id !== "string" || !/^[0-9a-f]{64}$/i.test(id)) {
      throw new SyntaxError(
        `Cannot ${action} as its id must have 64 hexadecimal digits: current value is ${show(id)}`,
      );
    }
    if (ifRevision !== undefined) {
      checkInteger(action, "ifRevision", ifRevision, 0, Number.MAX_SAFE_INTEGER);
    }
    const request = {
      list: this.#live(action),
      id,
      ...(ifRevision !== undefined && { revision: ifRevision }),
    };
    const { owner: wire, revision } = await call(method, request, { action, signal });
    const owner = ownerOf(wire);
    const task = this.#find(id);
    if (task === undefined) {
      // It came from elsewhere a moment ago. That the change was made stands if this fails.
      await this.refresh().catch(() => {});
    } else if (task.state !== "done") {
      const { agent: assignee } = owner;
      const change: Partial<TaskItem> = method === "tasks.claim"
        ? { state: "claimed", claimedBy: owner, assignee }
        : { state: "done", completedBy: owner, assignee };
      this.#put({ ...task, ...change }, revision);
    }
    return { ...owner, won: owner.agent.equals(this.#agent.agentId) };
  }

  #find(id: TaskId): TaskItem | undefined {
    const lower = id.toLowerCase();
    return this.#snapshot.tasks.find((task) => task.id === lower);
  }

  /** Shows a change made here without reading the whole list again. */
  #put(task: TaskItem, revision: number): void {
    // Seen without a gap, the revision is that of the whole; else changes elsewhere are missing
    // and come with the next snapshot.
    const known = this.#snapshot.revision;
    const next = revision === known + 1 ? revision : known;
    this.#snapshot = { revision: next, tasks: withTask(this.#snapshot.tasks, task) };
    this.#floor = Math.max(this.#floor, revision);
  }

  /** Keeps the newest snapshot; answers may overtake each other. */
  #show(snapshot: TaskListSnapshot): TaskListSnapshot {
    if (snapshot.revision >= Math.max(this.#floor, this.#snapshot.revision)) {
      this.#snapshot = snapshot;
    }
    return this.#snapshot;
  }

  #live(action: string): number {
    if (this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the task list is closed`);
    }
    return this.#handle.value;
  }
}

const decoder = new TextDecoder();

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
