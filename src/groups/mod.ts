/**
 * Encrypted groups (TreeKEM, RFC 9420, with post-quantum keys): pure computing, no network. Who
 * sends commits, welcomes and messages to whom is up to the program.
 *
 * See `docs/network.md` for what is promised and what is not.
 *
 * @example
 * ```ts
 * import { Group, PreparedMember } from "@tendon/tendon/groups";
 * import { Keypair } from "@tendon/tendon/identity";
 * import { assertEquals } from "@std/assert";
 *
 * using aliceKey = Keypair.generate();
 * using bobKey = Keypair.generate();
 * using alice = Group.create(aliceKey, "desk");
 * using invited = PreparedMember.prepare(bobKey, "desk");
 * const { welcome } = alice.add(invited.keyPackage);
 * using bob = invited.join(welcome);
 *
 * const message = alice.encrypt("buy at 64,000");
 * assertEquals(new TextDecoder().decode(bob.decrypt(message)), "buy at 64,000");
 * ```
 *
 * @module
 */

export { type AddedMember, Group } from "./group.ts";
export { PreparedMember } from "./prepared_member.ts";
