//! Publish and subscribe on the wire.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_agent::{Message, Subscription, SubscriptionEnd, Trust};
use ts_rs::TS;

use super::LiveAgent;
use crate::{Failure, Scope, Status, Stream, StreamOptions, library::Nothing};

/// A message to publish; its payload is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Publish {
    /// The handle.
    agent: u64,
    /// The topic.
    topic: String,
}

/// What a publish came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Published {
    /// Peers that were handed the message at once.
    fanout: u32,
}

/// A topic to hear.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Subscribe {
    /// The handle.
    agent: u64,
    /// The topic.
    topic: String,
    /// Where messages go. Each item, little-endian: sender (32 bytes), `u64` arrival in
    /// milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32` flags
    /// (bit 0 verified), then the payload.
    stream: StreamOptions,
}

pub(crate) async fn publish(scope: Scope, request: Publish) -> Result<Published, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let published = agent.0.publish(&request.topic, scope.attachment().to_vec()).await?;
    Ok(Published { fanout: published.fanout })
}

pub(crate) async fn subscribe(scope: Scope, request: Subscribe) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let subscription = agent.0.subscribe(&request.topic).await?;
    let stream = scope.stream(&request.stream)?;
    crate::runtime::spawn(forward(subscription, stream));
    Ok(Nothing {})
}

async fn forward(mut subscription: Subscription, stream: Arc<Stream>) {
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
        let head = message_head(&message);
        if stream.push(&[&head, &message.payload]).await.is_err() {
            return;
        }
    }
}

/// Bytes before a message's payload; see [`Subscribe::stream`].
pub(super) const MESSAGE_HEAD: usize = 48;

pub(super) fn message_head(message: &Message) -> [u8; MESSAGE_HEAD] {
    let trust: u32 = match message.trust {
        Trust::Unknown => 0,
        Trust::Known => 1,
        Trust::Trusted => 2,
    };
    let mut head = [0; MESSAGE_HEAD];
    head[..32].copy_from_slice(message.sender.as_bytes());
    head[32..40].copy_from_slice(&message.received_at_ms.to_le_bytes());
    head[40..44].copy_from_slice(&trust.to_le_bytes());
    head[44..].copy_from_slice(&u32::from(message.verified).to_le_bytes());
    head
}

fn lagged() -> Failure {
    let message = "the subscription fell more than 10,000 messages behind and was ended";
    Failure::new(Status::Busy, "network_lagged", message)
}
