//! Counting a data set.

use barter_data::event::DataKind;
use chrono::{DateTime, Utc};

/// Counts of one instrument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstrumentDataStats {
    /// Public trades.
    pub trades: u64,
    /// Best bid and ask updates.
    pub quotes: u64,
    /// Everything else.
    pub other: u64,
}

impl InstrumentDataStats {
    pub(super) fn count(&mut self, kind: &DataKind) {
        match kind {
            DataKind::Trade(_) => self.trades += 1,
            DataKind::OrderBookL1(_) => self.quotes += 1,
            _ => self.other += 1,
        }
    }
}

/// Counts and bounds of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketDataStats {
    /// Events a replay processes.
    pub events: u64,
    /// Market items.
    pub items: u64,
    /// Reconnect notices.
    pub reconnecting: u64,
    /// Recorded errors left out.
    pub skipped: u64,
    /// Items left out because an earlier one was equal.
    pub duplicates: u64,
    /// Items older than the item in front of them, before any sorting.
    pub out_of_order: u64,
    /// Earliest exchange time.
    pub first: DateTime<Utc>,
    /// Latest exchange time.
    pub last: DateTime<Utc>,
    /// By instrument index.
    pub per_instrument: Vec<InstrumentDataStats>,
}
