//! Native twins of the execution core, for the bench: the same lines in a loop without the border,
//! and what reading and writing them with serde alone takes.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendon_contracts::core::{Core, Validation};
use ts_rs::TS;

use crate::{Failure, Scope, Status};

/// Lines to run natively: the attachment is a configuration and the lines.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NativeSteps {
    /// Bytes of the configuration.
    config: u32,
    /// How often, at least once; every time with a new core.
    runs: u32,
}

/// Wall time of the fastest run of each kind, in milliseconds.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NativeStepsResult {
    /// With records and hashes.
    step_lines_ms: f64,
    /// Without.
    advance_ms: f64,
    /// Every line read as a JSON value and written again.
    round_trip_ms: f64,
}

/// `diagnostics.nativeSteps`: the steps without the border.
///
/// # Errors
///
/// `invalid_request`, `contract_…`.
pub(crate) fn steps(scope: &Scope, request: NativeSteps) -> Result<NativeStepsResult, Failure> {
    let bytes = scope.attachment();
    let Some((config, lines)) = bytes.split_at_checked(request.config as usize) else {
        let message = "the attachment is shorter than its parts";
        return Err(Failure::new(Status::Argument, "invalid_request", message));
    };
    let best = |work: &dyn Fn() -> Result<usize, Failure>| -> Result<f64, Failure> {
        let mut best = f64::INFINITY;
        for _ in 0..request.runs.max(1) {
            let start = Instant::now();
            std::hint::black_box(work()?);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(best)
    };
    Ok(NativeStepsResult {
        step_lines_ms: best(&|| {
            let mut out = Vec::new();
            Core::new(config, Validation::Off)?.step_lines(lines, &mut out)?;
            Ok(out.len())
        })?,
        advance_ms: best(&|| {
            let mut out = Vec::new();
            Core::new(config, Validation::Off)?.advance(lines, &mut out)?;
            Ok(out.len())
        })?,
        round_trip_ms: best(&|| {
            let mut written = 0;
            for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                let value: Value = serde_json::from_slice(line).map_err(invalid)?;
                written += serde_json::to_vec(&value).map_err(invalid)?.len();
            }
            Ok(written)
        })?,
    })
}

fn invalid(error: serde_json::Error) -> Failure {
    Failure::new(Status::Argument, "invalid_request", format!("a line is not JSON: {error}"))
}
