//! What a backtest refuses before any engine call.
#![allow(clippy::unwrap_used)]

mod common;

use common::{config, decimal, instrument, recording, refused, run, sma, trades};
use tendon_engine::{
    Contract, EngineError, Exercise, InstrumentConfig, Instruments, KindConfig, StrategyConfig,
    SummaryInterval, time,
};

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

fn perpetual(size: &str, settlement_asset: &str) -> KindConfig {
    KindConfig::Perpetual(Contract {
        size: decimal(size),
        settlement_asset: settlement_asset.into(),
    })
}

#[test]
fn derivatives_have_rows_of_their_own_beside_the_spot_pair() {
    let derivative = |name: &str, kind| InstrumentConfig {
        name_exchange: name.into(),
        kind,
        ..instrument("btc")
    };
    let contract = Contract { size: decimal("0.01"), settlement_asset: "usdt".into() };
    let expiry = time::parse("2025-06-27T08:00:00Z").unwrap();
    let kinds = [
        derivative("BTCPERP", perpetual("1", "usdt")),
        derivative("BTC250627", KindConfig::Future { contract: contract.clone(), expiry }),
        derivative(
            "BTC-250627-60000-C",
            KindConfig::Option {
                contract,
                expiry,
                strike: decimal("60000"),
                is_call: true,
                exercise: Exercise::European,
            },
        ),
        instrument("btc"),
    ];
    let table = Instruments::new(&kinds).unwrap();
    let mut rows: Vec<_> =
        table.rows().iter().map(|row| (row.kind.name(), row.name.as_str())).collect();
    rows.sort_unstable();
    assert_eq!(
        rows,
        [
            ("future", "binance_spot-btc250627"),
            ("option", "binance_spot-btc-250627-60000-c"),
            ("perpetual", "binance_spot-btcperp"),
            ("spot", "binancespot-btc_usdt"),
        ]
    );
    assert_ne!(table.digest(), Instruments::new(&kinds[1..]).unwrap().digest());
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
        change(|c| c.kind = perpetual("0", "usdt")),
        ("config_contract", "instruments[1].kind.contractSize".into())
    );
    assert_eq!(
        change(|c| c.kind = perpetual("1", "USDT")),
        ("config_name", "instruments[1].kind.settlementAsset".into())
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
