//! Watching a store.

use futures::future::BoxFuture;

use super::{
    KvError, KvStore,
    pulse::{Pulse, Watcher},
    store::KvEntry,
};

/// What happened to a replica since the step before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvChange {
    /// Keys that are new or were written, in order.
    pub put: Vec<KvEntry>,
    /// Keys that are gone, in order.
    pub deleted: Vec<String>,
}

/// The changes of a replica. Steps that come faster than they are taken are one.
#[derive(Debug)]
pub struct KvWatch {
    store: KvStore,
    watcher: Watcher,
    looked_at: Option<u64>,
    /// What was shown, in order of the keys.
    shown: Vec<KvEntry>,
}

impl KvStore {
    /// Watches the store. The first step has all that is there.
    ///
    /// # Errors
    ///
    /// [`KvError::Agent`].
    pub fn watch(&self) -> BoxFuture<'static, Result<KvWatch, KvError>> {
        let store = self.clone();
        Box::pin(async move {
            let watcher = Pulse::watch(&store.agent, &store.inner).await?;
            Ok(KvWatch { store, watcher, looked_at: None, shown: Vec::new() })
        })
    }
}

impl KvWatch {
    /// Waits for the next change; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn changed(&mut self) -> BoxFuture<'_, Option<KvChange>> {
        Box::pin(async {
            while self.watcher.begin() {
                // Read before the entries: what comes between the two is another step.
                let revision = self.store.inner.revision().await;
                if self.looked_at != Some(revision) {
                    let first = self.looked_at.is_none();
                    let entries = self.store.inner.entries().await.ok()?;
                    self.looked_at = Some(revision);
                    let change = self.compare(entries);
                    if first || !change.put.is_empty() || !change.deleted.is_empty() {
                        return Some(change);
                    }
                }
                if !self.watcher.changed().await {
                    break;
                }
            }
            None
        })
    }

    fn compare(&mut self, entries: Vec<KvEntry>) -> KvChange {
        let before = std::mem::replace(&mut self.shown, entries);
        let find = |entries: &[KvEntry], key: &str| {
            entries.binary_search_by(|entry| entry.key.as_str().cmp(key)).ok()
        };
        let is_news =
            |entry: &&KvEntry| find(&before, &entry.key).is_none_or(|at| before[at] != **entry);
        let put = self.shown.iter().filter(is_news).cloned().collect();
        let is_gone = |entry: &KvEntry| find(&self.shown, &entry.key).is_none();
        let deleted = before.iter().filter(|entry| is_gone(entry)).map(|entry| entry.key.clone());
        KvChange { put, deleted: deleted.collect() }
    }
}
