//! Answers to orders, as a host is told of them.

use barter_execution::{
    AccountEvent, AccountEventKind,
    order::state::{ActiveOrderState, InactiveOrderState, OrderState},
};
use barter_instrument::Side;
use rust_decimal::Decimal;

use crate::{Fill, RoundTrip};

/// What became of an order or of a cancellation.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderAnswer {
    /// Client order id.
    pub cid: String,
    /// Instrument index.
    pub instrument: usize,
    /// Direction, unknown for a cancellation.
    pub side: Option<Side>,
    /// Quantity, unknown for a cancellation.
    pub quantity: Option<Decimal>,
    /// `filled`, `open`, `rejected`, `cancelled`, `cancelFailed` or `expired`.
    pub status: &'static str,
    /// Why it was rejected.
    pub reason: Option<String>,
}

/// One delivered answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The execution.
    pub fill: Option<Fill>,
    /// The position it closed.
    pub exit: Option<RoundTrip>,
    /// The order.
    pub order: Option<OrderAnswer>,
}

impl OrderAnswer {
    /// What an account event says about an order.
    pub(crate) fn of(event: &AccountEvent) -> Option<Self> {
        match &event.kind {
            AccountEventKind::OrderSnapshot(order) => {
                let order = order.value();
                let (status, reason) = match &order.state {
                    OrderState::Active(ActiveOrderState::Open(_)) => ("open", None),
                    OrderState::Active(_) => return None,
                    OrderState::Inactive(InactiveOrderState::FullyFilled) => ("filled", None),
                    OrderState::Inactive(InactiveOrderState::Expired) => ("expired", None),
                    OrderState::Inactive(InactiveOrderState::Cancelled(_)) => ("cancelled", None),
                    OrderState::Inactive(InactiveOrderState::OpenFailed(error)) => {
                        ("rejected", Some(error.to_string()))
                    }
                };
                Some(Self {
                    cid: order.key.cid.to_string(),
                    instrument: order.key.instrument.index(),
                    side: Some(order.side),
                    quantity: Some(order.quantity),
                    status,
                    reason,
                })
            }
            AccountEventKind::OrderCancelled(response) => Some(Self {
                cid: response.key.cid.to_string(),
                instrument: response.key.instrument.index(),
                side: None,
                quantity: None,
                status: if response.state.is_ok() { "cancelled" } else { "cancelFailed" },
                reason: response.state.as_ref().err().map(ToString::to_string),
            }),
            _ => None,
        }
    }
}
