/**
 * Addresses and counts of an agent.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { MachineId } from "../identity/mod.ts";

/** Where an agent and its peers are. */
export interface AgentAddresses {
  /** The IP address and real port it listens on. */
  readonly bound?: string;
  /** How peers see it: its address outside, behind a router that translates. */
  readonly observed: readonly string[];
  /** Where its peers are reached, in order of their ids. */
  readonly peers: readonly PeerAddress[];
}

/** Where a peer is. */
export interface PeerAddress {
  /** The machine. */
  readonly peer: MachineId;
  /** IP address and port; absent for a connection that is just being replaced. */
  readonly address?: string;
}

/** What the transport counts on one connection. A connection that is replaced starts anew. */
export interface PeerStats extends PeerAddress {
  /** Best round trip so far, in whole milliseconds. */
  readonly rttMs?: number;
  /** UDP bytes sent. */
  readonly bytesSent: number;
  /** UDP bytes received. */
  readonly bytesReceived: number;
  /** UDP datagrams sent. */
  readonly datagramsSent: number;
  /** UDP datagrams received. */
  readonly datagramsReceived: number;
  /** Packets lost on the current path. */
  readonly packetsLost: number;
}

/** What the gossip layer counts: messages of all topics, those of the protocol included. */
export interface GossipStats {
  /** Published by this agent. */
  readonly published: number;
  /** Published while there was nobody to hand them to. */
  readonly publishedToNobody: number;
  /** Arrived from the network. */
  readonly incoming: number;
  /** Arrived, and could not be read or had no valid signature. */
  readonly undecodable: number;
  /** Arrived from blocked senders and were dropped. */
  readonly refused: number;
  /** Handed to subscribers within this agent. */
  readonly delivered: number;
  /** Dropped because a subscriber within this agent was too slow. */
  readonly dropped: number;
}

/** Counts of an agent. They start at 0 when it is made, and when it comes back after leaving. */
export interface AgentStats {
  /** How long its transport runs, in milliseconds. */
  readonly uptimeMs: number;
  /** Messages that it published. */
  readonly published: number;
  /** Messages that reached its subscriptions; one that two subscriptions hear counts twice. */
  readonly received: number;
  /** Open subscriptions. */
  readonly subscriptions: number;
  /** The connections. */
  readonly peers: readonly PeerStats[];
  /** What the gossip layer counts. */
  readonly gossip: GossipStats;
}

/** Addresses as users see them. */
export function addressesOf(wire: Methods["agent.addresses"]["answer"]): AgentAddresses {
  return { ...wire, peers: wire.peers.map(withMachine) };
}

/** Counts as users see them. */
export function statsOf(wire: Methods["agent.stats"]["answer"]): AgentStats {
  return { ...wire, peers: wire.peers.map(withMachine) };
}

function withMachine<T extends { peer: string }>(wire: T): Omit<T, "peer"> & { peer: MachineId } {
  return { ...wire, peer: MachineId.fromHex(wire.peer) };
}
