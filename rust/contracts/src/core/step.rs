//! One event, one step, one commit.

use std::sync::Arc;

use serde::Serialize;

use super::{
    config::Config,
    effects::Verdict,
    error::{CoreError, Refusal},
    events::{Scratch, asks_risk},
    hashes::{ZEROS, hex, sha256, span_id, trace_id, write_canonical},
    intents::IntentContext,
    invariants::{Checked, Violation},
    lines::split,
    names::ErrorCode,
    record::{SubjectOf, TwoForms, write_invariants, write_risk},
    restore::Restored,
    snapshot::Closed,
    state::State,
    validation::{Gate, require},
    wire::{Event, Intent, StepInput, Trace},
};
use crate::schema::Validation;

/// The first byte of `advance` for a line that is refused; the other outcomes are below.
const REFUSED: u8 = 4;

/// What is known of the step that is open.
#[derive(Debug)]
struct Open {
    seq_before: u64,
    step_before: u64,
    verdict: Verdict,
    /// Effects of the event.
    transitions: usize,
    deltas: usize,
    /// Trace and span of the event; of a step that is recorded.
    trace_id: String,
    span_id: String,
}

/// Parts of the record of a step, in the order of their making.
#[derive(Debug, Default)]
struct Parts {
    event: TwoForms,
    event_result: TwoForms,
    intents: TwoForms,
    intent_results: TwoForms,
    risk: TwoForms,
    record: TwoForms,
}

/// Orders, fills and money of one run. See the module.
#[derive(Debug)]
pub struct Core {
    state: State,
    open: Option<Open>,
    /// `step_hash` of the last recorded step.
    prev_hash: String,
    /// Orders that ended and are folded into one hash; `ended` wait for that.
    closed: Closed,
    ended: Vec<u32>,
    scratch: Scratch,
    bytes: Vec<u8>,
    parts: Parts,
    gate: Gate,
}

impl Core {
    /// A core at the start of a run; the configuration is JSON (`core_config/1.0`).
    ///
    /// # Errors
    ///
    /// [`CoreError::Config`].
    pub fn new(config: &[u8], validation: Validation) -> Result<Self, CoreError> {
        let state = State::new(read_config(config)?);
        let prev_hash = ZEROS.to_owned();
        Ok(Self::of(Restored { state, closed: Closed::default(), prev_hash }, validation))
    }

    /// A core that goes on where a snapshot was taken; all three are JSON, `memory` as
    /// [`Core::memory`] writes it.
    ///
    /// # Errors
    ///
    /// [`CoreError::Config`], [`CoreError::Snapshot`], [`CoreError::Unfit`].
    pub fn restore(
        config: &[u8],
        snapshot: &[u8],
        memory: &[u8],
        validation: Validation,
    ) -> Result<Self, CoreError> {
        let config = read_config(config)?;
        require("core_snapshot", snapshot).map_err(CoreError::Snapshot)?;
        let restored = State::restore(config, snapshot, memory).map_err(CoreError::Unfit)?;
        Ok(Self::of(restored, validation))
    }

    fn of(restored: Restored, validation: Validation) -> Self {
        let Restored { state, closed, prev_hash } = restored;
        Self {
            state,
            open: None,
            prev_hash,
            closed,
            ended: Vec::new(),
            scratch: Scratch::default(),
            bytes: Vec::new(),
            parts: Parts::default(),
            gate: Gate::new(validation),
        }
    }

    /// Phase one of a step: applies the event (JSON) and writes its transition result.
    ///
    /// # Errors
    ///
    /// [`CoreError::Refused`], [`CoreError::State`].
    pub fn begin(&mut self, event: &[u8], out: &mut Vec<u8>) -> Result<(), CoreError> {
        self.between_steps()?;
        let mut event: Event<'_> = self.gate.read(event).map_err(CoreError::Refused)?;
        self.admit(&event).map_err(CoreError::Refused)?;
        self.start(&mut event, true);
        out.extend_from_slice(&self.parts.event_result.full);
        Ok(())
    }

    /// Phase two: applies the intents (a JSON array), commits, and writes the step's record.
    ///
    /// # Errors
    ///
    /// [`CoreError::Refused`], after which the step is still open; [`CoreError::Invariant`], after
    /// which it is undone; [`CoreError::Output`]; [`CoreError::State`].
    pub fn finish(&mut self, intents: &[u8], out: &mut Vec<u8>) -> Result<(), CoreError> {
        if self.open.is_none() {
            return Err(CoreError::State("no step is open: begin one"));
        }
        let mut intents: Vec<Intent<'_>> = self.gate.read(intents).map_err(CoreError::Refused)?;
        self.admit_intents(&intents, self.state.seq).map_err(CoreError::Refused)?;
        self.apply_intents(&mut intents, None);
        let violations = self.commit()?;
        self.write_record(&violations, !intents.is_empty(), out)
    }

    /// Undoes [`Core::begin`].
    ///
    /// # Errors
    ///
    /// [`CoreError::State`].
    pub fn rollback(&mut self) -> Result<(), CoreError> {
        if self.undo() { Ok(()) } else { Err(CoreError::State("no step is open: begin one")) }
    }

    /// Steps over JSON lines and writes a line for each: its record, or why it is refused.
    ///
    /// # Errors
    ///
    /// [`CoreError::Invariant`], after the lines before took effect; [`CoreError::Output`];
    /// [`CoreError::State`].
    pub fn step_lines(&mut self, lines: &[u8], out: &mut Vec<u8>) -> Result<(), CoreError> {
        self.between_steps()?;
        for (number, line) in split(lines).enumerate() {
            match self.admitted(line) {
                Err(refusal) => {
                    #[derive(Serialize)]
                    struct Refused<'a> {
                        refused: &'a Refusal,
                    }
                    write_canonical(&Refused { refused: &refusal }, out);
                }
                Ok(StepInput { mut event, mut intents }) => {
                    self.start(&mut event, true);
                    self.apply_intents(&mut intents, None);
                    let violations = self.commit().map_err(|error| error.at(number + 1))?;
                    self.write_record(&violations, !intents.is_empty(), out)?;
                }
            }
            out.push(b'\n');
        }
        Ok(())
    }

    /// The same without records and hashes: writes two bytes per line, outcome and code.
    ///
    /// # Errors
    ///
    /// As [`Core::step_lines`].
    pub fn advance(&mut self, lines: &[u8], out: &mut Vec<u8>) -> Result<(), CoreError> {
        self.between_steps()?;
        for (number, line) in split(lines).enumerate() {
            match self.admitted(line) {
                Err(refusal) => out.extend([REFUSED, refusal.code.byte()]),
                Ok(StepInput { mut event, mut intents }) => {
                    self.start(&mut event, false);
                    self.apply_intents(&mut intents, Some(&event));
                    let Verdict { outcome, code } = self.verdict();
                    self.commit().map_err(|error| error.at(number + 1))?;
                    if self.prev_hash != ZEROS {
                        ZEROS.clone_into(&mut self.prev_hash);
                    }
                    out.extend([outcome as u8, code.map_or(0, ErrorCode::byte)]);
                }
            }
        }
        Ok(())
    }

    /// Writes the whole state as JSON (`core_snapshot/1.0`); of an open step, with its event applied.
    ///
    /// # Errors
    ///
    /// [`CoreError::Output`].
    pub fn snapshot(&mut self, out: &mut Vec<u8>) -> Result<(), CoreError> {
        self.fold_ended();
        let mut closed = self.closed;
        if self.open.is_some() {
            let ended = self.state.ended();
            self.state.fold(&ended, &mut closed, &mut self.bytes);
        }
        let start = out.len();
        self.state.write_snapshot(&closed, &mut self.bytes, out);
        self.gate.output("core_snapshot", &out[start..])
    }

    /// Writes what a snapshot leaves out and [`Core::restore`] needs: the remembered keys and the
    /// end of the hash chain.
    ///
    /// # Errors
    ///
    /// [`CoreError::State`].
    pub fn memory(&self, out: &mut Vec<u8>) -> Result<(), CoreError> {
        self.between_steps()?;
        self.state.write_memory(&self.prev_hash, out);
        Ok(())
    }

    fn between_steps(&self) -> Result<(), CoreError> {
        if self.open.is_none() {
            return Ok(());
        }
        Err(CoreError::State("a step is open: finish it or roll it back"))
    }

    // Refusals.

    fn admitted<'a>(&mut self, line: &'a [u8]) -> Result<StepInput<'a>, Refusal> {
        let input: StepInput<'a> = self.gate.read(line)?;
        self.admit(&input.event)?;
        self.admit_intents(&input.intents, self.state.seq + 1)?;
        Ok(input)
    }

    fn admit(&self, event: &Event<'_>) -> Result<(), Refusal> {
        if let Some(seq) = event.seq_id.filter(|&seq| seq != self.state.seq + 1) {
            let found = Some(seq.to_string());
            return Err(Refusal::new(ErrorCode::SeqRegression, "/event/seq_id", found));
        }
        if event.event_time.is_none() && event.ingest_time.is_none() {
            let found = Some("null".to_owned());
            return Err(Refusal::new(ErrorCode::MissingEventTime, "/event/event_time", found));
        }
        Ok(())
    }

    fn admit_intents(&self, intents: &[Intent<'_>], seq: u64) -> Result<(), Refusal> {
        let wrong = |place: usize, member: &str, found: u64| {
            let pointer = format!("/intents/{place}/{member}");
            Refusal::new(ErrorCode::SemanticInvalid, pointer, Some(found.to_string()))
        };
        for (place, intent) in intents.iter().enumerate() {
            if intent.index != place as u64 {
                return Err(wrong(place, "index", intent.index));
            }
            if intent.caused_by != seq {
                return Err(wrong(place, "caused_by", intent.caused_by));
            }
        }
        Ok(())
    }

    // The step.

    fn start(&mut self, event: &mut Event<'_>, record: bool) {
        let state = &mut self.state;
        state.effects.clear();
        let (seq_before, step_before) = (state.seq, state.step_seq);
        state.seq += 1;
        state.step_seq += 1;
        event.seq_id = Some(state.seq);
        if state.policy.ingest_time && event.event_time.is_none() {
            event.event_time = event.ingest_time;
        }
        let verdict = state.event(event, &mut self.scratch);
        let mut open = Open {
            seq_before,
            step_before,
            verdict,
            transitions: state.effects.transitions.len(),
            deltas: state.effects.deltas.len(),
            trace_id: String::new(),
            span_id: String::new(),
        };
        if record {
            let run_id = &state.config.run_id;
            let trace = event.trace.get_or_insert_with(|| Trace {
                parent_span_id: None,
                span_id: span_id(run_id, state.seq, "event").into(),
                trace_id: trace_id(run_id, state.seq).into(),
            });
            open.trace_id = trace.trace_id.to_string();
            open.span_id = trace.span_id.to_string();
            let parts = &mut self.parts;
            parts.event.clear();
            parts.event.event(event);
            parts.event_result.clear();
            let subject = SubjectOf::event(event, &open.span_id);
            let from_start = super::effects::EffectsMark::default();
            state.write_result(verdict, &subject, from_start, &mut parts.event_result);
        }
        self.open = Some(open);
    }

    fn verdict(&self) -> Verdict {
        self.open.as_ref().map_or(Verdict::APPLIED, |open| open.verdict)
    }

    /// Applies intents: with the event, without a record; else after [`Core::start`] recorded it.
    fn apply_intents(&mut self, intents: &mut [Intent<'_>], unrecorded: Option<&Event<'_>>) {
        let Some(open) = &self.open else { return };
        if intents.is_empty() && unrecorded.is_some() {
            return;
        }
        let state = &mut self.state;
        let parts = &mut self.parts;
        for part in [&mut parts.intents, &mut parts.intent_results, &mut parts.risk] {
            part.clear();
            part.text("[");
        }
        let run_id = Arc::clone(&state.config.run_id);
        let seq = state.seq;
        for (place, intent) in intents.iter_mut().enumerate() {
            if unrecorded.is_none() {
                let id = &intent.intent_id;
                intent.trace.get_or_insert_with(|| Trace {
                    parent_span_id: Some(open.span_id.clone().into()),
                    span_id: span_id(&run_id, seq, id).into(),
                    trace_id: open.trace_id.clone().into(),
                });
            }
            let trace_of = || -> Box<str> {
                let event_trace = unrecorded.and_then(|event| event.trace.as_ref());
                match intent.trace.as_ref().or(event_trace) {
                    Some(trace) => (&*trace.trace_id).into(),
                    None => trace_id(&run_id, seq).into(),
                }
            };
            let context = IntentContext {
                attribution: &intent.attribution,
                at: intent.created_at.0,
                trace_id: &trace_of,
            };
            let mark = state.effects.mark();
            let verdict = state.apply_intent(intent, &context, &mut self.scratch);
            if unrecorded.is_some() {
                continue;
            }
            let comma = if place == 0 { "" } else { "," };
            parts.intents.text(comma);
            parts.intents.same(intent);
            parts.intent_results.text(comma);
            let subject = SubjectOf {
                kind: "intent",
                id: &intent.intent_id,
                order_id: intent.body.order_id(),
                span_id: intent.trace.as_ref().map_or("", |trace| &trace.span_id),
                fill: None,
            };
            state.write_result(verdict, &subject, mark, &mut parts.intent_results);
            if let Some(entry) = state.effects.risk.filter(|_| asks_risk(&intent.body)) {
                if parts.risk.full.len() > 1 {
                    parts.risk.text(",");
                }
                write_risk(&intent.intent_id, entry, &mut parts.risk);
            }
        }
        for part in [&mut parts.intents, &mut parts.intent_results, &mut parts.risk] {
            part.text("]");
        }
    }

    fn commit(&mut self) -> Result<Vec<Violation>, CoreError> {
        let Some(open) = &self.open else { return Ok(Vec::new()) };
        let checked = Checked {
            seq_before: open.seq_before,
            step_before: open.step_before,
            event: open.verdict.outcome,
            event_transitions: open.transitions,
            event_deltas: open.deltas,
        };
        let violations = self.state.violations(&checked);
        if !violations.is_empty() {
            if !self.state.policy.halt_on_violation {
                let step_seq = self.state.step_seq;
                self.undo();
                return Err(CoreError::Invariant { step_seq, line: None, violations });
            }
            self.state.set_halted(true);
        }
        self.open = None;
        let state = &mut self.state;
        state.settle();
        state.forget_keys();
        if !state.effects.transitions.is_empty() {
            self.ended.extend(state.ended());
        }
        Ok(violations)
    }

    fn undo(&mut self) -> bool {
        let Some(open) = self.open.take() else { return false };
        self.state.undo_to(0);
        self.state.seq = open.seq_before;
        self.state.step_seq = open.step_before;
        self.state.effects.clear();
        true
    }

    fn fold_ended(&mut self) {
        self.state.fold(&self.ended, &mut self.closed, &mut self.bytes);
        self.ended.clear();
    }

    fn write_record(
        &mut self,
        violations: &[Violation],
        intents: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), CoreError> {
        self.fold_ended();
        let hashes = self.state.hashes(&self.closed, &mut self.bytes);
        let Self { state, parts, prev_hash, .. } = self;
        let Parts { record, event, event_result, intents: made, intent_results, risk } = parts;
        record.clear();
        record.text("{\"economic_hash\":\"");
        record.text(&hashes.economic);
        record.text("\",\"event\":");
        record.append(event);
        record.text(",\"event_result\":");
        record.append(event_result);
        record.text(",\"intent_results\":");
        record.append(intent_results);
        record.text(",\"intents\":");
        record.append(made);
        record.text(",\"invariants\":");
        write_invariants(violations, record);
        record.text(",\"mode\":");
        record.same(&state.config.mode);
        record.text(",\"prev_hash\":\"");
        record.text(prev_hash);
        record.text("\",\"reports\":[],\"risk\":");
        record.append(risk);
        record.text(",\"run_id\":");
        record.same(&*state.config.run_id);
        record.text(",\"schema\":\"execution_step_result/1.0\",\"snapshot_hash\":\"");
        record.text(&hashes.state);
        record.text("\",\"stages\":[\"INGEST\",\"SEQUENCE\",\"APPLY\",");
        if intents {
            record.text("\"STRATEGY\",\"BROKER\",");
        }
        record.text("\"OBSERVE\",\"COMMIT\"],");
        let tail = format!("\"step_seq\":{}}}", state.step_seq);

        self.bytes.clear();
        self.bytes.extend_from_slice(prev_hash.as_bytes());
        self.bytes.extend_from_slice(&record.compared);
        self.bytes.extend_from_slice(tail.as_bytes());
        let step_hash = hex(&sha256(&self.bytes));
        let start = out.len();
        out.extend_from_slice(&record.full);
        out.extend_from_slice(b"\"step_hash\":\"");
        out.extend_from_slice(step_hash.as_bytes());
        out.extend_from_slice(b"\",");
        out.extend_from_slice(tail.as_bytes());
        *prev_hash = step_hash;
        self.gate.output("execution_step_result", &out[start..])
    }
}

fn read_config(config: &[u8]) -> Result<Config, CoreError> {
    require("core_config", config).map_err(CoreError::Config)?;
    serde_json::from_slice(config).map_err(|error| {
        let mut refusal = Refusal::new(ErrorCode::SchemaInvalid, "", None);
        refusal.message = error.to_string();
        CoreError::Config(refusal)
    })
}
