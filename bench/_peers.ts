/**
 * Other message buses on loopback, for the benches: two clients of one NATS server, and two libp2p
 * nodes with gossipsub.
 *
 * What they do not do: NATS signs nothing and sends everything through one server; gossipsub signs
 * each message once with Ed25519, which is not post-quantum. An agent signs each message twice with
 * ML-DSA-65 and verifies it twice.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { gossipsub } from "@chainsafe/libp2p-gossipsub";
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { connect } from "nats";

/** A bus with one publisher and one subscriber. */
export interface Bus {
  readonly name: string;
  /** Resolves when another message may be published. */
  publish(payload: Uint8Array): Promise<unknown>;
  /** Resolves when so many messages of that size have arrived from now on. */
  hear(count: number, bytes: number): Promise<void>;
  close(): Promise<void>;
}

const SUBJECT = "bench";
const SERVER = Deno.env.get("NATS_SERVER") ?? "nats-server";

/** Counts messages for whoever waits. */
class Ear {
  #left = 0;
  #bytes = 0;
  #done = () => {};

  take(length: number): void {
    if (length === this.#bytes && this.#left > 0 && --this.#left === 0) this.#done();
  }

  hear(count: number, bytes: number): Promise<void> {
    this.#left = count;
    this.#bytes = bytes;
    return new Promise((resolve) => this.#done = resolve);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}

/** Two clients of a server of their own; undefined, and said so, where the program is missing. */
export async function openNats(): Promise<Bus | undefined> {
  const port = await freePort();
  const server = spawn(SERVER, ["--addr", "127.0.0.1", "--port", `${port}`], { stdio: "ignore" });
  const missing = new Promise<boolean>((resolve) => server.once("error", () => resolve(true)));
  const started = new Promise<boolean>((resolve) => server.once("spawn", () => resolve(false)));
  if (await Promise.race([missing, started])) {
    console.warn(`nats-server was not found: install it or set NATS_SERVER; NATS is left out`);
    return undefined;
  }
  const options = { servers: `127.0.0.1:${port}`, waitOnFirstConnect: true, reconnectTimeWait: 50 };
  const [one, other] = await Promise.all([connect(options), connect(options)]);
  const ear = new Ear();
  other.subscribe(SUBJECT, { callback: (_, message) => ear.take(message.data.length) });
  await other.flush();
  return {
    name: "NATS",
    publish: (payload) => Promise.resolve(one.publish(SUBJECT, payload)),
    hear: (count, bytes) => ear.hear(count, bytes),
    async close() {
      await Promise.all([one.close(), other.close()]);
      server.kill();
    },
  };
}

/** Two nodes in this process: TCP, Noise, Yamux, messages signed with Ed25519. */
export async function openGossipsub(): Promise<Bus> {
  const node = () =>
    createLibp2p({
      addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }),
      },
    });
  const [one, other] = await Promise.all([node(), node()]);
  await other.dial(one.getMultiaddrs());
  const ear = new Ear();
  other.services.pubsub.addEventListener("message", ({ detail }) => ear.take(detail.data.length));
  other.services.pubsub.subscribe(SUBJECT);
  one.services.pubsub.subscribe(SUBJECT);
  const heard = ear.hear(1, 1);
  const tick = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50));
  while (await Promise.race([heard.then(() => false), tick()])) {
    await one.services.pubsub.publish(SUBJECT, new Uint8Array(1));
  }
  return {
    name: "gossipsub",
    publish: (payload) => one.services.pubsub.publish(SUBJECT, payload),
    hear: (count, bytes) => ear.hear(count, bytes),
    async close() {
      await Promise.all([one.stop(), other.stop()]);
    },
  };
}
