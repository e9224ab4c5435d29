//! The semantic pass: what the schemas cannot say of one document whose shape is right.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    each_at,
    plan::{Check, CheckKind, DocumentPlan},
    shape,
};
use crate::{
    generated::ErrorCode,
    issue::{Issue, push_segment},
};

const MAX_DIGITS: usize = 18;

/// Finds issues of a document's meaning.
pub(super) fn issues(name: &str, plan: &DocumentPlan, value: &Value, issues: &mut Vec<Issue>) {
    shape::rule_issues(name, value, issues);
    for check in plan.checks.get(plan.variant(value)).into_iter().flatten() {
        each_at(value, &check.at, String::new(), &mut |found, pointer| {
            run(check, found, pointer, &mut |pointer, found, message| {
                issues.push(Issue {
                    pointer,
                    keyword: check.check.keyword().to_owned(),
                    found: shape::shown(Some(found)),
                    code: ErrorCode::SemanticInvalid,
                    message,
                });
            });
        });
    }
}

type Add<'a> = &'a mut dyn FnMut(String, &Value, String);

fn run(check: &Check, value: &Value, pointer: &str, add: Add<'_>) {
    let child = |name: &str| {
        let mut pointer = pointer.to_owned();
        push_segment(&mut pointer, name);
        pointer
    };
    match check.check {
        CheckKind::Sorted | CheckKind::Unique => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let key = |item: &Value| -> String {
                let key = check.by.as_ref().map_or(item, |by| &item[by.as_str()]);
                key.as_str().unwrap_or_default().to_owned()
            };
            let keys: Vec<String> = items.iter().map(key).collect();
            for (index, key) in keys.iter().enumerate() {
                let wrong = if check.check == CheckKind::Sorted {
                    index > 0 && keys[index - 1] >= *key
                } else {
                    keys[..index].contains(key)
                };
                if wrong {
                    let message = "is out of order or there twice".to_owned();
                    add(child(&index.to_string()), &items[index], message);
                }
            }
        }
        CheckKind::AtMost | CheckKind::SameLength => {
            let Some((left, right)) = &check.members else { return };
            let (Some(a), Some(b)) = (value.get(left), value.get(right)) else { return };
            match (a, b) {
                (Value::String(low), Value::String(high))
                    if compare_decimals(low, high) == Ordering::Greater =>
                {
                    add(child(left), a, format!("is above \"{right}\""));
                }
                (Value::Array(a), Value::Array(items)) if a.len() != items.len() => {
                    add(child(right), b, format!("is not as long as \"{left}\""));
                }
                _ => {}
            }
        }
        kind => {
            if let Some(message) = value.as_str().and_then(|text| fault(kind, text)) {
                add(pointer.to_owned(), value, message);
            }
        }
    }
}

fn fault(kind: CheckKind, text: &str) -> Option<String> {
    match kind {
        CheckKind::SignificantDigits => (digits(text) > MAX_DIGITS)
            .then(|| format!("has more than {MAX_DIGITS} significant digits")),
        CheckKind::Int64 => text.parse::<i64>().is_err().then(|| "does not fit 64 bits".to_owned()),
        CheckKind::Nonzero => {
            text.bytes().all(|byte| byte == b'0').then(|| "is all zero".to_owned())
        }
        CheckKind::Positive => {
            (text == "0" || text.starts_with('-')).then(|| "is not above 0".to_owned())
        }
        CheckKind::NonNegative => text.starts_with('-').then(|| "is below 0".to_owned()),
        CheckKind::AtMost | CheckKind::SameLength | CheckKind::Sorted | CheckKind::Unique => None,
    }
}

/// Digits of a canonical decimal without those zeros that only place it.
fn digits(decimal: &str) -> usize {
    let plain: String = decimal.chars().filter(char::is_ascii_digit).collect();
    let plain = plain.trim_start_matches('0');
    if decimal.contains('.') { plain.len() } else { plain.trim_end_matches('0').len() }
}

/// Compares canonical decimals of any length.
fn compare_decimals(a: &str, b: &str) -> Ordering {
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (Some(a), Some(b)) => compare_magnitudes(b, a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => compare_magnitudes(a, b),
    }
}

fn compare_magnitudes(a: &str, b: &str) -> Ordering {
    let (a_whole, a_fraction) = a.split_once('.').unwrap_or((a, ""));
    let (b_whole, b_fraction) = b.split_once('.').unwrap_or((b, ""));
    // Canonical: no leading zeros before the point and no trailing ones after it.
    (a_whole.len(), a_whole, a_fraction).cmp(&(b_whole.len(), b_whole, b_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let sorted =
            ["-10.5", "-10", "-2", "-0.25", "-0.2", "0", "0.01", "0.1", "0.15", "2", "10", "10.5"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(compare_decimals(a, b), i.cmp(&j), "{a} {b}");
            }
        }
    }
}
