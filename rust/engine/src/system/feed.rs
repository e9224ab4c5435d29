//! Market feeds that need no network: a recording, and events brought by hand.

use std::{sync::Arc, time::Duration};

use barter_data::streams::consumer::MarketStreamEvent;
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use tokio::{sync::mpsc, time::Instant};

use super::gate::MarketFeed;
use crate::{MarketData, market_data::MarketRecord};

/// Replays a recording, once. With a speed, an event comes when its exchange time has passed that many
/// times as fast; events older than one before come at once. Without, as fast as they are taken.
pub(super) fn recorded(data: Arc<MarketData>, speed: Option<f64>) -> MarketFeed {
    let Some(speed) = speed else {
        let events = 0..data.events().len();
        return stream::iter(events.map(move |at| data.events()[at].clone())).boxed();
    };
    let begin = data.start();
    let started = Instant::now();
    stream::unfold(0, move |at| {
        let data = Arc::clone(&data);
        async move {
            let event = data.events().get(at)?.clone();
            if let MarketStreamEvent::Item(item) = &event {
                let after = (item.time_exchange - begin).to_std().unwrap_or_default();
                let due = Duration::try_from_secs_f64(after.as_secs_f64() / speed)
                    .ok()
                    .and_then(|after| started.checked_add(after));
                match due {
                    Some(due) if due > Instant::now() => tokio::time::sleep_until(due).await,
                    Some(_) => {}
                    // Beyond what a clock can count: it never comes.
                    None => std::future::pending().await,
                }
            }
            Some((event, at + 1))
        }
    })
    .boxed()
}

/// Brings events into a feed.
#[derive(Debug)]
pub(super) struct Hand(Mutex<Brought>);

#[derive(Debug)]
struct Brought {
    feed: mpsc::UnboundedSender<MarketRecord>,
    events: u64,
}

impl Hand {
    /// A feed and its hand.
    pub(super) fn new() -> (Self, MarketFeed) {
        let (feed, mut events) = mpsc::unbounded_channel();
        let stream = stream::poll_fn(move |context| events.poll_recv(context)).boxed();
        (Self(Mutex::new(Brought { feed, events: 0 })), stream)
    }

    /// Brings events, all in a row; answers with the number of events brought so far.
    pub(super) fn bring(&self, events: impl IntoIterator<Item = MarketRecord>) -> u64 {
        let mut brought = self.0.lock();
        for event in events {
            brought.events += 1;
            // A feed that is gone has an engine that is gone, which its waiters are told.
            let _gone = brought.feed.send(event);
        }
        brought.events
    }
}
