//! Requests of a hosted strategy, and verdicts of a hosted risk manager, as their host packs them.
//!
//! Each is eight bytes (operation, flags, two of zero, `u32` instrument) and texts of one length byte
//! and UTF-8. Quantities and prices are decimal texts, so that nothing is rounded on the way.

use barter::{
    engine::{Engine, state::instrument::data::InstrumentDataState},
    strategy::close_positions::build_ioc_market_order_to_close_position,
};
use barter_execution::order::{
    OrderKey, OrderKind, TimeInForce,
    id::ClientOrderId,
    request::{OrderRequestOpen, RequestOpen},
};
use barter_instrument::{Side, instrument::InstrumentIndex};
use rust_decimal::Decimal;

use crate::{
    EngineError,
    config::{MAX_VALUE, MIN_VALUE},
    decimal,
    execution::Routes,
    risk::Risk,
    strategy::{State, Strategy},
};

const OPEN: u8 = 1;
const CANCEL: u8 = 2;
const CANCEL_ALL: u8 = 3;
const CLOSE: u8 = 4;
const REFUSE: u8 = 5;

const SELL: u8 = 1;
const LIMIT: u8 = 2;
const PRICED: u8 = 4;
const REFUSED: u8 = 8;
const TIME_IN_FORCE: u8 = 4;

/// An engine whose strategy may be a hosted one.
type Hosting<Clock> = Engine<Clock, State, Routes, Strategy, Risk>;

/// Puts packed requests in the queue of the engine's strategy; reports the instruments concerned.
///
/// # Errors
///
/// `engine_order` for an order the engine cannot take, `engine_failed` for bytes that are not packed
/// requests.
pub(crate) fn queue<Clock>(
    engine: &Hosting<Clock>,
    bytes: &[u8],
    routed: impl Fn(usize) -> bool,
    mut touched: impl FnMut(usize),
) -> Result<(), EngineError> {
    let mut reader = Reader { bytes };
    while !reader.bytes.is_empty() {
        let [operation, flags, _, _, i0, i1, i2, i3] = reader.head()?;
        let instrument = u32::from_le_bytes([i0, i1, i2, i3]) as usize;
        if instrument >= engine.state.instruments.0.len() {
            return Err(refused(instrument, "is not in the table"));
        }
        touched(instrument);
        match operation {
            OPEN => open(engine, instrument, flags, &mut reader, &routed)?,
            CANCEL => {
                let cid = ClientOrderId::new(reader.text()?);
                cancel(engine, instrument, Some(&cid));
            }
            CANCEL_ALL => cancel(engine, instrument, None),
            CLOSE => {
                let cid = ClientOrderId::new(reader.text()?);
                if let Some(reason) = reader.refusal(flags)? {
                    engine.risk.refuse(cid.clone(), reason);
                }
                close(engine, instrument, &cid);
            }
            _ => return Err(malformed()),
        }
    }
    Ok(())
}

/// Notes packed refusals of proposed orders: client order id and reason.
///
/// # Errors
///
/// `engine_failed` for bytes that are not packed refusals.
pub(super) fn refuse(risk: &Risk, bytes: &[u8]) -> Result<(), EngineError> {
    let mut reader = Reader { bytes };
    while !reader.bytes.is_empty() {
        let [REFUSE, ..] = reader.head()? else { return Err(malformed()) };
        risk.refuse(ClientOrderId::new(reader.text()?), reader.text()?.to_owned());
    }
    Ok(())
}

fn open<Clock>(
    engine: &Hosting<Clock>,
    instrument: usize,
    flags: u8,
    reader: &mut Reader<'_>,
    routed: impl Fn(usize) -> bool,
) -> Result<(), EngineError> {
    let key = InstrumentIndex(instrument);
    let state = engine.state.instruments.instrument_index(&key);
    let cid = ClientOrderId::new(reader.text()?);
    let quantity = reader.decimal(instrument, "quantity")?;
    let price = match flags & PRICED {
        0 => state
            .data
            .price()
            .ok_or_else(|| refused(instrument, "has no price yet: give the order one"))?,
        _ => reader.decimal(instrument, "price")?,
    };
    let reason = reader.refusal(flags)?;
    check_order(instrument, price, quantity)?;
    if state.orders.0.contains_key(&cid) {
        return Err(refused(
            instrument,
            format!("has an order \"{cid}\" that is not answered yet"),
        ));
    }
    if !routed(state.instrument.exchange.index()) {
        return Err(refused(instrument, "is on an exchange without execution"));
    }
    if let Some(reason) = reason {
        engine.risk.refuse(cid.clone(), reason);
    }
    engine.strategy.queue_open(OrderRequestOpen {
        key: OrderKey {
            exchange: state.instrument.exchange,
            instrument: key,
            strategy: engine.strategy.id().clone(),
            cid,
        },
        state: RequestOpen {
            side: if flags & SELL == 0 { Side::Buy } else { Side::Sell },
            price,
            quantity,
            kind: if flags & LIMIT == 0 { OrderKind::Market } else { OrderKind::Limit },
            time_in_force: match flags >> TIME_IN_FORCE {
                1 => TimeInForce::FillOrKill,
                2 => TimeInForce::GoodUntilEndOfDay,
                3 => TimeInForce::GoodUntilCancelled { post_only: false },
                4 => TimeInForce::GoodUntilCancelled { post_only: true },
                _ => TimeInForce::ImmediateOrCancel,
            },
        },
    });
    Ok(())
}

fn cancel<Clock>(engine: &Hosting<Clock>, instrument: usize, only: Option<&ClientOrderId>) {
    let state = engine.state.instruments.instrument_index(&InstrumentIndex(instrument));
    let mut orders: Vec<_> = state
        .orders
        .0
        .values()
        .filter(|order| only.is_none_or(|cid| order.key.cid == *cid))
        .filter_map(|order| order.to_request_cancel())
        .collect();
    // A hash map's order is nobody's business.
    orders.sort_by(|a, b| a.key.cid.cmp(&b.key.cid));
    for order in orders {
        engine.strategy.queue_cancel(order);
    }
}

fn close<Clock>(engine: &Hosting<Clock>, instrument: usize, cid: &ClientOrderId) {
    let state = engine.state.instruments.instrument_index(&InstrumentIndex(instrument));
    let price = state.data.price().filter(|price| !price.is_zero());
    if let (Some(position), Some(price)) = (&state.position.current, price) {
        engine.strategy.queue_open(build_ioc_market_order_to_close_position(
            state.instrument.exchange,
            position,
            engine.strategy.id().clone(),
            price,
            || cid.clone(),
        ));
    }
}

/// Bounds that keep every product and quotient the engine forms inside the decimal.
pub(crate) fn check_order(
    instrument: usize,
    price: Decimal,
    quantity: Decimal,
) -> Result<(), EngineError> {
    let positive = |value: Decimal| value > Decimal::ZERO && value <= MAX_VALUE;
    let fits = positive(price)
        && positive(quantity)
        && price
            .checked_mul(quantity)
            .is_some_and(|value| (MIN_VALUE..=MAX_VALUE).contains(&value));
    if fits {
        return Ok(());
    }
    Err(refused(
        instrument,
        format!(
            "needs a price and a quantity above 0, worth {MIN_VALUE} to {MAX_VALUE}: \
             current values are {price} and {quantity}"
        ),
    ))
}

fn refused(instrument: usize, message: impl std::fmt::Display) -> EngineError {
    EngineError::run("engine_order", format!("instrument {instrument} {message}"))
}

fn malformed() -> EngineError {
    EngineError::run("engine_failed", "the order buffer holds no packed requests")
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn head(&mut self) -> Result<[u8; 8], EngineError> {
        let (head, rest) = self.bytes.split_first_chunk::<8>().ok_or_else(malformed)?;
        self.bytes = rest;
        Ok(*head)
    }

    fn text(&mut self) -> Result<&'a str, EngineError> {
        let (length, rest) = self.bytes.split_first().ok_or_else(malformed)?;
        let (text, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(malformed)?;
        self.bytes = rest;
        std::str::from_utf8(text).map_err(|_| malformed())
    }

    /// Why the request is refused, if its flags say so.
    fn refusal(&mut self, flags: u8) -> Result<Option<String>, EngineError> {
        (flags & REFUSED != 0).then(|| self.text().map(str::to_owned)).transpose()
    }

    fn decimal(&mut self, instrument: usize, field: &str) -> Result<Decimal, EngineError> {
        let text = self.text()?;
        decimal::parse(text).ok_or_else(|| {
            refused(instrument, format!("needs a {field} of at most 28 digits: found {text:?}"))
        })
    }
}
