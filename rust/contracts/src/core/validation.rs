//! The core's border: what comes in is read or refused, what goes out keeps its contract.

use serde::Deserialize;
use serde_json::Value;

use super::{
    names::ErrorCode,
    step::{CoreError, Refusal},
    wire::{Event, Intent},
};
use crate::{
    Issue, json,
    schema::{Validation, validate},
};

/// Longest message of a refusal, in characters.
const MESSAGE_MAX: usize = 512;

/// Which inputs and outputs are validated.
#[derive(Debug)]
pub(super) struct Gate {
    validation: Validation,
    seen: u32,
}

impl Gate {
    pub(super) const fn new(validation: Validation) -> Self {
        Self { validation, seen: 0 }
    }

    /// Whether the next input is; counts it.
    const fn input(&mut self) -> bool {
        match self.validation {
            Validation::Off | Validation::Sample(0) => false,
            Validation::Boundary | Validation::Full => true,
            Validation::Sample(every) => {
                let due = self.seen == 0;
                self.seen = (self.seen + 1) % every;
                due
            }
        }
    }

    /// Reads a line, an event or intents; `refuse` says what is wrong with it, with the schemas
    /// asked about everything or only about what cannot be read.
    pub(super) fn read<'a, T: Deserialize<'a>>(
        &mut self,
        input: &'a [u8],
        refuse: impl Fn(&Value, bool) -> Option<Refusal>,
    ) -> Result<T, Refusal> {
        if self.input() {
            let value = json::parse(input).map_err(|issue| refusal(issue, ""))?;
            if let Some(refusal) = refuse(&value, true) {
                return Err(refusal);
            }
        }
        serde_json::from_slice(input).map_err(|error| {
            // Seldom: now there is time to find out.
            match json::parse(input) {
                Err(issue) => refusal(issue, ""),
                Ok(value) => refuse(&value, false).unwrap_or_else(|| unfit(error.to_string())),
            }
        })
    }

    /// Checks an output.
    pub(super) fn output(&self, contract: &str, output: &[u8]) -> Result<(), CoreError> {
        if self.validation != Validation::Full {
            return Ok(());
        }
        require(contract, output).map_err(CoreError::Output)
    }
}

/// Reads a document and checks that it keeps its contract.
pub(super) fn require(contract: &str, document: &[u8]) -> Result<(), Refusal> {
    let value = json::parse(document).map_err(|issue| refusal(issue, ""))?;
    refuse_document(contract, &value, "").map_or(Ok(()), Err)
}

/// What is wrong with a line.
pub(super) fn refuse_line(line: &Value, checks: bool) -> Option<Refusal> {
    let Some(members) = line.as_object() else {
        return Some(unfit("a line must be an object".to_owned()));
    };
    let Some(event) = members.get("event") else {
        return Some(unfit("a line must have an event".to_owned()));
    };
    if let Some(name) = members.keys().find(|name| *name != "event" && *name != "intents") {
        return Some(unfit(format!("a line has no member \"{name}\"")));
    }
    refuse_event(event, checks)
        .or_else(|| members.get("intents").and_then(|intents| refuse_intents(intents, checks)))
}

/// What is wrong with an event.
pub(super) fn refuse_event(event: &Value, checks: bool) -> Option<Refusal> {
    refuse_part("engine_event", event, "/event", checks, |text| {
        serde_json::from_str::<Event<'_>>(text).is_ok()
    })
}

/// What is wrong with intents.
pub(super) fn refuse_intents(intents: &Value, checks: bool) -> Option<Refusal> {
    let Some(intents) = intents.as_array() else {
        return Some(unfit("intents must be an array".to_owned()));
    };
    intents.iter().enumerate().find_map(|(place, intent)| {
        refuse_part("engine_intent", intent, &format!("/intents/{place}"), checks, |text| {
            serde_json::from_str::<Intent<'_>>(text).is_ok()
        })
    })
}

fn refuse_part(
    contract: &str,
    value: &Value,
    pointer: &str,
    checks: bool,
    readable: impl Fn(&str) -> bool,
) -> Option<Refusal> {
    if checks {
        return refuse_document(contract, value, pointer);
    }
    if readable(&value.to_string()) {
        return None;
    }
    let mut refusal = refuse_document(contract, value, pointer)
        .unwrap_or_else(|| unfit(format!("the {contract} cannot be read")));
    if refusal.code == ErrorCode::SemanticInvalid {
        refusal.code = ErrorCode::SchemaInvalid;
    }
    Some(refusal)
}

fn refuse_document(contract: &str, value: &Value, pointer: &str) -> Option<Refusal> {
    validate(contract, value).into_iter().next().map(|issue| refusal(issue, pointer))
}

/// For what no schema describes.
fn unfit(message: String) -> Refusal {
    let message = message.chars().take(MESSAGE_MAX).collect();
    let code = ErrorCode::SchemaInvalid;
    Refusal { code, found: None, keyword: None, message, pointer: String::new() }
}

fn refusal(issue: Issue, at: &str) -> Refusal {
    // Both lists are in the order of the schema.
    let code = ErrorCode::ALL.get(issue.code as usize).copied();
    Refusal {
        code: code.unwrap_or(ErrorCode::SchemaInvalid),
        found: issue.found,
        keyword: Some(issue.keyword),
        message: issue.message.chars().take(MESSAGE_MAX).collect(),
        pointer: format!("{at}{}", issue.pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_breaks_its_contract_is_found_in_full_mode_only() {
        for mode in [Validation::Off, Validation::Sample(1), Validation::Boundary] {
            Gate::new(mode).output("core_snapshot", b"{}").unwrap();
        }
        let error = Gate::new(Validation::Full).output("core_snapshot", b"{}").unwrap_err();
        let CoreError::Output(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.code, ErrorCode::SchemaInvalid);
        assert_eq!(refusal.keyword.as_deref(), Some("required"));
    }
}
