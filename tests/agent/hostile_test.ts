import { assertEquals } from "@std/assert";
import { createSocket } from "node:dgram";
import { randomBytes } from "node:crypto";
import { test } from "../harness.ts";
import { bounded, Mesh, take, untilHeard } from "./harness.ts";

/** Sends datagrams from a socket that speaks no QUIC. */
async function throwAt(address: string, datagrams: Iterable<Uint8Array>): Promise<void> {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const socket = createSocket("udp4");
  try {
    for (const datagram of datagrams) {
      await new Promise<void>((resolve, reject) =>
        socket.send(datagram, port, "127.0.0.1", (error) => error ? reject(error) : resolve())
      );
    }
  } finally {
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}

/** Noise, and what begins like the packets of a QUIC handshake or of a connection. */
function* junk(count: number): Generator<Uint8Array> {
  const sizes = [0, 1, 20, 100, 1200, 1472, 9000];
  const beginnings = [
    [],
    [0xc0, 0, 0, 0, 1, 8], // an initial packet of version 1
    [0xc3, 0xff, 0xff, 0xff, 0xff, 20], // of a version that does not exist
    [0x80, 0, 0, 0, 0, 255], // a version negotiation with a length that lies
    [0xf0, 0, 0, 0, 1, 0], // a retry
    [0x40], // data of a connection
  ];
  for (let at = 0; at < count; at++) {
    const bytes = new Uint8Array(randomBytes(sizes[at % sizes.length]!));
    bytes.set(beginnings[at % beginnings.length]!.slice(0, bytes.length));
    yield bytes;
  }
}

test("Datagrams that are no QUIC do not disturb an agent", async () => {
  await using mesh = await Mesh.of(2);
  const [sender, receiver] = [mesh.agent(0), mesh.agent(1)];
  await using ear = await receiver.subscribe("calm");
  await bounded(untilHeard(sender, ear));
  const attack = Promise.all(
    mesh.agents.map((agent) => throwAt(agent.address!, junk(1500))),
  );
  for (let number = 0; number < 50; number++) {
    await bounded(sender.publish("calm", `${number}`));
  }
  await bounded(attack);
  const texts = (await bounded(take(ear, 50))).map((message) => message.text());
  assertEquals(new Set(texts).size, 50);
  assertEquals(ear.malformed, 0);
  assertEquals((await sender.peers()).length, 1);

  // Also the way back, and a newcomer.
  await using back = await sender.subscribe("back");
  await bounded(untilHeard(receiver, back));
  await bounded(receiver.publish("back", "still here"));
  assertEquals((await bounded(take(back, 1)))[0]?.text(), "still here");
});
