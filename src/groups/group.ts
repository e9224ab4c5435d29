/**
 * Encrypted groups.
 *
 * @module
 */

import { type Answer, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkBytes } from "../_check.ts";
import { AgentId, type Keypair } from "../identity/mod.ts";
import { bytesOf, groupIdBytes, keypairHandle } from "./_native.ts";

/** What an addition needs to be sent. */
export interface AddedMember {
  /** The agent that was added. */
  readonly agentId: AgentId;
  /** For all other members, who {@linkcode Group.processCommit} it. */
  readonly commit: Uint8Array;
  /** For the agent that was added, who joins with it. */
  readonly welcome: Uint8Array;
}

type GroupMessage =
  | "groups.add"
  | "groups.encrypt"
  | "groups.decrypt"
  | "groups.processCommit";

let make: (opened: Answer<"groups.create">, agentId: AgentId) => Group;

/** The group behind a native answer. */
export function openedGroup(opened: Answer<"groups.create">, agentId: AgentId): Group {
  return make(opened, agentId);
}

const MAX_PLAINTEXT_BYTES = 2 ** 20 - 8 * 2 ** 10;

/**
 * A group as one member holds it. Every change of members or keys is a commit, which begins a new
 * epoch; members of one epoch read each other, and nobody else reads them: not those who were
 * removed before, and not those who came later.
 *
 * All methods compute and return at once, most within milliseconds. A method that throws leaves the
 * group as it was. Commits have to be processed one after the other, in the order in which their
 * epochs follow: let one member commit, or agree on an order.
 *
 * @example Commits and messages by publish and subscribe
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { Group, PreparedMember } from "@tendon/tendon/groups";
 * import { Keypair } from "@tendon/tendon/identity";
 * import { assertEquals } from "@std/assert";
 *
 * using aliceKey = Keypair.generate();
 * using bobKey = Keypair.generate();
 * using alice = Group.create(aliceKey, "desk");
 * using invited = PreparedMember.prepare(bobKey, "desk");
 * using bob = invited.join(alice.add(invited.keyPackage).welcome);
 *
 * // One agent stands for both here; each member would have its own.
 * await using agent = await Agent.create();
 * await using commits = await agent.subscribe("desk/commits");
 * await using messages = await agent.subscribe("desk/messages");
 *
 * await agent.publish("desk/commits", alice.update());
 * const { value: commit } = await commits.next();
 * bob.processCommit(commit!.payload);
 *
 * await agent.publish("desk/messages", alice.encrypt("buy at 64,000"));
 * const { value: message } = await messages.next();
 * assertEquals(new TextDecoder().decode(bob.decrypt(message!.payload)), "buy at 64,000");
 * ```
 */
export class Group implements Disposable {
  /** The group's id. */
  readonly id: Uint8Array;
  /** This member. */
  readonly agentId: AgentId;
  readonly #handle: NativeHandle;

  /** Made by {@linkcode Group.create}, {@linkcode Group.restore} or {@linkcode PreparedMember}. */
  private constructor(id: Uint8Array, agentId: AgentId, handle: NativeHandle) {
    this.id = id;
    this.agentId = agentId;
    this.#handle = handle;
  }

  static {
    make = ({ group, columns }, agentId) =>
      new Group(columns["id"] as Uint8Array, agentId, new NativeHandle(group, "group"));
  }

  /**
   * Makes a group with one member.
   *
   * @param keypair The agent's keypair.
   * @param groupId 1 to 256 bytes, known to all members; a string goes as UTF-8.
   * @throws {RangeError} If the group id is empty or too long.
   * @throws {ClosedError} If the keypair was disposed.
   */
  static create(keypair: Keypair, groupId: Uint8Array | string): Group {
    const action = "create a group";
    const attachment = groupIdBytes(action, groupId);
    const request = { keypair: keypairHandle(action, keypair) };
    return openedGroup(
      callSync("groups.create", request, { action, attachment }),
      keypair.agentId,
    );
  }

  /**
   * Continues a group from a {@linkcode snapshot}. It reads at once; before it encrypts it has to
   * {@linkcode update}, {@linkcode add} or {@linkcode remove}, as it cannot know what it encrypted
   * after the snapshot was taken, and a key must not be used twice.
   *
   * @param keypair The agent's keypair, the same as before.
   * @throws {GroupError} `group_malformed`, `group_refused` if the keypair is another.
   * @throws {ClosedError} If the keypair was disposed.
   *
   * @example
   * ```ts
   * import { Group } from "@tendon/tendon/groups";
   * import { Keypair } from "@tendon/tendon/identity";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * using key = Keypair.generate();
   * using before = Group.create(key, "desk");
   * using group = Group.restore(key, before.snapshot());
   * assertThrows(() => group.encrypt("too early"));
   * const commit = group.update(); // for the others
   * assertEquals(group.epoch, 1);
   * group.encrypt("hello");
   * ```
   */
  static restore(keypair: Keypair, snapshot: Uint8Array): Group {
    const action = "restore the group";
    checkBytes(action, "the snapshot", snapshot);
    const request = { keypair: keypairHandle(action, keypair) };
    return openedGroup(
      callSync("groups.restore", request, { action, attachment: snapshot }),
      keypair.agentId,
    );
  }

  /** How many commits this group has seen. */
  get epoch(): number {
    return this.#info().epoch;
  }

  /**
   * How many members the group's tree has. More than {@linkcode members} names if somebody was
   * added by a commit that lacks the proof of who it is.
   */
  get size(): number {
    return this.#info().size;
  }

  /** The agents of the group, in order of their ids. Each has signed for this group. */
  members(): AgentId[] {
    return this.#info().members.map(AgentId.fromHex);
  }

  /**
   * Adds the agent of a key package. This member is in the next epoch at once; the others have to
   * process the commit. Whether the agent should be in the group is the program's decision.
   *
   * @throws {GroupError} `group_malformed`, `group_other`, `group_already_member`, `group_refused`
   * if the agent did not sign it.
   */
  add(keyPackage: Uint8Array): AddedMember {
    const { agent, columns } = this.#send("groups.add", "add a member", keyPackage);
    return {
      agentId: AgentId.fromHex(agent),
      commit: columns["commit"] as Uint8Array,
      welcome: columns["welcome"] as Uint8Array,
    };
  }

  /**
   * Removes another member, who can read nothing from the next epoch on.
   *
   * @returns The commit for those who stay; the one who was removed may get it too.
   * @throws {GroupError} `group_not_member`, `group_refused` if it is this member.
   */
  remove(agentId: AgentId): Uint8Array {
    const action = "remove a member";
    if (!(agentId instanceof AgentId)) {
      throw new TypeError(`Cannot ${action} as it must be an AgentId`);
    }
    const request = { group: this.#handle.value, agent: agentId.toHex() };
    return callSync("groups.remove", request, { action }).columns["bytes"] as Uint8Array;
  }

  /**
   * Replaces this member's keys: whoever has copied the old ones can read nothing from the next
   * epoch on. Do it from time to time.
   *
   * @returns The commit for the others.
   */
  update(): Uint8Array {
    const request = { group: this.#handle.value };
    const { columns } = callSync("groups.update", request, { action: "update the group" });
    return columns["bytes"] as Uint8Array;
  }

  /**
   * Follows another member's commit into the next epoch.
   *
   * @throws {GroupError} `group_epoch` if it is not the next one (`data.expected`, `data.found`),
   * `group_removed` if it removes this member, `group_malformed`, `group_refused`.
   */
  processCommit(commit: Uint8Array): void {
    this.#send("groups.processCommit", "process the commit", commit);
  }

  /**
   * Encrypts for all members of this epoch.
   *
   * @param plaintext At most 1,040,384 bytes, so that what comes out fits a message; a string goes
   * as UTF-8.
   * @throws {RangeError} If it is too long.
   * @throws {GroupError} `group_restored`.
   */
  encrypt(plaintext: Uint8Array | string): Uint8Array {
    const action = "encrypt";
    const bytes = bytesOf(action, "the text", plaintext);
    if (bytes.length > MAX_PLAINTEXT_BYTES) {
      throw new RangeError(
        `Cannot ${action} as the text may have at most ${MAX_PLAINTEXT_BYTES} bytes: ` +
          `current value has ${bytes.length}`,
      );
    }
    return this.#send("groups.encrypt", action, bytes).columns["bytes"] as Uint8Array;
  }

  /**
   * Decrypts what another member of this epoch encrypted. Each message decrypts once. It proves
   * that a member sent it, not which; the sender of the message that carried it does.
   *
   * @throws {GroupError} `group_epoch` if it is of another epoch, `group_malformed`,
   * `group_refused` if it was changed or read before.
   */
  decrypt(message: Uint8Array): Uint8Array {
    return this.#send("groups.decrypt", "decrypt", message).columns["bytes"] as Uint8Array;
  }

  /**
   * The whole state for {@linkcode restore}. It holds secrets: keep it in a file with mode 0600, or
   * encrypted, and out of logs. An old one must not be used once the group has moved on.
   */
  snapshot(): Uint8Array {
    const request = { group: this.#handle.value };
    const { columns } = callSync("groups.snapshot", request, { action: "take a snapshot" });
    return columns["bytes"] as Uint8Array;
  }

  /** Forgets the group's secrets. Later uses are errors; again is harmless. */
  [Symbol.dispose](): void {
    this.#handle.close();
  }

  #info(): Answer<"groups.info"> {
    return callSync("groups.info", { group: this.#handle.value }, { action: "look at the group" });
  }

  #send<M extends GroupMessage>(method: M, action: string, attachment: Uint8Array): Answer<M> {
    checkBytes(action, "it", attachment);
    return callSync(method, { group: this.#handle.value }, { action, attachment });
  }
}
