/**
 * Agents: identity, network, publish and subscribe.
 *
 * @module
 */

import { call, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { requirePermission } from "../../ffi/permission.ts";
import { openStream } from "../../ffi/stream.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkInteger, checkText, show } from "../_check.ts";
import { shareHandle } from "../_native_handle.ts";
import { ClosedError, IdentityError } from "../errors.ts";
import { type DataDir, openDataDir } from "./_data_dir.ts";
import { EventHub } from "./_event_hub.ts";
import { type OwnIdentity, readIdentity } from "./_identity.ts";
import { HeldKeys } from "./_keys.ts";
import { AgentBuilder } from "./builder.ts";
import { Contacts } from "./contacts.ts";
import { Discovery, MAX_AGENT_NAME_BYTES } from "./discovery.ts";
import type { AgentEvents, AgentEventType, AgentListener, EventsOptions } from "./events.ts";
import { DirectMessages } from "./direct.ts";
import {
  type ConnectOptions,
  DEFAULT_TIMEOUT_MS,
  type JoinOptions,
  MAX_TIMEOUT_MS,
  openAgain,
  type OpenRequest,
} from "./joining.ts";
import {
  checkTopic,
  type PublishBatchResult,
  type PublishOptions,
  type PublishResult,
} from "./publishing.ts";
import { type CardOptions, makeCard, signAs } from "./signing.ts";
import {
  type AgentCertificate,
  AgentId,
  type IntroductionCard,
  MachineId,
  type PublicKey,
  type SignOptions,
  type UserId,
} from "../identity/mod.ts";
import { packPayloads, payloadBytes } from "./_batch.ts";
import { MessageCounters, messageDecoder } from "./_message_decoder.ts";
import { type AgentOptions, checkAddress, networkSettings, requireNetwork } from "./options.ts";
import { addressesOf, type AgentAddresses, type AgentStats, statsOf } from "./stats.ts";
import { streamOptions, type SubscribeOptions, Subscription } from "./subscription.ts";

type AgentInfo = Methods["agent.info"]["answer"];

/**
 * A software agent with an identity of its own and, unless offline, a place on the network.
 *
 * Several agents can live in one process. Nothing is contacted but the addresses given; the
 * default is loopback. Close an agent, or use `await using`.
 *
 * @example Two agents talk
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { assertEquals } from "@std/assert";
 *
 * await using alice = await Agent.create();
 * await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
 * await alice.joinNetwork();
 * await bob.joinNetwork();
 *
 * await using prices = await bob.subscribe("prices");
 * // The first messages after a connect can be lost: repeat until one is heard.
 * const ticker = setInterval(() => alice.publish("prices", JSON.stringify({ btc: 65_000 })), 50);
 * const { value } = await prices.next();
 * clearInterval(ticker);
 * assertEquals(value?.json(), { btc: 65_000 });
 * assertEquals(value?.sender.toHex(), alice.agentId.toHex());
 * ```
 */
export class Agent implements AsyncDisposable {
  /** Who the agent is. */
  readonly agentId: AgentId;
  /** Which machine key it runs with. */
  readonly machineId: MachineId;
  /** Directory of its keys. */
  readonly dataDir: string;
  /** Who else is there. */
  readonly discovery: Discovery;
  /** What this agent thinks of others. */
  readonly contacts: Contacts;
  /** Messages from and to single agents. */
  readonly direct: DirectMessages = new DirectMessages((action) => this.#live(action));
  readonly #dir: DataDir;
  readonly #keys: HeldKeys;
  readonly #identity: OwnIdentity;
  readonly #events: EventHub;
  #request: OpenRequest;
  #address: string | undefined;
  #handle: NativeHandle;
  #joined = false;
  #left = false;
  #closing: Promise<void> | undefined;

  private constructor(
    dir: DataDir,
    keys: HeldKeys,
    request: OpenRequest,
    handle: NativeHandle,
    info: AgentInfo,
  ) {
    this.#dir = dir;
    this.#keys = keys;
    this.#identity = readIdentity("create an agent", handle.value);
    this.#request = request;
    this.#handle = handle;
    this.#address = info.address;
    this.agentId = AgentId.fromHex(info.agentId);
    this.machineId = MachineId.fromHex(info.machineId);
    this.dataDir = info.directory;
    const live = (action: string) => this.#live(action);
    shareHandle(this, live);
    this.contacts = new Contacts(live);
    this.discovery = new Discovery(live, (name) => this.#rename(name));
    const online = () => request.network !== undefined && !this.#left && !this.#handle.closed;
    this.#events = new EventHub(() => online() ? this.#handle.value : undefined);
  }

  /**
   * Makes an agent: loads or makes its keys and binds its address. Nobody is dialled.
   *
   * @throws {TypeError} For an address that is none.
   * @throws {PermissionError} If `--allow-net` for the addresses is missing, or the permission for
   * the file of a key.
   * @throws {IdentityError} `identity_bad_key`, `identity_key_conflict`, `identity_machine_in_use`,
   * `identity_directory_in_use`, `identity_bad_contacts`, `identity_storage`.
   * @throws {NetworkError} `network_bind`.
   *
   * @example An identity that stays
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { assertEquals } from "@std/assert";
   * import { mkdtemp, rm } from "node:fs/promises";
   *
   * const dataDir = await mkdtemp("/tmp/alice-");
   * const first = await Agent.create({ dataDir, network: "offline" });
   * await first.close();
   * const second = await Agent.create({ dataDir, network: "offline" });
   * await second.close();
   * assertEquals(second.agentId.toHex(), first.agentId.toHex());
   * await rm(dataDir, { recursive: true });
   * ```
   */
  static async create(options: AgentOptions = {}): Promise<Agent> {
    const action = "create an agent";
    const network = networkSettings(action, options.network);
    if (options.dataDir !== undefined) checkText(action, "dataDir", options.dataDir, 4096);
    if (options.name !== undefined) {
      checkText(action, "the name", options.name, MAX_AGENT_NAME_BYTES);
      if (network !== undefined) network.name = options.name;
    }
    requireNetwork(action, network);
    const keys = new HeldKeys(action, options);
    const dir = await openDataDir(options.dataDir).catch((error) => {
      keys.release();
      throw error;
    });
    try {
      const request: OpenRequest = { directory: dir.path };
      if (network !== undefined) request.network = network;
      if (keys.settings !== undefined) request.keys = keys.settings;
      const { agent, info } = await call("agent.open", request, { action });
      return new Agent(dir, keys, request, new NativeHandle(agent, "agent"), info);
    } catch (error) {
      keys.release();
      await dir.release();
      throw error;
    }
  }

  /** Builds an agent step by step; the same as {@linkcode Agent.create} with options. */
  static builder(): AgentBuilder {
    return new AgentBuilder((options) => Agent.create(options));
  }

  /** The agent's public key, for verifying what it {@linkcode sign}s. */
  get publicKey(): PublicKey {
    return this.#identity.publicKey;
  }

  /** The user behind the agent; undefined without a user key. */
  get userId(): UserId | undefined {
    return this.#identity.userId;
  }

  /** The user's statement that the agent is theirs; undefined without a user key. */
  get certificate(): AgentCertificate | undefined {
    return this.#identity.certificate;
  }

  /**
   * Signs a message with the agent's key, as {@linkcode Keypair.sign} does. Anybody who has the
   * {@linkcode publicKey} can verify it.
   *
   * @param message At most 64 KiB; sign the hash of what is larger.
   * @throws {RangeError} If the message is too long.
   * @throws {SyntaxError} If the context is not well-formed.
   * @throws {IdentityError} `identity_context` if the network keeps the context for itself.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  sign(message: Uint8Array, options: SignOptions = {}): Uint8Array {
    return signAs((action) => this.#live(action), message, options);
  }

  /**
   * Makes a card that introduces the agent, signed by its machine key.
   *
   * @throws {RangeError} If a text is too long.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  card(options: CardOptions = {}): IntroductionCard {
    return makeCard((action) => this.#live(action), options);
  }

  /** The address and real port it listens on; undefined when it is offline. */
  get address(): string | undefined {
    return this.#address;
  }

  /** The transport's peer id, which is the machine's id. */
  get peerId(): string {
    return this.machineId.toHex();
  }

  /** Whether {@linkcode joinNetwork} or {@linkcode connect} succeeded, and it has not left. */
  get isJoined(): boolean {
    return this.#joined && !this.#left && !this.closed;
  }

  /**
   * Whether it has joined and at least one machine is connected. Kept by the native side, at most
   * half a second old; {@linkcode peers} asks.
   */
  get isConnected(): boolean {
    if (!this.isJoined || this.#handle.closed) return false;
    const request = { agent: this.#handle.value };
    return callSync("agent.status", request, { action: "read the status" }).peers > 0;
  }

  /** Whether the agent is closed for good. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Joins the network: dials the bootstrap addresses, again and again, until the peers asked for
   * are connected. After {@linkcode leaveNetwork} the agent comes back with the same identity and
   * address.
   *
   * @returns The connected machines.
   * @throws {TimeoutError} If there are too few in time; the agent goes on trying.
   * @throws {CancelledError} If the signal aborts.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed.
   */
  async joinNetwork(options: JoinOptions = {}): Promise<MachineId[]> {
    const action = "join the network";
    const { bootstrap = [], public: isPublic = false } = this.#request.network ?? {};
    const expected = bootstrap.length > 0 || isPublic ? 1 : 0;
    const { minPeers = expected, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    checkInteger(action, "minPeers", minPeers, 0, 1_000_000);
    checkInteger(action, "timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    if (this.#left && !this.closed) await this.#reopen(action);
    await this.#events.opening;
    const request = { agent: this.#live(action), minPeers, timeoutMs };
    const { peers } = await call("agent.join", request, { action, signal: options.signal });
    this.#joined = true;
    return peers.map(MachineId.fromHex);
  }

  /**
   * Leaves the network: the native agent shuts down, its address is free, its subscriptions end
   * and its task lists close. {@linkcode joinNetwork} brings it back. Again is harmless.
   *
   * @throws {ClosedError} If the agent is closed.
   */
  async leaveNetwork(): Promise<void> {
    const action = "leave the network";
    if (this.#left && !this.closed) return;
    const agent = this.#live(action);
    this.#left = true;
    this.#joined = false;
    const handle = this.#handle;
    await call("agent.close", { agent }, { action });
    handle.release();
    await this.#events.drained();
  }

  /**
   * Dials one agent by its address, and joins the network if that has not happened. The address
   * stays connected: when the connection is lost, it is dialled again.
   *
   * @param address IP address and port, such as another agent's {@linkcode address}.
   * @returns The machine that answered.
   * @throws {TypeError} For an address that is none.
   * @throws {PermissionError} If `--allow-net=<address>` is missing.
   * @throws {NetworkError} `network_unreachable`, `network_offline`, `network_held`.
   * @throws {TimeoutError} If nobody answers in time.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the agent is closed.
   */
  async connect(address: string, options: ConnectOptions = {}): Promise<MachineId> {
    const action = `connect to ${address}`;
    checkAddress(action, "the address", address, 1);
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    checkInteger(action, "timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    requirePermission(action, { name: "net", host: address });
    await this.#events.opening;
    const request = { agent: this.#live(action), address, timeoutMs };
    const { peer } = await call("agent.connect", request, { action, signal });
    this.#joined = true;
    return MachineId.fromHex(peer);
  }

  /**
   * The machines that are connected now, in order of their ids.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async peers(): Promise<MachineId[]> {
    const action = "list the peers";
    const { peers } = await call("agent.peers", { agent: this.#live(action) }, { action });
    return peers.map(MachineId.fromHex);
  }

  /**
   * Closes the connection to a machine, and no longer dials its address by itself. For two minutes
   * no side can open another connection, {@linkcode connect} fails with `network_held`; after that
   * whoever dials first does. Messages still arrive through others: to refuse those, block the
   * agent in {@linkcode contacts}.
   *
   * @returns Whether it was connected.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async disconnect(peer: MachineId): Promise<boolean> {
    const action = "disconnect a peer";
    if (!(peer instanceof MachineId)) {
      throw new TypeError(
        `Cannot ${action} as the peer must be a MachineId: current value is ${show(peer)}`,
      );
    }
    const request = { agent: this.#live(action), peer: peer.toHex() };
    return (await call("agent.disconnect", request, { action })).disconnected;
  }

  /**
   * Where the agent listens, how others see it, and where its peers are.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async addresses(): Promise<AgentAddresses> {
    const action = "read the addresses";
    return addressesOf(await call("agent.addresses", { agent: this.#live(action) }, { action }));
  }

  /**
   * Counts of messages, connections and bytes.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async stats(): Promise<AgentStats> {
    const action = "read the counts";
    return statsOf(await call("agent.stats", { agent: this.#live(action) }, { action }));
  }

  /**
   * Calls a function with every event of a type, from now on, also after leaving and coming back.
   * The rules are those of Node's `EventEmitter`: the same function twice is called twice; one that
   * is added or removed while an event is dispatched makes a difference from the next event on.
   *
   * A listener that throws, or whose promise rejects, harms nobody: the others are called, and the
   * error becomes an `error` event; if nobody listens to those, a warning of the process.
   *
   * The process stays alive while there is a listener, until it is removed or the agent closed. An
   * offline agent has no events but `error` and `closed`.
   *
   * @throws {TypeError} If there is no such event, or the listener is no function.
   * @throws {ClosedError} If the agent is closed.
   *
   * @example
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { assertEquals } from "@std/assert";
   *
   * await using alice = await Agent.create();
   * await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
   * const seen: string[] = [];
   * alice.on("connected", ({ peer }) => seen.push(peer.toHex()));
   * await alice.joinNetwork();
   * const met = new Promise((resolve) => alice.once("peer_joined", resolve));
   * await bob.joinNetwork();
   * await met;
   * assertEquals(seen, [bob.machineId.toHex()]);
   * ```
   */
  on<K extends AgentEventType>(type: K, listener: AgentListener<K>): this {
    this.#events.add(type, listener, false);
    return this;
  }

  /** Like {@linkcode on}, for the next event only. */
  once<K extends AgentEventType>(type: K, listener: AgentListener<K>): this {
    this.#events.add(type, listener, true);
    return this;
  }

  /** Removes a listener that {@linkcode on} or {@linkcode once} added: the newest, if several. */
  off<K extends AgentEventType>(type: K, listener: AgentListener<K>): this {
    this.#events.remove(type, listener);
    return this;
  }

  /**
   * All events, or those of some types, as an async iterable: from the call on, until the loop is
   * left, the signal aborts or the agent is closed.
   *
   * @throws {TypeError} If there is no such event.
   * @throws {ClosedError} If the agent is closed.
   *
   * @example
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { assertEquals } from "@std/assert";
   *
   * const agent = await Agent.create();
   * const events = agent.events();
   * await using ear = await agent.subscribe("local:echo");
   * await agent.publish(ear.topic, "hello");
   * for await (const event of events) {
   *   if (event.type === "message") {
   *     assertEquals(event.message.text(), "hello");
   *     void agent.close();
   *   }
   * }
   * assertEquals(agent.closed, true);
   * ```
   */
  events<K extends AgentEventType = AgentEventType>(
    options: EventsOptions<K> = {},
  ): AsyncIterableIterator<AgentEvents[K], undefined> & AsyncDisposable {
    return this.#events.queue(options);
  }

  /**
   * Publishes a message to all subscribers of a topic, the agent's own included.
   *
   * Calls queue: messages leave one at a time, each signed with a post-quantum signature.
   *
   * @param topic At most 65,535 bytes; must not start with `x0x.`, `x0x/`, `tasks/` or `kv/`.
   * Topics that start with `local:` stay within the agent.
   * @param payload At most 1 MiB; a string goes as UTF-8.
   * @throws {RangeError} If topic or payload are too large, or the topic is empty.
   * @throws {NetworkError} `network_reserved_topic`, `network_offline`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async publish(
    topic: string,
    payload: Uint8Array | string,
    options: PublishOptions = {},
  ): Promise<PublishResult> {
    const action = "publish";
    checkTopic(action, topic);
    const attachment = payloadBytes(action, payload);
    if (this.#events.opening) await this.#events.opening;
    const request = { agent: this.#live(action), topic };
    return await call("agent.publish", request, { action, attachment, signal: options.signal });
  }

  /**
   * Publishes many payloads in as few messages as they fit in, 1 MiB each. A message costs the same
   * signatures whatever it holds, so a batch is how many small payloads travel fast: tens of
   * thousands per second instead of hundreds.
   *
   * Subscribers receive the payloads one by one, in order, each with its
   * {@linkcode Message.sequence}. Other programs on the network see the packed form.
   *
   * @param topic As in {@linkcode publish}.
   * @param payloads At most 1 MiB each and 64 MiB in all; strings go as UTF-8.
   * @throws {TypeError} If a payload is neither bytes nor a string.
   * @throws {RangeError} If topic or payloads are too large, or the topic is empty.
   * @throws {NetworkError} `network_reserved_topic`, `network_offline`.
   * @throws {CancelledError} If the signal aborts; messages that have left may still arrive.
   * @throws {ClosedError} If the agent is closed or has left the network.
   *
   * @example A thousand readings, one message
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { assertEquals } from "@std/assert";
   *
   * await using agent = await Agent.create();
   * await using readings = await agent.subscribe("readings");
   * const payloads = Array.from({ length: 1000 }, (_, at) => `reading ${at}`);
   * const { count, messages } = await agent.publishBatch("readings", payloads);
   * assertEquals({ count, messages }, { count: 1000, messages: 1 });
   * const { value } = await readings.next();
   * assertEquals(value?.text(), "reading 0");
   * assertEquals(value?.sequence, 0);
   * ```
   */
  async publishBatch(
    topic: string,
    payloads: Iterable<Uint8Array | string>,
    options: PublishOptions = {},
  ): Promise<PublishBatchResult> {
    const action = "publish a batch";
    checkTopic(action, topic);
    const attachment = packPayloads(payloads);
    if (this.#events.opening) await this.#events.opening;
    const request = { agent: this.#live(action), topic };
    return await call("agent.publishBatch", request, {
      action,
      attachment,
      signal: options.signal,
    });
  }

  /**
   * Subscribes to a topic. Messages of about the last minute may arrive as well; order is that of
   * arrival.
   *
   * @param topic As in {@linkcode publish}.
   * @throws {RangeError} If the topic is empty or too long, or the capacity is not positive.
   * @throws {NetworkError} `network_reserved_topic`, `network_offline`.
   * @throws {CancelledError} If the signal aborts before it is open; later it ends the loop.
   * @throws {ClosedError} If the agent is closed or has left the network.
   *
   * @example Leaving the loop unsubscribes
   * ```ts
   * import { Agent } from "@tendon/tendon/agent";
   * import { assertEquals } from "@std/assert";
   *
   * await using agent = await Agent.create();
   * const echo = await agent.subscribe("echo");
   * await agent.publish("echo", "hello");
   * for await (const message of echo) {
   *   assertEquals(message.text(), "hello");
   *   break;
   * }
   * assertEquals(echo.closed, true);
   * ```
   */
  async subscribe(topic: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const action = "subscribe";
    checkTopic(action, topic);
    if (this.#events.opening) await this.#events.opening;
    const counters = new MessageCounters();
    const stream = await openStream("agent.subscribe", { agent: this.#live(action), topic }, {
      action,
      ...streamOptions(options),
      decode: messageDecoder(topic, counters),
      failed: (error) => this.#events.fail("subscription", error),
    });
    return new Subscription(topic, stream, counters);
  }

  /**
   * Closes the agent for good: what was just published leaves, subscriptions end, task lists
   * close, the address is free, a temporary directory is removed. Again is harmless.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      if (!this.#handle.closed) {
        await call("agent.close", { agent: this.#handle.value }, { action: "close the agent" });
        this.#handle.release();
      }
    } catch (error) {
      // Somebody was faster: a leave that is under way, or the library was closed.
      if (!(error instanceof ClosedError)) throw error;
    } finally {
      await this.#events.close();
      this.#keys.release();
      await this.#dir.release();
    }
  }

  /** The name outlives a leave. */
  #rename(name: string): void {
    const { network } = this.#request;
    if (network !== undefined) this.#request = { ...this.#request, network: { ...network, name } };
  }

  async #reopen(action: string): Promise<void> {
    const network = this.#request.network;
    const request = { ...this.#request };
    // Others know the agent by the address it had.
    if (network !== undefined) {
      request.network = { ...network, bind: this.#address ?? network.bind };
    }
    const { agent, info } = await openAgain(request, action);
    const handle = new NativeHandle(agent, "agent");
    if (info.agentId !== this.agentId.toHex() || info.machineId !== this.machineId.toHex()) {
      handle.close();
      throw new IdentityError(
        "identity_key_conflict",
        `Cannot ${action}: a key file holds another key than when the agent was created`,
      );
    }
    this.#handle = handle;
    this.#address = info.address;
    this.#left = false;
    this.#events.update();
  }

  /** The handle, or an error that says why there is none. */
  #live(action: string): number {
    if (this.#left && !this.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the agent has left the network`);
    }
    if (this.closed || this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the agent is closed`);
    }
    return this.#handle.value;
  }
}
