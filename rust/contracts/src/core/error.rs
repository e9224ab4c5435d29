//! Why the core refuses or fails.

use std::fmt;

use serde::Serialize;

use super::{invariants::Violation, names::ErrorCode};

/// Why an input is refused: no step is made, and nothing changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is wrong.
    pub code: ErrorCode,
    /// What stands there, as JSON, if anything.
    pub found: Option<String>,
    /// The keyword of the schema that refuses it, if a schema does.
    pub keyword: Option<String>,
    /// For people.
    pub message: String,
    /// Where in the line.
    pub pointer: String,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, pointer: impl Into<String>, found: Option<String>) -> Self {
        let message = code.explain().to_owned();
        Self { code, found, keyword: None, message, pointer: pointer.into() }
    }

    fn of(&self, what: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, pointer, .. } = self;
        let place = if pointer.is_empty() { "" } else { " at " };
        write!(f, "{what}{place}{pointer} {message}")
    }
}

/// Why a call has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreError {
    /// The input is refused.
    Refused(Refusal),
    /// The step broke an invariant and was not committed.
    Invariant {
        /// Number of the step that was tried.
        step_seq: u64,
        /// Line of a batch, from 1.
        line: Option<usize>,
        /// What does not hold.
        violations: Vec<Violation>,
    },
    /// A step is open, or none is.
    State(&'static str),
    /// The configuration breaks its contract.
    Config(Refusal),
    /// The snapshot breaks its contract.
    Snapshot(Refusal),
    /// Snapshot, memory and configuration do not fit together.
    Unfit(String),
    /// With full validation: a record or snapshot breaks its contract.
    Output(Refusal),
}

impl CoreError {
    /// The same of line `number` of a batch.
    pub(super) fn at(self, number: usize) -> Self {
        match self {
            Self::Invariant { step_seq, violations, .. } => {
                Self::Invariant { step_seq, line: Some(number), violations }
            }
            other => other,
        }
    }
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Refusal { code, pointer, message, .. }) => {
                let place = if pointer.is_empty() { "the input" } else { pointer };
                write!(f, "{place} is refused: {message} ({})", code.as_str())
            }
            Self::Invariant { step_seq, line, violations } => {
                write!(f, "step {step_seq}")?;
                if let Some(line) = line {
                    write!(f, " (line {line})")?;
                }
                f.write_str(" was not committed:")?;
                for Violation { code, key, message } in violations {
                    write!(f, " {} of {key}: {message};", code.as_str())?;
                }
                Ok(())
            }
            Self::State(message) => f.write_str(message),
            Self::Unfit(message) => f.write_str(message),
            Self::Config(refusal) => refusal.of("the configuration", f),
            Self::Snapshot(refusal) => refusal.of("the snapshot", f),
            Self::Output(refusal) => refusal.of("what the core writes", f),
        }
    }
}

impl std::error::Error for CoreError {}
