//! Agents on the wire: opened, joined, closed.

pub(crate) mod contacts;
pub(crate) mod direct;
pub(crate) mod discovery;
pub(crate) mod events;
mod failure;
pub(crate) mod network;
pub(crate) mod pubsub;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tendon_agent::{Agent, AgentId, AgentOptions, JoinOptions, NetworkOptions};
use ts_rs::TS;

use crate::{Failure, Object, Scope, Status, identity::KeySettings, library::Nothing};

/// How an agent is opened.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct OpenAgent {
    /// Directory of its keys.
    directory: String,
    /// Its network; without it the agent is offline.
    network: Option<NetworkSettings>,
    /// Keys that do not come from its directory.
    keys: Option<KeySettings>,
}

/// Where an agent listens and whom it dials.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct NetworkSettings {
    /// `host:port` to listen on; port 0 takes a free one.
    bind: String,
    /// `host:port` of agents to dial when joining.
    bootstrap: Vec<String>,
    /// Agents with different ids refuse each other.
    network_id: Option<String>,
    /// Peers to which a message is pushed at once.
    eager_peers: Option<u32>,
    /// What the agent calls itself in its announcements.
    name: Option<String>,
    /// Whether to pass on topics without own subscription.
    relay: Option<bool>,
    /// Whether to search the local network.
    mdns: Option<bool>,
    /// Whether to ask the router for a port.
    port_mapping: Option<bool>,
    /// Whether to dial the public bootstrap nodes too.
    public: Option<bool>,
}

/// An agent's handle.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AgentRef {
    /// The handle.
    pub(crate) agent: u64,
}

/// A new agent.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedAgent {
    /// Its handle.
    agent: u64,
    /// Facts about it.
    info: AgentInfo,
}

/// Facts about an agent that do not change while it is open.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct AgentInfo {
    /// 64 hexadecimal digits.
    agent_id: String,
    /// 64 hexadecimal digits.
    machine_id: String,
    /// `host:port` with the real port; absent offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Directory of its keys, without links.
    directory: String,
}

/// When a join is content.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JoinNetwork {
    /// The handle.
    agent: u64,
    /// Peers that must be connected.
    min_peers: u32,
    /// Milliseconds to wait.
    timeout_ms: u32,
}

/// Connected machines.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Peers {
    /// Machine ids, sorted.
    peers: Vec<String>,
}

/// An address to dial.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConnectPeer {
    /// The handle.
    agent: u64,
    /// `host:port`.
    address: String,
    /// Milliseconds to wait.
    timeout_ms: u32,
}

/// The machine that answered.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectedPeer {
    /// Its id.
    peer: String,
}

/// An agent behind a handle.
pub(crate) struct LiveAgent(pub(crate) Agent);

impl Object for LiveAgent {
    const KIND: &'static str = "agent";

    fn close(&self) {
        // Starts the shutdown; the future would only wait for its end.
        drop(self.0.close());
    }
}

pub(crate) async fn open(scope: Scope, request: OpenAgent) -> Result<OpenedAgent, Failure> {
    let network = request.network.map(NetworkSettings::parse).transpose()?;
    let directory = PathBuf::from(request.directory);
    let keys = request.keys.unwrap_or_default().resolve(&scope)?;
    let agent = Agent::open_with_keys(AgentOptions { directory, network }, keys).await?;
    let info = AgentInfo::of(&agent);
    Ok(OpenedAgent { agent: scope.insert(Arc::new(LiveAgent(agent))), info })
}

pub(crate) fn info(scope: &Scope, request: AgentRef) -> Result<AgentInfo, Failure> {
    Ok(AgentInfo::of(&scope.get::<LiveAgent>(request.agent)?.0))
}

pub(crate) async fn join(scope: Scope, request: JoinNetwork) -> Result<Peers, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let options = JoinOptions {
        min_peers: request.min_peers as usize,
        limit: Duration::from_millis(request.timeout_ms.into()),
    };
    let joined = agent.0.join(options).await?;
    Ok(Peers { peers: joined.peers.iter().map(ToString::to_string).collect() })
}

pub(crate) async fn connect(scope: Scope, request: ConnectPeer) -> Result<ConnectedPeer, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let address = socket_address("address", &request.address)?;
    let limit = Duration::from_millis(request.timeout_ms.into());
    let peer = agent.0.connect(address, Some(limit)).await?;
    Ok(ConnectedPeer { peer: peer.to_string() })
}

pub(crate) async fn peers(scope: Scope, request: AgentRef) -> Result<Peers, Failure> {
    let peers = scope.get::<LiveAgent>(request.agent)?.0.peers().await?;
    Ok(Peers { peers: peers.iter().map(ToString::to_string).collect() })
}

pub(crate) async fn close(scope: Scope, request: AgentRef) -> Result<Nothing, Failure> {
    scope.get::<LiveAgent>(request.agent)?.0.close().await;
    scope.remove(request.agent);
    Ok(Nothing {})
}

impl NetworkSettings {
    pub(crate) fn parse(self) -> Result<NetworkOptions, Failure> {
        let bind = socket_address("bind", &self.bind)?;
        let bootstrap = self.bootstrap.iter().map(|text| socket_address("bootstrap", text));
        let default = NetworkOptions::default();
        Ok(NetworkOptions {
            bind,
            bootstrap: bootstrap.collect::<Result<_, _>>()?,
            network_id: self.network_id,
            eager_peers: self.eager_peers.map_or(default.eager_peers, |peers| peers as usize),
            name: self.name,
            relay: self.relay.unwrap_or(default.relay),
            mdns: self.mdns.unwrap_or(default.mdns),
            port_mapping: self.port_mapping.unwrap_or(default.port_mapping),
            public: self.public.unwrap_or(default.public),
        })
    }
}

impl AgentInfo {
    fn of(agent: &Agent) -> Self {
        let info = agent.info();
        Self {
            agent_id: info.agent_id.to_string(),
            machine_id: info.machine_id.to_string(),
            address: info.address.map(|address| address.to_string()),
            directory: info.directory.display().to_string(),
        }
    }
}

/// The id of an agent in a request.
pub(crate) fn agent_id(text: &str) -> Result<AgentId, Failure> {
    AgentId::from_hex(text).ok_or_else(|| bad_id("agent", text))
}

fn bad_id(kind: &str, text: &str) -> Failure {
    let message = format!("the id of the {kind} must have 64 hexadecimal digits, found '{text}'");
    Failure::new(Status::Argument, "identity_bad_id", message)
}

fn socket_address(name: &str, text: &str) -> Result<SocketAddr, Failure> {
    text.parse().map_err(|_| {
        let message = format!("{name} must be an IP address and a port, found '{text}'");
        Failure::new(Status::Argument, "network_address", message)
    })
}
