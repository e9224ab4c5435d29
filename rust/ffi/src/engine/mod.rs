//! Engine area: wire types and handlers over `tendon_engine`; no logic of its own.

mod answer;
pub(crate) mod columns;
mod data;
mod instrument;
pub(crate) mod live;
mod manual;
mod replica;
mod request;
mod run;
pub(crate) mod statistics;
pub(crate) mod sweep;
pub(crate) mod system;
pub(crate) mod system_audits;

use std::sync::Arc;

use serde_json::json;
use tendon_engine::{Control, EngineError, Instruments, MarketData};

use crate::{Failure, Object, Packed, Scope, Status};

pub(crate) use answer::{BacktestHead, TradingSummary};
pub(crate) use data::{DescribeInstruments, InstrumentTable, LoadData, LoadedData};
pub(crate) use manual::{
    EngineRef, EngineRequests, EngineSummary, OpenEngine, OpenedEngine, ProcessEvents,
    engine_state, open_engine, process, requests, snapshot, summary,
};
pub(crate) use replica::{
    OpenReplica, OpenedReplica, ReplicaRef, ReplicaState, UpdatedReplica, open_replica,
    replica_state, update_replica,
};
#[cfg(feature = "diagnostics")]
pub(crate) use request::backtest_config;
pub(crate) use request::{OpenProgress, OpenedProgress, ProgressRequest, RunBacktest, RunProgress};
pub(crate) use run::{
    AuditBatch, EngineRun, EngineState, OpenRun, OpenedRun, RunAnswers, RunAudits, RunBalances,
    RunInstrument, RunInstrumentState, RunProposals, RunRef, SnapshotRef, open_run, run_answers,
    run_audits, run_balances, run_error, run_instrument, run_proposals, run_result, run_state,
};

impl Object for MarketData {
    const KIND: &'static str = "market data set";
}

impl Object for Control {
    const KIND: &'static str = "progress counter";

    fn close(&self) {
        self.cancel();
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Config { code, field, .. } => {
                Self::new(Status::Argument, code, message).with_data(json!({ "field": field }))
            }
            EngineError::MarketData { code, line, index, field, .. } => {
                Self::new(Status::Argument, code, message)
                    .with_data(json!({ "line": line, "index": index, "field": field }))
            }
            EngineError::Run { code, .. } => Self::new(Status::State, code, message),
            EngineError::Live { code, exchange, host, .. } => {
                let status = match code {
                    "live_unsupported" => Status::Unsupported,
                    "live_refused" => Status::Denied,
                    _ => Status::Io,
                };
                let mut failure = Self::new(status, code, message)
                    .with_data(json!({ "exchange": exchange, "host": host }));
                failure.retryable = code == "live_unreachable";
                failure
            }
            EngineError::Cancelled { events } => {
                Self::cancelled().with_data(json!({ "events": events }))
            }
            _ => Self::new(Status::Internal, "internal", message),
        }
    }
}

/// `engine.instruments`: the index tables for a list of instruments.
///
/// # Errors
///
/// `config_…`.
pub(crate) fn instruments(
    _: &Scope,
    request: DescribeInstruments,
) -> Result<InstrumentTable, Failure> {
    Ok(InstrumentTable::from(&Instruments::new(&instrument::configs(request.instruments)?)?))
}

/// `engine.loadData`: reads the attachment as market data.
///
/// # Errors
///
/// `config_…`, `market_data_…`.
pub(crate) async fn load_data(scope: Scope, request: LoadData) -> Result<LoadedData, Failure> {
    let bytes = scope.clone();
    let control = Arc::<Control>::default();
    let data = stoppable(&scope, &control, {
        let control = Arc::clone(&control);
        move || Ok(Arc::new(request.read(bytes.attachment(), &control)?))
    })
    .await?;
    Ok(LoadedData {
        table: InstrumentTable::from(data.instruments().as_ref()),
        stats: data.stats().into(),
        data: scope.insert(data),
    })
}

/// `engine.openProgress`: a counter that one run advances and anyone may read.
///
/// # Errors
///
/// None of its own.
pub(crate) fn open_progress(scope: &Scope, _: OpenProgress) -> Result<OpenedProgress, Failure> {
    Ok(OpenedProgress { progress: scope.insert(Arc::new(Control::default())) })
}

/// `engine.progress`: where a run stands.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn progress(scope: &Scope, request: ProgressRequest) -> Result<RunProgress, Failure> {
    let control = scope.get::<Control>(request.progress)?;
    Ok(RunProgress { events: control.events() })
}

/// `engine.backtest`: replays a data set.
///
/// # Errors
///
/// `config_…`, `engine_…`, `cancelled`, `bad_handle`.
pub(crate) fn backtest(
    scope: Scope,
    request: RunBacktest,
) -> impl Future<Output = Result<Packed<BacktestHead>, Failure>> + Send {
    // Looked up before the call returns: closing the data right after it does not stop the run.
    let data = scope.get::<MarketData>(request.data);
    let control = request.progress.map(|handle| scope.get::<Control>(handle)).transpose();
    async move {
        let data = data?;
        let control = control?.unwrap_or_default();
        stoppable(&scope, &control, {
            let control = Arc::clone(&control);
            move || {
                let backtest = request::backtest_for(&data, request)?;
                Ok(answer::encode(backtest.run(&data, &control)?))
            }
        })
        .await
    }
}

/// Runs `work` on the blocking pool and cancels `control` when the operation is, or is dropped.
async fn stoppable<T, F>(scope: &Scope, control: &Arc<Control>, work: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    let stop = StopOnDrop(Arc::clone(control));
    let work = scope.blocking(work);
    tokio::pin!(work);
    tokio::select! {
        outcome = &mut work => outcome,
        () = scope.cancelled() => {
            drop(stop);
            work.await
        }
    }
}

/// Stops the work when its operation ends early, however that happens.
struct StopOnDrop(Arc<Control>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
