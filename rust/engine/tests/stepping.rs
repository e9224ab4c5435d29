//! A run in steps gives what the same run gives in one piece, and its audits rebuild its state.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{config, decimal, recording, run, sma, trades};
use serde_json::{Value, json};
use tendon_engine::{
    AuditFilter, Backtest, BacktestConfig, MarketData, OrderRequestOpen, Outcome, Replica,
    RiskConfig, RiskLimits, Run, Stepped, Stop, StrategyConfig, VIEW_HEADER, VIEW_SLOT,
};

fn hosted(config: &BacktestConfig) -> BacktestConfig {
    let strategy = StrategyConfig::Hosted { id: "test".into() };
    BacktestConfig { strategy, ..config.clone() }
}

fn open(data: MarketData, config: BacktestConfig, audit: Option<AuditFilter>) -> Run {
    let data = Arc::new(data);
    Backtest::new(&data, config).unwrap().open(data, audit).unwrap()
}

fn without_names(mut outcome: Outcome) -> Outcome {
    outcome.stats.duration_ms = 0.0;
    outcome
}

/// A packed market buy or sale without a price of its own.
fn order(instrument: u32, sell: bool, cid: &str, quantity: &str) -> Vec<u8> {
    let mut bytes = vec![1, u8::from(sell), 0, 0];
    bytes.extend(instrument.to_le_bytes());
    for text in [cid, quantity] {
        bytes.push(text.len() as u8);
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// Steps to the end; `decide` sees the stop and the view.
fn drive(run: &mut Run, events: usize, mut decide: impl FnMut(Stop, &[f64]) -> Vec<u8>) {
    let mut view = vec![0.0; run.view_length(events)];
    let mut orders = Vec::new();
    loop {
        let stop = run.step(&mut view, &orders, events).unwrap();
        if stop == Stop::Done {
            return;
        }
        orders = decide(stop, &view);
    }
}

#[test]
fn a_hosted_strategy_without_orders_is_noop_at_any_batch_size() {
    let expected =
        without_names(run(&recording(), config(StrategyConfig::Noop, &recording(), 1000)));
    for events in [1, 7, 1000] {
        let settings = hosted(&config(StrategyConfig::Noop, &recording(), 1000));
        let mut run = open(recording(), settings, None);
        drive(&mut run, events, |_, _| Vec::new());
        assert_eq!(without_names(run.outcome().unwrap().clone()), expected);
    }
}

#[test]
fn advancing_a_built_in_strategy_in_pieces_changes_nothing() {
    let settings = config(sma(1, 2, "0.01"), &recording(), 100_000);
    let expected = without_names(run(&recording(), settings.clone()));
    let mut run = open(recording(), settings, Some(AuditFilter::All));
    while !run.advance(37).unwrap() {}
    assert_eq!(without_names(run.outcome().unwrap().clone()), expected);
    assert!(!expected.fills.is_empty());
}

#[test]
fn orders_of_a_step_are_executed_before_the_next_event_and_answered_by_it() {
    let settings = config(StrategyConfig::Noop, &trades(&[(0, "100")]), 1000);
    let data = trades(&[(0, "100"), (1, "110"), (2, "120"), (3, "90")]);
    let mut run = open(data, hosted(&settings), None);
    let mut stops = Vec::new();
    let mut sent = false;
    drive(&mut run, 1, |stop, view| {
        let position = view[VIEW_HEADER + 7];
        stops.push((stop, view[VIEW_HEADER], position, view[VIEW_HEADER + 10]));
        if stop == Stop::Market && !sent {
            sent = true;
            return order(0, false, "mine", "2");
        }
        Vec::new()
    });
    assert!(stops[0].1.is_nan());
    let plain: Vec<_> = stops.iter().map(|(stop, _, position, _)| (*stop, *position)).collect();
    assert_eq!(
        plain,
        [
            (Stop::Start, 0.0),
            (Stop::Market, 0.0),
            (Stop::Answer, 2.0),
            (Stop::Market, 2.0),
            (Stop::Market, 2.0),
            (Stop::Market, 2.0),
            (Stop::TradingDisabled, 2.0),
        ]
    );
    let answers = run.take_answers();
    let order = answers[0].order.clone().unwrap();
    assert_eq!((order.cid.as_str(), order.status), ("mine", "filled"));
    let outcome = run.outcome().unwrap();
    assert_eq!(outcome.fills[0].price, decimal("100"));
    assert_eq!(outcome.equity.last, decimal("980"));
}

#[test]
fn orders_the_engine_cannot_take_stop_the_run_and_leave_an_outcome() {
    let settings = config(StrategyConfig::Noop, &trades(&[(0, "100")]), 1000);
    for (orders, part) in [
        (order(9, false, "a", "1"), "not in the table"),
        (order(0, false, "a", "0"), "above 0"),
        (order(0, false, "a", "-1"), "above 0"),
        (order(0, false, "a", "1e5"), "28 digits"),
        (order(0, false, "a", "99999999999999999999999"), "above 0"),
        (vec![1, 0, 0], "packed"),
        (vec![9, 0, 0, 0, 0, 0, 0, 0], "packed"),
    ] {
        let data = trades(&[(0, "100"), (1, "110"), (2, "111")]);
        let mut run = open(data, hosted(&settings), None);
        let mut view = vec![0.0; run.view_length(1)];
        run.step(&mut view, &[], 1).unwrap();
        run.step(&mut view, &[], 1).unwrap();
        let error = run.step(&mut view, &orders, 1).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(run.step(&mut view, &[], 1).unwrap_err(), error, "a failed run stays failed");
        if error.code() == "engine_order" {
            assert_eq!(run.outcome().unwrap().stats.events, 1);
        }
    }
}

#[test]
fn limits_refuse_orders_and_the_audit_says_why() {
    let settings = config(sma(1, 2, "0.01"), &recording(), 100_000);
    let data = Arc::new(recording());
    let limits =
        RiskLimits { max_notional_per_order: Some(decimal("500")), ..RiskLimits::default() };
    let backtest =
        Backtest::new(&data, settings).unwrap().with_risk(RiskConfig::Limits(limits)).unwrap();
    let mut run = backtest.open(data, Some(AuditFilter::Outputs)).unwrap();
    while !run.advance(1000).unwrap() {}
    let refused = serde_json::to_value(run.take_ticks(usize::MAX)).unwrap().to_string();
    assert!(refused.contains("maxNotionalPerOrder: "), "{refused}");
    let outcome = run.outcome().unwrap();
    assert!(outcome.stats.refused > 0);
    assert!(outcome.fills.iter().all(|fill| fill.price * fill.quantity <= decimal("500")));
}

/// Without what a replica cannot know.
fn without_flight(state: Value) -> Value {
    let mut state = state;
    for instrument in state["instruments"].as_array_mut().unwrap() {
        let orders = instrument["orders"].as_array_mut().unwrap();
        orders.retain(|order| order["state"] == json!("open"));
    }
    state
}

#[test]
fn a_replica_of_a_backtest_equals_its_engine_at_every_step() {
    let mut settings = config(sma(1, 2, "0.01"), &recording(), 100_000);
    settings.execution[0].latency_ms = 40;
    let data = Arc::new(recording());
    let instruments = Arc::clone(data.instruments());
    let mut run =
        Backtest::new(&data, settings).unwrap().open(data, Some(AuditFilter::All)).unwrap();
    let mut replica = Replica::new(&run.snapshot().unwrap(), instruments).unwrap();
    let mut sequence = 0;
    loop {
        let done = run.advance(50).unwrap();
        let ticks = serde_json::to_value(run.take_ticks(usize::MAX)).unwrap();
        for tick in ticks.as_array().unwrap() {
            sequence += 1;
            assert_eq!(tick["context"]["sequence"], json!(sequence));
        }
        replica.update_json(ticks.to_string().as_bytes()).unwrap();
        if done {
            break;
        }
        // The newest tick is complete only when the next event begins.
    }
    assert_eq!(replica.sequence(), sequence);
    let state = |view| without_flight(serde_json::to_value(view).unwrap());
    assert_eq!(state(replica.state()), state(run.state()));
}

#[test]
fn a_replica_refuses_gaps_nonsense_and_filtered_audits() {
    let data = Arc::new(recording());
    let instruments = Arc::clone(data.instruments());
    let backtest = Backtest::new(&data, config(StrategyConfig::Noop, &data, 1)).unwrap();
    let mut run = backtest.open(Arc::clone(&data), Some(AuditFilter::All)).unwrap();
    let mut replica = Replica::new(&run.snapshot().unwrap(), Arc::clone(&instruments)).unwrap();
    run.advance(10).unwrap();
    let ticks = serde_json::to_value(run.take_ticks(usize::MAX)).unwrap();
    let gap = json!([ticks[3]]).to_string();
    assert_eq!(replica.update_json(gap.as_bytes()).unwrap_err().code(), "engine_audit");
    assert_eq!(replica.update_json(b"[1]").unwrap_err().code(), "engine_audit");
    let foreign = ticks.to_string().replace("\"instrument\":0", "\"instrument\":77");
    assert_eq!(replica.update_json(foreign.as_bytes()).unwrap_err().code(), "engine_audit");
    let filtered = backtest.open(data, Some(AuditFilter::Outputs)).unwrap();
    let error = Replica::new(&filtered.snapshot().unwrap(), instruments).unwrap_err();
    assert_eq!(error.code(), "engine_unsupported");
}

#[test]
fn a_view_that_is_too_short_is_refused() {
    let settings = hosted(&config(StrategyConfig::Noop, &recording(), 1));
    let mut run = open(recording(), settings, None);
    let mut view = vec![0.0; VIEW_HEADER + 3 * VIEW_SLOT];
    assert_eq!(run.step(&mut view, &[], 1).unwrap_err().code(), "engine_failed");
}

/// A packed refusal of a proposed order.
fn refusal(cid: &str, reason: &str) -> Vec<u8> {
    let mut bytes = vec![5, 0, 0, 0, 0, 0, 0, 0];
    for text in [cid, reason] {
        bytes.push(text.len() as u8);
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// A run whose orders are judged outside, by `reason`.
fn judged(
    config: &BacktestConfig,
    events: usize,
    reason: impl Fn(&OrderRequestOpen, &Run) -> Option<&'static str>,
) -> (Outcome, Vec<Value>) {
    let mut run = open(recording(), config.clone(), Some(AuditFilter::All)).judged();
    let mut view = vec![0.0; run.view_length(events)];
    let mut verdicts = Vec::new();
    loop {
        match run.step(&mut view, &verdicts, events).unwrap() {
            Stop::Done => break,
            Stop::Proposed => {
                verdicts = run
                    .proposals()
                    .iter()
                    .filter_map(|order| Some(refusal(&order.key.cid.0, reason(order, &run)?)))
                    .flatten()
                    .collect();
            }
            _ => verdicts.clear(),
        }
    }
    let outcome = without_names(run.outcome().unwrap().clone());
    let ticks =
        run.take_ticks(usize::MAX).iter().map(|tick| serde_json::to_value(tick).unwrap()).collect();
    (outcome, ticks)
}

#[test]
fn orders_that_are_judged_outside_are_those_of_the_strategy_inside() {
    for (fast, slow, latency) in [(1, 2, 0), (1, 3, 40), (2, 5, 500)] {
        let mut settings = config(sma(fast, slow, "0.01"), &recording(), 100_000);
        settings.execution[0].latency_ms = latency;
        let expected = without_names(run(&recording(), settings.clone()));
        assert!(expected.stats.fills > 3);
        for events in [1, 7, 1000] {
            assert_eq!(judged(&settings, events, |_, _| None).0, expected);
        }
    }
}

#[test]
fn refusals_from_outside_equal_limits_inside() {
    for latency in [0, 40] {
        // A short wallet has some orders rejected as well.
        let mut settings = config(sma(1, 2, "0.01"), &recording(), 5000);
        settings.execution[0].latency_ms = latency;
        let limit = decimal("100");
        let risk = RiskConfig::Limits(RiskLimits {
            max_notional_per_order: Some(limit),
            ..RiskLimits::default()
        });
        let data = Arc::new(recording());
        let limited = Backtest::new(&data, settings.clone()).unwrap().with_risk(risk).unwrap();
        let expected =
            without_names(limited.run(&data, &tendon_engine::Control::default()).unwrap());
        assert!(expected.stats.refused > 3 && expected.stats.fills > 1, "{:?}", expected.stats);
        for events in [1, 1000] {
            let (outcome, ticks) = judged(&settings, events, |order, _| {
                (order.state.price * order.state.quantity > limit).then_some("too much")
            });
            assert_eq!(outcome, expected);
            let refused = ticks.iter().filter(|tick| tick.to_string().contains("too much"));
            assert!(refused.count() > 3);
        }
    }
}

#[test]
fn a_judged_run_can_be_left_and_is_not_advanced_without_its_judge() {
    let settings = config(sma(1, 2, "0.01"), &recording(), 100_000);
    let mut run = open(recording(), settings.clone(), None).judged();
    assert_eq!(run.advance(1).unwrap_err().code(), "engine_unsupported");
    let mut run = open(recording(), settings, None).judged();
    let mut view = vec![0.0; run.view_length(1000)];
    while run.step(&mut view, &[], 1000).unwrap() != Stop::Proposed {}
    let proposals = run.proposals().len();
    assert!(proposals > 0);
    assert_eq!(run.outcome().unwrap().stats.orders, 0);
}
