//! Orders, fills and money: one event, one step, one commit.
//!
//! [`Core`] is the whole: JSON in, canonical JSON out. Below it, `events` asks what every event is
//! asked and `orders`, `intents`, `risk` and `ledger` do what each kind does, all on one `state` whose
//! journal undoes a step; `record` and `snapshot` write, and `hashes` and `invariants` check.

mod config;
mod conforms;
mod decimal;
mod document;
mod effects;
mod error;
mod events;
mod hashes;
mod intents;
mod invariants;
mod keys;
mod ledger;
mod lines;
mod names;
mod orders;
mod record;
mod restore;
mod risk;
pub mod sequencer;
mod shapes;
mod snapshot;
mod state;
mod step;
mod validation;
mod wire;

#[cfg(test)]
mod tests;

pub use crate::schema::Validation;
pub use config::{Capabilities, Config, CurrencyAmount, PolicyOverrides, RiskLimits};
pub use decimal::{Decimal, Money};
pub use error::{CoreError, Refusal};
pub use invariants::Violation;
pub use names::*;
pub use step::Core;
pub use wire::*;
