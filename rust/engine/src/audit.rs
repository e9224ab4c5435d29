//! Audit ticks: one per event the engine has processed, in upstream's own types.

use std::collections::VecDeque;

use barter::{
    EngineEvent, Sequence,
    engine::{
        EngineOutput,
        action::{
            ActionOutput, generate_algo_orders::GenerateAlgoOrdersOutput,
            send_requests::SendRequestsOutput,
        },
        audit::{AuditTick, EngineAudit, ProcessAudit, context::EngineContext},
        error::{EngineError as UpstreamError, UnrecoverableEngineError},
    },
};
use barter_data::event::DataKind;
use barter_instrument::index::error::IndexError;
use barter_integration::Terminal;
use chrono::{DateTime, Utc};

use crate::strategy::State;

/// What the engine processes.
pub(crate) type Event = EngineEvent<DataKind>;
/// What processing has led to; the hooks of disconnects and disabled trading say nothing.
pub(crate) type Output = EngineOutput<(), ()>;
/// One event and its outputs.
pub(crate) type Process = ProcessAudit<Event, Output>;
/// An audit with sequence number and time; serialises in upstream's shape.
pub type Tick = AuditTick<EngineAudit<Event, Output>, EngineContext>;

/// Which ticks are kept. All of them are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuditFilter {
    /// Every tick; what a replica needs.
    #[default]
    All,
    /// Ticks with an output or an error, and the last one.
    Outputs,
    /// Not one.
    None,
}

/// The engine's state and where in the sequence of ticks it belongs.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) tick: AuditTick<State, EngineContext>,
    pub(crate) filter: AuditFilter,
}

impl Snapshot {
    /// Number of the snapshot in the sequence of ticks.
    pub fn sequence(&self) -> u64 {
        self.tick.context.sequence.value()
    }

    /// Engine time.
    pub fn time(&self) -> DateTime<Utc> {
        self.tick.context.time
    }
}

/// Ticks waiting to be read. The newest stays open until the next event, because orders that a hosted
/// strategy sends after an event belong to its tick.
#[derive(Debug)]
pub(crate) struct AuditLog {
    filter: AuditFilter,
    sequence: Sequence,
    open: Option<(Process, DateTime<Utc>)>,
    ticks: VecDeque<Tick>,
}

impl AuditLog {
    /// A log that continues behind `sequence`.
    pub(crate) fn new(filter: AuditFilter, sequence: Sequence) -> Self {
        Self { filter, sequence, open: None, ticks: VecDeque::new() }
    }

    /// Starts the tick of an event that was processed at `time`.
    pub(crate) fn record(&mut self, audit: Process, time: DateTime<Utc>) {
        self.seal();
        self.open = Some((audit, time));
    }

    /// Adds the orders of the strategy to the open tick.
    pub(crate) fn add_orders(&mut self, output: GenerateAlgoOrdersOutput) {
        if let Some((audit, time)) = self.open.take() {
            self.open = Some((audit.add_output(output), time));
        }
    }

    /// Ends the open tick.
    pub(crate) fn seal(&mut self) {
        let Some((audit, time)) = self.open.take() else { return };
        let sequence = self.sequence.fetch_add();
        let wanted = match self.filter {
            AuditFilter::All => true,
            AuditFilter::None => false,
            AuditFilter::Outputs => !audit.outputs.is_none() || audit.is_terminal(),
        };
        if wanted {
            let event = EngineAudit::Process(audit);
            self.ticks.push_back(AuditTick::new(event, EngineContext::new(sequence, time)));
        }
    }

    /// Takes up to `max` ended ticks.
    pub(crate) fn take(&mut self, max: usize) -> Vec<Tick> {
        let count = max.min(self.ticks.len());
        self.ticks.drain(..count).collect()
    }

    /// Ended ticks that wait.
    pub(crate) fn len(&self) -> usize {
        self.ticks.len()
    }
}

/// Replaces upstream's error texts, which dump whole channels with their addresses.
pub(crate) fn clean(audit: Process) -> Process {
    let Process { event, outputs, errors } = audit;
    let outputs = outputs.map(|output| match output {
        Output::Commanded(action) => Output::Commanded(match action {
            ActionOutput::CancelOrders(sent) => ActionOutput::CancelOrders(clean_sent(sent)),
            ActionOutput::OpenOrders(sent) => ActionOutput::OpenOrders(clean_sent(sent)),
            ActionOutput::ClosePositions(mut both) => {
                both.cancels = clean_sent(both.cancels);
                both.opens = clean_sent(both.opens);
                ActionOutput::ClosePositions(both)
            }
            ActionOutput::GenerateAlgoOrders(algo) => ActionOutput::GenerateAlgoOrders(algo),
        }),
        other => other,
    });
    Process { event, outputs, errors: errors.map(clean_error) }
}

fn clean_sent<Kind>(sent: SendRequestsOutput<Kind>) -> SendRequestsOutput<Kind> {
    let errors = sent.errors.map(|(request, error)| match error {
        UpstreamError::Unrecoverable(error) => {
            (request, UpstreamError::Unrecoverable(clean_error(error)))
        }
        recoverable => (request, recoverable),
    });
    SendRequestsOutput { sent: sent.sent, errors }
}

fn clean_error(error: UnrecoverableEngineError) -> UnrecoverableEngineError {
    match error {
        UnrecoverableEngineError::IndexError(IndexError::ExchangeIndex(_)) => {
            UnrecoverableEngineError::IndexError(IndexError::ExchangeIndex(
                "the exchange is unknown or has no execution".to_owned(),
            ))
        }
        UnrecoverableEngineError::ExecutionChannelTerminated(_) => {
            UnrecoverableEngineError::ExecutionChannelTerminated(
                "the execution of the exchange has ended".to_owned(),
            )
        }
        other => other,
    }
}
