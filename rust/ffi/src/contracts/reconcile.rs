//! Reconciliation: canonical JSON in and out.

use tendon_contracts::reconcile::{ReconcileError, reconcile};

use crate::{Column, Failure, Packed, Scope, Status, library::Nothing};

/// `contracts.reconcile`: compares the snapshots of the attachment; the answer is the column `bytes` u8.
///
/// # Errors
///
/// `contract_schema_invalid`, `invalid_request`.
pub(crate) fn compare(scope: &Scope, _: Nothing) -> Result<Packed<Nothing>, Failure> {
    let answer = reconcile(scope.attachment()).map_err(failure)?;
    Ok(Packed { head: Nothing {}, columns: vec![Column::u8("bytes", &answer)] })
}

fn failure(error: ReconcileError) -> Failure {
    let kind = match error {
        ReconcileError::Json(_) => "contract_schema_invalid",
        _ => "invalid_request",
    };
    Failure::new(Status::Argument, kind, error.to_string())
}
