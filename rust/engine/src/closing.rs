//! The order that closes a position, built by barter without an engine.

use barter::{
    engine::state::position::Position,
    strategy::close_positions::build_ioc_market_order_to_close_position,
};
use barter_execution::{
    order::{
        id::{ClientOrderId, OrderId, StrategyId},
        request::OrderRequestOpen,
    },
    trade::{AssetFees, Trade, TradeId},
};
use barter_instrument::{
    Side, asset::QuoteAsset, exchange::ExchangeIndex, instrument::InstrumentIndex,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{EngineError, run::check_order};

/// What the closing order of a position follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldPosition {
    /// Exchange index.
    pub exchange: usize,
    /// Instrument index.
    pub instrument: usize,
    /// Whether it is long.
    pub is_long: bool,
    /// Quantity held.
    pub quantity: Decimal,
}

/// The market order, good at once or not at all, over the whole position against its direction.
///
/// # Errors
///
/// `engine_order` for a quantity or price the engine cannot take.
pub fn closing_order(
    position: &HeldPosition,
    price: Decimal,
    strategy: &str,
    cid: &str,
) -> Result<OrderRequestOpen, EngineError> {
    check_order(position.instrument, price, position.quantity)?;
    // A position is made by its first fill; only instrument, side and quantity matter here.
    let position_of = Trade {
        id: TradeId::new(""),
        order_id: OrderId::new(""),
        instrument: InstrumentIndex(position.instrument),
        strategy: StrategyId::new(strategy),
        time_exchange: DateTime::<Utc>::UNIX_EPOCH,
        side: if position.is_long { Side::Buy } else { Side::Sell },
        price,
        quantity: position.quantity,
        fees: AssetFees::<QuoteAsset>::quote_fees(Decimal::ZERO),
    };
    Ok(build_ioc_market_order_to_close_position(
        ExchangeIndex(position.exchange),
        &Position::from(&position_of),
        StrategyId::new(strategy),
        price,
        || ClientOrderId::new(cid),
    ))
}
