//! How an agent is opened.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use x0x::{gossip::GossipConfig, network::NetworkConfig};

/// How [`Agent::open`](crate::Agent::open) builds an agent.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// Where keys, contacts and revocations live; created with mode 0700 if it is missing.
    pub directory: PathBuf,
    /// The network, or nothing for an agent that only has an identity.
    pub network: Option<NetworkOptions>,
}

/// Where an agent listens and whom it dials. Nothing else is ever contacted.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// The address to listen on; port 0 takes a free one. Default: `127.0.0.1:0`.
    pub bind: SocketAddr,
    /// The addresses dialled by [`Agent::join`](crate::Agent::join). Default: none.
    pub bootstrap: Vec<SocketAddr>,
    /// Separates networks: agents with different ids refuse each other. Not a wall against agents
    /// without an id. Default: none.
    pub network_id: Option<String>,
    /// How many peers a message is pushed to at once; the rest asks for it later. Default: 12,
    /// which keeps meshes of about that size prompt (the crate's own 2 needs seconds).
    pub eager_peers: usize,
    /// Passes on topics that this agent has no subscription to. Default: false.
    pub relay: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            bootstrap: Vec::new(),
            network_id: None,
            eager_peers: 12,
            relay: false,
        }
    }
}

impl NetworkOptions {
    /// The crate's configuration. Its default carries a public bootstrap list, local discovery
    /// with automatic connects, and port mapping: all four are set here, never inherited.
    pub(crate) fn to_network(&self) -> NetworkConfig {
        NetworkConfig {
            bind_addr: Some(self.bind),
            bootstrap_nodes: self.bootstrap.clone(),
            mdns_enabled: false,
            port_mapping_enabled: false,
            network_id: self.network_id.clone(),
            ..NetworkConfig::default()
        }
    }

    pub(crate) fn to_gossip(&self) -> GossipConfig {
        GossipConfig {
            leaf_max_eager_degree: self.eager_peers,
            relay: self.relay,
            ..GossipConfig::default()
        }
    }
}
