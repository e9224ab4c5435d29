//! Native twins of the execution core and of the validators, for the bench: the same lines in a loop
//! without the border, and what reading and writing them with serde alone takes.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendon_contracts::{core::Core, schema};
use ts_rs::TS;

use crate::{Failure, Scope, Status, contracts::core::CoreChecks};

/// Lines to run natively: the attachment is a configuration and the lines.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NativeSteps {
    /// Bytes of the configuration.
    config: u32,
    /// What is checked against the schemas.
    checks: CoreChecks,
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
    let best = |work: &dyn Fn() -> Result<usize, Failure>| fastest(request.runs, work);
    Ok(NativeStepsResult {
        step_lines_ms: best(&|| {
            let mut out = Vec::new();
            Core::new(config, request.checks.into())?.step_lines(lines, &mut out)?;
            Ok(out.len())
        })?,
        advance_ms: best(&|| {
            let mut out = Vec::new();
            Core::new(config, request.checks.into())?.advance(lines, &mut out)?;
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

/// Documents to validate natively: JSON lines beside the request.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NativeValidation {
    /// Kind of all of them.
    name: String,
    /// How often, at least once.
    runs: u32,
}

/// What the fastest run took.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NativeValidationResult {
    /// Strict reading and validation of all lines, in milliseconds.
    validate_ms: f64,
    /// Strict reading alone.
    read_ms: f64,
    /// Lines that were found valid.
    valid: u32,
}

/// `diagnostics.nativeValidation`: `contracts.validate` without the border.
///
/// # Errors
///
/// `contract_unknown`.
pub(crate) fn validation(
    scope: &Scope,
    request: NativeValidation,
) -> Result<NativeValidationResult, Failure> {
    let NativeValidation { name, runs } = request;
    if !schema::is_known(&name) {
        let message = format!("there is no contract \"{name}\"");
        return Err(Failure::new(Status::Argument, "contract_unknown", message));
    }
    let lines = || scope.attachment().split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    Ok(NativeValidationResult {
        validate_ms: fastest(runs, &|| {
            Ok(lines().filter(|line| schema::read(&name, line).is_ok()).count())
        })?,
        read_ms: fastest(runs, &|| {
            Ok(lines().filter(|line| tendon_contracts::json::parse(line).is_ok()).count())
        })?,
        valid: lines().filter(|line| schema::read(&name, line).is_ok()).count() as u32,
    })
}

fn fastest(runs: u32, work: &dyn Fn() -> Result<usize, Failure>) -> Result<f64, Failure> {
    let mut best = f64::INFINITY;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        std::hint::black_box(work()?);
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

fn invalid(error: serde_json::Error) -> Failure {
    Failure::new(Status::Argument, "invalid_request", format!("a line is not JSON: {error}"))
}
