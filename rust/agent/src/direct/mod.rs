//! Direct messages: from one agent to another, acknowledged, outside of any topic.

mod mailbox;
mod send;

pub(crate) use mailbox::Mailbox;
pub use mailbox::{DirectMessage, DirectSubscription};
pub use send::{DirectFailure, DirectOptions, DirectPath, MAX_DIRECT_BYTES, Receipt};
