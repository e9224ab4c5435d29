//! What the crates can stream: exchange by kind of instrument by subscription.

use barter_data::{
    exchange::binance::{
        futures::l2::HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_FUTURES_USD,
        spot::l2::HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_SPOT,
    },
    subscription::{SubKind, exchange_supports_instrument_kind_sub_kind},
};
use barter_instrument::{
    exchange::ExchangeId,
    instrument::{
        kind::option::{OptionExercise, OptionKind},
        market_data::kind::{
            MarketDataFutureContract, MarketDataInstrumentKind, MarketDataOptionContract,
        },
    },
};
use chrono::DateTime;
use rust_decimal::Decimal;
use url::Url;

use super::connect::{EXCHANGES, socket_url};

/// What can be streamed of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiveKind {
    /// Public trades.
    Trades,
    /// Best bid and ask (level 1).
    Quotes,
    /// Order books (level 2).
    Books,
    /// Forced trades.
    Liquidations,
}

/// Kind of instrument without its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveInstrumentKind {
    /// A pair.
    Spot,
    /// A contract without end.
    Perpetual,
    /// A contract that ends.
    Future,
    /// The right to buy or sell.
    Option,
}

/// One supported combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSupport {
    /// Exchange id in snake case.
    pub exchange: &'static str,
    /// What is traded.
    pub instrument: LiveInstrumentKind,
    /// What is streamed.
    pub kind: LiveKind,
    /// Hosts and ports it comes from: the stream's, and one that is asked for first order books.
    pub hosts: Vec<String>,
}

/// Everything that is supported, by exchange.
pub fn live_support() -> Vec<LiveSupport> {
    let instruments = [
        LiveInstrumentKind::Spot,
        LiveInstrumentKind::Perpetual,
        LiveInstrumentKind::Future,
        LiveInstrumentKind::Option,
    ];
    let mut rows = Vec::new();
    for &exchange in EXCHANGES {
        for instrument in instruments {
            for kind in LiveKind::ALL {
                if supports(exchange, &instrument.example(), kind) {
                    let hosts = hosts(exchange, kind);
                    rows.push(LiveSupport { exchange: exchange.as_str(), instrument, kind, hosts });
                }
            }
        }
    }
    rows
}

/// Whether the crates have this stream.
pub(super) fn supports(
    exchange: ExchangeId,
    instrument: &MarketDataInstrumentKind,
    kind: LiveKind,
) -> bool {
    exchange_supports_instrument_kind_sub_kind(&exchange, instrument, kind.upstream())
}

fn hosts(exchange: ExchangeId, kind: LiveKind) -> Vec<String> {
    let snapshots = match (exchange, kind) {
        (ExchangeId::BinanceSpot, LiveKind::Books) => Some(HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_SPOT),
        (ExchangeId::BinanceFuturesUsd, LiveKind::Books) => {
            Some(HTTP_BOOK_L2_SNAPSHOT_URL_BINANCE_FUTURES_USD)
        }
        _ => None,
    };
    let snapshots = snapshots.and_then(|url| Url::parse(url).ok());
    socket_url(exchange).iter().chain(&snapshots).map(host).collect()
}

/// Host and port of an address.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl LiveKind {
    const ALL: [Self; 4] = [Self::Trades, Self::Quotes, Self::Books, Self::Liquidations];

    pub(super) fn upstream(self) -> SubKind {
        match self {
            Self::Trades => SubKind::PublicTrades,
            Self::Quotes => SubKind::OrderBooksL1,
            Self::Books => SubKind::OrderBooksL2,
            Self::Liquidations => SubKind::Liquidations,
        }
    }
}

impl LiveInstrumentKind {
    /// Some instrument of this kind: the crate asks for one, and looks at no term of it.
    fn example(self) -> MarketDataInstrumentKind {
        let expiry = DateTime::UNIX_EPOCH;
        match self {
            Self::Spot => MarketDataInstrumentKind::Spot,
            Self::Perpetual => MarketDataInstrumentKind::Perpetual,
            Self::Future => MarketDataInstrumentKind::Future(MarketDataFutureContract { expiry }),
            Self::Option => MarketDataInstrumentKind::Option(MarketDataOptionContract {
                kind: OptionKind::Call,
                exercise: OptionExercise::European,
                expiry,
                strike: Decimal::ONE,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::connect::CONNECTORS, *};

    #[test]
    fn what_is_supported_is_exactly_what_can_be_opened() {
        let rows = live_support();
        let supported: BTreeSet<_> =
            rows.iter().map(|row| (row.exchange, row.kind.upstream())).collect();
        let opened = CONNECTORS.iter().map(|(exchange, kind)| (exchange.as_str(), *kind));
        assert_eq!(supported, opened.collect());
        assert_eq!(rows.len(), 28);
    }

    #[test]
    fn no_exchange_outside_the_table_is_supported() {
        for exchange in ["binance_us", "deribit", "htx", "mexc", "mock"] {
            let exchange = crate::parse_exchange(exchange).unwrap();
            for kind in LiveKind::ALL {
                assert!(!supports(exchange, &MarketDataInstrumentKind::Spot, kind));
            }
        }
    }

    #[test]
    fn every_row_has_its_hosts() {
        for row in live_support() {
            let binance_books = row.exchange.starts_with("binance") && row.kind == LiveKind::Books;
            assert_eq!(row.hosts.len(), if binance_books { 2 } else { 1 }, "{row:?}");
        }
        let binance = hosts(ExchangeId::BinanceSpot, LiveKind::Books);
        assert_eq!(binance, ["stream.binance.com:9443", "api.binance.com:443"]);
    }
}
