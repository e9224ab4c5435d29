//! One replica of a shared task list.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};
use x0x::{FenceToken, TaskListHandle, TaskMutationOutcome, crdt};

use super::{
    stamp,
    task::{Ownership, TaskSnapshot, TaskState},
};
use crate::{
    Agent, AgentError, AgentId, Result, TaskId, agent::Inner, pubsub::now_ms, pulse::Pulse, topic,
};

/// The longest title in bytes.
pub const MAX_TITLE_BYTES: usize = 4 << 10;

/// The longest description in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 64 << 10;

/// A replica of a shared task list.
///
/// All lists that an agent opens on one topic are the same replica, which lives as long as the
/// agent: a second one would count tasks anew and give their ids again.
#[derive(Debug, Clone)]
pub struct TaskList {
    pub(super) inner: Arc<ListInner>,
    pub(super) agent: Arc<Inner>,
}

/// A task that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// Its id.
    pub id: TaskId,
    /// Its place in the order, see [`Task::created_at_ms`](crate::Task::created_at_ms).
    pub created_at_ms: u64,
    /// The revision of the replica that has it.
    pub revision: u64,
}

/// What a claim or a completion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Who holds the task, or has completed it, as far as this replica knows.
    pub owner: Ownership,
    /// The revision of the replica that says so.
    pub revision: u64,
}

#[derive(Debug)]
pub(crate) struct ListInner {
    pub(super) handle: TaskListHandle,
    /// The network topic, with its prefix.
    pub(super) topic: String,
    pub(super) pulse: Pulse,
    storage: Option<PathBuf>,
    latest_ms: AtomicU64,
}

impl Agent {
    /// Opens the shared list of a topic; creating and joining are one thing. With `storage` the
    /// replica is kept there, one file per list, written before others hear of a change.
    ///
    /// # Errors
    ///
    /// [`AgentError::CorruptList`] if the stored list does not load or cannot be written,
    /// [`AgentError::ListStorage`] if the agent has it open elsewhere,
    /// [`AgentError::EmptyTopic`], [`AgentError::TooLarge`], [`AgentError::Offline`],
    /// [`AgentError::Closed`].
    pub fn task_list(
        &self,
        topic: &str,
        storage: Option<&Path>,
    ) -> BoxFuture<'static, Result<TaskList>> {
        let (topic, storage) = (topic.to_owned(), storage.map(Path::to_path_buf));
        Box::pin(open(Arc::clone(&self.inner), topic, storage))
    }
}

async fn open(agent: Arc<Inner>, topic: String, storage: Option<PathBuf>) -> Result<TaskList> {
    agent.lifecycle.ensure_open()?;
    let topic = topic::of_tasks(&topic)?;
    let mut lists = agent.lists.lock().await;
    agent.lifecycle.ensure_open()?;
    if let Some(inner) = lists.get(&topic) {
        if inner.storage != storage {
            return Err(AgentError::ListStorage);
        }
        let inner = Arc::clone(inner);
        drop(lists);
        return Ok(TaskList { inner, agent });
    }
    // The name is the replica's own and never shown.
    let handle = match &storage {
        Some(directory) => agent.native.create_task_list_persistent("", &topic, directory).await,
        None => agent.native.create_task_list("", &topic).await,
    };
    let inner = Arc::new(ListInner {
        handle: handle.map_err(AgentError::native)?,
        topic: topic.clone(),
        pulse: Pulse::new(),
        storage,
        latest_ms: AtomicU64::new(0),
    });
    lists.insert(topic, Arc::clone(&inner));
    drop(lists);
    Ok(TaskList { inner, agent })
}

impl TaskList {
    /// Adds a task.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`], [`AgentError::Closed`].
    pub fn add(&self, title: &str, description: &str) -> BoxFuture<'static, Result<Added>> {
        let (list, title, description) = (self.clone(), title.to_owned(), description.to_owned());
        Box::pin(async move { list.add_task(title, &description).await })
    }

    /// Claims a task for this agent. The answer is provisional: an earlier claim that has not
    /// arrived yet still wins. A task that another agent is known to have claimed is left alone
    /// and the answer names that agent.
    ///
    /// `revision` makes it conditional: nothing happens unless the replica is at that revision.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskState`] if it is done,
    /// [`AgentError::TaskStale`], [`AgentError::Closed`].
    pub fn claim(&self, id: TaskId, revision: Option<u64>) -> BoxFuture<'static, Result<Changed>> {
        let list = self.clone();
        Box::pin(async move { list.change(Change::Claim, id, revision).await })
    }

    /// Completes a claimed task, whoever claimed it, and answers who completed it.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskState`] if it is done or was not claimed,
    /// [`AgentError::TaskStale`], [`AgentError::Closed`].
    pub fn complete(
        &self,
        id: TaskId,
        revision: Option<u64>,
    ) -> BoxFuture<'static, Result<Changed>> {
        let list = self.clone();
        Box::pin(async move { list.change(Change::Complete, id, revision).await })
    }

    /// The tasks as this replica has them now.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`].
    pub fn snapshot(&self) -> BoxFuture<'static, Result<TaskSnapshot>> {
        let list = self.clone();
        Box::pin(async move {
            list.agent.lifecycle.ensure_open()?;
            list.inner.snapshot().await
        })
    }

    /// Asks all replicas for all they have, which a replica that is not empty never does by
    /// itself, and waits until it has settled: about two seconds, ten at most. Useful after a
    /// restart from disk or a long break. Does nothing without peers.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`], [`AgentError::Network`].
    pub fn resync(&self) -> BoxFuture<'static, Result<()>> {
        let list = self.clone();
        Box::pin(async move {
            let mut closing = list.agent.lifecycle.closing();
            tokio::select! {
                biased;
                () = closing.begun() => Err(AgentError::Closed),
                done = list.request_all() => done,
            }
        })
    }

    async fn add_task(&self, title: String, description: &str) -> Result<Added> {
        check_size("the title", &title, MAX_TITLE_BYTES)?;
        check_size("the description", description, MAX_DESCRIPTION_BYTES)?;
        self.agent.lifecycle.ensure_open()?;
        let mut last = self.agent.publishing.lock().await;
        self.agent.lifecycle.ensure_open()?;
        let latest_ms = self.inner.latest_ms.load(Ordering::Relaxed);
        let created_at_ms = stamp::next(now_ms(), latest_ms);
        self.inner.latest_ms.fetch_max(created_at_ms, Ordering::Relaxed);
        let description = stamp::attach(description, created_at_ms);
        let added = self.inner.handle.add_task_versioned(title, description).await;
        *last = Some(Instant::now());
        let (id, revision) = added.map_err(AgentError::native)?;
        self.inner.pulse.beat();
        let id = TaskId::from_bytes(*id.as_bytes());
        Ok(Added { id, created_at_ms, revision })
    }

    async fn change(&self, change: Change, id: TaskId, expected: Option<u64>) -> Result<Changed> {
        self.agent.lifecycle.ensure_open()?;
        let mut last = self.agent.publishing.lock().await;
        self.agent.lifecycle.ensure_open()?;
        let handle = &self.inner.handle;
        let snapshot = self.inner.snapshot().await?;
        if let Some(expected) = expected
            && expected != snapshot.revision
        {
            return Err(AgentError::TaskStale { expected, current: snapshot.revision });
        }
        let task = snapshot.find(id).ok_or(AgentError::TaskNotFound { id })?;
        if let Some(owner) = change.settled(task)? {
            return Ok(Changed { owner, revision: snapshot.revision });
        }
        let fence = match expected {
            Some(revision) => Some(FenceToken { epoch: handle.version().await.epoch, revision }),
            None => None,
        };
        let native_id = crdt::TaskId::from_bytes(*id.as_bytes());
        let outcome = match change {
            Change::Claim => handle.claim_task_versioned(native_id, fence).await,
            Change::Complete => handle.complete_task_versioned(native_id, fence).await,
        };
        *last = Some(Instant::now());
        self.inner.pulse.beat();
        match outcome {
            Ok(TaskMutationOutcome::Committed { advisory, fence }) => {
                let mine = (advisory.agent, now_ms());
                let (agent, at_ms) = advisory.current_winner.unwrap_or(mine);
                {
                    let owner = Ownership { agent: AgentId::from_bytes(*agent.as_bytes()), at_ms };
                    Ok(Changed { owner, revision: fence.revision })
                }
            }
            Ok(TaskMutationOutcome::StaleLocalVersion { current }) => Err(AgentError::TaskStale {
                expected: expected.unwrap_or_default(),
                current: current.revision,
            }),
            Ok(TaskMutationOutcome::TaskMissing { .. }) => Err(AgentError::TaskNotFound { id }),
            // A merge came between the look above and the change.
            Err(error) if error.to_string().contains("invalid state transition") => {
                Err(change.refused(id, self.inner.snapshot().await?.find(id).map(|t| t.state)))
            }
            Err(error) => Err(AgentError::native(error)),
        }
    }

    /// A second, empty replica asks for everything when it starts; answers go to all replicas.
    async fn request_all(&self) -> Result<()> {
        self.agent.lifecycle.ensure_open()?;
        if self.agent.peers().await?.is_empty() {
            return Ok(());
        }
        let asking = self.agent.native.join_task_list(&self.inner.topic).await;
        let asking = asking.map_err(AgentError::native)?;
        let started = Instant::now();
        let mut last = (0, 0);
        let mut still_since = started;
        while started.elapsed() < RESYNC_LIMIT {
            let own = self.inner.handle.version().await.revision;
            let now = (own, asking.version().await.revision);
            if now != last {
                (last, still_since) = (now, Instant::now());
            }
            if started.elapsed() > RESYNC_ASKS && still_since.elapsed() > RESYNC_STILL {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        asking.cancel_sync_and_drain().await;
        self.inner.pulse.beat();
        Ok(())
    }
}

impl ListInner {
    pub(super) async fn snapshot(&self) -> Result<TaskSnapshot> {
        let listed = self.handle.list_tasks_with_version().await;
        let (tasks, version) = listed.map_err(AgentError::native)?;
        let snapshot = TaskSnapshot::new(version.revision, tasks);
        let limit = stamp::next(now_ms(), snapshot.latest_ms());
        if snapshot.latest_ms() < limit {
            self.latest_ms.fetch_max(snapshot.latest_ms(), Ordering::Relaxed);
        }
        Ok(snapshot)
    }

    /// Ends the replication of this replica.
    pub(crate) async fn stop(&self) {
        self.handle.cancel_sync_and_drain().await;
    }
}

#[derive(Clone, Copy)]
enum Change {
    Claim,
    Complete,
}

impl Change {
    /// The answer if nothing has to happen, or why nothing may.
    fn settled(self, task: &super::task::Task) -> Result<Option<Ownership>> {
        match (self, task.state) {
            (Self::Claim, TaskState::Empty) | (Self::Complete, TaskState::Claimed) => Ok(None),
            // Claiming against a known claim could only win by a clock that is behind.
            (Self::Claim, TaskState::Claimed) => Ok(task.claimed_by),
            (_, state) => Err(self.refused(task.id, Some(state))),
        }
    }

    fn refused(self, id: TaskId, state: Option<TaskState>) -> AgentError {
        let action = match self {
            Self::Claim => "claimed",
            Self::Complete => "completed",
        };
        let state = match state {
            Some(TaskState::Empty) => "not claimed",
            Some(TaskState::Claimed) => "claimed",
            Some(TaskState::Done) => "done",
            None => return AgentError::TaskNotFound { id },
        };
        AgentError::TaskState { id, action, state }
    }
}

fn check_size(what: &'static str, text: &str, limit: usize) -> Result<()> {
    if text.len() > limit {
        return Err(AgentError::TooLarge { what, size: text.len(), limit });
    }
    Ok(())
}

/// An empty replica asks about one second after its start.
const RESYNC_ASKS: Duration = Duration::from_millis(1500);
/// How long both replicas must rest.
const RESYNC_STILL: Duration = Duration::from_millis(500);
const RESYNC_LIMIT: Duration = Duration::from_secs(10);
