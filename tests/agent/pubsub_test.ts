import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClosedError, NetworkError, TendonError } from "../../src/errors.ts";
import { Agent, type Message, type Subscription } from "../../src/agent/mod.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, take, untilHeard } from "./harness.ts";

/** Publishes numbers to a topic of the agent's own, which nothing can delay or reorder. */
async function publishNumbers(agent: Agent, topic: string, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    await agent.publish(topic, JSON.stringify({ number }));
  }
}

const numberOf = (message: Message) => message.json<{ number: number }>().number;

test("Agent.publish() reaches the other agent, both ways", async () => {
  await using mesh = await Mesh.of(2);
  for (const [from, to] of [[0, 1], [1, 0]] as const) {
    const sender = mesh.agent(from);
    await using ear = await mesh.agent(to).subscribe("prices");
    await bounded(untilHeard(sender, ear));
    const before = Date.now();
    const { fanout } = await bounded(sender.publish("prices", JSON.stringify({ btc: 65_000 })));
    assertEquals(fanout, 1);
    const [message] = await bounded(take(ear, 1));
    assert(message);
    assertEquals(message.json(), { btc: 65_000 });
    assertEquals(message.topic, "prices");
    assertEquals(message.sender.toHex(), sender.agentId.toHex());
    assertEquals(message.verified, true);
    assertEquals(message.trust, "unknown");
    assert(message.receivedAt >= before - 1000 && message.receivedAt <= Date.now());
    assertEquals(message.timestamp, message.receivedAt);
  }
});

test("Agent.publish() carries any bytes, up to 1 MiB", async () => {
  await using mesh = await Mesh.of(2);
  await using ear = await mesh.agent(1).subscribe("bytes");
  await bounded(untilHeard(mesh.agent(0), ear));
  const large = new Uint8Array(2 ** 20).fill(0xff);
  await bounded(mesh.agent(0).publish("bytes", large));
  const [message] = await bounded(take(ear, 1));
  assertEquals(message?.payload.length, large.length);
  assert(message?.payload.every((byte) => byte === 0xff));
  assertThrows(() => message?.text(), TypeError);
  await assertRejects(
    () => mesh.agent(0).publish("bytes", new Uint8Array(2 ** 20 + 1)),
    RangeError,
    "1048577",
  );
});

test("Concurrent publishes all arrive", async () => {
  await using mesh = await Mesh.of(2);
  await using ear = await mesh.agent(1).subscribe("burst");
  await bounded(untilHeard(mesh.agent(0), ear));
  const sends = Array.from(
    { length: 100 },
    (_, number) => mesh.agent(0).publish("burst", JSON.stringify({ number })),
  );
  await bounded(Promise.all(sends));
  const numbers = (await bounded(take(ear, 100))).map(numberOf);
  assertEquals(new Set(numbers).size, 100);
});

test("Every subscriber of a topic hears every message", async () => {
  await using agent = await bounded(Agent.create());
  await using first = await agent.subscribe("local:echo");
  await using second = await agent.subscribe("local:echo");
  await using other = await agent.subscribe("local:other");
  await bounded(publishNumbers(agent, "local:echo", 3));
  await bounded(agent.publish("local:other", "x"));
  assertEquals((await bounded(take(first, 3))).map(numberOf), [0, 1, 2]);
  assertEquals((await bounded(take(second, 3))).map(numberOf), [0, 1, 2]);
  assertEquals((await bounded(take(other, 1))).map((message) => message.text()), ["x"]);
});

test("Leaving the loop unsubscribes", async () => {
  await using agent = await bounded(Agent.create());
  const ear = await agent.subscribe("local:echo");
  await bounded(publishNumbers(agent, "local:echo", 2));
  for await (const message of ear) {
    assertEquals(numberOf(message), 0);
    break;
  }
  assertEquals(ear.closed, true);
  assertEquals((await ear.next()).done, true);
});

test("A signal ends the loop in the middle", async () => {
  await using agent = await bounded(Agent.create());
  const controller = new AbortController();
  const ear = await agent.subscribe("local:echo", { signal: controller.signal });
  await bounded(publishNumbers(agent, "local:echo", 1));
  let seen = 0;
  const loop = (async () => {
    for await (const _ of ear) {
      seen++;
      setTimeout(() => controller.abort());
    }
  })();
  await bounded(loop, 3000);
  assertEquals(seen, 1);
});

test("A signal that is aborted already refuses the subscription", async () => {
  await using agent = await bounded(Agent.create());
  const error = await assertRejects(
    () => agent.subscribe("news", { signal: AbortSignal.abort() }),
    TendonError,
  );
  assertEquals(error.code, "cancelled");
});

/** The numbers of a subscription up to `last`. */
async function numbersUpTo(ear: Subscription, last: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.at(-1) !== last) numbers.push(...(await take(ear, 1)).map(numberOf));
  return numbers;
}

/** Nothing tells that a buffer nobody reads is full: give it time. */
function overflowed(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

// Each subscription has a pace of its own natively: how much is lost is not fixed, that it is
// accounted for is.
test("overflow drop_oldest keeps the newest and counts the rest", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:flood", { capacity: 4, overflow: "drop_oldest" });
  await using witness = await agent.subscribe("local:flood");
  await bounded(publishNumbers(agent, "local:flood", 20));
  await bounded(take(witness, 20));
  await overflowed();
  const numbers = await bounded(numbersUpTo(ear, 19));
  assertEquals(numbers.length + ear.dropped, 20);
  assert(ear.dropped > 0 && numbers.length < 20);
  assertEquals(numbers, numbers.toSorted((one, other) => one - other));
});

test("overflow drop_newest keeps the oldest and counts the rest", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:flood", { capacity: 4, overflow: "drop_newest" });
  await using witness = await agent.subscribe("local:flood");
  await bounded(publishNumbers(agent, "local:flood", 20));
  await bounded(take(witness, 20));
  await overflowed();
  const first = (await bounded(take(ear, 4))).map(numberOf);
  assertEquals(first, [0, 1, 2, 3]);
  await bounded(agent.publish("local:flood", JSON.stringify({ number: 99 })));
  const rest = await bounded(numbersUpTo(ear, 99));
  assertEquals(first.length + rest.length + ear.dropped, 21);
  assert(ear.dropped > 0);
});

test("overflow fail ends with an error after what was buffered", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:flood", { capacity: 2, overflow: "fail" });
  await using witness = await agent.subscribe("local:flood");
  await bounded(publishNumbers(agent, "local:flood", 5));
  await bounded(take(witness, 5));
  await overflowed();
  assertEquals((await bounded(take(ear, 2))).map(numberOf), [0, 1]);
  const error = await assertRejects(() => bounded(ear.next()), TendonError);
  assertEquals(error.code, "stream_overflow");
});

test("overflow block loses nothing", async () => {
  await using agent = await bounded(Agent.create());
  await using ear = await agent.subscribe("local:flood", { capacity: 1, overflow: "block" });
  await bounded(publishNumbers(agent, "local:flood", 40));
  const numbers = (await bounded(take(ear, 40))).map(numberOf);
  assertEquals(numbers, Array.from({ length: 40 }, (_, number) => number));
  assertEquals(ear.dropped, 0);
});

test("Reserved and empty topics are refused", async () => {
  await using agent = await bounded(Agent.create());
  for (const topic of ["x0x.caps", "x0x/anything", "tasks/list", "kv/store"]) {
    for (const use of [() => agent.publish(topic, "x"), () => agent.subscribe(topic)]) {
      const error = await assertRejects(use, NetworkError);
      assertEquals(error.code, "network_reserved_topic");
    }
  }
  await assertRejects(() => agent.publish("", "x"), RangeError);
  await assertRejects(() => agent.subscribe("t".repeat(65_536)), RangeError);
  await assertRejects(() => agent.publish("news", 5 as unknown as string), TypeError);
  await assertRejects(() => agent.subscribe("news", { capacity: 0 }), RangeError);
});

test("Closing the agent under a pending publish is a typed error or a success", async () => {
  const agent = await bounded(Agent.create());
  const sends = Array.from({ length: 20 }, () => agent.publish("news", "x"));
  const closed = agent.close();
  for (const result of await bounded(Promise.allSettled(sends))) {
    if (result.status === "rejected") assert(result.reason instanceof ClosedError, result.reason);
  }
  await bounded(closed);
});
