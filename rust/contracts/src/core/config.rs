//! How a core is set up, and the rules that come with its mode.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};

use super::{
    decimal::{Decimal, Money},
    names::{EarlyFill, Mode, OrderType, TimeInForce, TimeRegression},
    wire::{given, index},
};
use crate::generated::{self, LEGAL_TRANSITIONS, MODE_POLICY};

/// How a core is set up (`core_config/1.0`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct Config {
    pub schema: String,
    #[serde(deserialize_with = "shared")]
    pub run_id: Arc<str>,
    pub mode: Mode,
    pub base_currency: String,
    pub initial_cash: Vec<CurrencyAmount>,
    #[serde(deserialize_with = "given")]
    pub policy_overrides: Option<PolicyOverrides>,
    pub risk: RiskLimits,
    #[serde(deserialize_with = "given")]
    pub capabilities: Option<Capabilities>,
}

/// An amount in one currency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct CurrencyAmount {
    pub currency: String,
    pub amount: Money,
}

/// Rules of the mode that a run changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct PolicyOverrides {
    #[serde(deserialize_with = "given")]
    pub early_fill: Option<EarlyFill>,
    #[serde(deserialize_with = "given")]
    pub time_regression: Option<TimeRegression>,
}

/// Limits on orders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct RiskLimits {
    #[serde(deserialize_with = "given")]
    pub max_order_quantity: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub max_order_notional: Option<Money>,
    #[serde(deserialize_with = "given")]
    pub max_position: Option<Decimal>,
    #[serde(deserialize_with = "given_index")]
    pub max_open_orders: Option<u64>,
}

/// What the venue can do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct Capabilities {
    pub order_types: Vec<OrderType>,
    pub time_in_force: Vec<TimeInForce>,
    pub replace: bool,
}

// serde reads an `Arc<str>` only with a feature that would be switched on for every crate.
fn shared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

fn given_index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct Checked(#[serde(deserialize_with = "index")] u64);
    Ok(Option::<Checked>::deserialize(deserializer)?.map(|checked| checked.0))
}

/// The rules of a run: those of its mode, with what the run changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) early_fill: EarlyFill,
    pub(super) time_regression: TimeRegression,
    /// A missing event time is the time of arrival.
    pub(super) ingest_time: bool,
    /// A step that breaks an invariant is committed and trading halts; else nothing is committed.
    pub(super) halt_on_violation: bool,
    /// Keys are remembered for the whole run.
    pub(super) keep_keys: bool,
}

impl Policy {
    pub(super) fn of(config: &Config) -> Self {
        // Every mode has its row, in the order of the modes.
        let row = &MODE_POLICY[config.mode as usize];
        let early_fill = match row.early_fill {
            generated::EarlyFill::Reject => EarlyFill::Reject,
            generated::EarlyFill::Imply => EarlyFill::Imply,
        };
        let time_regression = match row.time_regression {
            generated::TimeRegression::Reject => TimeRegression::Reject,
            generated::TimeRegression::Flag => TimeRegression::Flag,
        };
        let overrides = config.policy_overrides.as_ref();
        Self {
            early_fill: overrides.and_then(|o| o.early_fill).unwrap_or(early_fill),
            time_regression: overrides.and_then(|o| o.time_regression).unwrap_or(time_regression),
            ingest_time: row.missing_event_time == generated::MissingEventTime::IngestTime,
            halt_on_violation: row.invariant_violation != generated::InvariantPolicy::Stop,
            keep_keys: config.mode == Mode::Backtest,
        }
    }
}

/// Which status may follow which: `[from][to]`.
pub(super) type LegalTransitions = [[bool; 9]; 9];

/// The table of legal transitions. Creation, from nothing, is not in it.
pub(super) fn legal_transitions() -> &'static LegalTransitions {
    const TABLE: LegalTransitions = {
        let mut table = [[false; 9]; 9];
        let mut at = 0;
        while at < LEGAL_TRANSITIONS.len() {
            if let (Some(from), to) = LEGAL_TRANSITIONS[at] {
                table[from as usize][to as usize] = true;
            }
            at += 1;
        }
        table
    };
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::OrderStatus;

    #[test]
    fn every_mode_has_its_row() {
        for (mode, row) in Mode::ALL.iter().zip(&MODE_POLICY) {
            assert_eq!(mode.as_str(), row.mode.to_string());
        }
    }

    #[test]
    fn the_table_has_28_of_81_pairs_and_nothing_leaves_a_terminal_status() {
        let table = legal_transitions();
        assert_eq!(table.iter().flatten().filter(|&&legal| legal).count(), 28);
        for &from in OrderStatus::ALL {
            if from.is_terminal() {
                assert!(table[from as usize].iter().all(|legal| !legal));
            }
        }
    }
}
