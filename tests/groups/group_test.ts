import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { inspect } from "node:util";
import { Agent } from "../../src/agent/mod.ts";
import { ClosedError, GroupError } from "../../src/errors.ts";
import { Group, PreparedMember } from "../../src/groups/mod.ts";
import { AgentId, Keypair } from "../../src/identity/mod.ts";
import { bounded } from "../agent/harness.ts";
import { test } from "../harness.ts";

const decoder = new TextDecoder();

/** Groups of as many members, all in the same epoch, and their keys. */
class Members implements Disposable {
  readonly keys: Keypair[] = [];
  readonly groups: Group[] = [];

  constructor(count: number) {
    for (let at = 0; at < count; at++) {
      const key = Keypair.fromSeed(new Uint8Array(32).fill(at + 1));
      this.keys.push(key);
      if (at === 0) {
        this.groups.push(Group.create(key, "desk"));
        continue;
      }
      using invited = PreparedMember.prepare(key, "desk");
      const { commit, welcome } = this.groups[0]!.add(invited.keyPackage);
      for (const group of this.groups.slice(1)) group.processCommit(commit);
      this.groups.push(invited.join(welcome));
    }
  }

  at(index: number): Group {
    return this.groups[index]!;
  }

  [Symbol.dispose](): void {
    for (const held of [...this.groups, ...this.keys]) held[Symbol.dispose]();
  }
}

function refused(work: () => unknown, code: string): GroupError {
  const error = assertThrows(work, GroupError);
  assertEquals(error.code, code, error.message);
  return error;
}

test("Group members read each other and know who they are", () => {
  using members = new Members(3);
  const ids = members.keys.map((key) => key.agentId.toHex()).sort();
  for (const sender of members.groups) {
    assertEquals(sender.members().map(String), ids);
    assertEquals([sender.size, sender.epoch, decoder.decode(sender.id)], [3, 2, "desk"]);
    const message = sender.encrypt(`from ${sender.agentId}`);
    for (const reader of members.groups) {
      if (reader === sender) continue;
      assertEquals(decoder.decode(reader.decrypt(message)), `from ${sender.agentId}`);
    }
  }
});

test("Group.decrypt() is the inverse of encrypt() for any bytes, once", () => {
  using members = new Members(2);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const message = members.at(0).encrypt(bytes);
      assertEquals(members.at(1).decrypt(message), bytes);
      refused(() => members.at(1).decrypt(message), "group_refused");
    }),
    { numRuns: 20 },
  );
});

test("Group.decrypt() refuses what was changed, and reads the message after all", () => {
  using members = new Members(2);
  const message = members.at(0).encrypt("hello");
  for (const at of [20, 100, Math.floor(message.length / 2), message.length - 1]) {
    const changed = message.slice();
    changed[at]! ^= 1;
    assertThrows(() => members.at(1).decrypt(changed), GroupError);
  }
  assertEquals(decoder.decode(members.at(1).decrypt(message)), "hello");
});

test("Group.processCommit() takes commits in order only, each once", () => {
  using members = new Members(2);
  const [alice, bob] = [members.at(0), members.at(1)];
  const [first, second] = [alice.update(), alice.update()];
  const early = refused(() => bob.processCommit(second), "group_epoch");
  assertEquals(early.data, { expected: 2, found: 3 });
  assertEquals(bob.epoch, 1);
  bob.processCommit(first);
  refused(() => bob.processCommit(first), "group_epoch");
  bob.processCommit(second);
  assertEquals(decoder.decode(alice.decrypt(bob.encrypt("in step"))), "in step");
});

test("Group.processCommit() refuses a changed commit, and takes the right one after", () => {
  using members = new Members(2);
  const [alice, bob] = [members.at(0), members.at(1)];
  const commit = alice.update();
  for (let at = 0; at < commit.length; at += 997) {
    const changed = commit.slice();
    changed[at]! ^= 1;
    assertThrows(() => bob.processCommit(changed), GroupError);
  }
  assertEquals(bob.epoch, 1);
  bob.processCommit(commit);
  assertEquals(decoder.decode(bob.decrypt(alice.encrypt("in step"))), "in step");
});

test("Group.remove() shuts a member out, also one that somebody else added", () => {
  using members = new Members(3);
  const [alice, bob, carol] = [members.at(0), members.at(1), members.at(2)];
  const commit = bob.remove(carol.agentId);
  alice.processCommit(commit);
  refused(() => carol.processCommit(commit), "group_removed");
  assertEquals(alice.members().map(String).includes(carol.agentId.toHex()), false);
  const message = alice.encrypt("without carol");
  assertEquals(decoder.decode(bob.decrypt(message)), "without carol");
  refused(() => carol.decrypt(message), "group_epoch");
  refused(() => alice.remove(carol.agentId), "group_not_member");
  refused(() => alice.remove(alice.agentId), "group_refused");
});

test("Group.add() wants a key package that the agent signed for this group", () => {
  using members = new Members(1);
  using key = Keypair.generate();
  using elsewhere = PreparedMember.prepare(key, "elsewhere");
  using invited = PreparedMember.prepare(key, "desk");
  const group = members.at(0);
  refused(() => group.add(elsewhere.keyPackage), "group_other");
  const forged = invited.keyPackage.slice();
  forged.set(members.keys[0]!.publicKey.toBytes(), 16);
  refused(() => group.add(forged), "group_refused");
  for (const bytes of [new Uint8Array(), invited.keyPackage.subarray(1), new Uint8Array(12_000)]) {
    refused(() => group.add(bytes), "group_malformed");
  }
  assertEquals([group.epoch, group.size], [0, 1]);
  assertEquals(group.add(invited.keyPackage).agentId.toHex(), key.agentId.toHex());
  refused(() => group.add(invited.keyPackage), "group_already_member");
});

test("PreparedMember.join() wants the welcome for itself, once", () => {
  using members = new Members(1);
  using bob = Keypair.generate();
  using carol = Keypair.generate();
  using invited = PreparedMember.prepare(bob, "desk");
  using other = PreparedMember.prepare(carol, "desk");
  const { welcome } = members.at(0).add(invited.keyPackage);
  refused(() => other.join(welcome), "group_refused");
  assertThrows(() => other.join(welcome), ClosedError);
  using group = invited.join(welcome);
  assertEquals(group.members().length, 2);
  using again = PreparedMember.prepare(bob, "desk");
  refused(() => again.join(welcome.subarray(0, 100)), "group_malformed");
});

test("Group.restore() reads at once, and encrypts in an epoch of its own", () => {
  using members = new Members(2);
  const [alice, bob] = [members.at(0), members.at(1)];
  const snapshot = alice.snapshot();
  const lost = bob.encrypt("while away");
  using again = Group.restore(members.keys[0]!, snapshot);
  assertEquals(again.members().map(String), alice.members().map(String));
  assertEquals(decoder.decode(again.decrypt(lost)), "while away");
  refused(() => again.encrypt("too early"), "group_restored");
  bob.processCommit(again.update());
  assertEquals(decoder.decode(bob.decrypt(again.encrypt("hello"))), "hello");
  refused(() => Group.restore(members.keys[1]!, snapshot), "group_refused");
  refused(() => Group.restore(members.keys[0]!, snapshot.subarray(0, 50)), "group_malformed");
});

test("Group refuses wrong arguments and use after dispose", () => {
  using key = Keypair.generate();
  assertThrows(() => Group.create(key, ""), RangeError, "group id");
  assertThrows(() => Group.create(key, "x".repeat(257)), RangeError, "257");
  assertThrows(() => Group.create({} as Keypair, "desk"), TypeError, "Keypair");
  const group = Group.create(key, "desk");
  assertThrows(() => group.encrypt(new Uint8Array(1_040_385)), RangeError, "1040385");
  assertThrows(() => group.decrypt("text" as unknown as Uint8Array), TypeError);
  assertThrows(() => group.remove("id" as unknown as AgentId), TypeError, "AgentId");
  assert(!inspect(group, { depth: 5 }).includes("secret"));
  group[Symbol.dispose]();
  group[Symbol.dispose]();
  for (
    const use of [
      () => group.encrypt("x"),
      () => group.update(),
      () => group.snapshot(),
      () => group.members(),
      () => group.epoch,
    ]
  ) assertThrows(use, ClosedError, "group");
});

test("Group.encrypt() of the longest text fits a message", async () => {
  using members = new Members(2);
  const message = members.at(0).encrypt(new Uint8Array(1_040_384).fill(7));
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("desk");
  await bounded(agent.publish("desk", message));
  const { value } = await bounded(ear.next());
  assertEquals(members.at(1).decrypt(value!.payload).length, 1_040_384);
  await assertRejects(() => agent.publish("desk", new Uint8Array(2 ** 20 + 1)), RangeError);
});
