//! A list without a network.

use std::sync::{Arc, Mutex};

use super::{
    entry::Signer,
    ledger::Ledger,
    list::TaskList,
    replica::lock,
    stored,
    task::{Change, NewTask, Ownership, Task, TaskChanges, TaskEdit, TaskHistory, TaskSnapshot},
    wire::Delta,
};
use crate::{AgentError, AgentId, Keypair, Result, TaskId, pubsub::now_ms, topic};

/// A list that changes without a network, in the name of one agent. It merges with others of the
/// same topic, offline and shared, and with whatever was saved of them.
#[derive(Debug)]
pub struct OfflineTaskList {
    topic: String,
    signer: Signer,
    ledger: Mutex<Ledger>,
}

impl OfflineTaskList {
    /// An empty list.
    ///
    /// # Errors
    ///
    /// [`AgentError::EmptyTopic`], [`AgentError::TooLarge`], [`AgentError::Network`] if the
    /// system has no randomness.
    pub fn new(topic: &str, key: &Keypair) -> Result<Self> {
        let topic = topic::of_tasks(topic)?;
        let ledger = Mutex::new(Ledger::new(&topic));
        Ok(Self { topic, signer: signer(key)?, ledger })
    }

    /// A list that was saved, by this agent or another. Every signature in it is checked, and
    /// what is not signed by those it names is left out.
    ///
    /// # Errors
    ///
    /// [`AgentError::CorruptList`] if the bytes are anything else, or damaged.
    pub fn from_bytes(bytes: &[u8], key: &Keypair) -> Result<Self> {
        let corrupt = |reason: &str| AgentError::CorruptList { reason: reason.to_owned() };
        let (topic, ledger) = stored::decode(bytes).map_err(corrupt)?;
        Ok(Self { topic, signer: signer(key)?, ledger: Mutex::new(ledger) })
    }

    /// The list as bytes. They hold no key; claims in them stay signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let content = stored::content(&self.topic, &lock(&self.ledger));
        stored::seal(&content)
    }

    /// The topic, as for a shared list.
    #[must_use]
    pub fn topic(&self) -> &str {
        topic::without_prefix(&self.topic)
    }

    /// In whose name the list changes.
    #[must_use]
    pub fn agent(&self) -> AgentId {
        self.signer.agent()
    }

    /// Adds tasks, in their order, and answers them.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`].
    pub fn add(&self, tasks: &[NewTask]) -> Result<Vec<Task>> {
        Ok(lock(&self.ledger).add(tasks, &self.signer, now_ms())?.0)
    }

    /// Claims a task; one that is known to be claimed is left alone.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskState`] if it is done.
    pub fn claim(&self, id: TaskId) -> Result<Ownership> {
        self.settle(Change::Claim, id)
    }

    /// Completes a claimed task, whoever claimed it.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskState`] if it is done or was not claimed.
    pub fn complete(&self, id: TaskId) -> Result<Ownership> {
        self.settle(Change::Complete, id)
    }

    /// Changes what is written about a task.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TooLarge`].
    pub fn edit(&self, id: TaskId, edit: &TaskEdit) -> Result<()> {
        lock(&self.ledger).edit(id, edit, &self.signer, now_ms()).map(drop)
    }

    /// Removes a task for good; see [`TaskList::remove`].
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`].
    pub fn remove(&self, id: TaskId) -> Result<()> {
        lock(&self.ledger).remove(id, &self.signer).map(drop)
    }

    /// Puts tasks first; see [`TaskList::reorder`].
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`], [`AgentError::TaskTwice`], [`AgentError::TooLarge`].
    pub fn reorder(&self, ids: &[TaskId]) -> Result<()> {
        lock(&self.ledger).reorder(ids, &self.signer, now_ms()).map(drop)
    }

    /// Every claim and completion of a task.
    ///
    /// # Errors
    ///
    /// [`AgentError::TaskNotFound`].
    pub fn history(&self, id: TaskId) -> Result<TaskHistory> {
        lock(&self.ledger).history(id)
    }

    /// The tasks, in order.
    #[must_use]
    pub fn snapshot(&self) -> TaskSnapshot {
        lock(&self.ledger).snapshot()
    }

    /// What has changed since a revision; with 0, everything.
    #[must_use]
    pub fn changes(&self, since: u64) -> TaskChanges {
        lock(&self.ledger).changes(since)
    }

    /// Takes over what another offline list knows. A list merged with itself stays as it is.
    ///
    /// # Errors
    ///
    /// [`AgentError::OtherList`] if its topic is another.
    pub fn merge(self: &Arc<Self>, other: &Arc<Self>) -> Result<()> {
        if Arc::ptr_eq(self, other) {
            return Ok(());
        }
        // Always in one order, or two merges at once could wait for each other.
        let (mut ours, theirs) = if Arc::as_ptr(self) < Arc::as_ptr(other) {
            let ours = lock(&self.ledger);
            (ours, lock(&other.ledger))
        } else {
            let theirs = lock(&other.ledger);
            (lock(&self.ledger), theirs)
        };
        self.merge_ledger(&mut ours, &theirs)
    }

    /// Takes over what a shared list knows now.
    ///
    /// # Errors
    ///
    /// [`AgentError::OtherList`] if its topic is another.
    pub fn merge_shared(&self, other: &TaskList) -> Result<()> {
        // An offline list is always locked before a shared one: see `TaskList::merge`.
        let mut ours = lock(&self.ledger);
        other.with_ledger(|theirs| self.merge_ledger(&mut ours, theirs))
    }

    /// Everything, as other programs on the network crate exchange it.
    #[must_use]
    pub fn to_delta(&self) -> Vec<u8> {
        let ledger = lock(&self.ledger);
        ledger.everything(&self.signer).encode(self.signer.peer)
    }

    /// Merges what another program on the network crate would send; false if that is nothing.
    pub fn merge_delta(&self, message: &[u8]) -> bool {
        let Some((_, mut delta)) = Delta::decode(message) else { return false };
        let mut ledger = lock(&self.ledger);
        delta.verify(ledger.scope());
        ledger.absorb(&delta)
    }

    pub(super) fn with_ledger<T>(&self, read: impl FnOnce(&Ledger) -> T) -> T {
        read(&lock(&self.ledger))
    }

    fn merge_ledger(&self, ours: &mut Ledger, theirs: &Ledger) -> Result<()> {
        if ours.scope() != theirs.scope() {
            return Err(AgentError::OtherList);
        }
        ours.merge(theirs, &self.signer);
        Ok(())
    }

    fn settle(&self, change: Change, id: TaskId) -> Result<Ownership> {
        let mut ledger = lock(&self.ledger);
        if let Some(owner) = ledger.settled(change, id)? {
            return Ok(owner);
        }
        let signed = self.signer.sign(change, ledger.scope(), id, now_ms())?;
        Ok(ledger.attest(change, id, signed)?.0)
    }
}

/// Every offline list is a replica of its own, also of one agent: their edits are told apart.
fn signer(key: &Keypair) -> Result<Signer> {
    let mut peer = [0; 32];
    let message = |error: getrandom::Error| AgentError::Network { message: error.to_string() };
    getrandom::fill(&mut peer).map_err(message)?;
    let key = key.agent().map_err(|error| AgentError::Network { message: error.to_string() })?;
    Ok(Signer::new(&key, peer))
}
