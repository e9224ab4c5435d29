//! Every cell of the tables of the specification.

use serde_json::{Value, json};

use super::{Run, config, fill, place, report, verdict};
use crate::core::{OrderStatus, config::legal_transitions};

const LEGAL: [(&str, &str); 9] = [
    ("created", "submitted cancelled rejected"),
    ("submitted", "accepted cancel_pending cancelled rejected expired"),
    ("accepted", "accepted partially_filled cancel_pending filled cancelled rejected expired"),
    ("partially_filled", "partially_filled cancel_pending filled cancelled expired"),
    (
        "cancel_pending",
        "submitted accepted partially_filled cancel_pending filled cancelled rejected expired",
    ),
    ("filled", ""),
    ("cancelled", ""),
    ("rejected", ""),
    ("expired", ""),
];

#[test]
fn the_81_pairs_are_those_of_the_specification() {
    let table = legal_transitions();
    for (from, row) in OrderStatus::ALL.iter().zip(LEGAL) {
        assert_eq!(from.as_str(), row.0);
        for to in OrderStatus::ALL {
            let legal = row.1.split(' ').any(|word| word == to.as_str());
            assert_eq!(table[*from as usize][*to as usize], legal, "{} {}", row.0, to.as_str());
        }
    }
}

/// An order of 1 in a state; `cancel_pending/x` returns to x. Half is filled where that is possible.
fn order_in(state: &str) -> Run {
    let mut run = Run::new(&config("backtest"));
    if state == "created" {
        return restored_created();
    }
    run.intent("place_order", place("o", "buy", "1"));
    let (first, resume) = state.split_once('/').unwrap_or((state, ""));
    let way: &[&str] = match (first, resume) {
        ("submitted", _) => &[],
        ("accepted", _) => &["accepted"],
        ("partially_filled", _) => &["accepted", "fill"],
        ("cancel_pending", "submitted") => &["cancel"],
        ("cancel_pending", "accepted") => &["accepted", "cancel"],
        ("cancel_pending", _) => &["accepted", "fill", "cancel"],
        ("filled", _) => &["accepted", "fill", "fill"],
        (terminal, _) => &[match terminal {
            "cancelled" => "cancelled",
            "rejected" => "rejected",
            _ => "expired",
        }],
    };
    for step in way {
        match *step {
            "fill" => run.fill("o", "0.5", "100"),
            "cancel" => run.intent("cancel_order", json!({ "order_id": "o", "reason": null })),
            kind => run.report("o", kind),
        };
    }
    assert_eq!(run.order("o")["status"], first);
    run
}

/// An order that was only created exists in a restored core alone.
fn restored_created() -> Run {
    let mut run = Run::new(&config("backtest"));
    run.intent("place_order", place("o", "buy", "1"));
    let mut snapshot = run.snapshot();
    snapshot["orders"][0]["status"] = json!("created");
    snapshot["orders"][0]["transitions"] = json!(1);
    let mut memory = Vec::new();
    run.core.memory(&mut memory).unwrap();
    let core = super::properties::restore_doctored(&config("backtest"), snapshot, &memory);
    Run { core, seq: run.seq }
}

const STATES: [&str; 10] = [
    "created",
    "submitted",
    "accepted",
    "partially_filled",
    "cancel_pending/submitted",
    "cancel_pending/accepted",
    "cancel_pending/partially_filled",
    "filled",
    "cancelled",
    "rejected",
];

fn apply(run: &mut Run, input: &str) -> Value {
    match input {
        "cancel" => run.intent("cancel_order", json!({ "order_id": "o", "reason": null })),
        "replace" => run.intent(
            "replace_order",
            json!({
                "order_id": "o", "quantity": "2", "limit_price": null, "stop_price": null,
            }),
        ),
        "fill<" => run.fill("o", "0.25", "100"),
        "fill=" => {
            let remaining = run.order("o")["remaining"].as_str().unwrap().to_owned();
            // An order that ended has nothing left: any quantity is too late.
            let quantity = if remaining == "0" { "0.5" } else { &remaining };
            run.fill("o", quantity, "100")
        }
        "fill>" => run.fill("o", "3", "100"),
        kind => run.report("o", kind),
    }
}

/// Input, then per state what follows: `>status`, `=` for a transition to itself, `S` STALE_REPORT,
/// `I` ILLEGAL_TRANSITION, `T` ORDER_TERMINAL, `P` CANCEL_ALREADY_PENDING, `B` FILL_BEFORE_ACCEPT,
/// `A` FILL_AFTER_TERMINAL, `O` OVERFILL.
const INPUTS: [(&str, &str); 13] = [
    ("cancel", ">cancelled >cancel_pending >cancel_pending >cancel_pending P P P T T T"),
    ("replace", "I I = = I I I T T T"),
    ("accepted", "I >accepted S S = S S S S S"),
    ("rejected", "I >rejected >rejected I >rejected >rejected I I I S"),
    ("cancelled", "I >cancelled >cancelled >cancelled >cancelled >cancelled >cancelled I S I"),
    ("expired", "I >expired >expired >expired >expired >expired >expired I I I"),
    ("cancel_rejected", "S S S S >submitted >accepted >partially_filled S S S"),
    ("replaced", "I I = = = = = S S S"),
    ("replace_rejected", "S S S S S S S S S S"),
    ("fill<", "B B >partially_filled = B = = A A A"),
    ("fill=", "B B >filled >filled B >filled >filled A A A"),
    ("fill>", "B B O O B O O A A A"),
    ("status", "- - - - - - - - - -"),
];

#[test]
fn every_input_does_in_every_state_what_the_specification_says() {
    for (input, row) in INPUTS {
        for (state, expected) in STATES.iter().zip(row.split(' ')) {
            let mut run = order_in(state);
            let before = run.order("o");
            let result = apply(&mut run, input);
            let after = run.order("o");
            let place = format!("{input} in {state}");
            let transitions = result["transitions"].as_array().unwrap();
            let code = match expected {
                "S" => "ignored STALE_REPORT",
                "P" => "ignored CANCEL_ALREADY_PENDING",
                "I" => "rejected ILLEGAL_TRANSITION",
                "T" => "rejected ORDER_TERMINAL",
                "B" => "rejected FILL_BEFORE_ACCEPT",
                "A" => "rejected FILL_AFTER_TERMINAL",
                "O" => "rejected OVERFILL",
                _ => "applied -",
            };
            assert_eq!(verdict(&result), code, "{place}");
            if code != "applied -" || expected == "-" {
                assert!(transitions.is_empty(), "{place}");
                assert_eq!(before, after, "{place}");
                continue;
            }
            let to = expected.strip_prefix('>').map_or(before["status"].clone(), |to| json!(to));
            assert_eq!(transitions.len(), 1, "{place}");
            assert_eq!(transitions[0]["from"], before["status"], "{place}");
            assert_eq!((&transitions[0]["to"], &after["status"]), (&to, &to), "{place}");
            let resume = match (to.as_str().unwrap(), input) {
                ("cancel_pending", "cancel") => before["status"].clone(),
                ("cancel_pending", "accepted") => json!("accepted"),
                ("cancel_pending", "fill<") => json!("partially_filled"),
                ("cancel_pending", _) => before["resume_status"].clone(),
                _ => Value::Null,
            };
            assert_eq!(after["resume_status"], resume, "{place}");
        }
    }
}

#[test]
fn an_early_fill_implies_the_accept_where_the_mode_says_so() {
    for (state, to) in [("submitted", "accepted"), ("cancel_pending/submitted", "cancel_pending")] {
        let mut paper = config("backtest");
        paper["policy_overrides"] = json!({ "early_fill": "imply", "time_regression": null });
        let mut run = Run::new(&paper);
        run.intent("place_order", place("o", "buy", "1"));
        if state != "submitted" {
            run.intent("cancel_order", json!({ "order_id": "o", "reason": null }));
        }
        assert_eq!(verdict(&run.fill("o", "2", "1")), "rejected OVERFILL");
        let result = run.fill("o", "0.5", "100");
        assert_eq!(verdict(&result), "applied -");
        assert_eq!(result["transitions"][0]["cause"], "accept");
        assert_eq!(result["transitions"][0]["to"], to);
        assert_eq!(result["transitions"][1]["cause"], "fill");
        assert_eq!(result["diagnostics"][0]["code"], "IMPLIED_ACCEPT");
        let rest = run.order("o");
        assert_eq!((&rest["filled"], &rest["remaining"]), (&json!("0.5"), &json!("0.5")));
    }
}

#[test]
fn a_replace_waits_for_the_venue() {
    let mut run = order_in("partially_filled");
    let ask = |quantity: &str| json!({ "order_id": "o", "quantity": quantity, "limit_price": null, "stop_price": null });
    assert_eq!(verdict(&run.intent("replace_order", ask("0.5"))), "rejected REPLACE_BELOW_FILLED");
    assert_eq!(verdict(&run.intent("replace_order", ask("2"))), "applied -");
    assert_eq!(run.order("o")["quantity"], "1");
    assert_eq!(verdict(&run.intent("replace_order", ask("3"))), "rejected REPLACE_PENDING");
    assert_eq!(verdict(&run.report("o", "replace_rejected")), "applied -");
    assert_eq!(run.order("o")["pending_replace"], Value::Null);
    run.intent("replace_order", ask("0.75"));
    assert_eq!(verdict(&run.fill("o", "0.25", "1")), "applied -");
    assert_eq!(verdict(&run.report("o", "replaced")), "rejected REPLACE_BELOW_FILLED");
    let mut own = report("o", "own", "replaced");
    own["quantity"] = json!("4");
    own["limit_price"] = json!("9");
    assert_eq!(verdict(&run.event("order.report", own)["event_result"]), "applied -");
    let order = run.order("o");
    assert_eq!(
        json!([order["quantity"], order["remaining"], order["limit_price"]]),
        json!(["4", "3.25", "9"])
    );
}

#[test]
fn fills_that_do_not_add_up_are_rejected_and_may_come_again() {
    let mut run = order_in("submitted");
    let early = fill("o", "same", "0.5", "100", None);
    let result = run.event("order.fill", early.clone());
    assert_eq!(verdict(&result["event_result"]), "rejected FILL_BEFORE_ACCEPT");
    run.report("o", "accepted");
    let result = run.event("order.fill", early.clone());
    assert_eq!(verdict(&result["event_result"]), "applied -");
    let mut other = early;
    other["price"] = json!("101");
    let result = run.event("order.fill", other);
    assert_eq!(verdict(&result["event_result"]), "rejected IDEMPOTENCY_CONFLICT");
    for (member, value) in [("cum_filled", "0.7"), ("remaining", "0.1")] {
        let mut wrong = fill("o", member, "0.25", "100", None);
        wrong[member] = json!(value);
        let result = run.event("order.fill", wrong);
        assert_eq!(verdict(&result["event_result"]), "rejected CUM_FILLED_MISMATCH");
    }
    assert_eq!(verdict(&run.fill("o", "0", "100")), "rejected NON_POSITIVE_QUANTITY");
    assert_eq!(verdict(&run.fill("x", "1", "100")), "rejected UNKNOWN_ORDER");
}

#[test]
fn too_many_digits_change_nothing() {
    let mut run = order_in("accepted");
    let before = run.snapshot();
    let result = run.fill("o", "0.000000000001", "1");
    assert_eq!(verdict(&result), "applied -");
    let huge = "999999999999999999";
    assert_eq!(verdict(&run.fill("o", "0.5", huge)), "rejected DECIMAL_OVERFLOW");
    let adjustment = json!({
        "command_id": "c", "command": "account_adjustment", "flag": null, "value": null,
        "currency": "USD", "instrument": null, "amount": "99999999999999", "reason": null,
    });
    let result = run.event("control.command", adjustment);
    assert_eq!(verdict(&result["event_result"]), "rejected DECIMAL_OVERFLOW");
    let after = run.snapshot();
    assert_eq!(after["adjustments"], before["adjustments"]);
    assert_eq!(after["fees_paid"], before["fees_paid"]);
    assert_eq!(after["cash"][0]["amount"], "9999.999999999999");
}

#[test]
fn risk_denies_and_shrinks() {
    let limits = |name: &str, value: Value| {
        let mut config = config("backtest");
        config["risk"][name] = value;
        Run::new(&config)
    };
    let asked = |run: &mut Run, quantity: &str| {
        let seq = run.seq + 1;
        let order = place(&format!("o{seq}"), "buy", quantity);
        let timer = super::event("e", seq, "timer.fired", super::timer(&format!("t{seq}")));
        let intent = super::intent(&format!("i{seq}"), seq, 0, "place_order", order);
        run.line(&timer, &[intent])["risk"][0].clone()
    };
    let deny = |rule: &str| json!({ "rule": rule, "code": "RISK_DENIED", "decision": "deny" });
    let stripped = |mut entry: Value| {
        entry.as_object_mut().unwrap().remove("intent_id");
        entry
    };
    let mut run = limits("max_order_quantity", json!("1"));
    assert_eq!(asked(&mut run, "1")["decision"], "allow");
    assert_eq!(stripped(asked(&mut run, "1.1")), deny("max_order_quantity"));
    assert_eq!(run.order("o2")["status"], "rejected");
    let mut run = limits("max_open_orders", json!(1));
    assert_eq!(asked(&mut run, "1")["decision"], "allow");
    assert_eq!(stripped(asked(&mut run, "1")), deny("max_open_orders"));
    let mut run = limits("max_position", json!("2"));
    assert_eq!(asked(&mut run, "1.5")["decision"], "allow");
    assert_eq!(stripped(asked(&mut run, "0.6")), deny("max_position"));
    let mut run = limits("max_order_notional", json!("100"));
    assert_eq!(stripped(asked(&mut run, "1")), deny("max_order_notional"), "no price");
    let seq = run.seq + 1;
    let trade = json!({ "trade_id": null, "price": "50", "quantity": "1", "aggressor": "buy" });
    let mut trade = super::event("m", seq, "market.trade", trade);
    trade["instrument"] = json!("BTC/USD");
    run.line(&trade, &[]);
    assert_eq!(asked(&mut run, "2")["decision"], "allow");
    assert_eq!(stripped(asked(&mut run, "2.000000000001")), deny("max_order_notional"));

    let mut run = order_in("filled");
    let mut reduce = place("r1", "buy", "5");
    reduce["reduce_only"] = json!(true);
    let result = run.intent("place_order", reduce.clone());
    assert_eq!(verdict(&result), "rejected RISK_DENIED");
    reduce["order_id"] = json!("r2");
    reduce["side"] = json!("sell");
    assert_eq!(verdict(&run.intent("place_order", reduce)), "applied -");
    assert_eq!(run.order("r2")["quantity"], "1");
    run.intent("set_risk_flag", json!({ "flag": "kill_switch", "value": true, "reason": null }));
    let result = run.intent("place_order", place("r3", "buy", "1"));
    assert_eq!(verdict(&result), "rejected HALTED");
    assert_eq!(result["transitions"].as_array().unwrap().len(), 2);
}
