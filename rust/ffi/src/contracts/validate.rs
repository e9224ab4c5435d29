//! Validation of documents.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_contracts::{Issue, generated::BUNDLE_DIGEST, schema};
use ts_rs::TS;

use crate::{Failure, Scope, Status, library::Nothing};

/// Documents to validate: JSON lines beside the request.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ValidateContracts {
    /// Kind of all of them, as their schema file is called.
    name: String,
}

/// What is wrong with one document.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContractFault {
    /// Kind of the fault.
    code: String,
    /// JSON Pointer to it.
    pointer: String,
    /// Schema keyword or rule.
    keyword: String,
    /// What stood there.
    found: Option<String>,
    /// Explanation.
    message: String,
}

impl From<Issue> for ContractFault {
    fn from(issue: Issue) -> Self {
        let Issue { pointer, keyword, found, code, message } = issue;
        Self { code: code.to_string(), pointer, keyword, found, message }
    }
}

/// Issues of each document, in the order of the lines.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContractVerdicts {
    /// None of a valid one.
    verdicts: Vec<Vec<ContractFault>>,
}

/// Validates one document per line; a last line may end without a line feed.
pub(crate) fn validate(
    scope: &Scope,
    ValidateContracts { name }: ValidateContracts,
) -> Result<ContractVerdicts, Failure> {
    if !schema::is_known(&name) {
        return Err(Failure::new(
            Status::Argument,
            "contract_unknown",
            format!("there is no contract \"{name}\""),
        )
        .with_data(json!({ "name": name })));
    }
    let lines = scope.attachment();
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    if lines.is_empty() {
        return Ok(ContractVerdicts { verdicts: Vec::new() });
    }
    let verdict = |line: &[u8]| {
        let issues = schema::read(&name, line).err().unwrap_or_default();
        issues.into_iter().map(ContractFault::from).collect()
    };
    Ok(ContractVerdicts { verdicts: lines.split(|byte| *byte == b'\n').map(verdict).collect() })
}

/// Which schemas the library was built with.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BundleDigest {
    /// SHA-256 of the canonical form of their bundle.
    digest: &'static str,
}

/// `contracts.bundleDigest`: which schemas the library was built with.
pub(crate) fn bundle_digest(_: &Scope, _: Nothing) -> Result<BundleDigest, Failure> {
    Ok(BundleDigest { digest: BUNDLE_DIGEST })
}
