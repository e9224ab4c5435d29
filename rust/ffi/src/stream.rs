//! Streams: many items for one subscription, with credit, a bounded ring and a stated overflow policy.
//!
//! The consumer grants credit for items it is about to read. While it has credit, items go straight into the
//! queue; without, they wait in the ring, and when the ring is full the policy decides. Every item lost is
//! counted and reported by a gap frame at the place where it is missing.

use std::{collections::VecDeque, sync::Arc};

use serde::Deserialize;
use tokio::sync::Notify;
use ts_rs::TS;

use crate::{
    Failure, Status,
    context::Context,
    queue::{FLAG_ERROR, FLAG_JSON, Frame, FrameKind, HEADER_BYTES, State},
};

/// What happens to an item that finds the buffer full.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Overflow {
    /// The producer waits.
    Block,
    /// The oldest buffered item is dropped and counted.
    DropOldest,
    /// The new item is dropped and counted.
    DropNewest,
    /// The stream ends with an error after what is buffered.
    Fail,
    /// The buffered item of the same key gives way to the new one and is counted; what is delivered
    /// stays in order of arrival. With more keys than room the oldest item is dropped. Items of a
    /// producer that names no keys have one.
    LatestPerKey,
}

/// How a stream is delivered.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StreamOptions {
    /// Number that the consumer chose; unique in its context.
    pub(crate) id: u64,
    /// Items buffered natively while the consumer is slow, at least 1.
    pub(crate) capacity: u32,
    /// Policy when the buffer is full.
    pub(crate) overflow: Overflow,
}

struct Item {
    key: u64,
    gap_before: u64,
    payload: Box<[u8]>,
}

/// The part of a stream that lives under the queue's lock.
pub(crate) struct StreamState {
    ring: VecDeque<Item>,
    capacity: usize,
    overflow: Overflow,
    credit: u32,
    /// Items dropped after the newest one in the ring.
    tail_gap: u64,
    /// The end, once it is decided; emitted when the ring is empty.
    ending: Option<Result<(), Failure>>,
    shared: Arc<Shared>,
}

impl StreamState {
    /// Drops a buffered item and notes the gap before the one behind it. Answers the gap that belongs
    /// before the next item, if there was none behind.
    fn lose(&mut self, at: usize) -> u64 {
        let Some(item) = self.ring.remove(at) else { return 0 };
        let lost = item.gap_before + 1;
        match self.ring.get_mut(at) {
            Some(next) => {
                next.gap_before += lost;
                0
            }
            None => lost,
        }
    }

    /// Tells producers that nobody listens any more.
    pub(crate) fn detach(self) {
        self.shared.detached.cancel();
        self.shared.room.notify_waiters();
    }
}

struct Shared {
    detached: tokio_util::sync::CancellationToken,
    room: Notify,
}

/// The stream is closed; the producer stops.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// The producer's side of a stream.
pub(crate) struct Stream {
    id: u64,
    context: Arc<Context>,
    shared: Arc<Shared>,
}

enum Attempt {
    Done,
    Closed,
    Full,
}

impl Stream {
    /// Registers a stream with its context.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a used id or a zero capacity, `closed` for a closed context.
    pub(crate) fn open(
        context: &Arc<Context>,
        options: &StreamOptions,
    ) -> Result<Arc<Self>, Failure> {
        if options.capacity == 0 {
            return Err(Failure::new(
                Status::Argument,
                "invalid_request",
                "stream.capacity must be at least 1",
            ));
        }
        let shared = Arc::new(Shared {
            detached: tokio_util::sync::CancellationToken::new(),
            room: Notify::new(),
        });
        let mut state = context.queue.lock();
        if state.is_closed() {
            return Err(Failure::closed("context"));
        }
        if state.streams.contains_key(&options.id) {
            return Err(Failure::new(
                Status::Argument,
                "invalid_request",
                format!("stream {} is already open", options.id),
            ));
        }
        state.streams.insert(
            options.id,
            StreamState {
                ring: VecDeque::new(),
                capacity: options.capacity as usize,
                overflow: options.overflow,
                credit: 0,
                tail_gap: 0,
                ending: None,
                shared: Arc::clone(&shared),
            },
        );
        drop(state);
        Ok(Arc::new(Self { id: options.id, context: Arc::clone(context), shared }))
    }

    fn attempt(&self, key: u64, parts: &[&[u8]]) -> Attempt {
        let queue = &self.context.queue;
        let mut guard = queue.lock();
        let state = &mut *guard;
        let frame = Frame { kind: FrameKind::StreamItem, flags: 0, id: self.id, status: 0, parts };
        let room = state.has_room(frame.padded_len());
        let Some(stream) = state.streams.get_mut(&self.id).filter(|stream| stream.ending.is_none())
        else {
            return Attempt::Closed;
        };
        if stream.credit > 0 && room && stream.ring.is_empty() && stream.tail_gap == 0 {
            stream.credit -= 1;
            state.append(&frame);
            queue.signal(state);
            return Attempt::Done;
        }
        let mut gap_before = std::mem::take(&mut stream.tail_gap);
        let mut dropped = 0;
        if stream.overflow == Overflow::LatestPerKey
            && let Some(at) = stream.ring.iter().position(|item| item.key == key)
        {
            gap_before += stream.lose(at);
            dropped += 1;
        }
        if stream.ring.len() >= stream.capacity {
            match stream.overflow {
                Overflow::Block => {
                    stream.tail_gap = gap_before;
                    return Attempt::Full;
                }
                Overflow::DropNewest => {
                    stream.tail_gap = gap_before + 1;
                    state.count_dropped(1);
                    return Attempt::Done;
                }
                Overflow::DropOldest | Overflow::LatestPerKey => {
                    gap_before += stream.lose(0);
                    dropped += 1;
                }
                Overflow::Fail => {
                    stream.tail_gap = gap_before;
                    stream.ending = Some(Err(Failure::new(
                        Status::Busy,
                        "stream_overflow",
                        format!("the consumer fell behind by more than {} items", stream.capacity),
                    )));
                    flush(state, self.id);
                    queue.signal(state);
                    return Attempt::Closed;
                }
            }
        }
        stream.ring.push_back(Item { key, gap_before, payload: parts.concat().into_boxed_slice() });
        let credit = stream.credit;
        state.count_dropped(dropped);
        if credit > 0 {
            flush(state, self.id);
            queue.signal(state);
        }
        Attempt::Done
    }

    /// Delivers one item; `parts` are joined. Waits for room under [`Overflow::Block`].
    ///
    /// # Errors
    ///
    /// [`Closed`] when the consumer left, the context closed or the policy ended the stream.
    pub(crate) async fn push(&self, parts: &[&[u8]]) -> Result<(), Closed> {
        self.push_keyed(0, parts).await
    }

    /// [`push`](Self::push) for an item that [`Overflow::LatestPerKey`] tells from others by `key`.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub(crate) async fn push_keyed(&self, key: u64, parts: &[&[u8]]) -> Result<(), Closed> {
        loop {
            let room = self.shared.room.notified();
            match self.attempt(key, parts) {
                Attempt::Done => return Ok(()),
                Attempt::Closed => return Err(Closed),
                Attempt::Full => room.await,
            }
        }
    }

    /// Reports items that were lost before they came here, at the place of the next item.
    pub(crate) fn count_lost(&self, items: u64) {
        if items == 0 {
            return;
        }
        let mut state = self.context.queue.lock();
        if let Some(stream) = state.streams.get_mut(&self.id) {
            stream.tail_gap += items;
            state.count_dropped(items);
        }
    }

    /// Ends the stream after what is buffered. Later pushes answer [`Closed`].
    pub(crate) fn end(&self, outcome: Result<(), Failure>) {
        let queue = &self.context.queue;
        let mut guard = queue.lock();
        let state = &mut *guard;
        let Some(stream) = state.streams.get_mut(&self.id) else { return };
        if stream.ending.is_none() {
            stream.ending = Some(outcome);
            flush(state, self.id);
            queue.signal(state);
        }
    }

    /// Resolves when the consumer left or the context closed.
    pub(crate) async fn closed(&self) {
        self.shared.detached.cancelled().await;
    }

    /// Cancelled from the moment at which [`closed`](Self::closed) resolves.
    pub(crate) fn detached(&self) -> tokio_util::sync::CancellationToken {
        self.shared.detached.clone()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A producer that is gone cannot leave its consumer waiting.
        self.end(Ok(()));
    }
}

/// Grants credit for `items` more items.
///
/// # Errors
///
/// `bad_handle` when the stream is not open.
pub(crate) fn grant(context: &Context, id: u64, items: u32) -> Result<(), Failure> {
    let mut guard = context.queue.lock();
    let state = &mut *guard;
    let stream = state.streams.get_mut(&id).ok_or_else(|| Failure::bad_handle("stream"))?;
    stream.credit = stream.credit.saturating_add(items);
    flush(state, id);
    context.queue.signal(state);
    Ok(())
}

/// Forgets a stream on behalf of its consumer; true if it was open.
pub(crate) fn close(context: &Context, id: u64) -> bool {
    let removed = context.queue.lock().streams.remove(&id);
    match removed {
        Some(stream) => {
            stream.detach();
            true
        }
        None => false,
    }
}

/// Moves what credit and room allow from the ring into the queue, and the end when the ring is empty.
fn flush(state: &mut State, id: u64) {
    let Some(mut stream) = state.streams.remove(&id) else { return };
    let mut moved = false;
    let mut stalled = false;
    while stream.credit > 0
        && let Some(item) = stream.ring.front()
    {
        if !state.has_room(2 * HEADER_BYTES + 8 + item.payload.len().next_multiple_of(8)) {
            stalled = true;
            break;
        }
        emit_gap(state, id, item.gap_before);
        state.append(&Frame {
            kind: FrameKind::StreamItem,
            flags: 0,
            id,
            status: 0,
            parts: &[&item.payload],
        });
        stream.ring.pop_front();
        stream.credit -= 1;
        moved = true;
    }
    if moved {
        stream.shared.room.notify_waiters();
    }
    if stream.ring.is_empty()
        && let Some(outcome) = &stream.ending
    {
        // The end is small and unique: it may pass the capacity, it may not be lost.
        emit_gap(state, id, stream.tail_gap);
        emit_end(state, id, outcome.as_ref().err());
        stream.detach();
        return;
    }
    if stalled && !state.stalled.contains(&id) {
        state.stalled.push_back(id);
    }
    state.streams.insert(id, stream);
}

/// Resumes the streams that found the queue full, in the order in which they stalled.
pub(crate) fn flush_stalled(state: &mut State) {
    for _ in 0..state.stalled.len() {
        if let Some(id) = state.stalled.pop_front() {
            flush(state, id);
        }
    }
}

fn emit_gap(state: &mut State, id: u64, lost: u64) {
    if lost > 0 {
        let parts: &[&[u8]] = &[&lost.to_le_bytes()];
        state.append(&Frame { kind: FrameKind::Gap, flags: 0, id, status: 0, parts });
    }
}

fn emit_end(state: &mut State, id: u64, failure: Option<&Failure>) {
    let (flags, status, json) = match failure {
        Some(failure) => (FLAG_JSON | FLAG_ERROR, failure.code, failure.to_json()),
        None => (0, 0, Vec::new()),
    };
    state.append(&Frame { kind: FrameKind::StreamEnd, flags, id, status, parts: &[&json] });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::{FutureExt, executor::block_on};

    fn context() -> Arc<Context> {
        Context::detached(1 << 20)
    }

    fn open(context: &Arc<Context>, capacity: u32, overflow: Overflow) -> Arc<Stream> {
        Stream::open(context, &StreamOptions { id: 5, capacity, overflow }).unwrap()
    }

    /// Reads (kind, first payload byte or gap size) of everything queued.
    fn drain(context: &Context) -> Vec<(u16, u64)> {
        let mut out = vec![0u8; 1 << 16];
        let used = context.queue.drain(&mut out, false).unwrap() as usize;
        let (mut at, mut seen) = (32, Vec::new());
        while at < used {
            let kind = u16::from_le_bytes(out[at + 4..at + 6].try_into().unwrap());
            let len = u32::from_le_bytes(out[at + 24..at + 28].try_into().unwrap()) as usize;
            let mut value = [0u8; 8];
            let take = len.min(if kind == 4 { 8 } else { 1 });
            value[..take].copy_from_slice(&out[at + 32..at + 32 + take]);
            seen.push((kind, u64::from_le_bytes(value)));
            at += u32::from_le_bytes(out[at..at + 4].try_into().unwrap()) as usize;
        }
        seen
    }

    #[test]
    fn drop_oldest_reports_the_gap_before_the_oldest_kept() {
        let context = context();
        let stream = open(&context, 2, Overflow::DropOldest);
        for value in 1..=5u8 {
            block_on(stream.push(&[&[value]])).unwrap();
        }
        grant(&context, 5, 10).unwrap();
        assert_eq!(drain(&context), [(4, 3), (2, 4), (2, 5)]);
    }

    #[test]
    fn drop_newest_reports_the_gap_where_items_are_missing() {
        let context = context();
        let stream = open(&context, 2, Overflow::DropNewest);
        for value in 1..=5u8 {
            block_on(stream.push(&[&[value]])).unwrap();
        }
        grant(&context, 5, 10).unwrap();
        block_on(stream.push(&[&[6]])).unwrap();
        stream.end(Ok(()));
        assert_eq!(drain(&context), [(2, 1), (2, 2), (4, 3), (2, 6), (3, 0)]);
    }

    #[test]
    fn latest_per_key_keeps_the_newest_of_each_key_in_order_of_arrival() {
        let context = context();
        let stream = open(&context, 8, Overflow::LatestPerKey);
        for (key, value) in [(1, 1u8), (2, 2), (1, 3), (3, 4), (1, 5)] {
            block_on(stream.push_keyed(key, &[&[value]])).unwrap();
        }
        grant(&context, 5, 10).unwrap();
        assert_eq!(drain(&context), [(4, 1), (2, 2), (4, 1), (2, 4), (2, 5)]);
        // With credit nothing is replaced.
        for value in [6u8, 7] {
            block_on(stream.push_keyed(1, &[&[value]])).unwrap();
        }
        assert_eq!(drain(&context), [(2, 6), (2, 7)]);
    }

    #[test]
    fn latest_per_key_drops_the_oldest_of_more_keys_than_room() {
        let context = context();
        let stream = open(&context, 2, Overflow::LatestPerKey);
        for value in 1..=4u8 {
            block_on(stream.push_keyed(u64::from(value), &[&[value]])).unwrap();
        }
        grant(&context, 5, 10).unwrap();
        assert_eq!(drain(&context), [(4, 2), (2, 3), (2, 4)]);
    }

    #[test]
    fn block_waits_until_credit_makes_room() {
        let context = context();
        let stream = open(&context, 1, Overflow::Block);
        block_on(stream.push(&[&[1]])).unwrap();
        let waiting = stream.push(&[&[2]]);
        let mut waiting = std::pin::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        grant(&context, 5, 2).unwrap();
        block_on(waiting).unwrap();
        assert_eq!(drain(&context), [(2, 1), (2, 2)]);
    }

    #[test]
    fn fail_delivers_what_was_buffered_and_then_the_error() {
        let context = context();
        let stream = open(&context, 1, Overflow::Fail);
        block_on(stream.push(&[&[1]])).unwrap();
        assert_eq!(block_on(stream.push(&[&[2]])), Err(Closed));
        grant(&context, 5, 2).unwrap();
        assert_eq!(drain(&context).iter().map(|seen| seen.0).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn what_was_lost_elsewhere_is_reported_where_it_is_missing() {
        let context = context();
        let stream = open(&context, 4, Overflow::Block);
        block_on(stream.push(&[&[1]])).unwrap();
        stream.count_lost(3);
        block_on(stream.push(&[&[2]])).unwrap();
        grant(&context, 5, 10).unwrap();
        assert_eq!(drain(&context), [(2, 1), (4, 3), (2, 2)]);
    }

    #[test]
    fn closing_the_context_releases_a_waiting_producer() {
        let context = context();
        let stream = open(&context, 1, Overflow::Block);
        block_on(stream.push(&[&[1]])).unwrap();
        let waiting = stream.push(&[&[2]]);
        let mut waiting = std::pin::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        context.queue.close();
        assert_eq!(block_on(waiting), Err(Closed));
    }

    #[test]
    fn a_dropped_producer_ends_its_stream() {
        let context = context();
        drop(open(&context, 1, Overflow::Block));
        assert_eq!(drain(&context), [(3, 0)]);
    }
}
