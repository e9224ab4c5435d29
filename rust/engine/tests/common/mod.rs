//! Shared set-up of the integration tests.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part")]

use std::{path::PathBuf, sync::Arc};

use rust_decimal::Decimal;
use tendon_engine::{
    Backtest, BacktestConfig, Control, EngineError, EquityConfig, ExecutionConfig,
    InstrumentConfig, Instruments, KindConfig, MarketData, Outcome, StrategyConfig,
    SummaryInterval,
};

pub fn instrument(base: &str) -> InstrumentConfig {
    InstrumentConfig {
        exchange: "binance_spot".into(),
        name_exchange: format!("{}USDT", base.to_uppercase()),
        base: base.into(),
        quote: "usdt".into(),
        kind: KindConfig::Spot,
    }
}

pub fn instruments(bases: &[&str]) -> Arc<Instruments> {
    let configs: Vec<_> = bases.iter().map(|base| instrument(base)).collect();
    Arc::new(Instruments::new(&configs).unwrap())
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/engine").join(name)
}

/// The committed first lines of barter's recording: btc, eth, sol against usdt.
pub fn recording() -> MarketData {
    let bytes = std::fs::read(fixture("market_data_600.jsonl")).unwrap();
    MarketData::parse(instruments(&["btc", "eth", "sol"]), &bytes).unwrap()
}

/// One public trade of instrument 0, `seconds` after noon.
pub fn trade(seconds: u32, price: &str) -> String {
    let (minute, second) = (seconds / 60, seconds % 60);
    format!(
        r#"{{"Item":{{"time_exchange":"2025-01-01T12:{minute:02}:{second:02}Z","exchange":"binance_spot","instrument":0,"kind":{{"Trade":{{"id":"t","price":{price},"amount":1,"side":"Buy"}}}}}}}}"#
    )
}

pub fn trades(points: &[(u32, &str)]) -> MarketData {
    let lines: Vec<String> = points.iter().map(|(at, price)| trade(*at, price)).collect();
    MarketData::parse(instruments(&["btc"]), lines.join("\n").as_bytes()).unwrap()
}

pub fn config(strategy: StrategyConfig, data: &MarketData, cash: i64) -> BacktestConfig {
    let balances = data
        .instruments()
        .assets()
        .map(|(_, asset)| (asset.to_owned(), Decimal::from(if asset == "usdt" { cash } else { 0 })))
        .collect();
    BacktestConfig {
        id: "test".into(),
        strategy,
        execution: vec![ExecutionConfig {
            exchange: "binance_spot".into(),
            fee_rate: Decimal::ZERO,
            latency_ms: 0,
            balances,
        }],
        risk_free_return: Decimal::ZERO,
        interval: SummaryInterval::Daily,
        trading_enabled: true,
        equity: EquityConfig { every_ms: 0, max_points: 100_000, quote: None },
        max_orders_per_event: 1000,
    }
}

pub fn run(data: &MarketData, config: BacktestConfig) -> Outcome {
    Backtest::new(data, config).unwrap().run(data, &Control::default()).unwrap()
}

pub fn refused(data: &MarketData, change: impl FnOnce(&mut BacktestConfig)) -> EngineError {
    let mut config = config(sma(1, 2, "1"), data, 1000);
    change(&mut config);
    Backtest::new(data, config).unwrap_err()
}

pub fn sma(fast: usize, slow: usize, quantity: &str) -> StrategyConfig {
    StrategyConfig::SmaCross { fast, slow, quantity: decimal(quantity) }
}
