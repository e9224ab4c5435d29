//! Risk managers behind barter's trait: approve all, limits, and refusals decided outside.

use std::{cell::RefCell, collections::HashMap};

use barter::{
    engine::state::{
        instrument::{InstrumentState, data::InstrumentDataState},
        order::manager::OrderManager,
    },
    risk::{
        RiskApproved, RiskManager, RiskRefused,
        check::{
            CheckHigherThan, RiskCheck,
            util::{calculate_abs_percent_difference, calculate_quote_notional},
        },
    },
};
use barter_execution::order::{
    id::ClientOrderId,
    request::{OrderRequestCancel, OrderRequestOpen},
};
use barter_instrument::Side;
use rust_decimal::Decimal;

use crate::{EngineError, InstrumentData, config::MAX_VALUE, strategy::State};

/// Which orders of a strategy are let through. Commands bypass the risk manager, as upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RiskConfig {
    /// All of them.
    #[default]
    ApproveAll,
    /// Those within limits.
    Limits(RiskLimits),
}

/// Limits of one order and of what it would lead to; absent ones are not checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskLimits {
    /// Highest price times quantity of one order, in the quote asset.
    pub max_notional_per_order: Option<Decimal>,
    /// Furthest an order's price may be from the market's, a fraction of the market's price.
    pub max_price_deviation: Option<Decimal>,
    /// Largest position per instrument, long or short, once all its orders are filled.
    pub max_position_abs: Option<Decimal>,
    /// Most orders per instrument that are not answered yet.
    pub max_open_orders: Option<u32>,
}

impl RiskConfig {
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let Self::Limits(limits) = self else { return Ok(()) };
        for (field, limit) in [
            ("risk.maxNotionalPerOrder", limits.max_notional_per_order),
            ("risk.maxPriceDeviation", limits.max_price_deviation),
            ("risk.maxPositionAbs", limits.max_position_abs),
        ] {
            if let Some(limit) = limit
                && !(Decimal::ZERO..=MAX_VALUE).contains(&limit)
            {
                return Err(EngineError::config(
                    "config_risk",
                    field,
                    format!("must be 0 to {MAX_VALUE}: current value is {limit}"),
                ));
            }
        }
        Ok(())
    }
}

/// The configured risk manager of one engine.
#[derive(Debug, Default)]
pub struct Risk {
    config: RiskConfig,
    refusals: RefCell<HashMap<ClientOrderId, String>>,
}

impl Risk {
    /// A risk manager without history.
    pub fn new(config: RiskConfig) -> Self {
        Self { config, refusals: RefCell::default() }
    }

    /// Refuses a request of the next evaluation, for a reason found outside.
    pub(crate) fn refuse(&self, cid: ClientOrderId, reason: String) {
        self.refusals.borrow_mut().insert(cid, reason);
    }
}

impl RiskManager for Risk {
    type State = State;

    fn check(
        &self,
        state: &State,
        cancels: impl IntoIterator<Item = OrderRequestCancel>,
        opens: impl IntoIterator<Item = OrderRequestOpen>,
    ) -> (
        impl IntoIterator<Item = RiskApproved<OrderRequestCancel>>,
        impl IntoIterator<Item = RiskApproved<OrderRequestOpen>>,
        impl IntoIterator<Item = RiskRefused<OrderRequestCancel>>,
        impl IntoIterator<Item = RiskRefused<OrderRequestOpen>>,
    ) {
        let mut refusals = self.refusals.take();
        let (mut approved, mut refused): (Vec<RiskApproved<OrderRequestOpen>>, Vec<_>) =
            (Vec::new(), Vec::new());
        for open in opens {
            let verdict = match (refusals.remove(&open.key.cid), &self.config) {
                (Some(reason), _) => Err(reason),
                (None, RiskConfig::ApproveAll) => Ok(()),
                (None, RiskConfig::Limits(limits)) => {
                    let state = state.instruments.instrument_index(&open.key.instrument);
                    let earlier = approved.iter().map(|RiskApproved(open)| open);
                    limits.judge(state, earlier, &open)
                }
            };
            match verdict {
                Ok(()) => approved.push(RiskApproved::new(open)),
                Err(reason) => refused.push(RiskRefused::new(open, reason)),
            }
        }
        (cancels.into_iter().map(RiskApproved::new), approved, std::iter::empty(), refused)
    }
}

impl RiskLimits {
    /// `earlier` are the orders of this evaluation that were approved already.
    fn judge<'a>(
        &self,
        state: &InstrumentState<InstrumentData>,
        earlier: impl Iterator<Item = &'a OrderRequestOpen>,
        open: &OrderRequestOpen,
    ) -> Result<(), String> {
        let request = &open.state;
        if let Some(limit) = self.max_notional_per_order {
            let notional = calculate_quote_notional(request.quantity, request.price, Decimal::ONE)
                .ok_or("the order's value is not a decimal")?;
            within("maxNotionalPerOrder", limit, notional)?;
        }
        if let Some(limit) = self.max_price_deviation {
            let market = state.data.price().ok_or("the instrument has no price to compare with")?;
            let deviation = calculate_abs_percent_difference(request.price, market)
                .ok_or("the deviation from the market's price is not a decimal")?;
            within("maxPriceDeviation", limit, deviation)?;
        }
        let earlier: Vec<_> =
            earlier.filter(|other| other.key.instrument == open.key.instrument).collect();
        if let Some(limit) = self.max_open_orders {
            let orders = (state.orders.0.len() + earlier.len() + 1) as u64;
            within("maxOpenOrders", u64::from(limit), orders)?;
        }
        if let Some(limit) = self.max_position_abs {
            let held = state
                .position
                .current
                .as_ref()
                .map_or(Decimal::ZERO, |position| signed(position.side, position.quantity_abs));
            let tracked = state.orders.orders().map(|order| signed(order.side, order.quantity));
            let sent = earlier.iter().map(|other| signed(other.state.side, other.state.quantity));
            let before = tracked.chain(sent).fold(held, |sum, quantity| sum + quantity);
            let after = before + signed(request.side, request.quantity);
            // Orders that bring a position closer to zero are never refused.
            if after.abs() > before.abs() {
                within("maxPositionAbs", limit, after.abs())?;
            }
        }
        Ok(())
    }
}

fn signed(side: Side, quantity: Decimal) -> Decimal {
    match side {
        Side::Buy => quantity,
        Side::Sell => -quantity,
    }
}

fn within<T>(name: &str, limit: T, value: T) -> Result<(), String>
where
    T: Clone + PartialOrd + std::fmt::Display,
{
    CheckHigherThan { limit }
        .check(&value)
        .map_err(|failed| format!("{name}: {} is above the limit {}", failed.input, failed.limit))
}
