//! Tasks in the network crate's encoding.
//!
//! The crate keeps the fields of its tasks to itself, and merges them in a way that Tendon cannot
//! use as it is (see [`entry`](super::entry)). What travels is bincode of those fields, in order.
//! Here they are, so that replicas of Tendon and those of other programs read each other.

use bincode::Options;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use x0x::crdt::{CheckboxState, TaskListId};

use super::{entry::Entry, register::Register};

/// A task's id in the crate's encoding.
pub(super) type Key = [u8; 32];

/// A replica's id, the transport's peer id.
pub(super) type Peer = [u8; 32];

/// What made an element of one of the crate's sets.
type Tag = (Peer, u64);

/// More than this never arrives: the crate's frames end at 4 MiB.
const MAX_MESSAGE_BYTES: u64 = 4 << 20;

/// A delta above this is sent in parts.
const PART_BYTES: usize = 256 << 10;

/// The crate's `TaskListDelta`: what changed, or all there is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Delta {
    /// New tasks.
    pub(super) added: Vec<(Key, (Entry, Tag))>,
    /// Tasks that are gone. The crate takes an empty set of tags for hearsay.
    pub(super) removed: Vec<(Key, Vec<Tag>)>,
    /// Tasks that changed, whole.
    pub(super) updated: Vec<(Key, Entry)>,
    /// A new order.
    pub(super) order: Option<Register<Vec<Key>>>,
    name: Option<Register<String>>,
    version: u64,
}

impl Delta {
    /// A task that changed.
    pub(super) fn of_update(entry: Entry) -> Self {
        Self { updated: vec![(entry.id, entry)], ..Self::default() }
    }

    /// A new order.
    pub(super) fn of_order(order: Register<Vec<Key>>) -> Self {
        Self { order: Some(order), ..Self::default() }
    }

    /// All there is of a list.
    pub(super) fn whole(entries: Vec<Entry>, removed: Vec<Key>, order: Register<Vec<Key>>) -> Self {
        Self {
            updated: entries.into_iter().map(|entry| (entry.id, entry)).collect(),
            removed: removed.into_iter().map(|id| (id, Vec::new())).collect(),
            order: Some(order),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.updated.is_empty()
            && self.order.is_none()
    }

    /// Adds a task that others may not have.
    pub(super) fn add(&mut self, entry: Entry, peer: Peer) {
        self.added.push((entry.id, (entry, (peer, 1))));
    }

    /// Adds a task that is gone.
    pub(super) fn remove(&mut self, id: Key, peer: Peer) {
        self.removed.push((id, vec![(peer, 1)]));
    }

    /// The tasks in it, new or changed.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        let added = self.added.iter().map(|(_, (entry, _))| entry);
        added.chain(self.updated.iter().map(|(_, entry)| entry))
    }

    /// Changes tasks in it, and leaves out those for which the answer is no.
    pub(super) fn retain_entries(&mut self, mut keep: impl FnMut(&mut Entry) -> bool) {
        self.added.retain_mut(|(_, (entry, _))| keep(entry));
        self.updated.retain_mut(|(_, entry)| keep(entry));
    }

    /// Drops what is not signed by those it names, and nothing else: see [`Entry::verify`].
    pub(super) fn verify(&mut self, list: &TaskListId) {
        self.retain_entries(|entry| {
            entry.verify(list);
            true
        });
    }

    /// Cuts it into messages that the network carries with ease.
    pub(super) fn split(self) -> Vec<Self> {
        let mut parts = vec![Self { order: self.order, ..Self::default() }];
        let mut size = 0;
        let mut room = |parts: &mut Vec<Self>, needed: usize| {
            size += needed;
            if size > PART_BYTES && needed < size {
                parts.push(Self::default());
                size = needed;
            }
        };
        for (id, tags) in self.removed {
            room(&mut parts, 80);
            if let Some(part) = parts.last_mut() {
                part.removed.push((id, tags));
            }
        }
        for (id, added) in self.added {
            room(&mut parts, added.0.size());
            if let Some(part) = parts.last_mut() {
                part.added.push((id, added));
            }
        }
        for (id, entry) in self.updated {
            room(&mut parts, entry.size());
            if let Some(part) = parts.last_mut() {
                part.updated.push((id, entry));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// Joins what another operation wants to send.
    pub(super) fn append(&mut self, mut other: Self) {
        self.added.append(&mut other.added);
        self.removed.append(&mut other.removed);
        self.updated.append(&mut other.updated);
        self.order = match (self.order.take(), other.order) {
            (Some(mut order), Some(newer)) => {
                order.join(&newer);
                Some(order)
            }
            (order, newer) => order.or(newer),
        };
    }

    /// The message on the list's topic.
    pub(super) fn encode(&self, sender: Peer) -> Vec<u8> {
        encode(&(sender, self))
    }

    /// What a message on the list's topic says, and which replica sent it. Ids outside are those
    /// inside, or the message is none.
    pub(super) fn decode(message: &[u8]) -> Option<(Peer, Self)> {
        let (sender, delta): (Peer, Self) = decode(message)?;
        let same = delta.added.iter().all(|(id, (entry, _))| *id == entry.id)
            && delta.updated.iter().all(|(id, entry)| *id == entry.id);
        same.then_some((sender, delta))
    }
}

/// A task's set of checkbox states. The crate sends it beside the signed states, which alone
/// decide; so it is sent empty and not looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unused;

type Tags = Vec<(CheckboxState, Vec<Tag>)>;

/// The crate's `OrSet<CheckboxState>`.
#[derive(Default, Serialize, Deserialize)]
struct Checkbox {
    elements: Tags,
    tombstones: Tags,
    version: u64,
    changelog_floor: u64,
    changelog: Vec<(u64, (Tags, Tags))>,
}

impl Serialize for Unused {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Checkbox::default().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Unused {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Checkbox::deserialize(deserializer).map(|_| Self)
    }
}

/// What replicas tell each other beside the list's topic. The head is the crate's; what follows
/// it is read by Tendon only.
#[derive(Debug)]
pub(super) enum Aside {
    /// Somebody wants what it lacks; without a summary, everything.
    Wanted(Peer, Option<Summary>),
    /// Somebody has sent what was wanted, and holds this.
    Served(Peer, Option<Summary>),
}

/// What a replica holds, in few bytes per task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Summary {
    /// A hash of all that follows. Two replicas with the same one are equal, and what follows is
    /// left out between them.
    pub(super) digest: u64,
    /// The beginning of every task's id, and a hash of the task.
    pub(super) tasks: Vec<(u64, u64)>,
    /// The beginnings of the ids of tasks that are gone.
    pub(super) removed: Vec<u64>,
    /// A hash of the order.
    pub(super) order: u64,
    /// Whether only the digest is given.
    pub(super) brief: bool,
}

const WANTED: u32 = 0;
const SERVED: u32 = 1;

impl Aside {
    pub(super) fn encode(&self) -> Vec<u8> {
        let (kind, peer, summary) = match self {
            Self::Wanted(peer, summary) => (WANTED, peer, summary),
            Self::Served(peer, summary) => (SERVED, peer, summary),
        };
        match summary {
            None => encode(&(kind, peer)),
            Some(summary) => encode(&(kind, peer, MAGIC, summary)),
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<Self> {
        let (kind, peer): (u32, Peer) = decode(message)?;
        let tail: Option<(u32, Peer, [u8; 8], Summary)> = decode(message);
        let summary = tail.and_then(|(_, _, magic, summary)| (magic == *MAGIC).then_some(summary));
        match kind {
            WANTED => Some(Self::Wanted(peer, summary)),
            SERVED => Some(Self::Served(peer, summary)),
            _ => None,
        }
    }
}

const MAGIC: &[u8; 8] = b"tendon 1";

/// The crate's encoding; nothing that is encoded here can fail.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    bincode::serialize(value).unwrap_or_default()
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    bincode::options()
        .with_fixint_encoding()
        .allow_trailing_bytes()
        .with_limit(MAX_MESSAGE_BYTES)
        .deserialize(bytes)
        .ok()
}
