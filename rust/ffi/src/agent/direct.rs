//! Direct messages on the wire.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tendon_agent::{
    AgentId, DirectMessage, DirectOptions, DirectPath, DirectSubscription, SubscriptionEnd,
};
use ts_rs::TS;

use super::{
    LiveAgent,
    pubsub::{lagged, trust_number},
};
use crate::{Failure, Scope, Status, Stream, StreamOptions, library::Nothing};

/// A message to one agent; its payload is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SendDirect {
    /// The handle.
    agent: u64,
    /// The recipient: 64 hexadecimal digits.
    to: String,
    /// Whether to wait until the recipient's machine has it.
    ack: bool,
    /// Whether to go through the encrypted inbox even if the machines are connected.
    inbox_only: bool,
    /// Milliseconds that everything may take.
    timeout_ms: u32,
}

/// What became of it.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectReceipt {
    /// Which way it went.
    path: DirectWay,
    /// Whether the recipient's machine has confirmed it.
    acknowledged: bool,
}

/// The way of a direct message.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DirectWay {
    /// To the agent itself.
    Loopback,
    /// Over the connection between the two machines.
    Connection,
    /// Encrypted, through gossip.
    Inbox,
}

/// Direct messages to hear.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SubscribeDirect {
    /// The handle.
    agent: u64,
    /// Whether to deliver messages whose sender is not verified.
    unverified: bool,
    /// Where messages go. Each item, little-endian: sender (32 bytes), machine (32 bytes), `u64`
    /// arrival in milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32`
    /// flags (bit 0 verified), then the payload.
    stream: StreamOptions,
}

pub(crate) async fn send(scope: Scope, request: SendDirect) -> Result<DirectReceipt, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let to = AgentId::from_hex(&request.to).ok_or_else(|| {
        let message = format!("an agent id has 64 hexadecimal digits, found '{}'", request.to);
        Failure::new(Status::Argument, "invalid_request", message)
    })?;
    let options = DirectOptions {
        acknowledged: request.ack,
        inbox_only: request.inbox_only,
        limit: Duration::from_millis(request.timeout_ms.into()),
    };
    let receipt = agent.0.send_direct(to, scope.attachment().to_vec(), options).await?;
    let path = match receipt.path {
        DirectPath::Loopback => DirectWay::Loopback,
        DirectPath::Connection => DirectWay::Connection,
        DirectPath::Inbox => DirectWay::Inbox,
    };
    Ok(DirectReceipt { path, acknowledged: receipt.acknowledged })
}

pub(crate) async fn subscribe(scope: Scope, request: SubscribeDirect) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let stream = scope.stream(&request.stream)?;
    let subscription = agent.0.subscribe_direct(request.unverified, stream.detached()).await?;
    crate::runtime::spawn(forward(subscription, stream));
    Ok(Nothing {})
}

async fn forward(mut subscription: DirectSubscription, stream: Arc<Stream>) {
    loop {
        let message = tokio::select! {
            biased;
            () = stream.closed() => return,
            message = subscription.recv() => message,
        };
        let message = match message {
            Ok(message) => message,
            Err(SubscriptionEnd::Closed) => return stream.end(Ok(())),
            Err(SubscriptionEnd::Lagged) => return stream.end(Err(lagged())),
        };
        stream.count_lost(message.lost_before);
        if stream.push(&[&message_head(&message), &message.payload]).await.is_err() {
            return;
        }
    }
}

/// Bytes before a payload; see [`SubscribeDirect::stream`].
const MESSAGE_HEAD: usize = 80;

fn message_head(message: &DirectMessage) -> [u8; MESSAGE_HEAD] {
    let mut head = [0; MESSAGE_HEAD];
    head[..32].copy_from_slice(message.sender.as_bytes());
    head[32..64].copy_from_slice(message.machine.as_bytes());
    head[64..72].copy_from_slice(&message.received_at_ms.to_le_bytes());
    head[72..76].copy_from_slice(&trust_number(message.trust).to_le_bytes());
    head[76..].copy_from_slice(&u32::from(message.verified).to_le_bytes());
    head
}
