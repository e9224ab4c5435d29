//! What must hold at every commit, checked for what the step touched.

use serde::Serialize;

use super::{
    decimal::Decimal,
    names::{Cause, DeltaKind, Invariant, OrderStatus, Outcome, Side},
    state::State,
};

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which.
    pub code: Invariant,
    /// The currency, instrument, order or stream that it does not hold for.
    pub key: String,
    /// With the values found.
    pub message: String,
}

/// What the checks know of the step beside its effects.
pub(super) struct Checked {
    /// Number of the step before.
    pub(super) seq_before: u64,
    pub(super) step_before: u64,
    /// What became of the event.
    pub(super) event: Outcome,
    /// Where the effects of the intents begin: those before are the event's.
    pub(super) event_transitions: usize,
    pub(super) event_deltas: usize,
}

impl State {
    /// Checks everything; sorted by code, then by key.
    pub(super) fn violations(&mut self, step: &Checked) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.seq != step.seq_before + 1 || self.step_seq != step.step_before + 1 {
            let message = format!("{} follows {}", self.seq, step.seq_before);
            found.push(Violation {
                code: Invariant::SeqMonotonic,
                key: self.seq.to_string(),
                message,
            });
        }
        if let Some((before, after)) = self.effects.cursor
            && after < before
        {
            let message = format!("the stream went from {before} to {after}");
            found.push(Violation { code: Invariant::TimeMonotonic, key: String::new(), message });
        }
        let effects = step.event_transitions > 0 || step.event_deltas > 0;
        if effects && step.event != Outcome::Applied {
            let code = if step.event == Outcome::Duplicate {
                Invariant::NoDuplicateEffect
            } else {
                Invariant::StepAtomic
            };
            let message = format!("an event that was {} has effects", step.event.as_str());
            found.push(Violation { code, key: String::new(), message });
        }
        self.check_transitions(&mut found);
        self.check_quantities(&mut found);
        self.check_money(&mut found);
        found.sort_by(|a, b| (a.code.as_str(), &a.key).cmp(&(b.code.as_str(), &b.key)));
        found
    }

    fn check_transitions(&self, found: &mut Vec<Violation>) {
        for transition in &self.effects.transitions {
            let order = &self.orders[transition.order as usize];
            let mut report = |code, message: String| {
                found.push(Violation { code, key: order.id.to_string(), message });
            };
            let Some(from) = transition.from else {
                if transition.to != OrderStatus::Created {
                    report(Invariant::LegalTransition, "created otherwise".to_owned());
                }
                continue;
            };
            let way = || format!("{} to {}", from.as_str(), transition.to.as_str());
            if !self.legal[from as usize][transition.to as usize] {
                report(Invariant::LegalTransition, way());
            }
            if from.is_terminal() {
                report(Invariant::TerminalFinal, way());
            }
            if transition.cause == Cause::Fill {
                let standing =
                    if from == OrderStatus::CancelPending { transition.resume } else { Some(from) };
                let early = matches!(standing, Some(OrderStatus::Created | OrderStatus::Submitted));
                if early {
                    report(Invariant::NoFillBeforeAccept, way());
                }
            }
            if transition.filled_after < transition.filled_before {
                let message =
                    format!("{} after {}", transition.filled_after, transition.filled_before);
                report(Invariant::FilledMonotonic, message);
            }
            if transition.cause != Cause::Replace
                && transition.remaining_after > transition.remaining_before
                || transition.remaining_after.is_negative()
            {
                let message =
                    format!("{} after {}", transition.remaining_after, transition.remaining_before);
                report(Invariant::RemainingMonotonic, message);
            }
        }
    }

    /// The position of every instrument that was filled is the sum of its fills.
    fn check_quantities(&mut self, found: &mut Vec<Violation>) {
        let touched_from = found.len();
        for at in 0..self.effects.transitions.len() {
            let transition = self.effects.transitions[at];
            if transition.filled_after == transition.filled_before {
                continue;
            }
            let order = &self.orders[transition.order as usize];
            let (instrument, sell) = (order.instrument, order.side == Side::Sell);
            let units = |filled: Decimal| filled.signed(sell).fixed().wrapping_mul(10i128.pow(12));
            let change = units(transition.filled_after) - units(transition.filled_before);
            self.add_fills(instrument, change);
        }
        for delta in &self.effects.deltas {
            if delta.kind != DeltaKind::Position {
                continue;
            }
            let instrument = &self.instruments[delta.key as usize];
            let held = instrument.position.quantity;
            let known = found[touched_from..].iter().any(|v| *v.key == *instrument.name);
            if held.units() != instrument.fills && !known {
                found.push(Violation {
                    code: Invariant::QuantityIdentity,
                    key: instrument.name.to_string(),
                    message: format!("{held} is held, the fills add up to something else"),
                });
            }
        }
    }

    /// Per currency: cash + cost − realized + fees = initial + adjustments.
    fn check_money(&self, found: &mut Vec<Violation>) {
        let touched_from = found.len();
        for delta in &self.effects.deltas {
            let index = match delta.kind {
                DeltaKind::Cash | DeltaKind::Fee => delta.key,
                _ => self.instruments[delta.key as usize].quote,
            };
            let currency = &self.currencies[index as usize];
            if found[touched_from..].iter().any(|v| *v.key == *currency.name) {
                continue;
            }
            // Wrapping: sums may leave the range on the way, and equal sums stay equal.
            let account = &currency.account;
            let mut left = account.cash.unwrap_or_default().units();
            left = left.wrapping_add(account.fees.unwrap_or_default().units());
            for &instrument in &currency.instruments {
                let position = &self.instruments[instrument as usize].position;
                left = left.wrapping_add(position.cost.units());
                left = left.wrapping_sub(position.realized.units());
            }
            let right = account.initial.unwrap_or_default().units();
            let right = right.wrapping_add(account.adjustments.unwrap_or_default().units());
            if left != right {
                found.push(Violation {
                    code: Invariant::Conservation,
                    key: currency.name.to_string(),
                    message: format!(
                        "cash, cost, realized and fees differ from what came in by {} units",
                        left.wrapping_sub(right)
                    ),
                });
            }
        }
    }
}
