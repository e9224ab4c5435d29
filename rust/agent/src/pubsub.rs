//! Publish and subscribe.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use tokio::{runtime::Handle, time::Instant};
use x0x::contacts::TrustLevel;

use crate::{
    Agent, AgentError, AgentId, Batch, Payloads, Result,
    agent::Inner,
    batch::quoted,
    lifecycle::Closing,
    seen::Seen,
    stats::Counters,
    taps::{Tapped, Taps},
    topic,
};

/// The largest payload in bytes. The crate would accept more and lose what passes 4 MiB.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

/// What a publish came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// To how many peers the message was handed at once. Those that were busy are told of it a
    /// moment later; with 0 there may be nobody, as right after a connect.
    pub fanout: u32,
}

/// What publishing a batch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedBatch {
    /// The smallest [`Published::fanout`] of its messages; 0 for none.
    pub fanout: u32,
    /// How many messages carried the payloads.
    pub messages: u32,
    /// The sequence of the first payload; those after it count on. Nothing for an empty batch.
    pub first_sequence: Option<u64>,
}

/// A message of a topic. Its signature was verified: the crate drops all others.
#[derive(Debug, Clone)]
pub struct Message {
    /// Who signed it.
    pub sender: AgentId,
    /// Whether the signature was verified.
    pub verified: bool,
    /// What this agent's contacts say about the sender.
    pub trust: Trust,
    /// When it arrived here, in milliseconds since the epoch. Messages carry no time of their own.
    pub received_at_ms: u64,
    /// What was published: one payload, or a batch.
    pub payloads: Payloads,
}

/// How far a sender is trusted. Messages of blocked senders never arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Not a contact.
    Unknown,
    /// A contact.
    Known,
    /// A trusted contact.
    Trusted,
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionEnd {
    /// The agent was closed.
    Closed,
    /// More than 10,000 messages waited to be received.
    Lagged,
}

/// The messages of one topic, from now on. Dropping it unsubscribes.
pub struct Subscription {
    /// Taken only by the drop.
    native: Option<x0x::Subscription>,
    closing: Closing,
    runtime: Handle,
    seen: Seen,
    refused: Refused,
    counters: Arc<Counters>,
    /// Set for subscriptions of the user.
    tapped: Option<Tapped>,
}

/// Messages that a subscription did not deliver, so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refused {
    /// They began like a batch and were none.
    pub malformed: u32,
    /// Batches that had been there before, whole or in part.
    pub duplicates: u32,
}

impl Agent {
    /// Publishes a message to all subscribers of a topic, the agent's own included.
    ///
    /// Calls queue: one message leaves at a time, each signed for about 2 ms.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`], [`AgentError::ReservedTopic`], [`AgentError::EmptyTopic`],
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn publish(&self, topic: &str, payload: Vec<u8>) -> BoxFuture<'static, Result<Published>> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        Box::pin(async move { inner.publish(&topic, payload).await })
    }

    /// Publishes many payloads in as few messages as they fit in: a message costs the same
    /// signatures whatever it holds. Payloads keep their order; a message arrives whole or not at
    /// all. Dropping the future keeps messages back that were not sent yet.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish). Messages before the one that failed were sent.
    pub fn publish_batch(
        &self,
        topic: &str,
        batch: Batch,
    ) -> BoxFuture<'static, Result<PublishedBatch>> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        Box::pin(async move { inner.publish_batch(&topic, &batch).await })
    }

    /// Publishes bytes as they are, even such as no agent would: for tests of what arrives.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish).
    #[cfg(feature = "diagnostics")]
    pub fn publish_raw(
        &self,
        topic: &str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'static, Result<Published>> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        Box::pin(async move { inner.send(&topic, bytes).await })
    }

    /// Subscribes to a topic. Messages of about the last minute may arrive as well.
    ///
    /// # Errors
    ///
    /// [`AgentError::ReservedTopic`], [`AgentError::EmptyTopic`], [`AgentError::TooLarge`],
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn subscribe(&self, topic: &str) -> BoxFuture<'static, Result<Subscription>> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        Box::pin(async move {
            topic::check(&topic)?;
            let tapped = Taps::hold(&inner, &topic).await?;
            let mut subscription = inner.subscribe(&topic).await?;
            subscription.tapped = Some(tapped);
            Ok(subscription)
        })
    }
}

impl Inner {
    async fn publish(&self, topic: &str, payload: Vec<u8>) -> Result<Published> {
        topic::check(topic)?;
        if payload.len() > MAX_PAYLOAD_BYTES {
            let (what, limit) = ("the payload", MAX_PAYLOAD_BYTES);
            return Err(AgentError::TooLarge { what, size: payload.len(), limit });
        }
        let published = self.send(topic, quoted(payload)).await?;
        self.counters.published(1);
        Ok(published)
    }

    async fn publish_batch(&self, topic: &str, batch: &Batch) -> Result<PublishedBatch> {
        topic::check(topic)?;
        self.lifecycle.ensure_open()?;
        self.network()?;
        let mut published = PublishedBatch { fanout: 0, messages: 0, first_sequence: None };
        if batch.is_empty() {
            return Ok(published);
        }
        // Taken at once, so that a batch is contiguous even if others are published beside it.
        let first = self.numbering.take(topic, batch.len());
        published.first_sequence = Some(first.sequence);
        for message in batch.messages(first) {
            let Published { fanout } = self.send(topic, message).await?;
            let least = if published.messages == 0 { fanout } else { published.fanout.min(fanout) };
            published.fanout = least;
            published.messages += 1;
        }
        self.counters.published(batch.len());
        Ok(published)
    }

    async fn send(&self, topic: &str, message: Vec<u8>) -> Result<Published> {
        self.lifecycle.ensure_open()?;
        let mut last = self.publishing.lock().await;
        self.lifecycle.ensure_open()?;
        let fanout = self.native.publish_with_fanout(topic, message).await;
        *last = Some(Instant::now());
        drop(last);
        let fanout = fanout.map_err(AgentError::native)?;
        // The crate also says "ok" when it was shut down meanwhile.
        self.lifecycle.ensure_open()?;
        Ok(Published { fanout })
    }

    pub(crate) async fn subscribe(&self, topic: &str) -> Result<Subscription> {
        self.lifecycle.ensure_open()?;
        let native = self.native.subscribe(topic).await.map_err(AgentError::native)?;
        let runtime = self.runtime.clone();
        let closing = self.lifecycle.closing();
        let (seen, refused) = (Seen::default(), Refused::default());
        let counters = Arc::clone(&self.counters);
        let native = Some(native);
        Ok(Subscription { native, closing, runtime, seen, refused, counters, tapped: None })
    }
}

impl Subscription {
    /// Waits for the next message, in order of arrival. Senders promise no order. Dropping the
    /// future loses nothing.
    pub fn recv(&mut self) -> BoxFuture<'_, std::result::Result<Message, SubscriptionEnd>> {
        Box::pin(async {
            let Some(native) = self.native.as_mut() else { return Err(SubscriptionEnd::Closed) };
            loop {
                // After a shutdown the crate's receive waits for ever.
                let message = tokio::select! {
                    biased;
                    () = self.closing.begun() => return Err(SubscriptionEnd::Closed),
                    message = native.recv() => message,
                };
                let Some(message) = message else {
                    let open = self.closing.is_open();
                    return Err(if open {
                        SubscriptionEnd::Lagged
                    } else {
                        SubscriptionEnd::Closed
                    });
                };
                // Unsigned messages do not get here; there is nobody to attribute one to.
                let Some(sender) = message.sender else { continue };
                let sender = AgentId::from_bytes(*sender.as_bytes());
                let Ok(payloads) = Payloads::decode(message.payload) else {
                    self.refused.malformed = self.refused.malformed.saturating_add(1);
                    continue;
                };
                if let Some((epoch, span)) = payloads.span()
                    && !self.seen.is_new(sender, epoch, &span)
                {
                    self.refused.duplicates = self.refused.duplicates.saturating_add(1);
                    continue;
                }
                if self.tapped.is_some() {
                    self.counters.received(payloads.count().into());
                }
                return Ok(Message {
                    sender,
                    verified: message.verified,
                    trust: trust(message.trust_level),
                    received_at_ms: now_ms(),
                    payloads,
                });
            }
        })
    }

    /// What was not delivered so far.
    #[must_use]
    pub fn refused(&self) -> Refused {
        self.refused
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // The crate's drop spawns a task and panics outside of a runtime.
        let _context = self.runtime.enter();
        self.native = None;
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let topic = self.native.as_ref().map(x0x::Subscription::topic);
        out.debug_struct("Subscription").field("topic", &topic).finish_non_exhaustive()
    }
}

pub(crate) fn trust(level: Option<TrustLevel>) -> Trust {
    match level {
        Some(TrustLevel::Trusted) => Trust::Trusted,
        Some(TrustLevel::Known) => Trust::Known,
        Some(TrustLevel::Blocked | TrustLevel::Unknown) | None => Trust::Unknown,
    }
}

/// Milliseconds since the epoch; 0 before it.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
