//! All that one replica knows: the same for lists that are shared and for lists that are not.
//!
//! Merging is commutative, associative and idempotent, because every part of it is: tasks are
//! joined one by one ([`Entry::join`]), removed ids are a growing set (a removal wins, ids never
//! come again), and the order is one register.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use x0x::crdt::TaskListId;

use super::{
    entry::{self, Entry, Signed, Signer},
    register::Register,
    stamp,
    task::{
        Change, NewTask, Ownership, Task, TaskChanges, TaskEdit, TaskHistory, TaskSnapshot,
        TaskState, check_texts,
    },
    wire::{Delta, Key, Summary},
};
use crate::{AgentError, Result, TaskId};

#[derive(Debug)]
pub(super) struct Ledger {
    /// What claims are signed for.
    scope: TaskListId,
    tasks: HashMap<Key, Held>,
    removed: HashMap<Key, Revision>,
    order: Register<Vec<Key>>,
    order_changed: Revision,
    revision: Revision,
    latest_ms: u64,
}

/// Grows by one with every change of the replica.
type Revision = u64;

#[derive(Debug)]
struct Held {
    entry: Entry,
    changed: Revision,
    /// Asked for often, and not cheap.
    fingerprint: OnceLock<u64>,
}

impl Held {
    fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| self.entry.fingerprint())
    }
}

/// What a ledger is made of, apart from its revisions.
pub(super) struct Parts<'a> {
    pub(super) entries: Vec<&'a Entry>,
    pub(super) removed: Vec<&'a Key>,
    pub(super) order: &'a Register<Vec<Key>>,
}

/// The most tasks that an order can name: it travels in one message.
const MAX_ORDERED: usize = 30_000;

impl Ledger {
    /// The ledger of a list, empty. The crate derives the list's id from its network topic.
    pub(super) fn new(topic: &str) -> Self {
        Self {
            scope: TaskListId::from_topic(topic),
            tasks: HashMap::new(),
            removed: HashMap::new(),
            order: Register::new(Vec::new()),
            order_changed: 0,
            revision: 0,
            latest_ms: 0,
        }
    }

    pub(super) fn scope(&self) -> &TaskListId {
        &self.scope
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            entries: self.tasks.values().map(|held| &held.entry).collect(),
            removed: self.removed.keys().collect(),
            order: &self.order,
        }
    }

    /// Adds tasks, in their order.
    pub(super) fn add(
        &mut self,
        tasks: &[NewTask],
        signer: &Signer,
        now_ms: u64,
    ) -> Result<(Vec<Task>, Delta)> {
        for NewTask { title, description } in tasks {
            check_texts(Some(title), Some(description))?;
        }
        let mut delta = Delta::default();
        let mut added = Vec::with_capacity(tasks.len());
        for NewTask { title, description } in tasks {
            let created_at = stamp::next(now_ms, self.latest_ms);
            let entry = Entry::new(title, description, signer, created_at, nonce()?);
            added.push(entry.to_task());
            delta.add(entry.clone(), signer.peer);
            self.join_entry(&entry);
        }
        Ok((added, delta))
    }

    /// Answers who has the task if nothing is left to do, nothing if the change can be signed,
    /// or why it cannot.
    pub(super) fn settled(&self, change: Change, id: TaskId) -> Result<Option<Ownership>> {
        let entry = self.entry(id)?;
        match (change, entry.state()) {
            (Change::Claim, TaskState::Empty) | (Change::Complete, TaskState::Claimed) => Ok(None),
            // Claiming against a known claim could only win by a clock that is behind.
            (Change::Claim, TaskState::Claimed) => Ok(entry.claimed_by()),
            (change, state) => Err(change.refused(id, state)),
        }
    }

    /// Enters a signed claim or completion, unless another has settled the matter meanwhile.
    pub(super) fn attest(
        &mut self,
        change: Change,
        id: TaskId,
        signed: Signed,
    ) -> Result<(Ownership, Delta)> {
        if let Some(owner) = self.settled(change, id)? {
            return Ok((owner, Delta::default()));
        }
        let entry = self.touch(id)?;
        entry.attest(signed);
        let owner = match change {
            Change::Claim => entry.claimed_by(),
            Change::Complete => entry.completed_by(),
        };
        let owner = owner.ok_or_else(|| change.refused(id, entry.state()))?;
        Ok((owner, updated(entry)))
    }

    pub(super) fn edit(
        &mut self,
        id: TaskId,
        edit: &TaskEdit,
        signer: &Signer,
        now_ms: u64,
    ) -> Result<Delta> {
        check_texts(edit.title.as_deref(), edit.description.as_deref())?;
        self.entry(id)?;
        if *edit == TaskEdit::default() {
            return Ok(Delta::default());
        }
        let entry = self.touch(id)?;
        entry.edit(edit, signer.peer, now_ms);
        Ok(updated(entry))
    }

    pub(super) fn remove(&mut self, id: TaskId, signer: &Signer) -> Result<Delta> {
        self.entry(id)?;
        self.join_removed(*id.as_bytes());
        let mut delta = Delta::default();
        delta.remove(*id.as_bytes(), signer.peer);
        Ok(delta)
    }

    /// Puts tasks first, in the order given; the others follow in the order they have.
    pub(super) fn reorder(
        &mut self,
        ids: &[TaskId],
        signer: &Signer,
        now_ms: u64,
    ) -> Result<Delta> {
        let mut named = HashSet::with_capacity(ids.len());
        for id in ids {
            self.entry(*id)?;
            if !named.insert(*id.as_bytes()) {
                return Err(AgentError::TaskTwice { id: *id });
            }
        }
        if ids.is_empty() {
            return Ok(Delta::default());
        }
        if self.tasks.len() > MAX_ORDERED {
            let (what, size) = ("the list", self.tasks.len());
            return Err(AgentError::TooLarge { what, size, limit: MAX_ORDERED });
        }
        let rest = self.ordered().into_iter().map(|entry| entry.id);
        let rest = rest.filter(|id| !named.contains(id));
        let order = ids.iter().map(|id| *id.as_bytes()).chain(rest).collect();
        self.order.set(order, signer.peer, now_ms);
        self.revision += 1;
        self.order_changed = self.revision;
        Ok(Delta::of_order(self.order.clone()))
    }

    pub(super) fn history(&self, id: TaskId) -> Result<TaskHistory> {
        Ok(self.entry(id)?.history())
    }

    pub(super) fn snapshot(&self) -> TaskSnapshot {
        let tasks = self.ordered().into_iter().map(Entry::to_task).collect();
        TaskSnapshot { revision: self.revision, tasks }
    }

    /// What changed since a revision of this replica, or all there is.
    pub(super) fn changes(&self, since: u64) -> TaskChanges {
        let whole = since == 0 || since > self.revision;
        let since = if whole { 0 } else { since };
        let mut changes = TaskChanges {
            revision: self.revision,
            whole,
            tasks: Vec::new(),
            removed: Vec::new(),
            order: None,
        };
        if !whole && since == self.revision {
            return changes;
        }
        let fresh = self.tasks.values().filter(|held| held.changed > since);
        changes.tasks = fresh.map(|held| held.entry.to_task()).collect();
        if !whole {
            let gone = self.removed.iter().filter(|(_, changed)| **changed > since);
            changes.removed = gone.map(|(id, _)| TaskId::from_bytes(*id)).collect();
        }
        if self.order_changed > since {
            let known = self.order.get().iter().filter(|id| self.tasks.contains_key(*id));
            changes.order = Some(known.map(|id| TaskId::from_bytes(*id)).collect());
        }
        changes
    }

    /// Leaves out of a delta what this replica need not check or merge.
    pub(super) fn forget_known(&self, delta: &mut Delta) {
        delta.retain_entries(|entry| {
            if self.removed.contains_key(&entry.id) {
                return false;
            }
            if let Some(held) = self.tasks.get(&entry.id) {
                entry.forget_known(&held.entry);
            }
            true
        });
    }

    /// Merges what was verified ([`Entry::verify`]); true if anything was new.
    pub(super) fn absorb(&mut self, delta: &Delta) -> bool {
        let before = self.revision;
        for (id, _) in &delta.removed {
            self.join_removed(*id);
        }
        for entry in delta.entries() {
            self.join_entry(entry);
        }
        if let Some(order) = &delta.order {
            self.join_order(order);
        }
        self.revision != before
    }

    /// Merges another ledger of the same list, which has verified what it holds. Answers what was
    /// new.
    pub(super) fn merge(&mut self, other: &Self, signer: &Signer) -> Delta {
        let mut delta = Delta::default();
        for id in other.removed.keys() {
            if self.join_removed(*id) {
                delta.remove(*id, signer.peer);
            }
        }
        for held in other.tasks.values() {
            if self.join_entry(&held.entry)
                && let Some(ours) = self.tasks.get(&held.entry.id)
            {
                delta.add(ours.entry.clone(), signer.peer);
            }
        }
        if self.join_order(&other.order) {
            delta.order = Some(self.order.clone());
        }
        delta
    }

    /// Everything, as a delta.
    pub(super) fn everything(&self, signer: &Signer) -> Delta {
        self.difference(None, signer)
    }

    /// What the holder of a summary lacks, or has otherwise.
    pub(super) fn difference(&self, summary: Option<&Summary>, signer: &Signer) -> Delta {
        let known: HashMap<u64, u64> =
            summary.map(|summary| summary.tasks.iter().copied().collect()).unwrap_or_default();
        let gone: HashSet<u64> =
            summary.map(|summary| summary.removed.iter().copied().collect()).unwrap_or_default();
        let mut delta = Delta::default();
        for (id, held) in &self.tasks {
            if known.get(&prefix(id)) != Some(&held.fingerprint()) {
                delta.add(held.entry.clone(), signer.peer);
            }
        }
        for id in self.removed.keys().filter(|id| !gone.contains(&prefix(id))) {
            delta.remove(*id, signer.peer);
        }
        if summary.is_none_or(|summary| summary.order != entry::hash(&self.order)) {
            delta.order = Some(self.order.clone());
        }
        delta
    }

    /// Whether the holder of a summary has anything that this replica has not.
    pub(super) fn lacks(&self, summary: &Summary) -> bool {
        let own = self.summary();
        if own.digest == summary.digest {
            return false;
        }
        if summary.brief {
            return true;
        }
        let known: HashMap<u64, u64> = own.tasks.into_iter().collect();
        let gone: HashSet<u64> = own.removed.into_iter().collect();
        let differs = |(id, fingerprint): &(u64, u64)| {
            known.get(id) != Some(fingerprint) && !gone.contains(id)
        };
        summary.tasks.iter().any(differs)
            || summary.removed.iter().any(|id| !gone.contains(id))
            || summary.order != own.order
    }

    pub(super) fn summary(&self) -> Summary {
        let tasks = self.tasks.iter().map(|(id, held)| (prefix(id), held.fingerprint()));
        let mut tasks: Vec<_> = tasks.collect();
        tasks.sort_unstable();
        let mut removed: Vec<_> = self.removed.keys().map(prefix).collect();
        removed.sort_unstable();
        let order = entry::hash(&self.order);
        let digest = entry::hash(&(&tasks, &removed, order));
        Summary { digest, tasks, removed, order, brief: false }
    }

    fn entry(&self, id: TaskId) -> Result<&Entry> {
        let held = self.tasks.get(id.as_bytes());
        held.map(|held| &held.entry).ok_or(AgentError::TaskNotFound { id })
    }

    /// The task, about to be changed.
    fn touch(&mut self, id: TaskId) -> Result<&mut Entry> {
        let held = self.tasks.get_mut(id.as_bytes()).ok_or(AgentError::TaskNotFound { id })?;
        self.revision += 1;
        held.changed = self.revision;
        held.fingerprint = OnceLock::new();
        Ok(&mut held.entry)
    }

    fn join_entry(&mut self, entry: &Entry) -> bool {
        if self.removed.contains_key(&entry.id) {
            return false;
        }
        let changed = self.revision + 1;
        match self.tasks.get_mut(&entry.id) {
            Some(held) => {
                if !held.entry.join(entry) {
                    return false;
                }
                held.changed = changed;
                held.fingerprint = OnceLock::new();
            }
            None => {
                let (entry, fingerprint) = (entry.clone(), OnceLock::new());
                self.tasks.insert(entry.id, Held { entry, changed, fingerprint });
            }
        }
        self.revision = changed;
        if let Some(created_at) = entry.created_at_ms() {
            // Far ahead of the clock it does not count: see `stamp`.
            if created_at <= stamp::next(crate::pubsub::now_ms(), created_at) {
                self.latest_ms = self.latest_ms.max(created_at);
            }
        }
        true
    }

    fn join_removed(&mut self, id: Key) -> bool {
        if self.removed.contains_key(&id) {
            return false;
        }
        self.revision += 1;
        self.removed.insert(id, self.revision);
        self.tasks.remove(&id);
        true
    }

    fn join_order(&mut self, order: &Register<Vec<Key>>) -> bool {
        if !self.order.join(order) {
            return false;
        }
        self.revision += 1;
        self.order_changed = self.revision;
        true
    }

    /// The tasks as every replica shows them: first what the latest reorder has placed, then by
    /// time, then by id.
    fn ordered(&self) -> Vec<&Entry> {
        let places: HashMap<&Key, usize> =
            self.order.get().iter().enumerate().map(|(place, id)| (id, place)).collect();
        let mut entries: Vec<_> = self.tasks.values().map(|held| &held.entry).collect();
        entries.sort_by_cached_key(|entry| {
            let place = places.get(&entry.id).copied().unwrap_or(usize::MAX);
            (place, entry.created_at_ms().unwrap_or(u64::MAX), entry.id)
        });
        entries
    }
}

fn updated(entry: &Entry) -> Delta {
    Delta::of_update(entry.clone())
}

fn prefix(id: &Key) -> u64 {
    id.iter().take(8).fold(0, |prefix, byte| (prefix << 8) | u64::from(*byte))
}

/// Tells tasks with one title and creator apart. The crate counts, and a counter that starts again
/// gives the same ids again.
fn nonce() -> Result<u64> {
    let message = |error: getrandom::Error| AgentError::Network { message: error.to_string() };
    getrandom::u64().map_err(message)
}
