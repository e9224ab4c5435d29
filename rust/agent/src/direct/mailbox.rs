//! Receiving: one pump per agent reads what arrives and gives it to whoever has subscribed.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    Agent, AgentId, MachineId, Result, SubscriptionEnd, Trust,
    agent::Inner,
    lifecycle::Closing,
    pubsub::{now_ms, trust},
};

/// A message from one agent to another.
#[derive(Debug, Clone)]
pub struct DirectMessage {
    /// Who sent it.
    pub sender: AgentId,
    /// From which machine; proven by the connection, or by the sender's signature.
    pub machine: MachineId,
    /// Whether the sender is known to run on that machine.
    pub verified: bool,
    /// What this agent's contacts say about the sender.
    pub trust: Trust,
    /// When it arrived here, in milliseconds since the epoch.
    pub received_at_ms: u64,
    /// What was sent.
    pub payload: Bytes,
    /// Messages lost right before this one because nobody was subscribed and the mailbox was full,
    /// or because their sender could not be verified.
    pub lost_before: u64,
}

/// Direct messages to an agent, from now on; the first one also gets what waited for it. Dropping
/// it unsubscribes.
#[derive(Debug)]
pub struct DirectSubscription {
    ear: Arc<Ear>,
    closing: Closing,
}

/// Where direct messages wait.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    pub(super) inbox_started: tokio::sync::Mutex<bool>,
    introduced: Mutex<HashSet<AgentId>>,
}

#[derive(Debug, Default)]
struct State {
    /// What arrived while nobody was subscribed.
    waiting: Queue,
    ears: Vec<Arc<Ear>>,
}

#[derive(Debug, Default)]
struct Ear {
    queue: Mutex<Queue>,
    unverified: bool,
    /// The reader is gone: from that moment on the ear hears nothing, even if the subscription is
    /// dropped later.
    gone: CancellationToken,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<DirectMessage>,
    bytes: usize,
    /// Lost behind the newest message.
    lost: u64,
    /// Took no more: the subscription ends when it is empty.
    lagged: bool,
}

/// Room of the mailbox while nobody is subscribed.
const WAITING: Room = Room { messages: 1_000, bytes: 16 << 20 };
/// Room of a subscription that is not read.
const SUBSCRIBED: Room = Room { messages: 10_000, bytes: 64 << 20 };

/// Recipients that are remembered; meeting one again costs an announcement.
const MAX_INTRODUCED: usize = 10_000;

struct Room {
    messages: usize,
    bytes: usize,
}

impl Agent {
    /// Subscribes to direct messages. What arrived since the last subscription ended is delivered
    /// first: up to 1,000 messages and 16 MiB, the newest.
    ///
    /// Over a connection the sender's name is only a claim until its announcement, which is signed,
    /// says that it runs on the machine that the message came from. Messages that came before it
    /// are counted as lost unless `unverified` ones are asked for. What arrives after `gone` was
    /// cancelled is not for this subscription, and waits if there is no other.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed).
    pub fn subscribe_direct(
        &self,
        unverified: bool,
        gone: CancellationToken,
    ) -> BoxFuture<'static, Result<DirectSubscription>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            if inner.network().is_ok() {
                inner.start_inbox().await?;
            }
            let ear = Arc::new(Ear { unverified, gone, ..Ear::default() });
            let mut state = lock(&inner.mailbox.state);
            let waiting = std::mem::take(&mut state.waiting);
            for message in waiting.messages {
                ear.offer(message);
            }
            lock(&ear.queue).lost += waiting.lost;
            state.ears.push(Arc::clone(&ear));
            drop(state);
            Ok(DirectSubscription { ear, closing: inner.lifecycle.closing() })
        })
    }
}

impl DirectSubscription {
    /// Waits for the next message. Dropping the future loses nothing.
    pub fn recv(&mut self) -> BoxFuture<'_, std::result::Result<DirectMessage, SubscriptionEnd>> {
        Box::pin(async {
            loop {
                let arrived = self.ear.arrived.notified();
                {
                    let mut queue = lock(&self.ear.queue);
                    if !self.closing.is_open() {
                        return Err(SubscriptionEnd::Closed);
                    }
                    if let Some(message) = queue.pop() {
                        return Ok(message);
                    }
                    if queue.lagged {
                        return Err(SubscriptionEnd::Lagged);
                    }
                }
                tokio::select! {
                    () = self.closing.begun() => return Err(SubscriptionEnd::Closed),
                    () = arrived => {}
                }
            }
        })
    }
}

impl Inner {
    /// Reads direct messages until the agent closes. The crate's own queue drops messages without a
    /// word when nobody reads it.
    pub(crate) fn start_mailbox(self: &Arc<Self>) {
        let inner = Arc::clone(self);
        let mut closing = self.lifecycle.closing();
        self.runtime.spawn(async move {
            loop {
                let message = tokio::select! {
                    biased;
                    () = closing.begun() => return,
                    message = inner.native.recv_direct() => message,
                };
                let Some(message) = message else { return };
                inner.mailbox.deliver(inner.read(message).await);
            }
        });
    }

    async fn read(&self, message: x0x::direct::DirectMessage) -> DirectMessage {
        let level = self.native.contacts().read().await.trust_level(&message.sender);
        DirectMessage {
            sender: AgentId::from_bytes(message.sender.0),
            machine: MachineId::from_bytes(message.machine_id.0),
            verified: message.verified,
            trust: trust(Some(level)),
            received_at_ms: now_ms(),
            payload: message.payload.into(),
            lost_before: 0,
        }
    }
}

impl Mailbox {
    /// Whether this is the first message to that agent, as far as is remembered.
    pub(super) fn introduce(&self, to: AgentId) -> bool {
        let mut introduced = lock(&self.introduced);
        if introduced.len() >= MAX_INTRODUCED {
            introduced.clear();
        }
        introduced.insert(to)
    }

    fn deliver(&self, message: DirectMessage) {
        let mut state = lock(&self.state);
        // A subscription that was dropped holds its ear no longer.
        state.ears.retain(|ear| Arc::strong_count(ear) > 1 && !ear.gone.is_cancelled());
        if state.ears.is_empty() {
            while !state.waiting.has_room(&message, &WAITING) && state.waiting.drop_oldest() {}
            state.waiting.push(message);
            return;
        }
        for ear in &state.ears {
            ear.offer(message.clone());
        }
    }
}

impl Ear {
    fn offer(&self, message: DirectMessage) {
        let mut queue = lock(&self.queue);
        if !message.verified && !self.unverified {
            queue.lost += message.lost_before + 1;
        } else if queue.lagged || !queue.has_room(&message, &SUBSCRIBED) {
            queue.lagged = true;
        } else {
            queue.push(message);
        }
        self.arrived.notify_one();
    }
}

impl Queue {
    fn has_room(&self, message: &DirectMessage, room: &Room) -> bool {
        self.messages.len() < room.messages && self.bytes + message.payload.len() <= room.bytes
    }

    fn push(&mut self, mut message: DirectMessage) {
        message.lost_before += std::mem::take(&mut self.lost);
        self.bytes += message.payload.len();
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<DirectMessage> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.payload.len();
        Some(message)
    }

    /// Drops the oldest message and counts it; false if there is none.
    fn drop_oldest(&mut self) -> bool {
        let Some(message) = self.pop() else { return false };
        let lost = message.lost_before + 1;
        match self.messages.front_mut() {
            Some(next) => next.lost_before += lost,
            None => self.lost += lost,
        }
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
