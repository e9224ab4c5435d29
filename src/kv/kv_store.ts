/**
 * Shared key-value stores.
 *
 * @module
 */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { call } from "../../ffi/call.ts";
import type { KvEntries } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { requirePermission } from "../../ffi/permission.ts";
import { type Columns, unpack } from "../../ffi/packed.ts";
import { type EventStream, openStream } from "../../ffi/stream.ts";
import { checkText, show } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import type { Agent } from "../agent/mod.ts";
import { ClosedError } from "../errors.ts";
import { AgentId } from "../identity/mod.ts";
import { entriesOf, type KvEntry } from "./kv_entry.ts";

/**
 * Who may write what:
 *
 * - `"signed"`: the owner, any key;
 * - `"append_only"`: the owner, each key once; nobody changes or deletes it, the owner neither;
 * - `"self_keyed"`: every agent, the key that is its agent id and keys that begin with its agent id
 *   and a slash; 64 keys and 256 KiB each.
 */
export type KvPolicy = "signed" | "append_only" | "self_keyed";

/** How a store is opened. */
export interface KvOptions {
  /**
   * Who may write what. The owner's word counts: others follow the policy under which the owner
   * opened the store.
   *
   * @default {"signed"}
   */
  policy?: KvPolicy;
  /**
   * Whose store it is. It is part of the store's name: with another owner it is another store, and
   * stays empty if that agent has none. Not for `"self_keyed"`, which has no owner.
   *
   * @default The agent itself.
   */
  owner?: AgentId;
  /**
   * Directory in which the replica is kept, one file per store; created with mode 0700 if missing.
   * Needs the permissions `--allow-read` and `--allow-write` for it. Without it the replica lives
   * as long as the agent.
   */
  stateDir?: string;
}

/** How a key is written. */
export interface PutOptions {
  /**
   * What the value is, at most 256 bytes. Nothing checks it.
   *
   * @default {"application/octet-stream"} for bytes, `"text/plain"` for a string.
   */
  contentType?: string;
  /** Stops the wait; a write that is under way may still happen. */
  signal?: AbortSignal;
}

/** What happened to a replica since the step before. */
export interface KvChange {
  /** Keys that are new or were written, in order. */
  readonly put: readonly KvEntry[];
  /** Keys that are gone, in order. */
  readonly deleted: readonly string[];
}

const MAX_TOPIC_BYTES = 65_535 - "kv/".length - "/state-sync".length;
const MAX_KEY_BYTES = 1 << 10;
const MAX_VALUE_BYTES = 64 << 10;
const MAX_CONTENT_TYPE_BYTES = 256;
const MAX_PATH_BYTES = 4096;
const POLICIES: readonly KvPolicy[] = ["signed", "append_only", "self_keyed"];

const encoder = new TextEncoder();

/**
 * A key-value store that every agent on its topic holds a replica of. Writers sign what they write,
 * and replicas take only what the policy allows.
 *
 * Several stores that one agent opens on one topic are the same replica.
 *
 * @example One writes, another follows
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { KvStore } from "@tendon/tendon/kv";
 * import { assertEquals } from "@std/assert";
 *
 * await using alice = await Agent.create();
 * await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
 * await alice.joinNetwork();
 * await bob.joinNetwork();
 *
 * await using limits = await KvStore.open(alice, "limits");
 * await using replica = await KvStore.open(bob, "limits", { owner: alice.agentId });
 * await limits.put("btc", "0.5");
 * for await (const _ of replica.changes()) {
 *   if (await replica.has("btc")) break;
 * }
 * assertEquals((await replica.get("btc"))?.text(), "0.5");
 * ```
 */
export class KvStore implements AsyncDisposable {
  /** The topic that its replicas share. */
  readonly topic: string;
  /** The policy it was opened with. */
  readonly policy: KvPolicy;
  /** Whose store it is; undefined if it is self-keyed. */
  readonly owner: AgentId | undefined;
  readonly #handle: NativeHandle;
  readonly #watches = new Set<EventStream<KvChange>>();

  private constructor(
    topic: string,
    policy: KvPolicy,
    owner: AgentId | undefined,
    handle: NativeHandle,
  ) {
    this.topic = topic;
    this.policy = policy;
    this.owner = owner;
    this.#handle = handle;
  }

  /**
   * Opens the store of a topic. What others hold arrives within about a second of the first
   * contact.
   *
   * @throws {TypeError} For a policy that is none, or an owner of a self-keyed store.
   * @throws {RangeError} If the topic is empty or too long.
   * @throws {PermissionError} If a permission for `stateDir` is missing.
   * @throws {KvError} `kv_corrupt` if the stored replica does not load, `kv_open_otherwise` if the
   * agent has the topic open with another policy, owner or directory.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  static async open(agent: Agent, topic: string, options: KvOptions = {}): Promise<KvStore> {
    const action = "open the key-value store";
    checkText(action, "the topic", topic, MAX_TOPIC_BYTES);
    if (topic === "") throw new RangeError(`Cannot ${action} as the topic must not be empty`);
    const { policy = "signed", stateDir } = options;
    if (!POLICIES.includes(policy)) {
      throw new TypeError(
        `Cannot ${action} as the policy must be "signed", "append_only" or "self_keyed": ` +
          `current value is ${show(policy)}`,
      );
    }
    if (options.owner !== undefined && !(options.owner instanceof AgentId)) {
      throw new TypeError(`Cannot ${action} as the owner must be an AgentId`);
    }
    if (policy === "self_keyed" && options.owner !== undefined) {
      throw new TypeError(`Cannot ${action} as a self-keyed store has no owner`);
    }
    if (stateDir !== undefined) {
      checkText(action, "stateDir", stateDir, MAX_PATH_BYTES);
      const path = resolve(stateDir);
      requirePermission(action, { name: "read", path });
      requirePermission(action, { name: "write", path });
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
    }
    const owner = policy === "self_keyed" ? undefined : options.owner ?? agent.agentId;
    const request = {
      agent: sharedHandle(agent, action),
      topic,
      policy,
      ...(owner !== undefined && { owner: owner.toHex() }),
      ...(stateDir !== undefined && { directory: resolve(stateDir) }),
    };
    const { store } = await call("kv.open", request, { action });
    return new KvStore(topic, policy, owner, new NativeHandle(store, "key-value store"));
  }

  /** Whether the store is closed. */
  get closed(): boolean {
    return this.#handle.closed;
  }

  /**
   * Writes a key. Resolves when it is written here (and in the file, if there is one) and on its
   * way to others.
   *
   * @param key At most 1 KiB.
   * @param value At most 64 KiB; a string goes as UTF-8.
   * @throws {RangeError} If key, value or content type are too long.
   * @throws {KvError} `kv_denied`, `kv_immutable`, `kv_full`, `kv_clock`, `kv_unsaved`,
   * `kv_unpublished`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async put(key: string, value: Uint8Array | string, options: PutOptions = {}): Promise<void> {
    const action = "write a key";
    checkText(action, "the key", key, MAX_KEY_BYTES);
    const isText = typeof value === "string";
    const attachment = isText ? encoder.encode(value) : value;
    if (!(attachment instanceof Uint8Array)) {
      throw new TypeError(`Cannot ${action} as the value must be a Uint8Array or a string`);
    }
    if (attachment.length > MAX_VALUE_BYTES) {
      throw new RangeError(
        `Cannot ${action} as the value may have at most ${MAX_VALUE_BYTES} bytes: ` +
          `current value has ${attachment.length}`,
      );
    }
    const { contentType = isText ? "text/plain" : "application/octet-stream", signal } = options;
    checkText(action, "the content type", contentType, MAX_CONTENT_TYPE_BYTES);
    const request = { store: this.#live(action), key, contentType };
    await call("kv.put", request, { action, attachment, signal });
  }

  /**
   * What this replica has under a key; undefined if nothing.
   *
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async get(key: string): Promise<KvEntry | undefined> {
    const action = "read a key";
    checkText(action, "the key", key, MAX_KEY_BYTES);
    const request = { store: this.#live(action), key };
    return entriesOf(await call("kv.get", request, { action }))[0];
  }

  /**
   * Whether this replica has the key.
   *
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async has(key: string): Promise<boolean> {
    return await this.get(key) !== undefined;
  }

  /**
   * Deletes a key.
   *
   * @returns Whether there was one.
   * @throws {KvError} `kv_denied`, `kv_immutable`, `kv_unsaved`, `kv_unpublished`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async delete(key: string, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    const action = "delete a key";
    checkText(action, "the key", key, MAX_KEY_BYTES);
    const request = { store: this.#live(action), key };
    const { signal } = options;
    return (await call("kv.delete", request, { action, signal })).existed;
  }

  /**
   * The keys of this replica, in order of their UTF-8 bytes.
   *
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async keys(): Promise<string[]> {
    const action = "list the keys";
    return (await call("kv.keys", { store: this.#live(action) }, { action })).keys;
  }

  /**
   * All that this replica has, in order of the keys' UTF-8 bytes.
   *
   * @throws {ClosedError} If the store or its agent is closed.
   */
  async entries(): Promise<KvEntry[]> {
    const action = "list the entries";
    return entriesOf(await call("kv.entries", { store: this.#live(action) }, { action }));
  }

  /**
   * What happens to this replica, here or elsewhere: the first step has all that is there, each
   * later one what is new since the one before. Changes that come faster than they are read are one
   * step, and each key is in it once.
   *
   * Ends when the store or its agent is closed, or the signal aborts.
   *
   * @throws {ClosedError} If the store or its agent is closed already.
   *
   * @example
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { KvStore } from "@tendon/tendon/kv";
   * import { assertEquals } from "@std/assert";
   *
   * await using agent = await Agent.create();
   * await using limits = await KvStore.open(agent, "limits");
   * setTimeout(() => limits.put("btc", "0.5"), 10);
   * for await (const { put } of limits.changes()) {
   *   if (put.length === 0) continue;
   *   assertEquals(put.map(({ key }) => key), ["btc"]);
   *   break;
   * }
   * ```
   */
  async *changes(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<KvChange, void, undefined> {
    const action = "watch the key-value store";
    const store = this.#live(action);
    const { signal } = options;
    const stream = await openStream("kv.watch", { store }, {
      action,
      signal,
      capacity: 1,
      overflow: "block",
      decode: (payload): KvChange => {
        const change = unpack(payload) as unknown as KvEntries & { columns: Columns };
        return { put: entriesOf(change), deleted: change.deleted };
      },
    });
    this.#watches.add(stream);
    try {
      if (!this.#handle.closed) yield* stream;
    } finally {
      this.#watches.delete(stream);
      await stream.close();
    }
  }

  /**
   * Closes the store: loops over {@linkcode changes} end. The replica itself stays with the agent,
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

  #live(action: string): number {
    if (this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the key-value store is closed`);
    }
    return this.#handle.value;
  }
}
