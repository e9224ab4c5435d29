//! Several exchanges in one run: routing, latencies and the asset of the equity curve.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{decimal, refused, run};
use tendon_engine::{
    BacktestConfig, EquityConfig, ExecutionConfig, InstrumentConfig, Instruments, KindConfig,
    MarketData, StrategyConfig, SummaryInterval, time,
};

fn instrument(exchange: &str, base: &str, quote: &str) -> InstrumentConfig {
    InstrumentConfig {
        exchange: exchange.into(),
        name_exchange: format!("{base}-{quote}"),
        base: base.into(),
        quote: quote.into(),
        kind: KindConfig::Spot,
    }
}

fn trade(exchange: &str, name: &str, second: u32, price: &str) -> String {
    format!(
        r#"{{"time_exchange":"2025-01-01T12:00:{second:02}Z","exchange":"{exchange}","instrument":"{name}","kind":{{"Trade":{{"id":"1","price":{price},"amount":1,"side":"Buy"}}}}}}"#
    )
}

fn execution(exchange: &str, latency_ms: u64, balances: &[(&str, &str)]) -> ExecutionConfig {
    ExecutionConfig {
        exchange: exchange.into(),
        fee_rate: decimal("0"),
        latency_ms,
        balances: balances.iter().map(|(asset, total)| ((*asset).into(), decimal(total))).collect(),
    }
}

fn data() -> MarketData {
    let table = Instruments::new(&[
        instrument("kraken", "btc", "eur"),
        instrument("binance_spot", "btc", "usdt"),
    ]);
    let lines = [
        trade("kraken", "btc-eur", 0, "90"),
        trade("binance_spot", "btc-usdt", 1, "100"),
        trade("kraken", "btc-eur", 2, "95"),
        trade("binance_spot", "btc-usdt", 3, "110"),
    ];
    MarketData::parse(Arc::new(table.unwrap()), lines.join("\n").as_bytes()).unwrap()
}

fn config(quote: Option<&str>) -> BacktestConfig {
    BacktestConfig {
        id: "two".into(),
        strategy: StrategyConfig::BuyAndHold { quantity: decimal("2") },
        // Not in index order, on purpose.
        execution: vec![
            execution("kraken", 900, &[("btc", "0"), ("eur", "500")]),
            execution("binance_spot", 100, &[("btc", "0"), ("usdt", "1000")]),
        ],
        risk_free_return: decimal("0"),
        interval: SummaryInterval::Daily,
        trading_enabled: true,
        equity: EquityConfig { every_ms: 0, max_points: 100, quote: quote.map(str::to_owned) },
        max_orders_per_event: 10,
    }
}

#[test]
fn orders_go_to_their_own_exchange_with_its_latency() {
    let data = data();
    let outcome = run(&data, config(Some("usdt")));
    let fills: Vec<String> = outcome
        .fills
        .iter()
        .map(|fill| format!("{} {} {}", fill.instrument, fill.price, time::format(fill.time)))
        .collect();
    // Instrument 0 is on Binance: exchanges are indexed in the order of their ids. Kraken's opening
    // report put the clock at 450 ms, and its order is executed 450 ms after that; Binance's at one
    // second and 50 ms. Both count their orders from 0.
    assert_eq!(fills, ["1 90 2025-01-01T12:00:00.900Z", "0 100 2025-01-01T12:00:01.050Z"]);
    assert!(outcome.fills.iter().all(|fill| fill.order_id == "0"));
}

#[test]
fn the_curve_counts_the_instruments_of_its_quote_asset() {
    let data = data();
    let usdt = run(&data, config(Some("usdt"))).equity;
    assert_eq!((usdt.initial, usdt.last), (decimal("1000"), decimal("1020")));
    let eur = run(&data, config(Some("eur"))).equity;
    assert_eq!((eur.initial, eur.last), (decimal("500"), decimal("510")));
}

#[test]
fn two_quote_assets_need_a_choice() {
    let error = refused(&data(), |change| *change = config(None));
    assert_eq!(error.code(), "config_equity_quote");
    let error = refused(&data(), |change| {
        *change = config(Some("usdt"));
        change.execution.pop();
    });
    assert_eq!(error.code(), "config_missing_execution");
}
