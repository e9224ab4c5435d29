/**
 * Ids of agents, machines and users.
 *
 * @module
 */

import { bytesToHex, HexId, parseHex } from "./hex_id.ts";

/**
 * Who an agent is: the hash of its public key. Senders of messages and owners of tasks are agents.
 *
 * @example Comparing ids and using them as keys
 * ```ts
 * import { AgentId } from "@tendon/tendon/identity";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const id = AgentId.fromHex("AB".repeat(32));
 * assertEquals(id.toHex(), "ab".repeat(32));
 * assert(id.equals(AgentId.fromBytes(id.toBytes())));
 *
 * const seen = new Map([[id.toString(), 1]]);
 * assertEquals(seen.get(id.toHex()), 1);
 * ```
 */
export class AgentId extends HexId {
  /** Tells it apart from other ids. */
  readonly kind = "agent";

  /**
   * The id written as 64 hexadecimal digits of either case.
   *
   * @throws {SyntaxError} If the text is anything else.
   */
  static fromHex(hex: string): AgentId {
    return new AgentId(parseHex("AgentId", hex));
  }

  /**
   * The id with these 32 bytes.
   *
   * @throws {RangeError} If there are more or fewer.
   */
  static fromBytes(bytes: Uint8Array): AgentId {
    return new AgentId(bytesToHex("AgentId", bytes));
  }
}

/**
 * Which machine key an agent runs with. Peers of the transport are machines.
 *
 * @example Reading an id
 * ```ts
 * import { MachineId } from "@tendon/tendon/identity";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(MachineId.fromHex("0f".repeat(32)).toBytes()[0], 15);
 * assertThrows(() => MachineId.fromHex("0f"), SyntaxError);
 * ```
 */
export class MachineId extends HexId {
  /** Tells it apart from other ids. */
  readonly kind = "machine";

  /**
   * The id written as 64 hexadecimal digits of either case.
   *
   * @throws {SyntaxError} If the text is anything else.
   */
  static fromHex(hex: string): MachineId {
    return new MachineId(parseHex("MachineId", hex));
  }

  /**
   * The id with these 32 bytes.
   *
   * @throws {RangeError} If there are more or fewer.
   */
  static fromBytes(bytes: Uint8Array): MachineId {
    return new MachineId(bytesToHex("MachineId", bytes));
  }
}

/**
 * Which person or organisation stands behind an agent: the hash of the user's public key.
 *
 * @example Ids of different kinds are never equal
 * ```ts
 * import { AgentId, type HexId, UserId } from "@tendon/tendon/identity";
 * import { assert } from "@std/assert";
 *
 * const user: HexId = UserId.fromHex("0f".repeat(32));
 * assert(!user.equals(AgentId.fromHex("0f".repeat(32))));
 * ```
 */
export class UserId extends HexId {
  /** Tells it apart from other ids. */
  readonly kind = "user";

  /**
   * The id written as 64 hexadecimal digits of either case.
   *
   * @throws {SyntaxError} If the text is anything else.
   */
  static fromHex(hex: string): UserId {
    return new UserId(parseHex("UserId", hex));
  }

  /**
   * The id with these 32 bytes.
   *
   * @throws {RangeError} If there are more or fewer.
   */
  static fromBytes(bytes: Uint8Array): UserId {
    return new UserId(bytesToHex("UserId", bytes));
  }
}
