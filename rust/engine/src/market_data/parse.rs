//! From bytes to a validated data set.

use std::sync::Arc;

use barter_data::{event::MarketEvent, streams::consumer::MarketStreamEvent};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};

use super::{
    InstrumentDataStats, MarketData, MarketDataStats, MarketRecord,
    check::{PriceRange, check},
    record::{InstrumentRef, Item, Record},
    split::{Records, Slice},
};
use crate::{Control, EngineError, Instruments};

/// Bytes of a typical record, to reserve roughly the right number of events.
const TYPICAL_RECORD: usize = 300;
/// Records between two looks at the control.
const CANCEL_EVERY: u64 = 1024;

pub(super) fn parse(
    instruments: Arc<Instruments>,
    bytes: &[u8],
    control: &Control,
) -> Result<MarketData, EngineError> {
    let mut loader = Loader::new(&instruments, bytes.len() / TYPICAL_RECORD);
    for slice in Records::new(bytes) {
        let slice = slice.map_err(|broken| EngineError::MarketData {
            code: "market_data_syntax",
            line: Some(broken.line),
            index: None,
            field: None,
            message: broken.message.to_owned(),
        })?;
        loader.add(slice)?;
        if slice.index % CANCEL_EVERY == 0 && control.is_cancelled() {
            return Err(EngineError::Cancelled { events: loader.events.len() as u64 });
        }
    }
    let Loader { mut events, prices, stats, start, .. } = loader;
    let (Some(start), Some(stats)) = (start, stats.finish(events.len() as u64)) else {
        return Err(EngineError::data(
            "market_data_empty",
            "needs at least one market item: none was found",
        ));
    };
    events.shrink_to_fit();
    let (lowest_price, highest_price) = prices.bounds();
    Ok(MarketData { instruments, events, start, lowest_price, highest_price, stats })
}

struct Loader<'a> {
    instruments: &'a Instruments,
    exchanges: Vec<ExchangeId>,
    events: Vec<MarketRecord>,
    prices: PriceRange,
    stats: Counting,
    start: Option<DateTime<Utc>>,
}

impl<'a> Loader<'a> {
    fn new(instruments: &'a Instruments, expected: usize) -> Self {
        Self {
            instruments,
            exchanges: instruments.exchanges().collect(),
            events: Vec::with_capacity(expected),
            prices: PriceRange::default(),
            stats: Counting::new(instruments.rows().len()),
            start: None,
        }
    }

    fn add(&mut self, slice: Slice<'_>) -> Result<(), EngineError> {
        match serde_json::from_slice(slice.bytes) {
            Ok(Record::Item(item)) => self.add_item(item).map_err(|v| violation(slice, v)),
            Ok(Record::Reconnecting(exchange)) => {
                self.add_reconnecting(exchange).map_err(|v| violation(slice, v))
            }
            Ok(Record::Skipped) => {
                self.stats.skipped += 1;
                Ok(())
            }
            Err(_) => Err(explain(slice)),
        }
    }

    fn add_item(&mut self, item: Item<'_>) -> Result<(), Violation> {
        let instrument = self.resolve(&item)?;
        check(&item.kind, &mut self.prices)
            .map_err(|(code, field, message)| (code, format!("kind.{field}"), message))?;
        self.start.get_or_insert(item.time_exchange);
        self.stats.count(instrument, &item);
        self.events.push(MarketStreamEvent::Item(MarketEvent {
            time_exchange: item.time_exchange,
            time_received: item.time_received,
            exchange: item.exchange,
            instrument,
            kind: item.kind,
        }));
        Ok(())
    }

    fn add_reconnecting(&mut self, exchange: ExchangeId) -> Result<(), Violation> {
        if !self.exchanges.contains(&exchange) {
            return Err((
                "market_data_exchange",
                "Reconnecting".into(),
                format!("\"{}\" has no instrument in the table", exchange.as_str()),
            ));
        }
        self.stats.reconnecting += 1;
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
}

/// Code, field and message of a rule that a record breaks.
type Violation = (&'static str, String, String);

fn violation(slice: Slice<'_>, (code, field, message): Violation) -> EngineError {
    EngineError::MarketData {
        code,
        line: Some(slice.line),
        index: Some(slice.index),
        field: Some(field),
        message,
    }
}

/// Reads a bad record once more, slowly, to name the field.
fn explain(slice: Slice<'_>) -> EngineError {
    let mut json = serde_json::Deserializer::from_slice(slice.bytes);
    let (path, error) = match serde_path_to_error::deserialize::<_, Record<'_>>(&mut json) {
        Err(error) => (error.path().to_string(), error.into_inner()),
        // Trailing characters: the record itself is fine.
        Ok(_) => match json.end() {
            Err(error) => (String::new(), error),
            Ok(()) => (String::new(), serde::de::Error::custom("unreadable record")),
        },
    };
    let line = slice.line + (error.line() as u64).saturating_sub(1);
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    let data = error.is_data();
    let path = Some(path).filter(|path| data && !path.is_empty() && path != ".");
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let field = match (path, missing) {
        (Some(path), Some(name)) => Some(format!("{path}.{name}")),
        (None, Some(name)) => Some(name.to_owned()),
        (path, None) => path,
    };
    let code = if data { "market_data_field" } else { "market_data_syntax" };
    EngineError::MarketData { code, line: Some(line), index: Some(slice.index), field, message }
}

struct Counting {
    items: u64,
    reconnecting: u64,
    skipped: u64,
    out_of_order: u64,
    previous: Option<DateTime<Utc>>,
    bounds: Option<(DateTime<Utc>, DateTime<Utc>)>,
    per_instrument: Vec<InstrumentDataStats>,
}

impl Counting {
    fn new(instruments: usize) -> Self {
        Self {
            items: 0,
            reconnecting: 0,
            skipped: 0,
            out_of_order: 0,
            previous: None,
            bounds: None,
            per_instrument: vec![InstrumentDataStats::default(); instruments],
        }
    }

    fn count(&mut self, instrument: InstrumentIndex, item: &Item<'_>) {
        let time = item.time_exchange;
        self.items += 1;
        self.out_of_order += u64::from(self.previous.is_some_and(|previous| time < previous));
        self.previous = Some(time);
        self.bounds = Some(match self.bounds {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
        self.per_instrument[instrument.index()].count(&item.kind);
    }

    fn finish(self, events: u64) -> Option<MarketDataStats> {
        let (first, last) = self.bounds?;
        Some(MarketDataStats {
            events,
            items: self.items,
            reconnecting: self.reconnecting,
            skipped: self.skipped,
            out_of_order: self.out_of_order,
            first,
            last,
            per_instrument: self.per_instrument,
        })
    }
}
