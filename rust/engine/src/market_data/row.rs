//! One row of a table, read as a market event.

use std::borrow::Cow;

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
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    column::{Column, RowKind},
    loader::Violation,
    record::{InstrumentRef, Item},
    table::Header,
};
use crate::{Instruments, decimal, parse_exchange, time};

/// One value of a row.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Exact(Decimal),
    Time(DateTime<Utc>),
    Levels(Vec<Level>),
    Flag(bool),
    /// What cannot be a value here, as the message shows it.
    Other(String),
}

impl Cell<'_> {
    fn show(&self) -> String {
        match self {
            Self::Empty => "nothing".to_owned(),
            Self::Text(text) if text.chars().count() > 80 => {
                format!("\"{}…\"", text.chars().take(80).collect::<String>())
            }
            Self::Text(text) => format!("\"{text}\""),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Exact(value) => value.to_string(),
            Self::Time(value) => time::format(*value),
            Self::Levels(_) => "a list of levels".to_owned(),
            Self::Flag(value) => value.to_string(),
            Self::Other(shown) => shown.clone(),
        }
    }
}

/// A row whose cells are looked up by place.
pub(super) struct Row<'h, F> {
    pub(super) header: &'h Header,
    pub(super) cell: F,
    pub(super) instruments: &'h Instruments,
}

impl<'c, F: Fn(usize) -> Cell<'c>> Row<'_, F> {
    fn get(&self, column: Column) -> Cell<'c> {
        self.header.place(column).map_or(Cell::Empty, &self.cell)
    }

    pub(super) fn missing(&self, column: Column, kind: RowKind) -> Violation {
        let message = format!("is missing, and a {} needs it", kind.name());
        ("market_data_field", self.header.shown(column), message)
    }

    fn wrong(&self, column: Column, wanted: &str, cell: &Cell<'_>) -> Violation {
        let message = format!("must be {wanted}: current value is {}", cell.show());
        ("market_data_field", self.header.shown(column), message)
    }

    pub(super) fn kind(&self) -> Result<RowKind, Violation> {
        if let Some(kind) = self.header.kind() {
            return Ok(kind);
        }
        let cell = self.get(Column::Kind);
        match &cell {
            Cell::Text(text) => RowKind::parse(text),
            _ => None,
        }
        .ok_or_else(|| {
            let names: Vec<_> = RowKind::ALL.iter().map(|(_, name)| *name).collect();
            self.wrong(Column::Kind, &format!("one of {}", names.join(", ")), &cell)
        })
    }

    pub(super) fn item(&self, kind: RowKind) -> Result<Item<'c>, Violation> {
        let time_exchange =
            self.time(Column::Time)?.ok_or_else(|| self.missing(Column::Time, kind))?;
        let (exchange, instrument) = self.instrument()?;
        Ok(Item {
            time_exchange,
            time_received: self.time(Column::Received)?.unwrap_or(time_exchange),
            exchange,
            instrument,
            kind: self.data(kind, time_exchange)?,
        })
    }

    fn data(&self, kind: RowKind, time_exchange: DateTime<Utc>) -> Result<DataKind, Violation> {
        let double = |column| self.double(column)?.ok_or_else(|| self.missing(column, kind));
        let levels = |column| self.levels(column)?.ok_or_else(|| self.missing(column, kind));
        Ok(match kind {
            RowKind::Trade => DataKind::Trade(PublicTrade {
                id: self.text(Column::Id),
                price: double(Column::Price)?,
                amount: double(Column::Amount)?,
                side: self.side(kind)?,
            }),
            RowKind::Quote => DataKind::OrderBookL1(OrderBookL1 {
                last_update_time: self.time(Column::Updated)?.unwrap_or(time_exchange),
                best_bid: self.level(kind, Column::BidPrice, Column::BidAmount)?,
                best_ask: self.level(kind, Column::AskPrice, Column::AskAmount)?,
            }),
            RowKind::Candle => DataKind::Candle(Candle {
                close_time: self.time(Column::CloseTime)?.unwrap_or(time_exchange),
                open: double(Column::Open)?,
                high: double(Column::High)?,
                low: double(Column::Low)?,
                close: double(Column::Close)?,
                volume: double(Column::Volume)?,
                trade_count: self.count(Column::TradeCount)?,
            }),
            RowKind::Liquidation => DataKind::Liquidation(Liquidation {
                side: self.side(kind)?,
                price: double(Column::Price)?,
                quantity: double(Column::Amount)?,
                time: time_exchange,
            }),
            RowKind::Book => {
                let book = OrderBook::new(
                    self.count(Column::Sequence)?,
                    self.time(Column::Updated)?,
                    levels(Column::Bids)?,
                    levels(Column::Asks)?,
                );
                DataKind::OrderBook(match self.get(Column::Update) {
                    Cell::Flag(true) | Cell::Int(1) => OrderBookEvent::Update(book),
                    _ => OrderBookEvent::Snapshot(book),
                })
            }
            // Handled before: it is no item.
            RowKind::Reconnecting => return Err(self.missing(Column::Kind, kind)),
        })
    }

    pub(super) fn exchange(&self) -> Result<Option<ExchangeId>, Violation> {
        match self.get(Column::Exchange) {
            Cell::Empty => Ok(None),
            Cell::Text(name) => match parse_exchange(&name) {
                Some(exchange) => Ok(Some(exchange)),
                None => Err((
                    "market_data_exchange",
                    self.header.shown(Column::Exchange),
                    format!("\"{name}\" is not a known exchange id"),
                )),
            },
            cell => Err(self.wrong(Column::Exchange, "an exchange id", &cell)),
        }
    }

    /// Exchange and instrument; what the row leaves out must follow from the table.
    fn instrument(&self) -> Result<(ExchangeId, InstrumentRef<'c>), Violation> {
        let rows = self.instruments.rows();
        let exchange = self.exchange()?;
        let cell = self.get(Column::Instrument);
        let unknown = || {
            (
                "market_data_instrument",
                self.header.shown(Column::Instrument),
                format!("{} is not in the table of {} instruments", cell.show(), rows.len()),
            )
        };
        let by_index = |index: i64| {
            let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
            let row = row.ok_or_else(unknown)?;
            Ok((exchange.unwrap_or(row.exchange), InstrumentRef::Index(row.index as u64)))
        };
        match &cell {
            Cell::Int(index) => by_index(*index),
            Cell::Text(name) => {
                let mut named = rows.iter().filter(|row| {
                    exchange.is_none_or(|exchange| row.exchange == exchange)
                        && (row.name == **name || row.name_exchange == **name)
                });
                match (named.next(), named.next()) {
                    (Some(row), None) => Ok((row.exchange, InstrumentRef::Index(row.index as u64))),
                    (Some(_), Some(_)) => Err((
                        "market_data_instrument",
                        self.header.shown(Column::Instrument),
                        format!("\"{name}\" is on several exchanges: the row must name one"),
                    )),
                    (None, _) => name.parse().map_or_else(|_| Err(unknown()), by_index),
                }
            }
            Cell::Empty => {
                let mut own = rows
                    .iter()
                    .filter(|row| exchange.is_none_or(|exchange| row.exchange == exchange));
                match (own.next(), own.next()) {
                    (Some(row), None) => Ok((row.exchange, InstrumentRef::Index(row.index as u64))),
                    _ => Err((
                        "market_data_instrument",
                        self.header.shown(Column::Instrument),
                        format!("is missing, and the table has {} instruments", rows.len()),
                    )),
                }
            }
            cell => Err(self.wrong(Column::Instrument, "a name or an index", cell)),
        }
    }

    fn text(&self, column: Column) -> String {
        match self.get(column) {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.into_owned(),
            cell => cell.show(),
        }
    }

    fn side(&self, kind: RowKind) -> Result<Side, Violation> {
        let cell = self.get(Column::Side);
        match &cell {
            Cell::Empty => Err(self.missing(Column::Side, kind)),
            Cell::Text(text) => match text.to_ascii_lowercase().as_str() {
                "buy" | "b" => Ok(Side::Buy),
                "sell" | "s" => Ok(Side::Sell),
                _ => Err(self.wrong(Column::Side, "buy or sell", &cell)),
            },
            _ => Err(self.wrong(Column::Side, "buy or sell", &cell)),
        }
    }

    fn time(&self, column: Column) -> Result<Option<DateTime<Utc>>, Violation> {
        let cell = self.get(column);
        let read = match &cell {
            Cell::Empty => return Ok(None),
            Cell::Time(time) => Some(*time),
            Cell::Int(millis) => time::from_millis(*millis),
            Cell::Text(text) => match text.parse() {
                Ok(millis) => time::from_millis(millis),
                Err(_) => time::parse(text),
            },
            _ => None,
        };
        read.map(Some).ok_or_else(|| {
            let wanted = "an RFC 3339 time or integer milliseconds, years 1684 to 2255";
            self.wrong(column, wanted, &cell)
        })
    }

    fn double(&self, column: Column) -> Result<Option<f64>, Violation> {
        let cell = self.get(column);
        let read = match &cell {
            Cell::Empty => return Ok(None),
            Cell::Float(value) => Some(*value),
            Cell::Int(value) => Some(*value as f64),
            Cell::Exact(value) => value.to_f64(),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        };
        read.filter(|value| value.is_finite())
            .map(Some)
            .ok_or_else(|| self.wrong(column, "a finite number", &cell))
    }

    fn exact(&self, column: Column) -> Result<Option<Decimal>, Violation> {
        let cell = self.get(column);
        let read = match &cell {
            Cell::Empty => return Ok(None),
            Cell::Exact(value) => Some(*value),
            Cell::Int(value) => Some(Decimal::from(*value)),
            // `Display` prints the shortest digits that read back as the same number.
            Cell::Float(value) => decimal::parse(&value.to_string()),
            Cell::Text(text) => decimal::parse(text),
            _ => None,
        };
        read.map(Some).ok_or_else(|| self.wrong(column, "a decimal of at most 28 digits", &cell))
    }

    /// One side of a quote; a side is there or not as a whole.
    fn level(
        &self,
        kind: RowKind,
        price: Column,
        amount: Column,
    ) -> Result<Option<Level>, Violation> {
        match (self.exact(price)?, self.exact(amount)?) {
            (None, None) => Ok(None),
            (Some(price), Some(amount)) => Ok(Some(Level { price, amount })),
            (None, Some(_)) => Err(self.missing(price, kind)),
            (Some(_), None) => Err(self.missing(amount, kind)),
        }
    }

    fn levels(&self, column: Column) -> Result<Option<Vec<Level>>, Violation> {
        match self.get(column) {
            Cell::Empty => Ok(None),
            Cell::Levels(levels) => Ok(Some(levels)),
            cell => Err(self.wrong(column, "a list of [price, amount]", &cell)),
        }
    }

    fn count(&self, column: Column) -> Result<u64, Violation> {
        let cell = self.get(column);
        let read = match &cell {
            Cell::Empty => Some(0),
            Cell::Int(value) => u64::try_from(*value).ok(),
            Cell::Float(value) if value.fract() == 0.0 && (0.0..9e15).contains(value) => {
                Some(*value as u64)
            }
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| self.wrong(column, "a whole number of at least 0", &cell))
    }
}
