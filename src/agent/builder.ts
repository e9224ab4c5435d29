/**
 * Building an agent step by step.
 *
 * @module
 */

import type { Keypair } from "../identity/mod.ts";
import type { Agent } from "./agent.ts";
import type { AgentOptions, NetworkOptions } from "./options.ts";

/**
 * Collects the options of an agent. Made by {@linkcode Agent.builder}.
 *
 * @example
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { assert } from "@std/assert";
 *
 * await using agent = await Agent.builder().withNetwork({ bind: "127.0.0.1:0" }).build();
 * assert(agent.address?.startsWith("127.0.0.1:"));
 * ```
 */
export class AgentBuilder {
  readonly #create: (options: AgentOptions) => Promise<Agent>;
  #options: AgentOptions = {};

  /** Made by {@linkcode Agent.builder}. */
  constructor(create: (options: AgentOptions) => Promise<Agent>) {
    this.#create = create;
  }

  /** Sets {@linkcode AgentOptions.dataDir}. */
  withDataDir(dataDir: string): this {
    this.#options = { ...this.#options, dataDir };
    return this;
  }

  /** Sets {@linkcode AgentOptions.machineKey}. */
  withMachineKey(machineKey: string | Keypair): this {
    this.#options = { ...this.#options, machineKey };
    return this;
  }

  /** Sets {@linkcode AgentOptions.agentKey}. */
  withAgentKey(agentKey: string | Keypair | Uint8Array): this {
    this.#options = { ...this.#options, agentKey };
    return this;
  }

  /** Sets {@linkcode AgentOptions.userKey}. */
  withUserKey(userKey: string | Keypair): this {
    this.#options = { ...this.#options, userKey };
    return this;
  }

  /** Sets {@linkcode AgentOptions.network}; several calls add to each other. */
  withNetwork(network: NetworkOptions | "offline"): this {
    const before = this.#options.network;
    const merged = typeof network === "object" && typeof before === "object"
      ? { ...before, ...network }
      : network;
    this.#options = { ...this.#options, network: merged };
    return this;
  }

  /** Sets {@linkcode AgentOptions.name}. */
  withName(name: string): this {
    this.#options = { ...this.#options, name };
    return this;
  }

  /** Sets {@linkcode NetworkOptions.bind}. */
  withBind(address: string): this {
    return this.withNetwork({ bind: address });
  }

  /** Looks for agents on the local network: {@linkcode NetworkOptions.mdns}. */
  withMdns(): this {
    return this.withNetwork({ mdns: true });
  }

  /** Asks the router for a port: {@linkcode NetworkOptions.portMapping}. */
  withPortMapping(): this {
    return this.withNetwork({ portMapping: true });
  }

  /** Joins the public network: {@linkcode NetworkOptions.preset}. */
  withPreset(preset: "public"): this {
    return this.withNetwork({ preset });
  }

  /** Adds addresses to {@linkcode NetworkOptions.bootstrap}. */
  withBootstrap(...addresses: string[]): this {
    const before = this.#options.network;
    const known = typeof before === "object" ? before.bootstrap ?? [] : [];
    return this.withNetwork({ bootstrap: [...known, ...addresses] });
  }

  /**
   * Makes the agent; see {@linkcode Agent.create} for what can go wrong. The builder can be used
   * again.
   */
  build(): Promise<Agent> {
    return this.#create(this.#options);
  }
}
