//! Native twins of the execution core, for the bench: the same lines in a loop without the border,
//! and what reading and writing them with serde alone takes. The validator on schemas of any kind,
//! for the official test suite.

use std::{collections::BTreeMap, time::Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendon_contracts::{
    core::{Core, Validation},
    schema,
};
use ts_rs::TS;

use crate::{Failure, Scope, Status, library::Nothing};

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
    Failure::new(
        Status::Argument,
        "invalid_request",
        format!("the attachment is not JSON: {error}"),
    )
}

/// Schemas and instances, in the words of the test suite; what else its files hold is ignored.
#[derive(Deserialize)]
struct Judged {
    /// What schemas refer to, by URI.
    remotes: BTreeMap<String, Value>,
    groups: Vec<JudgedGroup>,
}

#[derive(Deserialize)]
struct JudgedGroup {
    schema: Value,
    tests: Vec<JudgedTest>,
}

#[derive(Deserialize)]
struct JudgedTest {
    data: Value,
}

/// What the validator says of one schema.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaJudgement {
    /// Why the schema cannot be compiled.
    refused: Option<String>,
    /// Whether each instance is valid; none if the schema cannot be compiled.
    valid: Vec<bool>,
}

/// Judgements in the order of the groups.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaJudgements {
    /// One per schema.
    groups: Vec<SchemaJudgement>,
}

/// `diagnostics.jsonSchema`: judges instances by schemas, both in the attachment.
///
/// # Errors
///
/// `invalid_request`.
pub(crate) fn json_schema(scope: &Scope, _: Nothing) -> Result<SchemaJudgements, Failure> {
    let Judged { remotes, groups } = serde_json::from_slice(scope.attachment()).map_err(invalid)?;
    let judged = |JudgedGroup { schema, tests }: &JudgedGroup| {
        let others = remotes.iter().map(|(uri, schema)| (uri.as_str(), schema));
        match schema::judge(schema, others, tests.iter().map(|test| &test.data)) {
            Ok(valid) => SchemaJudgement { refused: None, valid },
            Err(reason) => SchemaJudgement { refused: Some(reason), valid: Vec::new() },
        }
    };
    Ok(SchemaJudgements { groups: groups.iter().map(judged).collect() })
}
