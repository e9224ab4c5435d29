//! The pulse of a replica: the crate tells nobody when one changes.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, sleep},
};

use super::StoreInner;
use crate::{Result, Subscription, SubscriptionEnd, agent::Inner, lifecycle::Closing};

/// Tells watchers the revision of one replica. Its task starts with the first watcher and then
/// serves all of them.
#[derive(Debug)]
pub(super) struct Pulse {
    revision: watch::Sender<u64>,
    beat: Arc<Notify>,
    started: AtomicBool,
}

/// One watcher's view of a pulse.
#[derive(Debug)]
pub(super) struct Watcher {
    revision: watch::Receiver<u64>,
    closing: Closing,
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

    /// Starts to watch a replica.
    pub(super) async fn watch(agent: &Arc<Inner>, replica: &Arc<StoreInner>) -> Result<Watcher> {
        agent.lifecycle.ensure_open()?;
        let pulse = &replica.pulse;
        let revision = pulse.revision.subscribe();
        if !pulse.started.swap(true, Ordering::AcqRel) {
            let topic = agent.subscribe(&replica.topic).await?;
            agent.runtime.spawn(run(Arc::downgrade(replica), Arc::downgrade(agent), topic));
        }
        Ok(Watcher { revision, closing: agent.lifecycle.closing() })
    }
}

impl Watcher {
    /// Whether the agent is open; from here on the next change counts.
    pub(super) fn begin(&mut self) -> bool {
        self.revision.mark_unchanged();
        self.closing.is_open()
    }

    /// Waits for a change; false when the agent is closed.
    pub(super) async fn changed(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.closing.begun() => false,
            changed = self.revision.changed() => changed.is_ok(),
        }
    }
}

/// True if the revision is news.
async fn look(replica: &StoreInner) -> bool {
    let revision = replica.revision().await;
    let known = &replica.pulse.revision;
    known.send_if_modified(|known| std::mem::replace(known, revision) != revision)
}

/// Looks at the revision whenever something may have changed: a message on the replica's topic, a
/// change made here, and every 250 ms for what slipped through.
async fn run(replica: Weak<StoreInner>, agent: Weak<Inner>, mut topic: Subscription) {
    let Some(beat) = replica.upgrade().map(|replica| Arc::clone(&replica.pulse.beat)) else {
        return;
    };
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
                    let Some((replica, agent)) = replica.upgrade().zip(agent.upgrade()) else {
                        return;
                    };
                    match agent.subscribe(&replica.topic).await {
                        Ok(again) => topic = again,
                        Err(_) => return,
                    }
                }
            },
        }
        let Some(replica) = replica.upgrade() else { return };
        // The replica reads the same message in its own time, usually within a millisecond.
        let mut delays = MERGE_DELAYS.into_iter();
        while !look(&replica).await && woken {
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
