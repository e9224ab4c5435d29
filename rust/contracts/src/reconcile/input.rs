//! What is compared. Only what matters here is read; shapes are for the schemas to check.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    Issue,
    core::{Decimal, Money, OrderStatus, Side, Text, TimeNs},
    generated::{Authority, MODE_POLICY, Mode},
};

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// The input is not strict JSON.
    #[error("{0}")]
    Json(#[from] Issue),
    /// The input is not `{"changed":…,"core":…,"grace_ns":…,"venue":…}`, or a snapshot cannot be read.
    #[error("the input cannot be read: {0}")]
    Input(#[from] serde_json::Error),
}

/// Cash in one currency.
#[derive(Debug, Deserialize)]
pub(super) struct Cash<'a> {
    #[serde(borrow)]
    pub(super) currency: Text<'a>,
    pub(super) amount: Money,
}

/// A position, here or there.
#[derive(Debug, Deserialize)]
pub(super) struct Position<'a> {
    #[serde(borrow)]
    pub(super) instrument: Text<'a>,
    pub(super) quantity: Money,
}

/// A last price.
#[derive(Debug, Deserialize)]
pub(super) struct Mark<'a> {
    #[serde(borrow)]
    pub(super) instrument: Text<'a>,
    pub(super) price: Money,
}

/// An order as it stands here.
#[derive(Debug, Deserialize)]
pub(super) struct OrderRecord<'a> {
    #[serde(borrow)]
    pub(super) order_id: Text<'a>,
    #[serde(borrow)]
    pub(super) venue_order_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) instrument: Text<'a>,
    pub(super) side: Side,
    pub(super) quantity: Decimal,
    pub(super) limit_price: Option<Decimal>,
    pub(super) status: OrderStatus,
    pub(super) resume_status: Option<OrderStatus>,
    pub(super) filled: Decimal,
    pub(super) remaining: Decimal,
}

/// The core's state.
#[derive(Debug, Deserialize)]
pub(super) struct Core<'a> {
    #[serde(borrow)]
    pub(super) run_id: Text<'a>,
    pub(super) mode: Mode,
    #[serde(borrow)]
    pub(super) cash: Vec<Cash<'a>>,
    #[serde(borrow)]
    pub(super) positions: Vec<Position<'a>>,
    #[serde(borrow)]
    pub(super) orders: Vec<OrderRecord<'a>>,
    #[serde(borrow)]
    pub(super) marks: Vec<Mark<'a>>,
}

/// An order at the venue.
#[derive(Debug, Deserialize)]
pub(super) struct VenueOrder<'a> {
    #[serde(borrow)]
    pub(super) order_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) venue_order_id: Text<'a>,
    pub(super) status: OrderStatus,
    pub(super) filled: Decimal,
    pub(super) limit_price: Option<Decimal>,
}

impl VenueOrder<'_> {
    /// Our id, or nothing.
    pub(super) fn id(&self) -> &str {
        self.order_id.as_deref().unwrap_or_default()
    }
}

/// What the venue says.
#[derive(Debug, Deserialize)]
pub(super) struct VenueSnapshot<'a> {
    #[serde(borrow)]
    pub(super) venue: Text<'a>,
    pub(super) as_of: TimeNs,
    #[serde(borrow)]
    pub(super) orders: Vec<VenueOrder<'a>>,
    #[serde(borrow)]
    pub(super) balances: Vec<Cash<'a>>,
    #[serde(borrow)]
    pub(super) positions: Vec<Position<'a>>,
}

/// When an order last changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    at: TimeNs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<'a> {
    #[serde(borrow)]
    changed: Vec<Change<'a>>,
    #[serde(borrow)]
    core: Core<'a>,
    grace_ns: TimeNs,
    #[serde(borrow)]
    venue: VenueSnapshot<'a>,
}

/// Everything that is compared.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) core: Core<'a>,
    pub(super) venue: VenueSnapshot<'a>,
    grace: TimeNs,
    changed: HashMap<Cow<'a, str>, TimeNs>,
}

impl<'a> Input<'a> {
    /// Reads a document.
    pub(super) fn read(document: &'a Value) -> Result<Self, ReconcileError> {
        let Parts { changed, core, grace_ns, venue } = Parts::deserialize(document)?;
        let changed = changed.into_iter().map(|Change { order_id, at }| (order_id.0, at)).collect();
        Ok(Self { core, venue, grace: grace_ns, changed })
    }

    /// Who is right in the core's mode.
    pub(super) fn authority(&self) -> Authority {
        // The table has a row for each mode; without one, nothing would be repaired.
        MODE_POLICY
            .iter()
            .find(|row| row.mode == self.core.mode)
            .map_or(Authority::Local, |row| row.authority)
    }

    /// Whether an order changed here less than the grace before the venue looked, or after it.
    pub(super) fn is_young(&self, order: &OrderRecord<'_>) -> bool {
        self.changed.get(&*order.order_id).is_some_and(|at| {
            i128::from(self.venue.as_of.0) - i128::from(at.0) < i128::from(self.grace.0)
        })
    }
}
