/**
 * Introduction cards: what an agent says about itself.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { CardInfo } from "../../ffi/generated/methods.ts";
import { AgentId, MachineId, UserId } from "./ids.ts";

/** Something an agent offers. */
export interface CardService {
  /** Its name, for programs. */
  readonly name: string;
  /** What it is, for people. */
  readonly description: string;
  /** How far a caller must be trusted, in the agent's own words, such as `known`. */
  readonly minTrust: string;
}

const encoder = new TextEncoder();

/**
 * What an agent says about itself, signed by its machine key: a name, services, the ids as words
 * that people can compare by telephone. Made by {@linkcode Agent.card}.
 *
 * @example Handing a card over
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { IntroductionCard } from "@tendon/tendon/identity";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await using alice = await Agent.create({ network: "offline" });
 * const text = JSON.stringify(alice.card({ name: "Alice" }));
 *
 * const card = IntroductionCard.fromJson(text);
 * assert(card.verify());
 * assertEquals(card.name, "Alice");
 * assertEquals(card.words.split(" ").length, 4);
 * ```
 */
export class IntroductionCard {
  /** The agent. */
  readonly agentId: AgentId;
  /** The machine that signed the card. */
  readonly machineId: MachineId;
  /** The user behind the agent, if it says so. */
  readonly userId: UserId | undefined;
  /** A name for people. Nobody checks it. */
  readonly name: string | undefined;
  /** Four words for the agent's id; behind an `@` four more for the user's, if there is one. */
  readonly words: string;
  /** What the agent offers. */
  readonly services: readonly CardService[];
  readonly #json: string;

  private constructor(info: CardInfo, json: string) {
    this.agentId = AgentId.fromHex(info.agentId);
    this.machineId = MachineId.fromHex(info.machineId);
    this.userId = info.userId === undefined ? undefined : UserId.fromHex(info.userId);
    this.name = info.name;
    this.words = info.words;
    this.services = info.services;
    this.#json = json;
  }

  /**
   * The card in a JSON text, or in what it parses to. That it is well-formed does not make it true:
   * see {@linkcode verify}.
   *
   * @throws {IdentityError} `identity_bad_card`.
   */
  static fromJson(card: unknown): IntroductionCard {
    const json = typeof card === "string" ? card : JSON.stringify(card) ?? "null";
    const options = { action: "read the card", attachment: encoder.encode(json) };
    return new IntroductionCard(callSync("identity.readCard", {}, options), json);
  }

  /**
   * Whether the machine named on the card signed it, the words belong to the ids, and, if a user is
   * named, that user's certificate for this agent holds.
   *
   * Without a user, nothing on a card ties the agent's id to the machine: any machine can name any
   * agent. Messages prove who signed them; a card alone does not.
   */
  verify(): boolean {
    const options = { action: "verify the card", attachment: encoder.encode(this.#json) };
    return callSync("identity.verifyCard", {}, options).valid;
  }

  /** The card as the agent network writes it, about 45 KB as text. */
  toJSON(): unknown {
    return JSON.parse(this.#json);
  }
}
