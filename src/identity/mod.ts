/**
 * Who is who: ids of agents, machines and users, their keys, signatures, certificates and cards.
 *
 * Ids are plain values. Everything that needs cryptography opens the native library at first use.
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

export { type CardService, IntroductionCard } from "./card.ts";
export { AgentCertificate, type IssueOptions } from "./certificate.ts";
export type { HexId } from "./hex_id.ts";
export { AgentId, MachineId, UserId } from "./ids.ts";
export { Keypair } from "./keypair.ts";
export { PublicKey } from "./public_key.ts";
export type { SignOptions } from "./signing.ts";
