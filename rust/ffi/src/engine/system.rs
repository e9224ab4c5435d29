//! Running systems: handlers and wire types.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_engine::{
    ClockConfig, EngineError, Feed, FeedConfig, Instruments, LoadOptions, MarketData, System,
    SystemConfig, SystemFeed, Tick, time, view_length,
};
use ts_rs::TS;

use super::{
    answer::TradingSummary,
    data::{Format, InstrumentTable},
    instrument::{Instrument, configs},
    live::{LiveFeed, feed_request},
    request::{
        Execution, Interval, Risk, Strategy, exact, execution_configs, risk_config, strategy_config,
    },
    run::{
        AuditBatch, EngineRun, EngineState, OpenedRun, RunRef, SnapshotRef, Steps, opened_run,
        snapshot_ref,
    },
    system_audits::{SystemAuditRequest, SystemAudits},
};
use crate::{Failure, Object, Scope, Status, library::Nothing};

/// A system behind a handle.
#[derive(Debug)]
pub(crate) struct RunningSystem(System);

impl Object for RunningSystem {
    const KIND: &'static str = "system";

    fn close(&self) {
        self.0.abort();
    }
}

/// What a system takes its market events from.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "SystemMarketRequest")]
pub(crate) enum Market {
    /// `engine.systemSend`.
    Hand {
        /// The instruments in any order.
        instruments: Vec<Instrument>,
    },
    /// A loaded data set, replayed once.
    Recorded {
        /// Handle of the market data.
        data: u64,
        /// Times as fast as recorded, or null for as fast as possible.
        speed: Option<f64>,
    },
    /// Live market data, connected to by the start.
    Live {
        /// What to connect to.
        feed: LiveFeed,
    },
}

/// Asks for a system.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StartSystem {
    /// Where market events come from.
    market: Market,
    /// What trades.
    strategy: Strategy,
    /// Limits of the strategy's orders, or null for none.
    risk: Option<Risk>,
    /// One entry per exchange that executes.
    execution: Vec<Execution>,
    /// Whether the strategy may trade.
    trading_enabled: bool,
    /// Whether the clock follows the market's time instead of the machine's.
    historical: bool,
    /// Start of a historical clock, or null for the recording's.
    start: Option<String>,
    /// Which audit ticks are kept, or null for none.
    audit: Option<SystemAuditRequest>,
    /// Events per step that the view of a hosted strategy has records for.
    events: u32,
}

/// A running system.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartedSystem {
    /// Handle of the system.
    system: u64,
    /// Its index tables.
    table: InstrumentTable,
    /// Its audits, or null.
    audits: Option<OpenedAudits>,
    /// The steps of a hosted strategy, or null.
    run: Option<OpenedRun>,
}

/// The audits of a system.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedAudits {
    /// Handle of the audits.
    audits: u64,
    /// The state in front of the first tick.
    snapshot: SnapshotRef,
}

/// Names a system; a command comes in the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SystemRef {
    /// Handle of the system.
    system: u64,
}

/// Brings the market events of the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SendEvents {
    /// Handle of the system.
    system: u64,
    /// What the attachment holds.
    format: Format,
}

/// Says that the market data of an exchange was interrupted.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InterruptSystem {
    /// Handle of the system.
    system: u64,
    /// Exchange id.
    exchange: String,
}

/// Asks for a summary.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SystemSummary {
    /// Handle of the system.
    system: u64,
    /// Risk-free return as a fraction, a decimal.
    risk_free_return: String,
    /// Time base of the ratios.
    summary_interval: Interval,
}

/// Counters of a system.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "SystemCounters")]
pub(crate) struct SystemStats {
    /// Market events processed.
    events: u64,
    /// Orders sent.
    orders: u64,
    /// Orders filled.
    fills: u64,
    /// Orders rejected, or not answered in time.
    rejected: u64,
    /// Requests the risk manager refused.
    refused: u64,
    /// Orders that have not been answered.
    unanswered: u64,
    /// Reason of the first rejection, or null.
    first_rejection: Option<String>,
}

/// How a system ended.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "SystemEndAnswer")]
pub(crate) struct SystemEnd {
    /// `shutdown` or `aborted`.
    #[ts(type = "\"shutdown\" | \"aborted\"")]
    reason: &'static str,
}

/// `engine.startSystem`: a running system.
///
/// # Errors
///
/// `bad_handle`, `config_…`, `engine_failed`.
pub(crate) fn start(
    scope: Scope,
    request: StartSystem,
) -> impl Future<Output = Result<StartedSystem, Failure>> + Send {
    let (audits, events) = (request.audit.is_some(), request.events);
    // Looked up before the call returns: closing the data right after it does not stop the start.
    let prepared = prepare(&scope, request);
    async move {
        let (mut config, live) = prepared?;
        if let Some(live) = live {
            let feed = Feed::open(&config.instruments, live).await?;
            config.feed = SystemFeed::Stream(feed.into_stream());
        }
        let system = System::start(config).await?;
        let instruments = Arc::clone(system.instruments());
        let audits = audits.then(|| opened_audits(&scope, &system, &instruments)).flatten();
        let run = system.take_run().map(|run| {
            let length = view_length(instruments.rows().len(), events as usize);
            opened_run(&scope, Steps::System(Box::new(run)), length, None)
        });
        Ok(StartedSystem {
            table: InstrumentTable::from(instruments.as_ref()),
            audits,
            run,
            system: scope.insert(Arc::new(RunningSystem(system))),
        })
    }
}

/// The configuration, and the live feed that takes the place of its own, which is still to be opened.
fn prepare(
    scope: &Scope,
    request: StartSystem,
) -> Result<(SystemConfig, Option<FeedConfig>), Failure> {
    let (instruments, feed, live) = match request.market {
        Market::Hand { instruments } => {
            (Arc::new(Instruments::new(&configs(instruments)?)?), SystemFeed::Hand, None)
        }
        Market::Recorded { data, speed } => {
            let data = scope.get::<MarketData>(data)?;
            (Arc::clone(data.instruments()), SystemFeed::Recorded { data, speed }, None)
        }
        Market::Live { feed } => {
            let (instruments, live) = feed_request(feed)?;
            (Arc::new(instruments), SystemFeed::Hand, Some(live))
        }
    };
    let start = request
        .start
        .map(|start| {
            time::parse(&start).ok_or_else(|| {
                Failure::new(
                    Status::Argument,
                    "config_start",
                    format!("start must be an RFC 3339 time: current value is {start:?}"),
                )
            })
        })
        .transpose()?;
    let config = SystemConfig {
        instruments,
        strategy: strategy_config(request.strategy)?,
        risk: risk_config(request.risk)?,
        execution: execution_configs(request.execution)?,
        trading_enabled: request.trading_enabled,
        clock: if request.historical { ClockConfig::Historical(start) } else { ClockConfig::Live },
        feed,
        audit: request.audit.map(Into::into),
    };
    Ok((config, live))
}

fn opened_audits(
    scope: &Scope,
    system: &System,
    instruments: &Arc<Instruments>,
) -> Option<OpenedAudits> {
    let (audits, snapshot) = (system.audits()?, system.snapshot()?);
    Some(OpenedAudits {
        audits: scope.insert(Arc::new(SystemAudits(audits))),
        snapshot: snapshot_ref(scope, snapshot, instruments),
    })
}

/// `engine.systemCommand`: carries out the command of the attachment and answers with its tick.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn command(
    scope: Scope,
    request: SystemRef,
) -> impl Future<Output = Result<AuditBatch, Failure>> + Send {
    // Sent before the call returns: commands keep their order.
    let sent = scope
        .get::<RunningSystem>(request.system)
        .and_then(|system| Ok(system.0.command(scope.attachment())?));
    async move {
        let tick: Tick = sent?.await?;
        Ok(AuditBatch { ticks: vec![tick], done: false })
    }
}

/// `engine.systemSend`: brings the market events of the attachment and waits until they are processed.
///
/// # Errors
///
/// `bad_handle`, `market_data_…`, `engine_…`.
pub(crate) fn send(
    scope: Scope,
    request: SendEvents,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    let sent = scope.get::<RunningSystem>(request.system).and_then(|system| {
        let instruments = Arc::clone(system.0.instruments());
        let data = request.format.read(scope.attachment(), |source| {
            let options = LoadOptions::default();
            Ok(MarketData::read(instruments, source, &options, &Default::default())?)
        })?;
        Ok(system.0.send(data)?)
    });
    done(sent)
}

/// `engine.systemInterrupt`: says that market data was interrupted.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn interrupt(
    scope: Scope,
    request: InterruptSystem,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    done(
        scope
            .get::<RunningSystem>(request.system)
            .and_then(|system| Ok(system.0.interrupt(&request.exchange)?)),
    )
}

/// `engine.systemFeedEnded`: resolves when the feed has ended and is processed.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn feed_ended(
    scope: Scope,
    request: SystemRef,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    done(scope.get::<RunningSystem>(request.system).map(|system| system.0.feed_ended()))
}

async fn done<F>(work: Result<F, Failure>) -> Result<Nothing, Failure>
where
    F: Future<Output = Result<(), EngineError>> + Send,
{
    work?.await?;
    Ok(Nothing {})
}

/// `engine.systemState`: the state after the last event processed.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn state(scope: &Scope, request: SystemRef) -> Result<EngineState, Failure> {
    let system = scope.get::<RunningSystem>(request.system)?;
    Ok(EngineState { state: system.0.state(), time: time::format(system.0.time()), stopped: None })
}

/// `engine.systemSummary`: the trading summary so far.
///
/// # Errors
///
/// `bad_handle`, `config_decimal`, `config_summary_interval`, `engine_failed`.
pub(crate) fn summary(scope: &Scope, request: SystemSummary) -> Result<TradingSummary, Failure> {
    let system = scope.get::<RunningSystem>(request.system)?;
    let risk_free_return = exact("riskFreeReturn", &request.risk_free_return)?;
    Ok(system.0.summary(risk_free_return, request.summary_interval.into())?.into())
}

/// `engine.systemStats`: counters so far.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn stats(scope: &Scope, request: SystemRef) -> Result<SystemStats, Failure> {
    let stats = scope.get::<RunningSystem>(request.system)?.0.stats();
    Ok(SystemStats {
        events: stats.events,
        orders: stats.orders,
        fills: stats.fills,
        rejected: stats.rejected,
        refused: stats.refused,
        unanswered: stats.unanswered,
        first_rejection: stats.first_rejection,
    })
}

/// `engine.systemEnded`: resolves when the system has ended.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn ended(
    scope: Scope,
    request: SystemRef,
) -> impl Future<Output = Result<SystemEnd, Failure>> + Send {
    end(scope.get::<RunningSystem>(request.system).map(|system| system.0.ended()))
}

/// `engine.shutdownSystem`: ends the system when its orders are answered.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn shutdown(
    scope: Scope,
    request: SystemRef,
) -> impl Future<Output = Result<SystemEnd, Failure>> + Send {
    end(scope.get::<RunningSystem>(request.system).map(|system| system.0.shut_down()))
}

/// `engine.abortSystem`: ends the system at once.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn abort(
    scope: Scope,
    request: SystemRef,
) -> impl Future<Output = Result<SystemEnd, Failure>> + Send {
    end(scope.get::<RunningSystem>(request.system).map(|system| {
        system.0.abort();
        system.0.ended()
    }))
}

async fn end<F>(work: Result<F, Failure>) -> Result<SystemEnd, Failure>
where
    F: Future<Output = Result<tendon_engine::SystemEnd, EngineError>> + Send,
{
    let reason = match work?.await? {
        tendon_engine::SystemEnd::Aborted => "aborted",
        _ => "shutdown",
    };
    Ok(SystemEnd { reason })
}

/// `engine.systemReady`: resolves when a hosted strategy's step has something to do.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn ready(
    scope: Scope,
    request: RunRef,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    let run = scope.get::<EngineRun>(request.run);
    async move {
        run?.ready().await;
        Ok(Nothing {})
    }
}
