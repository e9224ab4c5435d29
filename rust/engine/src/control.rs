//! Cancelling a run and watching its progress from another thread.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between a run and whoever started it.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    events: AtomicU64,
}

impl Control {
    /// Asks the run to stop before its next block of events.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Market events replayed so far; advances in blocks.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(crate) fn set_events(&self, events: u64) {
        self.events.store(events, Ordering::Relaxed);
    }
}
