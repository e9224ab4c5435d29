//! A replica of an engine's state: handlers and wire types.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tendon_engine::{Replica, StateView, time};
use ts_rs::TS;

use super::run::EngineSnapshot;
use crate::{Failure, Object, Scope};

/// A replica behind a handle.
#[derive(Debug)]
pub(crate) struct StateReplica(Mutex<Replica>);

impl Object for StateReplica {
    const KIND: &'static str = "state replica";
}

/// Asks for a replica.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenReplica {
    /// Handle of the snapshot it starts at.
    snapshot: u64,
}

/// A replica.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedReplica {
    /// Handle of the replica.
    replica: u64,
}

/// Names a replica; an update carries the ticks in its attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReplicaRef {
    /// Handle of the replica.
    replica: u64,
}

/// Where a replica stands.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdatedReplica {
    /// Number of the last tick applied.
    sequence: u64,
}

/// A replica's state.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplicaState {
    /// The state.
    #[ts(type = "unknown")]
    state: StateView,
    /// Number of the last tick applied.
    sequence: u64,
    /// Engine time of that tick.
    time: String,
}

/// `engine.openReplica`: a replica at a snapshot.
///
/// # Errors
///
/// `bad_handle`, `engine_unsupported`.
pub(crate) fn open_replica(scope: &Scope, request: OpenReplica) -> Result<OpenedReplica, Failure> {
    let source = scope.get::<EngineSnapshot>(request.snapshot)?;
    let replica = Replica::new(&source.snapshot, Arc::clone(&source.instruments))?;
    Ok(OpenedReplica { replica: scope.insert(Arc::new(StateReplica(Mutex::new(replica)))) })
}

/// `engine.updateReplica`: applies the ticks of the attachment.
///
/// # Errors
///
/// `bad_handle`, `engine_audit`.
pub(crate) fn update_replica(
    scope: &Scope,
    request: ReplicaRef,
) -> Result<UpdatedReplica, Failure> {
    let replica = scope.get::<StateReplica>(request.replica)?;
    let mut replica = replica.0.lock();
    replica.update_json(scope.attachment())?;
    Ok(UpdatedReplica { sequence: replica.sequence() })
}

/// `engine.replicaState`: the state so far.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn replica_state(scope: &Scope, request: ReplicaRef) -> Result<ReplicaState, Failure> {
    let replica = scope.get::<StateReplica>(request.replica)?;
    let replica = replica.0.lock();
    Ok(ReplicaState {
        state: replica.state(),
        sequence: replica.sequence(),
        time: time::format(replica.time()),
    })
}
