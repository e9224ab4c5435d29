//! What a run leaves behind.

use barter::engine::state::position::{PositionExited, calculate_pnl_return};
use barter_execution::trade::Trade;
use barter_instrument::{Side, asset::QuoteAsset, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::{EquityCurve, Summary};

/// Whether a side is a buy, for callers that do not know barter's types.
#[must_use]
pub fn side_is_buy(side: Side) -> bool {
    side == Side::Buy
}

/// One execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill {
    /// Time at the exchange.
    pub time: DateTime<Utc>,
    /// Instrument index.
    pub instrument: usize,
    /// Direction.
    pub side: Side,
    /// Price.
    pub price: Decimal,
    /// Quantity.
    pub quantity: Decimal,
    /// Fee in the quote asset.
    pub fees: Decimal,
    /// Order id of the exchange.
    pub order_id: SmolStr,
    /// Trade id of the exchange.
    pub trade_id: SmolStr,
}

impl From<&Trade<QuoteAsset, InstrumentIndex>> for Fill {
    fn from(trade: &Trade<QuoteAsset, InstrumentIndex>) -> Self {
        Self {
            time: trade.time_exchange,
            instrument: trade.instrument.index(),
            side: trade.side,
            price: trade.price,
            quantity: trade.quantity,
            fees: trade.fees.fees,
            order_id: trade.order_id.0.clone(),
            trade_id: trade.id.0.clone(),
        }
    }
}

/// A position opened and fully closed.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundTrip {
    /// Instrument index.
    pub instrument: usize,
    /// Direction of the position.
    pub side: Side,
    /// First fill.
    pub time_enter: DateTime<Utc>,
    /// Closing fill.
    pub time_exit: DateTime<Utc>,
    /// Average entry price.
    pub entry_price: Decimal,
    /// Price of the closing fill.
    pub exit_price: Decimal,
    /// Largest quantity held.
    pub quantity: Decimal,
    /// Realised result after fees.
    pub pnl: Decimal,
    /// `pnl / (entry_price · quantity)`.
    pub pnl_return: Decimal,
    /// Fees on the way in.
    pub fees_enter: Decimal,
    /// Fees on the way out.
    pub fees_exit: Decimal,
}

impl RoundTrip {
    /// From the engine's record and the price of the closing fill.
    pub(crate) fn new(exit: &PositionExited<QuoteAsset>, exit_price: Decimal) -> Self {
        Self {
            instrument: exit.instrument.index(),
            side: exit.side,
            time_enter: exit.time_enter,
            time_exit: exit.time_exit,
            entry_price: exit.price_entry_average,
            exit_price,
            quantity: exit.quantity_abs_max,
            pnl: exit.pnl_realised,
            pnl_return: calculate_pnl_return(
                exit.pnl_realised,
                exit.price_entry_average,
                exit.quantity_abs_max,
            ),
            fees_enter: exit.fees_enter.fees,
            fees_exit: exit.fees_exit.fees,
        }
    }
}

/// A position open at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPosition {
    /// Instrument index.
    pub instrument: usize,
    /// Direction.
    pub side: Side,
    /// Quantity held.
    pub quantity: Decimal,
    /// Average entry price.
    pub entry_price: Decimal,
    /// Last price of the market.
    pub mark_price: Option<Decimal>,
    /// Result already realised, entry fees included.
    pub pnl_realised: Decimal,
    /// `sign · quantity · (mark − entry)`, without exit fees.
    pub pnl_unrealised: Decimal,
    /// First fill.
    pub time_enter: DateTime<Utc>,
}

/// Counters of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunStats {
    /// Market events replayed.
    pub events: u64,
    /// Orders sent.
    pub orders: u64,
    /// Orders filled.
    pub fills: u64,
    /// Orders rejected.
    pub rejected: u64,
    /// Requests the risk manager refused.
    pub refused: u64,
    /// Reason of the first rejection.
    pub first_rejection: Option<String>,
    /// Wall time in milliseconds; the only figure that differs between two equal runs.
    pub duration_ms: f64,
}

/// Result of a backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the run.
    pub id: String,
    /// Risk-free return used.
    pub risk_free_return: Decimal,
    /// Barter's summary, encoded.
    pub summary: Summary,
    /// Account value over time.
    pub equity: EquityCurve,
    /// Executions in order of delivery.
    pub fills: Vec<Fill>,
    /// Closed positions in order of exit.
    pub round_trips: Vec<RoundTrip>,
    /// Positions open at the end, by instrument.
    pub open_positions: Vec<OpenPosition>,
    /// Counters.
    pub stats: RunStats,
}
