//! What is checked against the schemas on the way in and out.

use super::{
    names::ErrorCode,
    step::{CoreError, Refusal},
};
use crate::json;

/// Why an input that could not be read is refused: what the schemas find there.
pub(super) fn explain(input: &[u8], error: &serde_json::Error) -> Refusal {
    match json::check(input) {
        Err(issue) => Refusal {
            code: ErrorCode::SchemaInvalid,
            found: issue.found,
            keyword: Some(issue.keyword),
            message: issue.message,
            pointer: issue.pointer,
        },
        Ok(()) => Refusal {
            code: ErrorCode::SchemaInvalid,
            found: None,
            keyword: None,
            message: error.to_string(),
            pointer: String::new(),
        },
    }
}

/// How much is checked. The state machine and the rules of money hold whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Nothing; what cannot be read at all is refused all the same.
    Off,
    /// The first of every so many inputs.
    Sample(u32),
    /// Every input.
    Boundary,
    /// Every input, and every record and snapshot on its way out.
    Full,
}

/// Whether the next input is due.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) validation: Validation,
    seen: u32,
}

impl Checks {
    /// Until the schemas can be asked, asking for them is refused rather than ignored.
    pub(super) fn available(validation: Validation) -> Result<(), CoreError> {
        if validation == Validation::Off {
            return Ok(());
        }
        Err(CoreError::Config("this library validates nothing: set validation to off".to_owned()))
    }

    pub(super) const fn new(validation: Validation) -> Self {
        Self { validation, seen: 0 }
    }

    pub(super) const fn due(&mut self) -> bool {
        match self.validation {
            Validation::Off => false,
            Validation::Boundary | Validation::Full => true,
            Validation::Sample(every) => {
                let due = self.seen == 0;
                self.seen += 1;
                if self.seen >= every {
                    self.seen = 0;
                }
                due
            }
        }
    }
}
