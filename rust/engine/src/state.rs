//! The engine's state as plain records, for queries and for comparing a replica with its engine.

use barter::engine::state::{
    connectivity::Health,
    instrument::{InstrumentState, data::InstrumentDataState},
    position::calculate_pnl_unrealised,
    trading::TradingState,
};
use barter_data::books::Level;
use barter_execution::order::{OrderKind, TimeInForce, state::ActiveOrderState};
use barter_instrument::Side;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    InstrumentData, InstrumentInfo, Instruments, strategy::State, time::format as rfc3339,
};

/// Everything the engine knows, by index.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateView {
    /// `enabled` or `disabled`.
    pub trading_state: &'static str,
    /// Whether every exchange's market data and account are connected.
    pub healthy: bool,
    /// Connections by exchange index.
    pub exchanges: Vec<ExchangeView>,
    /// Balances by asset index.
    pub balances: Vec<BalanceView>,
    /// Instruments by index.
    pub instruments: Vec<InstrumentView>,
}

/// Connections of one exchange.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeView {
    /// Exchange id.
    pub exchange: String,
    /// Market data arrives.
    pub market_data: bool,
    /// The account answers.
    pub account: bool,
}

/// One asset's balance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BalanceView {
    /// Exchange id.
    pub exchange: String,
    /// Internal asset name.
    pub asset: String,
    /// Total and free, absent before the first report.
    pub balance: Option<Amounts>,
    /// Time of the report.
    pub time: Option<String>,
}

/// Total and free amount.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// All of it.
    pub total: String,
    /// What is not bound in orders.
    pub free: String,
}

/// One instrument.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstrumentView {
    /// Index.
    pub instrument: usize,
    /// Internal name.
    pub name: String,
    /// The engine's price, exact.
    pub price: Option<String>,
    /// Best bid.
    pub bid: Option<LevelView>,
    /// Best ask.
    pub ask: Option<LevelView>,
    /// Last trade's price.
    pub last_price: Option<String>,
    /// The open position.
    pub position: Option<PositionView>,
    /// Tracked orders by client order id.
    pub orders: Vec<OrderView>,
}

/// One side of the best quotes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LevelView {
    /// Price.
    pub price: String,
    /// Amount.
    pub amount: String,
}

/// An open position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PositionView {
    /// `buy` is long.
    pub side: &'static str,
    /// Quantity held.
    pub quantity: String,
    /// Largest quantity held.
    pub quantity_max: String,
    /// Average entry price.
    pub entry_price: String,
    /// Realised result, entry fees included.
    pub pnl_realised: String,
    /// Result at the engine's price, less the share of entry fees upstream estimates for the way out.
    pub pnl_unrealised: Option<String>,
    /// Fees on the way in.
    pub fees_enter: String,
    /// Fees on the way out so far.
    pub fees_exit: String,
    /// Time of the first fill.
    pub time_enter: String,
    /// Time of the last fill.
    pub time_update: String,
    /// Trade ids.
    pub trades: Vec<String>,
}

/// A tracked order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// Client order id.
    pub cid: String,
    /// Strategy that sent it.
    pub strategy: String,
    /// Direction.
    pub side: &'static str,
    /// Price.
    pub price: String,
    /// Quantity.
    pub quantity: String,
    /// `market` or `limit`.
    pub kind: &'static str,
    /// How long it stays.
    pub time_in_force: &'static str,
    /// `openInFlight`, `open` or `cancelInFlight`.
    pub state: &'static str,
    /// The exchange's id.
    pub order_id: Option<String>,
    /// Quantity filled.
    pub filled: Option<String>,
}

/// Canonical text: equal values have equal texts.
fn text(value: Decimal) -> String {
    value.normalize().to_string()
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// Reads a state.
pub(crate) fn state_view(state: &State, instruments: &Instruments) -> StateView {
    let healthy = |health: Health| health == Health::Healthy;
    StateView {
        trading_state: match state.trading {
            TradingState::Enabled => "enabled",
            TradingState::Disabled => "disabled",
        },
        healthy: healthy(state.connectivity.global),
        exchanges: state
            .connectivity
            .exchanges
            .iter()
            .map(|(exchange, connectivity)| ExchangeView {
                exchange: exchange.as_str().to_owned(),
                market_data: healthy(connectivity.market_data),
                account: healthy(connectivity.account),
            })
            .collect(),
        balances: balance_views(state, instruments),
        instruments: instruments
            .rows()
            .iter()
            .zip(state.instruments.0.values())
            .map(|(row, state)| instrument_view(row, state))
            .collect(),
    }
}

/// Balances by asset index.
pub(crate) fn balance_views(state: &State, instruments: &Instruments) -> Vec<BalanceView> {
    instruments
        .assets()
        .zip(state.assets.0.values())
        .map(|((exchange, asset), state)| BalanceView {
            exchange: exchange.as_str().to_owned(),
            asset: asset.to_owned(),
            balance: state.balance.as_ref().map(|timed| Amounts {
                total: text(timed.value.total),
                free: text(timed.value.free),
            }),
            time: state.balance.as_ref().map(|timed| rfc3339(timed.time)),
        })
        .collect()
}

/// One instrument.
pub(crate) fn instrument_view(
    row: &InstrumentInfo,
    state: &InstrumentState<InstrumentData>,
) -> InstrumentView {
    let market = state.data.market();
    let level = |level: &Option<Level>| {
        level
            .as_ref()
            .map(|level| LevelView { price: text(level.price), amount: text(level.amount) })
    };
    let price = state.data.price();
    let mut orders: Vec<OrderView> = state
        .orders
        .0
        .values()
        .map(|order| {
            let open = order.state.open_meta();
            OrderView {
                cid: order.key.cid.to_string(),
                strategy: order.key.strategy.to_string(),
                side: side_name(order.side),
                price: text(order.price),
                quantity: text(order.quantity),
                kind: match order.kind {
                    OrderKind::Market => "market",
                    OrderKind::Limit => "limit",
                },
                time_in_force: match order.time_in_force {
                    TimeInForce::ImmediateOrCancel => "immediateOrCancel",
                    TimeInForce::FillOrKill => "fillOrKill",
                    TimeInForce::GoodUntilEndOfDay => "goodUntilEndOfDay",
                    TimeInForce::GoodUntilCancelled { post_only: false } => "goodUntilCancelled",
                    TimeInForce::GoodUntilCancelled { post_only: true } => "postOnly",
                },
                state: match &order.state {
                    ActiveOrderState::OpenInFlight(_) => "openInFlight",
                    ActiveOrderState::Open(_) => "open",
                    ActiveOrderState::CancelInFlight(_) => "cancelInFlight",
                },
                order_id: open.map(|open| open.id.0.to_string()),
                filled: open.map(|open| text(open.filled_quantity)),
            }
        })
        .collect();
    orders.sort_by(|a, b| a.cid.cmp(&b.cid));
    InstrumentView {
        instrument: row.index,
        name: row.name.clone(),
        price: price.map(text),
        bid: level(&market.l1.best_bid),
        ask: level(&market.l1.best_ask),
        last_price: market.last_traded_price.as_ref().map(|last| text(last.value)),
        position: state.position.current.as_ref().map(|position| PositionView {
            side: side_name(position.side),
            quantity: text(position.quantity_abs),
            quantity_max: text(position.quantity_abs_max),
            entry_price: text(position.price_entry_average),
            pnl_realised: text(position.pnl_realised),
            // The field of the same name is not refreshed by market events.
            pnl_unrealised: price
                .filter(|price| position.quantity_abs.checked_mul(*price).is_some())
                .map(|price| {
                    text(calculate_pnl_unrealised(
                        position.side,
                        position.price_entry_average,
                        position.quantity_abs,
                        position.quantity_abs_max,
                        position.fees_enter.fees,
                        price,
                    ))
                }),
            fees_enter: text(position.fees_enter.fees),
            fees_exit: text(position.fees_exit.fees),
            time_enter: rfc3339(position.time_enter),
            time_update: rfc3339(position.time_exchange_update),
            trades: position.trades.iter().map(|id| id.0.to_string()).collect(),
        }),
        orders,
    }
}
