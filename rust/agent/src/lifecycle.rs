//! The truth about open and closed, which the crate does not keep.

use tokio::sync::watch;

use crate::{AgentError, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closing,
    Closed,
}

/// Open, closing or closed, with a wake for everything that waits.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    state: watch::Sender<State>,
}

/// Ends when its agent starts to close. Cheap to clone; outlives the agent.
#[derive(Debug, Clone)]
pub(crate) struct Closing(watch::Receiver<State>);

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State::Open) }
    }

    pub(crate) fn ensure_open(&self) -> Result<()> {
        if *self.state.borrow() == State::Open { Ok(()) } else { Err(AgentError::Closed) }
    }

    /// True for the first caller, who then owes a [`finish`](Self::finish).
    pub(crate) fn begin(&self) -> bool {
        self.state.send_if_modified(|state| {
            let first = *state == State::Open;
            if first {
                *state = State::Closing;
            }
            first
        })
    }

    pub(crate) fn finish(&self) {
        self.state.send_replace(State::Closed);
    }

    pub(crate) fn closing(&self) -> Closing {
        Closing(self.state.subscribe())
    }

    /// Waits until [`finish`](Self::finish) was called.
    pub(crate) async fn closed(&self) {
        // An error means that the sender is gone; `self` holds it.
        let _ = self.state.subscribe().wait_for(|state| *state == State::Closed).await;
    }
}

impl Closing {
    /// Waits until the agent starts to close or is gone.
    pub(crate) async fn begun(&mut self) {
        let _ = self.0.wait_for(|state| *state != State::Open).await;
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.0.borrow() == State::Open
    }
}
