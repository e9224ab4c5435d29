//! What a hosted strategy sees: an array of doubles that its host owns and hands in with each step.
//!
//! Header, one slot per instrument, one record per event of the step. Only the slots of instruments
//! that changed are written. Doubles are for deciding; exact figures are asked for by name.

use barter_data::{
    event::{DataKind, MarketEvent},
    streams::consumer::MarketStreamEvent,
};
use barter_instrument::{Side, exchange::ExchangeId, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};

use crate::{
    decimal::to_f64, instrument_data::InstrumentData, market_data::MarketRecord, strategy::State,
    time::nanos,
};

/// Doubles in front of the slots.
pub const VIEW_HEADER: usize = 16;
/// Doubles per instrument.
pub const VIEW_SLOT: usize = 16;
/// Doubles per event of a step.
pub const VIEW_RECORD: usize = 8;

const STOP: usize = 0;
const RECORDS: usize = 1;
const MILLIS: usize = 2;
const NANOS: usize = 3;
const EVENTS: usize = 4;
const ANSWERS: usize = 5;
const TRADING: usize = 6;

const LAST_QUANTITY: usize = 6;

/// The host's array while a step lasts.
pub(crate) struct View<'a> {
    values: &'a mut [f64],
    records_at: usize,
    records: usize,
}

/// What the header says besides time.
pub(crate) struct Head {
    pub(crate) stop: f64,
    pub(crate) events: u64,
    pub(crate) answers: usize,
    pub(crate) trading: bool,
}

impl<'a> View<'a> {
    /// Takes an array that is long enough for `instruments`; what is left holds records.
    pub(crate) fn new(values: &'a mut [f64], instruments: usize) -> Option<Self> {
        let records_at = VIEW_HEADER + instruments * VIEW_SLOT;
        (values.len() >= records_at + VIEW_RECORD).then_some(Self {
            values,
            records_at,
            records: 0,
        })
    }

    /// Events that fit.
    pub(crate) fn capacity(&self) -> usize {
        (self.values.len() - self.records_at) / VIEW_RECORD
    }

    pub(crate) fn records(&self) -> usize {
        self.records
    }

    pub(crate) fn clear_slots(&mut self) {
        self.values[VIEW_HEADER..self.records_at].fill(f64::NAN);
    }

    #[inline]
    pub(crate) fn head(&mut self, head: &Head, time: DateTime<Utc>) {
        let nanos = nanos(time);
        let header = &mut self.values[..VIEW_HEADER];
        header[STOP] = head.stop;
        header[RECORDS] = self.records as f64;
        header[MILLIS] = nanos.div_euclid(1_000_000) as f64;
        header[NANOS] = nanos.rem_euclid(1_000_000) as f64;
        header[EVENTS] = head.events as f64;
        header[ANSWERS] = head.answers as f64;
        header[TRADING] = f64::from(u8::from(head.trading));
    }

    #[inline]
    pub(crate) fn slot(&mut self, instrument: usize, state: &State) {
        let at = VIEW_HEADER + instrument * VIEW_SLOT;
        let Some(slot) = self.values.get_mut(at..at + VIEW_SLOT) else { return };
        let state = state.instruments.instrument_index(&InstrumentIndex(instrument));
        write_prices(slot, &state.data);
        let mark = slot[0];
        match &state.position.current {
            Some(position) => {
                let quantity = to_f64(position.quantity_abs);
                let signed = if position.side == Side::Buy { quantity } else { -quantity };
                let entry = to_f64(position.price_entry_average);
                slot[7] = signed;
                slot[8] = entry;
                slot[9] = to_f64(position.pnl_realised);
                slot[11] = signed * (mark - entry);
            }
            None => {
                slot[7] = 0.0;
                slot[8] = f64::NAN;
                slot[9] = 0.0;
                slot[11] = 0.0;
            }
        }
        slot[10] = state.orders.0.len() as f64;
    }

    /// Adds the record of an event; the caller has checked the capacity.
    #[inline]
    pub(crate) fn record(&mut self, event: &MarketRecord, exchange: impl Fn(ExchangeId) -> usize) {
        let at = self.records_at + self.records * VIEW_RECORD;
        let Some(record) = self.values.get_mut(at..at + VIEW_RECORD) else { return };
        self.records += 1;
        match event {
            MarketStreamEvent::Reconnecting(id) => {
                record.copy_from_slice(&[6.0, exchange(*id) as f64, NAN, NAN, NAN, NAN, NAN, 0.0]);
            }
            MarketStreamEvent::Item(item) => {
                let traded = write_record(record, item);
                if let Some(quantity) = traded {
                    let slot = VIEW_HEADER + item.instrument.index() * VIEW_SLOT;
                    self.values[slot + LAST_QUANTITY] = quantity;
                }
            }
        }
    }
}

const NAN: f64 = f64::NAN;

#[inline]
fn write_prices(slot: &mut [f64], data: &InstrumentData) {
    let market = data.market();
    let level = |level: &Option<barter_data::books::Level>| {
        level.as_ref().map_or((NAN, NAN), |level| (to_f64(level.price), to_f64(level.amount)))
    };
    let (bid, bid_amount) = level(&market.l1.best_bid);
    let (ask, ask_amount) = level(&market.l1.best_ask);
    let last = market.last_traded_price.map_or(NAN, |last| to_f64(last.value));
    // The same formula as `InstrumentData::mark`, over values that are converted already.
    slot[0] = if bid.is_nan() || ask.is_nan() {
        last
    } else {
        (bid * ask_amount + ask * bid_amount) / (bid_amount + ask_amount)
    };
    slot[1] = bid;
    slot[2] = bid_amount;
    slot[3] = ask;
    slot[4] = ask_amount;
    slot[5] = last;
}

/// Kind, instrument, time, four figures, a fifth. Returns the quantity of a trade.
#[inline]
fn write_record(record: &mut [f64], item: &MarketEvent<InstrumentIndex, DataKind>) -> Option<f64> {
    let side = |side: Side| if side == Side::Buy { 1.0 } else { -1.0 };
    let (kind, figures, traded) = match &item.kind {
        DataKind::Trade(trade) => {
            let figures = [trade.price, trade.amount, NAN, NAN, side(trade.side)];
            (1.0, figures, Some(trade.amount))
        }
        DataKind::OrderBookL1(book) => {
            let level = |level: &Option<barter_data::books::Level>| {
                level
                    .as_ref()
                    .map_or((NAN, NAN), |level| (to_f64(level.price), to_f64(level.amount)))
            };
            let (bid, bid_amount) = level(&book.best_bid);
            let (ask, ask_amount) = level(&book.best_ask);
            (2.0, [bid, bid_amount, ask, ask_amount, 0.0], None)
        }
        DataKind::Candle(candle) => {
            (3.0, [candle.open, candle.high, candle.low, candle.close, candle.volume], None)
        }
        DataKind::Liquidation(liquidation) => {
            let figures =
                [liquidation.price, liquidation.quantity, NAN, NAN, side(liquidation.side)];
            (4.0, figures, None)
        }
        DataKind::OrderBook(_) => (5.0, [NAN, NAN, NAN, NAN, 0.0], None),
    };
    record[0] = kind;
    record[1] = item.instrument.index() as f64;
    record[2] = nanos(item.time_exchange) as f64 / 1e6;
    record[3..8].copy_from_slice(&figures);
    traded
}
