//! The report, members in canonical order.

use serde::Serialize;

use crate::core::Severity;

/// What differs. Items come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    OrderMissingLocal,
    OrderMissingVenue,
    Status,
    Filled,
    Balance,
    Position,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    None,
    Observe,
    Repair,
    Halt,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    pub(super) action: Action,
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) local: Option<String>,
    pub(super) severity: Severity,
    pub(super) venue: Option<String>,
}

impl Item {
    /// News that is on its way is no difference yet.
    pub(super) fn waiting(self) -> Self {
        Self { severity: Severity::Info, action: Action::None, ..self }
    }
}

/// All of them.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) items: Vec<Item>,
    pub(super) schema: &'static str,
    pub(super) severity: Severity,
}
