/**
 * What happens around an agent.
 *
 * @module
 */

import type { AgentId, MachineId } from "../identity/mod.ts";
import type { Message } from "./message.ts";

/** A machine is connected, or no longer. */
export interface ConnectionEvent<T extends "connected" | "disconnected"> {
  /** Which of the two. */
  readonly type: T;
  /** The machine. */
  readonly peer: MachineId;
  /** IP address and port at which it is, or was, reached. */
  readonly address?: string;
  /** When that was noticed, in milliseconds since the epoch: at most half a second late. */
  readonly at: number;
}

/**
 * An agent was heard of for the first time, or again after it was gone; or it is gone: its
 * machine's connection was lost two seconds ago. An agent that never was connected to this one is
 * gone when its last announcement is 15 minutes old.
 */
export interface PeerEvent<T extends "peer_joined" | "peer_left"> {
  /** Which of the two. */
  readonly type: T;
  /** The agent. */
  readonly agentId: AgentId;
  /** The machine that it runs on. */
  readonly machineId: MachineId;
  /** What it calls itself, unchecked. */
  readonly name?: string;
}

/** A message arrived on a topic with an open subscription. */
export interface MessageEvent {
  /** Tells it apart. */
  readonly type: "message";
  /** The message. */
  readonly message: Message;
}

/** A task list that is open changed, here or elsewhere. */
export interface TaskUpdatedEvent {
  /** Tells it apart. */
  readonly type: "task_updated";
  /** The topic of the list. */
  readonly topic: string;
  /** The revision that its replica has now. Changes that come close together are one. */
  readonly revision: number;
}

/** Something went wrong beside the calls. */
export interface ErrorEvent {
  /** Tells it apart. */
  readonly type: "error";
  /**
   * Where: a listener threw or its promise rejected; a stream of events was lost, or lost some of
   * them; a subscription ended with an error, which its reader gets as well.
   */
  readonly source: "listener" | "stream" | "subscription";
  /** What was thrown: a `TendonError`, or whatever a listener threw. */
  readonly error: unknown;
}

/** The agent is closed for good. */
export interface ClosedEvent {
  /** Tells it apart. */
  readonly type: "closed";
}

/** The events of an agent by name. */
export interface AgentEvents {
  /** A machine is connected. */
  connected: ConnectionEvent<"connected">;
  /** A machine is no longer connected. */
  disconnected: ConnectionEvent<"disconnected">;
  /** An agent is there. */
  peer_joined: PeerEvent<"peer_joined">;
  /** An agent is gone. */
  peer_left: PeerEvent<"peer_left">;
  /** A message arrived, once per message however many subscriptions hear it. */
  message: MessageEvent;
  /** A task list changed. */
  task_updated: TaskUpdatedEvent;
  /** Something went wrong beside the calls. */
  error: ErrorEvent;
  /** The agent is closed; nothing follows. */
  closed: ClosedEvent;
}

/** The names of events. */
export type AgentEventType = keyof AgentEvents;

/** Any event; its `type` tells which. */
export type AgentEvent = AgentEvents[AgentEventType];

/** What is called with events of one type. A promise that rejects counts as a throw. */
export type AgentListener<K extends AgentEventType> = (event: AgentEvents[K]) => unknown;

/** Which events a loop wants. */
export interface EventsOptions<K extends AgentEventType = AgentEventType> {
  /**
   * The types of the events; others are not even fetched.
   *
   * @default All.
   */
  types?: readonly K[];
  /**
   * Events that may wait to be read. One more ends the loop with `stream_overflow`.
   *
   * @default {10_000}
   */
  capacity?: number;
  /** Ends the loop without an error. */
  signal?: AbortSignal;
}
