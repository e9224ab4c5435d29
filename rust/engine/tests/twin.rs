//! The baseline of the bench does the same work: same figures on the same data.
#![cfg(feature = "diagnostics")]
#![allow(clippy::unwrap_used)]

mod common;

use common::{config, decimal, recording, run, sma};

#[test]
fn the_baseline_finds_what_the_replay_finds() {
    let data = recording();
    let mut config = config(sma(1, 2, "0.01"), &data, 100_000);
    config.execution[0].latency_ms = 20;
    config.execution[0].fee_rate = decimal("0.001");
    let twin = tendon_engine::native_replay(&data, &config).unwrap();
    let outcome = run(&data, config);
    let pnl = outcome.summary.instruments.iter().map(|(_, sheet)| sheet.pnl).sum();
    assert_eq!(twin.pnl, pnl);
    assert_eq!(twin.fills, outcome.fills.len());
    assert_eq!(twin.points + 2, outcome.equity.value.len());
    let before_last = outcome.equity.value[outcome.equity.value.len() - 2];
    assert!((twin.equity - before_last).abs() < 1e-6);
}
