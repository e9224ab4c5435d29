//! Joining: the crate answers "ok" after 70 s with nobody there, so the wait is ours.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};

use crate::{Agent, AgentError, MachineId, Result, agent::Inner};

/// When [`Agent::join`] is content.
#[derive(Debug, Clone, Copy)]
pub struct JoinOptions {
    /// How many peers must be connected. With 0 the wait ends when the join has run its course.
    pub min_peers: usize,
    /// How long to wait.
    pub limit: Duration,
}

/// What a join came to.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The machines that are connected now, in order of their ids.
    pub peers: Vec<MachineId>,
}

/// The state of the join that runs in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    Running,
    Done,
    Failed(String),
}

pub(crate) type JoinTask = watch::Receiver<Progress>;

impl Agent {
    /// Joins the network: dials the bootstrap addresses and announces the agent. Waits for the
    /// peers asked for, dialling again those that did not answer. The join itself goes on in the
    /// background whatever becomes of the wait; joining again is harmless.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooFewPeers`] when the limit passes, [`AgentError::Closed`],
    /// [`AgentError::Offline`].
    pub fn join(&self, options: JoinOptions) -> BoxFuture<'_, Result<Joined>> {
        Box::pin(self.inner.join(options))
    }
}

impl Inner {
    async fn join(self: &Arc<Self>, options: JoinOptions) -> Result<Joined> {
        self.lifecycle.ensure_open()?;
        self.network()?;
        let mut closing = self.lifecycle.closing();
        let needed = options.min_peers;
        let waited = timeout(options.limit, self.wait_for_peers(needed));
        let joined = tokio::select! {
            biased;
            () = closing.begun() => return Err(AgentError::Closed),
            joined = waited => joined,
        };
        // So that the status says at once what the answer says.
        self.look().await?;
        match joined {
            Ok(result) => result,
            Err(_) => {
                let peers = self.peers().await?;
                if peers.len() >= needed {
                    return Ok(Joined { peers });
                }
                let (found, waited) = (peers.len(), options.limit);
                Err(AgentError::TooFewPeers { found, needed, waited })
            }
        }
    }

    async fn wait_for_peers(self: &Arc<Self>, needed: usize) -> Result<Joined> {
        let mut progress = self.start_join();
        let mut redial = interval_at(Instant::now() + REDIAL, REDIAL);
        redial.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut enough_since = None;
        loop {
            let state = progress.borrow_and_update().clone();
            if let Progress::Failed(message) = state {
                return Err(AgentError::Network { message });
            }
            let done = state == Progress::Done;
            let peers = self.peers().await?;
            if peers.len() >= needed {
                // One dead address among several would hold up the rest for a minute.
                let since = *enough_since.get_or_insert_with(Instant::now);
                if done || (needed > 0 && since.elapsed() > SETTLE) {
                    return Ok(Joined { peers });
                }
            } else {
                enough_since = None;
            }
            tokio::select! {
                Ok(()) = progress.changed() => {}
                () = sleep(LOOK) => {}
                _ = redial.tick(), if done && peers.len() < needed => self.keeper.kick(),
            }
        }
    }

    /// Waits until messages can flow: the gossip runtime is the first thing a join starts.
    pub(crate) async fn started(self: &Arc<Self>) -> Result<()> {
        let mut progress = self.start_join();
        let wait = progress.wait_for(|state| *state != Progress::Running);
        match timeout(STARTED, wait).await {
            Ok(Ok(state)) => match &*state {
                Progress::Failed(message) => Err(AgentError::Network { message: message.clone() }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The running or finished join; a failed one is tried again.
    fn start_join(self: &Arc<Self>) -> JoinTask {
        let mut join = self.join.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = join.as_ref()
            && !matches!(*task.borrow(), Progress::Failed(_))
        {
            return task.clone();
        }
        let (sender, task) = watch::channel(Progress::Running);
        *join = Some(task.clone());
        self.start_monitor();
        self.start_keeper();
        let inner = Arc::clone(self);
        let mut closing = self.lifecycle.closing();
        self.runtime.spawn(async move {
            let progress = tokio::select! {
                biased;
                () = closing.begun() => return,
                joined = inner.native.join_network() => match joined {
                    Ok(()) => Progress::Done,
                    Err(error) => Progress::Failed(AgentError::native(error).to_string()),
                },
            };
            sender.send_replace(progress);
        });
        task
    }

    /// Whether a join has begun and the agent is open.
    pub(crate) fn is_joined(&self) -> bool {
        let joined = self.join.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        joined && self.lifecycle.ensure_open().is_ok()
    }
}

/// How often the peers are counted while waiting.
const LOOK: Duration = Duration::from_millis(20);
/// How long enough peers suffice while other addresses are still being dialled.
const SETTLE: Duration = Duration::from_millis(250);
/// How often unanswered addresses are dialled again.
const REDIAL: Duration = Duration::from_secs(2);
/// How long a connect waits for the join; without dead addresses that takes milliseconds.
const STARTED: Duration = Duration::from_millis(250);
