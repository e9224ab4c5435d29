//! One test per property of barter that the replay relies on or documents.
#![allow(clippy::unwrap_used)]

mod common;

use common::{config, decimal, instrument, instruments, recording, run, sma, trades};
use tendon_engine::{
    Backtest, Control, InstrumentConfig, Instruments, MarketData, StrategyConfig, time,
};

#[test]
fn indices_follow_the_sorted_order_not_the_configuration() {
    let table = instruments(&["sol", "btc", "eth"]);
    let names: Vec<&str> = table.rows().iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["binancespot-btc_usdt", "binancespot-eth_usdt", "binancespot-sol_usdt"]);
    assert_eq!(table.digest(), instruments(&["btc", "eth", "sol"]).digest());
}

#[test]
fn instruments_that_would_collapse_into_one_name_are_refused() {
    let mut twin = instrument("btc");
    twin.name_exchange = "XBTUSDT".into();
    let error = Instruments::new(&[instrument("btc"), twin]).unwrap_err();
    assert_eq!(error.code(), "config_duplicate_instrument");
    let same_market = InstrumentConfig { base: "xbt".into(), ..instrument("btc") };
    let error = Instruments::new(&[instrument("btc"), same_market]).unwrap_err();
    assert_eq!(error.code(), "config_duplicate_instrument");
}

#[test]
fn a_fill_carries_half_the_latency_and_arrives_after_all_of_it() {
    let data = trades(&[(0, "100"), (1, "110"), (2, "111"), (3, "112")]);
    let mut config = config(sma(1, 2, "1"), &data, 1000);
    config.execution[0].latency_ms = 999;
    let outcome = run(&data, config);
    // Sent at 12:00:01, executed 999 / 2 = 499 ms later, delivered with the trade of 12:00:02.
    assert_eq!(time::format(outcome.fills[0].time), "2025-01-01T12:00:01.499Z");
    assert_eq!(outcome.equity.value[3], 1000.0 + 1.0);
}

#[test]
fn an_answer_waits_for_an_item_that_is_late_enough() {
    let data = trades(&[(0, "100"), (10, "110"), (10, "120"), (11, "130")]);
    let mut config = config(sma(1, 2, "1"), &data, 1000);
    config.execution[0].latency_ms = 500;
    let outcome = run(&data, config);
    assert_eq!(outcome.stats.orders, 1, "the order in flight keeps the strategy quiet");
    // The second trade of second 10 comes too early; second 11 delivers: long 1 @ 110, mark 130.
    assert_eq!(outcome.equity.value[3..5], [1000.0, 1020.0]);
}

#[test]
fn a_rejected_order_is_counted_with_its_reason_and_repeated() {
    let data = trades(&[(0, "100"), (1, "110"), (2, "120"), (3, "130")]);
    let outcome = run(&data, config(sma(1, 2, "1"), &data, 50));
    assert_eq!(outcome.stats.fills, 0);
    // Sent at 1, again when the rejection arrives at 2 and 3; the last rejection comes after trading
    // was disabled.
    assert_eq!((outcome.stats.orders, outcome.stats.rejected), (3, 3));
    let reason = outcome.stats.first_rejection.unwrap();
    assert!(reason.contains("Available Balance: 50"), "{reason}");
    assert_eq!(outcome.equity.last, decimal("50"));
}

#[test]
fn many_orders_for_one_event_are_a_storm() {
    let data = recording();
    let quantity = decimal("1");
    let mut config = config(StrategyConfig::BuyAndHold { quantity }, &data, 1);
    config.max_orders_per_event = 2;
    let backtest = Backtest::new(&data, config.clone()).unwrap();
    let error = backtest.run(&data, &Control::default()).unwrap_err();
    assert_eq!(error.code(), "engine_order_storm");
    config.max_orders_per_event = 3;
    assert!(run(&data, config).stats.rejected > 1000);
}

#[test]
fn buy_and_hold_buys_each_instrument_once() {
    let data = recording();
    let quantity = decimal("0.5");
    let outcome = run(&data, config(StrategyConfig::BuyAndHold { quantity }, &data, 1_000_000));
    let mut bought: Vec<usize> = outcome.fills.iter().map(|fill| fill.instrument).collect();
    bought.sort_unstable();
    assert_eq!(bought, [0, 1, 2]);
    assert_eq!(outcome.open_positions.len(), 3);
    assert!(outcome.round_trips.is_empty());
}

#[test]
fn noop_and_disabled_trading_send_nothing() {
    let data = recording();
    assert_eq!(run(&data, config(StrategyConfig::Noop, &data, 1000)).stats.orders, 0);
    let mut disabled = config(sma(1, 2, "1"), &data, 1_000_000);
    disabled.trading_enabled = false;
    let outcome = run(&data, disabled);
    assert_eq!(outcome.stats.orders, 0);
    assert_eq!(outcome.equity.last, decimal("1000000"));
}

#[test]
fn win_rate_is_the_losing_share_and_profit_factor_divides_returns() {
    // Round trips of 1 unit: 100 → 110, 100 → 110, 100 → 90.
    let data = trades(&[
        (0, "99"),
        (1, "100"),
        (2, "120"),
        (3, "110"),
        (4, "99"),
        (5, "100"),
        (6, "120"),
        (7, "110"),
        (8, "99"),
        (9, "100"),
        (10, "120"),
        (11, "90"),
        (12, "80"),
    ]);
    let outcome = run(&data, config(sma(1, 2, "1"), &data, 10_000));
    let results: Vec<_> = outcome.round_trips.iter().map(|trip| trip.pnl.to_string()).collect();
    assert_eq!(results, ["10", "10", "-10"]);
    let (_, sheet) = &outcome.summary.instruments[0];
    assert_eq!(sheet.win_rate.unwrap().round_dp(3), decimal("0.333"));
    // |0.1 + 0.1 − 0.1| / |−0.1|, not gross profit 20 over gross loss 10.
    assert_eq!(sheet.profit_factor, Some(decimal("1")));
    let derived = &sheet.derived;
    assert_eq!((derived.trades, derived.wins, derived.losses), (3, 2, 1));
    assert_eq!(derived.win_share.unwrap().round_dp(3), decimal("0.667"));
    assert_eq!((derived.gross_profit, derived.gross_loss), (decimal("20"), decimal("10")));
    assert!(!sheet.sharpe_ratio.degenerate);
    assert!(sheet.sortino_ratio.degenerate, "one loss has no dispersion");
}

#[test]
fn a_single_loss_shows_positive_stand_ins_that_are_marked() {
    let data = trades(&[(0, "100"), (1, "110"), (2, "120"), (3, "90"), (4, "80")]);
    let outcome = run(&data, config(sma(1, 2, "1"), &data, 1000));
    let (_, sheet) = &outcome.summary.instruments[0];
    assert_eq!(sheet.pnl, decimal("-20"));
    for ratio in [&sheet.sharpe_ratio, &sheet.sortino_ratio, &sheet.calmar_ratio] {
        assert!(ratio.degenerate);
        assert_eq!(ratio.value, rust_decimal::Decimal::MAX, "scaling turned the sign");
        assert_eq!(ratio.interval, "Daily");
    }
    assert_eq!(sheet.pnl_drawdown_max, None, "a drawdown needs a positive peak");
}

#[test]
fn unsorted_data_keeps_the_clock_at_its_maximum() {
    let data = trades(&[(0, "100"), (30, "110"), (5, "120"), (6, "130")]);
    assert_eq!(data.stats().out_of_order, 1);
    let outcome = run(&data, config(sma(1, 2, "1"), &data, 1000));
    assert!(outcome.equity.time.is_sorted());
    assert_eq!(time::format(outcome.fills[0].time), "2025-01-01T12:00:30Z");
    // Stale trades do not set the price, but they enter the averages: 110 stays the mark.
    assert_eq!(outcome.open_positions[0].mark_price, Some(decimal("110")));
}

#[test]
fn reconnects_are_replayed_and_do_not_move_the_clock() {
    let bytes = std::fs::read(common::fixture("market_data_disconnects.json")).unwrap();
    let data = MarketData::parse(instruments(&["btc", "eth", "sol"]), &bytes).unwrap();
    let stats = data.stats();
    assert_eq!((stats.events, stats.items, stats.reconnecting), (24, 21, 3));
    let outcome = run(&data, config(sma(1, 2, "0.001"), &data, 100_000));
    assert_eq!(outcome.stats.events, 24);
    assert_eq!(outcome.summary.time_end, stats.last);
}
