//! Binance's order books begin with a snapshot over HTTP.
//!
//! Without an endpoint the crate fetches it. Its address is a constant and fetching and reading are one
//! function, so with an endpoint the same request is made here; what it answers is read by the crate's types.

use std::marker::PhantomData;

use barter_data::{
    Identifier, SnapshotFetcher,
    event::MarketEvent,
    exchange::{
        Connector,
        binance::{
            book::l2::BinanceOrderBookL2Snapshot,
            futures::{
                BinanceFuturesUsd,
                l2::{
                    BinanceFuturesUsdOrderBooksL2SnapshotFetcher,
                    HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_FUTURES_USD,
                },
            },
            market::BinanceMarket,
            spot::{
                BinanceSpot,
                l2::{
                    BinanceSpotOrderBooksL2SnapshotFetcher, HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_SPOT,
                },
            },
        },
    },
    instrument::{InstrumentData, MarketInstrumentData},
    subscription::{
        Subscription,
        book::{OrderBookEvent, OrderBooksL2},
    },
};
use barter_instrument::{exchange::ExchangeId, instrument::name::InstrumentNameExchange};
use barter_integration::error::SocketError;
use futures::future::try_join_all;
use url::Url;

use super::{
    route,
    routed::{Market, Routed},
};

/// The crate's fetcher `F` for a routed exchange.
pub(super) struct BinanceDepth<F>(PhantomData<F>);

impl SnapshotFetcher<Routed<BinanceSpot>, OrderBooksL2>
    for BinanceDepth<BinanceSpotOrderBooksL2SnapshotFetcher>
{
    async fn fetch_snapshots<I>(
        subscriptions: &[Subscription<Routed<BinanceSpot>, I, OrderBooksL2>],
    ) -> Result<Vec<MarketEvent<I::Key, OrderBookEvent>>, SocketError>
    where
        I: InstrumentData,
        Subscription<Routed<BinanceSpot>, I, OrderBooksL2>: Identifier<Market<BinanceMarket>>,
    {
        let listed = listed(subscriptions);
        match route::http_url(HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_SPOT) {
            None => BinanceSpotOrderBooksL2SnapshotFetcher::fetch_snapshots(&listed).await,
            Some(url) => fetch(ExchangeId::BinanceSpot, &url?, &listed).await,
        }
    }
}

impl SnapshotFetcher<Routed<BinanceFuturesUsd>, OrderBooksL2>
    for BinanceDepth<BinanceFuturesUsdOrderBooksL2SnapshotFetcher>
{
    async fn fetch_snapshots<I>(
        subscriptions: &[Subscription<Routed<BinanceFuturesUsd>, I, OrderBooksL2>],
    ) -> Result<Vec<MarketEvent<I::Key, OrderBookEvent>>, SocketError>
    where
        I: InstrumentData,
        Subscription<Routed<BinanceFuturesUsd>, I, OrderBooksL2>: Identifier<Market<BinanceMarket>>,
    {
        let listed = listed(subscriptions);
        match route::http_url(HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_FUTURES_USD) {
            None => BinanceFuturesUsdOrderBooksL2SnapshotFetcher::fetch_snapshots(&listed).await,
            Some(url) => fetch(ExchangeId::BinanceFuturesUsd, &url?, &listed).await,
        }
    }
}

type Listed<E, Key> = Subscription<E, MarketInstrumentData<Key>, OrderBooksL2>;

/// The subscriptions of the exchange itself, for the same markets.
fn listed<E, I>(
    subscriptions: &[Subscription<Routed<E>, I, OrderBooksL2>],
) -> Vec<Listed<E, I::Key>>
where
    E: Connector<Market = BinanceMarket>,
    I: InstrumentData,
    Subscription<Routed<E>, I, OrderBooksL2>: Identifier<Market<BinanceMarket>>,
{
    subscriptions
        .iter()
        .map(|subscription| {
            let market: Market<BinanceMarket> = subscription.id();
            let instrument = MarketInstrumentData {
                key: subscription.instrument.key().clone(),
                name_exchange: InstrumentNameExchange::new(market.as_ref()),
                kind: subscription.instrument.kind().clone(),
            };
            Subscription { exchange: E::default(), instrument, kind: OrderBooksL2 }
        })
        .collect()
}

async fn fetch<E, Key: Clone>(
    exchange: ExchangeId,
    url: &Url,
    subscriptions: &[Listed<E, Key>],
) -> Result<Vec<MarketEvent<Key, OrderBookEvent>>, SocketError>
where
    Listed<E, Key>: Identifier<BinanceMarket>,
{
    // An endpoint is meant literally: no proxy in front of it, and no way on to another host.
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    try_join_all(subscriptions.iter().map(|subscription| {
        let mut url = url.clone();
        url.set_query(Some(&format!("symbol={}&limit=100", subscription.id().as_ref())));
        let request = client.get(url).send();
        async move {
            let snapshot: BinanceOrderBookL2Snapshot = request.await?.json().await?;
            Ok(MarketEvent::from((exchange, subscription.instrument.key.clone(), snapshot)))
        }
    }))
    .await
}
