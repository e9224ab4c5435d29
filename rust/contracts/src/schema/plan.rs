//! How the documents are validated, as generated from the schemas.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;

/// The plan of all documents.
#[derive(Deserialize)]
pub(super) struct Plan {
    /// Definitions that the schemas refer to.
    pub(super) parts: Value,
    /// Plan by name of document.
    pub(super) documents: HashMap<String, DocumentPlan>,
}

/// How one kind of document is validated.
#[derive(Deserialize)]
pub(super) struct DocumentPlan {
    /// What its member `schema` says; `None` where it has none.
    pub(super) schema: Option<String>,
    /// Types of its body; none where it has no variants.
    pub(super) variants: Vec<String>,
    /// Documents inside it: JSON Pointer and name.
    pub(super) nested: Vec<(String, String)>,
    /// Schema by type, and under "" the one for no known type or no variants.
    pub(super) schemas: HashMap<String, Value>,
    /// Conditions of its rules file.
    pub(super) rules: Option<Value>,
    /// Checks by type.
    pub(super) checks: HashMap<String, Vec<Check>>,
}

impl DocumentPlan {
    /// Type of a document's body; empty for no known type, and for documents without variants.
    pub(super) fn variant<'a>(&self, value: &'a Value) -> &'a str {
        value
            .pointer("/body/type")
            .and_then(Value::as_str)
            .filter(|found| self.variants.iter().any(|known| known == found))
            .unwrap_or_default()
    }
}

/// A check that JSON Schema cannot express.
#[derive(Deserialize)]
pub(super) struct Check {
    /// Which, and the keyword of its issues.
    pub(super) check: CheckKind,
    /// JSON Pointer to what is checked; `*` stands for every item.
    pub(super) at: String,
    /// Members that it compares.
    pub(super) members: Option<(String, String)>,
    /// Member that items are sorted by; `None` for the items themselves.
    pub(super) by: Option<String>,
}

/// What is checked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckKind {
    SignificantDigits,
    Int64,
    Nonzero,
    Positive,
    NonNegative,
    AtMost,
    SameLength,
    Sorted,
    Unique,
}

impl CheckKind {
    pub(super) fn keyword(self) -> &'static str {
        match self {
            Self::SignificantDigits => "significant_digits",
            Self::Int64 => "int64",
            Self::Nonzero => "nonzero",
            Self::Positive => "positive",
            Self::NonNegative => "non_negative",
            Self::AtMost => "at_most",
            Self::SameLength => "same_length",
            Self::Sorted => "sorted",
            Self::Unique => "unique",
        }
    }
}

#[allow(
    clippy::expect_used,
    reason = "the text is a generated part of this crate; a test reads it"
)]
pub(super) static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../generated/plan.json")).expect("the plan is generated")
});
