//! Publish and subscribe on the wire.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_agent::{Batch, Message, Position, Refused, Subscription, SubscriptionEnd, Trust};
use ts_rs::TS;

use super::LiveAgent;
use crate::{Failure, Scope, Status, Stream, StreamOptions, library::Nothing};

/// A message to publish; its payload is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Publish {
    /// The handle.
    pub(crate) agent: u64,
    /// The topic.
    pub(crate) topic: String,
}

/// What a publish came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Published {
    /// Peers that were handed the message at once.
    pub(crate) fanout: u32,
}

/// Payloads to publish together: the attachment holds each one's length (`u32`, little-endian) and
/// bytes.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PublishBatch {
    /// The handle.
    agent: u64,
    /// The topic.
    topic: String,
}

/// What publishing a batch came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct PublishedBatch {
    /// Smallest fan-out of its messages.
    fanout: u32,
    /// Payloads.
    count: u64,
    /// Messages that carried them.
    messages: u32,
    /// Sequence of the first payload; absent for an empty batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_sequence: Option<u64>,
}

/// A topic to hear.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Subscribe {
    /// The handle.
    agent: u64,
    /// The topic.
    topic: String,
    /// Where payloads go. Each item, little-endian: sender (32 bytes), `u64` arrival in
    /// milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32` flags
    /// (bit 0 verified, bit 1 from a batch), `u64` epoch and `u64` sequence (0 unless from a
    /// batch), `u32` malformed and `u32` duplicate messages so far, then the payload.
    stream: StreamOptions,
}

pub(crate) async fn publish(scope: Scope, request: Publish) -> Result<Published, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let published = agent.0.publish(&request.topic, scope.attachment().to_vec()).await?;
    Ok(Published { fanout: published.fanout })
}

pub(crate) async fn publish_batch(
    scope: Scope,
    request: PublishBatch,
) -> Result<PublishedBatch, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let batch = Batch::from_packed(scope.attachment().to_vec()).map_err(|error| {
        Failure::new(Status::Argument, "invalid_request", format!("the attachment is {error}"))
    })?;
    let count = batch.len();
    let published = agent.0.publish_batch(&request.topic, batch).await?;
    let tendon_agent::PublishedBatch { fanout, messages, first_sequence } = published;
    Ok(PublishedBatch { fanout, count, messages, first_sequence })
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
        let mut head = message_head(&message, subscription.refused());
        for (position, payload) in message.payloads.iter() {
            set_position(&mut head, position);
            if stream.push(&[&head, payload]).await.is_err() {
                return;
            }
        }
    }
}

/// Bytes before a payload; see [`Subscribe::stream`].
const MESSAGE_HEAD: usize = 72;
const FLAGS_AT: usize = 44;
const VERIFIED: u8 = 1;
const FROM_BATCH: u8 = 2;

/// The head of every payload of a message, without its position.
pub(super) fn message_head(message: &Message, refused: Refused) -> [u8; MESSAGE_HEAD] {
    let mut head = [0; MESSAGE_HEAD];
    head[..32].copy_from_slice(message.sender.as_bytes());
    head[32..40].copy_from_slice(&message.received_at_ms.to_le_bytes());
    head[40..44].copy_from_slice(&trust_number(message.trust).to_le_bytes());
    head[FLAGS_AT] = if message.verified { VERIFIED } else { 0 };
    head[64..68].copy_from_slice(&refused.malformed.to_le_bytes());
    head[68..].copy_from_slice(&refused.duplicates.to_le_bytes());
    head
}

pub(super) fn set_position(head: &mut [u8; MESSAGE_HEAD], position: Option<Position>) {
    let Some(Position { epoch, sequence }) = position else { return };
    head[FLAGS_AT] |= FROM_BATCH;
    head[48..56].copy_from_slice(&epoch.to_le_bytes());
    head[56..64].copy_from_slice(&sequence.to_le_bytes());
}

/// Trust as a number of an item's head.
pub(super) fn trust_number(trust: Trust) -> u32 {
    match trust {
        Trust::Unknown => 0,
        Trust::Known => 1,
        Trust::Trusted => 2,
    }
}

/// A gossip subscription that nobody reads cannot hold its senders back.
pub(super) fn lagged() -> Failure {
    let message = "the subscription fell more than 10,000 messages behind and was ended";
    Failure::new(Status::Busy, "network_lagged", message)
}
