//! A system whose strategy is hosted: its host takes the events that wait, one step after another.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use barter::{
    EngineEvent,
    engine::{EngineOutput, clock::EngineClock, state::trading::TradingState},
    execution::AccountStreamEvent,
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::AccountEventKind;
use barter_instrument::exchange::ExchangeId;
use chrono::{DateTime, Utc};

use super::{SystemEnd, core::Core, shared::Shared};
use crate::{
    Answer, BalanceView, EngineError, Fill, InstrumentView, OrderAnswer, StateView, Stepped, Stop,
    audit::{Event, Process},
    replay::panic_text,
    run::{Dirty, Head, View, queue},
    state::{balance_views, instrument_view, state_view},
};

/// See the module.
pub struct SystemRun {
    shared: Arc<Shared>,
    exchanges: Vec<ExchangeId>,
    /// By exchange index.
    routed: Vec<bool>,
    opened: bool,
    /// Market events applied that the strategy has not decided about.
    undecided: u64,
    answers: Vec<Answer>,
    dirty: Dirty,
    failure: Option<EngineError>,
}

impl std::fmt::Debug for SystemRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemRun").field("undecided", &self.undecided).finish_non_exhaustive()
    }
}

impl SystemRun {
    pub(super) fn new(shared: Arc<Shared>, routed: Vec<bool>) -> Self {
        let instruments = &shared.instruments;
        Self {
            exchanges: instruments.exchanges().collect(),
            dirty: Dirty::new(instruments.rows().len()),
            routed,
            opened: false,
            undecided: 0,
            answers: Vec::new(),
            failure: None,
            shared,
        }
    }

    /// Resolves when a step has something to do.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            if let Some(inbox) = &shared.inbox {
                inbox.ready().await;
            }
        }
    }

    fn send(&mut self, core: &mut Core, orders: &[u8]) -> Result<(), EngineError> {
        let enabled = core.engine.state.trading == TradingState::Enabled;
        if orders.is_empty() || !enabled || core.ended.is_some() {
            return Ok(());
        }
        let Self { routed, dirty, .. } = self;
        let routed = |index: usize| routed.get(index).copied().unwrap_or(false);
        queue(&core.engine, orders, routed, |instrument| dirty.mark(instrument))?;
        if core.engine.strategy.has_queued() { core.trade() } else { Ok(()) }
    }

    fn advance(
        &mut self,
        core: &mut Core,
        view: &mut View<'_>,
        max_events: usize,
    ) -> Result<Stop, EngineError> {
        if !self.opened {
            self.opened = true;
            view.clear_slots();
            self.mark_all();
            return Ok(Stop::Start);
        }
        loop {
            if core.ended.is_some() {
                return Ok(Stop::Done);
            }
            let Some(event) = self.shared.inbox.as_ref().and_then(|inbox| inbox.take()) else {
                if view.records() > 0 {
                    return Ok(Stop::Market);
                }
                if !self.answers.is_empty() {
                    return Ok(Stop::Answer);
                }
                // What the strategy has decided is final now: nothing joins the last tick.
                core.seal();
                return Ok(Stop::Idle);
            };
            if let Some(stop) = self.apply(core, view, event, max_events)? {
                return Ok(stop);
            }
        }
    }

    fn apply(
        &mut self,
        core: &mut Core,
        view: &mut View<'_>,
        event: Event,
        max_events: usize,
    ) -> Result<Option<Stop>, EngineError> {
        let exchanges = &self.exchanges;
        let index = |id| exchanges.iter().position(|known| *known == id).unwrap_or(0);
        let stop = match &event {
            EngineEvent::Market(market) => {
                self.undecided += 1;
                view.record(market, index);
                match market {
                    MarketStreamEvent::Item(item) => {
                        self.dirty.mark(item.instrument.index());
                        (view.records() == max_events).then_some(Stop::Market)
                    }
                    MarketStreamEvent::Reconnecting(_) => Some(Stop::Market),
                }
            }
            EngineEvent::Account(AccountStreamEvent::Reconnecting(exchange)) => {
                view.record(&MarketStreamEvent::Reconnecting(*exchange), index);
                Some(Stop::Market)
            }
            EngineEvent::Account(AccountStreamEvent::Item(item)) => {
                let answer = Answer {
                    order: OrderAnswer::of(item),
                    fill: match &item.kind {
                        AccountEventKind::Trade(trade) => Some(Fill::from(trade)),
                        _ => None,
                    },
                    exit: None,
                };
                let audit = core.process(event);
                self.answer(core, answer, &audit);
                core.hold(audit);
                self.shared.answered.notify_waiters();
                let stop = max_events == 1 && !self.answers.is_empty();
                return Ok(stop.then_some(Stop::Answer));
            }
            EngineEvent::Command(_) | EngineEvent::TradingStateUpdate(_) => {
                let audit = core.process(event);
                // Whoever sent it waits for its tick.
                core.record(&audit);
                if let Some(error) = failure(core) {
                    return Err(error);
                }
                self.mark_all();
                let disabled = audit
                    .outputs
                    .iter()
                    .any(|output| matches!(output, EngineOutput::OnTradingDisabled(())));
                return Ok(disabled.then_some(Stop::TradingDisabled));
            }
            EngineEvent::Shutdown(_) => {
                let audit = core.process(event);
                core.record(&audit);
                core.shut_down();
                return Ok(Some(Stop::Done));
            }
        };
        let audit = core.process(event);
        core.hold(audit);
        Ok(stop)
    }

    fn answer(&mut self, core: &Core, mut answer: Answer, audit: &Process) {
        let instrument = match (&answer.fill, &answer.order) {
            (Some(fill), _) => fill.instrument,
            (None, Some(order)) => order.instrument,
            (None, None) => return,
        };
        self.dirty.mark(instrument);
        let closed =
            audit.outputs.iter().any(|output| matches!(output, EngineOutput::PositionExit(_)));
        if closed {
            answer.exit = core.round_trips.last().cloned();
        }
        self.answers.push(answer);
    }

    fn mark_all(&mut self) {
        (0..self.shared.instruments.rows().len())
            .for_each(|instrument| self.dirty.mark(instrument));
    }
}

fn failure(core: &Core) -> Option<EngineError> {
    match &core.ended {
        Some(SystemEnd::Failed(error)) => Some(error.clone()),
        _ => None,
    }
}

impl Stepped for SystemRun {
    /// A step with room for several events does not wait for them: it stops when none is left.
    fn step(
        &mut self,
        view: &mut [f64],
        orders: &[u8],
        max_events: usize,
    ) -> Result<Stop, EngineError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let shared = Arc::clone(&self.shared);
        let Some(mut view) = View::new(view, shared.instruments.rows().len()) else {
            return Err(EngineError::run("engine_failed", "the view is too short"));
        };
        let max_events = max_events.clamp(1, view.capacity());
        let mut core = shared.core.lock();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.send(&mut core, orders)?;
            shared.gate.processed(std::mem::take(&mut self.undecided));
            self.advance(&mut core, &mut view, max_events)
        }))
        .unwrap_or_else(|panic| Err(panic_text(panic)));
        if let Err(failure) = &outcome {
            core.ended = Some(SystemEnd::Failed(failure.clone()));
            self.failure = Some(failure.clone());
        }
        if core.ended.is_some() {
            shared.stepped_out.notify_one();
        }
        let stop = outcome?;
        self.dirty.take(|instrument| view.slot(instrument, &core.engine.state));
        let head = Head {
            stop: f64::from(stop as u8),
            events: core.stats.events,
            answers: self.answers.len(),
            trading: core.engine.state.trading == TradingState::Enabled,
        };
        view.head(&head, core.engine.clock.time());
        Ok(stop)
    }

    fn failure(&self) -> Option<&EngineError> {
        self.failure.as_ref()
    }

    fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    fn state(&self) -> StateView {
        state_view(&self.shared.core.lock().engine.state, &self.shared.instruments)
    }

    fn instrument(&self, index: usize) -> Option<InstrumentView> {
        let row = self.shared.instruments.rows().get(index)?;
        let core = self.shared.core.lock();
        let (_, state) = core.engine.state.instruments.0.get_index(index)?;
        Some(instrument_view(row, state))
    }

    fn balances(&self) -> Vec<BalanceView> {
        balance_views(&self.shared.core.lock().engine.state, &self.shared.instruments)
    }

    fn time(&self) -> DateTime<Utc> {
        self.shared.core.lock().engine.clock.time()
    }
}
