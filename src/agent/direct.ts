/**
 * Direct messages: from one agent to another, acknowledged, outside of any topic.
 *
 * @module
 */

import { call } from "../../ffi/call.ts";
import { openStream } from "../../ffi/stream.ts";
import { checkInteger } from "../_check.ts";
import { AgentId, MachineId } from "../identity/mod.ts";
import { payloadBytes } from "./_batch.ts";
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from "./joining.ts";
import { SenderReader, trustLevel } from "./_message_decoder.ts";
import type { TrustLevel } from "./message.ts";
import { MessageStream } from "./message_stream.ts";
import { streamOptions, type SubscribeOptions } from "./subscription.ts";

/** How a direct message is sent. */
export interface SendDirectOptions {
  /**
   * Whether to wait until the recipient's machine has confirmed the message. Without, it is on its
   * way when the call resolves, and nobody tells whether it arrives.
   *
   * @default {true}
   */
  ack?: boolean;
  /**
   * Goes through the recipient's inbox even if the machines are connected: encrypted for the
   * recipient from end to end, and confirmed by the recipient itself, which must have subscribed to
   * direct messages.
   *
   * @default {false}
   */
  inboxOnly?: boolean;
  /**
   * How long everything may take: finding the recipient, connecting, the confirmation.
   *
   * @default {30_000}
   */
  timeoutMs?: number;
  /** Stops the wait; a message that is on its way may still arrive. */
  signal?: AbortSignal;
}

/**
 * Which way a direct message went: over the `connection` of the two machines, encrypted through
 * gossip to the recipient's `inbox`, or back to the agent itself.
 */
export type DirectPath = "connection" | "inbox" | "loopback";

/** What became of a direct message. */
export interface DirectReceipt {
  /** Which way it went. */
  path: DirectPath;
  /** Whether the recipient's machine has confirmed it. It says nothing about who reads it. */
  acknowledged: boolean;
}

/** How direct messages are heard. */
export interface SubscribeDirectOptions extends SubscribeOptions {
  /**
   * Whether to deliver messages whose sender is not verified: the name of such a sender is only a
   * claim. They have {@linkcode DirectMessage.verified} false.
   *
   * @default {false}
   */
  unverified?: boolean;
}

/** The facts of a direct message. */
export interface DirectMessageInit {
  /** Who sent it. */
  sender: AgentId;
  /** The machine it came from. */
  machineId: MachineId;
  /** What was sent. */
  payload: Uint8Array;
  /** When it arrived here, in milliseconds since the epoch. */
  receivedAt: number;
  /** Whether the sender is known to run on that machine. */
  verified: boolean;
  /** What this agent's contacts say about the sender. */
  trust: TrustLevel;
}

/** Largest payload: what the inbox carries. */
const MAX_DIRECT_BYTES = 49_152;
const ID_BYTES = 32;
const HEAD_BYTES = 80;
const VERIFIED = 1;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A direct message as one subscriber received it. */
export class DirectMessage implements DirectMessageInit {
  /** Who sent it. */
  readonly sender: AgentId;
  /** The machine it came from; proven by the connection, or by the sender's signature. */
  readonly machineId: MachineId;
  /** What was sent; the receiver owns the bytes. */
  readonly payload: Uint8Array;
  /** When it arrived here, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Whether the sender is known to run on that machine; otherwise its name is only a claim. */
  readonly verified: boolean;
  /** What this agent's contacts say about the sender. Messages of blocked senders never arrive. */
  readonly trust: TrustLevel;

  /** Made by a subscription. */
  constructor(init: DirectMessageInit) {
    this.sender = init.sender;
    this.machineId = init.machineId;
    this.payload = init.payload;
    this.receivedAt = init.receivedAt;
    this.verified = init.verified;
    this.trust = init.trust;
  }

  /**
   * The payload as text.
   *
   * @throws {TypeError} If it is not UTF-8.
   */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * The payload parsed as JSON.
   *
   * @typeParam T What the caller expects; nothing checks it.
   * @throws {TypeError} If it is not UTF-8.
   * @throws {SyntaxError} If it is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }
}

/**
 * Direct messages to an agent, in order of arrival. Made by {@linkcode DirectMessages.subscribe}.
 *
 * Ends when it is closed, its signal aborts, or its agent closes or leaves the network. Leaving a
 * `for await` loop closes it. It can be iterated once.
 */
export class DirectSubscription extends MessageStream<DirectMessage> {
  /**
   * Messages that this subscription has lost so far, as far as the reader has come: to the overflow
   * policy, because the mailbox was full before anybody subscribed, or because their sender could
   * not be verified.
   */
  override get dropped(): number {
    return super.dropped;
  }
}

/**
 * Sends and receives direct messages; {@linkcode Agent.direct}.
 *
 * @example Two agents talk in private
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { assertEquals } from "@std/assert";
 *
 * await using alice = await Agent.create();
 * await alice.joinNetwork();
 * await using bob = await Agent.create({ network: { bootstrap: [alice.address!] } });
 * await bob.joinNetwork();
 *
 * await using inbox = await bob.direct.subscribe();
 * const receipt = await alice.direct.send(bob.agentId, "the key is under the mat");
 * assertEquals(receipt.acknowledged, true);
 * const { value } = await inbox.next();
 * assertEquals(value?.text(), "the key is under the mat");
 * assertEquals(value?.sender.toHex(), alice.agentId.toHex());
 * ```
 */
export class DirectMessages {
  readonly #handle: (action: string) => number;

  /** Made by an agent; `handle` gives its native object or throws. */
  constructor(handle: (action: string) => number) {
    this.#handle = handle;
  }

  /**
   * Sends a message to one agent. It waits for the recipient's announcement, connects if need be,
   * and falls back to the encrypted inbox if there is no connection. An agent that has not joined
   * the network does so now. Delivery is at least once: a message whose confirmation got lost may
   * arrive twice.
   *
   * @param to The recipient. The agent itself is allowed, also offline.
   * @param payload At most 48 KiB; a string goes as UTF-8.
   * @throws {RangeError} If the payload is too large.
   * @throws {NetworkError} `direct_unknown_recipient` if no announcement arrives,
   * `direct_unreachable` if there is no way to it, `direct_unacknowledged` if nobody confirms in
   * time, `direct_busy`, `direct_rejected`, `direct_failed`, `network_offline`.
   * @throws {IdentityError} `identity_bad_key` if the key file of the agent's inbox is damaged.
   * @throws {CancelledError} If the signal aborts.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async send(
    to: AgentId,
    payload: Uint8Array | string,
    options: SendDirectOptions = {},
  ): Promise<DirectReceipt> {
    const action = "send a direct message";
    if (!(to instanceof AgentId)) {
      throw new TypeError(`Cannot ${action} as the recipient must be an AgentId`);
    }
    const attachment = payloadBytes(action, payload, MAX_DIRECT_BYTES);
    const { ack = true, inboxOnly = false, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    checkInteger(action, "timeoutMs", timeoutMs, 1, MAX_TIMEOUT_MS);
    const request = { agent: this.#handle(action), to: to.toHex(), ack, inboxOnly, timeoutMs };
    return await call("agent.sendDirect", request, { action, attachment, signal });
  }

  /**
   * Receives direct messages. What arrived since the agent was opened, or since its last
   * subscription ended, waits in a mailbox and is delivered first: the newest 1,000 messages, at
   * most 16 MiB; what did not fit is counted in {@linkcode DirectSubscription.dropped}. Several
   * subscriptions each get every message.
   *
   * @throws {RangeError} If the capacity is not positive.
   * @throws {IdentityError} `identity_bad_key` if the key file of the agent's inbox is damaged.
   * @throws {CancelledError} If the signal aborts before it is open; later it ends the loop.
   * @throws {ClosedError} If the agent is closed or has left the network.
   */
  async subscribe(options: SubscribeDirectOptions = {}): Promise<DirectSubscription> {
    const action = "subscribe to direct messages";
    const { unverified = false } = options;
    const request = { agent: this.#handle(action), unverified };
    const stream = await openStream("agent.subscribeDirect", request, {
      action,
      ...streamOptions(options),
      decode: directDecoder(),
    });
    return new DirectSubscription(stream);
  }
}

/** Reads frames; see `SubscribeDirect` in rust/ffi/src/agent/direct.rs. */
function directDecoder(): (frame: Uint8Array) => DirectMessage {
  const senders = new SenderReader();
  return (frame) => {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    return new DirectMessage({
      sender: senders.read(frame),
      machineId: MachineId.fromBytes(frame.subarray(ID_BYTES, 2 * ID_BYTES)),
      payload: frame.slice(HEAD_BYTES),
      receivedAt: Number(view.getBigUint64(64, true)),
      trust: trustLevel(view.getUint32(72, true)),
      verified: (view.getUint32(76, true) & VERIFIED) !== 0,
    });
  };
}
