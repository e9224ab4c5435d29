//! Wire types of instruments and market data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_engine::{Control, Duplicates, Instruments, LoadOptions, MarketData, RowKind, Source};
use ts_rs::TS;

use super::{
    columns::{BatchLayout, EventKind},
    instrument::{Instrument, Kind, configs},
};
use crate::Failure;

/// Asks for the index tables of a list of instruments.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DescribeInstruments {
    /// The instruments in any order.
    pub(super) instruments: Vec<Instrument>,
}

/// Asks to read the attachment as market data for a list of instruments.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoadData {
    /// The instruments in any order.
    instruments: Vec<Instrument>,
    /// What the attachment holds.
    format: Format,
    /// Whether to order events by exchange time.
    sort: bool,
    /// Rule for events that equal an earlier one.
    duplicates: DuplicateRule,
}

/// Form of the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Format {
    /// A JSON array or JSON lines.
    Json {},
    /// JSON lines that stand for values without lines of their own.
    Records {},
    /// A line of column names, then a row per event.
    Csv {
        /// Kind of all rows, or null if the columns tell.
        kind: Option<EventKind>,
    },
    /// Flat columns.
    Parquet {
        /// Kind of all rows, or null if the columns tell.
        kind: Option<EventKind>,
    },
    /// Typed arrays, one after the other.
    Batches {
        /// Where they lie.
        batches: Vec<BatchLayout>,
    },
}

/// What to do with an event that equals an earlier one.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DuplicateRule {
    /// Replay both.
    Keep,
    /// Leave the later one out.
    Drop,
    /// Refuse the data.
    Refuse,
}

impl LoadData {
    /// # Errors
    ///
    /// `config_…`, `market_data_…`, `invalid_request` for a layout that does not fit, `cancelled`.
    pub(super) fn read(self, bytes: &[u8], control: &Control) -> Result<MarketData, Failure> {
        let instruments = Arc::new(Instruments::new(&configs(self.instruments)?)?);
        let options = LoadOptions {
            sort: self.sort,
            duplicates: match self.duplicates {
                DuplicateRule::Keep => Duplicates::Keep,
                DuplicateRule::Drop => Duplicates::Drop,
                DuplicateRule::Refuse => Duplicates::Refuse,
            },
        };
        self.format
            .read(bytes, |source| Ok(MarketData::read(instruments, source, &options, control)?))
    }
}

impl Format {
    /// Hands the attachment on in its form.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a layout that does not fit, and what `take` answers.
    pub(super) fn read<T>(
        self,
        bytes: &[u8],
        take: impl FnOnce(Source<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let batches;
        let source = match self {
            Format::Json {} => Source::Json(bytes),
            Format::Records {} => Source::Records(bytes),
            Format::Csv { kind } => Source::Csv(bytes, kind.map(RowKind::from)),
            Format::Parquet { kind } => Source::Parquet(bytes, kind.map(RowKind::from)),
            Format::Batches { batches: layouts } => {
                batches = layouts
                    .into_iter()
                    .map(|layout| layout.read(bytes))
                    .collect::<Result<Vec<_>, _>>()?;
                Source::Batches(&batches)
            }
        };
        take(source)
    }
}

/// One row of the instrument table; `index` is what market data refers to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstrumentInfo {
    /// Position after the engine has sorted the instruments; not the order of the configuration.
    index: u32,
    /// Exchange id, for example `"binance_spot"`.
    exchange: String,
    /// Internal name, for example `"binancespot-btc_usdt"`; keys of the summary.
    name: String,
    /// The exchange's own name, for example `"BTCUSDT"`.
    name_exchange: String,
    /// Asset that is bought and sold.
    base: String,
    /// Asset that prices are in.
    quote: String,
    /// Kind of contract.
    kind: Kind,
}

/// An exchange and its index.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeInfo {
    /// Position in the engine's exchange order.
    index: u32,
    /// Exchange id, for example `"binance_spot"`.
    exchange: String,
}

/// An asset on one exchange and its index.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetInfo {
    /// Position in the engine's asset order.
    index: u32,
    /// Exchange id, for example `"binance_spot"`.
    exchange: String,
    /// Internal asset name, for example `"usdt"`.
    asset: String,
}

/// The engine's index tables for a set of instruments.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstrumentTable {
    /// Exchanges by index.
    exchanges: Vec<ExchangeInfo>,
    /// Assets by index.
    assets: Vec<AssetInfo>,
    /// Instruments by index.
    instruments: Vec<InstrumentInfo>,
    /// Digest of the table; equal tables have equal digests.
    digest: String,
}

impl From<&tendon_engine::Instruments> for InstrumentTable {
    fn from(table: &tendon_engine::Instruments) -> Self {
        Self {
            exchanges: table
                .exchanges()
                .zip(0..)
                .map(|(exchange, index)| ExchangeInfo {
                    index,
                    exchange: exchange.as_str().to_owned(),
                })
                .collect(),
            assets: table
                .assets()
                .zip(0..)
                .map(|((exchange, asset), index)| AssetInfo {
                    index,
                    exchange: exchange.as_str().to_owned(),
                    asset: asset.to_owned(),
                })
                .collect(),
            instruments: table
                .rows()
                .iter()
                .map(|row| InstrumentInfo {
                    index: row.index as u32,
                    exchange: row.exchange.as_str().to_owned(),
                    name: row.name.clone(),
                    name_exchange: row.name_exchange.clone(),
                    base: row.base.clone(),
                    quote: row.quote.clone(),
                    kind: Kind::from(&row.kind),
                })
                .collect(),
            digest: table.digest().to_owned(),
        }
    }
}

/// Counts per instrument of a market data set.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstrumentDataStats {
    /// Index of the instrument.
    instrument: u32,
    /// Public trades.
    trades: u64,
    /// Best bid and ask updates.
    quotes: u64,
    /// Everything else: order books, candles, liquidations.
    other: u64,
}

/// What a market data set holds.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarketDataStats {
    /// Events that a replay will process: items and reconnects.
    events: u64,
    /// Market items.
    items: u64,
    /// Reconnect notices.
    reconnecting: u64,
    /// Recorded errors left out while loading.
    skipped: u64,
    /// Items left out because an earlier one was equal.
    duplicates: u64,
    /// Items whose exchange time lies before the item in front of them, before any sorting.
    out_of_order: u64,
    /// Earliest exchange time, RFC 3339.
    first: String,
    /// Latest exchange time, RFC 3339.
    last: String,
    /// Counts per instrument, by index.
    per_instrument: Vec<InstrumentDataStats>,
}

impl From<&tendon_engine::MarketDataStats> for MarketDataStats {
    fn from(stats: &tendon_engine::MarketDataStats) -> Self {
        Self {
            events: stats.events,
            items: stats.items,
            reconnecting: stats.reconnecting,
            skipped: stats.skipped,
            duplicates: stats.duplicates,
            out_of_order: stats.out_of_order,
            first: tendon_engine::time::format(stats.first),
            last: tendon_engine::time::format(stats.last),
            per_instrument: stats
                .per_instrument
                .iter()
                .zip(0..)
                .map(|(counts, instrument)| InstrumentDataStats {
                    instrument,
                    trades: counts.trades,
                    quotes: counts.quotes,
                    other: counts.other,
                })
                .collect(),
        }
    }
}

/// A loaded market data set.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoadedData {
    /// Handle of the data.
    pub(super) data: u64,
    /// The table the data was read against.
    pub(super) table: InstrumentTable,
    /// What it holds.
    pub(super) stats: MarketDataStats,
}
