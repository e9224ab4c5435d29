//! The order of a batch.

use serde::Deserialize;
use serde_json::json;
use tendon_contracts::core::{Mode, sequencer};
use ts_rs::TS;

use crate::{Column, Failure, Packed, Scope, Status, library::Nothing};

/// Events to put in order: JSON lines beside the request.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SequenceBatch {
    /// Of the run.
    #[ts(type = "\"backtest\" | \"paper\" | \"sandbox\" | \"live\"")]
    mode: Mode,
}

/// `contracts.sequenceBatch`: the answer is the column `positions` u32, of the lines in their order.
///
/// # Errors
///
/// `contract_refused`.
pub(crate) fn sequence(scope: &Scope, request: SequenceBatch) -> Result<Packed<Nothing>, Failure> {
    let positions = sequencer::sequence(request.mode, scope.attachment()).map_err(|refusal| {
        let message = format!("{} {}", refusal.pointer, refusal.message);
        Failure::new(Status::Argument, "contract_refused", message).with_data(json!(refusal))
    })?;
    Ok(Packed { head: Nothing {}, columns: vec![Column::u32("positions", &positions)] })
}
