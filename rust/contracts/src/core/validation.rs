//! The core's border: what comes in is read or refused, what goes out keeps its contract.

use serde_json::Value;

use super::{
    conforms,
    error::{CoreError, Refusal},
    names::ErrorCode,
    wire::{Event, Intent, Object, Objects, StepInput},
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

    /// Reads a line, an event or intents. What the schemas are asked about is what is not known to be
    /// valid when it is read.
    pub(super) fn read<'a, T: Input<'a>>(&mut self, input: &'a [u8]) -> Result<T, Refusal> {
        let checks = self.input();
        let read = match T::read(input) {
            Ok(value) if !checks || value.conforms() => return Ok(value),
            read => read,
        };
        // Seldom: now there is time to find out.
        let document = json::parse(input).map_err(|issue| refusal(issue, ""))?;
        if let Some(refusal) = T::refuse(&document, checks) {
            return Err(refusal);
        }
        read.map_err(|error| {
            T::refuse(&document, false).unwrap_or_else(|| unfit(error.to_string()))
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

/// What comes in.
pub(super) trait Input<'a>: Sized {
    /// Reads it, as far as the core depends on its form.
    fn read(text: &'a [u8]) -> serde_json::Result<Self>;

    /// Whether it is known to be valid.
    fn conforms(&self) -> bool;

    /// What is wrong with it: by the schemas, or only as far as it cannot be read.
    fn refuse(document: &Value, checks: bool) -> Option<Refusal>;
}

impl<'a> Input<'a> for StepInput<'a> {
    fn read(text: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text).map(|Object(line)| line)
    }

    fn conforms(&self) -> bool {
        self.event.conforms() && self.intents.conforms()
    }

    fn refuse(line: &Value, checks: bool) -> Option<Refusal> {
        let Some(members) = line.as_object() else {
            return Some(unfit("a line must be an object".to_owned()));
        };
        let Some(event) = members.get("event") else {
            return Some(unfit("a line must have an event".to_owned()));
        };
        if let Some(name) = members.keys().find(|name| *name != "event" && *name != "intents") {
            return Some(unfit(format!("a line has no member \"{name}\"")));
        }
        Event::refuse(event, checks).or_else(|| {
            members.get("intents").and_then(|intents| Vec::<Intent<'_>>::refuse(intents, checks))
        })
    }
}

impl<'a> Input<'a> for Event<'a> {
    fn read(text: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text).map(|Object(event)| event)
    }

    fn conforms(&self) -> bool {
        conforms::event(self)
    }

    fn refuse(event: &Value, checks: bool) -> Option<Refusal> {
        refuse_event(event, "/event", checks)
    }
}

impl<'a> Input<'a> for Vec<Intent<'a>> {
    fn read(text: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(text).map(|Objects(intents)| intents)
    }

    fn conforms(&self) -> bool {
        self.iter().all(conforms::intent)
    }

    fn refuse(intents: &Value, checks: bool) -> Option<Refusal> {
        let Some(intents) = intents.as_array() else {
            return Some(unfit("intents must be an array".to_owned()));
        };
        intents.iter().enumerate().find_map(|(place, intent)| {
            refuse_part("engine_intent", intent, &format!("/intents/{place}"), checks, |text| {
                serde_json::from_slice::<Object<Intent<'_>>>(text).is_ok()
            })
        })
    }
}

/// Reads a document and checks that it keeps its contract.
pub(super) fn require(contract: &str, document: &[u8]) -> Result<(), Refusal> {
    let value = json::parse(document).map_err(|issue| refusal(issue, ""))?;
    refuse_document(contract, &value, "").map_or(Ok(()), Err)
}

/// Reads an event that no gate looks at.
pub(super) fn read_event<'a>(text: &'a [u8], pointer: &str) -> Result<Event<'a>, Refusal> {
    Event::read(text).map_err(|error| match json::parse(text) {
        Err(issue) => refusal(issue, pointer),
        Ok(event) => {
            refuse_event(&event, pointer, false).unwrap_or_else(|| unfit(error.to_string()))
        }
    })
}

fn refuse_event(event: &Value, pointer: &str, checks: bool) -> Option<Refusal> {
    refuse_part("engine_event", event, pointer, checks, |text| Event::read(text).is_ok())
}

fn refuse_part(
    contract: &str,
    value: &Value,
    pointer: &str,
    checks: bool,
    readable: impl Fn(&[u8]) -> bool,
) -> Option<Refusal> {
    if checks {
        return refuse_document(contract, value, pointer);
    }
    if readable(value.to_string().as_bytes()) {
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
