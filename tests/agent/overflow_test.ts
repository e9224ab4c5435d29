import { assert, assertEquals, assertRejects } from "@std/assert";
import { TendonError } from "../../src/errors.ts";
import { Agent, type Subscription } from "../../src/agent/mod.ts";
import { test } from "../harness.ts";
import { bounded, Mesh, untilHeard } from "./harness.ts";

const COUNT = 3000;
const CAPACITY = 16;

/** Publishes numbered payloads in batches of uneven size. */
async function publishNumbers(agent: Agent, topic: string): Promise<void> {
  for (let from = 0, size = 1; from < COUNT; from += size, size = size % 97 + 13) {
    const end = Math.min(from + size, COUNT);
    const payloads = Array.from({ length: end - from }, (_, at) => `${from + at}`);
    await agent.publishBatch(topic, payloads);
  }
}

/** Sequences received until the last one is here or known to be dropped, at a slow pace. */
async function readSlowly(ear: Subscription): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of ear) {
    if (sequence === undefined) continue;
    if (sequence >= COUNT) break;
    sequences.push(sequence);
    if (sequences.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return sequences;
}

/** Publishes until the reader has come to the end: the last payload can be dropped as well. */
async function publishUntil(agent: Agent, topic: string, done: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = done.then(() => ended = true);
  while (!ended) {
    await agent.publishBatch(topic, ["end"]);
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
}

for (const overflow of ["drop_oldest", "drop_newest", "block"] as const) {
  test(`overflow ${overflow}: a slow reader's messages are received or counted`, async () => {
    await using mesh = await Mesh.of(2);
    const sender = mesh.agent(0);
    await using ear = await mesh.agent(1).subscribe("flood", { capacity: CAPACITY, overflow });
    await using witness = await mesh.agent(1).subscribe("flood");
    await bounded(untilHeard(sender, ear));
    const reading = readSlowly(ear);
    await bounded(publishNumbers(sender, "flood"));
    // One message may overtake another: the end is published when all are here.
    for (let seen = 0; seen < COUNT;) {
      if ((await bounded(witness.next())).value?.sequence !== undefined) seen++;
    }
    await bounded(publishUntil(sender, "flood", reading));
    const sequences = await reading;
    assertEquals(new Set(sequences).size, sequences.length);
    if (overflow === "block") {
      assertEquals([sequences.length, ear.dropped], [COUNT, 0]);
      return;
    }
    assert(ear.dropped > 0);
    // Ends that were dropped count too, and only they can come on top.
    const missing = COUNT - sequences.length;
    assert(missing > 0 && ear.dropped >= missing, `${missing} missing, ${ear.dropped} counted`);
  });
}

test("Published is received and dropped, to the message", async () => {
  await using agent = await bounded(Agent.create());
  for (const overflow of ["drop_oldest", "drop_newest"] as const) {
    const topic = `local:${overflow}`;
    await using ear = await agent.subscribe(topic, { capacity: CAPACITY, overflow });
    await using witness = await agent.subscribe(topic);
    await bounded(publishNumbers(agent, topic));
    for (let seen = 0; seen < COUNT; seen++) await bounded(witness.next());
    // Nobody read: the buffer holds what it can, once the last batch has passed through.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    let received = 0;
    while (received + ear.dropped < (overflow === "drop_oldest" ? COUNT : CAPACITY)) {
      await bounded(ear.next());
      received++;
    }
    assertEquals(received, CAPACITY);
    if (overflow === "drop_newest") {
      // The loss is behind the last message and is told with the next one.
      await bounded(agent.publish(topic, "one more"));
      await bounded(ear.next());
    }
    assertEquals(ear.dropped, COUNT - CAPACITY);
  }
});

test("overflow fail delivers what was buffered and then says so", async () => {
  await using mesh = await Mesh.of(2);
  const sender = mesh.agent(0);
  await using ear = await mesh.agent(1).subscribe("flood", {
    capacity: CAPACITY,
    overflow: "fail",
  });
  await bounded(untilHeard(sender, ear));
  await bounded(publishNumbers(sender, "flood"));
  let received = 0;
  const error = await assertRejects(async () => {
    for await (const { sequence } of ear) if (sequence !== undefined) received++;
  }, TendonError);
  assertEquals(error.code, "stream_overflow");
  assert(received < COUNT);
  assertEquals(ear.closed, true);
  assertEquals((await ear.next()).done, true);
});

test("An abort in the middle of a batch ends the loop and leaves others alone", async () => {
  await using agent = await bounded(Agent.create());
  const controller = new AbortController();
  await using ear = await agent.subscribe("local:abort", { signal: controller.signal });
  await using witness = await agent.subscribe("local:abort");
  await bounded(agent.publishBatch("local:abort", Array.from({ length: 500 }, (_, at) => `${at}`)));
  let seen = 0;
  for await (const _ of ear) if (++seen === 10) controller.abort();
  assertEquals(seen, 10);
  for (let at = 0; at < 500; at++) {
    assertEquals((await bounded(witness.next())).value?.sequence, at);
  }
  assertEquals([witness.received, witness.dropped], [500, 0]);
});
