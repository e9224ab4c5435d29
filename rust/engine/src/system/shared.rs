//! What the tasks of a system, its steps and its owner share.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use barter::EngineEvent;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::{SystemEnd, core::Core, gate::Gate, ring::AuditRing};
use crate::{
    EngineError, Instruments,
    audit::{Event, Process},
};

/// See the module.
pub(super) struct Shared {
    pub(super) core: Mutex<Core>,
    pub(super) instruments: Arc<Instruments>,
    pub(super) gate: Arc<Gate>,
    pub(super) audits: Option<Arc<AuditRing>>,
    /// Events for a hosted strategy's steps.
    pub(super) inbox: Option<Inbox>,
    /// An exchange has answered.
    pub(super) answered: Notify,
    /// The steps of a hosted strategy have come to an end.
    pub(super) stepped_out: Notify,
    /// The owner wants it to stop now.
    pub(super) abort: Notify,
    end: watch::Sender<Option<SystemEnd>>,
}

impl Shared {
    pub(super) fn new(
        core: Core,
        instruments: Arc<Instruments>,
        gate: Arc<Gate>,
        audits: Option<Arc<AuditRing>>,
        hosted: bool,
    ) -> Self {
        Self {
            core: Mutex::new(core),
            instruments,
            gate,
            audits,
            inbox: hosted.then(Inbox::default),
            answered: Notify::new(),
            stepped_out: Notify::new(),
            abort: Notify::new(),
            end: watch::channel(None).0,
        }
    }

    /// Processes an event for a strategy inside the engine.
    pub(super) fn process(&self, event: Event) -> Process {
        let market = matches!(event, EngineEvent::Market(_));
        let account = matches!(event, EngineEvent::Account(_));
        let mut core = self.core.lock();
        let audit = core.process(event);
        core.record(&audit);
        drop(core);
        if market {
            self.gate.processed(1);
        }
        if account {
            self.answered.notify_waiters();
        }
        audit
    }

    /// How it ended, if it has.
    pub(super) fn ended(&self) -> Option<SystemEnd> {
        self.end.borrow().clone()
    }

    /// Resolves with the end.
    pub(super) async fn end(&self) -> SystemEnd {
        let mut end = self.end.subscribe();
        // The sender lives as long as `self`.
        end.wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|end| end.clone())
            .unwrap_or(SystemEnd::Aborted)
    }

    /// Ends it: whoever waits is told, and nothing follows.
    pub(super) fn finish(&self, end: SystemEnd) {
        let mut core = self.core.lock();
        if end == SystemEnd::Aborted && core.ended.is_none() {
            // The last tick of audits is a shutdown, however it came.
            let last = catch_unwind(AssertUnwindSafe(|| {
                let audit = core.process(EngineEvent::shutdown());
                core.record(&audit);
                core.shut_down();
            }));
            // Its panic is of no use to anybody: the end is decided.
            drop(last);
        }
        core.seal();
        core.ended = Some(end.clone());
        let commands = std::mem::take(&mut core.commands);
        drop(core);
        self.end.send_replace(Some(end));
        drop(commands);
        self.gate.stop();
        if let Some(audits) = &self.audits {
            audits.end();
        }
        if let Some(inbox) = &self.inbox {
            inbox.end();
        }
        self.answered.notify_waiters();
    }

    /// Why nothing can be asked of it any more.
    pub(super) fn stopped(&self) -> EngineError {
        let how = match self.ended() {
            Some(SystemEnd::Failed(error)) => return error,
            Some(SystemEnd::Aborted) => "it was aborted",
            _ => "it was shut down",
        };
        EngineError::run("engine_stopped", format!("the engine has stopped: {how}"))
    }
}

/// Events that wait for a step.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    ended: bool,
}

impl Inbox {
    pub(super) fn put(&self, event: Event) {
        self.state.lock().events.push_back(event);
        self.changed.notify_waiters();
    }

    pub(super) fn take(&self) -> Option<Event> {
        self.state.lock().events.pop_front()
    }

    fn end(&self) {
        self.state.lock().ended = true;
        self.changed.notify_waiters();
    }

    fn is_ready(&self) -> bool {
        let waiting = self.state.lock();
        !waiting.events.is_empty() || waiting.ended
    }

    /// Resolves when an event waits or none will come.
    pub(super) async fn ready(&self) {
        let mut changed = std::pin::pin!(self.changed.notified());
        loop {
            changed.as_mut().enable();
            if self.is_ready() {
                return;
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
    }
}
