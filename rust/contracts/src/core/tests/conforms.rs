//! What is known to be valid without the schemas, and what the schemas say.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Event, Intent, StepInput, shapes, validation::Input};
use crate::{json as strict, schema};

/// Valid documents of the corpus.
fn documents(name: &str) -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contracts/engine/fixtures/valid")
        .join(name);
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap())
        .collect()
}

fn known_valid(name: &str, document: &Value) -> bool {
    let text = document.to_string();
    match name {
        "engine_event" => Event::read(text.as_bytes()).is_ok_and(|event| event.conforms()),
        _ => Vec::<Intent<'_>>::read(format!("[{text}]").as_bytes())
            .is_ok_and(|intents| intents.conforms()),
    }
}

fn agree(name: &str, document: &Value) -> bool {
    let issues = schema::validate(name, document);
    assert_eq!(known_valid(name, document), issues.is_empty(), "{document}: {issues:?}");
    issues.is_empty()
}

/// Pointers to all values of a document, itself included.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    for (name, member) in value.as_object().into_iter().flatten() {
        pointers(member, &format!("{at}/{name}"), found);
    }
}

/// Every word of the schemas.
fn words(schema: &Value, found: &mut Vec<Value>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Array(words) if name == "enum" => {
                        found.extend(
                            words
                                .iter()
                                .filter(|word| !found.contains(word))
                                .cloned()
                                .collect::<Vec<_>>(),
                        );
                    }
                    member => words(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        _ => {}
    }
}

/// What is put in the place of a value: words, numbers, and texts inside and outside of every limit.
fn replacements() -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!({ "buy": null }),
        json!(0),
        json!(1),
        json!(-1),
        json!(65535),
        json!(65536),
        json!(9_007_199_254_740_991_u64),
    ];
    let texts = [
        "",
        "0",
        "00",
        "-0",
        "1",
        "-1",
        "1.5",
        "1.50",
        "-0.5",
        ".5",
        "5.",
        "+1",
        "1e3",
        "0.000000000001",
        "0.0000000000001",
        "123456789012345678",
        "1234567890123456789",
        "1000000000000000000",
        "123456.123456789012",
        "1234567.123456789012",
        "12345678901234.5",
        "99999999999999",
        "100000000000000",
        "0.000000000000000000000001",
        "0.0000000000000000000000001",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "a",
        "A",
        "é",
        "a b",
        ".a",
        "a/b",
        "a\n",
        "a\u{0}",
        "\u{1f600}",
        "BTC/USD",
        "btc/usd",
        "BTC/USD:x",
        "BTC/USD:",
        "BTC/USD:x:y",
        "BTC/USD:X",
        "/USD",
        "BTC/",
        "BTC/U",
        "A/BC",
        "A/B:c",
        "1m",
        "0m",
        "01m",
        "99999d",
        "100000d",
        "1x",
        "USD",
        "U",
        "usd",
        "engine_event/1.1",
        "engine_intent/1.0",
    ];
    values.extend(texts.map(Value::from));
    let repeated = [
        ("0", 16),
        ("0", 32),
        ("f", 15),
        ("f", 16),
        ("f", 17),
        ("F", 16),
        ("f", 31),
        ("f", 32),
        ("f", 33),
        ("F", 32),
        ("A", 16),
        ("A", 17),
        ("x", 64),
        ("x", 65),
        ("x", 128),
        ("x", 129),
        ("x", 200),
        ("x", 201),
        ("é", 64),
        ("é", 65),
        ("é", 200),
        ("é", 201),
        ("é", 256),
        ("é", 257),
        ("x", 256),
        ("x", 257),
    ];
    values.extend(repeated.map(|(text, times)| Value::from(text.repeat(times))));
    values.extend(
        [(16, 16, 32), (17, 16, 32), (16, 17, 32), (16, 16, 33)]
            .map(|(base, quote, kind)| {
                format!("{}/{}:{}", "B".repeat(base), "Q".repeat(quote), "k".repeat(kind))
            })
            .map(Value::from),
    );
    words(&serde_json::from_str(crate::generated::BUNDLE).unwrap(), &mut values);
    values
}

#[test]
fn with_any_member_replaced_the_types_know_what_the_schemas_say() {
    let replacements = replacements();
    for name in ["engine_event", "engine_intent"] {
        let mut valid = 0;
        for document in documents(name) {
            assert!(agree(name, &document));
            let mut places = Vec::new();
            pointers(&document, "", &mut places);
            for place in &places {
                for replacement in &replacements {
                    let mut changed = document.clone();
                    *changed.pointer_mut(place).unwrap() = replacement.clone();
                    valid += usize::from(agree(name, &changed));
                }
            }
        }
        assert!(valid > 1000, "{name}: {valid}");
    }
}

#[test]
fn objects_are_closed_whole_and_no_arrays() {
    for name in ["engine_event", "engine_intent"] {
        for document in documents(name) {
            let mut places = Vec::new();
            pointers(&document, "", &mut places);
            for place in &places {
                let Some(members) = document.pointer(place).unwrap().as_object() else { continue };
                let change = |to: Value| {
                    let mut changed = document.clone();
                    *changed.pointer_mut(place).unwrap() = to;
                    assert!(!agree(name, &changed), "{changed}");
                };
                // In the order in which the types have them, which is that of the canonical form.
                change(members.values().cloned().collect());
                let mut more = members.clone();
                more.insert("x".to_owned(), Value::Null);
                change(Value::Object(more));
                for member in members.keys() {
                    let mut less = members.clone();
                    less.remove(member);
                    change(Value::Object(less));
                }
            }
        }
    }
}

/// Every combination of values at several places of every document of a kind.
fn combine(name: &str, kind: &str, places: &[(&str, &[Value])]) -> usize {
    let mut documents: Vec<Value> =
        documents(name).into_iter().filter(|document| document["body"]["type"] == kind).collect();
    assert!(!documents.is_empty());
    for (place, values) in places {
        documents = documents
            .iter()
            .flat_map(|document| {
                values.iter().map(|value| {
                    let mut changed = document.clone();
                    changed["body"]["data"][*place] = value.clone();
                    changed
                })
            })
            .collect();
    }
    documents.iter().filter(|document| agree(name, document)).count()
}

#[test]
fn with_any_members_combined_the_types_know_what_the_schemas_say() {
    let given = [json!(null), json!("1")];
    let flags = [json!(true), json!(false)];
    let texts = |words: &[&str]| words.iter().copied().map(Value::from).collect::<Vec<_>>();
    let kinds = texts(&["market", "limit", "stop", "stop_limit"]);
    let times = texts(&["gtc", "ioc", "fok", "day", "gtd"]);
    let placements: &[(&str, &[Value])] = &[
        ("order_type", &kinds),
        ("time_in_force", &times),
        ("post_only", &flags),
        ("limit_price", &given),
        ("stop_price", &given),
        ("expire_at", &given),
    ];
    assert!(combine("engine_intent", "place_order", placements) >= 23);
    let changes: &[(&str, &[Value])] =
        &[("quantity", &given), ("limit_price", &given), ("stop_price", &given)];
    assert!(combine("engine_intent", "replace_order", changes) >= 7);
    let amounts = [json!(null), json!("0"), json!("-1"), json!("1")];
    let sides: &[(&str, &[Value])] = &[
        ("ask_price", &amounts),
        ("ask_size", &amounts),
        ("bid_price", &amounts),
        ("bid_size", &amounts),
    ];
    assert!(combine("engine_event", "market.quote", sides) >= 49);
    let prices = texts(&["-2", "-0.5", "9", "10.5"]);
    let volumes = texts(&["0", "-1", "1"]);
    let candle: &[(&str, &[Value])] = &[
        ("open", &prices),
        ("high", &prices),
        ("low", &prices),
        ("close", &prices),
        ("volume", &volumes),
    ];
    assert!(combine("engine_event", "market.bar", candle) >= 100);
    let signed = texts(&["0", "-1", "1"]);
    let trade: &[(&str, &[Value])] = &[("price", &signed), ("quantity", &signed)];
    assert!(combine("engine_event", "market.trade", trade) >= 1);
}

type Shape = fn(&str) -> bool;

/// Every shape, and where the schemas have it.
const SHAPES: [(Shape, &str); 10] = [
    (shapes::is_currency, "/Currency"),
    (shapes::is_id, "/Id"),
    (shapes::is_instrument, "/Instrument"),
    (shapes::is_key, "/IdempotencyKey"),
    (shapes::is_reason, "/Reason"),
    (shapes::is_reason, "/NoOp/properties/note/anyOf/0"),
    (shapes::is_span_id, "/SpanId"),
    (shapes::is_tag, "/PlaceOrder/properties/tag/anyOf/0"),
    (shapes::is_timeframe, "/MarketBar/properties/timeframe"),
    (shapes::is_trace_id, "/TraceId"),
];

#[test]
fn every_shape_is_that_of_its_definition() {
    let bundle: Value = serde_json::from_str(crate::generated::BUNDLE).unwrap();
    for (shape, place) in SHAPES {
        let definition = bundle["$defs"].pointer(place).unwrap();
        let validator = jsonschema::validator_for(definition).unwrap();
        let agrees = |text: &str| {
            // That an id is not of zeros is a check, not a pattern.
            let marked =
                !["/SpanId", "/TraceId"].contains(&place) || text.bytes().any(|byte| byte != b'0');
            let valid = validator.is_valid(&Value::from(text)) && marked;
            prop_assert_eq!(shape(text), valid, "{} {:?}", place, text);
            Ok(())
        };
        for text in replacements().iter().filter_map(Value::as_str) {
            agrees(text).unwrap();
        }
        for byte in 0..=127u8 {
            for frame in ["?", "a?", "1?", "?a", "1?m", "A?", "A/B?", "A/B?C", "A/BC:?", "A/BC?"] {
                agrees(&frame.replace('?', &char::from(byte).to_string())).unwrap();
            }
        }
        let right = definition["pattern"].as_str().unwrap_or("[ -~é]{0,260}");
        let runner = &mut proptest::test_runner::TestRunner::deterministic();
        let near = proptest::string::string_regex(right.trim_matches(['^', '$'])).unwrap();
        runner
            .run(&(near, any::<prop::sample::Index>(), any::<char>()), |(text, at, other)| {
                agrees(&text)?;
                let mut signs: Vec<char> = text.chars().collect();
                let at = at.index(signs.len() + 1);
                signs.insert(at, other);
                agrees(&signs.iter().collect::<String>())?;
                signs.remove(at);
                if at < signs.len() {
                    signs.remove(at);
                    agrees(&signs.iter().collect::<String>())?;
                }
                Ok(())
            })
            .unwrap();
    }
}

fn a_line() -> Vec<u8> {
    let event =
        documents("engine_event").into_iter().find(|event| event["body"]["type"] == "order.fill");
    let intent = documents("engine_intent").into_iter().find(|intent| !intent["trace"].is_null());
    json!({ "event": event.unwrap(), "intents": [intent.unwrap()] }).to_string().into_bytes()
}

/// What the core reads and knows to be valid is what the schemas accept of a strict reading.
fn agree_on_line(line: &[u8]) {
    let known = StepInput::read(line).is_ok_and(|line| line.conforms());
    let valid = strict::parse(line).is_ok_and(|line| StepInput::refuse(&line, true).is_none());
    assert_eq!(known, valid, "{}", String::from_utf8_lossy(line));
    if StepInput::read(line).is_ok() {
        strict::check(line).unwrap();
    }
}

#[test]
fn with_any_byte_changed_the_types_know_what_the_schemas_say() {
    let line = a_line();
    agree_on_line(&line);
    for at in 0..line.len() {
        let mut shorter = line.clone();
        shorter.remove(at);
        agree_on_line(&shorter);
        agree_on_line(&line[..at]);
        for byte in *b"\"\\{}[]:,0-.eu n\0\n\x7f\xc3\xff" {
            let mut changed = line.clone();
            changed[at] = byte;
            agree_on_line(&changed);
            changed.insert(at, line[at]);
            agree_on_line(&changed);
        }
    }
}

proptest! {
    #[test]
    fn with_a_part_of_a_line_twice_the_types_know_what_the_schemas_say(
        escape in any::<prop::sample::Index>(),
        (from, to) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let mut line = a_line();
        // Any letter may be written as an escape, in names as in values.
        let letters: Vec<usize> = (0..line.len()).filter(|&at| line[at].is_ascii_alphabetic()).collect();
        let at = letters[escape.index(letters.len())];
        let escaped = format!("\\u{:04x}", line[at]);
        line.splice(at..=at, escaped.into_bytes());
        agree_on_line(&line);
        let members: Vec<usize> = (0..line.len()).filter(|&at| line[at] == b',').collect();
        let from = from.index(members.len() - 1);
        let part = line[members[from]..members[from + 1]].to_vec();
        let to = members[to.index(members.len())];
        line.splice(to..to, part);
        agree_on_line(&line);
    }
}
