//! Watches the tasks of a system and ends it when one of them does.

use std::{any::Any, sync::Arc};

use barter::system::{System as Running, SystemAuxillaryHandles};
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::task::{AbortHandle, JoinError, JoinHandle};

use super::{SystemEnd, host::Host, shared::Shared};
use crate::{EngineError, audit::Event, replay::panic_text};

/// Returns once the system has ended and its tasks are told to.
pub(super) async fn supervise(
    shared: Arc<Shared>,
    system: Running<Host, Event>,
    pairing: JoinHandle<()>,
    // Keep the account channels open that no exchange feeds.
    channels: impl Any + Send,
) {
    let Running { mut engine, handles, feed_tx: _, audit: _ } = system;
    let SystemAuxillaryHandles { execution, market_to_engine: mut market, account_to_engine } =
        handles;
    let execution: Vec<JoinHandle<()>> =
        execution.into_iter().chain([account_to_engine, pairing]).collect();
    let mut aborts: Vec<AbortHandle> = execution.iter().map(JoinHandle::abort_handle).collect();
    aborts.extend([engine.abort_handle(), market.abort_handle()]);
    let mut execution: FuturesUnordered<_> = execution.into_iter().collect();
    let hosted = shared.inbox.is_some();
    let (mut engine_runs, mut market_runs) = (true, true);

    let end = loop {
        tokio::select! {
            // An engine that has ended takes its exchanges along: look at it first.
            biased;
            () = shared.abort.notified() => break SystemEnd::Aborted,
            () = shared.stepped_out.notified() => break own_end(&shared),
            joined = &mut engine, if engine_runs => match joined {
                Err(error) => break failed(error),
                // Upstream's runner has passed the last event on to the steps.
                Ok(_) if hosted => engine_runs = false,
                Ok(_) => break own_end(&shared),
            },
            joined = &mut market, if market_runs => {
                market_runs = false;
                if let Err(error) = joined {
                    break failed(error);
                }
            }
            Some(joined) = execution.next() => {
                // Whoever brings answers ends with the runner, and a hosted strategy a little later.
                if !engine_runs || shared.core.lock().ended.is_some() {
                    continue;
                }
                break joined.map_or_else(failed, |()| {
                    SystemEnd::Failed(EngineError::run(
                        "engine_failed",
                        "the execution of an exchange has ended",
                    ))
                });
            }
        }
    };
    for task in aborts {
        task.abort();
    }
    shared.finish(end);
    drop(channels);
}

fn own_end(shared: &Shared) -> SystemEnd {
    shared.core.lock().ended.clone().unwrap_or(SystemEnd::Shutdown)
}

fn failed(error: JoinError) -> SystemEnd {
    SystemEnd::Failed(match error.try_into_panic() {
        Ok(panic) => panic_text(panic),
        Err(_) => EngineError::run("engine_failed", "a task of the system was cancelled"),
    })
}
