/**
 * What an agent thinks of others.
 *
 * @module
 */

import { call } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkText, show } from "../_check.ts";
import { AgentId, MachineId } from "../identity/mod.ts";
import type { TrustLevel } from "./message.ts";

/**
 * How far an agent is trusted. Nothing from a blocked one arrives; the others differ only in what
 * messages of theirs say in `trust`.
 */
export type ContactTrust = TrustLevel | "blocked";

/** An agent of which something was said. */
export interface Contact {
  /** The agent. */
  readonly agentId: AgentId;
  /** How far it is trusted. */
  readonly trust: ContactTrust;
  /** What it is called here; nobody else learns that. */
  readonly name?: string;
  /** When it was first heard of or made a contact, in milliseconds since the epoch. */
  readonly addedAt: number;
  /** The machines that it was seen on. */
  readonly machines: readonly MachineId[];
}

/** What to say of an agent; what is absent stays as it is. */
export interface ContactChange {
  /** How far it is trusted. */
  trust?: ContactTrust;
  /** What it is called here, at most 256 bytes; empty to take the name away. */
  name?: string;
}

const TRUST: readonly ContactTrust[] = ["blocked", "unknown", "known", "trusted"];
const MAX_NAME_BYTES = 256;

/**
 * The contacts of an agent, as `agent.contacts`. They are in force at once, also for messages that
 * are on their way, and are kept in the agent's directory.
 *
 * Every agent that was never spoken of is `"unknown"` and no contact.
 *
 * @example Blocking somebody
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { AgentId } from "@tendon/tendon/identity";
 * import { assertEquals } from "@std/assert";
 *
 * await using agent = await Agent.create();
 * const spammer = AgentId.fromHex("ab".repeat(32));
 * await agent.contacts.set(spammer, { trust: "blocked", name: "spammer" });
 * assertEquals((await agent.contacts.get(spammer))?.trust, "blocked");
 * await agent.contacts.unblock(spammer);
 * assertEquals((await agent.contacts.get(spammer))?.trust, "unknown");
 * ```
 */
export class Contacts {
  readonly #handle: (action: string) => number;

  /** Made by its agent. */
  constructor(handle: (action: string) => number) {
    this.#handle = handle;
  }

  /**
   * Makes an agent a contact, or changes what is said of it.
   *
   * @throws {TypeError} If the id or the trust is none.
   * @throws {RangeError} If the name is too long.
   * @throws {IdentityError} `identity_contacts_not_saved`: the change holds until the agent closes,
   * but could not be written.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async set(agentId: AgentId, change: ContactChange): Promise<Contact> {
    const action = "set a contact";
    const { trust, name } = change;
    if (trust !== undefined && !TRUST.includes(trust)) {
      throw new TypeError(
        `Cannot ${action} as trust must be one of ${TRUST.join(", ")}: current value is ${
          show(trust)
        }`,
      );
    }
    if (name !== undefined) checkText(action, "the name", name, MAX_NAME_BYTES);
    const contact = await call("agent.setContact", {
      ...this.#request(action, agentId),
      ...(trust !== undefined && { trust }),
      ...(name !== undefined && { name }),
    }, { action });
    return contactOf(contact);
  }

  /**
   * Forgets a contact: it is `"unknown"` again.
   *
   * @returns Whether it was one.
   * @throws {IdentityError} `identity_contacts_not_saved`.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async remove(agentId: AgentId): Promise<boolean> {
    const action = "remove a contact";
    const request = this.#request(action, agentId);
    return (await call("agent.removeContact", request, { action })).removed;
  }

  /**
   * What is said of an agent; undefined if nothing.
   *
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async get(agentId: AgentId): Promise<Contact | undefined> {
    const action = "read a contact";
    const { contact } = await call("agent.contact", this.#request(action, agentId), { action });
    return contact === undefined ? undefined : contactOf(contact);
  }

  /**
   * All contacts, in order of their ids.
   *
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async list(): Promise<Contact[]> {
    const action = "list the contacts";
    const { contacts } = await call("agent.contacts", { agent: this.#handle(action) }, { action });
    return contacts.map(contactOf);
  }

  /** Lets nothing more arrive from an agent; the same as `set` with trust `"blocked"`. */
  block(agentId: AgentId): Promise<Contact> {
    return this.set(agentId, { trust: "blocked" });
  }

  /** Makes a blocked agent `"unknown"` again; its name stays. Others are left as they are. */
  async unblock(agentId: AgentId): Promise<void> {
    if ((await this.get(agentId))?.trust === "blocked") {
      await this.set(agentId, { trust: "unknown" });
    }
  }

  #request(action: string, agentId: AgentId): Methods["agent.contact"]["request"] {
    checkAgentId(action, agentId);
    return { agent: this.#handle(action), id: agentId.toHex() };
  }
}

/** Throws unless the value is the id of an agent. */
export function checkAgentId(action: string, agentId: unknown): void {
  if (agentId instanceof AgentId) return;
  throw new TypeError(
    `Cannot ${action} as the id must be an AgentId: current value is ${show(agentId)}`,
  );
}

function contactOf(wire: Methods["agent.setContact"]["answer"]): Contact {
  return {
    agentId: AgentId.fromHex(wire.id),
    trust: wire.trust,
    ...(wire.name !== undefined && { name: wire.name }),
    addedAt: wire.addedAtMs,
    machines: wire.machines.map(MachineId.fromHex),
  };
}
