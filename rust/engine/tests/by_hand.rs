//! A run small enough to work out on paper. Quantity 2, fee 1 %, no latency, cash 1000, means over
//! 1 and 2 trades; an answer arrives with the next trade.
//!
//! | second | price | signal | sent | delivered | equity after the event |
//! | --- | --- | --- | --- | --- | --- |
//! | 0 | 100 | none yet | | | 1000 |
//! | 1 | 110 | 110 > 105 | buy 2 @ 110, fee 2.2 | | 1000 |
//! | 2 | 120 | 120 > 115 | | long 2 @ 110 | 1000 − 2.2 + 2 · 10 = 1017.8 |
//! | 3 | 90 | 90 < 105 | sell 2 @ 90, fee 1.8 | | 1000 − 2.2 − 2 · 20 = 957.8 |
//! | 4 | 80 | 80 < 85 | | closed: −40 − 2.2 − 1.8 = −44 | 956 |
//! | 5 | 100 | 100 > 90 | buy 2 @ 100, fee 2 | | 956 |
//! | 6 | 101 | 101 > 100.5 | | long 2 @ 100 | 956 − 2 + 2 · 1 = 956 |
//! | 7 | 105 | 105 > 103 | | | 956 − 2 + 2 · 5 = 964 |
#![allow(clippy::unwrap_used)]

mod common;

use common::{config, decimal, run, sma, trades};
use tendon_engine::Outcome;

fn outcome() -> Outcome {
    let data = trades(&[
        (0, "100"),
        (1, "110"),
        (2, "120"),
        (3, "90"),
        (4, "80"),
        (5, "100"),
        (6, "101"),
        (7, "105"),
    ]);
    let mut config = config(sma(1, 2, "2"), &data, 1000);
    config.execution[0].fee_rate = decimal("0.01");
    run(&data, config)
}

#[test]
fn fills_are_at_the_orders_own_price() {
    let fills: Vec<_> = outcome()
        .fills
        .iter()
        .map(|fill| {
            format!("{:?} {} {} {}", fill.side, fill.price, fill.quantity, fill.fees.normalize())
        })
        .collect();
    assert_eq!(fills, ["Buy 110 2 2.2", "Sell 90 2 1.8", "Buy 100 2 2"]);
}

#[test]
fn equity_follows_the_sheet() {
    let equity = outcome().equity;
    let values: Vec<f64> = equity.value.iter().map(|value| (value * 1e6).round() / 1e6).collect();
    // The opening point, one per event, and the closing point.
    assert_eq!(values, [1000.0, 1000.0, 1000.0, 1017.8, 957.8, 956.0, 956.0, 956.0, 964.0, 964.0]);
    assert_eq!(equity.initial, decimal("1000"));
    assert_eq!(equity.last, decimal("964"));
    assert!((equity.max_drawdown - (1017.8 - 956.0) / 1017.8).abs() < 1e-12);
}

#[test]
fn the_closed_position_and_the_open_one() {
    let outcome = outcome();
    let [trip] = outcome.round_trips.as_slice() else { panic!("{:?}", outcome.round_trips) };
    assert_eq!(trip.pnl, decimal("-44"));
    assert_eq!(trip.pnl_return, decimal("-0.2"));
    assert_eq!((trip.entry_price, trip.exit_price), (decimal("110"), decimal("90")));
    assert_eq!((trip.fees_enter, trip.fees_exit), (decimal("2.2"), decimal("1.8")));
    let [open] = outcome.open_positions.as_slice() else { panic!("{:?}", outcome.open_positions) };
    assert_eq!(open.pnl_realised, decimal("-2"));
    assert_eq!(open.pnl_unrealised, decimal("10"));
}

#[test]
fn the_mock_exchange_credits_nothing_for_a_sale() {
    let summary = outcome().summary;
    let (name, usdt) = summary.assets.last().unwrap();
    assert_eq!(name, "binance_spot:usdt");
    // 1000 − 220 · 1.01 − 2 · 1.01 − 200 · 1.01: the sale costs its quantity plus fee, in usdt.
    assert_eq!(usdt.balance_end.unwrap().0, decimal("573.78"));
    let (_, btc) = summary.assets.first().unwrap();
    assert_eq!(btc.balance_end.unwrap().0, decimal("0"));
}
