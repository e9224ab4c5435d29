//! Audit ticks of a running system: handlers and wire types.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_engine::{AuditConfig, AuditOverflow, AuditRing, Tick};
use ts_rs::TS;

use super::run::Filter;
use crate::{Failure, Object, Scope, library::Nothing};

/// The reader's side of a system's audits.
#[derive(Debug)]
pub(super) struct SystemAudits(pub(super) Arc<AuditRing>);

impl Object for SystemAudits {
    const KIND: &'static str = "audit stream";

    fn close(&self) {
        self.0.detach();
    }
}

impl Drop for SystemAudits {
    fn drop(&mut self) {
        self.0.detach();
    }
}

/// Which ticks are kept, and how many.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SystemAuditRequest {
    /// Which ticks.
    filter: Filter,
    /// Ticks that may wait.
    capacity: u32,
    /// What happens beyond.
    overflow: AuditPolicy,
}

/// What happens when as many ticks wait as may.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AuditPolicy {
    /// The market feed waits.
    Block,
    /// The oldest are dropped and counted.
    DropOldest,
}

impl From<SystemAuditRequest> for AuditConfig {
    fn from(request: SystemAuditRequest) -> Self {
        Self {
            filter: request.filter.into(),
            capacity: request.capacity as usize,
            overflow: match request.overflow {
                AuditPolicy::Block => AuditOverflow::Block,
                AuditPolicy::DropOldest => AuditOverflow::DropOldest,
            },
        }
    }
}

/// Names the audits of a system.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuditsRef {
    /// Handle of the audits.
    audits: u64,
}

/// Asks for ticks that wait.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TakeAudits {
    /// Handle of the audits.
    audits: u64,
    /// Most ticks to take.
    max: u32,
}

/// Ticks in upstream's shape.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenAudits {
    /// In order.
    #[ts(type = "unknown[]")]
    ticks: Vec<Tick>,
    /// Nothing follows.
    done: bool,
    /// Ticks dropped so far.
    dropped: u64,
}

/// `engine.systemAudits`: ticks that wait.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn take(scope: &Scope, request: TakeAudits) -> Result<TakenAudits, Failure> {
    let audits = scope.get::<SystemAudits>(request.audits)?;
    let (ticks, done) = audits.0.take(request.max as usize);
    Ok(TakenAudits { ticks, done, dropped: audits.0.dropped() })
}

/// `engine.systemAuditsReady`: resolves when ticks wait or nothing follows.
///
/// # Errors
///
/// `bad_handle`, `cancelled`.
pub(crate) fn ready(
    scope: Scope,
    request: AuditsRef,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    let audits = scope.get::<SystemAudits>(request.audits).map(|audits| Arc::clone(&audits.0));
    async move {
        audits?.readable().await;
        Ok(Nothing {})
    }
}
