//! What the transport and the gossip layer count, and what is counted here.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures::future::BoxFuture;

use crate::{Agent, MachineId, Result};

/// Counts of an agent since it was opened.
#[derive(Debug, Clone)]
pub struct AgentStats {
    /// How long the transport runs.
    pub uptime: Duration,
    /// Messages that this agent published; a batch counts each of its payloads.
    pub published: u64,
    /// Messages that reached subscriptions of this agent; one that two subscriptions hear counts
    /// twice.
    pub received: u64,
    /// Open subscriptions.
    pub subscriptions: usize,
    /// The connected machines.
    pub peers: Vec<PeerStats>,
    /// What the gossip layer counts.
    pub gossip: GossipStats,
}

/// One connection; its counts start anew when it is replaced.
#[derive(Debug, Clone)]
pub struct PeerStats {
    /// The machine.
    pub peer: MachineId,
    /// Where it is reached.
    pub address: Option<SocketAddr>,
    /// The best round trip so far.
    pub rtt: Option<Duration>,
    /// UDP bytes sent.
    pub bytes_sent: u64,
    /// UDP bytes received.
    pub bytes_received: u64,
    /// UDP datagrams sent.
    pub datagrams_sent: u64,
    /// UDP datagrams received.
    pub datagrams_received: u64,
    /// Packets lost on the current path.
    pub packets_lost: u64,
}

/// Messages of all topics, those of the protocol included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GossipStats {
    /// Published by this agent.
    pub published: u64,
    /// Published while there was nobody to hand them to.
    pub published_to_nobody: u64,
    /// Arrived from the network.
    pub incoming: u64,
    /// Arrived, and could not be read or had no valid signature.
    pub undecodable: u64,
    /// Arrived from a blocked or revoked sender and were dropped.
    pub refused: u64,
    /// Handed to subscribers within this agent.
    pub delivered: u64,
    /// Dropped because a subscriber was too slow.
    pub dropped: u64,
}

/// An agent and its addresses, as the transport knows them.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where it listens, with the real port.
    pub bound: Option<SocketAddr>,
    /// How peers see it; behind a translating router, its address outside.
    pub observed: Vec<SocketAddr>,
    /// Where its peers are reached.
    pub peers: Vec<(MachineId, Option<SocketAddr>)>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    published: AtomicU64,
    received: AtomicU64,
}

impl Counters {
    pub(crate) fn published(&self, messages: u64) {
        self.published.fetch_add(messages, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, messages: u64) {
        self.received.fetch_add(messages, Ordering::Relaxed);
    }
}

impl Agent {
    /// Counts since the agent was opened.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed),
    /// [`AgentError::Offline`](crate::AgentError::Offline).
    pub fn stats(&self) -> BoxFuture<'_, Result<AgentStats>> {
        Box::pin(async {
            let inner = &self.inner;
            inner.lifecycle.ensure_open()?;
            let network = inner.network()?;
            let mut peers = Vec::new();
            for (peer, address) in inner.connections().await? {
                let id = ant_quic::PeerId(*peer.as_bytes());
                let Some(stats) = network.connection_transport_stats(id).await else { continue };
                peers.push(PeerStats {
                    peer,
                    address,
                    rtt: stats.rtt_ms.map(Duration::from_millis),
                    bytes_sent: stats.udp_tx_bytes,
                    bytes_received: stats.udp_rx_bytes,
                    datagrams_sent: stats.udp_tx_datagrams,
                    datagrams_received: stats.udp_rx_datagrams,
                    packets_lost: stats.lost_packets,
                });
            }
            let gossip = inner.native.gossip_stats().map(|stats| GossipStats {
                published: stats.publish_total,
                published_to_nobody: stats.publish_zero_fanout,
                incoming: stats.incoming_total,
                undecodable: stats.incoming_decode_failed,
                refused: stats.incoming_sender_refused,
                delivered: stats.delivered_to_subscriber,
                dropped: stats.slow_subscriber_dropped,
            });
            let status = network.node_status().await;
            Ok(AgentStats {
                uptime: status.map(|status| status.uptime).unwrap_or_default(),
                published: inner.counters.published.load(Ordering::Relaxed),
                received: inner.counters.received.load(Ordering::Relaxed),
                subscriptions: inner.taps.subscriptions().await,
                peers,
                gossip: gossip.unwrap_or_default(),
            })
        })
    }

    /// The agent's addresses and those of its peers.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed),
    /// [`AgentError::Offline`](crate::AgentError::Offline).
    pub fn addresses(&self) -> BoxFuture<'_, Result<Addresses>> {
        Box::pin(async {
            let inner = &self.inner;
            inner.lifecycle.ensure_open()?;
            let status = inner.network()?.node_status().await;
            Ok(Addresses {
                bound: inner.info.address,
                observed: status.map(|status| status.external_addrs).unwrap_or_default(),
                peers: inner.connections().await?.into_iter().collect(),
            })
        })
    }
}
