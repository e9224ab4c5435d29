//! Laws that hold for any run: equal runs, equity from fills alone, cancelling, thinning.
#![allow(clippy::unwrap_used)]

mod common;

use barter_instrument::Side;
use common::{config, decimal, instruments, recording, run, sma, trade};
use proptest::prelude::*;
use rust_decimal::Decimal;
use tendon_engine::{Backtest, Control, MarketData, Outcome, StrategyConfig};

/// Cash plus holdings at the mark: another way to the same number, without positions.
fn equity_from_fills(outcome: &Outcome) -> Decimal {
    let mut cash = outcome.equity.initial;
    let mut held = std::collections::BTreeMap::<usize, Decimal>::new();
    for fill in &outcome.fills {
        let value = fill.price * fill.quantity;
        let (value, quantity) = match fill.side {
            Side::Buy => (-value, fill.quantity),
            Side::Sell => (value, -fill.quantity),
        };
        cash += value - fill.fees;
        *held.entry(fill.instrument).or_default() += quantity;
    }
    let marks = outcome.open_positions.iter().map(|open| {
        assert_eq!(held[&open.instrument], open.quantity);
        open.quantity * open.mark_price.unwrap()
    });
    cash + marks.sum::<Decimal>()
}

fn without_clock(mut outcome: Outcome) -> Outcome {
    outcome.stats.duration_ms = 0.0;
    outcome
}

#[test]
fn two_runs_are_equal_in_every_digit() {
    let data = recording();
    let mut config = config(sma(1, 2, "0.01"), &data, 100_000);
    config.execution[0].latency_ms = 40;
    config.execution[0].fee_rate = decimal("0.001");
    let first = without_clock(run(&data, config.clone()));
    let second = without_clock(run(&data, config));
    assert!(first.fills.len() > 10, "{}", first.fills.len());
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    assert_eq!(first, second);
}

#[test]
fn equity_is_cash_plus_holdings_at_the_mark() {
    let data = recording();
    for (fast, slow, fee, latency) in [(1, 2, "0", 0), (2, 5, "0.001", 40), (3, 9, "0.01", 200)] {
        let mut config = config(sma(fast, slow, "0.01"), &data, 100_000);
        config.execution[0].latency_ms = latency;
        config.execution[0].fee_rate = decimal(fee);
        let outcome = run(&data, config);
        let difference = (equity_from_fills(&outcome) - outcome.equity.last).abs();
        assert!(difference < decimal("0.000000000001"), "{difference}");
        let last = *outcome.equity.value.last().unwrap();
        assert!((last - outcome.equity.last.to_string().parse::<f64>().unwrap()).abs() < 1e-6);
    }
}

#[test]
fn a_cancelled_run_stops_and_says_where() {
    let data = recording();
    let control = Control::default();
    control.cancel();
    let config = config(StrategyConfig::Noop, &data, 1);
    let error = Backtest::new(&data, config).unwrap().run(&data, &control).unwrap_err();
    assert_eq!(error.code(), "cancelled");
    assert_eq!(control.events(), 0);
}

#[test]
fn progress_ends_at_the_number_of_events() {
    let data = recording();
    let control = Control::default();
    let config = config(StrategyConfig::Noop, &data, 1);
    Backtest::new(&data, config).unwrap().run(&data, &control).unwrap();
    assert_eq!(control.events(), 600);
}

#[test]
fn thinning_the_curve_changes_nothing_else() {
    let data = recording();
    let mut config = config(sma(2, 5, "0.01"), &data, 100_000);
    let full = run(&data, config.clone());
    config.equity.max_points = 20;
    let thin = run(&data, config);
    assert_eq!(full.equity.value.len(), 602);
    assert!(thin.equity.value.len() <= 20);
    assert_eq!(thin.equity.max_drawdown, full.equity.max_drawdown);
    assert_eq!(thin.equity.last, full.equity.last);
    assert_eq!(thin.fills, full.fills);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_legal_walk_keeps_the_identity(
        steps in proptest::collection::vec((0u32..600, 1u64..100_000), 2..60),
        fast in 1usize..4,
        extra in 1usize..6,
        fee in 0u32..500,
        latency in 0u64..1000,
        cash in 0i64..100_000,
    ) {
        let lines: Vec<String> = steps
            .iter()
            .map(|(at, cents)| trade(*at, &format!("{}.{:02}", cents / 100 + 1, cents % 100)))
            .collect();
        let data = MarketData::parse(instruments(&["btc"]), lines.join("\n").as_bytes()).unwrap();
        let mut config = config(sma(fast, fast + extra, "1.5"), &data, cash);
        config.execution[0].fee_rate = Decimal::new(i64::from(fee), 4);
        config.execution[0].latency_ms = latency;
        let outcome = run(&data, config);
        prop_assert_eq!(outcome.stats.orders, outcome.stats.fills + outcome.stats.rejected);
        prop_assert_eq!(outcome.fills.len() as u64, outcome.stats.fills);
        let difference = (equity_from_fills(&outcome) - outcome.equity.last).abs();
        prop_assert!(difference < Decimal::new(1, 12), "{}", difference);
        prop_assert!(outcome.equity.time.is_sorted());
    }
}
