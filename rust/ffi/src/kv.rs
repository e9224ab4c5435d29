//! Key-value stores on the wire. Values travel as attachments and columns, never as JSON.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_agent::{AgentId, KvChange, KvEntry, KvError, KvStore, KvWatch};
use ts_rs::TS;

use crate::{
    Column, Failure, Object, Packed, Scope, Status, Stream, StreamOptions, agent::LiveAgent,
    answer::Payload, library::Nothing,
};

/// A store to open.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct OpenKvStore {
    /// The agent's handle.
    agent: u64,
    /// The topic that its replicas share.
    topic: String,
    /// Who may write what.
    policy: KvPolicy,
    /// The owner, 64 hexadecimal digits; without it, the agent itself.
    owner: Option<String>,
    /// Directory in which the replica is kept; without it, it lives as long as the agent.
    directory: Option<String>,
}

/// Who may write what.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KvPolicy {
    /// The owner.
    Signed,
    /// The owner, each key once.
    AppendOnly,
    /// Everybody, keys that begin with their agent id.
    SelfKeyed,
}

/// A store's handle.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KvStoreRef {
    /// The handle.
    store: u64,
}

/// A key to write; its value is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PutKey {
    /// The store's handle.
    store: u64,
    /// The key.
    key: String,
    /// What the value is.
    content_type: String,
}

/// A key of a store.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KvKeyRef {
    /// The store's handle.
    store: u64,
    /// The key.
    key: String,
}

/// What a delete came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedKey {
    /// Whether there was something to delete.
    existed: bool,
}

/// Keys of a store.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KvKeys {
    /// In order of their bytes.
    keys: Vec<String>,
}

/// Entries of a store, in order of their keys. Column: `values` u8, one behind the other.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KvEntries {
    /// The entries.
    entries: Vec<KvRecord>,
    /// Keys that are gone since the step before; empty outside of a stream.
    deleted: Vec<String>,
}

/// A key and what is known of its value.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KvRecord {
    /// The key.
    key: String,
    /// Bytes of the value.
    size: u32,
    /// What the value is, in the writer's words.
    content_type: String,
    /// Milliseconds since the epoch, by the writer's clock.
    created_at_ms: u64,
    /// Milliseconds since the epoch, by the writer's clock.
    updated_at_ms: u64,
}

/// A store to watch.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WatchKvStore {
    /// The store's handle.
    store: u64,
    /// Where changes go, each packed as `KvEntries`.
    stream: StreamOptions,
}

/// A store behind a handle.
struct LiveStore(KvStore);

impl Object for LiveStore {
    const KIND: &'static str = "key-value store";
}

pub(crate) async fn open(scope: Scope, request: OpenKvStore) -> Result<KvStoreRef, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let owner = request.owner.as_deref().map(owner_id).transpose()?;
    let policy = match request.policy {
        KvPolicy::Signed => tendon_agent::KvPolicy::Signed(owner),
        KvPolicy::AppendOnly => tendon_agent::KvPolicy::AppendOnly(owner),
        KvPolicy::SelfKeyed => tendon_agent::KvPolicy::SelfKeyed,
    };
    let directory = request.directory.as_deref().map(Path::new);
    let store = agent.0.kv_store(&request.topic, policy, directory).await?;
    Ok(KvStoreRef { store: scope.insert(Arc::new(LiveStore(store))) })
}

pub(crate) async fn put(scope: Scope, request: PutKey) -> Result<Nothing, Failure> {
    let store = scope.get::<LiveStore>(request.store)?;
    store.0.put(request.key, scope.attachment().to_vec(), request.content_type).await?;
    Ok(Nothing {})
}

pub(crate) async fn get(scope: Scope, request: KvKeyRef) -> Result<Packed<KvEntries>, Failure> {
    let entry = scope.get::<LiveStore>(request.store)?.0.get(request.key).await?;
    Ok(packed(entry.into_iter().collect(), Vec::new()))
}

pub(crate) async fn delete(scope: Scope, request: KvKeyRef) -> Result<DeletedKey, Failure> {
    let existed = scope.get::<LiveStore>(request.store)?.0.delete(request.key).await?;
    Ok(DeletedKey { existed })
}

pub(crate) async fn keys(scope: Scope, request: KvStoreRef) -> Result<KvKeys, Failure> {
    let entries = scope.get::<LiveStore>(request.store)?.0.entries().await?;
    Ok(KvKeys { keys: entries.into_iter().map(|entry| entry.key).collect() })
}

pub(crate) async fn entries(
    scope: Scope,
    request: KvStoreRef,
) -> Result<Packed<KvEntries>, Failure> {
    let entries = scope.get::<LiveStore>(request.store)?.0.entries().await?;
    Ok(packed(entries, Vec::new()))
}

pub(crate) async fn watch(scope: Scope, request: WatchKvStore) -> Result<Nothing, Failure> {
    let watch = scope.get::<LiveStore>(request.store)?.0.watch().await?;
    let stream = scope.stream(&request.stream)?;
    crate::runtime::spawn(forward(watch, stream));
    Ok(Nothing {})
}

async fn forward(mut watch: KvWatch, stream: Arc<Stream>) {
    loop {
        let change = tokio::select! {
            biased;
            () = stream.closed() => return,
            change = watch.changed() => change,
        };
        let Some(KvChange { put, deleted }) = change else { return stream.end(Ok(())) };
        let payload = match Payload::packed(&packed(put, deleted)) {
            Ok(payload) => payload,
            Err(failure) => return stream.end(Err(failure)),
        };
        if stream.push(&[&payload.bytes]).await.is_err() {
            return;
        }
    }
}

fn packed(entries: Vec<KvEntry>, deleted: Vec<String>) -> Packed<KvEntries> {
    let values: Vec<u8> = entries.iter().flat_map(|entry| &entry.value).copied().collect();
    let entries = entries.into_iter().map(KvRecord::from).collect();
    let columns = vec![Column::u8("values", &values)];
    Packed { head: KvEntries { entries, deleted }, columns }
}

fn owner_id(text: &str) -> Result<AgentId, Failure> {
    AgentId::from_hex(text).ok_or_else(|| {
        let message = format!("an owner's id has 64 hexadecimal digits, found '{text}'");
        Failure::new(Status::Argument, "invalid_request", message)
    })
}

impl From<KvEntry> for KvRecord {
    fn from(entry: KvEntry) -> Self {
        Self {
            key: entry.key,
            size: entry.value.len() as u32,
            content_type: entry.content_type,
            created_at_ms: entry.created_at_ms,
            updated_at_ms: entry.updated_at_ms,
        }
    }
}

impl From<KvError> for Failure {
    fn from(error: KvError) -> Self {
        let (status, kind, data) = match &error {
            KvError::Denied { key, .. } => (Status::Denied, "kv_denied", json!({ "key": key })),
            KvError::Immutable { key } => (Status::State, "kv_immutable", json!({ "key": key })),
            KvError::TooLarge { size, limit, .. } => {
                (Status::Argument, "kv_too_large", json!({ "size": size, "limit": limit }))
            }
            KvError::Full { size, limit, .. } => {
                (Status::State, "kv_full", json!({ "size": size, "limit": limit }))
            }
            KvError::Clock { key, ahead_ms } => {
                (Status::State, "kv_clock", json!({ "key": key, "aheadMs": ahead_ms }))
            }
            KvError::Corrupt { .. } => (Status::State, "kv_corrupt", json!(null)),
            KvError::OpenOtherwise => (Status::State, "kv_open_otherwise", json!(null)),
            KvError::Unsaved { .. } => (Status::Io, "kv_unsaved", json!(null)),
            KvError::Unpublished { .. } => (Status::Io, "kv_unpublished", json!(null)),
            _ => {
                return match error {
                    KvError::Agent(error) => error.into(),
                    other => Self::new(Status::Internal, "internal", other.to_string()),
                };
            }
        };
        Self::new(status, kind, error.to_string()).with_data(data)
    }
}
