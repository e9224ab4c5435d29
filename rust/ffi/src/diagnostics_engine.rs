//! Native twin of the backtest, for the bench: a hand-written loop over the same crates, same data,
//! same process.

use serde::{Deserialize, Serialize};
use tendon_engine::MarketData;
use ts_rs::TS;

use crate::{
    Failure, Scope,
    engine::{RunBacktest, backtest_config},
};

/// A backtest to repeat natively.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NativeReplay {
    /// The backtest.
    run: RunBacktest,
    /// How often, at least once.
    runs: u32,
}

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
    /// Wall time of the fastest run in milliseconds.
    duration_ms: f64,
}

/// `diagnostics.nativeReplay`: the backtest without Tendon.
///
/// # Errors
///
/// `bad_handle`, `config_…`, `engine_failed`.
pub(crate) async fn replay(
    scope: Scope,
    request: NativeReplay,
) -> Result<NativeReplayResult, Failure> {
    let data = scope.get::<MarketData>(request.run.data)?;
    let config = backtest_config(request.run)?;
    scope
        .blocking(move || {
            let mut twin = tendon_engine::native_replay(&data, &config)?;
            for _ in 1..request.runs {
                let next = tendon_engine::native_replay(&data, &config)?;
                twin.duration_ms = twin.duration_ms.min(next.duration_ms);
            }
            Ok(NativeReplayResult {
                pnl: twin.pnl.normalize().to_string(),
                fills: twin.fills as u32,
                equity: twin.equity,
                duration_ms: twin.duration_ms,
            })
        })
        .await
}
