//! One replica of a shared store.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};
use x0x::{
    KvEntrySnapshot, KvStoreHandle, identity,
    kv::{
        AccessPolicy, AnchorChannel, MAX_SELFKEYED_BYTES_PER_AGENT, MAX_SELFKEYED_KEYS_PER_AGENT,
        key_agent_prefix,
    },
};

use super::{KvError, pulse::Pulse};
use crate::{Agent, AgentId, agent::Inner, pubsub::now_ms, topic};

/// The longest key in bytes.
pub const MAX_KEY_BYTES: usize = 1 << 10;

/// The longest value in bytes.
pub const MAX_VALUE_BYTES: usize = 64 << 10;

/// The longest content type in bytes.
pub const MAX_CONTENT_TYPE_BYTES: usize = 256;

/// What an owner's store may hold: keys three times over, as they are sent, values, content types,
/// and 512 bytes for each entry. A newcomer gets all of it in one message, and the crate loses
/// messages from 4 MiB on.
pub const MAX_STORE_BYTES: usize = 3 << 20;

/// What an entry takes besides its key, value and content type: hash, times, tags.
const ENTRY_BYTES: usize = 512;

/// Who may write what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KvPolicy {
    /// The owner writes; nothing means this agent.
    Signed(Option<AgentId>),
    /// The owner writes, each key once; nothing means this agent.
    AppendOnly(Option<AgentId>),
    /// Everybody writes keys that are, or start with and a slash, their agent id.
    SelfKeyed,
}

/// A replica of a shared store.
///
/// All stores that an agent opens on one topic are the same replica, which lives as long as the
/// agent.
#[derive(Debug, Clone)]
pub struct KvStore {
    pub(super) inner: Arc<StoreInner>,
    pub(super) agent: Arc<Inner>,
}

/// A key and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvEntry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// What the value is, in the writer's words.
    pub content_type: String,
    /// When the key was first written, in milliseconds since the epoch, by the writer's clock.
    pub created_at_ms: u64,
    /// When it was last written, by the writer's clock.
    pub updated_at_ms: u64,
}

#[derive(Debug)]
pub(crate) struct StoreInner {
    handle: KvStoreHandle,
    /// The network topic, with its prefix.
    pub(super) topic: String,
    pub(super) pulse: Pulse,
    policy: KvPolicy,
    storage: Option<PathBuf>,
}

impl Agent {
    /// Opens the shared store of a topic. With `storage` the replica is kept there, one file per
    /// store, written before others hear of a change.
    ///
    /// # Errors
    ///
    /// [`KvError::Corrupt`], [`KvError::OpenOtherwise`], [`KvError::Agent`].
    pub fn kv_store(
        &self,
        topic: &str,
        policy: KvPolicy,
        storage: Option<&Path>,
    ) -> BoxFuture<'static, Result<KvStore, KvError>> {
        let (topic, storage) = (topic.to_owned(), storage.map(Path::to_path_buf));
        Box::pin(open(Arc::clone(&self.inner), topic, policy, storage))
    }
}

async fn open(
    agent: Arc<Inner>,
    topic: String,
    policy: KvPolicy,
    storage: Option<PathBuf>,
) -> Result<KvStore, KvError> {
    agent.lifecycle.ensure_open()?;
    agent.network()?;
    let topic = topic::of_kv(&topic)?;
    let policy = policy.owned_by(agent.info.agent_id);
    let mut stores = agent.stores.lock().await;
    agent.lifecycle.ensure_open()?;
    if let Some(inner) = stores.get(&topic) {
        if inner.policy != policy || inner.storage != storage {
            return Err(KvError::OpenOtherwise);
        }
        let inner = Arc::clone(inner);
        drop(stores);
        return Ok(KvStore { inner, agent });
    }
    let handle = open_native(&agent, &topic, policy, storage.as_deref()).await;
    let handle = handle.map_err(KvError::open)?;
    let pulse = Pulse::new();
    let inner = Arc::new(StoreInner { handle, topic: topic.clone(), pulse, policy, storage });
    stores.insert(topic, Arc::clone(&inner));
    drop(stores);
    Ok(KvStore { inner, agent })
}

/// The owner makes the store, others join it; a self-keyed one is made by everybody.
async fn open_native(
    agent: &Inner,
    topic: &str,
    policy: KvPolicy,
    storage: Option<&Path>,
) -> x0x::error::Result<KvStoreHandle> {
    let native = &agent.native;
    let access = match policy {
        KvPolicy::Signed(_) => AccessPolicy::Signed,
        KvPolicy::AppendOnly(_) => AccessPolicy::AppendOnly,
        KvPolicy::SelfKeyed => AccessPolicy::SelfKeyed,
    };
    let other = policy.owner().filter(|&owner| owner != agent.info.agent_id);
    // The name is the replica's own and never shown.
    match (other, storage) {
        (None, None) => native.create_kv_store_with_policy("", topic, access).await,
        (None, Some(directory)) => {
            native.create_kv_store_persistent("", topic, access, directory).await
        }
        (Some(owner), storage) => {
            let owner = identity::AgentId(*owner.as_bytes());
            let channel = AnchorChannel::RestParam;
            match storage {
                None => native.join_kv_store(topic, owner, channel).await,
                Some(directory) => {
                    native.join_kv_store_persistent(topic, owner, channel, directory).await
                }
            }
        }
    }
}

impl KvPolicy {
    fn owned_by(self, agent: AgentId) -> Self {
        match self {
            Self::Signed(owner) => Self::Signed(owner.or(Some(agent))),
            Self::AppendOnly(owner) => Self::AppendOnly(owner.or(Some(agent))),
            Self::SelfKeyed => Self::SelfKeyed,
        }
    }

    fn owner(self) -> Option<AgentId> {
        match self {
            Self::Signed(owner) | Self::AppendOnly(owner) => owner,
            Self::SelfKeyed => None,
        }
    }
}

impl KvStore {
    /// Writes a key.
    ///
    /// # Errors
    ///
    /// [`KvError::Denied`], [`KvError::Immutable`], [`KvError::TooLarge`], [`KvError::Full`],
    /// [`KvError::Clock`], [`KvError::Unsaved`], [`KvError::Unpublished`], [`KvError::Agent`].
    pub fn put(
        &self,
        key: String,
        value: Vec<u8>,
        content_type: String,
    ) -> BoxFuture<'static, Result<(), KvError>> {
        let store = self.clone();
        Box::pin(async move { store.put_entry(key, value, content_type).await })
    }

    /// Removes a key; answers whether there was one.
    ///
    /// # Errors
    ///
    /// [`KvError::Denied`], [`KvError::Immutable`], [`KvError::Unsaved`],
    /// [`KvError::Unpublished`], [`KvError::Agent`].
    pub fn delete(&self, key: String) -> BoxFuture<'static, Result<bool, KvError>> {
        let store = self.clone();
        Box::pin(async move { store.delete_entry(key).await })
    }

    /// What this replica has under a key now.
    ///
    /// # Errors
    ///
    /// [`KvError::Agent`].
    pub fn get(&self, key: String) -> BoxFuture<'static, Result<Option<KvEntry>, KvError>> {
        let store = self.clone();
        Box::pin(async move {
            store.agent.lifecycle.ensure_open()?;
            Ok(store.find(&key).await?.map(KvEntry::from))
        })
    }

    /// All that this replica has now, in order of the keys' bytes.
    ///
    /// # Errors
    ///
    /// [`KvError::Agent`].
    pub fn entries(&self) -> BoxFuture<'static, Result<Vec<KvEntry>, KvError>> {
        let store = self.clone();
        Box::pin(async move {
            store.agent.lifecycle.ensure_open()?;
            store.inner.entries().await
        })
    }

    async fn put_entry(
        &self,
        key: String,
        value: Vec<u8>,
        content_type: String,
    ) -> Result<(), KvError> {
        check_size("the key", key.len(), MAX_KEY_BYTES)?;
        check_size("the value", value.len(), MAX_VALUE_BYTES)?;
        check_size("the content type", content_type.len(), MAX_CONTENT_TYPE_BYTES)?;
        self.agent.lifecycle.ensure_open()?;
        self.check_writer(&key)?;
        let mut last = self.agent.publishing.lock().await;
        self.agent.lifecycle.ensure_open()?;
        if let Some(known) = self.find(&key).await? {
            let same = known.value == value && known.content_type == content_type;
            match self.inner.policy {
                // The crate would publish it again.
                KvPolicy::AppendOnly(_) if same => return Ok(()),
                KvPolicy::AppendOnly(_) => return Err(KvError::Immutable { key }),
                _ => pass(&key, known.updated_at).await?,
            }
        }
        self.check_room(&key, value.len(), content_type.len()).await?;
        let written = self.inner.handle.put_with_outcome(key.clone(), value, content_type).await;
        *last = Some(Instant::now());
        drop(last);
        self.inner.pulse.beat();
        let outcome = written.map_err(|error| KvError::write(&key, error))?;
        published(outcome.published, outcome.publish_error)
    }

    async fn delete_entry(&self, key: String) -> Result<bool, KvError> {
        self.agent.lifecycle.ensure_open()?;
        self.check_writer(&key)?;
        let mut last = self.agent.publishing.lock().await;
        self.agent.lifecycle.ensure_open()?;
        if self.find(&key).await?.is_none() {
            return Ok(false);
        }
        if matches!(self.inner.policy, KvPolicy::AppendOnly(_)) {
            return Err(KvError::Immutable { key });
        }
        let removed = self.inner.handle.remove_with_outcome(&key).await;
        *last = Some(Instant::now());
        drop(last);
        self.inner.pulse.beat();
        let outcome = removed.map_err(|error| KvError::write(&key, error))?;
        published(outcome.published, outcome.publish_error)?;
        Ok(true)
    }

    async fn find(&self, key: &str) -> Result<Option<KvEntrySnapshot>, KvError> {
        self.inner.handle.get(key).await.map_err(|error| KvError::write(key, error))
    }

    /// The crate would check too; this says why before anything is locked.
    fn check_writer(&self, key: &str) -> Result<(), KvError> {
        let own = self.agent.info.agent_id;
        let denied = |reason: String| Err(KvError::Denied { key: key.to_owned(), reason });
        match self.inner.policy.owner() {
            Some(owner) if owner == own => Ok(()),
            Some(owner) => denied(format!("only the owner {owner} may")),
            None => match key_agent_prefix(key) {
                Some(prefix) if prefix.as_bytes() == own.as_bytes() => Ok(()),
                _ => denied(format!("its own keys are '{own}' and '{own}/...'")),
            },
        }
    }

    /// Keeps an owner's store below what a newcomer can be sent, and an agent's share of a
    /// self-keyed one below where the crate would silently drop the agent's last keys.
    async fn check_room(
        &self,
        key: &str,
        value: usize,
        content_type: usize,
    ) -> Result<(), KvError> {
        let others = self.inner.entries().await?;
        let others = others.iter().filter(|entry| entry.key != key);
        let full = |what, size, limit| Err(KvError::Full { what, size, limit });
        if self.inner.policy == KvPolicy::SelfKeyed {
            let own = self.agent.info.agent_id;
            let own = others.filter(|entry| {
                key_agent_prefix(&entry.key).is_some_and(|it| it.as_bytes() == own.as_bytes())
            });
            let (keys, bytes) =
                own.fold((1, value), |(keys, bytes), entry| (keys + 1, bytes + entry.value.len()));
            if keys > MAX_SELFKEYED_KEYS_PER_AGENT {
                return full("this agent's keys", keys, MAX_SELFKEYED_KEYS_PER_AGENT);
            }
            let limit = usize::try_from(MAX_SELFKEYED_BYTES_PER_AGENT).unwrap_or(usize::MAX);
            if bytes > limit {
                return full("this agent's bytes", bytes, limit);
            }
            return Ok(());
        }
        let size_of = |key: usize, value: usize, kind: usize| 3 * key + value + kind + ENTRY_BYTES;
        let own = size_of(key.len(), value, content_type);
        let size = others.fold(own, |size, entry| {
            size + size_of(entry.key.len(), entry.value.len(), entry.content_type.len())
        });
        if size > MAX_STORE_BYTES {
            return full("its bytes", size, MAX_STORE_BYTES);
        }
        Ok(())
    }
}

impl StoreInner {
    pub(super) async fn entries(&self) -> Result<Vec<KvEntry>, KvError> {
        let entries = self.handle.keys().await.map_err(|error| KvError::write("", error))?;
        let mut entries: Vec<_> = entries.into_iter().map(KvEntry::from).collect();
        entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(entries)
    }

    pub(super) async fn revision(&self) -> u64 {
        self.handle.ownership_info().await.version
    }

    /// Ends the replication of this replica and frees its file.
    pub(crate) async fn stop(&self) {
        self.handle.retire_and_drain().await;
    }
}

impl From<KvEntrySnapshot> for KvEntry {
    fn from(entry: KvEntrySnapshot) -> Self {
        Self {
            key: entry.key,
            value: entry.value,
            content_type: entry.content_type,
            created_at_ms: entry.created_at,
            updated_at_ms: entry.updated_at,
        }
    }
}

fn check_size(what: &'static str, size: usize, limit: usize) -> Result<(), KvError> {
    if size > limit { Err(KvError::TooLarge { what, size, limit }) } else { Ok(()) }
}

/// The later time wins on other replicas, and of two writes in one millisecond the greater hash:
/// the earlier one could stay there for ever. So a write waits until its time is a later one.
async fn pass(key: &str, written_at: u64) -> Result<(), KvError> {
    loop {
        let Some(ahead) = written_at.checked_sub(now_ms()) else { return Ok(()) };
        if ahead > MAX_WAIT_MS {
            return Err(KvError::Clock { key: key.to_owned(), ahead_ms: ahead });
        }
        sleep(Duration::from_millis(ahead + 1)).await;
    }
}

const MAX_WAIT_MS: u64 = 1000;

fn published(published: bool, error: Option<String>) -> Result<(), KvError> {
    if published {
        return Ok(());
    }
    Err(KvError::Unpublished { reason: error.unwrap_or_default() })
}
