//! What upstream's runner takes for the engine.

use std::sync::Arc;

use barter::{
    Sequence,
    engine::{
        Processor,
        audit::{AuditTick, Auditor, EngineAudit, context::EngineContext},
    },
    shutdown::SyncShutdown,
};
use chrono::{DateTime, Utc};

use super::shared::Shared;
use crate::audit::{Event, Output};

type Audit = EngineAudit<Event, Output>;

/// Processes events at once, or passes them on to the steps of a hosted strategy.
pub(super) struct Host {
    shared: Arc<Shared>,
}

impl Host {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Processor<Event> for Host {
    type Audit = Audit;

    fn process(&mut self, event: Event) -> Audit {
        match &self.shared.inbox {
            None => EngineAudit::Process(self.shared.process(event)),
            Some(inbox) => {
                inbox.put(event.clone());
                EngineAudit::process(event)
            }
        }
    }
}

/// Ticks are numbered where events are processed; the runner only looks whether one is the last.
impl Auditor<Audit> for Host {
    type Snapshot = ();
    type Context = EngineContext;

    fn audit_snapshot(&mut self) -> AuditTick<()> {
        AuditTick::new((), unnumbered())
    }

    fn audit<Kind>(&mut self, kind: Kind) -> AuditTick<Audit>
    where
        Audit: From<Kind>,
    {
        AuditTick::new(Audit::from(kind), unnumbered())
    }
}

fn unnumbered() -> EngineContext {
    EngineContext::new(Sequence(0), DateTime::<Utc>::UNIX_EPOCH)
}

impl SyncShutdown for Host {
    type Result = ();

    fn shutdown(&mut self) {
        if self.shared.inbox.is_none() {
            self.shared.core.lock().shut_down();
        }
    }
}
