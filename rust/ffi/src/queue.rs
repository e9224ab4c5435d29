//! The bounded event queue of one context: whole frames in, batches out.
//!
//! Producers append frames to one buffer, the consumer copies from another; the two are swapped when the
//! consumer's is empty, so the steady state allocates nothing per event. Streams wait in rings of their own
//! until the consumer grants credit (see [`crate::stream`]).

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::{Failure, Status, stream::StreamState, waker::Waker};

/// Size of the header of a batch and of a frame.
pub(crate) const HEADER_BYTES: usize = 32;
const LAYOUT_VERSION: u32 = 1;

/// What a frame carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(crate) enum FrameKind {
    OpResult = 1,
    StreamItem = 2,
    StreamEnd = 3,
    Gap = 4,
}

/// The payload is UTF-8 JSON.
pub(crate) const FLAG_JSON: u16 = 1 << 1;
/// The payload is a [`Failure`].
pub(crate) const FLAG_ERROR: u16 = 1 << 2;

/// A frame before it is copied into the queue. `parts` are joined.
pub(crate) struct Frame<'a> {
    pub(crate) kind: FrameKind,
    pub(crate) flags: u16,
    pub(crate) id: u64,
    pub(crate) status: i32,
    pub(crate) parts: &'a [&'a [u8]],
}

impl Frame<'_> {
    fn payload_len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    pub(crate) fn padded_len(&self) -> usize {
        HEADER_BYTES + self.payload_len().next_multiple_of(8)
    }
}

pub(crate) struct State {
    front: Vec<u8>,
    front_at: usize,
    back: Vec<u8>,
    frames: u32,
    next_sequence: u64,
    dropped: u32,
    interrupted: bool,
    armed: bool,
    closed: bool,
    waiting: u32,
    capacity: usize,
    pub(crate) streams: HashMap<u64, StreamState>,
    pub(crate) stalled: VecDeque<u64>,
}

impl State {
    fn bytes(&self) -> usize {
        self.front.len() - self.front_at + self.back.len()
    }

    /// Whether a frame fits. An empty queue takes a frame of any size, so nothing waits for ever.
    pub(crate) fn has_room(&self, frame_bytes: usize) -> bool {
        let bytes = self.bytes();
        bytes == 0 || bytes + frame_bytes <= self.capacity
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn count_dropped(&mut self, items: u64) {
        self.dropped = self.dropped.saturating_add(u32::try_from(items).unwrap_or(u32::MAX));
    }

    pub(crate) fn append(&mut self, frame: &Frame<'_>) {
        let payload = frame.payload_len();
        let total = frame.padded_len();
        let back = &mut self.back;
        back.reserve(total);
        let mut header = [0u8; HEADER_BYTES];
        header[0..4].copy_from_slice(&(total as u32).to_le_bytes());
        header[4..6].copy_from_slice(&(frame.kind as u16).to_le_bytes());
        header[6..8].copy_from_slice(&frame.flags.to_le_bytes());
        header[8..16].copy_from_slice(&frame.id.to_le_bytes());
        header[16..24].copy_from_slice(&self.next_sequence.to_le_bytes());
        header[24..28].copy_from_slice(&(payload as u32).to_le_bytes());
        header[28..32].copy_from_slice(&frame.status.to_le_bytes());
        back.extend_from_slice(&header);
        for part in frame.parts {
            back.extend_from_slice(part);
        }
        back.resize(back.len() + (total - HEADER_BYTES - payload), 0);
        self.next_sequence += 1;
        self.frames += 1;
    }
}

/// See the module.
pub(crate) struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    room: Notify,
    waker: Option<Waker>,
}

impl Queue {
    pub(crate) fn new(capacity: usize, waker: Option<Waker>) -> Self {
        Self {
            state: Mutex::new(State {
                front: Vec::new(),
                front_at: 0,
                back: Vec::new(),
                frames: 0,
                next_sequence: 1,
                dropped: 0,
                interrupted: false,
                armed: false,
                closed: false,
                waiting: 0,
                capacity,
                streams: HashMap::new(),
                stalled: VecDeque::new(),
            }),
            ready: Condvar::new(),
            room: Notify::new(),
            waker,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Wakes the consumer if frames are there; call after appending, with the lock still held.
    pub(crate) fn signal(&self, state: &mut State) {
        if state.frames == 0 && !state.closed {
            return;
        }
        if state.waiting > 0 {
            self.ready.notify_one();
        }
        if state.armed {
            state.armed = false;
            if let Some(waker) = &self.waker {
                waker.wake();
            }
        }
    }

    /// Appends a lossless frame, waiting for room without blocking a thread.
    ///
    /// # Errors
    ///
    /// `closed` when the context is closed.
    pub(crate) async fn push(&self, frame: &Frame<'_>) -> Result<(), Failure> {
        loop {
            let room = self.room.notified();
            {
                let mut state = self.state.lock();
                if state.closed {
                    return Err(Failure::closed("context"));
                }
                if state.has_room(frame.padded_len()) {
                    state.append(frame);
                    self.signal(&mut state);
                    return Ok(());
                }
            }
            room.await;
        }
    }

    /// Parks the calling thread until frames are there (1), the limit passes or an interrupt comes (0).
    ///
    /// # Errors
    ///
    /// `closed` when the context is or becomes closed.
    pub(crate) fn wait(&self, limit: Duration) -> Result<i32, Failure> {
        let deadline = Instant::now() + limit;
        let mut state = self.state.lock();
        state.waiting += 1;
        let outcome = loop {
            if state.closed {
                break Err(Failure::closed("context"));
            }
            if state.frames > 0 {
                break Ok(1);
            }
            if std::mem::take(&mut state.interrupted) {
                break Ok(0);
            }
            if self.ready.wait_until(&mut state, deadline).timed_out() {
                break Ok(i32::from(state.frames > 0));
            }
        };
        state.waiting -= 1;
        outcome
    }

    /// Ends the current or the next wait; sticky, so one sent before the park is not lost.
    pub(crate) fn interrupt(&self) {
        let mut state = self.state.lock();
        state.interrupted = true;
        self.ready.notify_one();
    }

    /// Never calls the wake function again.
    pub(crate) fn disarm(&self) {
        self.state.lock().armed = false;
        if let Some(waker) = &self.waker {
            waker.disarm();
        }
    }

    /// Copies whole frames, oldest first, behind a batch header. Returns the bytes written.
    ///
    /// # Errors
    ///
    /// `space` (the header's first field then holds the bytes needed; nothing is consumed) and `closed`.
    pub(crate) fn drain(&self, out: &mut [u8], arm: bool) -> Result<u32, Failure> {
        if out.len() < HEADER_BYTES {
            return Err(Failure::new(
                Status::Space,
                "space",
                "a drain buffer needs at least 32 bytes",
            ));
        }
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if state.closed {
            return Err(Failure::closed("context"));
        }
        let mut at = HEADER_BYTES;
        let mut frames = 0u32;
        let mut needed = 0usize;
        let first_sequence = state.next_sequence - u64::from(state.frames);
        while state.frames > frames {
            if state.front_at == state.front.len() {
                state.front.clear();
                state.front_at = 0;
                std::mem::swap(&mut state.front, &mut state.back);
            }
            let pending = &state.front[state.front_at..];
            let (run, count) = whole_frames(pending, out.len() - at);
            if run == 0 {
                needed = HEADER_BYTES + frame_len(pending);
                break;
            }
            out[at..at + run].copy_from_slice(&pending[..run]);
            at += run;
            state.front_at += run;
            frames += count;
        }
        state.frames -= frames;
        let freed = frames > 0;
        if freed && !state.stalled.is_empty() {
            crate::stream::flush_stalled(state);
        }
        let short = frames == 0 && needed > 0;
        state.armed = arm && state.frames == 0 && self.waker.is_some();
        let header: [u32; 4] =
            [if short { needed as u32 } else { at as u32 }, frames, state.frames, state.dropped];
        for (index, value) in header.iter().enumerate() {
            out[index * 4..index * 4 + 4].copy_from_slice(&value.to_le_bytes());
        }
        let sequence = if frames > 0 { first_sequence } else { 0 };
        out[16..24].copy_from_slice(&sequence.to_le_bytes());
        out[24..28].copy_from_slice(&u32::from(state.armed).to_le_bytes());
        out[28..32].copy_from_slice(&LAYOUT_VERSION.to_le_bytes());
        drop(guard);
        if freed {
            self.room.notify_waiters();
        }
        if short {
            return Err(Failure::new(
                Status::Space,
                "space",
                "the next frame needs a larger buffer",
            ));
        }
        Ok(at as u32)
    }

    /// Wakes everyone and refuses further use. What was queued is dropped with the context.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        state.closed = true;
        state.front = Vec::new();
        state.front_at = 0;
        state.back = Vec::new();
        state.frames = 0;
        let streams = std::mem::take(&mut state.streams);
        self.ready.notify_all();
        drop(state);
        for stream in streams.into_values() {
            stream.detach();
        }
        self.room.notify_waiters();
        if let Some(waker) = &self.waker {
            waker.close();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

fn frame_len(bytes: &[u8]) -> usize {
    let mut len = [0u8; 4];
    len.copy_from_slice(&bytes[..4]);
    u32::from_le_bytes(len) as usize
}

/// The longest run of whole frames that fits into `space`: its bytes and its frames.
fn whole_frames(bytes: &[u8], space: usize) -> (usize, u32) {
    let (mut run, mut count) = (0, 0);
    while run < bytes.len() {
        let next = frame_len(&bytes[run..]);
        if run + next > space {
            break;
        }
        run += next;
        count += 1;
    }
    (run, count)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame<'a>(id: u64, parts: &'a [&'a [u8]]) -> Frame<'a> {
        Frame { kind: FrameKind::OpResult, flags: 0, id, status: 0, parts }
    }

    fn push(queue: &Queue, id: u64, payload: &[u8]) {
        futures::executor::block_on(queue.push(&frame(id, &[payload]))).unwrap();
    }

    fn ids(batch: &[u8]) -> Vec<u64> {
        let mut at = HEADER_BYTES;
        let mut ids = Vec::new();
        while at < batch.len() {
            ids.push(u64::from_le_bytes(batch[at + 8..at + 16].try_into().unwrap()));
            at += frame_len(&batch[at..]);
        }
        ids
    }

    #[test]
    fn drains_whole_frames_oldest_first() {
        let queue = Queue::new(1 << 16, None);
        for id in 1..=5 {
            push(&queue, id, &[0; 9]);
        }
        let mut out = [0u8; 32 + 48 * 2 + 10];
        let used = queue.drain(&mut out, false).unwrap() as usize;
        assert_eq!(ids(&out[..used]), [1, 2]);
        assert_eq!(u32::from_le_bytes(out[8..12].try_into().unwrap()), 3);
        let mut out = [0u8; 1024];
        let used = queue.drain(&mut out, false).unwrap() as usize;
        assert_eq!(ids(&out[..used]), [3, 4, 5]);
        assert_eq!(u64::from_le_bytes(out[16..24].try_into().unwrap()), 3);
    }

    #[test]
    fn a_buffer_too_small_consumes_nothing_and_tells_the_need() {
        let queue = Queue::new(1 << 16, None);
        push(&queue, 1, &[7; 100]);
        let mut out = [0u8; 64];
        assert_eq!(queue.drain(&mut out, false).unwrap_err().kind, "space");
        assert_eq!(u32::from_le_bytes(out[0..4].try_into().unwrap()), 32 + 32 + 104);
        let mut out = [0u8; 168];
        assert_eq!(queue.drain(&mut out, false).unwrap(), 168);
    }

    #[test]
    fn an_interrupt_before_the_wait_is_not_lost() {
        let queue = Queue::new(1 << 16, None);
        queue.interrupt();
        assert_eq!(queue.wait(Duration::from_secs(60)).unwrap(), 0);
    }

    #[test]
    fn closing_wakes_a_parked_wait() {
        let queue = std::sync::Arc::new(Queue::new(1 << 16, None));
        let parked = std::thread::spawn({
            let queue = queue.clone();
            move || queue.wait(Duration::from_secs(60)).map_err(|f| f.kind)
        });
        queue.close();
        assert_eq!(parked.join().unwrap(), Err("closed"));
    }

    #[test]
    fn a_full_queue_holds_a_lossless_producer_back() {
        let queue = Queue::new(128, None);
        push(&queue, 1, &[0; 64]);
        let parts: &[&[u8]] = &[&[0; 64]];
        let second = frame(2, parts);
        let waiting = queue.push(&second);
        let mut waiting = std::pin::pin!(waiting);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        let mut out = [0u8; 256];
        queue.drain(&mut out, false).unwrap();
        assert!(waiting.as_mut().poll(&mut context).is_ready());
    }
}
