//! What can go wrong, one variant per thing a caller can act on.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use x0x::error::{IdentityError, NetworkError};

use crate::{AgentId, DirectFailure, MachineId, TaskId};

/// Why an operation of an agent or a task list failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The agent was closed, or closes while the operation runs.
    #[error("the agent is closed")]
    Closed,

    /// The agent was opened without a network.
    #[error("the agent is offline: it was opened without a network")]
    Offline,

    /// The network address could not be bound.
    #[error("cannot bind {address}: {reason}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the network said.
        reason: String,
    },

    /// A key file exists but holds no usable keypair.
    #[error("key file {} is not usable: {reason}", path.display())]
    Key {
        /// The file that was refused. It is left as it is.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A key file holds another keypair than the one given.
    #[error("key file {} holds another keypair than the one given", path.display())]
    KeyConflict {
        /// The file. It is left as it is.
        path: PathBuf,
    },

    /// A live agent of this process has the same machine key.
    #[error("machine {machine} is in use by another agent: two would fight over one peer id")]
    MachineInUse {
        /// The machine's id.
        machine: MachineId,
    },

    /// A keypair could not be used.
    #[error(transparent)]
    Identity(#[from] crate::IdentityError),

    /// Another live agent holds the directory.
    #[error("directory {} is in use by another agent", path.display())]
    DirectoryInUse {
        /// The directory asked for.
        path: PathBuf,
    },

    /// A file or directory could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Storage {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A stored task list exists but does not load. It is left as it is.
    #[error("the stored task list does not load: {reason}")]
    CorruptList {
        /// What is wrong with it.
        reason: String,
    },

    /// The contacts file exists but does not load. It is left as it is.
    #[error("contacts file {} is not usable: {reason}", path.display())]
    Contacts {
        /// The file that was refused.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A change of a contact is in force, but was not written.
    #[error("the change holds until the agent closes but could not be saved in {}", path.display())]
    ContactsNotSaved {
        /// The file that does not have it.
        path: PathBuf,
    },

    /// The peer was disconnected here a moment ago and is kept away.
    #[error("the peer at {address} was disconnected less than two minutes ago")]
    Held {
        /// The address that was dialled.
        address: SocketAddr,
    },

    /// A peer could not be reached.
    #[error("cannot reach {address}: {reason}")]
    Connect {
        /// The address that was dialled.
        address: SocketAddr,
        /// What the network said.
        reason: String,
    },

    /// The deadline passed before enough peers were connected. The agent keeps trying.
    #[error("{found} of {needed} peers connected after {} ms", waited.as_millis())]
    TooFewPeers {
        /// Peers connected when the deadline passed.
        found: usize,
        /// Peers asked for.
        needed: usize,
        /// How long the wait took.
        waited: Duration,
    },

    /// The deadline passed.
    #[error("{what} took longer than {} ms", limit.as_millis())]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// The deadline.
        limit: Duration,
    },

    /// The topic belongs to the network protocol or to task lists and stores.
    #[error("topics that start with '{prefix}' are reserved")]
    ReservedTopic {
        /// The reserved beginning.
        prefix: &'static str,
    },

    /// The topic is empty.
    #[error("a topic must not be empty")]
    EmptyTopic,

    /// Something is larger than the network carries.
    #[error("{what} is {size} bytes, the limit is {limit}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },

    /// The list has no such task (yet).
    #[error("the list has no task {id}")]
    TaskNotFound {
        /// The id asked for.
        id: TaskId,
    },

    /// The task is not in a state that allows the operation.
    #[error("task {id} cannot be {action} as it is {state}")]
    TaskState {
        /// The task.
        id: TaskId,
        /// What was asked for: `claimed` or `completed`.
        action: &'static str,
        /// The state found: `empty` or `done`.
        state: &'static str,
    },

    /// The list has changed since the revision that the caller saw.
    #[error("the list is at revision {current}, expected {expected}")]
    TaskStale {
        /// The revision given.
        expected: u64,
        /// The revision found.
        current: u64,
    },

    /// The list is open with another directory for its state, or its file is in use.
    #[error("the list is already open with other storage, or its file is in use")]
    ListStorage,

    /// A list's file could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    ListFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Two lists of different topics cannot be merged.
    #[error("the lists have different topics")]
    OtherList,

    /// An order names a task twice.
    #[error("task {id} is named twice")]
    TaskTwice {
        /// The task.
        id: TaskId,
    },

    /// A direct message was not delivered.
    #[error("{reason}")]
    Direct {
        /// The recipient.
        to: AgentId,
        /// Why, for programs.
        failure: DirectFailure,
        /// Why, for people.
        reason: String,
    },

    /// The network crate failed in a way that has no variant here.
    #[error("{message}")]
    Network {
        /// Its text.
        message: String,
    },
}

impl AgentError {
    /// Translates what the crate reports as storage error, whatever happened.
    pub(crate) fn native(error: IdentityError) -> Self {
        let message = match error {
            // Nearly everything arrives as `Storage(io::Error::other(text))`.
            IdentityError::Storage(inner) => inner.to_string(),
            other => other.to_string(),
        };
        if message.contains("not initialized") {
            return Self::Offline;
        }
        Self::Network { message: squeeze(&message) }
    }

    /// Translates a failed dial.
    pub(crate) fn dial(address: SocketAddr, error: &NetworkError) -> Self {
        let text = error.to_string();
        if text.contains("reconnect-suppressed") {
            return Self::Held { address };
        }
        let reason = text.strip_prefix("connection failed: ").unwrap_or(&text);
        Self::Connect { address, reason: squeeze(reason) }
    }
}

/// Joins the crate's wrapped lines, which carry runs of spaces.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
