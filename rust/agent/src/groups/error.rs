//! What a group refuses. A refusal changes nothing.

use x0x::mls::MlsError;

use crate::{AgentId, IdentityError};

/// Why an operation of a group failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// The bytes are something else, or damaged.
    #[error("the bytes are not a {what}")]
    Malformed {
        /// What was expected.
        what: &'static str,
    },

    /// The bytes belong to another group.
    #[error("the {what} is of another group")]
    OtherGroup {
        /// What was given.
        what: &'static str,
    },

    /// A commit or a message is of another epoch: others have to be processed first, or it comes
    /// too late.
    #[error("the {what} is of epoch {found}, the group expects {expected}")]
    Epoch {
        /// What was given.
        what: &'static str,
        /// The epoch that can be processed now.
        expected: u64,
        /// The epoch found.
        found: u64,
    },

    /// The agent has a leaf already.
    #[error("agent {agent} is a member already")]
    AlreadyMember {
        /// The agent.
        agent: AgentId,
    },

    /// The agent has no leaf.
    #[error("agent {agent} is not a member")]
    NotMember {
        /// The agent.
        agent: AgentId,
    },

    /// The commit removes this member, who can follow no further.
    #[error("this member was removed from the group")]
    Removed,

    /// A restored group has to begin an epoch of its own before it encrypts.
    #[error("the group was restored: commit an update before encrypting")]
    Restored,

    /// Something is too long.
    #[error("{what} has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },

    /// A signature or a key does not fit.
    #[error("{reason}")]
    Refused {
        /// What the cryptography said.
        reason: String,
    },
}

impl GroupError {
    pub(super) fn refused(error: MlsError) -> Self {
        let reason = error.to_string();
        if reason.contains("was removed by the commit") {
            return Self::Removed;
        }
        Self::Refused { reason }
    }
}

impl From<IdentityError> for GroupError {
    fn from(error: IdentityError) -> Self {
        Self::Refused { reason: error.to_string() }
    }
}
