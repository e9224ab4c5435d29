//! Recorded market data: read from bytes, validated against an instrument table, kept in order.

mod check;
mod parse;
mod record;
mod scalar;
mod split;
mod stats;

use std::sync::Arc;

use barter_data::{event::DataKind, streams::consumer::MarketStreamEvent};
use barter_instrument::instrument::InstrumentIndex;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{Control, EngineError, Instruments};

pub use stats::{InstrumentDataStats, MarketDataStats};

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
        Self::parse_with(instruments, bytes, &Control::default())
    }

    /// [`parse`](Self::parse) that stops when `control` is cancelled.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and `cancelled`.
    pub fn parse_with(
        instruments: Arc<Instruments>,
        bytes: &[u8],
        control: &Control,
    ) -> Result<Self, EngineError> {
        parse::parse(instruments, bytes, control)
    }

    /// The table the data was validated against.
    pub fn instruments(&self) -> &Arc<Instruments> {
        &self.instruments
    }

    /// The events in the order given.
    pub fn events(&self) -> &[MarketStreamEvent<InstrumentIndex, DataKind>] {
        &self.events
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
