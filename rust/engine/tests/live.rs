//! A feed without JavaScript: opened, read, dropped.
#![cfg(feature = "diagnostics")]
#![allow(clippy::unwrap_used, clippy::panic)]

use barter_data::{event::DataKind, streams::reconnect::Event};
use futures::StreamExt;
use tendon_engine::{
    Endpoint, EngineError, Feed, FeedConfig, InstrumentConfig, Instruments, KindConfig, LiveKind,
    TradeServer,
};

/// A port that nothing listens on: taking one and giving it back would leave it to others.
const NOBODY: u16 = 1;

fn instruments(exchange: &str) -> Instruments {
    let pair = |base: &str| InstrumentConfig {
        exchange: exchange.into(),
        name_exchange: format!("{}USDT", base.to_uppercase()),
        base: base.into(),
        quote: "usdt".into(),
        kind: KindConfig::Spot,
    };
    Instruments::new(&[pair("eth"), pair("btc")]).unwrap()
}

fn config(port: u16, subscriptions: &[(usize, LiveKind)]) -> FeedConfig {
    FeedConfig {
        subscriptions: subscriptions.to_vec(),
        endpoint: Some(Endpoint::parse(&format!("ws://127.0.0.1:{port}")).unwrap()),
        book_depth: None,
    }
}

#[tokio::test]
async fn a_feed_yields_events_under_the_indices_of_the_table() {
    let server = TradeServer::bind().await.unwrap();
    let port = server.port();
    let serving = tokio::spawn(server.serve(1000));
    let instruments = instruments("binance_spot");
    let subscriptions = [(0, LiveKind::Trades), (0, LiveKind::Trades), (1, LiveKind::Trades)];
    let feed = Feed::open(&instruments, config(port, &subscriptions)).await.unwrap();
    let stats = feed.stats();
    let events: Vec<_> = feed.into_stream().take(1000).collect().await;
    for (at, event) in events.into_iter().enumerate() {
        let Event::Item(item) = event else { panic!("{event:?}") };
        assert_eq!(instruments.rows()[item.instrument.index()].name_exchange, "BTCUSDT");
        let DataKind::Trade(trade) = item.kind else { panic!("{item:?}") };
        assert_eq!((trade.id, trade.price), ((at + 1).to_string(), 10_000.19));
    }
    assert_eq!(stats.unreadable(), 0);
    serving.abort();
}

#[tokio::test]
async fn a_feed_that_cannot_be_opened_says_why() {
    let cases = [
        ("binance_spot", vec![(0, LiveKind::Trades)], "live_unreachable"),
        ("binance_spot", vec![(0, LiveKind::Liquidations)], "live_unsupported"),
        ("mexc", vec![(1, LiveKind::Trades)], "live_unsupported"),
        ("binance_spot", vec![], "config_instruments"),
        ("binance_spot", vec![(2, LiveKind::Trades)], "config_instruments"),
    ];
    for (exchange, subscriptions, code) in cases {
        let opened = Feed::open(&instruments(exchange), config(NOBODY, &subscriptions)).await;
        let error = opened.err().unwrap();
        assert_eq!(error.code(), code);
        let unreachable = matches!(&error, EngineError::Live { host: Some(host), .. }
            if *host == format!("127.0.0.1:{NOBODY}"));
        assert_eq!(unreachable, code == "live_unreachable", "{error}");
    }
}
