//! How a core is set up, and the rules that come with its mode.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::{
    decimal::{Decimal, Money},
    names::{EarlyFill, Mode, OrderStatus, OrderType, TimeInForce, TimeRegression},
    wire::{given, index},
};

const MODE_POLICY: &str = include_str!("../../../../schemas/engine/mode_policy.json");
const LEGAL_TRANSITIONS: &str = include_str!("../../../../schemas/engine/legal_transitions.json");

/// How a core is set up (`core_config/1.0`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schema describes the members")]
pub struct Config {
    pub schema: String,
    pub run_id: String,
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
        #[derive(Deserialize)]
        struct Table {
            modes: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            mode: Mode,
            missing_event_time: String,
            early_fill: EarlyFill,
            time_regression: TimeRegression,
            invariant_violation: String,
        }
        #[allow(
            clippy::expect_used,
            reason = "the file is compiled in, and a test reads every row"
        )]
        static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
            serde_json::from_str::<Table>(MODE_POLICY).expect("the mode policy is valid").modes
        });
        let overrides = config.policy_overrides.as_ref();
        #[allow(clippy::expect_used, reason = "as above")]
        let row = ROWS.iter().find(|row| row.mode == config.mode).expect("every mode has a row");
        Self {
            early_fill: overrides.and_then(|o| o.early_fill).unwrap_or(row.early_fill),
            time_regression: overrides
                .and_then(|o| o.time_regression)
                .unwrap_or(row.time_regression),
            ingest_time: row.missing_event_time == "ingest_time",
            halt_on_violation: row.invariant_violation != "stop",
            keep_keys: config.mode == Mode::Backtest,
        }
    }
}

/// Which status may follow which: `[from][to]`.
pub(super) type LegalTransitions = [[bool; 9]; 9];

/// The table of legal transitions. Creation, from nothing, is not in it.
pub(super) fn legal_transitions() -> &'static LegalTransitions {
    #[derive(Deserialize)]
    struct Table {
        transitions: Vec<Pair>,
    }
    #[derive(Deserialize)]
    struct Pair {
        from: Option<OrderStatus>,
        to: OrderStatus,
    }
    static TABLE: LazyLock<LegalTransitions> = LazyLock::new(|| {
        let mut table = [[false; 9]; 9];
        #[allow(
            clippy::expect_used,
            reason = "the file is compiled in, and a test reads every row"
        )]
        let pairs = serde_json::from_str::<Table>(LEGAL_TRANSITIONS)
            .expect("the legal transitions are valid")
            .transitions;
        for Pair { from, to } in pairs {
            if let Some(from) = from {
                table[from as usize][to as usize] = true;
            }
        }
        table
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

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
