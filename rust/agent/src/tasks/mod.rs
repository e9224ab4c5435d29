//! Task lists: shared ones, of which every agent on the topic holds a replica, and offline ones.
//! All that hold the same changes are equal.

mod catch_up;
mod entry;
mod ledger;
mod list;
mod offline;
mod open;
mod register;
mod replica;
mod stamp;
mod stored;
mod task;
mod watch;
mod wire;

pub use list::TaskList;
pub use offline::OfflineTaskList;
pub(crate) use open::OpenLists;
pub use open::{ListEvent, ListWatch};
pub(crate) use replica::ListInner;
pub use task::{
    Changed, MAX_DESCRIPTION_BYTES, MAX_TITLE_BYTES, NewTask, Ownership, Task, TaskChanges,
    TaskEdit, TaskEvent, TaskHistory, TaskSnapshot, TaskState,
};
pub use watch::TaskWatch;
