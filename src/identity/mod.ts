/**
 * Who is who: ids of agents, machines and users.
 *
 * @example
 * ```ts
 * import { AgentId } from "@tendon/tendon/identity";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(AgentId.fromHex("AB".repeat(32)).toHex(), "ab".repeat(32));
 * ```
 *
 * @module
 */

export type { HexId } from "./hex_id.ts";
export { AgentId, MachineId, UserId } from "./ids.ts";
