/**
 * An agent that is ready to join a group.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkBytes } from "../_check.ts";
import { AgentId, type Keypair } from "../identity/mod.ts";
import { groupIdBytes, keypairHandle } from "./_native.ts";
import { Group, openedGroup } from "./group.ts";

/**
 * An agent that is ready to join a group: its {@linkcode keyPackage} goes to a member, a welcome
 * comes back. Holds secrets until it joins or is disposed.
 *
 * @example Asking to be added by publish and subscribe
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { Group, PreparedMember } from "@tendon/tendon/groups";
 * import { Keypair } from "@tendon/tendon/identity";
 * import { assertEquals } from "@std/assert";
 *
 * using bobKey = Keypair.generate();
 * await using bob = await Agent.create({ agentKey: bobKey });
 * using invited = PreparedMember.prepare(bobKey, "desk");
 * await using asked = await bob.subscribe("desk/ask");
 * await bob.publish("desk/ask", invited.keyPackage);
 *
 * // Where Alice is: she looks at who asks before she adds anybody.
 * using aliceKey = Keypair.generate();
 * using alice = Group.create(aliceKey, "desk");
 * const { value: ask } = await asked.next();
 * const { agentId, welcome } = alice.add(ask!.payload);
 * assertEquals(agentId.toHex(), ask!.sender.toHex());
 *
 * using desk = invited.join(welcome);
 * assertEquals(desk.members().length, 2);
 * ```
 */
export class PreparedMember implements Disposable {
  /** Who wants to join. */
  readonly agentId: AgentId;
  /**
   * What a member needs for {@linkcode Group.add}, about 17 KB. Public; signed by the agent, for
   * this group only.
   */
  readonly keyPackage: Uint8Array;
  readonly #handle: NativeHandle;

  private constructor(agentId: AgentId, handle: NativeHandle, keyPackage: Uint8Array) {
    this.agentId = agentId;
    this.keyPackage = keyPackage;
    this.#handle = handle;
  }

  /**
   * Prepares an agent for a group. The same keypair and group always give the same member, so it
   * can also be prepared again after a restart, with the welcome still to come.
   *
   * @param keypair The agent's keypair.
   * @param groupId 1 to 256 bytes; a string goes as UTF-8.
   * @throws {RangeError} If the group id is empty or too long.
   * @throws {ClosedError} If the keypair was disposed.
   */
  static prepare(keypair: Keypair, groupId: Uint8Array | string): PreparedMember {
    const action = "prepare a member";
    const attachment = groupIdBytes(action, groupId);
    const request = { keypair: keypairHandle(action, keypair) };
    const { member, columns } = callSync("groups.prepare", request, { action, attachment });
    const handle = new NativeHandle(member, "prepared member");
    return new PreparedMember(keypair.agentId, handle, columns["keyPackage"] as Uint8Array);
  }

  /**
   * Joins with the welcome of a member who has added this one. The prepared member is used up, also
   * by a welcome that is refused; {@linkcode prepare} gives it again.
   *
   * @throws {GroupError} `group_malformed`, `group_refused` if the welcome is for somebody else.
   * @throws {ClosedError} If it has joined already or was disposed.
   */
  join(welcome: Uint8Array): Group {
    const action = "join the group";
    checkBytes(action, "the welcome", welcome);
    const request = { member: this.#handle.value };
    try {
      return openedGroup(
        callSync("groups.join", request, { action, attachment: welcome }),
        this.agentId,
      );
    } finally {
      this.#handle.close();
    }
  }

  /** Forgets the secrets. Again is harmless. */
  [Symbol.dispose](): void {
    this.#handle.close();
  }
}
