//! Where an agent stands, on the wire: status, addresses, counts, disconnecting.

use serde::{Deserialize, Serialize};
use tendon_agent::MachineId;
use ts_rs::TS;

use super::{AgentRef, LiveAgent};
use crate::{Failure, Scope};

/// Where an agent stands on the network.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentStatus {
    /// Whether a join has begun.
    joined: bool,
    /// Connected machines.
    peers: u32,
}

/// A machine to disconnect.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DisconnectPeer {
    /// The agent's handle.
    agent: u64,
    /// The machine's id.
    peer: String,
}

/// What a disconnect came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disconnected {
    /// Whether it was connected.
    disconnected: bool,
}

/// Addresses of an agent and of its peers.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct Addresses {
    /// Where it listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<String>,
    /// How peers see it.
    observed: Vec<String>,
    /// Where its peers are reached.
    peers: Vec<PeerAddress>,
}

/// Where a peer is reached.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct PeerAddress {
    /// The machine's id.
    peer: String,
    /// `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// Counts of an agent since it was opened.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentStats {
    /// How long the transport runs, in milliseconds.
    uptime_ms: u64,
    /// Messages that it published.
    published: u64,
    /// Messages that reached its subscriptions.
    received: u64,
    /// Open subscriptions.
    subscriptions: u32,
    /// One entry per connection.
    peers: Vec<PeerStats>,
    /// What the gossip layer counts, over all topics.
    gossip: GossipStats,
}

/// Counts of one connection.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct PeerStats {
    /// The machine's id.
    peer: String,
    /// `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Best round trip in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt_ms: Option<u64>,
    /// UDP bytes sent.
    bytes_sent: u64,
    /// UDP bytes received.
    bytes_received: u64,
    /// UDP datagrams sent.
    datagrams_sent: u64,
    /// UDP datagrams received.
    datagrams_received: u64,
    /// Packets lost.
    packets_lost: u64,
}

/// What the gossip layer counts.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GossipStats {
    /// Published here.
    published: u64,
    /// Published while there was nobody to hand them to.
    published_to_nobody: u64,
    /// Arrived.
    incoming: u64,
    /// Arrived unreadable or unsigned.
    undecodable: u64,
    /// Arrived from blocked senders.
    refused: u64,
    /// Handed to subscribers.
    delivered: u64,
    /// Dropped for slow subscribers.
    dropped: u64,
}

/// What the transport would be told.
#[cfg(feature = "diagnostics")]
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct NetworkPlan {
    /// Address to listen on.
    #[serde(skip_serializing_if = "Option::is_none")]
    bind: Option<String>,
    /// Addresses that a join dials.
    bootstrap: Vec<String>,
    /// Whether the local network is searched.
    mdns: bool,
    /// Whether the router is asked for a port.
    port_mapping: bool,
}

pub(crate) fn status(scope: &Scope, request: AgentRef) -> Result<AgentStatus, Failure> {
    let status = scope.get::<LiveAgent>(request.agent)?.0.status();
    Ok(AgentStatus { joined: status.joined, peers: count(status.peers) })
}

pub(crate) async fn disconnect(
    scope: Scope,
    request: DisconnectPeer,
) -> Result<Disconnected, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let disconnected = agent.0.disconnect(machine_id(&request.peer)?).await?;
    Ok(Disconnected { disconnected })
}

pub(crate) async fn addresses(scope: Scope, request: AgentRef) -> Result<Addresses, Failure> {
    let addresses = scope.get::<LiveAgent>(request.agent)?.0.addresses().await?;
    let peers = addresses.peers.iter().map(|(peer, address)| PeerAddress {
        peer: peer.to_string(),
        address: address.map(|address| address.to_string()),
    });
    Ok(Addresses {
        bound: addresses.bound.map(|address| address.to_string()),
        observed: addresses.observed.iter().map(ToString::to_string).collect(),
        peers: peers.collect(),
    })
}

pub(crate) async fn stats(scope: Scope, request: AgentRef) -> Result<AgentStats, Failure> {
    let stats = scope.get::<LiveAgent>(request.agent)?.0.stats().await?;
    let peers = stats.peers.into_iter().map(|peer| PeerStats {
        peer: peer.peer.to_string(),
        address: peer.address.map(|address| address.to_string()),
        rtt_ms: peer.rtt.map(|rtt| rtt.as_millis() as u64),
        bytes_sent: peer.bytes_sent,
        bytes_received: peer.bytes_received,
        datagrams_sent: peer.datagrams_sent,
        datagrams_received: peer.datagrams_received,
        packets_lost: peer.packets_lost,
    });
    let gossip = stats.gossip;
    Ok(AgentStats {
        uptime_ms: stats.uptime.as_millis() as u64,
        published: stats.published,
        received: stats.received,
        subscriptions: count(stats.subscriptions),
        peers: peers.collect(),
        gossip: GossipStats {
            published: gossip.published,
            published_to_nobody: gossip.published_to_nobody,
            incoming: gossip.incoming,
            undecodable: gossip.undecodable,
            refused: gossip.refused,
            delivered: gossip.delivered,
            dropped: gossip.dropped,
        },
    })
}

#[cfg(feature = "diagnostics")]
pub(crate) fn plan(
    _scope: &Scope,
    request: super::NetworkSettings,
) -> Result<NetworkPlan, Failure> {
    let plan = request.parse()?.plan();
    Ok(NetworkPlan {
        bind: plan.bind.map(|address| address.to_string()),
        bootstrap: plan.bootstrap.iter().map(ToString::to_string).collect(),
        mdns: plan.mdns,
        port_mapping: plan.port_mapping,
    })
}

fn machine_id(text: &str) -> Result<MachineId, Failure> {
    MachineId::from_hex(text).ok_or_else(|| super::bad_id("machine", text))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
