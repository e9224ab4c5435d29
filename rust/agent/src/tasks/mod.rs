//! Shared task lists: every agent on the topic holds a replica, all replicas converge.

mod list;
mod stamp;
mod task;
mod watch;

pub(crate) use list::ListInner;
pub use list::{Added, Changed, MAX_DESCRIPTION_BYTES, MAX_TITLE_BYTES, TaskList};
pub use task::{Ownership, Task, TaskSnapshot, TaskState};
pub use watch::TaskWatch;
