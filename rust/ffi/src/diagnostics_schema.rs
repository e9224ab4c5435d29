//! The validator of the contracts on schemas of any kind, for the official test suite.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendon_contracts::schema;
use ts_rs::TS;

use crate::{Failure, Scope, Status, library::Nothing};

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
    let Judged { remotes, groups } =
        serde_json::from_slice(scope.attachment()).map_err(|error| {
            let message = format!("the attachment is not of that form: {error}");
            Failure::new(Status::Argument, "invalid_request", message)
        })?;
    let judged = |JudgedGroup { schema, tests }: &JudgedGroup| {
        let others = remotes.iter().map(|(uri, schema)| (uri.as_str(), schema));
        match schema::judge(schema, others, tests.iter().map(|test| &test.data)) {
            Ok(valid) => SchemaJudgement { refused: None, valid },
            Err(reason) => SchemaJudgement { refused: Some(reason), valid: Vec::new() },
        }
    };
    Ok(SchemaJudgements { groups: groups.iter().map(judged).collect() })
}
