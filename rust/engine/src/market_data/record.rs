//! The JSON shapes of one record.
//!
//! Common kinds (trades and best quotes) are read straight into barter's types. Field names and
//! forms follow barter's serde output; camelCase is accepted too.

use std::{borrow::Cow, fmt};

use barter_data::{
    books::{Level, OrderBook},
    event::DataKind,
    subscription::{
        book::{OrderBookEvent, OrderBookL1},
        candle::Candle,
        liquidation::Liquidation,
        trade::PublicTrade,
    },
};
use barter_instrument::{Side, exchange::ExchangeId};
use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};

use super::scalar::{Exact, Time, double, instant};

/// What one record says.
#[derive(Debug)]
pub(super) enum Record<'a> {
    Item(Item<'a>),
    Reconnecting(ExchangeId),
    /// A recorded error.
    Skipped,
}

/// A market event before its instrument is resolved.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) time_exchange: DateTime<Utc>,
    pub(super) time_received: DateTime<Utc>,
    pub(super) exchange: ExchangeId,
    pub(super) instrument: InstrumentRef<'a>,
    pub(super) kind: DataKind,
}

/// How a record names its instrument.
#[derive(Debug)]
pub(super) enum InstrumentRef<'a> {
    Index(u64),
    Name(Cow<'a, str>),
    Full(ExchangeId, String),
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Key {
    Item,
    Ok,
    Err,
    Market,
    Reconnecting,
    #[serde(rename = "time_exchange", alias = "timeExchange")]
    TimeExchange,
    #[serde(rename = "time_received", alias = "timeReceived")]
    TimeReceived,
    #[serde(rename = "exchange")]
    Exchange,
    #[serde(rename = "instrument")]
    Instrument,
    #[serde(rename = "kind")]
    Kind,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Record<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a market event object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut wrapped = None;
        let mut time_exchange: Option<Time> = None;
        let mut time_received: Option<Time> = None;
        let mut exchange = None;
        let mut instrument = None;
        let mut kind = None;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Item | Key::Ok | Key::Market => wrapped = Some(map.next_value()?),
                Key::Reconnecting => wrapped = Some(Record::Reconnecting(map.next_value()?)),
                Key::Err => {
                    map.next_value::<IgnoredAny>()?;
                    wrapped = Some(Record::Skipped);
                }
                Key::TimeExchange => time_exchange = Some(map.next_value()?),
                Key::TimeReceived => time_received = Some(map.next_value()?),
                Key::Exchange => exchange = Some(map.next_value()?),
                Key::Instrument => instrument = Some(map.next_value()?),
                Key::Kind => kind = Some(map.next_value::<Kind>()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(record) = wrapped {
            return Ok(record);
        }
        let time_exchange =
            time_exchange.ok_or_else(|| A::Error::missing_field("time_exchange"))?.0;
        let kind = kind.ok_or_else(|| A::Error::missing_field("kind"))?;
        Ok(Record::Item(Item {
            time_exchange,
            time_received: time_received.map_or(time_exchange, |time| time.0),
            exchange: exchange.ok_or_else(|| A::Error::missing_field("exchange"))?,
            instrument: instrument.ok_or_else(|| A::Error::missing_field("instrument"))?,
            kind: kind.into_data(time_exchange),
        }))
    }
}

impl<'de> Deserialize<'de> for InstrumentRef<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RefVisitor;

        impl<'de> Visitor<'de> for RefVisitor {
            type Value = InstrumentRef<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instrument index, a name, or an object with exchange and name")
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<Self::Value, E> {
                Ok(InstrumentRef::Index(index))
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(InstrumentRef::Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(InstrumentRef::Name(Cow::Owned(name.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                #[derive(Deserialize)]
                struct Full {
                    exchange: ExchangeId,
                    name: String,
                }
                let full = Full::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(InstrumentRef::Full(full.exchange, full.name))
            }
        }

        deserializer.deserialize_any(RefVisitor)
    }
}

#[derive(Deserialize)]
enum Kind {
    #[serde(alias = "trade")]
    Trade(TradeShape),
    #[serde(alias = "orderBookL1")]
    OrderBookL1(QuoteShape),
    #[serde(alias = "orderBook")]
    OrderBook(BookEventShape),
    #[serde(alias = "candle")]
    Candle(CandleShape),
    #[serde(alias = "liquidation")]
    Liquidation(LiquidationShape),
}

#[derive(Deserialize)]
struct TradeShape {
    id: String,
    #[serde(deserialize_with = "double")]
    price: f64,
    #[serde(deserialize_with = "double")]
    amount: f64,
    side: Side,
}

#[derive(Deserialize)]
struct QuoteShape {
    #[serde(alias = "lastUpdateTime")]
    last_update_time: Option<Time>,
    #[serde(alias = "bestBid")]
    best_bid: Option<LevelShape>,
    #[serde(alias = "bestAsk")]
    best_ask: Option<LevelShape>,
}

#[derive(Deserialize)]
struct LevelShape {
    price: Exact,
    amount: Exact,
}

impl From<LevelShape> for Level {
    fn from(shape: LevelShape) -> Self {
        Self::new(shape.price.0, shape.amount.0)
    }
}

#[derive(Deserialize)]
enum BookEventShape {
    #[serde(alias = "snapshot")]
    Snapshot(BookShape),
    #[serde(alias = "update")]
    Update(BookShape),
}

/// Barter writes book sides without the `side` it needs to read them, so they are rebuilt here.
#[derive(Deserialize)]
struct BookShape {
    sequence: u64,
    #[serde(alias = "timeEngine")]
    time_engine: Option<Time>,
    bids: BookSideShape,
    asks: BookSideShape,
}

#[derive(Deserialize)]
struct BookSideShape {
    levels: Vec<LevelShape>,
}

impl From<BookShape> for OrderBook {
    fn from(shape: BookShape) -> Self {
        let time = shape.time_engine.map(|time| time.0);
        Self::new(shape.sequence, time, shape.bids.levels, shape.asks.levels)
    }
}

#[derive(Deserialize)]
struct CandleShape {
    #[serde(alias = "closeTime", deserialize_with = "instant")]
    close_time: DateTime<Utc>,
    #[serde(deserialize_with = "double")]
    open: f64,
    #[serde(deserialize_with = "double")]
    high: f64,
    #[serde(deserialize_with = "double")]
    low: f64,
    #[serde(deserialize_with = "double")]
    close: f64,
    #[serde(deserialize_with = "double")]
    volume: f64,
    #[serde(alias = "tradeCount")]
    trade_count: u64,
}

#[derive(Deserialize)]
struct LiquidationShape {
    side: Side,
    #[serde(deserialize_with = "double")]
    price: f64,
    #[serde(deserialize_with = "double")]
    quantity: f64,
    #[serde(deserialize_with = "instant")]
    time: DateTime<Utc>,
}

impl Kind {
    fn into_data(self, time_exchange: DateTime<Utc>) -> DataKind {
        match self {
            Self::Trade(trade) => DataKind::Trade(PublicTrade {
                id: trade.id,
                price: trade.price,
                amount: trade.amount,
                side: trade.side,
            }),
            Self::OrderBookL1(quote) => DataKind::OrderBookL1(OrderBookL1 {
                last_update_time: quote.last_update_time.map_or(time_exchange, |time| time.0),
                best_bid: quote.best_bid.map(Level::from),
                best_ask: quote.best_ask.map(Level::from),
            }),
            Self::OrderBook(BookEventShape::Snapshot(book)) => {
                DataKind::OrderBook(OrderBookEvent::Snapshot(book.into()))
            }
            Self::OrderBook(BookEventShape::Update(book)) => {
                DataKind::OrderBook(OrderBookEvent::Update(book.into()))
            }
            Self::Candle(candle) => DataKind::Candle(Candle {
                close_time: candle.close_time,
                open: candle.open,
                high: candle.high,
                low: candle.low,
                close: candle.close,
                volume: candle.volume,
                trade_count: candle.trade_count,
            }),
            Self::Liquidation(liquidation) => DataKind::Liquidation(Liquidation {
                side: liquidation.side,
                price: liquidation.price,
                quantity: liquidation.quantity,
                time: liquidation.time,
            }),
        }
    }
}
