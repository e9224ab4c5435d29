/**
 * Software agents that meet on a gossip network: identity, publish and subscribe.
 *
 * Every message is signed with a post-quantum key and verified on arrival. An agent contacts
 * nothing but the addresses it is given; the default is loopback. See `docs/network.md`.
 *
 * @example
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { assertEquals } from "@std/assert";
 *
 * await using agent = await Agent.create();
 * await using news = await agent.subscribe("news");
 * await agent.publish("news", "hello");
 * const { value } = await news.next();
 * assertEquals(value?.text(), "hello");
 * ```
 *
 * @module
 */

export { Agent } from "./agent.ts";
export type { ConnectOptions, JoinOptions } from "./joining.ts";
export type { PublishBatchResult, PublishOptions, PublishResult } from "./publishing.ts";
export { AgentBuilder } from "./builder.ts";
export { type Contact, type ContactChange, Contacts, type ContactTrust } from "./contacts.ts";
export {
  type AnnounceOptions,
  type DiscoveredAgent,
  Discovery,
  type FindOptions,
} from "./discovery.ts";
export type {
  AgentEvent,
  AgentEvents,
  AgentEventType,
  AgentListener,
  ClosedEvent,
  ConnectionEvent,
  ErrorEvent,
  EventsOptions,
  MessageEvent,
  PeerEvent,
  TaskUpdatedEvent,
} from "./events.ts";
export {
  DirectMessage,
  type DirectMessageInit,
  DirectMessages,
  type DirectPath,
  type DirectReceipt,
  DirectSubscription,
  type SendDirectOptions,
  type SubscribeDirectOptions,
} from "./direct.ts";
export { Message, type MessageInit, type TrustLevel } from "./message.ts";
export type { AgentOptions, NetworkOptions } from "./options.ts";
export type { CardOptions } from "./signing.ts";
export type { AgentAddresses, AgentStats, GossipStats, PeerAddress, PeerStats } from "./stats.ts";
export type { MessageStream } from "./message_stream.ts";
export { type Overflow, type SubscribeOptions, Subscription } from "./subscription.ts";
