//! Key-value stores that agents share: every agent that opens one holds a replica.

mod error;
mod pulse;
mod store;
mod watch;

pub use error::KvError;
pub(crate) use store::StoreInner;
pub use store::{
    KvEntry, KvPolicy, KvStore, MAX_CONTENT_TYPE_BYTES, MAX_KEY_BYTES, MAX_STORE_BYTES,
    MAX_VALUE_BYTES,
};
pub use watch::{KvChange, KvWatch};
