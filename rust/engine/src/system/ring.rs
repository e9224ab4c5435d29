//! Audit ticks of a running system that wait for their reader.

use std::collections::VecDeque;

use barter_integration::Terminal;
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{
    AuditFilter,
    audit::{Process, Tick},
};

/// What happens when as many ticks wait as may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOverflow {
    /// The market feed waits for the reader. Answers of exchanges and commands are still processed, so
    /// that a few more ticks than the capacity may wait.
    Block,
    /// The oldest tick is dropped and counted.
    DropOldest,
}

/// Which ticks of a system are kept, and how many.
#[derive(Debug, Clone, Copy)]
pub struct AuditConfig {
    /// Which ticks.
    pub filter: AuditFilter,
    /// Ticks that may wait, at least 1.
    pub capacity: usize,
    /// What happens beyond.
    pub overflow: AuditOverflow,
}

/// See the module.
#[derive(Debug)]
pub struct AuditRing {
    config: AuditConfig,
    state: Mutex<State>,
    changed: Notify,
    /// The feed, if it waits for room.
    pub(super) room: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    ticks: VecDeque<Tick>,
    dropped: u64,
    ended: bool,
    detached: bool,
}

impl AuditRing {
    pub(super) fn new(config: AuditConfig) -> Self {
        Self { config, state: Mutex::default(), changed: Notify::new(), room: AtomicWaker::new() }
    }

    pub(super) fn filter(&self) -> AuditFilter {
        self.config.filter
    }

    /// Whether a tick of this audit is kept.
    pub(super) fn wants(&self, audit: &Process) -> bool {
        match self.config.filter {
            AuditFilter::All => true,
            AuditFilter::Outputs => !audit.outputs.is_none() || audit.is_terminal(),
            AuditFilter::None => false,
        }
    }

    pub(super) fn push(&self, tick: Tick) {
        let mut state = self.state.lock();
        if state.detached {
            return;
        }
        if self.config.overflow == AuditOverflow::DropOldest
            && state.ticks.len() >= self.config.capacity
        {
            state.ticks.pop_front();
            state.dropped += 1;
        }
        state.ticks.push_back(tick);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether the feed must wait.
    pub(super) fn is_full(&self) -> bool {
        self.config.overflow == AuditOverflow::Block
            && self.state.lock().ticks.len() >= self.config.capacity
    }

    /// Nothing follows.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.changed.notify_waiters();
    }

    /// Takes up to `max` ticks; true when nothing follows them.
    pub fn take(&self, max: usize) -> (Vec<Tick>, bool) {
        let mut state = self.state.lock();
        let count = max.min(state.ticks.len());
        let ticks = state.ticks.drain(..count).collect();
        let done = state.ended && state.ticks.is_empty();
        drop(state);
        self.room.wake();
        (ticks, done)
    }

    /// Ticks dropped so far.
    pub fn dropped(&self) -> u64 {
        self.state.lock().dropped
    }

    /// Resolves when a tick waits or nothing follows.
    pub async fn readable(&self) {
        let mut changed = std::pin::pin!(self.changed.notified());
        loop {
            changed.as_mut().enable();
            if self.is_readable() {
                return;
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
    }

    fn is_readable(&self) -> bool {
        let state = self.state.lock();
        !state.ticks.is_empty() || state.ended || state.detached
    }

    /// The reader has gone: ticks are not kept any more and hold nothing up.
    pub fn detach(&self) {
        let mut state = self.state.lock();
        state.detached = true;
        state.ticks = VecDeque::new();
        drop(state);
        self.changed.notify_waiters();
        self.room.wake();
    }
}
