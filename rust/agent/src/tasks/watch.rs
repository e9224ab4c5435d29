//! Watching a list.

use futures::future::BoxFuture;
use tokio::sync::watch;

use super::list::TaskList;
use crate::{Result, lifecycle::Closing};

/// The revisions of a replica, one after every change, here or elsewhere. Changes that come faster
/// than they are taken are one.
#[derive(Debug)]
pub struct TaskWatch {
    revision: watch::Receiver<u64>,
    closing: Closing,
}

impl TaskList {
    /// Watches the list. The first step is the revision of now.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed).
    pub fn watch(&self) -> Result<TaskWatch> {
        self.agent.lifecycle.ensure_open()?;
        let mut revision = self.inner.revision.subscribe();
        revision.mark_changed();
        Ok(TaskWatch { revision, closing: self.agent.lifecycle.closing() })
    }
}

impl TaskWatch {
    /// Waits for the next revision; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn changed(&mut self) -> BoxFuture<'_, Option<u64>> {
        Box::pin(async {
            tokio::select! {
                biased;
                () = self.closing.begun() => None,
                changed = self.revision.changed() => {
                    changed.ok()?;
                    Some(*self.revision.borrow_and_update())
                }
            }
        })
    }
}
