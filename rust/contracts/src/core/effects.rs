//! What a step did, in buffers that every step uses again.

use super::{
    decimal::{Decimal, Money},
    names::{
        Cause, Decision, DeltaKind, ErrorCode, OrderStatus, Outcome, ReasonCode, RiskRule, Severity,
    },
};

/// A transition of one order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    pub(super) order: u32,
    pub(super) index: u64,
    pub(super) from: Option<OrderStatus>,
    pub(super) to: OrderStatus,
    pub(super) cause: Cause,
    /// Status to return to, before the transition.
    pub(super) resume: Option<OrderStatus>,
    pub(super) at: i64,
    pub(super) filled_before: Decimal,
    pub(super) filled_after: Decimal,
    pub(super) remaining_before: Decimal,
    pub(super) remaining_after: Decimal,
    pub(super) reason_code: Option<ReasonCode>,
}

/// A change of money or of a position; `key` is the index of a currency or instrument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delta {
    pub(super) kind: DeltaKind,
    pub(super) key: u32,
    pub(super) amount: Money,
    pub(super) after: Money,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Diagnostic {
    pub(super) code: ErrorCode,
    pub(super) severity: Severity,
}

/// What risk said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RiskEntry {
    pub(super) decision: Decision,
    pub(super) rule: Option<RiskRule>,
    pub(super) code: Option<ErrorCode>,
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) code: Option<ErrorCode>,
}

impl Verdict {
    pub(super) const APPLIED: Self = Self { outcome: Outcome::Applied, code: None };
    pub(super) const DUPLICATE: Self = Self { outcome: Outcome::Duplicate, code: None };

    pub(super) const fn rejected(code: ErrorCode) -> Self {
        Self { outcome: Outcome::Rejected, code: Some(code) }
    }

    pub(super) const fn ignored(code: ErrorCode) -> Self {
        Self { outcome: Outcome::Ignored, code: Some(code) }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) transitions: Vec<Transition>,
    pub(super) deltas: Vec<Delta>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) risk: Option<RiskEntry>,
    /// Where the event's stream stood and stands, if it moved.
    pub(super) cursor: Option<(i64, i64)>,
}

/// Where the effects of one input begin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EffectsMark {
    pub(super) transitions: usize,
    pub(super) deltas: usize,
    pub(super) diagnostics: usize,
}

impl Effects {
    pub(super) fn clear(&mut self) {
        self.cut(EffectsMark::default());
        self.risk = None;
        self.cursor = None;
    }

    pub(super) fn mark(&self) -> EffectsMark {
        EffectsMark {
            transitions: self.transitions.len(),
            deltas: self.deltas.len(),
            diagnostics: self.diagnostics.len(),
        }
    }

    pub(super) fn cut(&mut self, mark: EffectsMark) {
        self.transitions.truncate(mark.transitions);
        self.deltas.truncate(mark.deltas);
        self.diagnostics.truncate(mark.diagnostics);
    }

    pub(super) fn diagnose(&mut self, code: ErrorCode, severity: Severity) {
        self.diagnostics.push(Diagnostic { code, severity });
    }

    pub(super) fn delta(&mut self, kind: DeltaKind, key: u32, amount: Money, after: Money) {
        self.deltas.push(Delta { kind, key, amount, after });
    }
}
