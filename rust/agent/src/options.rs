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

/// Where an agent listens and whom it dials. Nothing else is contacted unless one of the last three
/// asks for it.
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
    /// What the agent calls itself in its announcements. Default: nothing.
    pub name: Option<String>,
    /// Passes on topics that this agent has no subscription to. Default: false.
    pub relay: bool,
    /// Looks for agents on the local network by multicast, and connects to them. Default: false.
    pub mdns: bool,
    /// Asks the router to forward a port. Default: false.
    pub port_mapping: bool,
    /// Dials the public bootstrap nodes of the crate as well. Default: false.
    pub public: bool,
}

/// What the transport is told, for those who want to be sure before anything is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPlan {
    /// The address to listen on.
    pub bind: Option<SocketAddr>,
    /// The addresses that a join dials.
    pub bootstrap: Vec<SocketAddr>,
    /// Whether the local network is searched.
    pub mdns: bool,
    /// Whether the router is asked for a port.
    pub port_mapping: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            bootstrap: Vec::new(),
            network_id: None,
            eager_peers: 12,
            name: None,
            relay: false,
            mdns: false,
            port_mapping: false,
            public: false,
        }
    }
}

impl NetworkOptions {
    /// The crate's configuration. Its default carries a public bootstrap list, local discovery
    /// with automatic connects, and port mapping: all four are set here, and inherited only if
    /// asked for.
    pub(crate) fn to_network(&self) -> NetworkConfig {
        let default = NetworkConfig::default();
        let mut bootstrap_nodes = self.bootstrap.clone();
        if self.public {
            bootstrap_nodes.extend(&default.bootstrap_nodes);
        }
        NetworkConfig {
            bind_addr: Some(self.bind),
            bootstrap_nodes,
            mdns_enabled: self.mdns,
            port_mapping_enabled: self.port_mapping,
            network_id: self.network_id.clone(),
            ..default
        }
    }

    /// What the transport would be told. Opens nothing and dials nobody.
    #[must_use]
    pub fn plan(&self) -> NetworkPlan {
        let network = self.to_network();
        NetworkPlan {
            bind: network.bind_addr,
            bootstrap: network.bootstrap_nodes,
            mdns: network.mdns_enabled,
            port_mapping: network.port_mapping_enabled,
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
