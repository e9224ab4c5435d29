//! Live events as little-endian records, for whoever reads them without this crate's types.
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u8 | kind: 1 trade, 2 quote, 4 liquidation, 5 book, 6 interruption |
//! | 1 | u8 | flags: bit 0 sell, 1 there is a bid, 2 there is an ask, 3 the book is a change of one |
//! | 4 | u32 | index of the instrument; of an interruption, of the exchange |
//! | 8 | i64 | time at the exchange, nanoseconds since the epoch |
//! | 16 | i64 | time of receipt |
//! | 24 | | trade: price and amount as f64, then the id in UTF-8; liquidation: price and amount as f64 |
//! | 24 | | quote: price and amount of bid and ask as decimals, zeros for a side that is not there |
//! | 24 | | book: u64 sequence, u32 bids, u32 asks, then price and amount of each level as decimals |
//!
//! A decimal has 16 bytes: flags (scale in bits 16 to 23, sign in bit 31) and the 96-bit mantissa. An
//! interruption ends at 8.

use barter_data::{
    books::{Level, OrderBook},
    event::{DataKind, MarketEvent},
    streams::reconnect::Event,
    subscription::book::OrderBookEvent,
};
use barter_instrument::{Side, exchange::ExchangeId, instrument::InstrumentIndex};

use super::LiveEvent;

const TRADE: u8 = 1;
const QUOTE: u8 = 2;
const CANDLE: u8 = 3;
const LIQUIDATION: u8 = 4;
const BOOK: u8 = 5;
const INTERRUPTION: u8 = 6;

const SELL: u8 = 1;
const BID: u8 = 2;
const ASK: u8 = 4;
const CHANGE: u8 = 8;

const FLAGS_AT: usize = 1;

/// Writes an event over `out` and answers its key.
pub(super) fn write(event: &LiveEvent, exchanges: &[ExchangeId], out: &mut Vec<u8>) -> u64 {
    out.clear();
    match event {
        Event::Reconnecting(exchange) => {
            let index = exchanges.iter().position(|one| one == exchange).unwrap_or_default();
            head(INTERRUPTION, index, out)
        }
        Event::Item(item) => write_item(item, out),
    }
}

fn head(kind: u8, index: usize, out: &mut Vec<u8>) -> u64 {
    out.extend_from_slice(&[kind, 0, 0, 0]);
    out.extend_from_slice(&(index as u32).to_le_bytes());
    u64::from(kind) << 32 | index as u64
}

fn write_item(item: &MarketEvent<InstrumentIndex, DataKind>, out: &mut Vec<u8>) -> u64 {
    let kind = match item.kind {
        DataKind::Trade(_) => TRADE,
        DataKind::OrderBookL1(_) => QUOTE,
        DataKind::Candle(_) => CANDLE,
        DataKind::Liquidation(_) => LIQUIDATION,
        DataKind::OrderBook(_) => BOOK,
    };
    let key = head(kind, item.instrument.index(), out);
    for time in [item.time_exchange, item.time_received] {
        // Out of range only beyond the year 2262.
        let nanoseconds = time.timestamp_nanos_opt().unwrap_or(i64::MAX);
        out.extend_from_slice(&nanoseconds.to_le_bytes());
    }
    match &item.kind {
        DataKind::Trade(trade) => {
            out[FLAGS_AT] = sell(trade.side);
            numbers([trade.price, trade.amount], out);
            out.extend_from_slice(trade.id.as_bytes());
        }
        DataKind::OrderBookL1(quote) => {
            for (level, flag) in [(quote.best_bid, BID), (quote.best_ask, ASK)] {
                out[FLAGS_AT] |= if level.is_some() { flag } else { 0 };
                write_level(&level.unwrap_or_default(), out);
            }
        }
        DataKind::OrderBook(OrderBookEvent::Snapshot(book)) => write_book(book, out),
        DataKind::OrderBook(OrderBookEvent::Update(book)) => {
            out[FLAGS_AT] = CHANGE;
            write_book(book, out);
        }
        DataKind::Liquidation(liquidation) => {
            out[FLAGS_AT] = sell(liquidation.side);
            numbers([liquidation.price, liquidation.quantity], out);
        }
        // No exchange streams candles.
        DataKind::Candle(_) => {}
    }
    key
}

fn sell(side: Side) -> u8 {
    match side {
        Side::Buy => 0,
        Side::Sell => SELL,
    }
}

fn numbers(values: [f64; 2], out: &mut Vec<u8>) {
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn write_book(book: &OrderBook, out: &mut Vec<u8>) {
    let (bids, asks) = (book.bids().levels(), book.asks().levels());
    out.extend_from_slice(&book.sequence().to_le_bytes());
    for side in [bids, asks] {
        out.extend_from_slice(&(side.len() as u32).to_le_bytes());
    }
    for level in bids.iter().chain(asks) {
        write_level(level, out);
    }
}

fn write_level(level: &Level, out: &mut Vec<u8>) {
    out.extend_from_slice(&level.price.serialize());
    out.extend_from_slice(&level.amount.serialize());
}

#[cfg(test)]
mod tests {
    use barter_data::subscription::{book::OrderBookL1, trade::PublicTrade};
    use chrono::DateTime;
    use rust_decimal::Decimal;

    use super::*;

    fn item(kind: DataKind) -> LiveEvent {
        Event::Item(MarketEvent {
            time_exchange: DateTime::from_timestamp_nanos(5),
            time_received: DateTime::from_timestamp_nanos(6),
            exchange: ExchangeId::Kraken,
            instrument: InstrumentIndex(3),
            kind,
        })
    }

    #[test]
    fn a_record_is_written_over_the_one_before() {
        let mut out = vec![9; 100];
        let trade = PublicTrade { id: "é".into(), price: 1.5, amount: 2.0, side: Side::Sell };
        assert_eq!(write(&item(DataKind::Trade(trade)), &[], &mut out), 1 << 32 | 3);
        assert_eq!(out[..8], [1, 1, 0, 0, 3, 0, 0, 0]);
        assert_eq!(out[8..24], [5i64.to_le_bytes(), 6i64.to_le_bytes()].concat());
        assert_eq!(out[24..40], [1.5f64.to_le_bytes(), 2f64.to_le_bytes()].concat());
        assert_eq!(&out[40..], "é".as_bytes());
    }

    #[test]
    fn a_side_that_is_not_there_is_marked() {
        let mut out = Vec::new();
        let ask = Level { price: Decimal::new(875, 2), amount: Decimal::ONE };
        let quote = OrderBookL1 { best_ask: Some(ask), ..OrderBookL1::default() };
        write(&item(DataKind::OrderBookL1(quote)), &[], &mut out);
        assert_eq!((out[1], out.len()), (ASK, 24 + 4 * 16));
        assert_eq!(out[56..72], [[0, 0, 2, 0], 875u32.to_le_bytes(), [0; 4], [0; 4]].concat());
    }

    #[test]
    fn an_interruption_names_the_exchange() {
        let mut out = Vec::new();
        let exchanges = [ExchangeId::BinanceSpot, ExchangeId::Kraken];
        let key = write(&Event::Reconnecting(ExchangeId::Kraken), &exchanges, &mut out);
        assert_eq!((key, out), (6 << 32 | 1, vec![6, 0, 0, 0, 1, 0, 0, 0]));
    }
}
