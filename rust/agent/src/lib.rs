//! Software agents that meet on a gossip network: identity, pub/sub, shared task lists and
//! key-value stores, encrypted groups.
//!
//! This crate is the only one that awaits `x0x`, whose async bodies take minutes to compile. It
//! therefore speaks in boxed futures: whoever depends on it compiles against this interface and
//! never against those bodies. It knows nothing of JavaScript.
//!
//! What the network crate leaves to its caller is done here, once:
//!
//! - a closed agent says so; after a shutdown the crate itself would answer "ok" and wait for ever
//!   ([`Agent::close`]);
//! - one publish at a time per agent; concurrent ones are shed and lost;
//! - many payloads in one message ([`Agent::publish_batch`]): each message costs signatures;
//! - a key file that does not load is refused, not replaced by a fresh identity;
//! - one live agent per directory;
//! - nothing but the addresses given is ever dialled unless asked for: loopback by default, no
//!   bootstrap list, no local discovery, no port mapping ([`NetworkOptions`]);
//! - addresses given stay connected: they are dialled again for as long as the agent is joined;
//! - who comes and who goes is told from the connections: the crate's presence never reports the
//!   leaving of those that were there for a short time ([`Agent::watch_peers`]);
//! - a broken contacts file is refused, and a contact that was not saved is an error;
//! - task lists converge, in one order on every replica, whatever their size; they can be edited,
//!   watched, and carried on without a network ([`OfflineTaskList`]).
//!
//! Every future must be polled inside a tokio runtime with time and I/O. Dropping a future cancels
//! the wait; work that has reached the network may still take effect.

mod agent;
mod batch;
mod contacts;
mod direct;
mod directory;
mod discovery;
mod error;
mod events;
mod groups;
mod id;
mod identity;
mod join;
mod keeper;
mod kv;
mod lifecycle;
mod options;
mod peers;
mod pubsub;
mod seen;
mod stats;
mod taps;
mod tasks;
mod topic;

pub use agent::{Agent, AgentInfo, AgentStatus};
pub use batch::{Batch, Malformed, Payloads, Position};
pub use contacts::{Contact, ContactChange, ContactTrust, MAX_NAME_BYTES};
pub use direct::{
    DirectFailure, DirectMessage, DirectOptions, DirectPath, DirectSubscription, MAX_DIRECT_BYTES,
    Receipt,
};
pub use discovery::{FoundAgent, MAX_AGENT_NAME_BYTES};
pub use error::AgentError;
pub use events::{PeerEvent, PeerWatch};
pub use futures::future::BoxFuture;
pub use groups::{
    Added as AddedMember, Group, GroupError, MAX_GROUP_ID_BYTES, MAX_PLAINTEXT_BYTES,
    PreparedMember,
};
pub use id::{AgentId, MachineId, TaskId, UserId};
pub use identity::{
    AgentCertificate, AgentKeys, IdentityError, IntroductionCard, KeySource, Keypair,
    MAX_SIGNED_BYTES, PublicKey, Service, check_context,
};
pub use join::{JoinOptions, Joined};
pub use kv::{
    KvChange, KvEntry, KvError, KvPolicy, KvStore, KvWatch, MAX_CONTENT_TYPE_BYTES, MAX_KEY_BYTES,
    MAX_STORE_BYTES, MAX_VALUE_BYTES,
};
pub use options::{AgentOptions, NetworkOptions, NetworkPlan};
pub use pubsub::{
    MAX_PAYLOAD_BYTES, Message, Published, PublishedBatch, Refused, Subscription, SubscriptionEnd,
    Trust,
};
#[cfg(feature = "diagnostics")]
pub use seen::Seen;
pub use stats::{Addresses, AgentStats, GossipStats, PeerStats};
pub use taps::{MessageWatch, TopicEvent};
pub use tasks::{
    Changed, ListEvent, ListWatch, MAX_DESCRIPTION_BYTES, MAX_TITLE_BYTES, NewTask,
    OfflineTaskList, Ownership, Task, TaskChanges, TaskEdit, TaskEvent, TaskHistory, TaskList,
    TaskSnapshot, TaskState, TaskWatch,
};
pub use topic::MAX_TOPIC_BYTES;

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, AgentError>;
