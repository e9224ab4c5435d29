//! What the generated types let pass and the validators refuse: reading into a type is no validation.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{fs, path::PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tendon_contracts::{
    core::{Core, Validation},
    generated as types, json as contract_json, schema,
};

fn fixtures() -> Vec<(String, String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contracts/engine/fixtures/valid");
    let mut found = Vec::new();
    for document in fs::read_dir(folder).unwrap() {
        let document = document.unwrap();
        for file in fs::read_dir(document.path()).unwrap() {
            let file = file.unwrap();
            let content = serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
            let name = document.file_name().into_string().unwrap();
            found.push((name, file.file_name().into_string().unwrap(), content));
        }
    }
    found
}

fn fixture(name: &str, file: &str) -> Value {
    let wanted = |(document, found, _): &(String, String, Value)| document == name && found == file;
    fixtures().into_iter().find(wanted).unwrap().2
}

/// Whether a document can be read into its type.
fn is_read(name: &str, value: &Value) -> bool {
    fn reads<T: DeserializeOwned>(value: &Value) -> bool {
        T::deserialize(value).is_ok()
    }
    match name {
        "checkpoint" => reads::<types::Checkpoint>(value),
        "core_config" => reads::<types::CoreConfig>(value),
        "core_snapshot" => reads::<types::CoreSnapshot>(value),
        "divergence_entry" => reads::<types::DivergenceEntry>(value),
        "engine_event" => reads::<types::EngineEvent>(value),
        "engine_intent" => reads::<types::EngineIntent>(value),
        "execution_step_result" => reads::<types::ExecutionStepResult>(value),
        "fixture" => reads::<types::Fixture>(value),
        "legal_transitions" => reads::<types::LegalTransitions>(value),
        "mode_policy" => reads::<types::ModePolicy>(value),
        "order_transition" => reads::<types::OrderTransition>(value),
        "reconciliation_report" => reads::<types::ReconciliationReport>(value),
        "replay_header" => reads::<types::ReplayHeader>(value),
        "transition_result" => reads::<types::TransitionResult>(value),
        "venue_snapshot" => reads::<types::VenueSnapshot>(value),
        _ => panic!("{name} has no type here"),
    }
}

/// Pointers to all objects of a document.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            for (name, member) in members {
                objects(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn refusal(name: &str, value: &Value) -> Option<(String, String)> {
    schema::validate(name, value).into_iter().next().map(|issue| (issue.pointer, issue.keyword))
}

#[test]
fn every_valid_document_can_be_read_into_its_type() {
    for (name, file, value) in fixtures() {
        assert!(is_read(&name, &value), "{name}/{file}");
    }
}

#[test]
fn no_member_may_be_missing_in_a_type_either() {
    for (name, file, value) in fixtures() {
        let mut places = Vec::new();
        objects(&value, "", &mut places);
        for place in places {
            let members = value.pointer(&place).unwrap().as_object().unwrap().clone();
            for member in members.keys() {
                let mut less = value.clone();
                less.pointer_mut(&place).unwrap().as_object_mut().unwrap().remove(member);
                assert!(!is_read(&name, &less), "{name}/{file}: {place}/{member}");
            }
        }
    }
}

#[test]
fn types_take_an_unknown_member_beside_type_and_data_and_validators_do_not() {
    let mut bodies = 0;
    for (name, file, value) in fixtures() {
        let mut places = Vec::new();
        objects(&value, "", &mut places);
        for place in places {
            let mut more = value.clone();
            let members = more.pointer_mut(&place).unwrap().as_object_mut().unwrap();
            let is_body = members.contains_key("type") && members.contains_key("data");
            members.insert("unknown".to_owned(), Value::Null);
            assert_eq!(is_read(&name, &more), is_body, "{name}/{file}: {place}");
            let issue = refusal(&name, &more);
            assert_eq!(issue, Some((place, "additionalProperties".to_owned())), "{name}/{file}");
            bodies += usize::from(is_body);
        }
    }
    assert!(bodies > 40, "{bodies} bodies");
}

#[test]
fn types_take_texts_numbers_and_arrays_that_validators_do_not() {
    let trade = fixture("engine_event", "trade.json");
    let changes = [
        ("/body/data/price", json!("1.50"), "pattern"),
        ("/body/data/price", json!("not a number"), "pattern"),
        ("/event_time", json!("tomorrow"), "pattern"),
        ("/event_id", json!(""), "minLength"),
        ("/event_id", json!("x".repeat(500)), "maxLength"),
        ("/event_id", json!("a b"), "pattern"),
        ("/instrument", json!("BTC"), "pattern"),
        ("/seq_id", json!(0), "minimum"),
        ("/seq_id", json!(-1), "minimum"),
        ("/seq_id", json!(1_u64 << 53), "maximum"),
        ("/producer", json!([0, "feed"]), "type"),
    ];
    for (place, wrong, keyword) in changes {
        let mut event = trade.clone();
        *event.pointer_mut(place).unwrap() = wrong;
        assert!(is_read("engine_event", &event), "{place} {keyword}");
        let issues = schema::validate("engine_event", &event);
        let found = issues.iter().any(|issue| issue.pointer == place && issue.keyword == keyword);
        assert!(found, "{place} {keyword}: {issues:?}");
    }
}

#[test]
fn a_body_is_read_by_its_type_and_not_by_what_fits() {
    let trade = fixture("engine_event", "trade.json");
    for (kind, data) in [
        (json!("market.tirade"), trade["body"]["data"].clone()),
        (json!("market.quote"), trade["body"]["data"].clone()),
        (json!("market.trade"), fixture("engine_event", "quote.json")["body"]["data"].clone()),
    ] {
        let mut event = trade.clone();
        event["body"] = json!({ "type": kind, "data": data });
        assert!(!is_read("engine_event", &event), "{kind}");
        assert!(refusal("engine_event", &event).is_some(), "{kind}");
    }
}

/// The core reads with readers of its own, stricter than the types, even where nothing is validated.
#[test]
fn the_core_refuses_what_would_change_its_numbers_without_validation() {
    const REFUSED: u8 = 4;
    let config = contract_json::canonical(&fixture("core_config", "plain.json")).unwrap();
    let trade = fixture("engine_event", "trade.json");
    let advance = |event: &Value| {
        let mut core = Core::new(&config, Validation::Off).unwrap();
        let mut out = Vec::new();
        core.advance(json!({ "event": event }).to_string().as_bytes(), &mut out).unwrap();
        out[0]
    };
    assert_ne!(advance(&trade), REFUSED);
    for (place, wrong) in [
        ("/body/data/price", json!("1.50")),
        ("/body/data/price", json!("not a number")),
        ("/event_time", json!("tomorrow")),
        ("/instrument", json!("BTC")),
        ("/seq_id", json!(0)),
        ("/seq_id", json!(1_u64 << 53)),
        ("/body", {
            let mut body = trade["body"].clone();
            body["unknown"] = Value::Null;
            body
        }),
    ] {
        let mut event = trade.clone();
        *event.pointer_mut(place).unwrap() = wrong;
        assert_eq!(advance(&event), REFUSED, "{place}");
    }
}
