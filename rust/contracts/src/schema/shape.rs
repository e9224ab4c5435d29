//! The structural pass: the shape of one document, without the documents in it.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use jsonschema::{
    Draft, PatternOptions, Registry, ValidationError, Validator, error::ValidationErrorKind,
};
use serde_json::Value;

use super::plan::{DocumentPlan, PLAN};
use crate::{generated::ErrorCode, issue::Issue};

struct Validators {
    shapes: HashMap<(&'static str, &'static str), Validator>,
    rules: HashMap<&'static str, Validator>,
}

/// Everything compiled once, on first use; nothing is ever looked up in files or the network.
#[allow(
    clippy::expect_used,
    reason = "the schemas are a generated part of this crate; tests compile them"
)]
static VALIDATORS: LazyLock<Validators> = LazyLock::new(|| {
    let registry = Registry::new()
        .add("urn:tendon:contracts:engine:v1:parts", &PLAN.parts)
        .and_then(|registry| registry.prepare())
        .expect("the parts are a schema");
    let compile = |schema: &Value| build(schema, &registry).expect("the schema compiles");
    let mut validators = Validators { shapes: HashMap::new(), rules: HashMap::new() };
    for (name, plan) in &PLAN.documents {
        for (variant, schema) in &plan.schemas {
            validators.shapes.insert((name, variant), compile(schema));
        }
        if let Some(rules) = &plan.rules {
            validators.rules.insert(name, compile(rules));
        }
    }
    validators
});

/// Builds the validator of a schema, which may refer to what the registry holds and nothing else.
fn build(schema: &Value, registry: &Registry<'_>) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(registry)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
}

/// Whether instances are valid by any schema of the dialect, judged as the contracts are: for the
/// official test suite of JSON Schema.
///
/// # Errors
///
/// Why the schema, or one that it may refer to by its URI, cannot be compiled.
pub fn judge<'a>(
    schema: &Value,
    others: impl IntoIterator<Item = (&'a str, &'a Value)>,
    instances: impl IntoIterator<Item = &'a Value>,
) -> Result<Vec<bool>, String> {
    let registry = Registry::new()
        .extend(others)
        .and_then(|registry| registry.prepare())
        .map_err(|error| error.to_string())?;
    let validator = build(schema, &registry).map_err(|error| error.to_string())?;
    Ok(instances.into_iter().map(|instance| validator.is_valid(instance)).collect())
}

/// Finds issues of a document's shape.
pub(super) fn issues(name: &str, plan: &DocumentPlan, value: &Value, issues: &mut Vec<Issue>) {
    if let Some(validator) = VALIDATORS.shapes.get(&(name, plan.variant(value))) {
        run(validator, value, ErrorCode::SchemaInvalid, issues);
    }
}

/// Finds issues of a document's conditions, if it has any.
pub(super) fn rule_issues(name: &str, value: &Value, issues: &mut Vec<Issue>) {
    if let Some(validator) = VALIDATORS.rules.get(name) {
        run(validator, value, ErrorCode::SemanticInvalid, issues);
    }
}

fn run(validator: &Validator, value: &Value, code: ErrorCode, issues: &mut Vec<Issue>) {
    if validator.is_valid(value) {
        return;
    }
    let first = issues.len();
    for error in validator.iter_errors(value) {
        collect(&error, value, code, issues);
    }
    // `enum` says nothing new of a value of the wrong type.
    let wrong_type: HashSet<String> = issues[first..]
        .iter()
        .filter(|issue| issue.keyword == "type")
        .map(|issue| issue.pointer.clone())
        .collect();
    let mut at = 0;
    issues.retain(|issue| {
        at += 1;
        at <= first || issue.keyword != "enum" || !wrong_type.contains(&issue.pointer)
    });
}

fn collect(error: &ValidationError<'_>, value: &Value, code: ErrorCode, issues: &mut Vec<Issue>) {
    let pointer = error.instance_path().as_str().to_owned();
    let mut add = |message: String| {
        let found = shown(value.pointer(&pointer));
        let keyword = error.kind().keyword().to_owned();
        issues.push(Issue { pointer: pointer.clone(), keyword, found, code, message });
    };
    match error.kind() {
        // It only says that null is possible as well.
        ValidationErrorKind::AnyOf { context } => {
            for error in context.first().into_iter().flatten() {
                collect(error, value, code, issues);
            }
        }
        ValidationErrorKind::Required { property } => {
            add(format!("lacks the member {property}"));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for member in unexpected {
                add(format!("has the unknown member \"{member}\""));
            }
        }
        kind => add(format!("breaks the keyword \"{}\"", kind.keyword())),
    }
}

/// A value as issues show it: at most 64 characters of its JSON; only the kind of objects and arrays.
pub(super) fn shown(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::Array(_) => return Some("array".to_owned()),
        Value::Object(_) => return Some("object".to_owned()),
        value => value.to_string(),
    };
    if text.chars().count() <= 64 {
        return Some(text);
    }
    Some(text.chars().take(63).chain(['…']).collect())
}
