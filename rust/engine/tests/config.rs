//! What a backtest refuses before any engine call.
#![allow(clippy::unwrap_used)]

mod common;

use common::{config, decimal, instrument, recording, refused, run, sma, trades};
use tendon_engine::{EngineError, InstrumentConfig, Instruments, StrategyConfig, SummaryInterval};

fn field(error: EngineError) -> (&'static str, String) {
    match error {
        EngineError::Config { code, field, .. } => (code, field),
        other => panic!("{other:?}"),
    }
}

#[test]
fn configurations_that_cannot_run_name_their_field() {
    let data = trades(&[(0, "100"), (1, "110")]);
    type Change = fn(&mut tendon_engine::BacktestConfig);
    let cases: [(Change, &str, &str); 20] = [
        (|c| c.id = String::new(), "config_id", "id"),
        (|c| c.id = "x".repeat(129), "config_id", "id"),
        (|c| c.strategy = sma(0, 2, "1"), "config_strategy", "strategy"),
        (|c| c.strategy = sma(2, 2, "1"), "config_strategy", "strategy"),
        (|c| c.strategy = sma(2, 1_000_001, "1"), "config_strategy", "strategy"),
        (|c| c.strategy = sma(1, 2, "0"), "config_strategy", "strategy.quantity"),
        (|c| c.strategy = sma(1, 2, "-1"), "config_strategy", "strategy.quantity"),
        (
            |c| c.strategy = sma(1, 2, "1000000000000000000000"),
            "config_strategy",
            "strategy.quantity",
        ),
        (|c| c.strategy = sma(1, 2, "0.0000000000000001"), "config_strategy", "strategy.quantity"),
        (|c| c.risk_free_return = decimal("1001"), "config_risk_free_return", "riskFreeReturn"),
        (
            |c| c.interval = SummaryInterval::Millis(999),
            "config_summary_interval",
            "summaryInterval",
        ),
        (|c| c.max_orders_per_event = 0, "config_max_orders_per_event", "maxOrdersPerEvent"),
        (|c| c.execution.clear(), "config_missing_execution", "execution"),
        (|c| c.execution[0].exchange = "kraken".into(), "config_exchange", "execution[0].exchange"),
        (
            |c| c.execution.push(c.execution[0].clone()),
            "config_duplicate_exchange",
            "execution[1].exchange",
        ),
        (|c| c.execution[0].fee_rate = decimal("1"), "config_fee_rate", "execution[0].feeRate"),
        (|c| c.execution[0].latency_ms = 1000, "config_latency", "execution[0].latencyMs"),
        (
            |c| c.execution[0].balances.retain(|asset, _| asset != "btc"),
            "config_balance",
            "execution[0].balances.btc",
        ),
        (
            |c| c.execution[0].balances.extend([("doge".to_owned(), decimal("1"))]),
            "config_balance",
            "execution[0].balances.doge",
        ),
        (|c| c.equity.quote = Some("eur".into()), "config_equity_quote", "equity.quote"),
    ];
    for (change, code, at) in cases {
        assert_eq!(field(refused(&data, change)), (code, at.to_owned()));
    }
    let negative =
        refused(&data, |c| c.execution[0].balances.extend([("usdt".to_owned(), decimal("-1"))]));
    assert_eq!(field(negative), ("config_balance", "execution[0].balances.usdt".into()));
}

#[test]
fn instruments_that_cannot_run_name_their_field() {
    let change = |change: fn(&mut InstrumentConfig)| {
        let mut config = instrument("btc");
        change(&mut config);
        field(Instruments::new(&[instrument("eth"), config]).unwrap_err())
    };
    assert_eq!(field(Instruments::new(&[]).unwrap_err()).0, "config_instruments");
    assert_eq!(
        change(|c| c.exchange = "BinanceSpot".into()),
        ("config_exchange", "instruments[1].exchange".into())
    );
    assert_eq!(
        change(|c| c.kind = "perpetual".into()),
        ("config_spot_only", "instruments[1].kind".into())
    );
    assert_eq!(
        change(|c| c.base = "BTC".into()),
        ("config_name", "instruments[1].underlying.base".into())
    );
    assert_eq!(
        change(|c| c.quote = "btc".into()),
        ("config_name", "instruments[1].underlying".into())
    );
    assert_eq!(
        change(|c| c.name_exchange = " ".into()),
        ("config_name", "instruments[1].nameExchange".into())
    );
}

#[test]
fn a_strategy_that_never_trades_needs_no_execution() {
    let data = recording();
    let mut config = config(StrategyConfig::Noop, &data, 0);
    config.execution.clear();
    let outcome = run(&data, config);
    assert_eq!(outcome.equity.initial, decimal("0"));
    assert_eq!(outcome.stats.events, 600);
}

#[test]
fn data_of_another_table_is_refused() {
    let ours = trades(&[(0, "100"), (1, "110")]);
    let backtest =
        tendon_engine::Backtest::new(&ours, config(StrategyConfig::Noop, &ours, 1)).unwrap();
    let error = backtest.run(&recording(), &tendon_engine::Control::default()).unwrap_err();
    assert_eq!(error.code(), "market_data_table");
}
