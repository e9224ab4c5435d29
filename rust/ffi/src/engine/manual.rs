//! An engine fed by hand: handlers and wire types.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tendon_engine::{Instruments, ManualConfig, ManualEngine, time};
use ts_rs::TS;

use super::{
    answer::TradingSummary,
    data::InstrumentTable,
    instrument::{Instrument, configs},
    request::{Interval, Risk, Strategy, exact, risk_config, strategy_config},
    run::{AuditBatch, EngineState, SnapshotRef, snapshot_ref},
};
use crate::{Failure, Object, Scope, Status};

/// An engine behind a handle.
#[derive(Debug)]
pub(crate) struct Engine(Mutex<ManualEngine>);

impl Object for Engine {
    const KIND: &'static str = "engine";
}

/// Asks for an engine that is fed by hand.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenEngine {
    /// The instruments in any order.
    instruments: Vec<Instrument>,
    /// What trades.
    strategy: Strategy,
    /// Limits of the strategy's orders, or null for none.
    risk: Option<Risk>,
    /// Whether the strategy may trade.
    trading_enabled: bool,
    /// Start of the engine's clock.
    start: String,
    /// Exchanges whose requests are collected, or null for all.
    execution: Option<Vec<String>>,
}

/// An engine.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedEngine {
    /// Handle of the engine.
    engine: u64,
    /// Its index tables.
    table: InstrumentTable,
}

/// Names an engine.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EngineRef {
    /// Handle of the engine.
    engine: u64,
}

/// Asks to process the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProcessEvents {
    /// Handle of the engine.
    engine: u64,
    /// True for market records as `engine.loadData` reads them, false for one event of the engine.
    market: bool,
}

/// Order requests the engine has sent.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EngineRequests {
    /// In upstream's shape.
    #[ts(type = "unknown[]")]
    requests: Vec<Value>,
}

/// Asks for a summary.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EngineSummary {
    /// Handle of the engine.
    engine: u64,
    /// Risk-free return as a fraction, a decimal.
    risk_free_return: String,
    /// Time base of the ratios.
    summary_interval: Interval,
}

/// `engine.open`: an engine fed by hand.
///
/// # Errors
///
/// `config_…`.
pub(crate) fn open_engine(scope: &Scope, request: OpenEngine) -> Result<OpenedEngine, Failure> {
    let instruments = Arc::new(Instruments::new(&configs(request.instruments)?)?);
    let start = time::parse(&request.start).ok_or_else(|| {
        Failure::new(
            Status::Argument,
            "config_start",
            format!("start must be an RFC 3339 time: current value is {:?}", request.start),
        )
    })?;
    let config = ManualConfig {
        strategy: strategy_config(request.strategy)?,
        risk: risk_config(request.risk)?,
        trading_enabled: request.trading_enabled,
        start,
        execution: request.execution,
    };
    let engine = ManualEngine::new(instruments, &config)?;
    Ok(OpenedEngine {
        table: InstrumentTable::from(engine.instruments().as_ref()),
        engine: scope.insert(Arc::new(Engine(Mutex::new(engine)))),
    })
}

/// `engine.process`: processes the attachment.
///
/// # Errors
///
/// `bad_handle`, `engine_…`, `market_data_…`.
pub(crate) fn process(scope: &Scope, request: ProcessEvents) -> Result<AuditBatch, Failure> {
    let engine = scope.get::<Engine>(request.engine)?;
    let mut engine = engine.0.lock();
    let ticks = if request.market {
        engine.process_market(scope.attachment())?
    } else {
        engine.process_json(scope.attachment())?
    };
    Ok(AuditBatch { ticks, done: engine.stopped().is_some() })
}

/// `engine.requests`: order requests since the last call.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn requests(scope: &Scope, request: EngineRef) -> Result<EngineRequests, Failure> {
    let engine = scope.get::<Engine>(request.engine)?;
    let requests = engine.0.lock().take_requests();
    let requests = requests
        .iter()
        .map(|request| {
            serde_json::to_value(request)
                .map_err(|error| Failure::new(Status::Internal, "internal", error.to_string()))
        })
        .collect::<Result<_, Failure>>()?;
    Ok(EngineRequests { requests })
}

/// `engine.state`: balances, positions, orders, prices.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn engine_state(scope: &Scope, request: EngineRef) -> Result<EngineState, Failure> {
    let engine = scope.get::<Engine>(request.engine)?;
    let engine = engine.0.lock();
    Ok(EngineState {
        state: engine.state(),
        time: time::format(engine.time()),
        stopped: engine.stopped(),
    })
}

/// `engine.snapshot`: a state to start a replica from.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn snapshot(scope: &Scope, request: EngineRef) -> Result<SnapshotRef, Failure> {
    let engine = scope.get::<Engine>(request.engine)?;
    let engine = engine.0.lock();
    let snapshot = Arc::new(engine.snapshot());
    Ok(snapshot_ref(scope, snapshot, engine.instruments()))
}

/// `engine.summary`: the trading summary so far.
///
/// # Errors
///
/// `bad_handle`, `config_decimal`, `engine_failed`.
pub(crate) fn summary(scope: &Scope, request: EngineSummary) -> Result<TradingSummary, Failure> {
    let engine = scope.get::<Engine>(request.engine)?;
    let risk_free_return = exact("riskFreeReturn", &request.risk_free_return)?;
    let summary = engine.0.lock().summary(risk_free_return, request.summary_interval.into())?;
    Ok(summary.into())
}
