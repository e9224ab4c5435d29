//! A backtest in steps: handlers and wire types. The steps themselves go through
//! [`crate::abi::tendon_engine_step`], without JSON.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tendon_engine::{
    Answer, AuditFilter, Instruments, MarketData, OrderRequestOpen, Run, Snapshot, StateView,
    Stepped, SystemRun, Tick, VIEW_HEADER, VIEW_RECORD, VIEW_SLOT, side_is_buy,
    time::format as rfc3339,
};
use ts_rs::TS;

use super::{
    answer::{BacktestHead, encode, text},
    request::{RunBacktest, backtest_for},
};
use crate::{Failure, Object, Packed, Scope, Status, library::Nothing};

/// A run behind a handle.
#[derive(Debug)]
pub(crate) struct EngineRun(Mutex<Steps>);

/// What is stepped.
#[derive(Debug)]
pub(super) enum Steps {
    /// A backtest.
    Backtest(Box<Run>),
    /// The strategy of a running system.
    System(Box<SystemRun>),
}

impl Steps {
    fn common(&mut self) -> &mut dyn Stepped {
        match self {
            Self::Backtest(run) => run.as_mut(),
            Self::System(run) => run.as_mut(),
        }
    }

    fn ready(&self) -> Option<impl Future<Output = ()> + Send + use<>> {
        match self {
            Self::Backtest(_) => None,
            Self::System(run) => Some(run.ready()),
        }
    }

    /// # Errors
    ///
    /// `engine_unsupported` for a system.
    fn backtest(&mut self) -> Result<&mut Run, Failure> {
        match self {
            Self::Backtest(run) => Ok(run),
            Self::System(_) => Err(Failure::new(
                Status::Unsupported,
                "engine_unsupported",
                "the run belongs to a system, not to a backtest",
            )),
        }
    }
}

impl Object for EngineRun {
    const KIND: &'static str = "engine run";
}

impl EngineRun {
    pub(super) fn new(steps: Steps) -> Self {
        Self(Mutex::new(steps))
    }

    /// Resolves when a step has something to do; at once for a backtest.
    pub(super) async fn ready(&self) {
        let ready = self.0.lock().ready();
        if let Some(ready) = ready {
            ready.await;
        }
    }

    /// One step; see [`Stepped::step`].
    ///
    /// # Errors
    ///
    /// `engine_…`.
    pub(crate) fn step(
        &self,
        view: &mut [f64],
        orders: &[u8],
        max_events: usize,
    ) -> Result<i32, Failure> {
        Ok(self.0.lock().common().step(view, orders, max_events)? as i32)
    }
}

/// A state to start a replica from.
#[derive(Debug)]
pub(super) struct EngineSnapshot {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) instruments: Arc<Instruments>,
}

impl Object for EngineSnapshot {
    const KIND: &'static str = "engine snapshot";
}

/// Which audit ticks are kept.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "AuditFilterRequest")]
pub(crate) enum Filter {
    /// Every one.
    All,
    /// Those with outputs or errors.
    Outputs,
    /// Not one.
    None,
}

impl From<Filter> for AuditFilter {
    fn from(filter: Filter) -> Self {
        match filter {
            Filter::All => Self::All,
            Filter::Outputs => Self::Outputs,
            Filter::None => Self::None,
        }
    }
}

/// Asks for a backtest that is stepped from outside.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenRun {
    /// The backtest.
    run: RunBacktest,
    /// Which audit ticks to keep, or null for no audits.
    audits: Option<Filter>,
    /// Events per step that the view has records for.
    events: u32,
    /// Whether the orders of a strategy inside the engine are judged outside.
    judged: bool,
}

/// A run.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedRun {
    /// Handle of the run.
    run: u64,
    /// Doubles of its view.
    view_length: u32,
    /// Doubles in front of the slots.
    view_header: u32,
    /// Doubles per instrument.
    view_slot: u32,
    /// Doubles per event.
    view_record: u32,
    /// The state in front of the first audit tick, or null without audits.
    snapshot: Option<SnapshotRef>,
}

/// A snapshot of an engine's state.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SnapshotRef {
    /// Handle of the snapshot.
    snapshot: u64,
    /// Its number in the sequence of ticks.
    sequence: u64,
    /// Engine time.
    time: String,
}

/// Names a run.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunRef {
    /// Handle of the run.
    pub(super) run: u64,
}

/// Names an instrument of a run.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunInstrument {
    /// Handle of the run.
    run: u64,
    /// Index of the instrument.
    instrument: u32,
}

/// An instrument's exact state.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunInstrumentState {
    /// The state.
    #[ts(type = "unknown")]
    instrument: tendon_engine::InstrumentView,
}

/// Balances of a run.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunBalances {
    /// By asset index.
    #[ts(type = "unknown[]")]
    balances: Vec<tendon_engine::BalanceView>,
}

/// An engine's state.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EngineState {
    /// The state.
    #[ts(type = "unknown")]
    pub(super) state: StateView,
    /// Engine time.
    pub(super) time: String,
    /// Why it takes no more events, or null.
    pub(super) stopped: Option<&'static str>,
}

/// Asks for audit ticks.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunAudits {
    /// Handle of the run.
    run: u64,
    /// Events to replay while no tick waits, for a strategy inside the engine; 0 replays none.
    events: u32,
    /// Most ticks to take.
    max: u32,
}

/// Audit ticks in upstream's shape.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditBatch {
    /// In order.
    #[ts(type = "unknown[]")]
    pub(super) ticks: Vec<Tick>,
    /// Nothing follows.
    pub(super) done: bool,
}

/// Answers to orders.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunAnswers {
    /// In order of delivery.
    answers: Vec<OrderAnswer>,
}

/// One answer.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "AnswerRecord")]
pub(crate) struct OrderAnswer {
    /// The execution.
    fill: Option<FillRecord>,
    /// The position it closed.
    exit: Option<ExitRecord>,
    /// What became of the order.
    order: Option<OrderRecord>,
}

/// One execution.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FillRecord {
    /// Time at the exchange.
    time: String,
    /// Instrument index.
    instrument: u32,
    /// Direction.
    #[ts(type = "\"buy\" | \"sell\"")]
    side: &'static str,
    /// Price.
    price: String,
    /// Quantity.
    quantity: String,
    /// Fee in the quote asset.
    fees: String,
    /// Order id of the exchange.
    order_id: String,
    /// Trade id of the exchange.
    trade_id: String,
}

/// A closed position.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExitRecord {
    /// Instrument index.
    instrument: u32,
    /// Direction of the position.
    #[ts(type = "\"buy\" | \"sell\"")]
    side: &'static str,
    /// First fill.
    time_enter: String,
    /// Closing fill.
    time_exit: String,
    /// Average entry price.
    entry_price: String,
    /// Price of the closing fill.
    exit_price: String,
    /// Largest quantity held.
    quantity: String,
    /// Realised result after fees.
    pnl: String,
    /// `pnl / (entryPrice · quantity)`.
    r#return: String,
    /// Fees on the way in.
    fees_enter: String,
    /// Fees on the way out.
    fees_exit: String,
}

/// What became of an order.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderRecord {
    /// Client order id.
    cid: String,
    /// Instrument index.
    instrument: u32,
    /// Direction, or null for the answer to a cancellation.
    #[ts(type = "\"buy\" | \"sell\" | null")]
    side: Option<&'static str>,
    /// Quantity, or null for the answer to a cancellation.
    quantity: Option<String>,
    /// The end of it, or `open`.
    #[ts(
        type = "\"filled\" | \"open\" | \"rejected\" | \"cancelled\" | \"cancelFailed\" | \"expired\""
    )]
    status: &'static str,
    /// Why it was rejected, or null.
    reason: Option<String>,
}

/// Orders that wait for a verdict.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunProposals {
    /// In the order they would be sent.
    proposals: Vec<ProposalRecord>,
}

/// A market order that a strategy inside the engine would send.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProposalRecord {
    /// Client order id.
    cid: String,
    /// Instrument index.
    instrument: u32,
    /// Direction.
    #[ts(type = "\"buy\" | \"sell\"")]
    side: &'static str,
    /// Quantity.
    quantity: String,
    /// Price.
    price: String,
}

fn side(side_is_buy: bool) -> &'static str {
    if side_is_buy { "buy" } else { "sell" }
}

impl From<Answer> for OrderAnswer {
    fn from(answer: Answer) -> Self {
        Self {
            fill: answer.fill.map(|fill| FillRecord {
                time: rfc3339(fill.time),
                instrument: fill.instrument as u32,
                side: side(side_is_buy(fill.side)),
                price: text(fill.price),
                quantity: text(fill.quantity),
                fees: text(fill.fees),
                order_id: fill.order_id.to_string(),
                trade_id: fill.trade_id.to_string(),
            }),
            exit: answer.exit.map(|exit| ExitRecord {
                instrument: exit.instrument as u32,
                side: side(side_is_buy(exit.side)),
                time_enter: rfc3339(exit.time_enter),
                time_exit: rfc3339(exit.time_exit),
                entry_price: text(exit.entry_price),
                exit_price: text(exit.exit_price),
                quantity: text(exit.quantity),
                pnl: text(exit.pnl),
                r#return: text(exit.pnl_return),
                fees_enter: text(exit.fees_enter),
                fees_exit: text(exit.fees_exit),
            }),
            order: answer.order.map(|order| OrderRecord {
                cid: order.cid,
                instrument: order.instrument as u32,
                side: order.side.map(|bought| side(side_is_buy(bought))),
                quantity: order.quantity.map(text),
                status: order.status,
                reason: order.reason,
            }),
        }
    }
}

/// Stores a snapshot and names it.
pub(super) fn snapshot_ref(
    scope: &Scope,
    snapshot: Arc<Snapshot>,
    instruments: &Arc<Instruments>,
) -> SnapshotRef {
    let (sequence, time) = (snapshot.sequence(), rfc3339(snapshot.time()));
    let instruments = Arc::clone(instruments);
    let snapshot = scope.insert(Arc::new(EngineSnapshot { snapshot, instruments }));
    SnapshotRef { snapshot, sequence, time }
}

/// `engine.openRun`: a backtest in steps.
///
/// # Errors
///
/// `bad_handle`, `config_…`.
pub(crate) fn open_run(scope: &Scope, request: OpenRun) -> Result<OpenedRun, Failure> {
    let data = scope.get::<MarketData>(request.run.data)?;
    let backtest = backtest_for(&data, request.run)?;
    let instruments = Arc::clone(data.instruments());
    let mut run = backtest.open(data, request.audits.map(Into::into))?;
    if request.judged {
        run = run.judged();
    }
    let snapshot = run.snapshot().map(|snapshot| snapshot_ref(scope, snapshot, &instruments));
    let view_length = run.view_length(request.events as usize);
    Ok(opened_run(scope, Steps::Backtest(Box::new(run)), view_length, snapshot))
}

/// Stores a run and says how its view is laid out.
pub(super) fn opened_run(
    scope: &Scope,
    steps: Steps,
    view_length: usize,
    snapshot: Option<SnapshotRef>,
) -> OpenedRun {
    OpenedRun {
        view_length: view_length as u32,
        view_header: VIEW_HEADER as u32,
        view_slot: VIEW_SLOT as u32,
        view_record: VIEW_RECORD as u32,
        run: scope.insert(Arc::new(EngineRun::new(steps))),
        snapshot,
    }
}

/// `engine.runError`: fails with what stopped the run's last step.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn run_error(scope: &Scope, request: RunRef) -> Result<Nothing, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let failure = run.0.lock().common().failure().cloned();
    failure.map_or_else(|| Ok(Nothing {}), |failure| Err(failure.into()))
}

/// `engine.runAnswers`: answers to orders since the last call.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn run_answers(scope: &Scope, request: RunRef) -> Result<RunAnswers, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let answers = run.0.lock().common().take_answers();
    Ok(RunAnswers { answers: answers.into_iter().map(Into::into).collect() })
}

/// `engine.runProposals`: orders of the strategy inside the engine that the next step sends, but for
/// those it refuses.
///
/// # Errors
///
/// `bad_handle`, `engine_unsupported` for a system.
pub(crate) fn run_proposals(scope: &Scope, request: RunRef) -> Result<RunProposals, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let mut steps = run.0.lock();
    let proposals = steps
        .backtest()?
        .proposals()
        .iter()
        .map(|OrderRequestOpen { key, state }| ProposalRecord {
            cid: key.cid.to_string(),
            instrument: key.instrument.index() as u32,
            side: side(side_is_buy(state.side)),
            quantity: text(state.quantity),
            price: text(state.price),
        })
        .collect();
    Ok(RunProposals { proposals })
}

/// `engine.runAudits`: audit ticks; replays a strategy inside the engine to make some.
///
/// # Errors
///
/// `bad_handle`, `engine_…`.
pub(crate) fn run_audits(scope: &Scope, request: RunAudits) -> Result<AuditBatch, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let mut run = run.0.lock();
    let run = run.backtest()?;
    let mut done = false;
    if run.ticks() == 0 && request.events > 0 {
        done = run.advance(request.events as usize)?;
    }
    let ticks = run.take_ticks(request.max as usize);
    done &= run.ticks() == 0;
    Ok(AuditBatch { ticks, done })
}

/// `engine.runState`: the engine's state.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn run_state(scope: &Scope, request: RunRef) -> Result<EngineState, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let mut run = run.0.lock();
    let run = run.common();
    Ok(EngineState { state: run.state(), time: rfc3339(run.time()), stopped: None })
}

/// `engine.runInstrument`: one instrument, exact.
///
/// # Errors
///
/// `bad_handle`, `config_instruments`.
pub(crate) fn run_instrument(
    scope: &Scope,
    request: RunInstrument,
) -> Result<RunInstrumentState, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let instrument =
        run.0.lock().common().instrument(request.instrument as usize).ok_or_else(|| {
            Failure::new(
                Status::Argument,
                "config_instruments",
                "the instrument is not in the table",
            )
        })?;
    Ok(RunInstrumentState { instrument })
}

/// `engine.runBalances`: balances, exact.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn run_balances(scope: &Scope, request: RunRef) -> Result<RunBalances, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let balances = run.0.lock().common().balances();
    Ok(RunBalances { balances })
}

/// `engine.runResult`: ends the run and sums up.
///
/// # Errors
///
/// `bad_handle`, `engine_failed`.
pub(crate) fn run_result(scope: &Scope, request: RunRef) -> Result<Packed<BacktestHead>, Failure> {
    let run = scope.get::<EngineRun>(request.run)?;
    let outcome = run.0.lock().backtest()?.outcome()?.clone();
    Ok(encode(outcome))
}
