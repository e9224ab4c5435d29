//! Validation of documents against the schemas of the contracts.
//!
//! What is compiled, and which documents stand in which, is worked out from the schemas when the
//! sources are generated, once for both languages.

mod plan;
mod semantics;
mod shape;

use serde_json::Value;

use crate::{
    generated::ErrorCode,
    issue::{Issue, push_segment},
    json,
};
use plan::{DocumentPlan, PLAN};
pub use shape::judge;

/// Most issues that are reported of one document.
pub const MAX_ISSUES: usize = 32;

/// When a core validates what goes in and out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Validation {
    /// Never.
    Off,
    /// Every n-th input; 0 is never.
    Sample(u32),
    /// Every input.
    #[default]
    Boundary,
    /// Every input and every output.
    Full,
}

/// Whether there is a kind of document of that name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    PLAN.documents.contains_key(name)
}

/// Validates a document: first its version, then its shape, and if both are right its meaning.
///
/// Answers with issues by pointer and keyword, at most [`MAX_ISSUES`]; none when the document is valid.
///
/// # Panics
///
/// When there is no kind of document of that name; see [`is_known`].
#[must_use]
pub fn validate(name: &str, value: &Value) -> Vec<Issue> {
    let plan = document(name);
    if let Some(issue) = version_issue(name, plan, value) {
        return vec![issue];
    }
    let mut issues = Vec::new();
    in_documents(name, value, "", &mut issues, &shape::issues);
    if issues.is_empty() {
        in_documents(name, value, "", &mut issues, &semantics::issues);
    }
    issues.sort_by(|a, b| {
        (&a.pointer, &a.keyword, &a.message).cmp(&(&b.pointer, &b.keyword, &b.message))
    });
    issues.dedup_by(|a, b| {
        (&a.pointer, &a.keyword, &a.message) == (&b.pointer, &b.keyword, &b.message)
    });
    issues.truncate(MAX_ISSUES);
    issues
}

/// Reads a document strictly and validates it.
///
/// # Errors
///
/// Its issues, at least one.
///
/// # Panics
///
/// As [`validate`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Value, Vec<Issue>> {
    let value = json::parse(bytes).map_err(|issue| vec![issue])?;
    let issues = validate(name, &value);
    if issues.is_empty() { Ok(value) } else { Err(issues) }
}

#[allow(
    clippy::panic,
    reason = "the names are the program's own; callers check those from outside"
)]
fn document(name: &str) -> &'static DocumentPlan {
    PLAN.documents.get(name).unwrap_or_else(|| panic!("there is no document {name:?}"))
}

/// Whether a document says that it is of a version that these schemas do not cover.
fn version_issue(name: &str, plan: &DocumentPlan, value: &Value) -> Option<Issue> {
    let expected = plan.schema.as_deref()?;
    let schema = value.get("schema")?.as_str()?;
    let (major, minor) = schema.strip_prefix(name)?.strip_prefix('/')?.split_once('.')?;
    let number = |text: &str| {
        (1..=6).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text.len() == 1 || !text.starts_with('0'))
    };
    (schema != expected && number(major) && number(minor)).then(|| Issue {
        pointer: "/schema".to_owned(),
        keyword: "enum".to_owned(),
        found: shape::shown(Some(&value["schema"])),
        code: ErrorCode::UnsupportedVersion,
        message: format!("is a version that is not supported: {schema} is not {expected}"),
    })
}

type Find<'a> = &'a dyn Fn(&str, &DocumentPlan, &Value, &mut Vec<Issue>);

/// Finds issues of a document and of every document in it, each with its whole pointer.
fn in_documents(name: &str, value: &Value, at: &str, issues: &mut Vec<Issue>, find: Find<'_>) {
    let plan = document(name);
    let first = issues.len();
    find(name, plan, value, issues);
    if !at.is_empty() {
        for issue in &mut issues[first..] {
            issue.pointer.insert_str(0, at);
        }
    }
    for (place, inner) in &plan.nested {
        each_at(value, place, at.to_owned(), &mut |value, pointer| {
            if !value.is_null() {
                in_documents(inner, value, pointer, issues, find);
            }
        });
    }
}

/// Calls `visit` with every value at a path, in which `*` stands for every item.
fn each_at(value: &Value, path: &str, at: String, visit: &mut dyn FnMut(&Value, &str)) {
    let Some(path) = path.strip_prefix('/') else {
        return visit(value, &at);
    };
    let end = path.find('/').unwrap_or(path.len());
    let (segment, rest) = path.split_at(end);
    let child = |name: &str| {
        let mut pointer = at.clone();
        push_segment(&mut pointer, name);
        pointer
    };
    if segment == "*" {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            each_at(item, rest, child(&index.to_string()), visit);
        }
    } else if let Some(inner) = value.as_object().and_then(|members| members.get(segment)) {
        each_at(inner, rest, child(segment), visit);
    }
}
