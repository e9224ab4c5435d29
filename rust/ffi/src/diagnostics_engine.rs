//! Native twin of the backtest, for the bench: a hand-written loop over the same crates, same data,
//! same process.

use serde::Serialize;
use tendon_engine::MarketData;
use ts_rs::TS;

use crate::{
    Failure, Scope,
    engine::{RunBacktest, backtest_config},
};

/// Figures of the native loop.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NativeReplayResult {
    /// Sum of realised results.
    pnl: String,
    /// Fills.
    fills: u32,
    /// Equity after the last event.
    equity: f64,
    /// Wall time in milliseconds.
    duration_ms: f64,
}

/// `diagnostics.nativeReplay`: the backtest without Tendon.
///
/// # Errors
///
/// `bad_handle`, `config_…`, `engine_failed`.
pub(crate) async fn replay(
    scope: Scope,
    request: RunBacktest,
) -> Result<NativeReplayResult, Failure> {
    let data = scope.get::<MarketData>(request.data)?;
    let config = backtest_config(request)?;
    scope
        .blocking(move || {
            let twin = tendon_engine::native_replay(&data, &config)?;
            Ok(NativeReplayResult {
                pnl: twin.pnl.normalize().to_string(),
                fills: twin.fills as u32,
                equity: twin.equity,
                duration_ms: twin.duration_ms,
            })
        })
        .await
}
