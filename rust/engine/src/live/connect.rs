//! The table of exchanges and kinds, as types: which connector is meant, and how it is opened.

use barter_data::{
    ExchangeWsStream, Identifier,
    error::DataError,
    event::DataKind,
    exchange::{
        Connector, StreamSelector,
        binance::{futures::BinanceFuturesUsd, spot::BinanceSpot},
        bitfinex::Bitfinex,
        bitmex::Bitmex,
        bybit::{futures::BybitPerpetualsUsd, spot::BybitSpot},
        coinbase::Coinbase,
        gateio::{
            future::{GateioFuturesBtc, GateioFuturesUsd},
            option::GateioOptions,
            perpetual::{GateioPerpetualsBtc, GateioPerpetualsUsd},
            spot::GateioSpot,
        },
        kraken::Kraken,
        okx::Okx,
    },
    streams::consumer::{MarketStreamResult, STREAM_RECONNECTION_POLICY, init_market_stream},
    subscription::{
        SubKind, Subscription, SubscriptionKind,
        book::{OrderBooksL1, OrderBooksL2},
        liquidation::Liquidations,
        trade::PublicTrades,
    },
};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use futures::{StreamExt, stream::BoxStream};
use url::Url;

use super::routed::{Listed, Parts, Routed, RoutedSnapshots, Via};

/// What one connection yields.
pub(super) type Events = BoxStream<'static, MarketStreamResult<InstrumentIndex, DataKind>>;

macro_rules! exchanges {
    ($($exchange:ident: $($kind:ident),+;)+) => {
        $($(
            impl StreamSelector<Listed, $kind> for Routed<$exchange> {
                type SnapFetcher =
                    <<$exchange as StreamSelector<Listed, $kind>>::SnapFetcher as RoutedSnapshots>::Fetcher;
                type Stream = ExchangeWsStream<
                    <<$exchange as StreamSelector<Listed, $kind>>::Stream as Parts>::Parser,
                    Via<<<$exchange as StreamSelector<Listed, $kind>>::Stream as Parts>::Transformer>,
                >;
            }
        )+)+

        /// Exchanges that have market data.
        pub(super) const EXCHANGES: &[ExchangeId] = &[$(ExchangeId::$exchange),+];

        /// Where the exchange is reached; follows the endpoint of the running task.
        pub(super) fn socket_url(exchange: ExchangeId) -> Option<Url> {
            match exchange {
                $(ExchangeId::$exchange => Routed::<$exchange>::url().ok(),)+
                _ => None,
            }
        }

        /// Connects and subscribes; later interruptions are mended by the stream itself.
        pub(super) async fn connect(
            exchange: ExchangeId,
            kind: SubKind,
            instruments: Vec<Listed>,
        ) -> Result<Events, DataError> {
            match (exchange, kind) {
                $($((ExchangeId::$exchange, SubKind::$kind) => open::<$exchange, _>(instruments, $kind).await,)+)+
                (exchange, sub_kind) => Err(DataError::Unsupported { exchange, sub_kind }),
            }
        }

        #[cfg(test)]
        pub(super) const CONNECTORS: &[(ExchangeId, SubKind)] =
            &[$($((ExchangeId::$exchange, SubKind::$kind)),+),+];
    };
}

exchanges! {
    BinanceSpot: PublicTrades, OrderBooksL1, OrderBooksL2;
    BinanceFuturesUsd: PublicTrades, OrderBooksL1, OrderBooksL2, Liquidations;
    Bitfinex: PublicTrades;
    Bitmex: PublicTrades;
    BybitSpot: PublicTrades, OrderBooksL1, OrderBooksL2;
    BybitPerpetualsUsd: PublicTrades, OrderBooksL1, OrderBooksL2;
    Coinbase: PublicTrades;
    GateioSpot: PublicTrades;
    GateioFuturesUsd: PublicTrades;
    GateioFuturesBtc: PublicTrades;
    GateioPerpetualsUsd: PublicTrades;
    GateioPerpetualsBtc: PublicTrades;
    GateioOptions: PublicTrades;
    Kraken: PublicTrades, OrderBooksL1;
    Okx: PublicTrades;
}

async fn open<E, K>(instruments: Vec<Listed>, kind: K) -> Result<Events, DataError>
where
    E: 'static,
    K: SubscriptionKind + std::fmt::Display + Send + Sync + 'static,
    K::Event: Send,
    Routed<E>: StreamSelector<Listed, K>,
    <Routed<E> as StreamSelector<Listed, K>>::Stream: Send,
    Subscription<Routed<E>, Listed, K>: Identifier<<Routed<E> as Connector>::Channel>
        + Identifier<<Routed<E> as Connector>::Market>,
    MarketStreamResult<InstrumentIndex, DataKind>:
        From<MarketStreamResult<InstrumentIndex, K::Event>>,
{
    let subscriptions = instruments
        .into_iter()
        .map(|instrument| Subscription {
            exchange: Routed::<E>::default(),
            instrument,
            kind: kind.clone(),
        })
        .collect();
    let events = init_market_stream(STREAM_RECONNECTION_POLICY, subscriptions).await?;
    Ok(events.map(MarketStreamResult::<InstrumentIndex, DataKind>::from).boxed())
}
