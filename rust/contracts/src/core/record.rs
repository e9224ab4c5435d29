//! What a step leaves behind, as text. Members are in canonical order, as in `wire`.

use serde::Serialize;

use super::{
    decimal::{Decimal, Money},
    effects::{EffectsMark, RiskEntry, Verdict},
    hashes::transition_span,
    invariants::Violation,
    names::{
        Cause, Decision, DeltaKind, ErrorCode, Invariant, Liquidity, OrderStatus, Outcome,
        ReasonCode, RiskRule, Severity,
    },
    state::State,
    wire::{Attribution, Event, EventBody, Fee, Fill, TimeNs},
};

/// An event or intent that was applied.
#[derive(Serialize)]
struct Subject<'a> {
    id: &'a str,
    kind: &'static str,
    seq_id: u64,
}

#[derive(Serialize)]
struct DeltaRecord<'a> {
    after: Money,
    amount: Money,
    key: &'a str,
    kind: DeltaKind,
}

#[derive(Serialize)]
struct DiagnosticRecord<'a> {
    code: ErrorCode,
    message: &'static str,
    order_id: Option<&'a str>,
    severity: Severity,
}

#[derive(Serialize)]
struct TransitionFill<'a> {
    fee: Option<&'a Fee<'a>>,
    fill_id: &'a str,
    liquidity: Liquidity,
    price: Decimal,
    quantity: Decimal,
}

#[derive(Serialize)]
struct TransitionTrace<'a> {
    parent_span_id: &'a str,
    span_id: String,
    trace_id: &'a str,
}

#[derive(Serialize)]
struct TransitionRecord<'a> {
    at: TimeNs,
    attribution: &'a Attribution<'a>,
    cause: Cause,
    fill: Option<TransitionFill<'a>>,
    filled_after: Decimal,
    filled_before: Decimal,
    from: Option<OrderStatus>,
    index: u64,
    intent_id: Option<&'a str>,
    order_id: &'a str,
    reason_code: Option<ReasonCode>,
    remaining_after: Decimal,
    schema: &'static str,
    seq_id: u64,
    to: OrderStatus,
    trace: TransitionTrace<'a>,
}

#[derive(Serialize)]
struct ResultRecord<'a> {
    code: Option<ErrorCode>,
    deltas: Vec<DeltaRecord<'a>>,
    diagnostics: Vec<DiagnosticRecord<'a>>,
    outcome: Outcome,
    schema: &'static str,
    subject: Subject<'a>,
    transitions: Vec<TransitionRecord<'a>>,
}

#[derive(Serialize)]
struct RiskRecord<'a> {
    code: Option<ErrorCode>,
    decision: Decision,
    intent_id: &'a str,
    rule: Option<RiskRule>,
}

#[derive(Serialize)]
struct ViolationRecord<'a> {
    code: Invariant,
    message: &'a str,
    severity: Severity,
}

#[derive(Serialize)]
struct InvariantsRecord<'a> {
    checked: &'a [Invariant],
    violations: Vec<ViolationRecord<'a>>,
}

/// Canonical text in two forms: as it is, and as it is compared and hashed (without times of arrival
/// and messages).
#[derive(Debug, Default)]
pub(super) struct TwoForms {
    pub(super) full: Vec<u8>,
    pub(super) compared: Vec<u8>,
}

impl TwoForms {
    pub(super) fn clear(&mut self) {
        self.full.clear();
        self.compared.clear();
    }

    pub(super) fn text(&mut self, text: &str) {
        self.full.extend_from_slice(text.as_bytes());
        self.compared.extend_from_slice(text.as_bytes());
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.full.extend_from_slice(&other.full);
        self.compared.extend_from_slice(&other.compared);
    }

    /// Writes a value that is the same in both forms.
    pub(super) fn same<T: Serialize + ?Sized>(&mut self, value: &T) {
        let start = self.full.len();
        super::hashes::write_canonical(value, &mut self.full);
        self.compared.extend_from_slice(&self.full[start..]);
    }

    fn both<T: Serialize>(&mut self, full: &T, compared: &T) {
        super::hashes::write_canonical(full, &mut self.full);
        super::hashes::write_canonical(compared, &mut self.compared);
    }

    /// Writes an event; it is unchanged afterwards.
    pub(super) fn event(&mut self, event: &mut Event<'_>) {
        let Some(time) = event.ingest_time.take() else { return self.same(event) };
        super::hashes::write_canonical(event, &mut self.compared);
        event.ingest_time = Some(time);
        super::hashes::write_canonical(event, &mut self.full);
    }
}

/// Whose result is written.
pub(super) struct SubjectOf<'a> {
    pub(super) kind: &'static str,
    pub(super) id: &'a str,
    /// The order that it names.
    pub(super) order_id: Option<&'a str>,
    pub(super) span_id: &'a str,
    pub(super) fill: Option<&'a Fill<'a>>,
}

impl<'a> SubjectOf<'a> {
    pub(super) fn event(event: &'a Event<'a>, span_id: &'a str) -> Self {
        let fill = match &event.body {
            EventBody::Fill(fill) => Some(fill),
            _ => None,
        };
        Self { kind: "event", id: &event.event_id, order_id: event.body.order_id(), span_id, fill }
    }
}

impl State {
    /// Writes the result of one input: the effects since `mark`.
    pub(super) fn write_result(
        &self,
        verdict: Verdict,
        subject: &SubjectOf<'_>,
        mark: EffectsMark,
        out: &mut TwoForms,
    ) {
        let transitions = &self.effects.transitions[mark.transitions..];
        let transitions = transitions.iter().map(|transition| {
            let order = &self.orders[transition.order as usize];
            let fill = subject.fill.filter(|_| transition.cause == Cause::Fill);
            let index = transition.index;
            TransitionRecord {
                at: TimeNs(transition.at),
                attribution: &order.attribution,
                cause: transition.cause,
                fill: fill.map(|fill| TransitionFill {
                    fee: fill.fee.as_ref(),
                    fill_id: &fill.fill_id,
                    liquidity: fill.liquidity,
                    price: fill.price,
                    quantity: fill.quantity,
                }),
                filled_after: transition.filled_after,
                filled_before: transition.filled_before,
                from: transition.from,
                index,
                intent_id: (subject.kind == "intent").then_some(subject.id),
                order_id: &order.id,
                reason_code: transition.reason_code,
                remaining_after: transition.remaining_after,
                schema: "order_transition/1.0",
                seq_id: self.seq,
                to: transition.to,
                trace: TransitionTrace {
                    parent_span_id: subject.span_id,
                    span_id: transition_span(&self.config.run_id, self.seq, &order.id, index),
                    trace_id: &order.trace_id,
                },
            }
        });
        let deltas = self.effects.deltas[mark.deltas..].iter().map(|delta| DeltaRecord {
            after: delta.after,
            amount: delta.amount,
            key: match delta.kind {
                DeltaKind::Cash | DeltaKind::Fee => &self.currencies[delta.key as usize].name,
                _ => &self.instruments[delta.key as usize].name,
            },
            kind: delta.kind,
        });
        let diagnostics = self.effects.diagnostics[mark.diagnostics..].iter();
        let diagnostics = diagnostics.map(|diagnostic| DiagnosticRecord {
            code: diagnostic.code,
            message: diagnostic.code.explain(),
            order_id: subject.order_id,
            severity: diagnostic.severity,
        });
        let mut record = ResultRecord {
            code: verdict.code,
            deltas: deltas.collect(),
            diagnostics: diagnostics.collect(),
            outcome: verdict.outcome,
            schema: "transition_result/1.0",
            subject: Subject { id: subject.id, kind: subject.kind, seq_id: self.seq },
            transitions: transitions.collect(),
        };
        if record.diagnostics.is_empty() {
            return out.same(&record);
        }
        super::hashes::write_canonical(&record, &mut out.full);
        for diagnostic in &mut record.diagnostics {
            diagnostic.message = "";
        }
        super::hashes::write_canonical(&record, &mut out.compared);
    }
}

pub(super) fn write_risk(intent_id: &str, entry: RiskEntry, out: &mut TwoForms) {
    let RiskEntry { decision, rule, code } = entry;
    out.same(&RiskRecord { code, decision, intent_id, rule });
}

pub(super) fn write_invariants(violations: &[Violation], out: &mut TwoForms) {
    let record = |messages: bool| InvariantsRecord {
        checked: Invariant::ALL,
        violations: violations
            .iter()
            .map(|violation| ViolationRecord {
                code: violation.code,
                message: if messages { &violation.message } else { "" },
                severity: Severity::Fatal,
            })
            .collect(),
    };
    out.both(&record(true), &record(false));
}
