//! Watching a list: the crate tells nobody when a replica changes.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    list::{ListInner, TaskList},
    task::TaskSnapshot,
};
use crate::{Result, Subscription, SubscriptionEnd, agent::Inner, lifecycle::Closing};

/// Tells watchers the revision of one replica. Its task starts with the first watcher and then
/// serves all of them.
#[derive(Debug)]
pub(crate) struct Pulse {
    revision: watch::Sender<u64>,
    beat: Arc<Notify>,
    started: AtomicBool,
}

/// The changes of a replica: each step gives the snapshot of the newest revision. Steps that
/// come faster than they are taken are one.
#[derive(Debug)]
pub struct TaskWatch {
    list: TaskList,
    revision: watch::Receiver<u64>,
    shown: Option<u64>,
    closing: Closing,
}

impl TaskList {
    /// Watches the list. The first step is the snapshot of now.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed).
    pub fn watch(&self) -> BoxFuture<'static, Result<TaskWatch>> {
        let list = self.clone();
        Box::pin(async move {
            let (agent, inner) = (&list.agent, &list.inner);
            agent.lifecycle.ensure_open()?;
            let revision = inner.pulse(agent).await?;
            let closing = agent.lifecycle.closing();
            Ok(TaskWatch { revision, closing, shown: None, list: list.clone() })
        })
    }
}

impl TaskWatch {
    /// Waits for the next snapshot; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn changed(&mut self) -> BoxFuture<'_, Option<TaskSnapshot>> {
        Box::pin(async {
            loop {
                if !self.closing.is_open() {
                    return None;
                }
                self.revision.mark_unchanged();
                let snapshot = self.list.inner.snapshot().await.ok()?;
                if self.shown != Some(snapshot.revision) {
                    self.shown = Some(snapshot.revision);
                    return Some(snapshot);
                }
                tokio::select! {
                    biased;
                    () = self.closing.begun() => return None,
                    changed = self.revision.changed() => changed.ok()?,
                }
            }
        })
    }
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self {
            revision: watch::Sender::new(0),
            beat: Arc::new(Notify::new()),
            started: AtomicBool::new(false),
        }
    }

    /// Says that this replica was changed here.
    pub(super) fn beat(&self) {
        self.beat.notify_one();
    }
}

impl ListInner {
    /// Says when this replica may have changed.
    pub(super) async fn pulse(
        self: &Arc<Self>,
        agent: &Arc<Inner>,
    ) -> Result<watch::Receiver<u64>> {
        let revision = self.pulse.revision.subscribe();
        if !self.pulse.started.swap(true, Ordering::AcqRel) {
            let topic = agent.subscribe(&self.topic).await?;
            agent.runtime.spawn(pulse(Arc::downgrade(self), Arc::downgrade(agent), topic));
        }
        Ok(revision)
    }

    /// True if the revision is news.
    async fn look(&self) -> bool {
        let revision = self.revision().await;
        self.pulse.revision.send_if_modified(|known| std::mem::replace(known, revision) != revision)
    }
}

/// Looks at the revision whenever something may have changed: a message on the list's topic, a
/// change made here, and every 250 ms for what slipped through.
async fn pulse(list: Weak<ListInner>, agent: Weak<Inner>, mut topic: Subscription) {
    let Some(beat) = list.upgrade().map(|list| Arc::clone(&list.pulse.beat)) else { return };
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut woken = false;
        tokio::select! {
            _ = poll.tick() => {}
            () = beat.notified() => {}
            message = topic.recv() => match message {
                Ok(_) => woken = true,
                Err(SubscriptionEnd::Closed) => return,
                Err(SubscriptionEnd::Lagged) => {
                    let Some((list, agent)) = list.upgrade().zip(agent.upgrade()) else { return };
                    match agent.subscribe(&list.topic).await {
                        Ok(again) => topic = again,
                        Err(_) => return,
                    }
                }
            },
        }
        let Some(list) = list.upgrade() else { return };
        // The replica reads the same message in its own time, usually within a millisecond.
        let mut delays = MERGE_DELAYS.into_iter();
        while !list.look().await && woken {
            let Some(delay) = delays.next() else { break };
            sleep(delay).await;
        }
    }
}

const POLL: Duration = Duration::from_millis(250);
const MERGE_DELAYS: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(3),
    Duration::from_millis(8),
    Duration::from_millis(20),
];
