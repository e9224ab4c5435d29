//! Collecting records of any format into a data set: instruments, rules, duplicates, order, counts.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use barter_data::{
    event::{DataKind, MarketEvent},
    streams::consumer::MarketStreamEvent,
};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};

use super::{
    Duplicates, InstrumentDataStats, LoadOptions, MarketData, MarketDataStats, MarketRecord,
    check::{PriceRange, check},
    record::{InstrumentRef, Item},
};
use crate::{Control, EngineError, Instruments, time::nanos};

/// Records between two looks at the control.
const CANCEL_EVERY: u64 = 1024;

/// Code, field and message of a rule that a record breaks.
pub(super) type Violation = (&'static str, String, String);

/// Where a record stands in its source.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Line it starts in, from 1, if the source has lines.
    pub(super) line: Option<u64>,
    /// Its number, from 0.
    pub(super) index: u64,
}

impl Place {
    pub(super) fn error(self, (code, field, message): Violation) -> EngineError {
        EngineError::MarketData {
            code,
            line: self.line,
            index: Some(self.index),
            field: Some(field).filter(|field| !field.is_empty()),
            message,
        }
    }
}

/// A data set in the making.
pub(super) struct Loader<'a> {
    pub(super) instruments: &'a Instruments,
    options: &'a LoadOptions,
    control: &'a Control,
    exchanges: Vec<ExchangeId>,
    events: Vec<MarketRecord>,
    /// Order that the source states, if it does.
    positions: Vec<u32>,
    prices: PriceRange,
    /// Prices of instruments that nobody can trade here.
    other_prices: PriceRange,
    seen: HashMap<Fingerprint, Vec<usize>>,
    duplicates: u64,
    skipped: u64,
    records: u64,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        instruments: &'a Instruments,
        options: &'a LoadOptions,
        control: &'a Control,
        expected: usize,
    ) -> Self {
        Self {
            instruments,
            options,
            control,
            exchanges: instruments.exchanges().collect(),
            events: Vec::with_capacity(expected),
            positions: Vec::new(),
            prices: PriceRange::default(),
            other_prices: PriceRange::default(),
            seen: HashMap::new(),
            duplicates: 0,
            skipped: 0,
            records: 0,
        }
    }

    /// To be called for each record.
    pub(super) fn tick(&mut self) -> Result<(), EngineError> {
        if self.records.is_multiple_of(CANCEL_EVERY) && self.control.is_cancelled() {
            return Err(EngineError::Cancelled { events: self.events.len() as u64 });
        }
        self.records += 1;
        Ok(())
    }

    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// States the position of the event added last.
    pub(super) fn place_last(&mut self, position: u32) {
        // A duplicate that was left out has no place to take.
        if self.positions.len() < self.events.len() {
            self.positions.push(position);
        }
    }

    pub(super) fn add_item(&mut self, item: Item<'_>) -> Result<(), Violation> {
        let instrument = self.resolve(&item)?;
        let prices = if self.instruments.rows()[instrument.index()].is_spot() {
            &mut self.prices
        } else {
            &mut self.other_prices
        };
        check(&item.kind, prices)
            .map_err(|(code, field, message)| (code, format!("kind.{field}"), message))?;
        let event = MarketEvent {
            time_exchange: item.time_exchange,
            time_received: item.time_received,
            exchange: item.exchange,
            instrument,
            kind: item.kind,
        };
        if self.options.duplicates == Duplicates::Keep || self.is_new(&event)? {
            self.events.push(MarketStreamEvent::Item(event));
        }
        Ok(())
    }

    /// Equal in everything but the time it was received.
    fn is_new(
        &mut self,
        event: &MarketEvent<InstrumentIndex, DataKind>,
    ) -> Result<bool, Violation> {
        let earlier = self.seen.entry(Fingerprint::of(event)).or_default();
        let equal = |index: &&usize| match &self.events[**index] {
            MarketStreamEvent::Item(other) => {
                other.time_exchange == event.time_exchange
                    && other.instrument == event.instrument
                    && other.kind == event.kind
            }
            MarketStreamEvent::Reconnecting(_) => false,
        };
        if earlier.iter().find(equal).is_none() {
            earlier.push(self.events.len());
            return Ok(true);
        }
        if self.options.duplicates == Duplicates::Refuse {
            return Err((
                "market_data_duplicate",
                String::new(),
                "an earlier record has the same instrument, time and content".to_owned(),
            ));
        }
        self.duplicates += 1;
        Ok(false)
    }

    pub(super) fn add_reconnecting(&mut self, exchange: ExchangeId) -> Result<(), Violation> {
        if !self.exchanges.contains(&exchange) {
            return Err((
                "market_data_exchange",
                "Reconnecting".into(),
                format!("\"{}\" has no instrument in the table", exchange.as_str()),
            ));
        }
        self.events.push(MarketStreamEvent::Reconnecting(exchange));
        Ok(())
    }

    fn resolve(&self, item: &Item<'_>) -> Result<InstrumentIndex, Violation> {
        let rows = self.instruments.rows();
        let found = match &item.instrument {
            InstrumentRef::Index(index) => usize::try_from(*index)
                .ok()
                .filter(|index| *index < rows.len())
                .map(InstrumentIndex),
            InstrumentRef::Name(name) => self.instruments.find(Some(item.exchange), name),
            InstrumentRef::Full(exchange, name) => self.instruments.find(Some(*exchange), name),
        };
        let Some(found) = found else {
            let shown = match &item.instrument {
                InstrumentRef::Index(index) => format!("index {index}"),
                InstrumentRef::Name(name) => format!("{name:?} on \"{}\"", item.exchange.as_str()),
                InstrumentRef::Full(exchange, name) => {
                    format!("{name:?} on \"{}\"", exchange.as_str())
                }
            };
            return Err((
                "market_data_instrument",
                "instrument".into(),
                format!("{shown} is not in the table of {} instruments", rows.len()),
            ));
        };
        let owner = rows[found.index()].exchange;
        if owner != item.exchange {
            return Err((
                "market_data_exchange",
                "exchange".into(),
                format!(
                    "\"{}\" is not the exchange of instrument {}: that is \"{}\"",
                    item.exchange.as_str(),
                    found.index(),
                    owner.as_str()
                ),
            ));
        }
        Ok(found)
    }

    /// The data set.
    pub(super) fn finish(
        mut self,
        instruments: Arc<Instruments>,
    ) -> Result<MarketData, EngineError> {
        if !self.positions.is_empty() {
            let positions = std::mem::take(&mut self.positions);
            self.reorder(positions);
        }
        let mut stats = MarketDataStats::count(&self.events, self.instruments.rows().len());
        if self.options.sort {
            let keys = self.sort_keys();
            self.reorder(keys);
        }
        let first_item = self.events.iter().find_map(|event| match event {
            MarketStreamEvent::Item(item) => Some(item.time_exchange),
            MarketStreamEvent::Reconnecting(_) => None,
        });
        let (Some(start), Some(stats)) = (first_item, stats.as_mut()) else {
            return Err(EngineError::data(
                "market_data_empty",
                "needs at least one market item: none was found",
            ));
        };
        stats.skipped = self.skipped;
        stats.duplicates = self.duplicates;
        self.events.shrink_to_fit();
        let (lowest_price, highest_price) = self.prices.bounds();
        let stats = stats.clone();
        Ok(MarketData {
            instruments,
            events: self.events,
            start,
            lowest_price,
            highest_price,
            stats,
        })
    }

    /// Times of the events; a reconnect notice has that of the item in front of it.
    fn sort_keys(&self) -> Vec<DateTime<Utc>> {
        let mut time = DateTime::<Utc>::MIN_UTC;
        self.events
            .iter()
            .map(|event| {
                if let MarketStreamEvent::Item(item) = event {
                    time = item.time_exchange;
                }
                time
            })
            .collect()
    }

    /// Stable, so events with equal keys keep their order.
    fn reorder<K: Ord>(&mut self, keys: Vec<K>) {
        let mut keyed: Vec<_> = keys.into_iter().zip(self.events.drain(..)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        self.events.extend(keyed.into_iter().map(|(_, event)| event));
    }
}

/// Groups events that may be equal.
#[derive(PartialEq, Eq, Hash)]
struct Fingerprint {
    instrument: usize,
    time: i64,
    content: u64,
}

impl Fingerprint {
    fn of(event: &MarketEvent<InstrumentIndex, DataKind>) -> Self {
        let mut hasher = fnv::FnvHasher::default();
        std::mem::discriminant(&event.kind).hash(&mut hasher);
        match &event.kind {
            DataKind::Trade(trade) => {
                trade.id.hash(&mut hasher);
                hasher.write_u64(trade.price.to_bits());
            }
            DataKind::OrderBookL1(quote) => {
                (quote.best_bid.map(|level| level.price)).hash(&mut hasher);
                (quote.best_ask.map(|level| level.price)).hash(&mut hasher);
            }
            DataKind::Candle(candle) => hasher.write_u64(candle.close.to_bits()),
            DataKind::Liquidation(liquidation) => hasher.write_u64(liquidation.price.to_bits()),
            DataKind::OrderBook(_) => {}
        }
        Self {
            instrument: event.instrument.index(),
            time: nanos(event.time_exchange),
            content: hasher.finish(),
        }
    }
}

impl MarketDataStats {
    /// Counts events in the order given; `None` without a market item.
    fn count(events: &[MarketRecord], instruments: usize) -> Option<Self> {
        let mut per_instrument = vec![InstrumentDataStats::default(); instruments];
        let (mut items, mut out_of_order) = (0, 0);
        let mut previous: Option<DateTime<Utc>> = None;
        let mut bounds: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
        for event in events {
            let MarketStreamEvent::Item(item) = event else { continue };
            let time = item.time_exchange;
            items += 1;
            out_of_order += u64::from(previous.is_some_and(|previous| time < previous));
            previous = Some(time);
            bounds = Some(match bounds {
                Some((first, last)) => (first.min(time), last.max(time)),
                None => (time, time),
            });
            per_instrument[item.instrument.index()].count(&item.kind);
        }
        let (first, last) = bounds?;
        Some(Self {
            events: events.len() as u64,
            items,
            reconnecting: events.len() as u64 - items,
            skipped: 0,
            duplicates: 0,
            out_of_order,
            first,
            last,
            per_instrument,
        })
    }
}
