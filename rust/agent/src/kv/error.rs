//! What a store refuses.

use x0x::error::IdentityError;

use crate::{AgentError, error::squeeze};

/// Why an operation of a store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KvError {
    /// The agent is closed or offline, or the topic is not usable.
    #[error(transparent)]
    Agent(#[from] AgentError),

    /// The store's policy does not let this agent write the key.
    #[error("this agent may not write '{key}': {reason}")]
    Denied {
        /// The key.
        key: String,
        /// What the policy says.
        reason: String,
    },

    /// The store only grows, and the key exists.
    #[error("'{key}' exists, and a key of an append-only store never changes")]
    Immutable {
        /// The key.
        key: String,
    },

    /// A key, value or content type is too long.
    #[error("{what} has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },

    /// The store, or this agent's share of it, is full.
    #[error("the store is full: {what} would be {size}, the limit is {limit}")]
    Full {
        /// What was counted.
        what: &'static str,
        /// What it would be.
        size: usize,
        /// The most it may be.
        limit: usize,
    },

    /// The key was written at a time that lies ahead of this machine's clock.
    #[error("'{key}' was last written {ahead_ms} ms ahead of this clock")]
    Clock {
        /// The key.
        key: String,
        /// How far the clock is behind.
        ahead_ms: u64,
    },

    /// A stored replica exists but does not load, or is another store's. It is left as it is.
    #[error("the stored replica does not load: {reason}")]
    Corrupt {
        /// What is wrong with it.
        reason: String,
    },

    /// The store is open with another policy, owner or directory.
    #[error("the store is already open with another policy, owner or directory")]
    OpenOtherwise,

    /// The change was made here and not written to disk; nobody else has heard of it.
    #[error("the change was made here only, it could not be saved: {reason}")]
    Unsaved {
        /// What the system said.
        reason: String,
    },

    /// The change was made here, and telling others failed.
    #[error("the change was made here, and others could not be told: {reason}")]
    Unpublished {
        /// What the network said.
        reason: String,
    },
}

impl KvError {
    /// Translates what the crate says about a write.
    pub(super) fn write(key: &str, error: IdentityError) -> Self {
        let key = || key.to_owned();
        let text = match error {
            IdentityError::Unauthorized(reason) => return Self::Denied { key: key(), reason },
            IdentityError::ImmutableKey(_) => return Self::Immutable { key: key() },
            IdentityError::Storage(inner) => inner.to_string(),
            other => other.to_string(),
        };
        if text.contains("snapshot persist") {
            return Self::Unsaved { reason: squeeze(&text) };
        }
        Self::Agent(AgentError::Network { message: squeeze(&text) })
    }

    /// Translates what the crate says when a store is opened.
    pub(super) fn open(error: IdentityError) -> Self {
        match AgentError::native(error) {
            // Unreadable, another store's, or of another policy.
            AgentError::Network { message }
                if message.starts_with("kv snapshot for topic")
                    || message.starts_with("kv snapshot store-id") =>
            {
                Self::Corrupt { reason: message }
            }
            other => Self::Agent(other),
        }
    }
}
