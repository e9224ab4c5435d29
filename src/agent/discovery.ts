/**
 * Who else is there.
 *
 * @module
 */

import { call } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkInteger, checkText } from "../_check.ts";
import { AgentId, MachineId } from "../identity/mod.ts";
import { checkAgentId } from "./contacts.ts";
import { MAX_TIMEOUT_MS } from "./joining.ts";

/** An agent that announced itself within the last 15 minutes. */
export interface DiscoveredAgent {
  /** The agent. */
  readonly agentId: AgentId;
  /** The machine that it runs on. */
  readonly machineId: MachineId;
  /** What it calls itself, unchecked: anybody can take any name. */
  readonly name?: string;
  /** IP addresses and ports at which it says it can be reached. */
  readonly addresses: readonly string[];
  /** When it was last heard of, in milliseconds since the epoch, to the second. */
  readonly lastSeen: number;
  /** Whether its machine is connected to this one now. */
  readonly online: boolean;
}

/** How an agent is looked for. */
export interface FindOptions {
  /**
   * How long to look.
   *
   * @default {10_000}
   */
  timeoutMs?: number;
  /** Stops looking. */
  signal?: AbortSignal;
}

/** What is announced. */
export interface AnnounceOptions {
  /** What the agent calls itself from now on, at most 64 bytes; empty for nothing. */
  name?: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest name that an agent gives itself, in bytes. */
export const MAX_AGENT_NAME_BYTES = 64;

/**
 * The agents that an agent knows of, as `agent.discovery`.
 *
 * Agents announce themselves, signed, when they join, three seconds later, and every ten minutes.
 * Whether one is online is not taken from announcements, which go on for 15 minutes after their
 * sender is gone, but from the connections of the transport.
 *
 * @example Finding an agent by its id
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { assertEquals } from "@std/assert";
 *
 * await using alice = await Agent.create({ name: "alice" });
 * await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
 * await alice.joinNetwork();
 * await bob.joinNetwork();
 * const found = await bob.discovery.find(alice.agentId);
 * assertEquals(found?.machineId.toHex(), alice.machineId.toHex());
 * ```
 */
export class Discovery {
  readonly #handle: (action: string) => number;
  readonly #named: (name: string) => void;

  /** Made by its agent. */
  constructor(handle: (action: string) => number, named: (name: string) => void) {
    this.#handle = handle;
    this.#named = named;
  }

  /**
   * The agents that announced themselves, without this one, in order of their ids.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async agents(): Promise<DiscoveredAgent[]> {
    const action = "list the agents";
    const { agents } = await call("agent.discovered", { agent: this.#handle(action) }, { action });
    return agents.map(discoveredOf);
  }

  /**
   * Those of {@linkcode agents} whose machine is connected now.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async online(): Promise<DiscoveredAgent[]> {
    return (await this.agents()).filter((agent) => agent.online);
  }

  /**
   * Whether an agent announced itself and its machine is connected now.
   *
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async isOnline(agentId: AgentId): Promise<boolean> {
    checkAgentId("look for an agent", agentId);
    return (await this.online()).some((agent) => agent.agentId.equals(agentId));
  }

  /**
   * Looks for an agent: in what is known, then by asking the network.
   *
   * @returns The agent, or undefined if nobody knows it in time.
   * @throws {NetworkError} `network_offline`.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async find(agentId: AgentId, options: FindOptions = {}): Promise<DiscoveredAgent | undefined> {
    const action = "find an agent";
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    checkAgentId(action, agentId);
    checkInteger(action, "timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    const request = { agent: this.#handle(action), id: agentId.toHex(), timeoutMs };
    const { found } = await call("agent.find", request, { action, signal });
    return found === undefined ? undefined : discoveredOf(found);
  }

  /**
   * Announces this agent now, so that others need not wait for its next announcement. Before
   * `joinNetwork()` only the name is set; joining announces.
   *
   * @throws {RangeError} If the name is too long.
   * @throws {NetworkError} `network_offline`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async announce(options: AnnounceOptions = {}): Promise<void> {
    const action = "announce the agent";
    const { name } = options;
    if (name !== undefined) checkText(action, "the name", name, MAX_AGENT_NAME_BYTES);
    const request = { agent: this.#handle(action), ...(name !== undefined && { name }) };
    await call("agent.announce", request, { action });
    if (name !== undefined) this.#named(name);
  }
}

function discoveredOf(
  wire: Methods["agent.discovered"]["answer"]["agents"][number],
): DiscoveredAgent {
  return {
    agentId: AgentId.fromHex(wire.agent),
    machineId: MachineId.fromHex(wire.machine),
    ...(wire.name !== undefined && { name: wire.name }),
    addresses: wire.addresses,
    lastSeen: wire.lastSeenS * 1000,
    online: wire.online,
  };
}
