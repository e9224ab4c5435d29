//! Encrypted groups (TreeKEM, RFC 9420): pure and offline. Who sends what to whom is the caller's.
//!
//! The crate's groups know leaves of a tree, not agents, and the messages between members carry
//! no agent ids. So everything that leaves a group here is packed with what is missing: key
//! packages with the agent's signature, commits and welcomes with the key packages of those whom
//! they add, everything with its epoch.

mod error;
mod group;
mod packed;
mod roster;

pub use error::GroupError;
pub use group::{Added, Group, MAX_GROUP_ID_BYTES, MAX_PLAINTEXT_BYTES};
pub use roster::PreparedMember;
