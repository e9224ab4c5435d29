import { assert, assertEquals, assertRejects } from "@std/assert";
import { Agent, type DirectMessage, type DirectSubscription } from "../../src/agent/mod.ts";
import { CancelledError, ClosedError, NetworkError } from "../../src/errors.ts";
import { AgentId } from "../../src/identity/mod.ts";
import { test } from "../harness.ts";
import { bounded, Mesh } from "./harness.ts";

/** The next direct messages. */
async function takeDirect(inbox: DirectSubscription, count: number): Promise<DirectMessage[]> {
  const messages: DirectMessage[] = [];
  while (messages.length < count) {
    const { value, done } = await inbox.next();
    if (done) break;
    messages.push(value);
  }
  return messages;
}

/** Sends until one arrives: what comes before the sender's announcement is not verified. */
async function untilKnown(sender: Agent, receiver: Agent, inbox: DirectSubscription) {
  let heard = false;
  const first = inbox.next().then(() => heard = true);
  while (!heard) {
    await sender.direct.send(receiver.agentId, "hello");
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
}

/** The next messages that are not greetings. */
async function takeOthers(inbox: DirectSubscription, count: number): Promise<DirectMessage[]> {
  const messages: DirectMessage[] = [];
  while (messages.length < count) {
    const [message] = await takeDirect(inbox, 1);
    if (message === undefined) break;
    if (message.text() !== "hello") messages.push(message);
  }
  return messages;
}

test("DirectMessages.send() reaches one agent, acknowledged, both ways", async () => {
  await using mesh = await Mesh.of(3);
  for (const [from, to] of [[0, 1], [1, 2]] as const) {
    const [sender, receiver] = [mesh.agent(from), mesh.agent(to)];
    await using inbox = await receiver.direct.subscribe();
    await bounded(untilKnown(sender, receiver, inbox));
    const before = Date.now();
    const receipt = await bounded(sender.direct.send(receiver.agentId, JSON.stringify({ a: 1 })));
    assertEquals(receipt, { path: "connection", acknowledged: true });
    const [message] = await bounded(takeOthers(inbox, 1));
    assert(message);
    assertEquals(message.json(), { a: 1 });
    assertEquals(message.sender.toHex(), sender.agentId.toHex());
    assertEquals(message.machineId.toHex(), sender.machineId.toHex());
    assertEquals([message.verified, message.trust], [true, "unknown"]);
    assert(message.receivedAt >= before - 1000 && message.receivedAt <= Date.now());
  }
});

test("DirectMessages.send() can go through the encrypted inbox", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  await using inbox = await receiver.direct.subscribe();
  await bounded(untilKnown(sender, receiver, inbox));
  const send = async (): Promise<string> => {
    // The inbox is announced when it starts; the announcement may still be on its way.
    for (;;) {
      try {
        const options = { inboxOnly: true, timeoutMs: 10_000 };
        return (await sender.direct.send(receiver.agentId, "secret", options)).path;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  assertEquals(await bounded(send()), "inbox");
  const [message] = await bounded(takeOthers(inbox, 1));
  assertEquals([message?.text(), message?.verified], ["secret", true]);
});

test("Messages wait for the first subscription", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  for (let number = 0; number < 20; number++) {
    await bounded(sender.direct.send(receiver.agentId, `${number}`));
  }
  await using inbox = await receiver.direct.subscribe({ unverified: true });
  const early = (await bounded(takeDirect(inbox, 20))).map((message) => message.text());
  assertEquals(early, Array.from({ length: 20 }, (_, number) => `${number}`));
  assertEquals(inbox.dropped, 0);

  // And between subscriptions.
  await inbox.close();
  await bounded(sender.direct.send(receiver.agentId, "in between"));
  await using again = await receiver.direct.subscribe({ unverified: true });
  assertEquals((await bounded(takeDirect(again, 1)))[0]?.text(), "in between");
});

test("Every subscription gets every message, and losses are counted", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  await using all = await agent.direct.subscribe();
  await using few = await agent.direct.subscribe({ capacity: 4, overflow: "drop_oldest" });
  for (let number = 0; number < 100; number++) {
    const receipt = await bounded(agent.direct.send(agent.agentId, `${number}`));
    assertEquals(receipt, { path: "loopback", acknowledged: true });
  }
  assertEquals((await bounded(takeDirect(all, 100))).at(-1)?.text(), "99");
  let received = 0;
  for await (const message of few) {
    received++;
    if (message.text() === "99") break;
  }
  assertEquals(received + few.dropped, 100);
  assertEquals(all.dropped, 0);
});

test("What cannot be delivered is a typed error", async () => {
  await using mesh = await Mesh.of(1);
  const agent = mesh.agent(0);
  const nobody = AgentId.fromHex("09".repeat(32));
  const error = await assertRejects(
    () => bounded(agent.direct.send(nobody, "x", { timeoutMs: 300 })),
    NetworkError,
    "Cannot send a direct message",
  );
  assert(["direct_unknown_recipient", "direct_unacknowledged"].includes(error.code), error.code);
  assertEquals(error.data.agent, nobody.toHex());

  const sent = agent.direct.send(nobody, "x", { signal: AbortSignal.timeout(50) });
  await assertRejects(() => bounded(sent), CancelledError);
  await assertRejects(() => agent.direct.send(nobody, new Uint8Array(49_153)), RangeError, "49152");
  await assertRejects(() => agent.direct.send("x" as never, "x"), TypeError);
  await assertRejects(() => agent.direct.send(nobody, 5 as never), TypeError);
  await assertRejects(() => agent.direct.send(nobody, "x", { timeoutMs: 0 }), RangeError);

  await using offline = await Agent.create({ network: "offline" });
  const none = await assertRejects(() => offline.direct.send(nobody, "x"), NetworkError);
  assertEquals(none.code, "network_offline");
});

test("A peer that has gone is unreachable", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  await bounded(sender.direct.send(receiver.agentId, "are you there"));
  await bounded(receiver.close());
  const error = await assertRejects(
    () => bounded(sender.direct.send(receiver.agentId, "still there", { timeoutMs: 3000 })),
    NetworkError,
  );
  assert(/^direct_(unreachable|unacknowledged|failed)$/.test(error.code), error.code);
});

test("Direct messages work again after leaving and joining, and end on close", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  const before = await receiver.direct.subscribe();
  await bounded(receiver.leaveNetwork());
  assertEquals((await bounded(before.next())).done, true);
  await assertRejects(() => receiver.direct.subscribe(), ClosedError);
  await bounded(receiver.joinNetwork());
  await using inbox = await receiver.direct.subscribe();
  await bounded(untilKnown(sender, receiver, inbox));
  await bounded(receiver.close());
  for await (const message of inbox) assertEquals(message.text(), "hello");
  assertEquals(inbox.closed, true);
  await assertRejects(() => receiver.direct.send(sender.agentId, "x"), ClosedError);
});

test("A signal ends a direct subscription, and leaving its loop closes it", async () => {
  await using agent = await bounded(Agent.create({ network: "offline" }));
  const controller = new AbortController();
  const aborted = await agent.direct.subscribe({ signal: controller.signal });
  const pending = aborted.next();
  controller.abort();
  assertEquals((await bounded(pending)).done, true);

  const left = await agent.direct.subscribe();
  await bounded(agent.direct.send(agent.agentId, "one"));
  for await (const _ of left) break;
  assertEquals(left.closed, true);
});
