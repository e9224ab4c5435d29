//! What an adapter must do, asked of recordings that TypeScript's suite passes as well.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tendon_contracts::{
    generated::{Decimal, EngineIntent, OrderStatus},
    json as contract_json,
    venue::{RecordedVenue, StatusVocabulary, VenueAdapter, VenueError, venue_status},
};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/contracts/engine/fixtures/venue")
}

fn lines(name: &str) -> (Vec<u8>, Vec<Value>) {
    let bytes = fs::read(fixtures().join(name)).unwrap();
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| contract_json::parse(line).unwrap())
        .collect();
    (bytes, lines)
}

fn intent(value: &Value) -> EngineIntent {
    serde_json::from_value(value.clone()).unwrap()
}

/// Makes a recorded call through the trait.
fn ask(venue: &mut dyn VenueAdapter, line: &Value) -> Result<Value, VenueError> {
    let argument = &line["argument"];
    Ok(match line["call"].as_str().unwrap() {
        "connect" => json!(venue.connect()?),
        "submit" => json!(venue.submit(&intent(argument))?),
        "cancel" => json!(venue.cancel(&intent(argument))?),
        "replace" => json!(venue.replace(&intent(argument))?),
        "order" => json!(venue.order(argument.as_str().unwrap())?),
        "openOrders" => json!(venue.open_orders()?),
        "balances" => json!(venue.balances()?),
        "positions" => json!(venue.positions()?),
        other => panic!("{other} is no call of an adapter"),
    })
}

#[test]
fn every_recording_plays_through_the_trait() {
    let mut played = 0;
    for entry in fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".jsonl") {
            continue;
        }
        let (bytes, lines) = lines(&name);
        let mut venue = RecordedVenue::new(&bytes).unwrap();
        assert_eq!(json!(venue.venue()), lines[0]["venue"]);
        assert!(venue.simulated());
        let mut expected = Vec::new();
        for line in &lines[1..] {
            if line.get("report").is_some() {
                expected.push(line["report"].clone());
                continue;
            }
            match ask(&mut venue, line) {
                Ok(answer) => assert_eq!(answer, line["answer"], "{name}"),
                Err(VenueError::Rejected { reason_code }) => {
                    assert_eq!(json!(reason_code), line["failure"]["reasonCode"], "{name}");
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        let reports: Vec<Value> = venue.reports().iter().map(|report| json!(report)).collect();
        assert_eq!(reports, expected, "{name}");
        assert!(venue.ended() && venue.reports().is_empty(), "{name}");
        played += 1;
    }
    assert!(played >= 7, "{played} recordings");
}

#[test]
fn another_call_than_the_recorded_one_is_fatal_and_plays_nothing() {
    let (bytes, _) = lines("limit-order.jsonl");
    let mut venue = RecordedVenue::new(&bytes).unwrap();
    assert!(matches!(venue.open_orders(), Err(VenueError::Fatal { .. })));
    venue.connect().unwrap();
    assert!(matches!(venue.order("o9"), Err(VenueError::Fatal { .. })));
    assert!(venue.reports().is_empty());
}

#[test]
fn what_the_venue_cannot_do_is_refused_before_it_is_asked() {
    let (bytes, lines) = lines("limit-order.jsonl");
    let text = String::from_utf8(bytes).unwrap();
    let poor = text.replacen(r#""market","limit","stop","stop_limit""#, r#""market""#, 1);
    assert_ne!(poor, text);
    let mut venue = RecordedVenue::new(poor.as_bytes()).unwrap();
    venue.connect().unwrap();
    let submit = lines.iter().find(|line| line["call"] == "submit").unwrap();
    let refused = venue.submit(&intent(&submit["argument"])).unwrap_err();
    assert_eq!(refused, VenueError::Capability { missing: "order type \"limit\"".to_owned() });
    assert!(venue.reports().is_empty() && !venue.ended());
}

#[test]
fn closed_it_refuses() {
    let (bytes, _) = lines("close.jsonl");
    let mut venue = RecordedVenue::new(&bytes).unwrap();
    venue.close();
    venue.close();
    assert_eq!(venue.balances().unwrap_err(), VenueError::Closed);
}

#[test]
fn failures_are_typed() {
    let head =
        r#"{"venue":"x","capabilities":{"order_types":[],"time_in_force":[],"replace":true}}"#;
    let line = |failure: &str| {
        format!(
            "{head}\n{{\"call\":\"order\",\"argument\":\"o1\",\"answer\":null,\"failure\":{failure}}}"
        )
    };
    let failed = |failure: &str| {
        RecordedVenue::new(line(failure).as_bytes()).unwrap().order("o1").unwrap_err()
    };
    assert_eq!(
        failed(r#"{"code":"venue_transient","retryAfterMs":250}"#).to_string(),
        "the venue is busy, try again after 250 ms"
    );
    assert_eq!(
        failed(r#"{"code":"venue_rejected","reasonCode":"price_band"}"#).to_string(),
        "the venue refuses: price_band"
    );
    assert_eq!(failed(r#"{"code":"venue_unknown_outcome"}"#), VenueError::UnknownOutcome);
    assert!(matches!(failed(r#"{"code":"venue_fatal"}"#), VenueError::Fatal { .. }));
    assert!(RecordedVenue::new(line(r#"{"code":"venue_odd"}"#).as_bytes()).is_err());
    assert!(RecordedVenue::new(b"").is_err());
}

#[derive(Deserialize)]
struct Name {
    vocabulary: StatusVocabulary,
    name: String,
    filled: Decimal,
    status: OrderStatus,
}

#[test]
fn status_names_are_those_of_typescript() {
    let bytes = fs::read(fixtures().join("status_names.json")).unwrap();
    let names: Vec<Name> = serde_json::from_slice(&bytes).unwrap();
    for Name { vocabulary, name, filled, status } in &names {
        assert_eq!(venue_status(*vocabulary, name, filled), Ok(*status), "{name}");
    }
    let zero = Decimal("0".to_owned());
    for (vocabulary, name) in [
        (StatusVocabulary::Words, "OPEN"),
        (StatusVocabulary::Fix, "3"),
        (StatusVocabulary::Barter, "created"),
    ] {
        assert!(venue_status(vocabulary, name, &zero).is_err(), "{name}");
    }
}
