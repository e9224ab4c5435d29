//! What happens around an agent, on the wire: three streams, opened when somebody listens.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_agent::{ListWatch, MessageWatch, PeerEvent, PeerWatch, Refused};
use ts_rs::TS;

use super::{
    LiveAgent,
    pubsub::{message_head, set_position},
};
use crate::{Failure, Scope, Status, Stream, StreamOptions, library::Nothing};

/// An agent to watch.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WatchAgent {
    /// The handle.
    agent: u64,
    /// Where events go. Peers and lists are JSON: `{kind, peer, address?, at}`,
    /// `{kind, agent, machine, name?}` and `{topic, revision}`. Messages are little-endian: `u32`
    /// length of the topic, the topic in UTF-8, and the message as a subscription has it; a
    /// message that is missing altogether says that some were lost.
    stream: StreamOptions,
}

/// A change of who is connected or known.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum PeerItem {
    Connected(Edge),
    Disconnected(Edge),
    PeerJoined(Member),
    PeerLeft(Member),
}

#[derive(Serialize)]
struct Edge {
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    at: u64,
}

#[derive(Serialize)]
struct Member {
    agent: String,
    machine: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

pub(crate) async fn watch_peers(scope: Scope, request: WatchAgent) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let watch = agent.0.watch_peers().await?;
    crate::runtime::spawn(forward_peers(watch, scope.stream(&request.stream)?));
    Ok(Nothing {})
}

pub(crate) async fn watch_messages(scope: Scope, request: WatchAgent) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let watch = agent.0.watch_messages().await?;
    crate::runtime::spawn(forward_messages(watch, scope.stream(&request.stream)?));
    Ok(Nothing {})
}

pub(crate) async fn watch_lists(scope: Scope, request: WatchAgent) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let watch = agent.0.watch_lists().await?;
    crate::runtime::spawn(forward_lists(watch, scope.stream(&request.stream)?));
    Ok(Nothing {})
}

async fn forward_peers(mut watch: PeerWatch, stream: Arc<Stream>) {
    loop {
        let event = tokio::select! {
            biased;
            () = stream.closed() => return,
            event = watch.recv() => event,
        };
        let Some(event) = event else { return stream.end(Ok(())) };
        if !push_json(&stream, &PeerItem::from(event)).await {
            return;
        }
    }
}

async fn forward_messages(mut watch: MessageWatch, stream: Arc<Stream>) {
    loop {
        let event = tokio::select! {
            biased;
            () = stream.closed() => return,
            event = watch.recv() => event,
        };
        let Some(event) = event else { return stream.end(Ok(())) };
        let topic = event.topic.as_bytes();
        let length = (topic.len() as u32).to_le_bytes();
        let Some(message) = &event.message else {
            if stream.push(&[&length, topic]).await.is_err() {
                return;
            }
            continue;
        };
        let mut head = message_head(message, Refused::default());
        for (position, payload) in message.payloads.iter() {
            set_position(&mut head, position);
            if stream.push(&[&length, topic, &head, payload]).await.is_err() {
                return;
            }
        }
    }
}

async fn forward_lists(mut watch: ListWatch, stream: Arc<Stream>) {
    loop {
        let event = tokio::select! {
            biased;
            () = stream.closed() => return,
            event = watch.recv() => event,
        };
        let Some(event) = event else { return stream.end(Ok(())) };
        let item = json!({ "topic": event.topic, "revision": event.revision });
        if !push_json(&stream, &item).await {
            return;
        }
    }
}

/// False when nobody takes it any more.
async fn push_json(stream: &Stream, item: &impl Serialize) -> bool {
    match serde_json::to_vec(item) {
        Ok(json) => stream.push(&[&json]).await.is_ok(),
        Err(_) => {
            let message = "the event could not be encoded";
            stream.end(Err(Failure::new(Status::Internal, "internal", message)));
            false
        }
    }
}

impl From<PeerEvent> for PeerItem {
    fn from(event: PeerEvent) -> Self {
        let edge = |peer: tendon_agent::MachineId, address: Option<std::net::SocketAddr>, at| {
            let address = address.map(|address| address.to_string());
            Edge { peer: peer.to_string(), address, at }
        };
        let member = |agent: tendon_agent::AgentId, machine: tendon_agent::MachineId, name| {
            Member { agent: agent.to_string(), machine: machine.to_string(), name }
        };
        match event {
            PeerEvent::Connected { peer, address, at_ms } => {
                Self::Connected(edge(peer, address, at_ms))
            }
            PeerEvent::Disconnected { peer, address, at_ms } => {
                Self::Disconnected(edge(peer, address, at_ms))
            }
            PeerEvent::Joined { agent, machine, name } => {
                Self::PeerJoined(member(agent, machine, name))
            }
            PeerEvent::Left { agent, machine, name } => {
                Self::PeerLeft(member(agent, machine, name))
            }
        }
    }
}
