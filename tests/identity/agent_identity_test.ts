import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent } from "../../src/agent/mod.ts";
import { ClosedError, IdentityError } from "../../src/errors.ts";
import { IntroductionCard, Keypair } from "../../src/identity/mod.ts";
import { bounded, TempDir } from "../agent/harness.ts";
import { program, run, test } from "../harness.ts";

const MESSAGE = new TextEncoder().encode("sell at 65,000");

test("Agent.create() takes keypairs, which the caller may dispose", async () => {
  const [machineKey, agentKey, userKey] = [1, 2, 3].map(() => Keypair.generate()) as [
    Keypair,
    Keypair,
    Keypair,
  ];
  await using agent = await bounded(Agent.create({ machineKey, agentKey, userKey }));
  const signature = agentKey.sign(MESSAGE);
  for (const key of [machineKey, agentKey, userKey]) key[Symbol.dispose]();
  assertEquals(agent.machineId.toHex(), machineKey.machineId.toHex());
  assertEquals(agent.agentId.toHex(), agentKey.agentId.toHex());
  assertEquals(agent.userId?.toHex(), userKey.userId.toHex());
  assert(agent.publicKey.equals(agentKey.publicKey));
  assert(agent.publicKey.verify(MESSAGE, signature));
  const files = await readdir(agent.dataDir);
  assert(files.includes("machine.key"));
  assert(!files.includes("agent.key") && !files.includes("user.key"), `${files}`);

  await bounded(agent.joinNetwork());
  await bounded(agent.leaveNetwork());
  await bounded(agent.joinNetwork());
  assert(agent.publicKey.verify(MESSAGE, agent.sign(MESSAGE)));
});

test("Agent.create() makes the key files it is given, private, and finds them again", async () => {
  await using home = await TempDir.make();
  const keys = join(home.path, "keys");
  const options = {
    machineKey: join(keys, "machine.key"),
    agentKey: join(keys, "agent.key"),
    network: "offline",
  } as const;
  const first = await bounded(Agent.create(options));
  await bounded(first.close());
  assertEquals((await stat(keys)).mode & 0o777, 0o700);
  for (const path of [options.machineKey, options.agentKey]) {
    assertEquals((await stat(path)).mode & 0o777, 0o600);
  }
  const second = await bounded(
    Agent.builder().withMachineKey(options.machineKey).withAgentKey(options.agentKey)
      .withNetwork("offline").build(),
  );
  await bounded(second.close());
  assertEquals(second.agentId.toHex(), first.agentId.toHex());
  assertEquals(second.machineId.toHex(), first.machineId.toHex());
  using loaded = await Keypair.load(options.agentKey);
  assert(loaded.publicKey.equals(first.publicKey));
});

test("Agent.create() takes the bytes of a key file", async () => {
  using key = Keypair.generate();
  const network = "offline";
  await using agent = await bounded(Agent.create({ agentKey: key.toBytes(), network }));
  assertEquals(agent.agentId.toHex(), key.agentId.toHex());
  for (const agentKey of [new Uint8Array(), key.toBytes().subarray(1)]) {
    const error = await assertRejects(() => Agent.create({ agentKey, network }), IdentityError);
    assertEquals(error.code, "identity_bad_key");
  }
});

test("Agent.create() takes a user's key from a file that must exist", async () => {
  await using home = await TempDir.make();
  const userKey = join(home.path, "user.key");
  const create = () => bounded(Agent.builder().withUserKey(userKey).withNetwork("offline").build());
  const missing = await assertRejects(create, IdentityError, userKey);
  assertEquals(missing.code, "identity_storage");
  assert(!existsSync(userKey));
  using user = Keypair.generate();
  await user.save(userKey);
  await using agent = await create();
  assertEquals(agent.userId?.toHex(), user.userId.toHex());
  assert(agent.certificate?.verify());
  assertEquals(agent.certificate?.agentId.toHex(), agent.agentId.toHex());
  assertEquals(agent.certificate?.userId.toHex(), user.userId.toHex());
});

test("Agent.create() refuses a key file that does not load and leaves it", async () => {
  await using home = await TempDir.make();
  const path = join(home.path, "some.key");
  await writeFile(path, "not a key");
  for (const name of ["machineKey", "agentKey", "userKey"]) {
    const create = () => Agent.create({ [name]: path, network: "offline" });
    const error = await assertRejects(create, IdentityError, path);
    assertEquals(error.code, "identity_bad_key");
    assertEquals(await readFile(path, "utf8"), "not a key");
  }
});

test("Agent.create() does not replace the machine key of a directory", async () => {
  await using home = await TempDir.make();
  const dataDir = home.path;
  await bounded((await bounded(Agent.create({ dataDir, network: "offline" }))).close());
  const before = await readFile(join(dataDir, "machine.key"));
  using machineKey = Keypair.generate();
  const create = () => Agent.create({ dataDir, machineKey, network: "offline" });
  const error = await assertRejects(create, IdentityError, "machine.key");
  assertEquals(error.code, "identity_key_conflict");
  assertEquals(await readFile(join(dataDir, "machine.key")), before);
});

test("Agent.create() runs one agent per machine key", async () => {
  using machineKey = Keypair.generate();
  const create = () => bounded(Agent.create({ machineKey, network: "offline" }));
  const first = await create();
  const error = await assertRejects(create, IdentityError);
  assertEquals(error.code, "identity_machine_in_use");
  await bounded(first.close());
  await bounded((await create()).close());
});

test("Agent.create() refuses keys of the wrong kind and disposed ones", async () => {
  await assertRejects(
    () => Agent.create({ agentKey: 1 as unknown as string }),
    TypeError,
    "agentKey",
  );
  await assertRejects(() => Agent.create({ machineKey: "" }), RangeError, "machineKey");
  const agentKey = Keypair.generate();
  agentKey[Symbol.dispose]();
  await assertRejects(() => Agent.create({ agentKey }), ClosedError, "keypair");
});

test("Agent.create() looks for no keys in the home directory and leaves nothing there", async () => {
  await using home = await TempDir.make();
  using key = Keypair.generate();
  const names = ["agent.key", "machine.key", "user.key"];
  for (const name of names) await key.save(join(home.path, ".x0x", name));
  const { status, stdout, stderr } = await run(program("home", import.meta.url), {
    permissions: ["-A"],
    environment: { HOME: home.path, X0X_HOME: join(home.path, ".x0x") },
  });
  assertEquals(status, 0, stderr);
  const { agentId, userId } = JSON.parse(stdout);
  assert(agentId !== key.agentId.toHex());
  assertEquals(userId, null);
  assertEquals((await readdir(join(home.path, ".x0x"))).sort(), names);
});

test("Agent.joinNetwork() refuses to come back as somebody else", async () => {
  await using home = await TempDir.make();
  const agentKey = join(home.path, "agent.key");
  await using agent = await bounded(Agent.create({ agentKey }));
  await bounded(agent.joinNetwork());
  await bounded(agent.leaveNetwork());
  using other = Keypair.generate();
  await writeFile(agentKey, other.toBytes());
  const error = await assertRejects(() => agent.joinNetwork(), IdentityError);
  assertEquals(error.code, "identity_key_conflict");
});

test("Agent.sign() separates contexts and ends with the agent", async () => {
  const agent = await bounded(Agent.create({ network: "offline" }));
  const { publicKey } = agent;
  assertEquals(publicKey.agentId().toHex(), agent.agentId.toHex());
  const signature = agent.sign(MESSAGE, { context: "tests.v1" });
  assert(publicKey.verify(MESSAGE, signature, { context: "tests.v1" }));
  assert(!publicKey.verify(MESSAGE, signature));
  assertThrows(() => agent.sign(MESSAGE, { context: "No" }), SyntaxError);
  assertThrows(() => agent.sign(new Uint8Array(65_537)), RangeError);
  await bounded(agent.close());
  assertThrows(() => agent.sign(MESSAGE), ClosedError);
  assertThrows(() => agent.card(), ClosedError);
  assert(agent.publicKey.equals(publicKey));
});

test("Agent.card() introduces the agent and cannot be changed", async () => {
  using userKey = Keypair.generate();
  await using agent = await bounded(Agent.create({ userKey, network: "offline" }));
  const services = [{ name: "quotes", description: "prices", minTrust: "known" }];
  const card = agent.card({ name: "Alice", services });
  const received = IntroductionCard.fromJson(JSON.stringify(card));
  assert(received.verify());
  assertEquals(received.name, "Alice");
  assertEquals(received.services, services);
  assertEquals(received.agentId.toHex(), agent.agentId.toHex());
  assertEquals(received.machineId.toHex(), agent.machineId.toHex());
  assertEquals(received.userId?.toHex(), userKey.userId.toHex());
  assertEquals(received.words.split(" ").length, 9);

  const parsed = card.toJSON() as Record<string, unknown>;
  for (
    const change of [
      { display_name: "Mallory" },
      { identity_words: "one two three four @ five six seven eight" },
      { user_id: null },
      { agent_id: [...userKey.agentId.toBytes()] },
    ]
  ) assert(!IntroductionCard.fromJson({ ...parsed, ...change }).verify(), Object.keys(change)[0]);
});

test("IntroductionCard.fromJson() refuses what is no card", () => {
  for (const text of ["", "{}", "null", "[1]", "{", undefined, 7]) {
    const error = assertThrows(() => IntroductionCard.fromJson(text), IdentityError);
    assertEquals(error.code, "identity_bad_card");
  }
});
