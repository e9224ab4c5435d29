//! The engine of a system and what is kept of its work. Behind one lock: whoever processes an event
//! holds it for that event, and whoever asks for state sees the engine after the last one.

use std::{collections::VecDeque, sync::Arc};

use barter::{
    EngineEvent,
    engine::{
        Engine, EngineOutput, Processor,
        action::{
            ActionOutput,
            generate_algo_orders::{GenerateAlgoOrders, GenerateAlgoOrdersOutput},
        },
        audit::{AuditTick, EngineAudit, ProcessAudit, context::EngineContext},
        clock::EngineClock,
    },
    execution::AccountStreamEvent,
    shutdown::SyncShutdown,
};
use barter_execution::{
    AccountEventKind,
    order::state::{InactiveOrderState, OrderState},
};
use barter_integration::Terminal;
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use super::{SystemEnd, clock::SystemClock, ring::AuditRing};
use crate::{
    EngineError, Risk, RoundTrip, Strategy,
    audit::{Event, Process, Tick, clean},
    execution::Routes,
    strategy::State,
    validate::check_trade,
};

pub(super) type SystemEngine = Engine<SystemClock, State, Routes, Strategy, Risk>;

/// Counters of a system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemStats {
    /// Market events processed.
    pub events: u64,
    /// Orders sent, by strategy and commands.
    pub orders: u64,
    /// Orders filled.
    pub fills: u64,
    /// Orders rejected, or not answered in time.
    pub rejected: u64,
    /// Requests of the strategy that the risk manager refused.
    pub refused: u64,
    /// Orders that have not been answered.
    pub unanswered: u64,
    /// Reason of the first rejection.
    pub first_rejection: Option<String>,
}

/// See the module.
pub(super) struct Core {
    pub(super) engine: SystemEngine,
    audits: Option<Arc<AuditRing>>,
    /// Who waits for the ticks of commands, in the order in which these were sent.
    pub(super) commands: VecDeque<oneshot::Sender<Tick>>,
    /// The tick that orders of a hosted strategy may still join.
    open: Option<Open>,
    pub(super) round_trips: Vec<RoundTrip>,
    pub(super) stats: SystemStats,
    /// Why it takes no more events.
    pub(super) ended: Option<SystemEnd>,
}

/// An audit whose tick is not numbered yet.
pub(super) struct Open {
    audit: Process,
    time: DateTime<Utc>,
}

impl Core {
    pub(super) fn new(engine: SystemEngine, audits: Option<Arc<AuditRing>>) -> Self {
        Self {
            engine,
            audits,
            commands: VecDeque::new(),
            open: None,
            round_trips: Vec::new(),
            stats: SystemStats::default(),
            ended: None,
        }
    }

    /// Lets the engine process an event.
    pub(super) fn process(&mut self, event: Event) -> Process {
        self.seal();
        if let EngineEvent::Account(AccountStreamEvent::Item(item)) = &event
            && let AccountEventKind::Trade(trade) = &item.kind
            && let Err(error) = check_trade(trade, &self.engine.state)
        {
            // Upstream's statistics would panic. The position is wrong without the fill: it ends here.
            let message = format!("a fill cannot be taken: {error}");
            self.ended = Some(SystemEnd::Failed(EngineError::run("engine_failed", message)));
            return ProcessAudit::with_event(EngineEvent::shutdown());
        }
        let fill_price = self.note(&event);
        let audit = match self.engine.process(event) {
            EngineAudit::Process(audit) => clean(audit),
            // Upstream's engine answers an event with this one variant.
            EngineAudit::FeedEnded => ProcessAudit::with_event(EngineEvent::shutdown()),
        };
        for output in audit.outputs.iter() {
            match output {
                EngineOutput::PositionExit(exit) => {
                    if let Some(price) = fill_price {
                        self.round_trips.push(RoundTrip::new(exit, price));
                    }
                }
                EngineOutput::AlgoOrders(orders)
                | EngineOutput::Commanded(ActionOutput::GenerateAlgoOrders(orders)) => {
                    self.sent(orders);
                }
                EngineOutput::Commanded(ActionOutput::OpenOrders(opens)) => {
                    self.opened(opens.sent.len());
                }
                EngineOutput::Commanded(ActionOutput::ClosePositions(both)) => {
                    self.opened(both.opens.sent.len());
                }
                _ => {}
            }
        }
        if audit.is_terminal() && self.ended.is_none() {
            self.ended = Some(if audit.errors.is_empty() {
                SystemEnd::Shutdown
            } else {
                SystemEnd::Failed(EngineError::run(
                    "engine_stopped",
                    "the engine has stopped: requests could not be sent",
                ))
            });
        }
        audit
    }

    /// Counts what an event reports; the price if that is a fill.
    fn note(&mut self, event: &Event) -> Option<rust_decimal::Decimal> {
        match event {
            EngineEvent::Market(_) => self.stats.events += 1,
            EngineEvent::Account(AccountStreamEvent::Item(item)) => match &item.kind {
                AccountEventKind::Trade(trade) => {
                    self.stats.fills += 1;
                    return Some(trade.price);
                }
                AccountEventKind::OrderSnapshot(order) => {
                    self.stats.unanswered = self.stats.unanswered.saturating_sub(1);
                    let state = &order.value().state;
                    if let OrderState::Inactive(InactiveOrderState::OpenFailed(error)) = state {
                        self.stats.rejected += 1;
                        self.stats.first_rejection.get_or_insert_with(|| error.to_string());
                    }
                }
                _ => {}
            },
            _ => {}
        }
        None
    }

    fn sent(&mut self, output: &GenerateAlgoOrdersOutput) {
        self.opened(output.cancels_and_opens.opens.sent.len());
        self.stats.refused += (output.opens_refused.len() + output.cancels_refused.len()) as u64;
    }

    fn opened(&mut self, orders: usize) {
        self.stats.orders += orders as u64;
        self.stats.unanswered += orders as u64;
    }

    /// Numbers the tick of an audit and gives it to whoever wants it.
    pub(super) fn record(&mut self, audit: &Process) {
        let time = self.engine.clock.time();
        self.publish(audit, time);
    }

    fn publish(&mut self, audit: &Process, time: DateTime<Utc>) {
        let context = EngineContext::new(self.engine.meta.sequence.fetch_add(), time);
        let tick = || AuditTick::new(EngineAudit::Process(audit.clone()), context);
        if matches!(audit.event, EngineEvent::Command(_) | EngineEvent::TradingStateUpdate(_))
            && let Some(waiter) = self.commands.pop_front()
        {
            // Nobody minds a caller that has gone.
            let _gone = waiter.send(tick());
        }
        if let Some(audits) = &self.audits
            && audits.wants(audit)
        {
            audits.push(tick());
        }
    }

    /// Keeps a tick open for the orders that a hosted strategy sends after its event.
    pub(super) fn hold(&mut self, audit: Process) {
        self.open = Some(Open { audit, time: self.engine.clock.time() });
    }

    /// Ends the open tick.
    pub(super) fn seal(&mut self) {
        if let Some(Open { audit, time }) = self.open.take() {
            self.publish(&audit, time);
        }
    }

    /// Lets the engine evaluate a hosted strategy that has requests.
    pub(super) fn trade(&mut self) -> Result<(), EngineError> {
        let output = self.engine.generate_algo_orders();
        if output.is_empty() {
            return Ok(());
        }
        self.sent(&output);
        if output.unrecoverable_errors().is_some() {
            return Err(EngineError::run(
                "engine_stopped",
                "the engine has stopped: requests could not be sent",
            ));
        }
        if let Some(Open { audit, time }) = self.open.take() {
            self.open = Some(Open { audit: audit.add_output(output), time });
        }
        Ok(())
    }

    /// Tells the exchanges that nothing follows.
    pub(super) fn shut_down(&mut self) {
        self.engine.shutdown();
    }
}
