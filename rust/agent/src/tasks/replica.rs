//! A shared list's replica: what it knows, where it is kept, how its changes leave.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{Notify, Semaphore, watch},
    time::Instant,
};

use super::{
    entry::Signer,
    ledger::Ledger,
    stored::{self, ListFile},
    wire::{Aside, Delta, Key, Peer, Summary},
};
use crate::{AgentError, Result, agent::Inner};

/// Beside its topic, replicas of a list ask each other for what they lack. The name is the
/// crate's.
const ASIDE: &str = "/state-sync";

#[derive(Debug)]
pub(crate) struct ListInner {
    /// The network topic, with its prefix.
    pub(super) topic: String,
    /// Where the replica is kept, as the caller named it.
    pub(super) storage: Option<PathBuf>,
    pub(super) signer: Signer,
    /// Tells watchers that there is a new revision.
    pub(super) revision: watch::Sender<u64>,
    pub(super) catch_up: CatchUp,
    ledger: Mutex<Ledger>,
    outbox: Mutex<Delta>,
    kept: tokio::sync::Mutex<Kept>,
    /// Says that the file is behind.
    pub(super) stale: Notify,
}

/// What is known of others' state.
#[derive(Debug)]
pub(super) struct CatchUp {
    /// What others said they hold when they last answered.
    pub(super) holders: Mutex<HashMap<Peer, Summary>>,
    /// Counts answers.
    pub(super) answers: watch::Sender<u64>,
    /// One answer at a time leaves.
    pub(super) turn: Semaphore,
    /// How many answers are being given or wait for their turn.
    pub(super) answering: AtomicUsize,
    /// While answers are given: what others, or earlier answers, have brought, and when.
    pub(super) heard: Mutex<HashMap<Key, (u64, Instant)>>,
}

#[derive(Debug)]
struct Kept {
    file: Option<ListFile>,
    revision: Option<u64>,
}

impl ListInner {
    /// Loads the replica.
    ///
    /// # Errors
    ///
    /// [`AgentError::CorruptList`], [`AgentError::ListFile`], [`AgentError::ListStorage`].
    pub(super) fn load(topic: String, storage: Option<&Path>, signer: Signer) -> Result<Self> {
        let (file, ledger) = match storage {
            None => (None, Ledger::new(&topic)),
            Some(directory) => {
                let (file, ledger) = ListFile::open(directory, &topic)?;
                (Some(file), ledger)
            }
        };
        Ok(Self {
            topic,
            storage: storage.map(Path::to_path_buf),
            signer,
            revision: watch::Sender::new(ledger.revision()),
            catch_up: CatchUp {
                holders: Mutex::default(),
                answers: watch::Sender::new(0),
                turn: Semaphore::new(1),
                answering: AtomicUsize::new(0),
                heard: Mutex::default(),
            },
            kept: tokio::sync::Mutex::new(Kept { file, revision: Some(ledger.revision()) }),
            ledger: Mutex::new(ledger),
            outbox: Mutex::default(),
            stale: Notify::new(),
        })
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn aside_topic(&self) -> String {
        format!("{}{ASIDE}", self.topic)
    }

    /// Shows watchers what has changed.
    pub(super) fn announce(&self) {
        let revision = self.ledger().revision();
        self.revision.send_if_modified(|known| std::mem::replace(known, revision) != revision);
    }

    /// Sends a change made here, once it is stored. Changes that are made while an earlier one is
    /// on its way leave together, under one signature. Goes on if the caller stops waiting.
    pub(super) async fn commit(self: &Arc<Self>, agent: &Arc<Inner>, delta: Delta) -> Result<()> {
        if delta.is_empty() {
            return Ok(());
        }
        lock(&self.outbox).append(delta);
        self.announce();
        let (list, runtime) = (Arc::clone(self), agent.runtime.clone());
        let agent = Arc::clone(agent);
        let sent = runtime.spawn(async move { list.send_outbox(&agent).await });
        sent.await.unwrap_or(Err(AgentError::Closed))
    }

    async fn send_outbox(&self, agent: &Inner) -> Result<()> {
        let mut last = agent.publishing.lock().await;
        let delta = std::mem::take(&mut *lock(&self.outbox));
        if delta.is_empty() {
            // An earlier change took this one along.
            return Ok(());
        }
        if let Err(error) = self.store().await {
            // Nobody hears of what is not stored; the next change tries again.
            lock(&self.outbox).append(delta);
            return Err(error);
        }
        for part in delta.split() {
            let sent = agent.native.publish(&self.topic, part.encode(self.signer.peer)).await;
            *last = Some(Instant::now());
            sent.map_err(AgentError::native)?;
        }
        // The crate also says "ok" when it was shut down meanwhile.
        agent.lifecycle.ensure_open()
    }

    /// Publishes a part of an answer.
    pub(super) async fn send(&self, agent: &Inner, delta: &Delta) -> Result<()> {
        publish(agent, &self.topic, delta.encode(self.signer.peer)).await
    }

    /// Publishes a question or an answer.
    pub(super) async fn send_aside(&self, agent: &Inner, aside: &Aside) -> Result<()> {
        publish(agent, &self.aside_topic(), aside.encode()).await
    }

    /// Brings the file up to date, if there is one.
    pub(super) async fn store(&self) -> Result<()> {
        let mut kept = self.kept.lock().await;
        let Some(file) = kept.file.take() else {
            return if self.storage.is_none() { Ok(()) } else { Err(AgentError::Closed) };
        };
        let (revision, body) = {
            let ledger = self.ledger();
            if kept.revision == Some(ledger.revision()) {
                kept.file = Some(file);
                return Ok(());
            }
            (ledger.revision(), stored::content(&self.topic, &ledger))
        };
        let written = tokio::task::spawn_blocking(move || (file.write(&body), file)).await;
        let Ok((written, file)) = written else { return Err(AgentError::Closed) };
        kept.file = Some(file);
        kept.revision = written.is_ok().then_some(revision);
        written
    }

    /// Merges what another replica sent, apart from what it does not sign.
    pub(super) async fn receive(self: &Arc<Self>, mut delta: Delta) {
        self.note_heard(&delta);
        self.ledger().forget_known(&mut delta);
        let scope = *self.ledger().scope();
        let signatures: usize = delta.entries().map(super::entry::Entry::signatures).sum();
        if signatures <= FEW_SIGNATURES {
            delta.verify(&scope);
        } else {
            let checked = tokio::task::spawn_blocking(move || {
                delta.verify(&scope);
                delta
            });
            let Ok(checked) = checked.await else { return };
            delta = checked;
        }
        if self.ledger().absorb(&delta) {
            self.announce();
            self.stale.notify_one();
        }
    }

    /// While answers are given, remembers what need not be sent again.
    pub(super) fn note_heard(&self, delta: &Delta) {
        if self.catch_up.answering.load(Ordering::Acquire) > 0 {
            let now = Instant::now();
            let heard = delta.entries().map(|entry| (entry.id, (entry.fingerprint(), now)));
            lock(&self.catch_up.heard).extend(heard);
        }
    }

    /// Ends the replica: what is known is stored, and the file is free.
    pub(crate) async fn stop(&self) {
        let _ = self.store().await;
        self.kept.lock().await.file = None;
    }
}

async fn publish(agent: &Inner, topic: &str, payload: Vec<u8>) -> Result<()> {
    agent.lifecycle.ensure_open()?;
    let mut last = agent.publishing.lock().await;
    agent.lifecycle.ensure_open()?;
    let sent = agent.native.publish(topic, payload).await;
    *last = Some(Instant::now());
    sent.map_err(AgentError::native)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// More signatures than this are checked where they do not hold up others.
const FEW_SIGNATURES: usize = 4;
