//! The execution core behind a handle. Events, records and snapshots are JSON already: they travel
//! as attachments and columns and are not encoded a second time.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_contracts::core::{Core, CoreError, Validation};
use ts_rs::TS;

use crate::{Column, Failure, Object, Packed, Scope, Status, library::Nothing};

/// How much is checked against the schemas.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum CoreChecks {
    /// Nothing.
    Off,
    /// The first of every so many lines or calls.
    Sample(u32),
    /// What comes in.
    Boundary,
    /// What comes in and what goes out.
    Full,
}

impl From<CoreChecks> for Validation {
    fn from(checks: CoreChecks) -> Self {
        match checks {
            CoreChecks::Off => Self::Off,
            CoreChecks::Sample(every) => Self::Sample(every),
            CoreChecks::Boundary => Self::Boundary,
            CoreChecks::Full => Self::Full,
        }
    }
}

/// Asks for a core; the attachment is its configuration.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenCore {
    /// What is checked against the schemas.
    checks: CoreChecks,
}

/// Asks for a core that goes on; the attachment is configuration, snapshot and memory.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RestoreCore {
    /// What is checked against the schemas.
    checks: CoreChecks,
    /// Bytes of the configuration.
    config: u32,
    /// Bytes of the snapshot after it.
    snapshot: u32,
}

/// A core.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedCore {
    /// Its handle.
    core: u64,
}

/// A core's handle. What goes in is the attachment; what comes out is the column `bytes` u8.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CoreRef {
    /// The handle.
    core: u64,
}

/// A core behind a handle.
struct LiveCore(Mutex<Core>);

impl Object for LiveCore {
    const KIND: &'static str = "execution core";
}

/// `contracts.openCore`: a core at the start of a run.
///
/// # Errors
///
/// `contract_config`.
pub(crate) fn open(scope: &Scope, request: OpenCore) -> Result<OpenedCore, Failure> {
    Ok(opened(scope, Core::new(scope.attachment(), request.checks.into())?))
}

/// `contracts.restoreCore`: a core that goes on where a snapshot was taken.
///
/// # Errors
///
/// `contract_config`, `contract_snapshot`, `invalid_request`.
pub(crate) fn restore(scope: &Scope, request: RestoreCore) -> Result<OpenedCore, Failure> {
    let bytes = scope.attachment();
    let parts = bytes.split_at_checked(request.config as usize).and_then(|(config, rest)| {
        Some((config, rest.split_at_checked(request.snapshot as usize)?))
    });
    let Some((config, (snapshot, memory))) = parts else {
        let message = "the attachment is shorter than its parts";
        return Err(Failure::new(Status::Argument, "invalid_request", message));
    };
    Ok(opened(scope, Core::restore(config, snapshot, memory, request.checks.into())?))
}

/// `contracts.beginStep`: phase one of a step.
///
/// # Errors
///
/// `bad_handle`, `contract_refused`, `contract_state`.
pub(crate) fn begin(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| core.begin(scope.attachment(), out))
}

/// `contracts.finishStep`: phase two of a step.
///
/// # Errors
///
/// `bad_handle`, `contract_refused`, `contract_invariant`, `contract_state`.
pub(crate) fn finish(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| core.finish(scope.attachment(), out))
}

/// `contracts.rollBackStep`: undoes phase one.
///
/// # Errors
///
/// `bad_handle`, `contract_state`.
pub(crate) fn roll_back(scope: &Scope, request: CoreRef) -> Result<Nothing, Failure> {
    scope.get::<LiveCore>(request.core)?.0.lock().rollback()?;
    Ok(Nothing {})
}

/// `contracts.stepLines`: many steps with their records.
///
/// # Errors
///
/// `bad_handle`, `contract_invariant`, `contract_state`.
pub(crate) fn step_lines(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| core.step_lines(scope.attachment(), out))
}

/// `contracts.advance`: many steps without records.
///
/// # Errors
///
/// `bad_handle`, `contract_invariant`, `contract_state`.
pub(crate) fn advance(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| core.advance(scope.attachment(), out))
}

/// `contracts.coreSnapshot`: the whole state.
///
/// # Errors
///
/// `bad_handle`, `contract_snapshot`.
pub(crate) fn snapshot(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, Core::snapshot)
}

/// `contracts.coreMemory`: what a snapshot leaves out.
///
/// # Errors
///
/// `bad_handle`, `contract_state`.
pub(crate) fn memory(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| core.memory(out))
}

/// `diagnostics.panicInStep`: begins a step and panics in it.
#[cfg(feature = "diagnostics")]
#[allow(clippy::panic, reason = "it is what the tests ask for")]
pub(crate) fn panic_in_step(scope: &Scope, request: CoreRef) -> Result<Packed<Nothing>, Failure> {
    run(scope, &request, |core, out| {
        core.begin(scope.attachment(), out)?;
        panic!("on purpose")
    })
}

fn opened(scope: &Scope, core: Core) -> OpenedCore {
    OpenedCore { core: scope.insert(Arc::new(LiveCore(Mutex::new(core)))) }
}

fn run(
    scope: &Scope,
    request: &CoreRef,
    work: impl FnOnce(&mut Core, &mut Vec<u8>) -> Result<(), CoreError>,
) -> Result<Packed<Nothing>, Failure> {
    let core = scope.get::<LiveCore>(request.core)?;
    let mut bytes = Vec::new();
    work(&mut core.0.lock(), &mut bytes)?;
    Ok(Packed { head: Nothing {}, columns: vec![Column::u8("bytes", &bytes)] })
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        let message = error.to_string();
        match error {
            CoreError::Refused(refusal) => {
                Self::new(Status::Argument, "contract_refused", message).with_data(json!(refusal))
            }
            CoreError::Invariant { step_seq, line, violations } => {
                Self::new(Status::State, "contract_invariant", message).with_data(
                    json!({ "stepSeq": step_seq, "line": line, "violations": violations }),
                )
            }
            CoreError::State(_) => Self::new(Status::State, "contract_state", message),
            CoreError::Config(refusal) => {
                Self::new(Status::Argument, "contract_config", message).with_data(json!(refusal))
            }
            CoreError::Snapshot(refusal) => {
                Self::new(Status::Argument, "contract_snapshot", message).with_data(json!(refusal))
            }
            CoreError::Unfit(_) => Self::new(Status::Argument, "contract_snapshot", message),
            CoreError::Output(refusal) => {
                Self::new(Status::Internal, "contract_output", message).with_data(json!(refusal))
            }
        }
    }
}
