//! The engine's summary generator on the wire.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_engine::{
    BalanceAt, ClosedPosition, HeldPosition, Instruments, OrderRequestOpen, Statistics,
    time::{self, DateTime, Utc},
    unrealised_at,
};
use ts_rs::TS;

use super::{
    answer::TradingSummary,
    instrument::{Instrument, configs},
    request::{Interval, exact},
};
use crate::{Failure, Object, Scope, Status, library::Nothing};

/// A generator; calls may come from any thread.
pub(crate) struct LiveStatistics(Mutex<Statistics>);

impl Object for LiveStatistics {
    const KIND: &'static str = "summary generator";
}

/// A generator to open.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenSummary {
    /// The instruments in any order.
    instruments: Vec<Instrument>,
    /// Risk-free return as a fraction, a decimal.
    risk_free_return: String,
    /// Start of the session, RFC 3339.
    time_start: String,
}

/// An open generator.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedSummary {
    /// Its handle.
    summary: u64,
    /// The table that positions and balances refer to.
    table: super::InstrumentTable,
}

/// A direction.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "PositionSide")]
pub(crate) enum Side {
    /// Long.
    Buy,
    /// Short.
    Sell,
}

/// A closed position.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PositionRecord {
    /// Index of the instrument.
    instrument: u32,
    /// Direction.
    side: Side,
    /// Average entry price, a decimal.
    entry_price: String,
    /// Largest quantity held, a decimal.
    quantity: String,
    /// Realised result after fees, a decimal.
    pnl: String,
    /// Fees on the way in, a decimal.
    fees_enter: String,
    /// Fees on the way out, a decimal.
    fees_exit: String,
    /// First fill, RFC 3339.
    time_enter: String,
    /// Closing fill, RFC 3339.
    time_exit: String,
}

/// An asset's balance.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BalanceRecord {
    /// Index of the asset.
    asset: u32,
    /// All of it, a decimal.
    total: String,
    /// What is not bound in orders, a decimal.
    free: String,
    /// When, RFC 3339.
    time: String,
}

/// What a generator takes in: positions, then balances, then the time.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateSummary {
    /// Handle of the generator.
    summary: u64,
    /// Closed positions in order of their exits.
    positions: Vec<PositionRecord>,
    /// Balances in order of time.
    balances: Vec<BalanceRecord>,
    /// The new end, RFC 3339, or null to leave it where the last position or balance put it.
    time_now: Option<String>,
}

/// Asks for a summary.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReadSummary {
    /// Handle of the generator.
    summary: u64,
    /// Time base of the ratios.
    interval: Interval,
}

/// Asks what a position would bring at a price; all numbers are decimals.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PositionAt {
    /// Direction.
    side: Side,
    /// Average entry price.
    entry_price: String,
    /// Quantity held.
    quantity: String,
    /// Largest quantity held.
    quantity_max: String,
    /// Fees paid on the way in.
    fees_enter: String,
    /// The price.
    price: String,
}

/// An unrealised result.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unrealised {
    /// A decimal.
    pnl: String,
}

/// A position to close.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClosingOrder {
    /// Exchange index.
    exchange: u32,
    /// Instrument index.
    instrument: u32,
    /// Direction of the position.
    side: Side,
    /// Quantity held.
    quantity: String,
    /// Price of the order.
    price: String,
    /// Strategy it belongs to.
    strategy: String,
    /// Client order id.
    cid: String,
}

/// The order that closes a position.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClosingRequest {
    /// In upstream's shape.
    #[ts(type = "unknown")]
    request: OrderRequestOpen,
}

/// `engine.openSummary`: a generator with nothing in it.
///
/// # Errors
///
/// `config_…`, `engine_value`.
pub(crate) fn open(scope: &Scope, request: OpenSummary) -> Result<OpenedSummary, Failure> {
    let instruments = Instruments::new(&configs(request.instruments)?)?;
    let statistics = Statistics::new(
        &instruments,
        exact("riskFreeReturn", &request.risk_free_return)?,
        instant("timeStart", &request.time_start)?,
    )?;
    Ok(OpenedSummary {
        summary: scope.insert(Arc::new(LiveStatistics(Mutex::new(statistics)))),
        table: (&instruments).into(),
    })
}

/// `engine.updateSummary`: takes in positions, balances and the time, all or none.
///
/// # Errors
///
/// `bad_handle`, `config_decimal`, `engine_value`.
pub(crate) fn update(scope: &Scope, request: UpdateSummary) -> Result<Nothing, Failure> {
    let live = scope.get::<LiveStatistics>(request.summary)?;
    let positions = request
        .positions
        .iter()
        .enumerate()
        .map(|(number, record)| record.read(&format!("positions[{number}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let balances = request
        .balances
        .iter()
        .enumerate()
        .map(|(number, record)| record.read(&format!("balances[{number}]")))
        .collect::<Result<Vec<_>, _>>()?;
    let now = request.time_now.map(|text| instant("timeNow", &text)).transpose()?;
    let mut held = live.0.lock();
    let mut next = held.clone();
    next.add_positions(&positions)?;
    next.add_balances(&balances)?;
    if let Some(now) = now {
        next.set_time(now);
    }
    *held = next;
    Ok(Nothing {})
}

/// `engine.readSummary`: the figures so far.
///
/// # Errors
///
/// `bad_handle`, `config_summary_interval`.
pub(crate) fn summary(scope: &Scope, request: ReadSummary) -> Result<TradingSummary, Failure> {
    let live = scope.get::<LiveStatistics>(request.summary)?;
    let summary = live.0.lock().summary(request.interval.into())?;
    Ok(summary.into())
}

/// `engine.unrealised`: what a position would bring.
///
/// # Errors
///
/// `config_decimal`, `engine_value`.
pub(crate) fn unrealised(_: &Scope, request: PositionAt) -> Result<Unrealised, Failure> {
    let pnl = unrealised_at(
        matches!(request.side, Side::Buy),
        exact("entryPrice", &request.entry_price)?,
        exact("quantity", &request.quantity)?,
        exact("quantityMax", &request.quantity_max)?,
        exact("feesEnter", &request.fees_enter)?,
        exact("price", &request.price)?,
    )?;
    Ok(Unrealised { pnl: pnl.normalize().to_string() })
}

/// `engine.closingOrder`: the order that closes a position.
///
/// # Errors
///
/// `config_decimal`, `engine_order`.
pub(crate) fn closing_order(_: &Scope, request: ClosingOrder) -> Result<ClosingRequest, Failure> {
    let position = HeldPosition {
        exchange: request.exchange as usize,
        instrument: request.instrument as usize,
        is_long: matches!(request.side, Side::Buy),
        quantity: exact("quantity", &request.quantity)?,
    };
    let price = exact("price", &request.price)?;
    let request = tendon_engine::closing_order(&position, price, &request.strategy, &request.cid)?;
    Ok(ClosingRequest { request })
}

impl PositionRecord {
    fn read(&self, at: &str) -> Result<ClosedPosition, Failure> {
        let decimal = |field: &str, text: &str| exact(&format!("{at}.{field}"), text);
        Ok(ClosedPosition {
            instrument: self.instrument as usize,
            is_long: matches!(self.side, Side::Buy),
            entry_price: decimal("entryPrice", &self.entry_price)?,
            quantity: decimal("quantity", &self.quantity)?,
            pnl: decimal("pnl", &self.pnl)?,
            fees_enter: decimal("feesEnter", &self.fees_enter)?,
            fees_exit: decimal("feesExit", &self.fees_exit)?,
            time_enter: instant(&format!("{at}.timeEnter"), &self.time_enter)?,
            time_exit: instant(&format!("{at}.timeExit"), &self.time_exit)?,
        })
    }
}

impl BalanceRecord {
    fn read(&self, at: &str) -> Result<BalanceAt, Failure> {
        Ok(BalanceAt {
            asset: self.asset as usize,
            total: exact(&format!("{at}.total"), &self.total)?,
            free: exact(&format!("{at}.free"), &self.free)?,
            time: instant(&format!("{at}.time"), &self.time)?,
        })
    }
}

fn instant(field: &str, text: &str) -> Result<DateTime<Utc>, Failure> {
    time::parse(text).ok_or_else(|| {
        let message = format!("{field}: must be an RFC 3339 time: current value is {text:?}");
        Failure::new(Status::Argument, "engine_value", message).with_data(json!({ "field": field }))
    })
}
