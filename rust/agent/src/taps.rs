//! Every message of the topics that the agent is subscribed to, once, for whoever watches.
//!
//! A topic with open subscriptions has one tap while somebody watches: a subscription of its own,
//! which no slow reader holds up.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use futures::future::BoxFuture;
use tokio::{
    runtime::Handle,
    sync::{Mutex, mpsc},
    task::AbortHandle,
};

use crate::{
    Agent, Message, Result, Subscription, SubscriptionEnd, agent::Inner, lifecycle::Closing,
};

/// Something that happened on a topic.
#[derive(Debug, Clone)]
pub struct TopicEvent {
    /// The topic.
    pub topic: Arc<str>,
    /// What arrived, or nothing if messages were lost because the watcher was too slow.
    pub message: Option<Message>,
}

/// The messages of all topics with an open subscription. Ends with the agent.
#[derive(Debug)]
pub struct MessageWatch {
    events: mpsc::Receiver<TopicEvent>,
    closing: Closing,
}

#[derive(Debug, Default)]
pub(crate) struct Taps(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    watchers: Vec<mpsc::Sender<TopicEvent>>,
    topics: HashMap<Arc<str>, Open>,
}

#[derive(Debug, Default)]
struct Open {
    subscriptions: usize,
    tap: Option<AbortHandle>,
}

/// Keeps a topic tapped; part of a subscription.
pub(crate) struct Tapped {
    topic: Arc<str>,
    agent: Weak<Inner>,
    runtime: Handle,
}

impl Agent {
    /// Watches the messages of all topics that the agent is subscribed to, whoever opened the
    /// subscription and whether or not it is read. Each message comes once.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed),
    /// [`AgentError::Offline`](crate::AgentError::Offline).
    pub fn watch_messages(&self) -> BoxFuture<'static, Result<MessageWatch>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            inner.network()?;
            let (sender, events) = mpsc::channel(WATCH_CAPACITY);
            let closing = inner.lifecycle.closing();
            let mut state = inner.taps.0.lock().await;
            state.watchers.push(sender);
            for (topic, open) in &mut state.topics {
                open.tap(&inner, topic).await?;
            }
            drop(state);
            Ok(MessageWatch { events, closing })
        })
    }
}

impl MessageWatch {
    /// Waits for the next message; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn recv(&mut self) -> BoxFuture<'_, Option<TopicEvent>> {
        Box::pin(async {
            tokio::select! {
                biased;
                () = self.closing.begun() => None,
                event = self.events.recv() => event,
            }
        })
    }
}

impl Taps {
    /// Counts a subscription, and taps its topic if somebody watches.
    pub(crate) async fn hold(agent: &Arc<Inner>, topic: &str) -> Result<Tapped> {
        let mut state = agent.taps.0.lock().await;
        state.watchers.retain(|watcher| !watcher.is_closed());
        let watched = !state.watchers.is_empty();
        let topic: Arc<str> = topic.into();
        let open = state.topics.entry(Arc::clone(&topic)).or_default();
        open.subscriptions += 1;
        let tapped = if watched { open.tap(agent, &topic).await } else { Ok(()) };
        drop(state);
        let held = Tapped { topic, agent: Arc::downgrade(agent), runtime: agent.runtime.clone() };
        tapped.map(|()| held)
    }

    async fn release(&self, topic: &str) {
        let mut state = self.0.lock().await;
        let Some(open) = state.topics.get_mut(topic) else { return };
        open.subscriptions = open.subscriptions.saturating_sub(1);
        if open.subscriptions == 0
            && let Some(tap) = state.topics.remove(topic).and_then(|open| open.tap)
        {
            tap.abort();
        }
    }

    /// How many subscriptions are open.
    pub(crate) async fn subscriptions(&self) -> usize {
        self.0.lock().await.topics.values().map(|open| open.subscriptions).sum()
    }

    /// Those who watch, unless the topic has no subscription any more: a tap that is aborted may
    /// have one message in its hands. With nobody left the tap that asks is removed and ends.
    async fn watchers(&self, topic: &str) -> Vec<mpsc::Sender<TopicEvent>> {
        let mut state = self.0.lock().await;
        let State { watchers, topics } = &mut *state;
        watchers.retain(|watcher| !watcher.is_closed());
        let Some(open) = topics.get_mut(topic) else { return Vec::new() };
        if watchers.is_empty() {
            open.tap = None;
        }
        watchers.clone()
    }
}

impl Open {
    async fn tap(&mut self, agent: &Arc<Inner>, topic: &Arc<str>) -> Result<()> {
        if self.tap.is_none() {
            let messages = agent.subscribe(topic).await?;
            let tap = tap(Arc::downgrade(agent), Arc::clone(topic), messages);
            self.tap = Some(agent.runtime.spawn(tap).abort_handle());
        }
        Ok(())
    }
}

async fn tap(agent: Weak<Inner>, topic: Arc<str>, mut messages: Subscription) {
    loop {
        let received = messages.recv().await;
        let Some(agent) = agent.upgrade() else { return };
        let message = match received {
            Ok(message) => Some(message),
            Err(SubscriptionEnd::Closed) => return,
            Err(SubscriptionEnd::Lagged) => match agent.subscribe(&topic).await {
                Ok(again) => {
                    messages = again;
                    None
                }
                Err(_) => return,
            },
        };
        let watchers = agent.taps.watchers(&topic).await;
        if watchers.is_empty() {
            return;
        }
        drop(agent);
        for watcher in watchers {
            // One that left is removed before the next message.
            let _ = watcher
                .send(TopicEvent { topic: Arc::clone(&topic), message: message.clone() })
                .await;
        }
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        let (agent, topic) = (Weak::clone(&self.agent), Arc::clone(&self.topic));
        self.runtime.spawn(async move {
            if let Some(agent) = agent.upgrade() {
                agent.taps.release(&topic).await;
            }
        });
    }
}

/// Messages that wait for one watcher; as many as 10,000 more wait in the crate.
const WATCH_CAPACITY: usize = 1024;
