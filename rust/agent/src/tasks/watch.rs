//! Watching a list.

use futures::future::BoxFuture;

use super::{
    list::{ListInner, TaskList},
    task::TaskSnapshot,
};
use crate::{
    Result,
    pulse::{Pulse, Replica, Watcher},
};

/// The changes of a replica: each step gives the snapshot of the newest revision. Steps that
/// come faster than they are taken are one.
#[derive(Debug)]
pub struct TaskWatch {
    list: TaskList,
    watcher: Watcher,
    shown: Option<u64>,
}

impl TaskList {
    /// Watches the list. The first step is the snapshot of now.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed).
    pub fn watch(&self) -> BoxFuture<'static, Result<TaskWatch>> {
        let list = self.clone();
        Box::pin(async move {
            let watcher = Pulse::watch(&list.agent, &list.inner).await?;
            Ok(TaskWatch { watcher, shown: None, list })
        })
    }
}

impl TaskWatch {
    /// Waits for the next snapshot; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn changed(&mut self) -> BoxFuture<'_, Option<TaskSnapshot>> {
        Box::pin(async {
            while self.watcher.begin() {
                let snapshot = self.list.inner.snapshot().await.ok()?;
                if self.shown != Some(snapshot.revision) {
                    self.shown = Some(snapshot.revision);
                    return Some(snapshot);
                }
                if !self.watcher.changed().await {
                    break;
                }
            }
            None
        })
    }
}

impl Replica for ListInner {
    fn topic(&self) -> &str {
        &self.topic
    }

    fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    fn revision(&self) -> BoxFuture<'_, u64> {
        Box::pin(async { self.handle.version().await.revision })
    }
}
