//! What holds for every run.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Run, config, core,
    generate::{Op, line, op},
};
use crate::core::{
    Core, CoreError, Decimal, Money, OrderStatus, Validation, config::legal_transitions,
};

fn modes() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["backtest", "paper", "live"])
}

fn runs() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..60)
}

/// Applies an operation; its record, if it was not refused.
fn apply(run: &mut Run, op: &Op) -> Option<Value> {
    let mut out = Vec::new();
    run.core.step_lines(line(op, run.seq + 1).as_bytes(), &mut out).unwrap();
    let record: Value = serde_json::from_slice(&out).unwrap();
    if record.get("refused").is_some() {
        return None;
    }
    run.seq += 1;
    Some(record)
}

fn money(value: &Value) -> i128 {
    Money::parse(value.as_str().unwrap()).unwrap().units()
}

fn sum(rows: &Value, currency: &str, member: &str) -> i128 {
    let of = |row: &&Value| row["currency"] == currency;
    rows.as_array().unwrap().iter().filter(of).map(|row| money(&row[member])).sum()
}

fn check_conservation(snapshot: &Value) {
    for currency in ["USD", "EUR"] {
        let mut left = sum(&snapshot["cash"], currency, "amount")
            + sum(&snapshot["fees_paid"], currency, "amount");
        for position in snapshot["positions"].as_array().unwrap() {
            if position["instrument"].as_str().unwrap().contains(&format!("/{currency}")) {
                left += money(&position["cost"]) - money(&position["realized_pnl"]);
            }
        }
        let right = sum(&snapshot["initial_cash"], currency, "amount")
            + sum(&snapshot["adjustments"], currency, "amount");
        assert_eq!(left, right, "{currency}");
    }
}

fn status(value: &Value) -> Option<OrderStatus> {
    serde_json::from_value(value.clone()).unwrap()
}

fn decimal(value: &Value) -> Decimal {
    Decimal::parse(value.as_str().unwrap()).unwrap()
}

fn check_record(record: &Value) {
    let intents = record["intent_results"].as_array().unwrap();
    for result in intents.iter().chain([&record["event_result"]]) {
        for transition in result["transitions"].as_array().unwrap() {
            let to = status(&transition["to"]).unwrap();
            match status(&transition["from"]) {
                None => assert_eq!(to, OrderStatus::Created),
                Some(from) => assert!(legal_transitions()[from as usize][to as usize]),
            }
        }
        if result["outcome"] != "applied" {
            assert_eq!(result["deltas"], json!([]));
        }
    }
    assert_eq!(record["invariants"]["violations"], json!([]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_illegal_happens_and_no_money_is_lost(mode in modes(), ops in runs()) {
        let mut run = Run::new(&config(mode));
        for op in &ops {
            if let Some(record) = apply(&mut run, op) {
                check_record(&record);
            }
        }
        let snapshot = run.snapshot();
        check_conservation(&snapshot);
        for order in snapshot["orders"].as_array().unwrap() {
            prop_assert!(decimal(&order["filled"]) <= decimal(&order["quantity"]));
            let rest = decimal(&order["quantity"]).checked_sub(decimal(&order["filled"])).unwrap();
            prop_assert_eq!(decimal(&order["remaining"]), rest);
        }
    }

    #[test]
    fn what_is_rolled_back_leaves_no_trace(mode in modes(), ops in runs()) {
        let mut run = Run::new(&config(mode));
        let mut plain = Run::new(&config(mode));
        for op in &ops {
            let input: Value = serde_json::from_str(&line(op, run.seq + 1)).unwrap();
            let event = input["event"].to_string();
            let before = run.snapshot();
            let mut out = Vec::new();
            if run.core.begin(event.as_bytes(), &mut out).is_ok() {
                run.snapshot();
                run.core.rollback().unwrap();
            }
            prop_assert_eq!(run.snapshot(), before);
            prop_assert_eq!(apply(&mut run, op), apply(&mut plain, op));
        }
    }

    #[test]
    fn two_phases_are_one_step(mode in modes(), ops in runs()) {
        let mut run = Run::new(&config(mode));
        let mut plain = Run::new(&config(mode));
        for op in &ops {
            let input: Value = serde_json::from_str(&line(op, run.seq + 1)).unwrap();
            let expected = apply(&mut plain, op);
            let mut out = Vec::new();
            match run.core.begin(input["event"].to_string().as_bytes(), &mut out) {
                Err(error) => prop_assert!(matches!(error, CoreError::Refused(_))),
                Ok(()) => {
                    let result: Value = serde_json::from_slice(&out).unwrap();
                    let mut out = Vec::new();
                    let intents = input["intents"].to_string();
                    run.core.finish(intents.as_bytes(), &mut out).unwrap();
                    run.seq += 1;
                    let record: Value = serde_json::from_slice(&out).unwrap();
                    prop_assert_eq!(&record["event_result"], &result);
                    prop_assert_eq!(Some(record), expected);
                }
            }
        }
    }

    #[test]
    fn a_restored_core_goes_on_alike(mode in modes(), ops in runs(), at in 0usize..60) {
        let mut run = Run::new(&config(mode));
        for (place, op) in ops.iter().enumerate() {
            apply(&mut run, op);
            if place == at {
                let mut snapshot = Vec::new();
                run.core.snapshot(&mut snapshot).unwrap();
                let mut memory = Vec::new();
                run.core.memory(&mut memory).unwrap();
                let config = config(mode).to_string();
                let core =
                    Core::restore(config.as_bytes(), &snapshot, &memory, Validation::Off).unwrap();
                let mut other = Run { core, seq: run.seq };
                for op in &ops[place + 1..] {
                    prop_assert_eq!(apply(&mut run, op), apply(&mut other, op));
                }
                prop_assert_eq!(run.snapshot(), other.snapshot());
                return Ok(());
            }
        }
    }

    #[test]
    fn advance_does_the_same_without_records(mode in modes(), ops in runs()) {
        let mut run = Run::new(&config(mode));
        let mut fast = core(&config(mode));
        let mut lines = String::new();
        let mut expected = Vec::new();
        for op in &ops {
            lines.push_str(&line(op, run.seq + 1));
            lines.push('\n');
            let outcome = apply(&mut run, op).map(|record| record["event_result"]["outcome"].clone());
            let words = ["applied", "duplicate", "ignored", "rejected"];
            expected.push(outcome.map_or(4, |outcome| {
                words.iter().position(|word| outcome == *word).unwrap()
            }));
        }
        let mut out = Vec::new();
        fast.advance(lines.as_bytes(), &mut out).unwrap();
        let outcomes: Vec<usize> = out.chunks(2).map(|pair| usize::from(pair[0])).collect();
        prop_assert_eq!(outcomes, expected);
        let mut fast = Run { core: fast, seq: run.seq };
        prop_assert_eq!(run.snapshot(), fast.snapshot());
    }

    #[test]
    fn what_comes_twice_changes_no_economy(ops in runs()) {
        let mut run = Run::new(&config("backtest"));
        for op in &ops {
            let once = line(op, run.seq + 1);
            if apply(&mut run, op).is_none() {
                continue;
            }
            let before = run.snapshot();
            let mut again: Value = serde_json::from_str(&once).unwrap();
            again["intents"] = json!([]);
            let record = run.line(&again["event"], &[]);
            let outcome = record["event_result"]["outcome"].as_str().unwrap();
            if matches!(outcome, "duplicate" | "ignored" | "rejected") {
                prop_assert_eq!(&run.snapshot()["economic_hash"], &before["economic_hash"]);
            }
        }
    }
}

/// Restores a snapshot that was changed by hand, with the hashes that it should have.
pub(super) fn restore_doctored(config: &Value, mut snapshot: Value, memory: &[u8]) -> Core {
    for member in ["economic_hash", "state_hash"] {
        let text = snapshot.to_string();
        let restored =
            Core::restore(config.to_string().as_bytes(), text.as_bytes(), memory, Validation::Off);
        let Err(CoreError::Unfit(message)) = restored else { continue };
        assert!(message.starts_with(&format!("the {member}")), "{message}");
        snapshot[member] = json!(message.rsplit(' ').next().unwrap());
    }
    let text = snapshot.to_string();
    Core::restore(config.to_string().as_bytes(), text.as_bytes(), memory, Validation::Off).unwrap()
}

#[test]
fn a_snapshot_that_was_changed_is_refused() {
    let mut run = Run::new(&config("backtest"));
    run.intent("place_order", super::place("o", "buy", "1"));
    let snapshot = run.snapshot();
    let mut memory = Vec::new();
    run.core.memory(&mut memory).unwrap();
    let text = config("backtest").to_string();
    let try_restore = |snapshot: &Value, memory: &[u8]| {
        Core::restore(text.as_bytes(), snapshot.to_string().as_bytes(), memory, Validation::Off)
            .map(|_| ())
    };
    assert_eq!(try_restore(&snapshot, &memory), Ok(()));
    let changes = [("halted", json!(true)), ("seq_id", json!(7)), ("run_id", json!("other"))];
    for (member, value) in changes {
        let mut changed = snapshot.clone();
        changed[member] = value;
        assert!(matches!(try_restore(&changed, &memory), Err(CoreError::Unfit(_))), "{member}");
    }
    let forgot = format!("{{\"keys\":[],\"prev_hash\":\"{}\"}}", "0".repeat(64));
    assert!(matches!(try_restore(&snapshot, forgot.as_bytes()), Err(CoreError::Unfit(_))));
}

#[test]
fn a_broken_invariant_stops_a_backtest_and_halts_a_live_run() {
    for (mode, stops) in [("backtest", true), ("paper", true), ("sandbox", false), ("live", false)]
    {
        let mut run = Run::new(&config(mode));
        run.intent("place_order", super::place("o", "buy", "1"));
        run.report("o", "accepted");
        let mut snapshot = run.snapshot();
        snapshot["cash"][0]["amount"] = json!("9999");
        let mut memory = Vec::new();
        run.core.memory(&mut memory).unwrap();
        let core = restore_doctored(&config(mode), snapshot, &memory);
        let mut run = Run { core, seq: run.seq };
        let before = run.snapshot();
        let seq = run.seq + 1;
        let fill = super::fill("o", "f", "0.5", "10", None);
        let event = super::event("e", seq, "order.fill", fill);
        let line = json!({ "event": event }).to_string();
        let mut out = Vec::new();
        let stepped = run.core.step_lines(line.as_bytes(), &mut out);
        if stops {
            let Err(CoreError::Invariant { violations, line, .. }) = stepped else {
                unreachable!("{mode} stops")
            };
            assert_eq!((violations[0].code.as_str(), line), ("CONSERVATION", Some(1)));
            assert_eq!(run.snapshot(), before);
        } else {
            stepped.unwrap();
            let record: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(record["invariants"]["violations"][0]["code"], "CONSERVATION");
            assert_eq!(run.snapshot()["halted"], true);
        }
    }
}
