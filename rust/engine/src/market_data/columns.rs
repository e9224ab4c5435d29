//! Typed arrays in and out: one batch per kind of event, one array per field.

use std::{borrow::Cow, sync::Arc};

use barter_data::{
    books::Level, event::DataKind, streams::consumer::MarketStreamEvent,
    subscription::book::OrderBookEvent,
};
use barter_instrument::Side;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    LoadOptions, MarketData, RowKind,
    loader::{Loader, Place},
    row::Cell,
    table::Header,
};
use crate::{
    Control, EngineError, Instruments, decimal,
    time::{from_nanos, nanos},
};

/// One array of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Nanoseconds since the epoch.
    Times(Vec<i64>),
    /// Numbers; NaN is no value.
    Numbers(Vec<f64>),
    /// Indices and counts.
    Counts(Vec<u32>),
    /// 0 buy, 1 sell.
    Sides(Vec<u8>),
    /// Texts.
    Texts(Vec<String>),
    /// Levels of one book side per row: where each row's end, price and amount.
    Levels {
        /// End of each row's levels, never falling.
        ends: Vec<u32>,
        /// Prices of all rows.
        prices: Vec<f64>,
        /// Amounts of all rows.
        amounts: Vec<f64>,
    },
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Times(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Counts(values) => values.len(),
            Self::Sides(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Levels { ends, .. } => ends.len(),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Times(values) => from_nanos(i128::from(values[row]))
                .map_or_else(|| Cell::Other(format!("{} ns", values[row])), Cell::Time),
            Self::Numbers(values) if values[row].is_nan() => Cell::Empty,
            Self::Numbers(values) => Cell::Float(values[row]),
            Self::Counts(values) => Cell::Int(i64::from(values[row])),
            Self::Sides(values) => match values[row] {
                0 => Cell::Text(Cow::Borrowed("buy")),
                1 => Cell::Text(Cow::Borrowed("sell")),
                other => Cell::Int(i64::from(other)),
            },
            Self::Texts(values) if values[row].is_empty() => Cell::Empty,
            Self::Texts(values) => Cell::Text(Cow::Borrowed(&values[row])),
            Self::Levels { ends, prices, amounts } => {
                let start = row.checked_sub(1).map_or(0, |before| ends[before] as usize);
                levels(prices, amounts, start, ends[row] as usize)
            }
        }
    }
}

fn levels<'c>(prices: &[f64], amounts: &[f64], start: usize, end: usize) -> Cell<'c> {
    let (Some(prices), Some(amounts)) = (prices.get(start..end), amounts.get(start..end)) else {
        return Cell::Other("levels outside of the arrays".to_owned());
    };
    let exact = |value: &f64| decimal::parse(&value.to_string());
    prices
        .iter()
        .zip(amounts)
        .map(|(price, amount)| Some(Level { price: exact(price)?, amount: exact(amount)? }))
        .collect::<Option<_>>()
        .map_or_else(|| Cell::Other("a level that is not finite".to_owned()), Cell::Levels)
}

/// Events of one kind as arrays of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// What the rows are about.
    pub kind: RowKind,
    /// Arrays by column name.
    pub columns: Vec<(String, Values)>,
    /// Where each row stands among the events of all batches, if the batches say so.
    pub positions: Option<Vec<u32>>,
}

impl Batch {
    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }
}

pub(super) fn parse(
    instruments: Arc<Instruments>,
    batches: &[Batch],
    options: &LoadOptions,
    control: &Control,
) -> Result<MarketData, EngineError> {
    let placed = batches.iter().filter(|batch| batch.positions.is_some()).count();
    if placed != 0 && placed != batches.len() {
        let message = "all batches must have it, or none";
        return Err(column(0, "position", message));
    }
    let mut loader =
        Loader::new(&instruments, options, control, batches.iter().map(Batch::rows).sum());
    for (number, batch) in batches.iter().enumerate() {
        let rows = batch.rows();
        let positions = batch.positions.as_ref().map(|values| ("position", values.len()));
        let lengths = batch.columns.iter().map(|(name, values)| (name.as_str(), values.len()));
        if let Some((name, length)) = lengths.chain(positions).find(|(_, length)| *length != rows) {
            let message = format!("has {length} rows, and the first column has {rows}");
            return Err(column(number, name, &message));
        }
        let names = batch.columns.iter().map(|(name, _)| name.as_str());
        let header = Header::new(names, Some(batch.kind))
            .map_err(|(_, field, message)| column(number, &field, &message))?;
        for row in 0..rows {
            header.add(&mut loader, |at| batch.columns[at].1.cell(row)).map_err(
                |(code, field, message)| {
                    let place = Place { line: None, index: row as u64 };
                    place.error((code, format!("batches[{number}].{field}"), message))
                },
            )?;
            if let Some(positions) = &batch.positions {
                loader.place_last(positions[row]);
            }
            loader.tick()?;
        }
    }
    loader.finish(Arc::clone(&instruments))
}

fn column(batch: usize, name: &str, message: &str) -> EngineError {
    EngineError::MarketData {
        code: "market_data_column",
        line: None,
        index: None,
        field: Some(format!("batches[{batch}].{name}")),
        message: message.to_owned(),
    }
}

impl MarketData {
    /// Events of one kind among those from `start` to before `end`, as arrays.
    ///
    /// Prices and amounts are the doubles nearest to the exact values.
    pub fn columns(&self, kind: RowKind, start: usize, end: usize) -> Batch {
        let mut out = Columns::default();
        let end = end.min(self.events().len());
        let start = start.min(end);
        for (position, event) in self.events()[start..end].iter().enumerate() {
            if out.push(kind, event) {
                out.positions.push((start + position) as u32);
            }
        }
        out.finish(kind)
    }
}

/// Arrays of all kinds; those that a kind does not fill stay empty and are left out.
#[derive(Default)]
struct Columns {
    positions: Vec<u32>,
    exchange: Vec<String>,
    times: [Vec<i64>; 4],
    instrument: Vec<u32>,
    sides: Vec<u8>,
    ids: Vec<String>,
    numbers: [Vec<f64>; 6],
    flags: Vec<u32>,
    bids: Levels,
    asks: Levels,
}

#[derive(Default)]
struct Levels {
    ends: Vec<u32>,
    prices: Vec<f64>,
    amounts: Vec<f64>,
}

impl Levels {
    fn push(&mut self, levels: &[Level]) {
        for level in levels {
            self.prices.push(float(level.price));
            self.amounts.push(float(level.amount));
        }
        self.ends.push(self.prices.len() as u32);
    }

    fn values(self) -> Values {
        Values::Levels { ends: self.ends, prices: self.prices, amounts: self.amounts }
    }
}

fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

impl Columns {
    fn push(&mut self, kind: RowKind, event: &super::MarketRecord) -> bool {
        let item = match event {
            MarketStreamEvent::Reconnecting(exchange) => {
                if kind == RowKind::Reconnecting {
                    self.exchange.push(exchange.as_str().to_owned());
                }
                return kind == RowKind::Reconnecting;
            }
            MarketStreamEvent::Item(item) => item,
        };
        match (kind, &item.kind) {
            (RowKind::Trade, DataKind::Trade(trade)) => {
                self.numbers([trade.price, trade.amount]);
                self.side(trade.side);
                self.ids.push(trade.id.clone());
            }
            (RowKind::Quote, DataKind::OrderBookL1(quote)) => {
                let level = |level: Option<Level>| {
                    level.map_or([f64::NAN; 2], |level| [float(level.price), float(level.amount)])
                };
                let ([bid, bid_amount], [ask, ask_amount]) =
                    (level(quote.best_bid), level(quote.best_ask));
                self.numbers([bid, bid_amount, ask, ask_amount]);
                self.times[2].push(nanos(quote.last_update_time));
            }
            (RowKind::Candle, DataKind::Candle(candle)) => {
                let count = candle.trade_count as f64;
                let [open, high, low] = [candle.open, candle.high, candle.low];
                self.numbers([open, high, low, candle.close, candle.volume, count]);
                self.times[3].push(nanos(candle.close_time));
            }
            (RowKind::Liquidation, DataKind::Liquidation(liquidation)) => {
                self.numbers([liquidation.price, liquidation.quantity]);
                self.side(liquidation.side);
            }
            (RowKind::Book, DataKind::OrderBook(book)) => {
                let (update, book) = match book {
                    OrderBookEvent::Snapshot(book) => (0, book),
                    OrderBookEvent::Update(book) => (1, book),
                };
                self.flags.push(update);
                self.numbers([book.sequence() as f64]);
                self.bids.push(book.bids().levels());
                self.asks.push(book.asks().levels());
            }
            _ => return false,
        }
        self.times[0].push(nanos(item.time_exchange));
        self.times[1].push(nanos(item.time_received));
        self.instrument.push(item.instrument.index() as u32);
        true
    }

    fn numbers<const N: usize>(&mut self, values: [f64; N]) {
        for (column, value) in self.numbers.iter_mut().zip(values) {
            column.push(value);
        }
    }

    fn side(&mut self, side: Side) {
        self.sides.push(u8::from(side == Side::Sell));
    }

    fn finish(self, kind: RowKind) -> Batch {
        let mut columns: Vec<(String, Values)> = Vec::new();
        let mut add = |name: &str, values: Values| columns.push((name.to_owned(), values));
        let [time, received, updated, close_time] = self.times;
        let [a, b, c, d, e, f] = self.numbers.map(Values::Numbers);
        if kind == RowKind::Reconnecting {
            add("exchange", Values::Texts(self.exchange));
            return Batch { kind, columns, positions: Some(self.positions) };
        }
        add("time", Values::Times(time));
        add("received", Values::Times(received));
        add("instrument", Values::Counts(self.instrument));
        match kind {
            RowKind::Trade | RowKind::Liquidation => {
                add("price", a);
                add("amount", b);
                add("side", Values::Sides(self.sides));
                if kind == RowKind::Trade {
                    add("id", Values::Texts(self.ids));
                }
            }
            RowKind::Quote => {
                add("updated", Values::Times(updated));
                add("bidPrice", a);
                add("bidAmount", b);
                add("askPrice", c);
                add("askAmount", d);
            }
            RowKind::Candle => {
                add("closeTime", Values::Times(close_time));
                add("open", a);
                add("high", b);
                add("low", c);
                add("close", d);
                add("volume", e);
                add("tradeCount", f);
            }
            RowKind::Book => {
                add("update", Values::Counts(self.flags));
                add("sequence", a);
                add("bids", self.bids.values());
                add("asks", self.asks.values());
            }
            RowKind::Reconnecting => {}
        }
        Batch { kind, columns, positions: Some(self.positions) }
    }
}
