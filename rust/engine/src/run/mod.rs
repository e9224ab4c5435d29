//! A backtest in steps: the host decides between two of them what a hosted strategy sends.
//!
//! One step ends the last event (orders go through the risk manager to the exchange, phase 2) and
//! applies the next one (phase 1). It stops wherever upstream would have evaluated the strategy and
//! something has changed: after each market event, and after the last part of each answer.

mod answer;
mod requests;
mod view;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use barter::engine::clock::EngineClock;
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::{AccountEvent, order::request::OrderRequestOpen};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};

use crate::{
    Backtest, EngineError, MarketData, Outcome,
    audit::{AuditFilter, Snapshot, Tick},
    config::StrategyConfig,
    replay::{Replay, panic_text},
    state::{BalanceView, InstrumentView, StateView, balance_views, instrument_view, state_view},
};

pub use answer::{Answer, OrderAnswer};
pub(crate) use requests::{check_order, queue};
pub(crate) use view::{Head, View};
pub use view::{VIEW_HEADER, VIEW_RECORD, VIEW_SLOT};

/// Why a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nothing is left; the outcome can be taken.
    Done = 0,
    /// Opening balances are known; no event yet.
    Start = 1,
    /// Market events were applied.
    Market = 2,
    /// An answer to an order was delivered.
    Answer = 3,
    /// Trading was disabled: at the end of a backtest, or by a command.
    TradingDisabled = 4,
    /// Nothing waits, but more may come; only in a running system.
    Idle = 5,
    /// The strategy inside the engine would send [`Run::proposals`]; the next step says which of them
    /// are refused.
    Proposed = 6,
}

/// What a host steps and asks, between its steps, for exact figures.
pub trait Stepped: std::fmt::Debug + Send {
    /// Ends the last event with the packed `orders` and applies up to `max_events` more. After
    /// [`Stop::Proposed`] they are refusals; proposals without one are sent.
    ///
    /// # Errors
    ///
    /// `engine_order`, `engine_order_storm`, `engine_stopped`, `engine_failed`; no further step is
    /// possible then.
    fn step(
        &mut self,
        view: &mut [f64],
        orders: &[u8],
        max_events: usize,
    ) -> Result<Stop, EngineError>;

    /// What failed the last step.
    fn failure(&self) -> Option<&EngineError>;

    /// Answers delivered since the last call.
    fn take_answers(&mut self) -> Vec<Answer>;

    /// The engine's state now.
    fn state(&self) -> StateView;

    /// One instrument now.
    fn instrument(&self, index: usize) -> Option<InstrumentView>;

    /// Balances now.
    fn balances(&self) -> Vec<BalanceView>;

    /// Engine time.
    fn time(&self) -> DateTime<Utc>;
}

/// Doubles of a view with room for `events` events per step.
#[must_use]
pub fn view_length(instruments: usize, events: usize) -> usize {
    VIEW_HEADER + instruments * VIEW_SLOT + events.max(1) * VIEW_RECORD
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opened,
    Running,
    Closing,
    Done,
}

/// A backtest that is stepped from outside.
pub struct Run {
    backtest: Backtest,
    data: Arc<MarketData>,
    exchanges: Vec<ExchangeId>,
    replay: Replay,
    snapshot: Option<Arc<Snapshot>>,
    stage: Stage,
    next: usize,
    /// The next event was begun: answers in front of it have been collected.
    begun: bool,
    /// An answer that is being delivered.
    delivery: Option<Delivery>,
    answers: Vec<Answer>,
    proposals: Vec<OrderRequestOpen>,
    dirty: Dirty,
    failure: Option<EngineError>,
    outcome: Option<Outcome>,
}

/// What is left of an answer, and what it has brought so far.
struct Delivery {
    events: std::vec::IntoIter<AccountEvent>,
    answer: Answer,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("stage", &self.stage).field("next", &self.next).finish()
    }
}

impl Backtest {
    /// Opens a run that is stepped from outside; with `audit`, ticks are kept for
    /// [`Run::take_ticks`].
    ///
    /// # Errors
    ///
    /// `market_data_table` when `data` belongs to another instrument table, `engine_failed`.
    pub fn open(
        &self,
        data: Arc<MarketData>,
        audit: Option<AuditFilter>,
    ) -> Result<Run, EngineError> {
        self.check_table(&data)?;
        let (replay, snapshot) = Replay::audited(self, &data, audit)?;
        let instruments = data.instruments().rows().len();
        Ok(Run {
            backtest: self.clone(),
            exchanges: data.instruments().exchanges().collect(),
            data,
            replay,
            snapshot: snapshot.map(Arc::new),
            stage: Stage::Opened,
            next: 0,
            begun: false,
            delivery: None,
            answers: Vec::new(),
            proposals: Vec::new(),
            dirty: Dirty::new(instruments),
            failure: None,
            outcome: None,
        })
    }
}

impl Run {
    /// Has every order of the strategy inside the engine judged by the host: a step stops with
    /// [`Stop::Proposed`] in front of each evaluation that would send some.
    pub fn judged(mut self) -> Self {
        self.replay.engine.strategy.hold();
        self
    }

    /// Doubles of a view with room for `events` events per step.
    pub fn view_length(&self, events: usize) -> usize {
        view_length(self.instruments(), events)
    }

    fn instruments(&self) -> usize {
        self.data.instruments().rows().len()
    }

    /// The data that is replayed.
    pub fn data(&self) -> &MarketData {
        &self.data
    }

    /// Sends the requests that are packed in `orders` without going on.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step).
    fn send(&mut self, orders: &[u8]) -> Result<(), EngineError> {
        let proposals = std::mem::take(&mut self.proposals);
        if !proposals.is_empty() {
            let engine = &self.replay.engine;
            requests::refuse(&engine.risk, orders)?;
            for order in proposals {
                self.dirty.mark(order.key.instrument.index());
                engine.strategy.queue_open(order);
            }
            return self.replay.trade();
        }
        if orders.is_empty() || !self.replay.trading {
            return Ok(());
        }
        let Self { replay, dirty, backtest, exchanges, .. } = self;
        let routed = |index: usize| {
            exchanges
                .get(index)
                .is_some_and(|id| backtest.exchanges.iter().any(|entry| entry.exchange == *id))
        };
        queue(&replay.engine, orders, routed, |instrument| dirty.mark(instrument))?;
        if replay.engine.strategy.has_queued() { replay.trade() } else { Ok(()) }
    }

    fn advance_to_stop(
        &mut self,
        view: &mut View<'_>,
        max_events: usize,
    ) -> Result<Stop, EngineError> {
        if self.stage == Stage::Opened {
            view.clear_slots();
            (0..self.instruments()).for_each(|instrument| self.dirty.mark(instrument));
            self.stage = Stage::Running;
            return Ok(Stop::Start);
        }
        let data = Arc::clone(&self.data);
        while self.stage == Stage::Running {
            let Some(event) = data.events().get(self.next) else {
                if view.records() > 0 {
                    return Ok(Stop::Market);
                }
                self.replay.disable_trading()?;
                self.replay.take_rest();
                self.stage = Stage::Closing;
                return Ok(Stop::TradingDisabled);
            };
            if !self.begun {
                self.replay.take_due(event);
                self.begun = true;
            }
            match self.answer()? {
                Some(Stop::Answer) if max_events > 1 => continue,
                Some(stop) => return Ok(stop),
                None => {}
            }
            self.replay.apply(event)?;
            self.replay.sample();
            self.begun = false;
            self.next += 1;
            let exchanges = &self.exchanges;
            view.record(event, |id| exchanges.iter().position(|known| *known == id).unwrap_or(0));
            match event {
                MarketStreamEvent::Item(item) => {
                    self.dirty.mark(item.instrument.index());
                    if self.wants(&item.instrument) && self.propose() {
                        return Ok(Stop::Proposed);
                    }
                }
                // The host's hook runs before anything else happens.
                MarketStreamEvent::Reconnecting(_) => return Ok(Stop::Market),
            }
            if view.records() == max_events {
                return Ok(Stop::Market);
            }
        }
        if self.stage == Stage::Closing {
            if let Some(stop) = self.answer()? {
                return Ok(stop);
            }
            self.stage = Stage::Done;
        }
        Ok(Stop::Done)
    }

    /// Whether a held strategy may propose an order for the instrument of a market event.
    fn wants(&self, instrument: &InstrumentIndex) -> bool {
        let strategy = &self.replay.engine.strategy;
        strategy.is_held()
            && strategy.wants(self.replay.engine.state.instruments.instrument_index(instrument))
    }

    /// Whether a held strategy has orders to be judged, which then are [`proposals`](Self::proposals).
    fn propose(&mut self) -> bool {
        let engine = &self.replay.engine;
        if self.replay.trading && engine.strategy.is_held() {
            self.proposals = engine.strategy.proposals(&engine.state);
        }
        !self.proposals.is_empty()
    }

    /// Orders that wait for the host's verdict.
    pub fn proposals(&self) -> &[OrderRequestOpen] {
        &self.proposals
    }

    /// Replays up to `max_events` with the strategy inside the engine; true when nothing is left.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step).
    pub fn advance(&mut self, max_events: usize) -> Result<bool, EngineError> {
        let hosted = matches!(self.backtest.config.strategy, StrategyConfig::Hosted { .. });
        if hosted || self.replay.engine.strategy.is_held() {
            return Err(EngineError::run(
                "engine_unsupported",
                "a hosted strategy or risk manager is stepped by its host",
            ));
        }
        self.guarded(|run| {
            let data = Arc::clone(&run.data);
            let end = data.events().len().min(run.next.saturating_add(max_events));
            for event in &data.events()[run.next..end] {
                run.replay.market(event)?;
                run.next += 1;
            }
            if run.next < data.events().len() {
                run.stage = Stage::Running;
                return Ok(false);
            }
            run.close()?;
            Ok(true)
        })
    }

    /// Ends trading, delivers what is on its way without stopping, and sums up. The first call does
    /// the work; it may come at any time, also after a failed step.
    ///
    /// # Errors
    ///
    /// `engine_failed` when the engine panicked before.
    pub fn outcome(&mut self) -> Result<&Outcome, EngineError> {
        if self.outcome.is_none() {
            match &self.failure {
                Some(failure) if failure.code() == "engine_failed" => return Err(failure.clone()),
                _ => self.failure = None,
            }
            self.guarded(Self::close)?;
        }
        self.outcome
            .as_ref()
            .ok_or_else(|| EngineError::run("engine_failed", "the run has no outcome"))
    }

    fn close(&mut self) -> Result<(), EngineError> {
        if self.outcome.is_some() {
            return Ok(());
        }
        if matches!(self.stage, Stage::Opened | Stage::Running) {
            // Answers that were due before an event that will not come any more stay in front.
            self.replay.disable_trading()?;
            self.replay.take_rest();
        }
        // Trading is disabled: nothing is proposed any more.
        self.proposals.clear();
        while self.answer()?.is_some() {}
        self.stage = Stage::Done;
        self.outcome = Some(self.replay.conclude(&self.backtest, self.next as u64)?);
        Ok(())
    }

    /// Delivers the next answer that is due, or the rest of one that proposals interrupted.
    fn answer(&mut self) -> Result<Option<Stop>, EngineError> {
        if self.delivery.is_none() {
            self.delivery = self.replay.next_due().map(|response| Delivery {
                events: response.events.into_iter(),
                answer: Answer::default(),
            });
        }
        while let Some(event) = self.delivery.as_mut().and_then(|delivery| delivery.events.next()) {
            self.deliver(event)?;
            if self.propose() {
                return Ok(Some(Stop::Proposed));
            }
        }
        let Some(Delivery { answer, .. }) = self.delivery.take() else { return Ok(None) };
        self.answers.push(answer);
        Ok(Some(Stop::Answer))
    }

    fn deliver(&mut self, event: AccountEvent) -> Result<(), EngineError> {
        let (fills, trips) = (self.replay.fills.len(), self.replay.round_trips.len());
        let order = OrderAnswer::of(&event);
        self.replay.account(event)?;
        if let Some(Delivery { answer, .. }) = &mut self.delivery {
            if let Some(order) = order {
                self.dirty.mark(order.instrument);
                answer.order = Some(order);
            }
            answer.fill = answer.fill.take().or_else(|| self.replay.fills.get(fills).cloned());
            answer.exit =
                answer.exit.take().or_else(|| self.replay.round_trips.get(trips).cloned());
        }
        Ok(())
    }

    /// Takes up to `max` audit ticks that are complete.
    pub fn take_ticks(&mut self, max: usize) -> Vec<Tick> {
        self.replay.audits.as_mut().map_or_else(Vec::new, |audits| audits.take(max))
    }

    /// Complete audit ticks that wait.
    pub fn ticks(&self) -> usize {
        self.replay.audits.as_ref().map_or(0, |audits| audits.len())
    }

    /// The state in front of the first audit tick; absent without audits.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Market events replayed so far.
    pub fn events(&self) -> usize {
        self.next
    }

    /// Remembers a failure and turns a panic into one.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self)))
            .unwrap_or_else(|panic| Err(panic_text(panic)));
        if let Err(failure) = &outcome {
            self.failure = Some(failure.clone());
        }
        outcome
    }
}

impl Stepped for Run {
    /// With one event per step every answer is a stop of its own; with more, answers are delivered on
    /// the way and reported with the step.
    fn step(
        &mut self,
        view: &mut [f64],
        orders: &[u8],
        max_events: usize,
    ) -> Result<Stop, EngineError> {
        let Some(mut view) = View::new(view, self.instruments()) else {
            return Err(EngineError::run("engine_failed", "the view is too short"));
        };
        let max_events = max_events.clamp(1, view.capacity());
        let stop = self.guarded(|run| {
            run.send(orders)?;
            run.advance_to_stop(&mut view, max_events)
        })?;
        self.dirty.take(|instrument| view.slot(instrument, &self.replay.engine.state));
        let head = Head {
            stop: f64::from(stop as u8),
            events: self.next as u64,
            answers: self.answers.len(),
            trading: self.replay.trading,
        };
        view.head(&head, self.replay.engine.clock.time());
        Ok(stop)
    }

    fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    fn state(&self) -> StateView {
        state_view(&self.replay.engine.state, self.data.instruments())
    }

    fn instrument(&self, index: usize) -> Option<InstrumentView> {
        let row = self.data.instruments().rows().get(index)?;
        let (_, state) = self.replay.engine.state.instruments.0.get_index(index)?;
        Some(instrument_view(row, state))
    }

    fn balances(&self) -> Vec<BalanceView> {
        balance_views(&self.replay.engine.state, self.data.instruments())
    }

    fn failure(&self) -> Option<&EngineError> {
        self.failure.as_ref()
    }

    fn time(&self) -> DateTime<Utc> {
        self.replay.engine.clock.time()
    }
}

/// Instruments whose slots must be written, each once.
pub(crate) struct Dirty {
    list: Vec<usize>,
    marked: Vec<bool>,
}

impl Dirty {
    pub(crate) fn new(instruments: usize) -> Self {
        Self { list: Vec::new(), marked: vec![false; instruments] }
    }

    #[inline]
    pub(crate) fn mark(&mut self, instrument: usize) {
        if let Some(marked) = self.marked.get_mut(instrument)
            && !std::mem::replace(marked, true)
        {
            self.list.push(instrument);
        }
    }

    pub(crate) fn take(&mut self, mut each: impl FnMut(usize)) {
        for instrument in self.list.drain(..) {
            self.marked[instrument] = false;
            each(instrument);
        }
    }
}
