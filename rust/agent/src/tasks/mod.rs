//! Shared task lists: every agent on the topic holds a replica, all replicas converge.

mod list;
mod open;
mod stamp;
mod task;
mod watch;

pub(crate) use list::ListInner;
pub use list::{Added, Changed, MAX_DESCRIPTION_BYTES, MAX_TITLE_BYTES, TaskList};
pub(crate) use open::OpenLists;
pub use open::{ListEvent, ListWatch};
pub use task::{Ownership, Task, TaskSnapshot, TaskState};
pub use watch::TaskWatch;
