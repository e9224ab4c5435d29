//! What every event is asked first, and what each type does.

use std::fmt::Write as _;

use super::{
    effects::Verdict,
    hashes::hash_canonical,
    intents::IntentContext,
    names::{Command, ErrorCode, Outcome, ReportKind, Severity, TimeRegression},
    state::{Cursor, OVERFLOW, State, Stop},
    wire::{Control, Event, EventBody, Intent, IntentBody},
};

/// Buffers for keys and bodies, used again by every step.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    text: String,
    fill: String,
    bytes: Vec<u8>,
}

impl State {
    /// Applies a sequenced event.
    pub(super) fn event(&mut self, event: &Event<'_>, scratch: &mut Scratch) -> Verdict {
        let mark = self.mark();
        let before = self.effects.mark();
        let verdict = match self.try_event(event, scratch) {
            Ok(verdict) => verdict,
            Err(stop) => {
                self.undo_to(mark);
                self.effects.cut(before);
                match stop {
                    Stop::Ignored(code) => Verdict::ignored(code),
                    Stop::Rejected(code) => Verdict::rejected(code),
                }
            }
        };
        self.conclude(verdict);
        if let Some(time) = event.event_time {
            self.advance_as_of(time.0);
        }
        verdict
    }

    fn try_event(&mut self, event: &Event<'_>, scratch: &mut Scratch) -> Result<Verdict, Stop> {
        let rejected = |code| Err(Stop::Rejected(code));
        let kind = event.body.kind();
        if event.source != kind.source() {
            return rejected(ErrorCode::SourceTypeMismatch);
        }
        let Some(time) = event.event_time else {
            return rejected(ErrorCode::MissingEventTime);
        };
        let time = time.0;

        scratch.text.clear();
        let keyed = event_key(event, &mut scratch.text);
        scratch.fill.clear();
        let renamed = fill_key(event, &mut scratch.fill);
        let mut body_hash = [0; 32];
        if keyed {
            body_hash = hash_canonical(&event.body, &mut scratch.bytes);
            let under = |key: &str| self.keys.body_hash(key);
            let known = under(&scratch.text);
            if let Some(known) = known.or_else(|| renamed.then(|| under(&scratch.fill)).flatten()) {
                if *known == body_hash {
                    return Ok(Verdict::DUPLICATE);
                }
                return rejected(ErrorCode::IdempotencyConflict);
            }
        }
        let Scratch { text: key, fill, bytes } = scratch;

        let stream = self.stream_of(event, bytes);
        let cursor = self.streams[stream as usize].1;
        let late = cursor.index > 0 && time < cursor.time;
        if late && self.policy.time_regression == TimeRegression::Reject {
            return rejected(ErrorCode::TimeRegression);
        }

        let mark = self.mark();
        let before = self.effects.mark();
        if late {
            self.effects.diagnose(ErrorCode::LateEvent, Severity::Warn);
        }
        let verdict = match self.body(event, time) {
            Err(Stop::Ignored(code)) => {
                self.undo_to(mark);
                self.effects.cut(before);
                Verdict::ignored(code)
            }
            other => other?,
        };
        if keyed {
            self.remember(key, body_hash);
            if renamed && fill != key {
                self.remember(fill, body_hash);
            }
        }
        let time = if late { cursor.time } else { time };
        self.effects.cursor = Some((cursor.time, time));
        self.set_cursor(stream, Cursor { time, index: cursor.index + 1 });
        Ok(verdict)
    }

    /// Rejected and ignored inputs say why.
    fn conclude(&mut self, verdict: Verdict) {
        let Some(code) = verdict.code else { return };
        let severity =
            if verdict.outcome == Outcome::Ignored { Severity::Info } else { Severity::Error };
        self.effects.diagnose(code, severity);
    }

    /// The stream `venue|instrument|type` of an event.
    fn stream_of(&mut self, event: &Event<'_>, name: &mut Vec<u8>) -> u32 {
        name.clear();
        name.extend_from_slice(event.venue.as_deref().unwrap_or_default().as_bytes());
        name.push(b'|');
        name.extend_from_slice(event.instrument.as_deref().unwrap_or_default().as_bytes());
        name.push(b'|');
        name.extend_from_slice(event.body.kind().as_str().as_bytes());
        // Made of texts.
        self.stream(std::str::from_utf8(name).unwrap_or_default())
    }

    fn body(&mut self, event: &Event<'_>, at: i64) -> Result<Verdict, Stop> {
        let mark = match &event.body {
            EventBody::Report(report) => return self.report(report, at),
            EventBody::Fill(fill) => return self.fill(fill, at),
            EventBody::Control(control) => return self.control(control, at),
            EventBody::Timer(_) => None,
            EventBody::Trade(trade) => Some(trade.price.to_money().ok_or(OVERFLOW)?),
            EventBody::Bar(bar) if bar.closed => Some(bar.close.to_money().ok_or(OVERFLOW)?),
            EventBody::Bar(_) => None,
            EventBody::Quote(quote) => match (quote.bid_price, quote.ask_price) {
                (Some(bid), Some(ask)) => Some(bid.midpoint(ask).ok_or(OVERFLOW)?),
                _ => None,
            },
        };
        if let (Some(price), Some(name)) = (mark, event.instrument.as_deref()) {
            let instrument = self.instrument(name);
            self.set_mark(instrument, price);
        }
        Ok(Verdict::APPLIED)
    }

    fn control(&mut self, control: &Control<'_>, at: i64) -> Result<Verdict, Stop> {
        const INCOMPLETE: Stop = Stop::Rejected(ErrorCode::SemanticInvalid);
        match control.command {
            Command::Halt | Command::Shutdown => self.set_halted(true),
            Command::Resume => self.set_halted(false),
            Command::CancelAll => self.cancel_all(control.instrument.as_deref(), at)?,
            Command::SetRiskFlag => {
                let flag = control.flag.ok_or(INCOMPLETE)?;
                self.set_flag(flag, control.value.ok_or(INCOMPLETE)?);
            }
            Command::AccountAdjustment => {
                let currency = control.currency.as_deref().ok_or(INCOMPLETE)?;
                let amount = control.amount.ok_or(INCOMPLETE)?;
                let currency = self.currency(currency);
                self.adjust(currency, amount)?;
            }
            Command::Reconcile | Command::Checkpoint => {}
        }
        Ok(Verdict::APPLIED)
    }

    fn cancel_all(&mut self, instrument: Option<&str>, at: i64) -> Result<(), Stop> {
        let only = instrument.map(|name| self.find_instrument(name));
        // A copy: an order that is only created leaves the list at once.
        for order in self.live.clone() {
            let of = self.orders[order as usize].instrument;
            if only.is_some_and(|only| only != Some(of)) {
                continue;
            }
            match self.cancel(order, at) {
                Ok(()) | Err(Stop::Ignored(_)) => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// Applies an intent.
    pub(super) fn apply_intent(
        &mut self,
        intent: &Intent<'_>,
        context: &IntentContext<'_>,
        scratch: &mut Scratch,
    ) -> Verdict {
        self.effects.risk = None;
        let mark = self.mark();
        let before = self.effects.mark();
        let verdict = match self.try_intent(intent, context, scratch) {
            Ok(verdict) => verdict,
            Err(stop) => {
                self.undo_to(mark);
                self.effects.cut(before);
                match stop {
                    Stop::Ignored(code) => {
                        let body_hash = hash_canonical(&intent.body, &mut scratch.bytes);
                        self.remember(&scratch.text, body_hash);
                        Verdict::ignored(code)
                    }
                    Stop::Rejected(code) => Verdict::rejected(code),
                }
            }
        };
        self.conclude(verdict);
        verdict
    }

    fn try_intent(
        &mut self,
        intent: &Intent<'_>,
        context: &IntentContext<'_>,
        scratch: &mut Scratch,
    ) -> Result<Verdict, Stop> {
        scratch.text.clear();
        match &intent.idempotency_key {
            Some(key) => scratch.text.push_str(key),
            None => join(&mut scratch.text, &["intent", &intent.intent_id]),
        }
        let body_hash = hash_canonical(&intent.body, &mut scratch.bytes);
        if let Some(known) = self.keys.body_hash(&scratch.text) {
            if *known == body_hash {
                return Ok(Verdict::DUPLICATE);
            }
            return Err(Stop::Rejected(ErrorCode::IdempotencyConflict));
        }
        let verdict = self.intent(&intent.body, context)?;
        if verdict.outcome == Outcome::Applied {
            self.remember(&scratch.text, body_hash);
        }
        Ok(verdict)
    }
}

fn join(out: &mut String, parts: &[&str]) {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            out.push('|');
        }
        out.push_str(part);
    }
}

/// Writes the key of an event; false if it has none.
fn event_key(event: &Event<'_>, out: &mut String) -> bool {
    match &event.idempotency_key {
        Some(key) => {
            out.push_str(key);
            true
        }
        None => default_key(event, out),
    }
}

/// Writes the key of an event that brings none; false for market data.
fn default_key(event: &Event<'_>, out: &mut String) -> bool {
    let venue = event.venue.as_deref().unwrap_or_default();
    match &event.body {
        EventBody::Bar(_) | EventBody::Trade(_) | EventBody::Quote(_) => return false,
        EventBody::Fill(fill) => join(out, &["fill", venue, &fill.order_id, &fill.fill_id]),
        EventBody::Report(report) => match &report.report_id {
            Some(id) => join(out, &["report", venue, &report.order_id, id]),
            None => {
                let kind: ReportKind = report.report;
                join(out, &["report", venue, &report.order_id, kind.as_str(), ""]);
                if let Some(filled) = report.cum_filled {
                    // Writing to a text does not fail.
                    let _written = write!(out, "{filled}");
                }
            }
        },
        EventBody::Timer(timer) => {
            join(out, &["timer", &timer.timer_id, ""]);
            let _written = write!(out, "{}", timer.scheduled_for.0);
        }
        EventBody::Control(control) => join(out, &["control", &control.command_id]),
    }
    true
}

/// Writes the second key of a fill that brings one of its own, since money moves once, however it is
/// called; false for others.
fn fill_key(event: &Event<'_>, out: &mut String) -> bool {
    let is_renamed = event.idempotency_key.is_some() && matches!(event.body, EventBody::Fill(_));
    is_renamed && default_key(event, out)
}

/// Whether an intent is of a kind that risk is asked about.
pub(super) fn asks_risk(body: &IntentBody<'_>) -> bool {
    matches!(body, IntentBody::PlaceOrder(_) | IntentBody::ReplaceOrder(_))
}
