//! Sweeps: many backtests on a bounded number of native threads, one stream item per finished run.

use std::{num::NonZeroUsize, sync::Arc, thread};

use serde::{Deserialize, Serialize};
use tendon_engine::{Control, MarketData};
use ts_rs::TS;

use super::{BacktestHead, RunBacktest, answer, request::backtest_for};
use crate::{
    Failure, Packed, Scope, Stream, StreamOptions, answer::Payload, boundary, library::Nothing,
};

/// Backtests to run, each over the data set it names.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunSweep {
    /// The runs; their own `progress` is not looked at.
    runs: Vec<RunBacktest>,
    /// Handle of a counter that sums the events of all runs; closing it stops the sweep.
    progress: u64,
    /// Most threads, or null for as many as there are cores.
    threads: Option<u32>,
    /// Where finished runs go, in order of their ends, each a packed `SweepItem`.
    stream: StreamOptions,
}

/// A finished run; its columns are those of `BacktestHead`.
#[derive(Debug, Serialize)]
struct SweepItem {
    /// Position in the request.
    position: usize,
    /// What it found, or null when it failed.
    head: Option<BacktestHead>,
    /// Why it failed, or null.
    failure: Option<Failure>,
}

type Run = Result<(Arc<MarketData>, RunBacktest), Failure>;

/// `engine.sweep`: starts the runs and answers at once.
///
/// # Errors
///
/// `bad_handle`, `invalid_request`, `closed`.
pub(crate) fn open(
    scope: Scope,
    request: RunSweep,
) -> impl Future<Output = Result<Nothing, Failure>> + Send {
    // Looked up before the call returns: closing the data right after it does not stop the sweep.
    let control = scope.get::<Control>(request.progress);
    let runs: Vec<Run> =
        request.runs.into_iter().map(|run| Ok((scope.get::<MarketData>(run.data)?, run))).collect();
    async move {
        let control = control?;
        let stream = scope.stream(&request.stream)?;
        let threads = request.threads.map_or_else(cores, |threads| threads as usize);
        crate::runtime::spawn(serve(scope, runs, threads, control, stream));
        Ok(Nothing {})
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

async fn serve(
    scope: Scope,
    runs: Vec<Run>,
    threads: usize,
    control: Arc<Control>,
    stream: Arc<Stream>,
) {
    let work = scope.blocking({
        let (control, stream) = (Arc::clone(&control), Arc::clone(&stream));
        move || {
            tendon_engine::sweep(runs.len(), threads, &control, |position, part| {
                let outcome = boundary::guard(|| run(&runs[position], part));
                // Runs that were stopped have no reader.
                if part.is_cancelled() {
                    return;
                }
                let item = encode(position, outcome);
                if futures::executor::block_on(stream.push(&[&item])).is_err() {
                    control.cancel();
                }
            });
            Ok(())
        }
    });
    tokio::pin!(work);
    let outcome = tokio::select! {
        outcome = &mut work => outcome,
        () = stream.closed() => {
            control.cancel();
            work.await
        }
    };
    stream.end(outcome);
}

fn run(run: &Run, control: &Control) -> Result<Packed<BacktestHead>, Failure> {
    let (data, request) = run.as_ref().map_err(Failure::clone)?;
    let backtest = backtest_for(data, request.clone())?;
    Ok(answer::encode(backtest.run(data, control)?))
}

/// A run whose result cannot be encoded has failed, like any other that cannot be delivered.
fn encode(position: usize, outcome: Result<Packed<BacktestHead>, Failure>) -> Vec<u8> {
    let failed = |failure: Failure| Packed {
        head: SweepItem { position, head: None, failure: Some(failure) },
        columns: Vec::new(),
    };
    let packed = match outcome {
        Ok(Packed { head, columns }) => {
            Packed { head: SweepItem { position, head: Some(head), failure: None }, columns }
        }
        Err(failure) => failed(failure),
    };
    Payload::packed(&packed)
        .or_else(|failure| Payload::packed(&failed(failure)))
        .map_or_else(|_| Vec::new(), |payload| payload.bytes)
}
