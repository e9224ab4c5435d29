//! The crates' exchanges with nothing changed but the address they connect to, and an end to their pings.
//!
//! [`Connector::url`] takes no argument and each exchange's is a constant, so an exchange cannot be
//! pointed elsewhere by configuration. [`Routed`] delegates everything else.

use std::{marker::PhantomData, time::Duration};

use async_trait::async_trait;
use barter_data::{
    Identifier, NoInitialSnapshots,
    error::DataError,
    event::MarketEvent,
    exchange::{
        Connector,
        binance::{
            futures::l2::BinanceFuturesUsdOrderBooksL2SnapshotFetcher,
            spot::l2::BinanceSpotOrderBooksL2SnapshotFetcher,
        },
        subscription::ExchangeSub,
    },
    instrument::MarketInstrumentData,
    schedule_pings_to_exchange,
    subscription::{Map, Subscription, SubscriptionKind},
    transformer::ExchangeTransformer,
};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use barter_integration::{
    Transformer,
    protocol::{StreamParser, websocket::WsMessage},
    stream::ExchangeStream,
};
use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};
use url::{ParseError, Url};

use super::{depth::BinanceDepth, route};

/// An instrument as the crates' subscriptions name it.
pub(super) type Listed = MarketInstrumentData<InstrumentIndex>;

/// The exchange `E`, reached where [`route`] says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Routed<E>(PhantomData<fn() -> E>);

/// A channel or market of the routed exchange. A type of our own: the crate's subscriptions can be
/// identified only by these.
pub(super) struct Channel<C>(C);

/// See [`Channel`].
pub(super) struct Market<M>(M);

impl<C: AsRef<str>> AsRef<str> for Channel<C> {
    fn as_ref(&self) -> &str {
        self.0.as_ref()
    }
}

impl<M: AsRef<str>> AsRef<str> for Market<M> {
    fn as_ref(&self) -> &str {
        self.0.as_ref()
    }
}

impl<E, I, K> Identifier<Channel<E::Channel>> for Subscription<Routed<E>, I, K>
where
    E: Connector,
    I: Clone,
    K: Clone,
    Subscription<E, I, K>: Identifier<E::Channel>,
{
    fn id(&self) -> Channel<E::Channel> {
        Channel(unrouted(self).id())
    }
}

impl<E, I, K> Identifier<Market<E::Market>> for Subscription<Routed<E>, I, K>
where
    E: Connector,
    I: Clone,
    K: Clone,
    Subscription<E, I, K>: Identifier<E::Market>,
{
    fn id(&self) -> Market<E::Market> {
        Market(unrouted(self).id())
    }
}

fn unrouted<E: Connector, I: Clone, K: Clone>(
    routed: &Subscription<Routed<E>, I, K>,
) -> Subscription<E, I, K> {
    Subscription {
        exchange: E::default(),
        instrument: routed.instrument.clone(),
        kind: routed.kind.clone(),
    }
}

impl<E: Connector> Connector for Routed<E> {
    const ID: ExchangeId = E::ID;

    type Channel = Channel<E::Channel>;
    type Market = Market<E::Market>;
    type Subscriber = E::Subscriber;
    type SubValidator = E::SubValidator;
    type SubResponse = E::SubResponse;

    fn url() -> Result<Url, ParseError> {
        E::url().map(route::socket_url)
    }

    // No `ping_interval`: see `Via`.

    fn requests(subs: Vec<ExchangeSub<Self::Channel, Self::Market>>) -> Vec<WsMessage> {
        E::requests(
            subs.into_iter()
                .map(|sub| ExchangeSub { channel: sub.channel.0, market: sub.market.0 })
                .collect(),
        )
    }

    fn expected_responses<InstrumentKey>(map: &Map<InstrumentKey>) -> usize {
        E::expected_responses(map)
    }

    fn subscription_timeout() -> Duration {
        E::subscription_timeout()
    }
}

/// The transformer of `E` for [`Routed<E>`], and the owner of its pings.
///
/// The task that the crate starts for pings holds the socket's sending half, so a stream that is dropped
/// would leave socket and task running for ever. This one ends with the stream.
pub(super) struct Via<T> {
    inner: T,
    _pings: Option<Pings>,
}

struct Pings(JoinHandle<()>);

impl Drop for Pings {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T: Transformer> Transformer for Via<T> {
    type Error = T::Error;
    type Input = T::Input;
    type Output = T::Output;
    type OutputIter = T::OutputIter;

    fn transform(&mut self, input: Self::Input) -> Self::OutputIter {
        self.inner.transform(input)
    }
}

#[async_trait]
impl<E, T, K> ExchangeTransformer<Routed<E>, InstrumentIndex, K> for Via<T>
where
    E: Connector,
    T: ExchangeTransformer<E, InstrumentIndex, K> + Send,
    K: SubscriptionKind,
    K::Event: Send + Sync,
{
    async fn init(
        map: Map<InstrumentIndex>,
        snapshots: &[MarketEvent<InstrumentIndex, K::Event>],
        sink: UnboundedSender<WsMessage>,
    ) -> Result<Self, DataError> {
        let pings = E::ping_interval().map(|interval| {
            Pings(tokio::spawn(schedule_pings_to_exchange(E::ID, sink.clone(), interval)))
        });
        Ok(Self { inner: T::init(map, snapshots, sink).await?, _pings: pings })
    }
}

/// What the crate's choice of stream is made of.
pub(super) trait Parts {
    type Parser;
    type Transformer;
}

impl<P, S, T> Parts for ExchangeStream<P, S, T>
where
    P: StreamParser<T::Input>,
    S: Stream,
    T: Transformer,
{
    type Parser = P;
    type Transformer = T;
}

/// The fetcher of first snapshots that does for a routed exchange what the crate's own does.
pub(super) trait RoutedSnapshots {
    type Fetcher;
}

impl RoutedSnapshots for NoInitialSnapshots {
    type Fetcher = Self;
}

impl RoutedSnapshots for BinanceSpotOrderBooksL2SnapshotFetcher {
    type Fetcher = BinanceDepth<Self>;
}

impl RoutedSnapshots for BinanceFuturesUsdOrderBooksL2SnapshotFetcher {
    type Fetcher = BinanceDepth<Self>;
}
