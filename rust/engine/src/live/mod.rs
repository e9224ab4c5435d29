//! Live market data: the crates' exchange streams, indexed to a table of instruments.
//!
//! One connection per exchange and kind of subscription, as in the crates' `DynamicStreams`, whose
//! unbounded channels and detached tasks are not used: whoever polls a [`Feed`] drives its connections, a
//! reader that waits makes the exchange wait, and a feed that is dropped leaves nothing running.
//!
//! TLS needs a default crypto provider of rustls; the library installs one when it starts its runtime.

mod books;
mod connect;
mod depth;
mod record;
mod route;
mod routed;
mod support;
#[cfg(feature = "diagnostics")]
mod twin;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use barter_data::{
    error::DataError,
    event::{DataKind, MarketEvent},
    instrument::MarketInstrumentData,
    streams::{consumer::MarketStreamEvent, reconnect::Event},
};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use barter_integration::{error::SocketError, protocol::websocket::WsError};
use futures::{StreamExt, future::try_join_all, stream, stream::BoxStream};

use crate::{EngineError, Instruments, market_data::violation};
use books::Books;
use connect::Events;
use routed::Listed;

pub use route::Endpoint;
pub use support::{LiveInstrumentKind, LiveKind, LiveSupport, live_support};
#[cfg(feature = "diagnostics")]
pub use twin::{TradeServer, native_feed};

/// One event of a feed.
pub(crate) type LiveEvent = MarketStreamEvent<InstrumentIndex, DataKind>;

/// Longest text that is quoted from an exchange.
const MAX_QUOTE: usize = 300;

/// What to subscribe to, and how.
#[derive(Debug, Clone, Default)]
pub struct FeedConfig {
    /// Instruments by index, and kinds; named twice is named once.
    pub subscriptions: Vec<(usize, LiveKind)>,
    /// A server in place of the exchanges' own.
    pub endpoint: Option<Endpoint>,
    /// Whole order books of so many levels a side, instead of a book and its changes.
    pub book_depth: Option<usize>,
}

/// What a feed counts besides its events.
#[derive(Debug, Default)]
pub struct FeedStats {
    unreadable: AtomicU64,
    last: Mutex<Option<String>>,
}

impl FeedStats {
    /// Messages of the exchanges that could not be read or that belong to no subscription.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// What was wrong with the last of them.
    pub fn last_unreadable(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, problem: String) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }
}

/// Live market events, as long as it is polled.
pub struct Feed {
    events: BoxStream<'static, LiveEvent>,
    exchanges: Vec<ExchangeId>,
    stats: Arc<FeedStats>,
}

impl Feed {
    /// Connects and subscribes. Needs a tokio runtime, as polling does.
    ///
    /// Once open, a lost connection is an [`Event::Reconnecting`] and is mended: at once, then after
    /// 125 ms, doubled up to a minute.
    ///
    /// # Errors
    ///
    /// `live_unsupported` before anything is connected; `live_unreachable` and `live_refused` for the
    /// first exchange that fails, with the other connections closed.
    pub async fn open(instruments: &Instruments, config: FeedConfig) -> Result<Self, EngineError> {
        let FeedConfig { subscriptions, endpoint, book_depth } = config;
        let groups = groups(instruments, subscriptions)?;
        let connections = groups.into_iter().map(|((exchange, kind), listed)| async move {
            connect::connect(exchange, kind.upstream(), listed)
                .await
                .map_err(|error| failure(exchange, error))
        });
        let connections = route::through(endpoint.clone(), try_join_all(connections)).await?;
        let stats = Arc::<FeedStats>::default();
        let of_instruments = instruments.rows().iter().map(|row| row.exchange).collect();
        let events = events(connections, of_instruments, book_depth, Arc::clone(&stats));
        let events = route::stream_through(endpoint, events).boxed();
        Ok(Self { events, exchanges: instruments.exchanges().collect(), stats })
    }

    /// What is counted besides the events; stays valid after [`into_stream`](Self::into_stream).
    pub fn stats(&self) -> Arc<FeedStats> {
        Arc::clone(&self.stats)
    }

    /// The events, in order of arrival. Never ends; dropping it closes the connections.
    pub fn into_stream(self) -> BoxStream<'static, MarketStreamEvent<InstrumentIndex, DataKind>> {
        self.events
    }

    /// Writes the next event over `record`, in the layout that `live/record.rs` describes, and answers
    /// its key: equal for events of one kind and instrument. `None` never comes while the feed is open.
    pub async fn next_record(&mut self, record: &mut Vec<u8>) -> Option<u64> {
        let event = self.events.next().await?;
        Some(record::write(&event, &self.exchanges, record))
    }
}

/// The subscriptions of each connection.
fn groups(
    instruments: &Instruments,
    mut subscriptions: Vec<(usize, LiveKind)>,
) -> Result<BTreeMap<(ExchangeId, LiveKind), Vec<Listed>>, EngineError> {
    subscriptions.sort_unstable();
    subscriptions.dedup();
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (index, kind) in subscriptions {
        let keyed = instruments.indexed().instruments().get(index).ok_or_else(|| {
            let message = format!("there is no instrument {index}");
            EngineError::config("config_instruments", "subscriptions", message)
        })?;
        let exchange = keyed.value.exchange.value;
        let listed = MarketInstrumentData::from(keyed);
        if !support::supports(exchange, &listed.kind, kind) {
            return Err(EngineError::Live {
                code: "live_unsupported",
                exchange: exchange.as_str(),
                host: None,
                message: format!(
                    "{} has no stream of {kind:?} for {}, which is {}",
                    exchange.as_str(),
                    listed.name_exchange,
                    listed.kind,
                ),
            });
        }
        groups.entry((exchange, kind)).or_default().push(listed);
    }
    if groups.is_empty() {
        let message = "names no instrument".to_owned();
        return Err(EngineError::config("config_instruments", "subscriptions", message));
    }
    Ok(groups)
}

fn events(
    connections: Vec<Events>,
    exchanges: Vec<ExchangeId>,
    book_depth: Option<usize>,
    stats: Arc<FeedStats>,
) -> BoxStream<'static, LiveEvent> {
    let mut books = book_depth.map(Books::new);
    stream::select_all(connections)
        .filter_map(move |event| {
            std::future::ready(match event {
                Event::Reconnecting(exchange) => {
                    if let Some(books) = &mut books {
                        books.forget(exchange);
                    }
                    Some(Event::Reconnecting(exchange))
                }
                Event::Item(Ok(mut item)) => {
                    mend(&mut item, &exchanges);
                    // The same rules as for recorded data: the engine would panic or lie otherwise.
                    if let Some(violation) = violation(&item.kind) {
                        stats.count(violation);
                        return std::future::ready(None);
                    }
                    if let Some(books) = &mut books {
                        books.complete(&mut item);
                    }
                    Some(Event::Item(item))
                }
                Event::Item(Err(error)) => {
                    if !says_disconnected(&error) {
                        stats.count(describe(error));
                    }
                    None
                }
            })
        })
        .boxed()
}

/// Puts right what the crate gets wrong.
fn mend(item: &mut MarketEvent<InstrumentIndex, DataKind>, exchanges: &[ExchangeId]) {
    // Order books of Bybit's perpetuals are marked as Bybit's spot.
    if let Some(&exchange) = exchanges.get(item.instrument.index()) {
        item.exchange = exchange;
    }
    // Gate.io's contracts have negative amounts for sales, which `side` says already.
    if let DataKind::Trade(trade) = &mut item.kind {
        trade.amount = trade.amount.abs();
    }
}

/// Whether the connection is at its end, which is an event of its own and no message.
///
/// The crates turn errors into text; the texts that they give these say which they were.
fn says_disconnected(error: &DataError) -> bool {
    let DataError::Socket(text) = error else { return false };
    let closed = WsError::ConnectionClosed;
    let detail = closed.to_string();
    let broken = SocketError::WebSocket(Box::new(closed)).to_string();
    text.starts_with(broken.trim_end_matches(&detail))
        || text.starts_with(&SocketError::Terminated(String::new()).to_string())
}

fn failure(exchange: ExchangeId, error: DataError) -> EngineError {
    let refused = SocketError::Subscribe(String::new()).to_string();
    let code = match &error {
        DataError::Socket(text) if text.starts_with(&refused) => "live_refused",
        _ => "live_unreachable",
    };
    let host = connect::socket_url(exchange).map(|url| support::host(&url));
    let at = host.as_deref().unwrap_or("an unknown host");
    EngineError::Live {
        code,
        exchange: exchange.as_str(),
        message: format!("{} at {at}: {}", exchange.as_str(), describe(error)),
        host,
    }
}

/// The crate's words, cut where an exchange may have said a lot.
fn describe(error: DataError) -> String {
    let text = match error {
        DataError::Socket(text) => text,
        other => other.to_string(),
    };
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_connection_is_no_message() {
        let socket = |error: SocketError| DataError::from(error);
        let io = WsError::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(says_disconnected(&socket(SocketError::WebSocket(Box::new(io)))));
        assert!(says_disconnected(&socket(SocketError::Terminated("None".into()))));
        assert!(!says_disconnected(&socket(SocketError::Exchange("no".into()))));
        let subscription = barter_integration::subscription::SubscriptionId("a".into());
        assert!(!says_disconnected(&socket(SocketError::Unidentifiable(subscription))));
    }

    #[test]
    fn long_texts_of_an_exchange_are_cut() {
        let text = describe(DataError::Socket("é".repeat(1000)));
        assert_eq!(text.chars().count(), MAX_QUOTE + 1);
    }
}
