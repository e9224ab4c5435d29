//! Paper trading: upstream's `System` on the current tokio runtime, with its engine, its mock exchanges
//! and a market feed.
//!
//! What upstream's builder makes is taken over as it is, but for two places. Account events pass through
//! [`pairing`], and the runner is given a [`host`] in place of the engine, which keeps the engine behind
//! a lock, so that state can be asked for at any time, and passes events on to the steps of a strategy
//! that is hosted. Commands are sent through the feed's channel: upstream's own methods panic when the
//! engine is gone.

mod clock;
mod config;
mod core;
mod feed;
mod gate;
mod host;
mod pairing;
mod ring;
mod shared;
mod start;
mod steps;
mod supervise;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use barter::{
    EngineEvent,
    engine::{clock::EngineClock, command::Command, state::trading::TradingState},
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_instrument::exchange::ExchangeIndex;
use barter_integration::channel::UnboundedTx;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rust_decimal::Decimal;
use tokio::sync::oneshot;

use crate::{
    EngineError, Instruments, MarketData, Snapshot, StateView, Summary, SummaryInterval,
    audit::{Event, Tick},
    parse_exchange,
    replay::panic_text,
    state::state_view,
    validate::check_event,
};

pub use self::core::SystemStats;
pub use config::{ClockConfig, SystemConfig, SystemFeed};
pub use gate::MarketFeed;
pub use ring::{AuditConfig, AuditOverflow, AuditRing};
pub use steps::SystemRun;

use feed::Hand;
use shared::Shared;

/// Upstream's execution gives up on an answer after a second. Beyond several of them the machine is in
/// trouble, and a shutdown does not wait for it any more.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);

/// How a system ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemEnd {
    /// It was shut down.
    Shutdown,
    /// It was aborted, or nobody held it any more.
    Aborted,
    /// It could not go on.
    Failed(EngineError),
}

/// A running system; dropping it aborts it.
pub struct System {
    shared: Arc<Shared>,
    feed: UnboundedTx<Event>,
    hand: Option<Hand>,
    /// By exchange index.
    routed: Vec<bool>,
    snapshot: Option<Arc<Snapshot>>,
    run: Mutex<Option<SystemRun>>,
    closing: AtomicBool,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("System").field("ended", &self.shared.ended()).finish_non_exhaustive()
    }
}

impl System {
    /// The index tables.
    pub fn instruments(&self) -> &Arc<Instruments> {
        &self.shared.instruments
    }

    /// The state in front of the first audit tick; absent without audits.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// The audit ticks; absent without audits.
    pub fn audits(&self) -> Option<Arc<AuditRing>> {
        self.shared.audits.clone()
    }

    /// The steps of a hosted strategy; the first caller gets them.
    pub fn take_run(&self) -> Option<SystemRun> {
        self.run.lock().take()
    }

    /// Sends a command or a change of the trading state, in upstream's JSON shape; resolves with its
    /// tick once the engine has carried it out.
    ///
    /// # Errors
    ///
    /// `engine_event` and `engine_order` at once, for what the engine could not take, with nothing sent;
    /// `engine_stopped` and `engine_failed` at once or later.
    pub fn command(
        &self,
        json: &[u8],
    ) -> Result<impl Future<Output = Result<Tick, EngineError>> + Send + use<>, EngineError> {
        self.check_running()?;
        let event = crate::manual::read_event(json)?;
        if !matches!(event, EngineEvent::Command(_) | EngineEvent::TradingStateUpdate(_)) {
            return Err(EngineError::run(
                "engine_event",
                "a running system takes commands and changes of the trading state",
            ));
        }
        let mut core = self.shared.core.lock();
        check_event(&event, &self.shared.instruments, &core.engine.state)?;
        self.check_orders(&event, &core.engine.state)?;
        let done = self.push(&mut core, event)?;
        drop(core);
        let shared = Arc::clone(&self.shared);
        Ok(async move { done.await.map_err(|_| shared.stopped()) })
    }

    /// Sends an event behind the ticket for its tick, so that both queues are in one order.
    fn push(
        &self,
        core: &mut core::Core,
        event: Event,
    ) -> Result<oneshot::Receiver<Tick>, EngineError> {
        let (tick, done) = oneshot::channel();
        core.commands.push_back(tick);
        if self.feed.tx.send(event).is_err() {
            core.commands.pop_back();
            return Err(self.shared.stopped());
        }
        Ok(done)
    }

    /// Refuses what would end the engine or lose an order.
    fn check_orders(
        &self,
        event: &Event,
        state: &crate::strategy::State,
    ) -> Result<(), EngineError> {
        let route = |exchange: ExchangeIndex| {
            if self.routed.get(exchange.index()).copied().unwrap_or(false) {
                return Ok(());
            }
            Err(EngineError::run(
                "engine_order",
                format!("exchange {} has no execution", exchange.index()),
            ))
        };
        match event {
            EngineEvent::Command(Command::SendOpenRequests(requests)) => {
                let mut cids = std::collections::HashSet::new();
                requests.iter().try_for_each(|request| {
                    route(request.key.exchange)?;
                    let tracked = state
                        .instruments
                        .instrument_index(&request.key.instrument)
                        .orders
                        .0
                        .contains_key(&request.key.cid);
                    if !tracked && cids.insert(&request.key.cid) {
                        return Ok(());
                    }
                    Err(EngineError::run(
                        "engine_order",
                        format!("order \"{}\" is not answered yet", request.key.cid),
                    ))
                })
            }
            EngineEvent::Command(Command::SendCancelRequests(requests)) => {
                requests.iter().try_for_each(|request| route(request.key.exchange))
            }
            _ => Ok(()),
        }
    }

    /// Brings market events; resolves once the engine has processed them, and a hosted strategy has
    /// decided.
    ///
    /// # Errors
    ///
    /// `engine_unsupported` for a system with another feed, `market_data_table`; `engine_stopped` and
    /// `engine_failed` at once or later.
    pub fn send(
        &self,
        data: MarketData,
    ) -> Result<impl Future<Output = Result<(), EngineError>> + Send + use<>, EngineError> {
        let hand = self.hand()?;
        if data.instruments().digest() != self.shared.instruments.digest() {
            return Err(EngineError::data(
                "market_data_table",
                "was loaded for another instrument table than the system's",
            ));
        }
        Ok(self.brought(hand.bring(data.into_events())))
    }

    /// Says that the market data of an exchange was interrupted; otherwise as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and `engine_event` for an exchange without instruments.
    pub fn interrupt(
        &self,
        exchange: &str,
    ) -> Result<impl Future<Output = Result<(), EngineError>> + Send + use<>, EngineError> {
        let hand = self.hand()?;
        let known = parse_exchange(exchange)
            .filter(|id| self.shared.instruments.exchanges().any(|known| known == *id))
            .ok_or_else(|| {
                EngineError::run(
                    "engine_event",
                    format!("exchange \"{exchange}\" has no instrument in the table"),
                )
            })?;
        Ok(self.brought(hand.bring([MarketStreamEvent::Reconnecting(known)])))
    }

    fn hand(&self) -> Result<&Hand, EngineError> {
        self.check_running()?;
        self.hand.as_ref().ok_or_else(|| {
            EngineError::run("engine_unsupported", "the system has a market feed of its own")
        })
    }

    fn brought(&self, count: u64) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        let reached = self.shared.gate.reached(count);
        let shared = Arc::clone(&self.shared);
        async move { reached.await.map_err(|_| shared.stopped()) }
    }

    /// Resolves when the feed has ended and all of it has been processed.
    ///
    /// # Errors
    ///
    /// `engine_stopped`, `engine_failed` when the system ends before.
    pub fn feed_ended(&self) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        let drained = self.shared.gate.drained();
        let shared = Arc::clone(&self.shared);
        async move { drained.await.map_err(|_| shared.stopped()) }
    }

    /// Resolves when it has ended.
    ///
    /// # Errors
    ///
    /// What made it fail.
    pub fn ended(&self) -> impl Future<Output = Result<SystemEnd, EngineError>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            match shared.end().await {
                SystemEnd::Failed(error) => Err(error),
                end => Ok(end),
            }
        }
    }

    /// Closes the feed, disables trading, waits for the answers to orders that are on their way, and
    /// ends the engine. Again, it waits for the same end.
    ///
    /// # Errors
    ///
    /// What made it fail.
    pub fn shut_down(&self) -> impl Future<Output = Result<SystemEnd, EngineError>> + Send + use<> {
        let first = !self.closing.swap(true, Ordering::SeqCst);
        let shared = Arc::clone(&self.shared);
        let feed = self.feed.clone();
        let disabled = first.then(|| {
            shared.gate.close();
            self.push(&mut shared.core.lock(), EngineEvent::from(TradingState::Disabled))
        });
        let ended = self.ended();
        async move {
            if let Some(Ok(disabled)) = disabled
                && disabled.await.is_ok()
            {
                // After the longest time the engine ends with orders that are counted as unanswered.
                let _late = tokio::time::timeout(LONGEST_ANSWER, answered(&shared)).await;
                // An engine that is gone has its end already.
                let _gone = feed.tx.send(EngineEvent::shutdown());
            }
            ended.await
        }
    }

    /// Ends it now: answers that are on their way are lost.
    pub fn abort(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.shared.abort.notify_one();
    }

    fn check_running(&self) -> Result<(), EngineError> {
        if self.shared.ended().is_some() {
            return Err(self.shared.stopped());
        }
        if self.closing.load(Ordering::SeqCst) {
            return Err(EngineError::run("engine_stopped", "the engine is being shut down"));
        }
        Ok(())
    }

    /// The state after the last event processed; after the end, the last one.
    pub fn state(&self) -> StateView {
        state_view(&self.shared.core.lock().engine.state, &self.shared.instruments)
    }

    /// Engine time.
    pub fn time(&self) -> DateTime<Utc> {
        self.shared.core.lock().engine.clock.time()
    }

    /// Counters so far.
    pub fn stats(&self) -> SystemStats {
        self.shared.core.lock().stats.clone()
    }

    /// The trading summary so far.
    ///
    /// # Errors
    ///
    /// `engine_failed` when a figure is beyond the decimal.
    pub fn summary(
        &self,
        risk_free_return: Decimal,
        interval: SummaryInterval,
    ) -> Result<Summary, EngineError> {
        interval.check()?;
        let core = self.shared.core.lock();
        catch_unwind(AssertUnwindSafe(|| {
            let generator = core.engine.trading_summary_generator(risk_free_return);
            Summary::new(generator, interval, &core.round_trips)
        }))
        .map_err(panic_text)
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.abort();
    }
}

/// Resolves when no order waits for its answer, or the system has ended.
async fn answered(shared: &Shared) {
    let mut next = std::pin::pin!(shared.answered.notified());
    loop {
        next.as_mut().enable();
        if shared.ended().is_some() || shared.core.lock().stats.unanswered == 0 {
            return;
        }
        next.as_mut().await;
        next.set(shared.answered.notified());
    }
}
