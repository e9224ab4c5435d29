//! Replays a market data file for btc, eth and sol against usdt, natively: `replay <file> [runs]`.

use std::{sync::Arc, time::Instant};

use rust_decimal::Decimal;
use tendon_engine::{
    Backtest, BacktestConfig, Control, EquityConfig, ExecutionConfig, InstrumentConfig,
    Instruments, KindConfig, MarketData, StrategyConfig, SummaryInterval,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: replay <file> [runs]")?;
    let runs: usize = args.next().map_or(Ok(10), |runs| runs.parse())?;
    let configs = ["btc", "eth", "sol"].map(|base| InstrumentConfig {
        exchange: "binance_spot".into(),
        name_exchange: format!("{}USDT", base.to_uppercase()),
        base: base.into(),
        quote: "usdt".into(),
        kind: KindConfig::Spot,
    });
    let bytes = std::fs::read(path)?;
    let started = Instant::now();
    let data = MarketData::parse(Arc::new(Instruments::new(&configs)?), &bytes)?;
    println!("{:?} in {:?}", data.stats(), started.elapsed());
    let strategies = [
        StrategyConfig::Noop,
        StrategyConfig::BuyAndHold { quantity: Decimal::new(1, 2) },
        StrategyConfig::SmaCross { fast: 20, slow: 100, quantity: Decimal::new(1, 2) },
        StrategyConfig::SmaCross { fast: 5, slow: 20, quantity: Decimal::new(1, 2) },
    ];
    for strategy in strategies {
        let backtest = Backtest::new(
            &data,
            BacktestConfig {
                id: "replay".into(),
                strategy: strategy.clone(),
                execution: vec![ExecutionConfig {
                    exchange: "binance_spot".into(),
                    fee_rate: Decimal::new(1, 4),
                    latency_ms: 100,
                    balances: [("usdt", 1_000_000), ("btc", 0), ("eth", 0), ("sol", 0)]
                        .map(|(asset, total)| (asset.to_owned(), Decimal::from(total)))
                        .into(),
                }],
                risk_free_return: Decimal::ZERO,
                interval: SummaryInterval::Daily,
                trading_enabled: true,
                equity: EquityConfig { every_ms: 0, max_points: 2000, quote: None },
                max_orders_per_event: 1000,
            },
        )?;
        let mut best = f64::MAX;
        let mut last = None;
        for _ in 0..runs {
            let outcome = backtest.run(&data, &Control::default())?;
            best = best.min(outcome.stats.duration_ms);
            last = Some(outcome);
        }
        let Some(outcome) = last else { continue };
        println!(
            "{strategy:?}: best {best:.2} ms, {:.2} M events/s; {:?}; equity {} -> {}, drawdown {:.6}, {} round trips",
            outcome.stats.events as f64 / best / 1e3,
            outcome.stats,
            outcome.equity.initial,
            outcome.equity.last,
            outcome.equity.max_drawdown,
            outcome.round_trips.len(),
        );
    }
    Ok(())
}
