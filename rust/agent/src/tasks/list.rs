//! A shared list, as its users see it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;

use super::{
    OfflineTaskList, catch_up,
    entry::Signer,
    ledger::Ledger,
    open::Held,
    replica::ListInner,
    task::{Change, Changed, NewTask, Task, TaskChanges, TaskEdit, TaskHistory, TaskSnapshot},
    wire::Delta,
};
use crate::{Agent, AgentError, Result, TaskId, agent::Inner, pubsub::now_ms, topic};

/// A replica of a shared task list.
///
/// All lists that an agent opens on one topic are the same replica, which lives as long as the
/// agent.
#[derive(Debug, Clone)]
pub struct TaskList {
    pub(super) inner: Arc<ListInner>,
    pub(super) agent: Arc<Inner>,
    _held: Arc<Held>,
}

impl Agent {
    /// Opens the shared list of a topic; creating and joining are one thing. With `storage` the
    /// replica is kept there, one file per list, written before others hear of a change.
    ///
    /// # Errors
    ///
    /// [`AgentError::CorruptList`] if the stored list does not load, [`AgentError::ListFile`] if
    /// it cannot be read or written, [`AgentError::ListStorage`] if it is open elsewhere,
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
    let name = topic;
    let topic = topic::of_tasks(&name)?;
    let mut lists = agent.lists.lock().await;
    agent.lifecycle.ensure_open()?;
    if let Some(inner) = lists.get(&topic) {
        if inner.storage != storage {
            return Err(AgentError::ListStorage);
        }
        let inner = Arc::clone(inner);
        drop(lists);
        return Ok(TaskList::hold(inner, agent, name));
    }
    agent.network()?;
    let signer = agent.signer();
    let network_topic = topic.clone();
    let load = move || ListInner::load(network_topic, storage.as_deref(), signer);
    let loaded = tokio::task::spawn_blocking(load).await;
    let inner = Arc::new(loaded.unwrap_or(Err(AgentError::Closed))?);
    let heard = agent.subscribe(&topic).await?;
    let aside = agent.subscribe(&inner.aside_topic()).await?;
    agent.runtime.spawn(catch_up::run(Arc::clone(&inner), Arc::clone(&agent), heard, aside));
    if inner.storage.is_some() {
        agent.runtime.spawn(catch_up::keep(Arc::clone(&inner), Arc::clone(&agent)));
    }
    lists.insert(topic, Arc::clone(&inner));
    drop(lists);
    Ok(TaskList::hold(inner, agent, name))
}

impl Inner {
    fn signer(&self) -> Signer {
        Signer::new(self.native.identity().agent_keypair(), *self.info.machine_id.as_bytes())
    }
}

impl TaskList {
    /// Adds tasks, in their order, and answers them.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`], [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn add(&self, tasks: Vec<NewTask>) -> BoxFuture<'static, Result<Vec<Task>>> {
        let list = self.clone();
        Box::pin(
            async move { list.change(|ledger, signer| ledger.add(&tasks, signer, now_ms())).await },
        )
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
    /// [`AgentError::TaskStale`], [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn claim(&self, id: TaskId, revision: Option<u64>) -> BoxFuture<'static, Result<Changed>> {
        let list = self.clone();
        Box::pin(async move { list.settle(Change::Claim, id, revision).await })
    }

    /// Completes a claimed task, whoever claimed it, and answers who completed it.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskState`] if it is done or was not claimed,
    /// [`AgentError::TaskStale`], [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn complete(
        &self,
        id: TaskId,
        revision: Option<u64>,
    ) -> BoxFuture<'static, Result<Changed>> {
        let list = self.clone();
        Box::pin(async move { list.settle(Change::Complete, id, revision).await })
    }

    /// Changes what is written about a task.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TooLarge`], [`AgentError::ListFile`],
    /// [`AgentError::Closed`].
    pub fn edit(&self, id: TaskId, edit: TaskEdit) -> BoxFuture<'static, Result<()>> {
        let list = self.clone();
        Box::pin(async move {
            list.change(|ledger, signer| Ok(((), ledger.edit(id, &edit, signer, now_ms())?))).await
        })
    }

    /// Removes a task for good. A removal wins over whatever else happens to the task.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn remove(&self, id: TaskId) -> BoxFuture<'static, Result<()>> {
        let list = self.clone();
        Box::pin(
            async move { list.change(|ledger, signer| Ok(((), ledger.remove(id, signer)?))).await },
        )
    }

    /// Puts tasks first, in the order given; the others follow in the order they have. Of several
    /// reorders the latest decides.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskTwice`], [`AgentError::TooLarge`],
    /// [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn reorder(&self, ids: Vec<TaskId>) -> BoxFuture<'static, Result<()>> {
        let list = self.clone();
        Box::pin(async move {
            list.change(|ledger, signer| Ok(((), ledger.reorder(&ids, signer, now_ms())?))).await
        })
    }

    /// Merges what an offline list of the same topic knows, and tells the others.
    ///
    /// # Errors
    ///
    /// [`AgentError::OtherList`], [`AgentError::ListFile`], [`AgentError::Closed`].
    pub fn merge(&self, other: &OfflineTaskList) -> BoxFuture<'static, Result<()>> {
        let merged = other.with_ledger(|other| {
            if *self.inner.ledger().scope() != *other.scope() {
                return Err(AgentError::OtherList);
            }
            self.agent.lifecycle.ensure_open()?;
            Ok(self.inner.ledger().merge(other, &self.inner.signer))
        });
        let list = self.clone();
        Box::pin(async move { list.inner.commit(&list.agent, merged?).await })
    }

    /// Every claim and completion of a task that has arrived here.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::Closed`].
    pub fn history(&self, id: TaskId) -> Result<TaskHistory> {
        self.agent.lifecycle.ensure_open()?;
        self.inner.ledger().history(id)
    }

    /// The tasks as this replica has them now, in order.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`].
    pub fn snapshot(&self) -> Result<TaskSnapshot> {
        self.agent.lifecycle.ensure_open()?;
        Ok(self.inner.ledger().snapshot())
    }

    /// What has changed here since a revision; with 0, everything.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`].
    pub fn changes(&self, since: u64) -> Result<TaskChanges> {
        self.agent.lifecycle.ensure_open()?;
        Ok(self.inner.ledger().changes(since))
    }

    /// Asks all replicas for what this one lacks, and waits until those who answer have nothing
    /// more; 2.5 seconds if nobody answers. Replicas do this by themselves whenever a peer
    /// appears. Does nothing without peers.
    ///
    /// # Errors
    ///
    /// [`AgentError::Timeout`] if others still have more after 30 seconds,
    /// [`AgentError::Closed`], [`AgentError::Network`].
    pub fn resync(&self) -> BoxFuture<'static, Result<()>> {
        let list = self.clone();
        Box::pin(async move {
            list.agent.lifecycle.ensure_open()?;
            let mut closing = list.agent.lifecycle.closing();
            tokio::select! {
                biased;
                () = closing.begun() => Err(AgentError::Closed),
                done = catch_up::resync(&list.inner, &list.agent) => done,
            }
        })
    }

    fn hold(inner: Arc<ListInner>, agent: Arc<Inner>, topic: String) -> Self {
        let held = Arc::new(agent.open_lists.hold(topic, &inner));
        Self { inner, agent, _held: held }
    }

    pub(super) fn with_ledger<T>(&self, read: impl FnOnce(&Ledger) -> T) -> T {
        read(&self.inner.ledger())
    }

    async fn change<T>(
        &self,
        apply: impl FnOnce(&mut Ledger, &Signer) -> Result<(T, Delta)>,
    ) -> Result<T> {
        self.agent.lifecycle.ensure_open()?;
        let (answer, delta) = apply(&mut self.inner.ledger(), &self.inner.signer)?;
        self.inner.commit(&self.agent, delta).await?;
        Ok(answer)
    }

    async fn settle(&self, change: Change, id: TaskId, expected: Option<u64>) -> Result<Changed> {
        self.agent.lifecycle.ensure_open()?;
        let inner = &self.inner;
        let check = |ledger: &Ledger| match expected {
            Some(expected) if expected != ledger.revision() => {
                Err(AgentError::TaskStale { expected, current: ledger.revision() })
            }
            _ => Ok(()),
        };
        let scope = {
            let ledger = inner.ledger();
            check(&ledger)?;
            if let Some(owner) = ledger.settled(change, id)? {
                return Ok(Changed { owner, revision: ledger.revision() });
            }
            *ledger.scope()
        };
        // Signing takes a millisecond: others may change the list meanwhile.
        let signed = inner.signer.sign(change, &scope, id, now_ms())?;
        let (changed, delta) = {
            let mut ledger = inner.ledger();
            check(&ledger)?;
            let (owner, delta) = ledger.attest(change, id, signed)?;
            (Changed { owner, revision: ledger.revision() }, delta)
        };
        inner.commit(&self.agent, delta).await?;
        Ok(changed)
    }
}
