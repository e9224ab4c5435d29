//! Recorded market data: read from bytes, validated against an instrument table, kept in order.

mod check;
mod column;
mod columns;
mod csv;
mod flat;
mod loader;
mod parquet;
mod parse;
mod record;
mod row;
mod scalar;
mod split;
mod stats;
mod table;

use std::sync::Arc;

use barter_data::{event::DataKind, streams::consumer::MarketStreamEvent};
use barter_instrument::instrument::InstrumentIndex;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{Control, EngineError, Instruments};

pub(crate) use check::violation;
pub use column::RowKind;
pub use columns::{Batch, Values};
pub use stats::{InstrumentDataStats, MarketDataStats};

/// What events are read from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A JSON array or JSON lines: barter's own records, or flat objects with a field per column.
    Json(&'a [u8]),
    /// JSON lines that stand for values without lines of their own; errors name the record alone.
    Records(&'a [u8]),
    /// A line of column names, then a row per event.
    Csv(&'a [u8], Option<RowKind>),
    /// Flat columns.
    Parquet(&'a [u8], Option<RowKind>),
    /// Typed arrays.
    Batches(&'a [Batch]),
}

/// What to do with an event that equals an earlier one in instrument, exchange time and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// Replay both.
    #[default]
    Keep,
    /// Leave the later one out and count it.
    Drop,
    /// Refuse the data.
    Refuse,
}

/// How events are taken in.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// Order events by exchange time; equal times keep their order.
    pub sort: bool,
    /// Rule for duplicates.
    pub duplicates: Duplicates,
}

/// One event of a data set, as the engine takes it.
pub(crate) type MarketRecord = MarketStreamEvent<InstrumentIndex, DataKind>;

/// A validated, immutable data set; share it between runs with an `Arc`.
#[derive(Debug)]
pub struct MarketData {
    instruments: Arc<Instruments>,
    events: Vec<MarketRecord>,
    start: DateTime<Utc>,
    lowest_price: Decimal,
    highest_price: Decimal,
    stats: MarketDataStats,
}

impl MarketData {
    /// Reads a JSON array or JSON lines.
    ///
    /// Each record is `{"Item":{…}}`, `{"Item":{"Ok":{…}}}`, `{"Item":{"Err":…}}` (counted, left
    /// out), `{"Reconnecting":"<exchange>"}`, any of these inside `{"Market":…}`, or a bare event.
    /// Keys may be snake_case or camelCase; times RFC 3339 or integer milliseconds; a missing receive
    /// time is the exchange time; decimals strings or numbers; an instrument is an index, a name, or
    /// `{exchange, name}`. Order is kept as given.
    ///
    /// # Errors
    ///
    /// A `market_data_…` error with line, record number and field of the first bad record.
    pub fn parse(instruments: Arc<Instruments>, bytes: &[u8]) -> Result<Self, EngineError> {
        Self::read(instruments, Source::Json(bytes), &LoadOptions::default(), &Control::default())
    }

    /// Reads any source; stops when `control` is cancelled.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), `market_data_column`, `market_data_duplicate` and `cancelled`.
    pub fn read(
        instruments: Arc<Instruments>,
        source: Source<'_>,
        options: &LoadOptions,
        control: &Control,
    ) -> Result<Self, EngineError> {
        match source {
            Source::Json(bytes) => parse::parse(instruments, bytes, true, options, control),
            Source::Records(bytes) => parse::parse(instruments, bytes, false, options, control),
            Source::Csv(bytes, kind) => csv::parse(instruments, bytes, kind, options, control),
            Source::Parquet(bytes, kind) => {
                parquet::parse(instruments, bytes, kind, options, control)
            }
            Source::Batches(batches) => columns::parse(instruments, batches, options, control),
        }
    }

    /// The table the data was validated against.
    pub fn instruments(&self) -> &Arc<Instruments> {
        &self.instruments
    }

    /// The events in the order given.
    pub fn events(&self) -> &[MarketStreamEvent<InstrumentIndex, DataKind>] {
        &self.events
    }

    /// The events alone.
    pub(crate) fn into_events(self) -> Vec<MarketRecord> {
        self.events
    }

    /// Exchange time of the first item: where a replay starts.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// Counts and bounds.
    pub fn stats(&self) -> &MarketDataStats {
        &self.stats
    }

    /// Lowest trade or quote price of any instrument.
    pub(crate) fn lowest_price(&self) -> Decimal {
        self.lowest_price
    }

    /// Highest trade or quote price of any instrument.
    pub(crate) fn highest_price(&self) -> Decimal {
        self.highest_price
    }
}
