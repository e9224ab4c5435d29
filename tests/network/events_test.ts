import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import {
  Agent,
  type AgentEvent,
  type AgentEvents,
  type AgentEventType,
} from "../../src/agent/mod.ts";
import { TaskList } from "../../src/tasks/mod.ts";
import { ClosedError, TendonError } from "../../src/errors.ts";
import { test, turn } from "../harness.ts";
import { bounded, Mesh, settled } from "../agent/harness.ts";

/** The next event of a type. */
function next<K extends AgentEventType>(
  agent: Agent,
  type: K,
  wanted: (event: AgentEvents[K]) => boolean = () => true,
): Promise<AgentEvents[K]> {
  const found = new Promise<AgentEvents[K]>((resolve) => {
    const listener = (event: AgentEvents[K]) => {
      if (!wanted(event)) return;
      agent.off(type, listener);
      resolve(event);
    };
    agent.on(type, listener);
  });
  return bounded(found);
}

/** Emits as many `task_updated` events as asked for, one after the other. */
async function trigger(agent: Agent, times = 1): Promise<void> {
  await using ear = await agent.subscribe("local:trigger");
  for (let at = 0; at < times; at++) {
    const heard = next(agent, "message");
    await bounded(agent.publish(ear.topic, String(at)));
    await heard;
  }
}

test("connected and disconnected tell of machines, peer_joined and peer_left of agents", async () => {
  await using alice = await bounded(Agent.create());
  const [connected, joined] = [next(alice, "connected"), next(alice, "peer_joined")];
  await bounded(alice.joinNetwork());
  const bob = await bounded(
    Agent.create({ name: "bob", network: { bootstrap: [alice.address!] } }),
  );
  await bounded(bob.joinNetwork());
  const edge = await connected;
  assertEquals(edge.peer.toHex(), bob.machineId.toHex());
  assertEquals(edge.address, bob.address);
  assert(Math.abs(edge.at - Date.now()) < 60_000);
  const member = await joined;
  assertEquals(member.agentId.toHex(), bob.agentId.toHex());
  assertEquals(member.machineId.toHex(), bob.machineId.toHex());

  const [gone, left] = [next(alice, "disconnected"), next(alice, "peer_left")];
  await settled();
  await bounded(bob.close());
  assertEquals((await gone).peer.toHex(), bob.machineId.toHex());
  assertEquals((await left).agentId.toHex(), bob.agentId.toHex());
});

test("Listeners survive leaving the network and coming back", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  const seen: string[] = [];
  second.on("connected", ({ peer }) => seen.push(`connected ${peer}`));
  second.on("disconnected", ({ peer }) => seen.push(`disconnected ${peer}`));
  await bounded(second.leaveNetwork());
  assertEquals(seen, [`disconnected ${first.machineId}`]);
  const back = next(second, "connected");
  await bounded(second.joinNetwork());
  assertEquals((await back).peer.toHex(), first.machineId.toHex());
});

test("message comes once however many subscriptions there are, and whether or not they are read", async () => {
  await using agent = await bounded(Agent.create());
  const seen: string[] = [];
  agent.on("message", ({ message }) => seen.push(`${message.topic} ${message.text()}`));
  await using _one = await agent.subscribe("local:echo");
  await using _two = await agent.subscribe("local:echo", { capacity: 1, overflow: "drop_newest" });
  const last = next(agent, "message", ({ message }) => message.text() === "9");
  for (let number = 0; number < 10; number++) {
    await bounded(agent.publish("local:echo", String(number)));
    await bounded(agent.publish("local:unheard", "x"));
  }
  const { message } = await last;
  assertEquals(message.sender.toHex(), agent.agentId.toHex());
  assertEquals(seen, Array.from({ length: 10 }, (_, number) => `local:echo ${number}`));
});

test("message also hears what a subscription from before the listener would", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using _ear = await second.subscribe("news");
  const heard = next(second, "message");
  const ticker = setInterval(() => void first.publish("news", "hello").catch(() => {}), 100);
  const { message } = await heard.finally(() => clearInterval(ticker));
  assertEquals([message.topic, message.text()], ["news", "hello"]);
  assertEquals(message.sender.toHex(), first.agentId.toHex());
});

test("task_updated tells of every open list, whatever changed it", async () => {
  await using mesh = await Mesh.of(2);
  const [first, second] = [mesh.agent(0), mesh.agent(1)];
  await using here = await TaskList.open(first, "work");
  const own = next(first, "task_updated");
  await using there = await TaskList.open(second, "work");
  await bounded(here.add("one"));
  assertEquals((await own).topic, "work");
  await bounded((async () => {
    for await (const { tasks } of there.changes()) if (tasks.length === 1) break;
  })());
  const remote = next(first, "task_updated");
  await bounded(there.add("two"));
  const { topic, revision } = await remote;
  assertEquals(topic, "work");
  assert(revision >= 2, `revision ${revision}`);
});

test("A listener that throws or rejects harms nobody and becomes an error event", async () => {
  await using agent = await bounded(Agent.create());
  const errors: unknown[] = [];
  let calls = 0;
  agent.on("error", ({ source, error }) => errors.push([source, (error as Error).message]));
  agent.on("message", () => {
    throw new Error("thrown");
  });
  agent.on("message", () => Promise.reject(new Error("rejected")));
  agent.on("message", () => calls++);
  await trigger(agent, 2);
  assertEquals(calls, 2);
  assertEquals(errors, [
    ["listener", "thrown"],
    ["listener", "rejected"],
    ["listener", "thrown"],
    ["listener", "rejected"],
  ]);
});

test("An error that nobody listens to is a warning of the process", async () => {
  await using agent = await bounded(Agent.create());
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  agent.once("message", () => {
    throw new Error("nobody listens");
  });
  await trigger(agent);
  assertEquals((await bounded(warned)).message, "nobody listens");

  const again = new Promise<Error>((resolve) => process.once("warning", resolve));
  agent.on("error", () => {
    throw new Error("the last resort fails");
  });
  agent.once("message", () => {
    throw new Error("first");
  });
  await trigger(agent);
  assertEquals((await bounded(again)).message, "the last resort fails");
});

test("Listeners follow the rules of Node's EventEmitter", async () => {
  await using agent = await bounded(Agent.create());
  const calls: string[] = [];
  const twice = () => calls.push("twice");
  agent.on("message", twice).on("message", twice);
  await trigger(agent);
  assertEquals(calls.splice(0), ["twice", "twice"]);
  agent.off("message", twice);
  await trigger(agent);
  assertEquals(calls.splice(0), ["twice"]);
  agent.off("message", twice).off("message", twice);

  const late = () => calls.push("late");
  const removed = () => calls.push("removed");
  const changing = () => {
    calls.push("changing");
    agent.off("message", changing);
    agent.off("message", removed);
    agent.on("message", late);
  };
  agent.on("message", changing).on("message", removed);
  await trigger(agent);
  assertEquals(calls.splice(0), ["changing", "removed"]);
  await trigger(agent);
  assertEquals(calls.splice(0), ["late"]);
  agent.off("message", late);

  const once = () => calls.push("once");
  agent.once("message", once).once("message", once);
  agent.off("message", once);
  await trigger(agent, 2);
  assertEquals(calls.splice(0), ["once"]);
});

test("A subscription that ends with an error is an error event too", async () => {
  await using agent = await bounded(Agent.create());
  const failed = next(agent, "error");
  await using ear = await agent.subscribe("local:flood", { capacity: 1, overflow: "fail" });
  for (let number = 0; number < 5; number++) await bounded(agent.publish(ear.topic, "x"));
  // The second finds the buffer full, unless it is read meanwhile.
  await bounded((async () => {
    while ((await agent.stats()).received < 2) await turn();
  })());
  await assertRejects(() =>
    bounded((async () => {
      while (!(await ear.next()).done);
    })())
  );
  const { source, error } = await failed;
  assertEquals(source, "subscription");
  assert(error instanceof TendonError);
  assertEquals(error.code, "stream_overflow");
});

test("Agent.events() gives all events and ends with closed", async () => {
  const agent = await bounded(Agent.create());
  const events = agent.events();
  await using _ear = await agent.subscribe("local:echo");
  await bounded(agent.publish("local:echo", "hello"));
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of events) {
      seen.push(event.type === "message" ? event.message.text() : event.type);
      if (event.type === "message") void agent.close();
    }
  })();
  await bounded(loop);
  assertEquals(seen, ["hello", "closed"]);
  await bounded(agent.close());
});

test("Agent.events() ends when its signal aborts, in the middle of waiting", async () => {
  await using agent = await bounded(Agent.create());
  const controller = new AbortController();
  const events = agent.events({ types: ["connected"], signal: controller.signal });
  const pending = events.next();
  controller.abort();
  assertEquals((await bounded(pending)).done, true);
  const aborted = agent.events({ signal: AbortSignal.abort() });
  assertEquals((await bounded(aborted.next())).done, true);
});

test("Agent.events() gives the types asked for, and several loops do not share", async () => {
  const agent = await bounded(Agent.create());
  const closings = agent.events({ types: ["closed"] });
  const messages = agent.events({ types: ["message", "closed"] });
  await trigger(agent);
  await bounded(agent.close());
  const types = async (events: AsyncIterable<AgentEvent>) => {
    const seen: string[] = [];
    for await (const { type } of events) seen.push(type);
    return seen;
  };
  assertEquals(await bounded(types(closings)), ["closed"]);
  assertEquals(await bounded(types(messages)), ["message", "closed"]);
});

test("Agent.events() fails when its reader falls too far behind", async () => {
  await using agent = await bounded(Agent.create());
  const events = agent.events({ types: ["message"], capacity: 2 });
  await trigger(agent, 3);
  assertEquals((await bounded(events.next())).done, false);
  assertEquals((await bounded(events.next())).done, false);
  const error = await assertRejects(() => bounded(events.next()), TendonError);
  assertEquals(error.code, "stream_overflow");
  assertEquals((await bounded(events.next())).done, true);
});

test("An offline agent has no events but error and closed", async () => {
  const agent = await bounded(Agent.create({ network: "offline" }));
  const seen: string[] = [];
  for (const type of ["connected", "message", "error", "closed"] as const) {
    agent.on(type, (event) => seen.push(event.type));
  }
  await bounded(agent.close());
  assertEquals(seen, ["closed"]);
});

test("Wrong events and listeners are refused, and a closed agent takes no more", async () => {
  const agent = await bounded(Agent.create({ network: "offline" }));
  assertThrows(() => agent.on("conected" as "connected", () => {}), TypeError, "conected");
  assertThrows(() => agent.on("toString" as "connected", () => {}), TypeError);
  assertThrows(() => agent.on("connected", 5 as unknown as () => void), TypeError, "function");
  assertThrows(() => agent.events({ types: ["x" as "connected"] }), TypeError);
  assertThrows(() => agent.events({ capacity: 0 }), RangeError);
  await bounded(agent.close());
  assertThrows(() => agent.on("connected", () => {}), ClosedError);
  assertThrows(() => agent.once("connected", () => {}), ClosedError);
  assertThrows(() => agent.events(), ClosedError);
  agent.off("connected", () => {});
});

/** Compiles, or does not: nobody calls it. */
export async function typesOfEvents(agent: Agent): Promise<void> {
  agent.on("connected", ({ peer, address, at }) => [peer.toHex(), address?.length, at + 1]);
  agent.on("message", ({ message }) => message.text());
  // @ts-expect-error There is no such event.
  agent.on("conected", () => {});
  // @ts-expect-error A connection carries no message.
  agent.on("connected", ({ message }) => message);
  // @ts-expect-error A listener takes the event of its type.
  agent.on("connected", (event: AgentEvents["message"]) => event);
  // @ts-expect-error There is no such event.
  agent.events({ types: ["conected"] });
  for await (const event of agent.events({ types: ["closed", "connected"] })) {
    const type: "closed" | "connected" = event.type;
    // @ts-expect-error Not asked for.
    if (type === "message") return;
  }
  for await (const event of agent.events()) {
    if (event.type === "peer_joined") event.agentId satisfies Agent["agentId"];
    // @ts-expect-error Only one of the events has it.
    event.agentId;
  }
}
