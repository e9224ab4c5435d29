//! An engine that is fed by hand: its caller brings every event and takes every order request.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use barter::{
    EngineEvent, Sequence,
    engine::{
        Engine, EngineOutput, Processor,
        audit::{AuditTick, EngineAudit, context::EngineContext},
        clock::EngineClock,
        state::{EngineState, global::DefaultGlobalData, trading::TradingState},
    },
    execution::{AccountStreamEvent, request::ExecutionRequest},
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::AccountEventKind;
use barter_instrument::exchange::ExchangeId;
use barter_integration::{
    Terminal,
    channel::{UnboundedRx, mpsc_unbounded},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    EngineError, EventClock, InstrumentData, Instruments, MarketData, Risk, RiskConfig, RoundTrip,
    Strategy, StrategyConfig, Summary, SummaryInterval,
    audit::{AuditFilter, Event, Snapshot, Tick, clean},
    config::check_built_in,
    execution::Routes,
    parse_exchange,
    replay::{ReplayEngine, panic_text},
    state::{StateView, state_view},
    validate::check_event,
};

/// How a manual engine starts.
#[derive(Debug, Clone)]
pub struct ManualConfig {
    /// What trades when trading is enabled.
    pub strategy: StrategyConfig,
    /// Which of its orders are let through.
    pub risk: RiskConfig,
    /// Whether it may trade.
    pub trading_enabled: bool,
    /// Start of the event clock.
    pub start: DateTime<Utc>,
    /// Exchanges whose order requests are collected; all when absent.
    pub execution: Option<Vec<String>>,
}

/// See the module.
#[derive(Debug)]
pub struct ManualEngine {
    engine: ReplayEngine,
    instruments: Arc<Instruments>,
    requests: Vec<UnboundedRx<ExecutionRequest>>,
    round_trips: Vec<RoundTrip>,
    stopped: Option<&'static str>,
}

impl ManualEngine {
    /// Starts an engine without balances, prices or positions; events bring them.
    ///
    /// # Errors
    ///
    /// `config_exchange`, `config_strategy`, `config_risk`.
    pub fn new(instruments: Arc<Instruments>, config: &ManualConfig) -> Result<Self, EngineError> {
        check_built_in(&config.strategy)?;
        config.risk.check()?;
        let routed = routed(&instruments, config.execution.as_deref())?;
        let mut requests = Vec::new();
        let routes: Routes = instruments
            .exchanges()
            .map(|exchange| {
                let route = routed.contains(&exchange).then(|| {
                    let (tx, rx) = mpsc_unbounded();
                    requests.push(rx);
                    tx
                });
                (exchange, route)
            })
            .collect();
        let state = EngineState::builder(instruments.indexed(), DefaultGlobalData, |_| {
            InstrumentData::new(&config.strategy)
        })
        .time_engine_start(config.start)
        .trading_state(if config.trading_enabled {
            TradingState::Enabled
        } else {
            TradingState::Disabled
        })
        .build();
        let mut engine = Engine::new(
            EventClock::new(config.start),
            state,
            routes,
            Strategy::new(&config.strategy),
            Risk::new(config.risk.clone()),
        );
        // The state at the start has the first number, ticks the ones behind it.
        engine.meta.sequence.fetch_add();
        Ok(Self { engine, instruments, requests, round_trips: Vec::new(), stopped: None })
    }

    /// The instrument table.
    pub fn instruments(&self) -> &Arc<Instruments> {
        &self.instruments
    }

    /// The state, with the number of the last tick that made it what it is.
    pub fn snapshot(&self) -> Snapshot {
        let sequence = Sequence(self.engine.meta.sequence.value() - 1);
        let context = EngineContext::new(sequence, self.engine.time());
        Snapshot {
            tick: AuditTick::new(self.engine.state.clone(), context),
            filter: AuditFilter::All,
        }
    }

    /// Processes market records in any form that [`MarketData::parse`] reads.
    ///
    /// # Errors
    ///
    /// `market_data_…`, `engine_stopped`, `engine_failed`; nothing was processed then, except before a
    /// failure of the engine itself.
    pub fn process_market(&mut self, bytes: &[u8]) -> Result<Vec<Tick>, EngineError> {
        self.check_running()?;
        let data = MarketData::parse(Arc::clone(&self.instruments), bytes)?;
        data.events().iter().map(|event| self.apply(EngineEvent::Market(event.clone()))).collect()
    }

    /// Processes one event in upstream's JSON shape.
    ///
    /// # Errors
    ///
    /// `engine_event` and `engine_order` for an event the engine could not take, with nothing changed;
    /// `market_data_…` for a market item; `engine_stopped` after a terminal tick; `engine_failed`.
    pub fn process_json(&mut self, json: &[u8]) -> Result<Vec<Tick>, EngineError> {
        self.check_running()?;
        let event = read_event(json)?;
        if matches!(event, EngineEvent::Market(MarketStreamEvent::Item(_))) {
            // The rules for prices and amounts live there.
            return self.process_market(json);
        }
        check_event(&event, &self.instruments, &self.engine.state)?;
        Ok(vec![self.apply(event)?])
    }

    fn check_running(&self) -> Result<(), EngineError> {
        match self.stopped {
            None => Ok(()),
            Some(why) => {
                Err(EngineError::run("engine_stopped", format!("the engine has stopped: {why}")))
            }
        }
    }

    fn apply(&mut self, event: Event) -> Result<Tick, EngineError> {
        self.check_running()?;
        let price = match &event {
            EngineEvent::Account(AccountStreamEvent::Item(item)) => match &item.kind {
                AccountEventKind::Trade(trade) => Some(trade.price),
                _ => None,
            },
            _ => None,
        };
        let audit = catch_unwind(AssertUnwindSafe(|| self.engine.process(event)));
        let audit = match audit {
            Ok(EngineAudit::Process(audit)) => clean(audit),
            Ok(EngineAudit::FeedEnded) => {
                return Err(EngineError::run("engine_failed", "the engine ended its feed"));
            }
            Err(panic) => {
                self.stopped = Some("it failed");
                return Err(panic_text(panic));
            }
        };
        if audit.is_terminal() {
            self.stopped = Some(if audit.errors.is_empty() {
                "it was shut down"
            } else {
                "requests could not be sent"
            });
        }
        if let Some(price) = price {
            for output in audit.outputs.iter() {
                if let EngineOutput::PositionExit(exit) = output {
                    self.round_trips.push(RoundTrip::new(exit, price));
                }
            }
        }
        let sequence = self.engine.meta.sequence.fetch_add();
        let context = EngineContext::new(sequence, self.engine.clock.time());
        Ok(AuditTick::new(EngineAudit::Process(audit), context))
    }

    /// Order requests the engine has sent since the last call, in upstream's shape.
    pub fn take_requests(&mut self) -> Vec<ExecutionRequest> {
        let mut taken = Vec::new();
        for requests in &mut self.requests {
            while let Ok(request) = requests.rx.try_recv() {
                taken.push(request);
            }
        }
        taken
    }

    /// The state now.
    pub fn state(&self) -> StateView {
        state_view(&self.engine.state, &self.instruments)
    }

    /// Engine time.
    pub fn time(&self) -> DateTime<Utc> {
        self.engine.clock.time()
    }

    /// Why it takes no more events, if it does not.
    pub fn stopped(&self) -> Option<&'static str> {
        self.stopped
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
        catch_unwind(AssertUnwindSafe(|| {
            let generator = self.engine.trading_summary_generator(risk_free_return);
            Summary::new(generator, interval, &self.round_trips)
        }))
        .map_err(panic_text)
    }
}

fn routed(
    instruments: &Instruments,
    wanted: Option<&[String]>,
) -> Result<Vec<ExchangeId>, EngineError> {
    let Some(wanted) = wanted else { return Ok(instruments.exchanges().collect()) };
    wanted
        .iter()
        .enumerate()
        .map(|(position, name)| {
            parse_exchange(name)
                .filter(|exchange| instruments.exchanges().any(|known| known == *exchange))
                .ok_or_else(|| {
                    EngineError::config(
                        "config_exchange",
                        format!("execution[{position}]"),
                        format!("\"{name}\" has no instrument in the table"),
                    )
                })
        })
        .collect()
}

/// Reads an event in upstream's JSON shape.
///
/// # Errors
///
/// `engine_event`.
pub(crate) fn read_event(json: &[u8]) -> Result<Event, EngineError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let event = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| unreadable(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| unreadable(".", &error))?;
    Ok(event)
}

fn unreadable(path: &str, error: &serde_json::Error) -> EngineError {
    let place = if path == "." { String::new() } else { format!(" at {path}") };
    EngineError::run("engine_event", format!("the event cannot be read{place}: {error}"))
}
