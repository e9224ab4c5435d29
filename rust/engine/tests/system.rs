//! Running systems: nothing here depends on how fast the machine is.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{decimal, instruments, recording, trade, trades};
use futures::StreamExt;
use rust_decimal::Decimal;
use tendon_engine::{
    AuditConfig, AuditFilter, AuditOverflow, ClockConfig, EngineError, ExecutionConfig, MarketData,
    Replica, RiskConfig, StrategyConfig, SummaryInterval, System, SystemConfig, SystemEnd,
    SystemFeed,
};

fn config(feed: SystemFeed, strategy: StrategyConfig) -> SystemConfig {
    let instruments = match &feed {
        SystemFeed::Recorded { data, .. } => Arc::clone(data.instruments()),
        _ => instruments(&["btc"]),
    };
    let balances = instruments
        .assets()
        .map(|(_, asset)| {
            (asset.to_owned(), decimal(if asset == "usdt" { "1000000" } else { "0" }))
        })
        .collect();
    SystemConfig {
        instruments,
        strategy,
        risk: RiskConfig::ApproveAll,
        execution: vec![ExecutionConfig {
            exchange: "binance_spot".into(),
            fee_rate: decimal("0.001"),
            latency_ms: 1,
            balances,
        }],
        trading_enabled: true,
        clock: ClockConfig::Live,
        feed,
        audit: None,
    }
}

fn audited(config: SystemConfig, overflow: AuditOverflow, capacity: usize) -> SystemConfig {
    SystemConfig {
        audit: Some(AuditConfig { filter: AuditFilter::All, capacity, overflow }),
        ..config
    }
}

fn one_trade(seconds: u32, price: &str) -> MarketData {
    MarketData::parse(instruments(&["btc"]), trade(seconds, price).as_bytes()).unwrap()
}

fn buy() -> StrategyConfig {
    StrategyConfig::BuyAndHold { quantity: Decimal::ONE }
}

async fn code<T>(outcome: Result<T, EngineError>) -> &'static str {
    outcome.map(drop).unwrap_err().code()
}

#[tokio::test]
async fn a_hand_fed_system_fills_its_orders_before_it_ends() {
    let system = System::start(config(SystemFeed::Hand, buy())).await.unwrap();
    system.send(one_trade(0, "100")).unwrap().await.unwrap();
    // The order is on its way, whatever the machine does: its answer takes a millisecond at least.
    assert_eq!(system.stats().orders, 1);
    assert_eq!(system.shut_down().await.unwrap(), SystemEnd::Shutdown);
    let stats = system.stats();
    assert_eq!((stats.orders, stats.fills, stats.unanswered), (1, 1, 0), "{stats:?}");
    let state = system.state();
    assert_eq!(state.instruments[0].position.as_ref().unwrap().quantity, "1");
    assert_eq!(state.trading_state, "disabled");
    let usdt = state.balances.iter().find(|row| row.asset == "usdt").unwrap();
    assert_eq!(usdt.balance.as_ref().unwrap().total, "999899.9");
    system.summary(Decimal::ZERO, SummaryInterval::Daily).unwrap();
    // What comes later is told why nothing happens.
    assert_eq!(code(system.send(one_trade(1, "100"))).await, "engine_stopped");
    assert_eq!(
        code(system.command(b"{\"TradingStateUpdate\":\"Enabled\"}")).await,
        "engine_stopped"
    );
    assert_eq!(system.shut_down().await.unwrap(), SystemEnd::Shutdown);
}

#[tokio::test]
async fn a_recording_goes_through_without_drowning_the_answers() {
    let data = Arc::new(recording());
    let items = data.events().len() as u64;
    let feed = SystemFeed::Recorded { data, speed: None };
    let config = audited(config(feed, buy()), AuditOverflow::DropOldest, 1 << 20);
    let system = System::start(config).await.unwrap();
    let mut replica =
        Replica::new(&system.snapshot().unwrap(), Arc::clone(system.instruments())).unwrap();
    system.feed_ended().await.unwrap();
    assert_eq!(system.shut_down().await.unwrap(), SystemEnd::Shutdown);
    let stats = system.stats();
    assert_eq!((stats.events, stats.orders, stats.fills), (items, 3, 3), "{stats:?}");

    let (ticks, done) = system.audits().unwrap().take(usize::MAX);
    assert!(done);
    let numbers: Vec<u64> = ticks.iter().map(|tick| tick.context.sequence.value()).collect();
    let expected: Vec<u64> = (1..=ticks.len() as u64).collect();
    assert_eq!(numbers, expected, "the snapshot took 0, and no number is missing");
    replica.update_json(&serde_json::to_vec(&ticks).unwrap()).unwrap();
    assert_eq!(replica.state(), system.state());
}

#[tokio::test]
async fn a_full_ring_drops_the_oldest_and_counts_them_or_holds_the_feed() {
    let points: Vec<(u32, &str)> = (0..600).map(|second| (second, "100")).collect();
    let feed = || SystemFeed::Recorded { data: Arc::new(trades(&points)), speed: None };
    let noop = StrategyConfig::Noop;

    let dropping = audited(config(feed(), noop.clone()), AuditOverflow::DropOldest, 50);
    let system = System::start(dropping).await.unwrap();
    system.feed_ended().await.unwrap();
    system.shut_down().await.unwrap();
    let ring = system.audits().unwrap();
    let (ticks, _) = ring.take(usize::MAX);
    let last = ticks.last().unwrap().context.sequence.value();
    assert_eq!((ticks.len(), ring.dropped()), (50, last - 50));

    let blocking = audited(config(feed(), noop), AuditOverflow::Block, 50);
    let system = System::start(blocking).await.unwrap();
    let ring = system.audits().unwrap();
    let ended = system.feed_ended();
    let reader = async {
        let mut read = 0;
        while read < 600 {
            ring.readable().await;
            let (ticks, _) = ring.take(10);
            read += ticks.len();
            // The window of events that were let in already may come on top.
            assert!(ring.take(0).0.is_empty());
        }
    };
    let (ended, ()) = tokio::join!(ended, reader);
    ended.unwrap();
    assert_eq!(ring.dropped(), 0);
    // A reader that leaves holds nothing up.
    ring.detach();
    system.shut_down().await.unwrap();
}

#[tokio::test]
async fn commands_answer_with_their_ticks_in_the_order_sent() {
    let system = System::start(config(SystemFeed::Hand, StrategyConfig::Noop)).await.unwrap();
    system.send(one_trade(0, "100")).unwrap().await.unwrap();
    let open = |cid: &str| {
        format!(
            r#"{{"Command":{{"SendOpenRequests":{{"One":{{"key":{{"exchange":0,"instrument":0,"strategy":"s","cid":"{cid}"}},
            "state":{{"side":"Buy","price":"100","quantity":"1","kind":"Market","time_in_force":"ImmediateOrCancel"}}}}}}}}}}"#
        )
    };
    let first = system.command(open("a").as_bytes()).unwrap();
    let second = system.command(open("b").as_bytes()).unwrap();
    let third = system.command(br#"{"Command":{"ClosePositions":"None"}}"#).unwrap();
    let (first, second, third) = tokio::join!(first, second, third);
    let [first, second, third] =
        [first, second, third].map(|tick| tick.unwrap().context.sequence.value());
    assert!(first < second && second < third);

    for refused in
        [open("a").replace("\"100\"", "\"0\""), open("a").replace("exchange\":0", "exchange\":7")]
    {
        let error = system.command(refused.as_bytes()).map(drop).unwrap_err();
        assert!(["engine_order", "engine_event"].contains(&error.code()), "{error}");
    }
    let shutdown = system.command(br#"{"Shutdown":null}"#).map(drop).unwrap_err();
    assert_eq!(shutdown.code(), "engine_event");
    system.shut_down().await.unwrap();
    assert_eq!(system.stats().fills, 2);
}

#[tokio::test]
async fn an_abort_tells_everybody_who_waits() {
    let points: Vec<(u32, &str)> = vec![(0, "100"), (3_000, "100")];
    let feed = SystemFeed::Recorded { data: Arc::new(trades(&points)), speed: Some(0.001) };
    let config = audited(config(feed, StrategyConfig::Noop), AuditOverflow::Block, 10);
    let system = System::start(config).await.unwrap();
    let (ended, feed_ended) = (system.ended(), system.feed_ended());
    let ring = system.audits().unwrap();
    system.abort();
    assert_eq!(ended.await.unwrap(), SystemEnd::Aborted);
    assert_eq!(code(feed_ended.await).await, "engine_stopped");
    ring.readable().await;
    let (ticks, done) = ring.take(100);
    assert!(done);
    let last = serde_json::to_string(ticks.last().unwrap()).unwrap();
    assert!(last.contains("Shutdown"), "{last}");
    drop(system);
}

#[tokio::test]
async fn a_task_that_panics_ends_the_system_with_its_words() {
    let feed = SystemFeed::Stream(futures::stream::poll_fn(|_| panic!("no such market")).boxed());
    let system = System::start(config(feed, StrategyConfig::Noop)).await.unwrap();
    let error = system.ended().await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("engine_failed", "no such market"));
    assert_eq!(system.shut_down().await.unwrap_err(), error);
    assert_eq!(
        code(system.command(b"{\"TradingStateUpdate\":\"Enabled\"}")).await,
        "engine_failed"
    );
    assert_eq!(code(system.feed_ended().await).await, "engine_failed");
}

#[tokio::test]
async fn a_fill_that_the_statistics_cannot_bear_ends_the_system() {
    let system = System::start(config(SystemFeed::Hand, buy())).await.unwrap();
    system.send(one_trade(0, "0.000001")).unwrap().await.unwrap();
    while system.state().instruments[0].position.is_none() {
        tokio::task::yield_now().await;
    }
    system.send(one_trade(1, "1000000000000000")).unwrap().await.unwrap();
    let closing = system.command(br#"{"Command":{"ClosePositions":"None"}}"#).unwrap();
    closing.await.unwrap();
    let error = system.ended().await.unwrap_err();
    assert_eq!(error.code(), "engine_failed");
    assert!(error.to_string().starts_with("a fill cannot be taken"), "{error}");
    assert_eq!(system.state().instruments[0].position.as_ref().unwrap().quantity, "1");
}

#[tokio::test]
async fn what_cannot_run_is_refused() {
    let refused = |change: fn(&mut SystemConfig)| async move {
        let mut config = config(SystemFeed::Hand, buy());
        change(&mut config);
        code(System::start(config).await).await
    };
    assert_eq!(refused(|config| config.execution.clear()).await, "config_missing_execution");
    assert_eq!(refused(|config| config.execution[0].latency_ms = 1000).await, "config_latency");
    assert_eq!(
        refused(|config| config.clock = ClockConfig::Historical(None)).await,
        "config_start"
    );
    let nothing =
        AuditConfig { filter: AuditFilter::All, capacity: 0, overflow: AuditOverflow::Block };
    assert_eq!(nothing.capacity, 0);
    let mut config = config(SystemFeed::Hand, buy());
    config.audit = Some(nothing);
    assert_eq!(code(System::start(config).await).await, "config_audit");
}

#[tokio::test]
async fn a_historical_clock_starts_where_the_recording_does() {
    let feed = SystemFeed::Recorded { data: Arc::new(trades(&[(0, "100")])), speed: None };
    let mut config = config(feed, StrategyConfig::Noop);
    config.clock = ClockConfig::Historical(None);
    let system = System::start(config).await.unwrap();
    system.feed_ended().await.unwrap();
    assert_eq!(tendon_engine::time::format(system.time()).get(..10), Some("2025-01-01"));
    system.shut_down().await.unwrap();
}
