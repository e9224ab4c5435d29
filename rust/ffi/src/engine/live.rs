//! Live market data on the wire: a stream of records, and what is counted besides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_engine::{
    Endpoint, Feed, FeedConfig, FeedStats, Instruments, LiveInstrumentKind, LiveKind, live_support,
};
use ts_rs::TS;

use super::instrument::{self, Instrument};
use crate::{Failure, Object, Scope, Stream, StreamOptions, boundary::Guarded, library::Nothing};

/// What can be streamed of an instrument.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "LiveKindName")]
pub(crate) enum Kind {
    /// Public trades.
    Trades,
    /// Best bid and ask.
    Quotes,
    /// Order books.
    Books,
    /// Forced trades.
    Liquidations,
}

/// Kind of contract, without its terms.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LiveContract {
    /// A pair.
    Spot,
    /// A contract without end.
    Perpetual,
    /// A contract that ends.
    Future,
    /// The right to buy or sell.
    Option,
}

/// One combination that can be streamed.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveSupportRow {
    /// Exchange id.
    exchange: &'static str,
    /// What is traded.
    instrument: LiveContract,
    /// What is streamed.
    kind: Kind,
    /// Hosts and ports that it comes from.
    hosts: Vec<String>,
}

/// Everything that can be streamed.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveSupportTable {
    /// By exchange.
    rows: Vec<LiveSupportRow>,
}

/// One instrument and kind to stream.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "LiveSubscriptionRequest")]
pub(crate) struct LiveSubscription {
    /// Index of the instrument.
    instrument: u32,
    /// What is streamed.
    kind: Kind,
}

/// Live market data to connect to.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct LiveFeed {
    /// The instruments that indices refer to.
    instruments: Vec<Instrument>,
    /// What to stream.
    subscriptions: Vec<LiveSubscription>,
    /// A server in place of the exchanges' own.
    #[serde(default)]
    endpoint: Option<String>,
    /// Whole order books of so many levels a side.
    #[serde(default)]
    book_depth: Option<u32>,
}

/// Streams to open.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenLive {
    /// What to connect to.
    feed: LiveFeed,
    /// Where events go; `rust/engine/src/live/record.rs` has the layout of an item. Its key, for
    /// `latest_per_key`, is the kind and the instrument.
    stream: StreamOptions,
}

/// Streams that are open.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedLive {
    /// The handle of their counters.
    live: u64,
}

/// Open streams to ask about.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LiveRef {
    /// The handle.
    live: u64,
}

/// What is counted besides events.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct LiveCounters {
    /// Messages that could not be read or belong to no subscription.
    unreadable: u64,
    /// What was wrong with the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_unreadable: Option<String>,
}

impl Object for FeedStats {
    const KIND: &'static str = "live feed";
}

/// `engine.liveSupport`: what can be streamed.
///
/// # Errors
///
/// None of its own.
pub(crate) fn support(_: &Scope, _: Nothing) -> Result<LiveSupportTable, Failure> {
    let rows = live_support().into_iter().map(|row| LiveSupportRow {
        exchange: row.exchange,
        instrument: match row.instrument {
            LiveInstrumentKind::Spot => LiveContract::Spot,
            LiveInstrumentKind::Perpetual => LiveContract::Perpetual,
            LiveInstrumentKind::Future => LiveContract::Future,
            LiveInstrumentKind::Option => LiveContract::Option,
        },
        kind: match row.kind {
            LiveKind::Trades => Kind::Trades,
            LiveKind::Quotes => Kind::Quotes,
            LiveKind::Books => Kind::Books,
            LiveKind::Liquidations => Kind::Liquidations,
        },
        hosts: row.hosts,
    });
    Ok(LiveSupportTable { rows: rows.collect() })
}

/// `engine.openLive`: connects and subscribes; resolves when every exchange has agreed.
///
/// # Errors
///
/// `config_…`, `live_…`.
pub(crate) async fn open(scope: Scope, request: OpenLive) -> Result<OpenedLive, Failure> {
    let (instruments, config) = feed_request(request.feed)?;
    let feed = Feed::open(&instruments, config).await?;
    let stream = scope.stream(&request.stream)?;
    let live = scope.insert(feed.stats());
    crate::runtime::spawn(forward(feed, stream));
    Ok(OpenedLive { live })
}

/// What a request asks for, in the engine's terms.
///
/// # Errors
///
/// `config_…`.
pub(crate) fn feed_request(request: LiveFeed) -> Result<(Instruments, FeedConfig), Failure> {
    let instruments = Instruments::new(&instrument::configs(request.instruments)?)?;
    let subscriptions = request.subscriptions.iter().map(|subscription| {
        let kind = match subscription.kind {
            Kind::Trades => LiveKind::Trades,
            Kind::Quotes => LiveKind::Quotes,
            Kind::Books => LiveKind::Books,
            Kind::Liquidations => LiveKind::Liquidations,
        };
        (subscription.instrument as usize, kind)
    });
    let config = FeedConfig {
        subscriptions: subscriptions.collect(),
        endpoint: request.endpoint.as_deref().map(Endpoint::parse).transpose()?,
        book_depth: request.book_depth.map(|depth| depth as usize),
    };
    Ok((instruments, config))
}

/// `engine.liveCounters`: what is counted besides events.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn counters(scope: &Scope, request: LiveRef) -> Result<LiveCounters, Failure> {
    let stats = scope.get::<FeedStats>(request.live)?;
    Ok(LiveCounters { unreadable: stats.unreadable(), last_unreadable: stats.last_unreadable() })
}

async fn forward(feed: Feed, stream: Arc<Stream>) {
    // A panic in a crate's parser must not look like an end.
    if let Err(failure) = Guarded::new(pump(feed, &stream)).await {
        stream.end(Err(failure));
    }
}

async fn pump(mut feed: Feed, stream: &Stream) -> Result<(), Failure> {
    let mut record = Vec::new();
    loop {
        let key = tokio::select! {
            biased;
            () = stream.closed() => return Ok(()),
            key = feed.next_record(&mut record) => key,
        };
        let Some(key) = key else { return Ok(()) };
        if stream.push_keyed(key, &[&record]).await.is_err() {
            return Ok(());
        }
    }
}
