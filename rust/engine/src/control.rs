//! Cancelling a run and watching its progress from another thread.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Shared between a run and whoever started it.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    events: AtomicU64,
    whole: Option<Arc<Control>>,
}

impl Control {
    /// The control of one part of `whole`: cancelled with it, and its events count there as well.
    pub fn part_of(whole: &Arc<Self>) -> Self {
        Self { whole: Some(Arc::clone(whole)), ..Self::default() }
    }

    /// Asks the run to stop before its next block of events.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
            || self.whole.as_ref().is_some_and(|whole| whole.is_cancelled())
    }

    /// Market events replayed so far; advances in blocks.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(crate) fn set_events(&self, events: u64) {
        let before = self.events.swap(events, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.events.fetch_add(events.saturating_sub(before), Ordering::Relaxed);
        }
    }
}
