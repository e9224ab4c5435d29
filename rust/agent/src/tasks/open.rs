//! Changes of every list that is open, for whoever watches all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use futures::future::BoxFuture;
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
};

use super::ListInner;
use crate::{Agent, Result, lifecycle::Closing};

/// A list that changed, here or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEvent {
    /// The topic of the list.
    pub topic: String,
    /// The revision that its replica has now. Changes that come faster than they are taken are one.
    pub revision: u64,
}

/// Changes of all open lists. Ends with the agent.
#[derive(Debug)]
pub struct ListWatch {
    events: mpsc::Receiver<ListEvent>,
    closing: Closing,
    driver: AbortHandle,
}

/// The lists that somebody holds open; the replicas themselves live as long as the agent.
#[derive(Debug, Default)]
pub(crate) struct OpenLists(watch::Sender<HashMap<String, OpenList>>);

#[derive(Debug, Clone)]
struct OpenList {
    handles: usize,
    /// Its revision when it was opened.
    revision: u64,
    list: Weak<ListInner>,
}

/// Counts as one open handle of a list until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    topic: String,
    lists: Arc<OpenLists>,
}

impl OpenLists {
    pub(super) fn hold(self: &Arc<Self>, topic: String, list: &Arc<ListInner>) -> Held {
        self.0.send_modify(|open| {
            let (revision, list) = (*list.revision.borrow(), Arc::downgrade(list));
            let open = open.entry(topic.clone());
            open.or_insert(OpenList { handles: 0, revision, list }).handles += 1;
        });
        Held { topic, lists: Arc::clone(self) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.lists.0.send_if_modified(|open| {
            let Some(list) = open.get_mut(&self.topic) else { return false };
            list.handles -= 1;
            let last = list.handles == 0;
            if last {
                open.remove(&self.topic);
            }
            last
        });
    }
}

impl Agent {
    /// Watches all lists that are open, now or later. Of those open now only what changes from now
    /// on is shown.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed).
    pub fn watch_lists(&self) -> BoxFuture<'static, Result<ListWatch>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            let mut open = inner.open_lists.0.subscribe();
            let mut seen = HashMap::new();
            let now = open.borrow_and_update().clone();
            for (topic, entry) in now {
                if let Some(list) = entry.list.upgrade() {
                    seen.insert(topic, *list.revision.borrow());
                }
            }
            open.mark_changed();
            let (sender, events) = mpsc::channel(WATCH_CAPACITY);
            let driver = drive(open, seen, sender);
            let driver = inner.runtime.spawn(driver).abort_handle();
            Ok(ListWatch { events, closing: inner.lifecycle.closing(), driver })
        })
    }
}

impl ListWatch {
    /// Waits for the next change; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn recv(&mut self) -> BoxFuture<'_, Option<ListEvent>> {
        Box::pin(async {
            tokio::select! {
                biased;
                () = self.closing.begun() => None,
                event = self.events.recv() => event,
            }
        })
    }
}

impl Drop for ListWatch {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Follows every open list in a task of its own.
async fn drive(
    mut open: watch::Receiver<HashMap<String, OpenList>>,
    mut seen: HashMap<String, u64>,
    events: mpsc::Sender<ListEvent>,
) {
    let mut tasks = JoinSet::new();
    let mut following: HashMap<String, AbortHandle> = HashMap::new();
    while open.changed().await.is_ok() {
        let now = open.borrow_and_update().clone();
        following.retain(|topic, task| {
            let stays = now.contains_key(topic) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for (topic, entry) in now {
            if following.contains_key(&topic) {
                continue;
            }
            let shown = seen.remove(&topic).unwrap_or(entry.revision);
            let events = events.clone();
            let task = tasks.spawn(follow(entry.list, topic.clone(), shown, events));
            following.insert(topic, task);
        }
        // Those that ended need not be kept.
        while tasks.try_join_next().is_some() {}
    }
}

async fn follow(
    list: Weak<ListInner>,
    topic: String,
    mut shown: u64,
    events: mpsc::Sender<ListEvent>,
) {
    let Some(mut changes) = list.upgrade().map(|list| list.revision.subscribe()) else { return };
    drop(list);
    loop {
        let revision = *changes.borrow_and_update();
        if revision != shown {
            shown = revision;
            if events.send(ListEvent { topic: topic.clone(), revision }).await.is_err() {
                return;
            }
        }
        // Ends with the replica.
        if changes.changed().await.is_err() {
            return;
        }
    }
}

const WATCH_CAPACITY: usize = 256;
