import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { call } from "../../ffi/call.ts";
import { sharedHandle } from "../../src/_native_handle.ts";
import { Agent, type Message, type Subscription } from "../../src/agent/mod.ts";
import { CancelledError, ClosedError, NetworkError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, take, untilHeard } from "./harness.ts";

const encoder = new TextEncoder();
const MAGIC = encoder.encode("\u0089TNDN\r\n").slice(1);

/** The next messages that came in a batch. */
async function takeBatched(ear: Subscription, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const { value, done } = await ear.next();
    if (done) break;
    if (value.sequence !== undefined) messages.push(value);
  }
  return messages;
}

/** Publishes bytes as no agent would. */
async function publishRaw(agent: Agent, topic: string, attachment: Uint8Array): Promise<void> {
  const action = "publish raw bytes";
  const request = { agent: sharedHandle(agent, action), topic };
  await call("diagnostics.publishRaw", request, { action, attachment });
}

test("Agent.publishBatch() carries any payloads in order, each with its sequence", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  await using ear = await receiver.subscribe("batches");
  await bounded(untilHeard(sender, ear));
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 20 }).map((rest) => new Uint8Array([...MAGIC, ...rest])),
  );
  const lists = fc.array(payload, { minLength: 1, maxLength: 60 });
  let next = 0;
  await fc.assert(
    fc.asyncProperty(lists, async (payloads) => {
      const sent = await bounded(sender.publishBatch("batches", payloads));
      assertEquals(sent, { fanout: 1, count: payloads.length, messages: 1, firstSequence: next });
      const arrived = await bounded(takeBatched(ear, payloads.length));
      const bytes = payloads.map((one) => typeof one === "string" ? encoder.encode(one) : one);
      assertEquals(arrived.map((message) => [...message.payload]), bytes.map((one) => [...one]));
      for (const message of arrived) {
        assertEquals(message.sequence, next++);
        assertEquals(message.sender.toHex(), sender.agentId.toHex());
        assertEquals(message.epoch, arrived[0]?.epoch);
        assert(Number.isSafeInteger(message.epoch));
        assertEquals(message.verified, true);
      }
    }),
    { numRuns: 25 },
  );
  assertEquals([ear.malformed, ear.duplicates, ear.dropped], [0, 0, 0]);
});

test("Agent.publishBatch() fills messages of 1 MiB and takes what fits into none", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:large");
  const large = new Uint8Array(2 ** 20).fill(7);
  const sent = await bounded(agent.publishBatch("local:large", [large, "a", large, "b", "c"]));
  assertEquals([sent.count, sent.messages], [5, 4]);
  const sizes = (await bounded(take(ear, 5))).map((message) => message.payload.length);
  assertEquals(sizes, [large.length, 1, large.length, 1, 1]);

  const none = await bounded(agent.publishBatch("local:large", []));
  assertEquals(none, { fanout: 0, count: 0, messages: 0 });
  await assertRejects(
    () => agent.publishBatch("local:large", ["a", new Uint8Array(2 ** 20 + 1)]),
    RangeError,
    "payload 1",
  );
  await assertRejects(() => agent.publishBatch("t", ["é".repeat(2 ** 19 + 1)]), RangeError);
  await assertRejects(() => agent.publishBatch("t", Array(65).fill(large)), RangeError, "64");
  await assertRejects(() => agent.publishBatch("t", "text"), TypeError);
  await assertRejects(() => agent.publishBatch("t", large as never), TypeError);
  await assertRejects(() => agent.publishBatch("t", [5 as never]), TypeError, "payload 0");
  await assertRejects(() => agent.publishBatch("", ["a"]), RangeError);
});

test("Sequences count per topic, and batches published at once stay contiguous", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:one");
  const batch = Array.from({ length: 50 }, (_, at) => `${at}`);
  const sent = await bounded(
    Promise.all(Array.from({ length: 4 }, () => agent.publishBatch("local:one", batch))),
  );
  // Calls that run at once take turns in any order.
  const firsts = sent.map((one) => one.firstSequence).toSorted((one, two) => one! - two!);
  assertEquals(firsts, [0, 50, 100, 150]);
  const other = await bounded(agent.publishBatch("local:other", ["x"]));
  assertEquals(other.firstSequence, 0);
  const messages = (await bounded(take(ear, 200)))
    .toSorted((one, two) => one.sequence! - two.sequence!);
  assertEquals(messages.map((message) => message.sequence), [...Array(200).keys()]);
  assertEquals(messages.map((message) => message.text()), [...batch, ...batch, ...batch, ...batch]);
});

test("Agent.publish() of what begins like a batch arrives as it was", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:odd");
  for (const rest of ["", "\x01", "\x02plain", "\x01".repeat(40)]) {
    const payload = new Uint8Array([...MAGIC, ...encoder.encode(rest)]);
    await bounded(agent.publish("local:odd", payload));
    const [message] = await bounded(take(ear, 1));
    assertEquals(message?.payload, payload);
    assertEquals(message?.sequence, undefined);
    assertEquals(message?.epoch, undefined);
  }
  assertEquals(ear.malformed, 0);
});

test("Malformed batches and copies of a batch are dropped whole and counted", async () => {
  await using mesh = await Mesh.of(2);
  const sender = mesh.agent(0);
  await using ear = await mesh.agent(1).subscribe("hostile");
  await bounded(untilHeard(sender, ear));
  const head = (kind: number, sequence: number, count: number) => {
    const bytes = new Uint8Array(28);
    const view = new DataView(bytes.buffer);
    bytes.set(MAGIC);
    bytes[7] = kind;
    view.setBigUint64(8, 77n, true);
    view.setBigUint64(16, BigInt(sequence), true);
    view.setUint32(24, count, true);
    return bytes;
  };
  const item = (length: number, text: string) => {
    const bytes = new Uint8Array(4 + text.length);
    new DataView(bytes.buffer).setUint32(0, length, true);
    bytes.set(encoder.encode(text), 4);
    return bytes;
  };
  const join = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
  const good = join(head(1, 0, 2), item(1, "a"), item(1, "b"));
  const malformed = [
    MAGIC, // cut behind the magic
    head(1, 0, 1).subarray(0, 20), // cut in the head
    head(1, 0, 0), // no payload
    join(head(1, 0, 2), item(1, "x")), // fewer than announced
    join(head(1, 0, 1), item(1, "x"), item(1, "y")), // more than announced
    join(head(1, 0, 0xffff_ffff), item(1, "x")), // an absurd count
    join(head(1, 0, 1), item(0xffff_ffff, "x")), // an absurd length
    join(head(1, 0, 2), item(1, "x"), item(9, "y")), // the last length lies
    join(head(1, 2 ** 53, 1), item(1, "x")), // a sequence that no number holds
    join(head(9, 0, 1), item(1, "x")), // a version to come
    join(head(2, 0, 1), item(1, "x")), // quotes what needs no quoting
  ];
  for (const bytes of [good, ...malformed, good, join(head(1, 1, 2), item(1, "b"), item(1, "c"))]) {
    await bounded(publishRaw(sender, "hostile", bytes));
  }
  const texts: string[] = [];
  // A message may overtake another: publish until everything was counted.
  while (ear.malformed < malformed.length || ear.duplicates < 2) {
    await bounded(sender.publish("hostile", "go on"));
    texts.push(...(await bounded(take(ear, 1))).map((message) => message.text()));
  }
  while (!texts.includes("b")) {
    await bounded(sender.publish("hostile", "go on"));
    texts.push(...(await bounded(take(ear, 1))).map((message) => message.text()));
  }
  const batched = texts.filter((text) => text !== "go on");
  // The overlapping copy may have overtaken the first: then that one is the duplicate.
  assert(["a,b", "b,c"].includes(batched.join()), batched.join());
  assertEquals([ear.malformed, ear.duplicates], [malformed.length, 2]);
});

test("A batch stops when its signal aborts or its agent closes", async () => {
  const agent = await bounded(Agent.create());
  const payloads = Array.from({ length: 40 }, () => new Uint8Array(2 ** 20));
  const controller = new AbortController();
  const sent = agent.publishBatch("large", payloads, { signal: controller.signal });
  controller.abort();
  await assertRejects(() => bounded(sent), CancelledError);
  await assertRejects(
    () => agent.publishBatch("large", payloads, { signal: AbortSignal.abort() }),
    CancelledError,
  );
  const closed = agent.publishBatch("large", payloads);
  const closing = agent.close();
  await assertRejects(() => bounded(closed), ClosedError);
  await bounded(closing);
  await assertRejects(() => agent.publishBatch("large", ["x"]), ClosedError);
  await using offline = await Agent.create({ network: "offline" });
  const error = await assertRejects(() => offline.publishBatch("news", ["x"]), NetworkError);
  assertEquals(error.code, "network_offline");
  const reserved = await assertRejects(() => offline.publishBatch("kv/x", ["x"]), NetworkError);
  assertEquals(reserved.code, "network_reserved_topic");
});
