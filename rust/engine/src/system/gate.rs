//! Between a market feed and the engine: bounds what is under way and tells who waits for it.
//!
//! Upstream forwards a feed into an unbounded channel, as fast as the feed gives: a recording would
//! queue all of itself ahead of the exchanges' answers. The gate lets in no more than a window.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures::{Stream, stream::BoxStream, task::AtomicWaker};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::ring::AuditRing;
use crate::market_data::MarketRecord;

/// Market events that may be under way to the engine.
const WINDOW: u64 = 256;
/// A feed that waited goes on from here, so that it is not woken for every event.
const LOW: u64 = WINDOW / 2;
const NOBODY: u64 = u64::MAX;

/// A market feed of any origin. The instruments must be those of the system.
pub type MarketFeed = BoxStream<'static, MarketRecord>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Gate {
    emitted: AtomicU64,
    processed: AtomicU64,
    closed: AtomicBool,
    exhausted: AtomicBool,
    feed: AtomicWaker,
    /// The least count somebody waits for.
    next: AtomicU64,
    waiters: Mutex<Waiters>,
    audits: Option<Arc<AuditRing>>,
}

#[derive(Debug, Default)]
struct Waiters {
    counts: Vec<(u64, oneshot::Sender<()>)>,
    end: Vec<oneshot::Sender<()>>,
    stopped: bool,
}

impl Gate {
    pub(super) fn new(audits: Option<Arc<AuditRing>>) -> Self {
        Self { next: AtomicU64::new(NOBODY), audits, ..Self::default() }
    }

    /// Counts events that the engine has done with.
    pub(super) fn processed(&self, events: u64) {
        if events == 0 {
            return;
        }
        let after = self.processed.fetch_add(events, Ordering::SeqCst) + events;
        let left = self.emitted.load(Ordering::SeqCst).saturating_sub(after);
        if left <= LOW && left + events > LOW {
            self.feed.wake();
        }
        if after >= self.next.load(Ordering::SeqCst) {
            self.settle();
        }
    }

    /// Lets nothing in any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.feed.wake();
    }

    /// The engine has stopped: who waits is told by a dropped sender.
    pub(super) fn stop(&self) {
        self.close();
        *self.waiters.lock() = Waiters { stopped: true, ..Waiters::default() };
    }

    /// Resolves when `count` events have been processed; fails if the engine stops before.
    pub(super) fn reached(&self, count: u64) -> oneshot::Receiver<()> {
        self.wait(|waiters, done| waiters.counts.push((count, done)))
    }

    /// Resolves when the feed has ended and all of it has been processed; fails if the engine stops
    /// before.
    pub(super) fn drained(&self) -> oneshot::Receiver<()> {
        self.wait(|waiters, done| waiters.end.push(done))
    }

    fn wait(&self, add: impl FnOnce(&mut Waiters, oneshot::Sender<()>)) -> oneshot::Receiver<()> {
        let (done, wait) = oneshot::channel();
        let mut waiters = self.waiters.lock();
        if !waiters.stopped {
            add(&mut waiters, done);
        }
        drop(waiters);
        self.settle();
        wait
    }

    /// Tells who has waited long enough.
    fn settle(&self) {
        let mut waiters = self.waiters.lock();
        loop {
            let end = (self.exhausted.load(Ordering::SeqCst) && !waiters.end.is_empty())
                .then(|| self.emitted.load(Ordering::SeqCst));
            let next = waiters.counts.iter().map(|(count, _)| *count).chain(end).min();
            let next = next.unwrap_or(NOBODY);
            self.next.store(next, Ordering::SeqCst);
            // Read after `next` is set: an event processed in between has seen it, or is seen here.
            let processed = self.processed.load(Ordering::SeqCst);
            if processed < next {
                return;
            }
            let (ready, later) = std::mem::take(&mut waiters.counts)
                .into_iter()
                .partition(|(at, _)| *at <= processed);
            waiters.counts = later;
            let ready: Vec<(u64, oneshot::Sender<()>)> = ready;
            let ended = if end.is_some_and(|end| end <= processed) {
                std::mem::take(&mut waiters.end)
            } else {
                Vec::new()
            };
            for done in ready.into_iter().map(|(_, done)| done).chain(ended) {
                // Nobody minds a waiter that has gone.
                let _gone = done.send(());
            }
        }
    }

    fn holds(&self) -> bool {
        let under_way = self
            .emitted
            .load(Ordering::SeqCst)
            .saturating_sub(self.processed.load(Ordering::SeqCst));
        under_way >= WINDOW || self.audits.as_ref().is_some_and(|audits| audits.is_full())
    }
}

/// A feed behind its gate.
pub(super) struct Gated {
    feed: MarketFeed,
    gate: Arc<Gate>,
}

impl Gated {
    pub(super) fn new(feed: MarketFeed, gate: Arc<Gate>) -> Self {
        Self { feed, gate }
    }
}

impl Stream for Gated {
    type Item = MarketRecord;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<MarketRecord>> {
        let gate = Arc::clone(&self.gate);
        gate.feed.register(context.waker());
        if let Some(audits) = &gate.audits {
            audits.room.register(context.waker());
        }
        if gate.closed.load(Ordering::SeqCst) {
            return Poll::Ready(None);
        }
        if gate.holds() {
            return Poll::Pending;
        }
        match self.feed.as_mut().poll_next(context) {
            Poll::Ready(Some(event)) => {
                gate.emitted.fetch_add(1, Ordering::SeqCst);
                Poll::Ready(Some(event))
            }
            Poll::Ready(None) => {
                gate.exhausted.store(true, Ordering::SeqCst);
                gate.settle();
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
