/**
 * The listeners of an agent, and the native streams that feed them.
 *
 * A stream is open only while somebody wants its events. Listeners outlive the native agent: when
 * it leaves the network the streams end, when it comes back they are opened again.
 *
 * @module
 */

import process from "node:process";
import { type EventStream, openStream } from "../../ffi/stream.ts";
import { checkInteger, show } from "../_check.ts";
import { ClosedError, NetworkError } from "../errors.ts";
import { AgentId, MachineId } from "../identity/mod.ts";
import { EventQueue } from "./_event_queue.ts";
import type {
  AgentEvent,
  AgentEvents,
  AgentEventType,
  AgentListener,
  ErrorEvent,
  EventsOptions,
} from "./events.ts";
import { MessageCounters, messageDecoder } from "./_message_decoder.ts";
import type { Message } from "./message.ts";

const SOURCES = {
  connected: "agent.watchPeers",
  disconnected: "agent.watchPeers",
  peer_joined: "agent.watchPeers",
  peer_left: "agent.watchPeers",
  message: "agent.watchMessages",
  task_updated: "agent.watchLists",
  error: undefined,
  closed: undefined,
} as const satisfies Record<AgentEventType, string | undefined>;

type Source = typeof SOURCES[AgentEventType] & string;

const TYPES = Object.keys(SOURCES) as AgentEventType[];
const DECODERS: { readonly [S in Source]: () => (frame: Uint8Array) => AgentEvent } = {
  "agent.watchPeers": () => decodePeer,
  "agent.watchMessages": messageEventDecoder,
  "agent.watchLists": () => decodeList,
};

const DEFAULT_CAPACITY = 10_000;
const MAX_CAPACITY = 2 ** 24;
/** The longest timer there is: the process stays alive while somebody listens. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

interface Entry {
  /** What the user passed, by which it is removed. */
  readonly listener: unknown;
  call(event: AgentEvent): unknown;
  readonly once: boolean;
}

interface Running {
  readonly done: Promise<void>;
  stop(): void;
}

/** See the module. */
export class EventHub {
  readonly #live: () => number | undefined;
  /** Replaced, never changed: a dispatch that is under way keeps the array it started with. */
  readonly #listeners = new Map<AgentEventType, readonly Entry[]>();
  readonly #queues = new Set<{ end(): void }>();
  readonly #running = new Map<Source, Running>();
  readonly #opening = new Set<Promise<void>>();
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /** `live` gives the handle of the native agent while there is one on the network. */
  constructor(live: () => number | undefined) {
    this.#live = live;
  }

  /** What must be awaited so that nothing that follows is missed; undefined if nothing. */
  get opening(): Promise<unknown> | undefined {
    return this.#opening.size === 0 ? undefined : Promise.all(this.#opening);
  }

  add<K extends AgentEventType>(type: K, listener: AgentListener<K>, once: boolean): void {
    const action = `listen to ${show(type)}`;
    checkType(action, type);
    if (typeof listener !== "function") {
      throw new TypeError(`Cannot ${action} as the listener must be a function`);
    }
    this.#checkOpen(action);
    const call = (event: AgentEvent) => listener(event as AgentEvents[K]);
    const entries = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...entries, { listener, call, once }]);
    this.update();
  }

  /** Removes the newest registration of a listener, if there is one. */
  remove(type: AgentEventType, listener: unknown): void {
    checkType("stop listening", type);
    // Loops have no listener.
    if (listener === undefined) return;
    const entries = this.#listeners.get(type) ?? [];
    const at = entries.findLastIndex((entry) => entry.listener === listener);
    if (at !== -1) this.#removeEntry(type, entries[at] as Entry);
  }

  queue<K extends AgentEventType>(options: EventsOptions<K>): EventQueue<AgentEvents[K]> {
    const action = "listen to events";
    const { capacity = DEFAULT_CAPACITY, signal } = options;
    const types: readonly AgentEventType[] = options.types ?? TYPES;
    for (const type of types) checkType(action, type);
    checkInteger(action, "capacity", capacity, 1, MAX_CAPACITY);
    this.#checkOpen(action);
    const wanted = [...new Set(types)];
    // The dispatch goes by type, so a queue only ever gets what it asked for.
    const entry: Entry = {
      listener: undefined,
      call: (event) => queue.push(event as AgentEvents[K]),
      once: false,
    };
    for (const type of wanted) {
      this.#listeners.set(type, [...this.#listeners.get(type) ?? [], entry]);
    }
    const queue = new EventQueue<AgentEvents[K]>(capacity, signal, () => {
      this.#queues.delete(queue);
      for (const type of wanted) this.#removeEntry(type, entry);
    });
    this.#queues.add(queue);
    if (signal?.aborted) queue.end();
    else this.update();
    return queue;
  }

  /** Calls all listeners of an event, whatever some of them do. */
  emit(event: AgentEvent): void {
    for (const entry of this.#listeners.get(event.type) ?? []) {
      if (entry.once) this.#removeEntry(event.type, entry);
      try {
        const result = entry.call(event);
        if (result instanceof Promise) result.catch((error) => this.#thrown(event, error));
      } catch (error) {
        this.#thrown(event, error);
      }
    }
  }

  /** Tells of an error; on the process's warnings if nobody listens and nobody else is told. */
  fail(source: ErrorEvent["source"], error: unknown): void {
    if (this.#has("error")) this.emit({ type: "error", source, error });
    else if (source !== "subscription") warn(error);
  }

  /** Opens what is wanted and closes what is not. Called when either changes. */
  update(): void {
    const wanted = new Set(TYPES.filter((type) => this.#has(type)).map((type) => SOURCES[type]));
    for (const [source, running] of this.#running) {
      if (!wanted.has(source)) {
        this.#running.delete(source);
        running.stop();
      }
    }
    const agent = this.#live();
    for (const source of wanted) {
      if (source !== undefined && agent !== undefined && !this.#running.has(source)) {
        this.#start(source, agent);
      }
    }
    if (TYPES.some((type) => this.#has(type))) {
      this.#keepAlive ??= setInterval(() => {}, KEEP_ALIVE_MS);
    } else {
      clearInterval(this.#keepAlive);
      this.#keepAlive = undefined;
    }
  }

  /** Resolves when the streams have ended and what they brought is dispatched. */
  async drained(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** The agent is closed: says so, and lets go of everybody. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.drained();
    this.#closed = true;
    this.emit({ type: "closed" });
    for (const queue of [...this.#queues]) queue.end();
    this.#listeners.clear();
    this.update();
  }

  #start(source: Source, agent: number): void {
    let stream: EventStream<AgentEvent> | undefined;
    let stopped = false;
    const open = async () => {
      stream = await openStream(source, { agent }, {
        action: "watch the agent",
        decode: DECODERS[source](),
      });
      if (stopped) await stream.close();
    };
    const opened = open();
    const opening = opened.catch(() => {}).then(() => void this.#opening.delete(opening));
    this.#opening.add(opening);
    const read = async () => {
      try {
        await opened;
        for await (const events of stream?.batches() ?? []) {
          for (const event of events) this.emit(event);
        }
      } catch (error) {
        if (!stopped && !(error instanceof ClosedError)) this.fail("stream", error);
      } finally {
        if (this.#running.get(source) === running) this.#running.delete(source);
      }
    };
    const running: Running = {
      done: read(),
      stop() {
        stopped = true;
        void stream?.close();
      },
    };
    this.#running.set(source, running);
  }

  #has(type: AgentEventType): boolean {
    return (this.#listeners.get(type)?.length ?? 0) > 0;
  }

  #removeEntry(type: AgentEventType, gone: Entry): void {
    const entries = this.#listeners.get(type) ?? [];
    const at = entries.indexOf(gone);
    if (at === -1) return;
    this.#listeners.set(type, entries.toSpliced(at, 1));
    this.update();
  }

  #thrown(event: AgentEvent, error: unknown): void {
    if (event.type === "error") warn(error);
    else this.fail("listener", error);
  }

  #checkOpen(action: string): void {
    if (this.#closed) throw new ClosedError("closed", `Cannot ${action}: the agent is closed`);
  }
}

function checkType(action: string, type: AgentEventType): void {
  if (Object.hasOwn(SOURCES, type)) return;
  throw new TypeError(
    `Cannot ${action} as the type must be one of ${TYPES.join(", ")}: current value is ${
      show(type)
    }`,
  );
}

/** Shows an error without ending the process. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}

const text = new TextDecoder();

function decodePeer(frame: Uint8Array): AgentEvent {
  const { kind, peer, address, at, agent, machine, name } = JSON.parse(text.decode(frame));
  if (kind === "connected" || kind === "disconnected") {
    return {
      type: kind,
      peer: MachineId.fromHex(peer),
      ...(address !== undefined && { address }),
      at,
    };
  }
  return {
    type: kind,
    agentId: AgentId.fromHex(agent),
    machineId: MachineId.fromHex(machine),
    ...(name !== undefined && { name }),
  };
}

function decodeList(frame: Uint8Array): AgentEvent {
  const { topic, revision } = JSON.parse(text.decode(frame));
  return { type: "task_updated", topic, revision };
}

/** Topics whose decoders are kept; few topics carry most messages. */
const MAX_DECODERS = 256;

function messageEventDecoder(): (frame: Uint8Array) => AgentEvent {
  const decoders = new Map<string, (frame: Uint8Array) => Message>();
  return (frame) => {
    const length = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0, true);
    const topic = text.decode(frame.subarray(4, 4 + length));
    const rest = frame.subarray(4 + length);
    if (rest.length === 0) return lagged(topic);
    let decode = decoders.get(topic);
    if (decode === undefined) {
      if (decoders.size >= MAX_DECODERS) decoders.clear();
      decode = messageDecoder(topic, new MessageCounters());
      decoders.set(topic, decode);
    }
    return { type: "message", message: decode(rest) };
  };
}

function lagged(topic: string): ErrorEvent {
  const message = `Cannot watch the agent: messages of ${show(topic)} were lost, as listeners ` +
    `were too slow`;
  return { type: "error", source: "stream", error: new NetworkError("network_lagged", message) };
}
