//! A copy of the engine's state that follows audit ticks, by upstream's `StateReplicaManager`.

use std::sync::Arc;

use barter::engine::audit::{EngineAudit, state_replica::StateReplicaManager};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    EngineError, Instruments,
    audit::{AuditFilter, Snapshot, Tick},
    state::{StateView, state_view},
    strategy::State,
};

/// A replica of an engine's state.
///
/// Orders in flight are missing: upstream's replica takes commands and algorithmic orders as done
/// when the account reports them.
#[derive(Debug)]
pub struct Replica {
    manager: StateReplicaManager<State, std::vec::IntoIter<Tick>>,
    instruments: Arc<Instruments>,
}

impl Replica {
    /// Starts at a snapshot.
    ///
    /// # Errors
    ///
    /// `engine_unsupported` when the audits behind the snapshot are filtered.
    pub fn new(snapshot: &Snapshot, instruments: Arc<Instruments>) -> Result<Self, EngineError> {
        if snapshot.filter != AuditFilter::All {
            return Err(EngineError::run(
                "engine_unsupported",
                "a replica needs every audit tick: the filter of these audits is not \"all\"",
            ));
        }
        let manager = StateReplicaManager::new(snapshot.tick.clone(), Vec::new().into_iter());
        Ok(Self { manager, instruments })
    }

    /// Applies ticks in upstream's JSON shape, an array; ticks at or before the replica's sequence are
    /// skipped.
    ///
    /// # Errors
    ///
    /// `engine_audit` for text that is no array of ticks, and for a gap in their sequence.
    pub fn update_json(&mut self, json: &[u8]) -> Result<(), EngineError> {
        let bad = |error: serde_json::Error| {
            EngineError::run("engine_audit", format!("the ticks cannot be read: {error}"))
        };
        let mut value: Value = serde_json::from_slice(json).map_err(bad)?;
        add_sides(&mut value);
        self.update(serde_json::from_value(value).map_err(bad)?)
    }

    /// Applies ticks.
    ///
    /// # Errors
    ///
    /// `engine_audit` for a gap in their sequence, or a tick of another instrument table.
    pub(crate) fn update(&mut self, ticks: Vec<Tick>) -> Result<(), EngineError> {
        for tick in &ticks {
            if let EngineAudit::Process(audit) = &tick.event {
                crate::validate::check_indices(&audit.event, &self.instruments).map_err(
                    |error| {
                        EngineError::run("engine_audit", format!("a tick does not fit: {error}"))
                    },
                )?;
            }
        }
        self.manager.updates = ticks.into_iter();
        self.manager
            .run::<(), ()>()
            .map_err(|gap| EngineError::run("engine_audit", gap.replace("AuditManager | ", "")))
    }

    /// The state so far.
    pub fn state(&self) -> StateView {
        state_view(self.manager.replica_engine_state(), &self.instruments)
    }

    /// Number of the last tick applied.
    pub fn sequence(&self) -> u64 {
        self.manager.state_replica.context.sequence.value()
    }

    /// Engine time of the last tick applied.
    pub fn time(&self) -> DateTime<Utc> {
        self.manager.state_replica.context.time
    }
}

/// Upstream writes the sides of an order book without the marker that it wants back.
fn add_sides(value: &mut Value) {
    let Value::Array(ticks) = value else { return };
    for tick in ticks {
        let Some(Value::Object(book)) =
            tick.pointer_mut("/event/Process/event/Market/Item/kind/OrderBook")
        else {
            continue;
        };
        for book in book.values_mut() {
            for side in ["bids", "asks"] {
                if let Some(Value::Object(levels)) = book.get_mut(side) {
                    levels.entry("side").or_insert(Value::Null);
                }
            }
        }
    }
}
