import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Agent } from "../../src/agent/mod.ts";
import { Agent as Agents } from "../../src/agent/mod.ts";
import { CancelledError, ClosedError, KvError, NetworkError } from "../../src/errors.ts";
import { AgentId } from "../../src/identity/mod.ts";
import { type KvEntry, KvStore } from "../../src/kv/mod.ts";
import { bounded, Mesh, TempDir } from "../agent/harness.ts";
import { test } from "../harness.ts";

const text = (entries: readonly KvEntry[]) => entries.map((entry) => [entry.key, entry.text()]);

/** Follows a replica until it shows what is wanted. */
async function until(store: KvStore, wanted: (entries: KvEntry[]) => boolean): Promise<void> {
  const follow = async () => {
    for await (const _ of store.changes()) {
      if (wanted(await store.entries())) return;
    }
  };
  await bounded(follow());
}

async function refused(work: Promise<unknown>, code: string): Promise<KvError> {
  const error = await assertRejects(() => work, KvError);
  assertEquals(error.code, code, error.message);
  return error;
}

/** The owner's store of a topic and the replicas of all other agents. */
async function follow(mesh: Mesh, topic: string): Promise<[KvStore, ...KvStore[]]> {
  const [first, ...rest] = mesh.agents as [Agent, ...Agent[]];
  const owner = first.agentId;
  return [
    await KvStore.open(first, topic),
    ...await Promise.all(rest.map((agent) => KvStore.open(agent, topic, { owner }))),
  ];
}

test("KvStore keeps what was put, with its type and times", async () => {
  await using agent = await bounded(Agents.create());
  await using store = await KvStore.open(agent, "limits");
  const before = Date.now();
  await store.put("btc", "0.5");
  await store.put("raw", new Uint8Array([1, 2]));
  await store.put("json", `{"a":1}`, { contentType: "application/json" });
  await store.put("", "");
  const btc = await store.get("btc");
  assertEquals([btc?.text(), btc?.contentType], ["0.5", "text/plain"]);
  assert(btc!.createdAt >= before && btc!.updatedAt <= Date.now());
  assertEquals((await store.get("raw"))?.contentType, "application/octet-stream");
  assertEquals((await store.get("json"))?.json(), { a: 1 });
  assertEquals(await store.keys(), ["", "btc", "json", "raw"]);
  assertEquals((await store.entries()).map(({ value }) => value.length), [0, 3, 7, 2]);
  assertEquals(await store.get("other"), undefined);
  assertEquals([await store.has("btc"), await store.has("other")], [true, false]);
  assertEquals([await store.delete("btc"), await store.delete("btc")], [true, false]);
  assertEquals(await store.keys(), ["", "json", "raw"]);
  await store.put("btc", "again");
  assertEquals((await store.get("btc"))?.text(), "again");
});

test("KvStore replicas of three agents follow the owner, and nobody else writes", async () => {
  await using mesh = await Mesh.of(3);
  const [store, ...replicas] = await follow(mesh, "limits");
  for (const [key, value] of [["btc", "1"], ["eth", "2"], ["btc", "3"]] as const) {
    await store.put(key, value);
  }
  await store.delete("eth");
  for (const replica of replicas) {
    await until(replica, (entries) => entries.length === 1 && entries[0]!.text() === "3");
    const error = await refused(replica.put("btc", "4"), "kv_denied");
    assert(error.message.includes(store.owner!.toHex()), error.message);
    await refused(replica.delete("btc"), "kv_denied");
  }
});

test("KvStore replicas converge after any sequence of writes", async () => {
  await using mesh = await Mesh.of(2);
  const [store, replica] = await follow(mesh, "any") as [KvStore, KvStore];
  const write = fc.tuple(fc.constantFrom("a", "b", "c"), fc.option(fc.string({ maxLength: 20 })));
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 12 }), async (writes) => {
      for (const [key, value] of writes) {
        if (value === null) await store.delete(key);
        else await store.put(key, value);
      }
      const wanted = JSON.stringify(text(await store.entries()));
      await until(replica, (entries) => JSON.stringify(text(entries)) === wanted);
    }),
    { numRuns: 8 },
  );
});

test("KvStore.open() catches up when it comes late", async () => {
  await using mesh = await Mesh.of(2);
  await using store = await KvStore.open(mesh.agent(0), "late");
  for (let at = 0; at < 20; at++) await store.put(`key ${at}`, `${at}`);
  await using replica = await KvStore.open(mesh.agent(1), "late", { owner: store.owner! });
  await until(replica, (entries) => entries.length === 20);
});

test("KvStore of a wrong owner is another store", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using store = await KvStore.open(first, "limits");
  const owner = AgentId.fromHex("07".repeat(32));
  await using replica = await KvStore.open(second, "limits", { owner });
  await using right = await KvStore.open(second, "rights", { owner: first.agentId });
  await using rights = await KvStore.open(first, "rights");
  await store.put("btc", "1");
  await rights.put("btc", "1");
  await until(right, (entries) => entries.length === 1);
  assertEquals(await replica.keys(), []);
  await refused(replica.put("btc", "1"), "kv_denied");
});

test("KvStore append_only never changes a key", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using log = await KvStore.open(first, "log", { policy: "append_only" });
  const owner = first.agentId;
  await using replica = await KvStore.open(second, "log", { policy: "append_only", owner });
  await log.put("event 1", "bought");
  await log.put("event 1", "bought");
  await refused(log.put("event 1", "sold"), "kv_immutable");
  await refused(log.delete("event 1"), "kv_immutable");
  await log.put("event 2", "sold");
  await until(replica, (entries) => entries.length === 2);
  await refused(replica.put("event 3", "x"), "kv_denied");
  assertEquals(text(await replica.entries()), [["event 1", "bought"], ["event 2", "sold"]]);
});

test("KvStore self_keyed gives every agent keys of its own, and refuses the 65th", async () => {
  await using mesh = await Mesh.of(3);
  const policy = "self_keyed";
  const stores = await Promise.all(
    mesh.agents.map((agent) => KvStore.open(agent, "status", { policy })),
  );
  for (const [at, store] of stores.entries()) {
    await store.put(`${mesh.agent(at).agentId}/status`, `${at}`);
    await store.put(`${mesh.agent(at).agentId}`, "root");
    await refused(store.put(`${mesh.agent((at + 1) % 3).agentId}/status`, "x"), "kv_denied");
    await refused(store.put("status", "x"), "kv_denied");
  }
  for (const store of stores) await until(store, (entries) => entries.length === 6);
  const [store, agent] = [stores[0]!, mesh.agent(0)];
  assertEquals(store.owner, undefined);
  for (let at = 2; at < 64; at++) await store.put(`${agent.agentId}/z${at}`, "");
  const error = await refused(store.put(`${agent.agentId}/a`, ""), "kv_full");
  assertEquals(error.data, { size: 65, limit: 64 });
  await until(stores[2]!, (entries) => entries.length === 68);
});

test("KvStore.changes() shows what is there, then what is new, until it is left", async () => {
  await using agent = await bounded(Agents.create());
  await using store = await KvStore.open(agent, "limits");
  await store.put("a", "1");
  await store.put("b", "2");
  const seen: unknown[] = [];
  const read = async () => {
    for await (const { put, deleted } of store.changes()) {
      seen.push([text(put), deleted]);
      if (seen.length === 1) await store.put("b", "3");
      else if (seen.length === 2) await store.delete("a");
      else break;
    }
  };
  await bounded(read());
  assertEquals(seen, [
    [[["a", "1"], ["b", "2"]], []],
    [[["b", "3"]], []],
    [[], ["a"]],
  ]);
});

test("KvStore.changes() ends with its signal, its store, and its agent", async () => {
  const agent = await bounded(Agents.create());
  const store = await KvStore.open(agent, "limits");
  const again = await KvStore.open(agent, "limits");
  const controller = new AbortController();
  const steps = async (one: KvStore, signal?: AbortSignal) => {
    let count = 0;
    for await (const _ of one.changes(signal ? { signal } : {})) count++;
    return count;
  };
  const loops = [steps(store, controller.signal), steps(again), steps(store)];
  setTimeout(() => controller.abort(), 50);
  await bounded(loops[0]!);
  await again.close();
  await bounded(loops[1]!);
  await bounded(agent.close());
  await bounded(loops[2]!);
});

test("KvStore keeps its replica in stateDir and refuses a broken one", async () => {
  await using home = await TempDir.make();
  const [dataDir, stateDir] = [join(home.path, "agent"), join(home.path, "state")];
  const restart = async (work: (store: KvStore) => Promise<void>) => {
    await using agent = await bounded(Agents.create({ dataDir }));
    await using store = await KvStore.open(agent, "limits", { stateDir });
    await work(store);
  };
  await restart((store) => store.put("btc", "1"));
  await restart(async (store) => {
    assertEquals(text(await store.entries()), [["btc", "1"]]);
    await store.put("btc", "2");
  });
  const [file] = await readdir(stateDir);
  const path = join(stateDir, file!);
  await writeFile(path, "broken");
  await refused(restart(() => Promise.resolve()), "kv_corrupt");
  assertEquals(await readFile(path, "utf8"), "broken");
});

test("KvStore replica that was away gets what it missed", async () => {
  await using home = await TempDir.make();
  await using mesh = await Mesh.of(1);
  const [dataDir, stateDir] = [join(home.path, "agent"), join(home.path, "state")];
  const owner = mesh.agent(0).agentId;
  await using store = await KvStore.open(mesh.agent(0), "limits");
  await store.put("btc", "1");
  const visit = async (wanted: string) => {
    const network = { bootstrap: [mesh.agent(0).address!] };
    await using agent = await bounded(Agents.create({ dataDir, network }));
    await bounded(agent.joinNetwork());
    await using replica = await KvStore.open(agent, "limits", { owner, stateDir });
    await until(replica, (entries) => entries[0]?.text() === wanted);
  };
  await visit("1");
  await store.put("btc", "2");
  await visit("2");
});

test("KvStore.open() finds the same replica, or says that it is open otherwise", async () => {
  await using agent = await bounded(Agents.create());
  await using store = await KvStore.open(agent, "limits");
  await using same = await KvStore.open(agent, "limits", { owner: agent.agentId });
  await store.put("btc", "1");
  assertEquals(await same.keys(), ["btc"]);
  await refused(KvStore.open(agent, "limits", { policy: "append_only" }), "kv_open_otherwise");
  await refused(KvStore.open(agent, "limits", { policy: "self_keyed" }), "kv_open_otherwise");
  const owner = AgentId.fromHex("07".repeat(32));
  await refused(KvStore.open(agent, "limits", { owner }), "kv_open_otherwise");
});

test("KvStore refuses wrong arguments before anything is opened", async () => {
  await using agent = await bounded(Agents.create());
  await assertRejects(() => KvStore.open(agent, ""), RangeError, "topic");
  const policy = "encrypted" as "signed";
  await assertRejects(() => KvStore.open(agent, "t", { policy }), TypeError, "encrypted");
  const owner = agent.agentId;
  await assertRejects(() => KvStore.open(agent, "t", { policy: "self_keyed", owner }), TypeError);
  const text = "07".repeat(32) as unknown as AgentId;
  await assertRejects(() => KvStore.open(agent, "t", { owner: text }), TypeError, "AgentId");
  await using store = await KvStore.open(agent, "t");
  await assertRejects(() => store.put("x".repeat(1025), ""), RangeError, "1025");
  await assertRejects(() => store.put("x", new Uint8Array(65_537)), RangeError, "65537");
  await assertRejects(() => store.put("x", 1 as unknown as string), TypeError, "value");
  await assertRejects(() => store.put("x", "", { contentType: "x".repeat(257) }), RangeError);
  await store.put("x", new Uint8Array(65_536));
  const signal = AbortSignal.abort();
  await assertRejects(() => store.put("x", "", { signal }), CancelledError);
});

test("KvStore says so when it, its agent or the network is closed", async () => {
  await using offline = await bounded(Agents.create({ network: "offline" }));
  const error = await assertRejects(() => KvStore.open(offline, "t"), NetworkError);
  assertEquals(error.code, "network_offline");
  const agent = await bounded(Agents.create());
  const [store, closed] = [await KvStore.open(agent, "t"), await KvStore.open(agent, "t")];
  await closed.close();
  await closed.close();
  assert(closed.closed && !store.closed);
  await bounded(agent.close());
  for (const one of [store, closed]) {
    for (
      const use of [
        () => one.put("x", ""),
        () => one.get("x"),
        () => one.delete("x"),
        () => one.keys(),
        () => one.entries(),
        () => one.changes().next(),
      ]
    ) await assertRejects(use, ClosedError);
  }
  await assertRejects(() => KvStore.open(agent, "t"), ClosedError);
});
