//! The border to a venue: what an adapter does, how it fails, and what it is never asked.
//!
//! An adapter owns transport, normalisation, idempotency keys and the mapping of the venue's names. It
//! never changes a core, decides accounting or calls a strategy: everything it knows arrives as
//! events. The interface of TypeScript has the same methods, and both are held to the same recordings.

mod recorded;
mod status;

use std::time::Duration;

pub use self::{
    recorded::RecordedVenue,
    status::{StatusVocabulary, UnknownStatus, venue_status},
};
use crate::generated::{
    Capabilities, CurrencyAmount, EngineEvent, EngineIntent, IntentBody, ReasonCode, VenueOrder,
    VenuePosition,
};

/// How an adapter fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VenueError {
    /// Nothing happened; try again later.
    #[error("the venue is busy, try again after {} ms", retry_after.as_millis())]
    Transient {
        /// How much later.
        retry_after: Duration,
    },
    /// The venue refuses.
    #[error("the venue refuses: {reason_code}")]
    Rejected {
        /// Why.
        reason_code: ReasonCode,
    },
    /// Whether it happened is not known: ask with [`VenueAdapter::order`] for the same order id before
    /// any retry.
    #[error("whether the venue has it is not known")]
    UnknownOutcome,
    /// The venue cannot do it, `CAPABILITY_UNSUPPORTED`; nothing was sent.
    #[error("the venue has no {missing}")]
    Capability {
        /// What would be needed.
        missing: String,
    },
    /// The adapter cannot go on.
    #[error("the adapter cannot go on: {reason}")]
    Fatal {
        /// Why.
        reason: String,
    },
    /// The adapter was closed.
    #[error("the adapter is closed")]
    Closed,
}

/// A venue. Methods do not wait for anything but the venue's answer.
pub trait VenueAdapter {
    /// Name of the venue in events.
    fn venue(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> &Capabilities;

    /// Whether nothing it is asked leaves the process. Only such a venue is for backtest and paper.
    fn simulated(&self) -> bool;

    /// Connects; again does nothing.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn connect(&mut self) -> Result<(), VenueError>;

    /// Sends an order. The same order id a second time has no second effect.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn submit(&mut self, intent: &EngineIntent) -> Result<(), VenueError>;

    /// Asks for the end of an order.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn cancel(&mut self, intent: &EngineIntent) -> Result<(), VenueError>;

    /// Asks for other terms of an order.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn replace(&mut self, intent: &EngineIntent) -> Result<(), VenueError>;

    /// The order of our id, whether it ended or not, if the venue knows it.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn order(&mut self, order_id: &str) -> Result<Option<VenueOrder>, VenueError>;

    /// Orders that can still be filled, by the venue's id.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn open_orders(&mut self) -> Result<Vec<VenueOrder>, VenueError>;

    /// Cash, by currency.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn balances(&mut self) -> Result<Vec<CurrencyAmount>, VenueError>;

    /// Positions, by instrument.
    ///
    /// # Errors
    ///
    /// [`VenueError`]
    fn positions(&mut self) -> Result<Vec<VenuePosition>, VenueError>;

    /// Reports and fills since the last call, unsequenced, in order and without a gap.
    fn reports(&mut self) -> Vec<EngineEvent>;

    /// Disconnects; orders stay as they are at the venue. Again does nothing.
    fn close(&mut self);
}

/// Refuses what a venue cannot do, before anything is sent. Every adapter calls it first.
///
/// # Errors
///
/// [`VenueError::Capability`]
pub fn check_capability(
    capabilities: &Capabilities,
    intent: &EngineIntent,
) -> Result<(), VenueError> {
    let missing = match &intent.body {
        IntentBody::PlaceOrder(order) if !capabilities.order_types.contains(&order.order_type) => {
            format!("order type \"{}\"", order.order_type)
        }
        IntentBody::PlaceOrder(order)
            if !capabilities.time_in_force.contains(&order.time_in_force) =>
        {
            format!("time in force \"{}\"", order.time_in_force)
        }
        IntentBody::ReplaceOrder(_) if !capabilities.replace => "replace".to_owned(),
        _ => return Ok(()),
    };
    Err(VenueError::Capability { missing })
}
