import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, type Contact, type ContactTrust } from "../../src/agent/mod.ts";
import { ClosedError, IdentityError } from "../../src/errors.ts";
import { AgentId } from "../../src/identity/mod.ts";
import { test, turn } from "../harness.ts";
import { bounded, Mesh, take, TempDir, untilHeard } from "../agent/harness.ts";

const SOMEBODY = AgentId.fromHex("ab".repeat(32));

test("Contacts.set() makes a contact, changes it, and leaves what it does not name", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  const { contacts } = agent;
  assertEquals(await contacts.get(SOMEBODY), undefined);
  assertEquals(await contacts.list(), []);
  const before = Date.now() - 2000;
  const made = await contacts.set(SOMEBODY, { trust: "known", name: "somebody" });
  assert(made.addedAt >= before && made.addedAt <= Date.now());
  const facts = ({ agentId, trust, name, machines }: Contact) => [
    agentId.toHex(),
    trust,
    name,
    machines.length,
  ];
  assertEquals(facts(made), [SOMEBODY.toHex(), "known", "somebody", 0]);
  assertEquals(facts(await contacts.set(SOMEBODY, { trust: "trusted" }))[2], "somebody");
  assertEquals(facts(await contacts.set(SOMEBODY, { name: "" })).slice(1, 3), [
    "trusted",
    undefined,
  ]);
  assertEquals((await contacts.list()).map(facts), [[SOMEBODY.toHex(), "trusted", undefined, 0]]);
  assertEquals(await contacts.remove(SOMEBODY), true);
  assertEquals(await contacts.remove(SOMEBODY), false);
  assertEquals(await contacts.list(), []);
});

test("Contacts.block() and unblock() leave other contacts as they are", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  const { contacts } = agent;
  assertEquals((await contacts.block(SOMEBODY)).trust, "blocked");
  await contacts.unblock(SOMEBODY);
  // Nothing is said of it any more.
  assertEquals(await contacts.get(SOMEBODY), undefined);
  await contacts.set(SOMEBODY, { trust: "trusted" });
  await contacts.unblock(SOMEBODY);
  assertEquals((await contacts.get(SOMEBODY))?.trust, "trusted");
});

test("A blocked sender is not heard, from the next message on, until it is unblocked", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using ear = await first.subscribe("news");
  await bounded(untilHeard(second, ear));
  await bounded(first.contacts.block(second.agentId));
  const { refused } = (await first.stats()).gossip;
  await bounded(second.publish("news", "while blocked"));
  await bounded((async () => {
    while ((await first.stats()).gossip.refused === refused) await turn();
  })());
  await bounded(first.contacts.unblock(second.agentId));
  await bounded(second.publish("news", "after"));
  const [message] = await bounded(take(ear, 1));
  assertEquals(message?.text(), "after");
});

test("Messages carry what the contacts say", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using ear = await first.subscribe("news");
  await bounded(untilHeard(second, ear));
  for (const trust of ["known", "trusted", "unknown"] as const) {
    await bounded(first.contacts.set(second.agentId, { trust }));
    await bounded(second.publish("news", trust));
    const [message] = await bounded(take(ear, 1));
    assertEquals([message?.text(), message?.trust], [trust, trust]);
  }
});

test("Contacts stay over leaving and over a restart", async () => {
  await using home = await TempDir.make();
  const first = await bounded(Agent.create({ dataDir: home.path }));
  await bounded(first.joinNetwork());
  await bounded(first.contacts.set(SOMEBODY, { trust: "blocked", name: "spammer" }));
  await bounded(first.leaveNetwork());
  await assertRejects(() => first.contacts.list(), ClosedError, "left the network");
  await bounded(first.joinNetwork());
  assertEquals((await first.contacts.get(SOMEBODY))?.trust, "blocked");
  await bounded(first.close());
  await using second = await bounded(Agent.create({ dataDir: home.path }));
  const contact = await second.contacts.get(SOMEBODY);
  assertEquals([contact?.trust, contact?.name], ["blocked", "spammer"]);
});

test("A contacts file that does not load is refused and left", async () => {
  await using home = await TempDir.make();
  const path = join(home.path, "contacts.json");
  await writeFile(path, "{ broken");
  const create = () => Agent.create({ dataDir: home.path, network: "offline" });
  const error = await assertRejects(create, IdentityError);
  assertEquals([error.code, error.data.path], ["identity_bad_contacts", path]);
  assertEquals(await readFile(path, "utf8"), "{ broken");
});

test("A contact that cannot be written is an error, and holds until the agent closes", async () => {
  await using home = await TempDir.make();
  const create = () => Agent.create({ dataDir: home.path, network: "offline" });
  const agent = await bounded(create());
  // The file is replaced by way of this one.
  await mkdir(join(home.path, "contacts.tmp"));
  const error = await assertRejects(() => agent.contacts.block(SOMEBODY), IdentityError);
  assertEquals(error.code, "identity_contacts_not_saved");
  assertEquals((await agent.contacts.get(SOMEBODY))?.trust, "blocked");
  await bounded(agent.close());
  await using again = await bounded(create());
  assertEquals(await again.contacts.get(SOMEBODY), undefined);
});

test("Contacts refuse wrong arguments", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  const { contacts } = agent;
  const text = "ab".repeat(32) as unknown as AgentId;
  await assertRejects(() => contacts.set(text, { trust: "known" }), TypeError, "AgentId");
  await assertRejects(() => contacts.get(text), TypeError);
  const wrong = "friend" as ContactTrust;
  await assertRejects(() => contacts.set(SOMEBODY, { trust: wrong }), TypeError, "friend");
  const long = "x".repeat(257);
  await assertRejects(() => contacts.set(SOMEBODY, { name: long }), RangeError, "257");
  assertEquals(await contacts.list(), []);
});
