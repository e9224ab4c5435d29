//! Which batches a subscription has had, in bounded memory.

use std::{collections::HashMap, ops::Range};

use crate::AgentId;

/// Senders that are remembered; beyond, the one not heard for longest is forgotten.
const MAX_SENDERS: usize = 1024;
/// Runs of one sender that are remembered, newest first.
const MAX_EPOCHS: usize = 4;
/// Stretches of one run. Beyond, the gap between the two oldest counts as seen: what would fill it
/// is hundreds of messages late.
const MAX_STRETCHES: usize = 256;

/// Remembers sequences per sender and epoch, so that a batch that comes again is told from a new
/// one. Duplicates within minutes are suppressed by the network crate; this also covers batches
/// that somebody replays, or signs again, later.
#[derive(Debug, Default)]
pub struct Seen {
    senders: HashMap<AgentId, Sender>,
    clock: u64,
}

#[derive(Debug, Default)]
struct Sender {
    heard_at: u64,
    /// Newest first.
    epochs: Vec<(u64, Stretches)>,
}

/// Disjoint, in order, never touching.
type Stretches = Vec<Range<u64>>;

impl Seen {
    /// Notes what arrived; false if any of it was there before.
    pub fn is_new(&mut self, sender: AgentId, epoch: u64, span: &Range<u64>) -> bool {
        self.clock += 1;
        if self.senders.len() >= MAX_SENDERS && !self.senders.contains_key(&sender) {
            let oldest = self.senders.iter().min_by_key(|(_, state)| state.heard_at);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                self.senders.remove(&id);
            }
        }
        let state = self.senders.entry(sender).or_default();
        state.heard_at = self.clock;
        if !state.epochs.iter().any(|(known, _)| *known == epoch) {
            state.epochs.insert(0, (epoch, Stretches::new()));
            state.epochs.truncate(MAX_EPOCHS);
        }
        let known = state.epochs.iter_mut().find(|(known, _)| *known == epoch);
        known.is_some_and(|(_, stretches)| add(stretches, span))
    }
}

fn add(stretches: &mut Stretches, span: &Range<u64>) -> bool {
    let at = stretches.partition_point(|stretch| stretch.end <= span.start);
    if stretches.get(at).is_some_and(|next| next.start < span.end) {
        return false;
    }
    let joins_next = stretches.get(at).is_some_and(|next| next.start == span.end);
    let joins_previous = at > 0 && stretches[at - 1].end == span.start;
    match (joins_previous, joins_next) {
        (true, true) => {
            stretches[at - 1].end = stretches[at].end;
            stretches.remove(at);
        }
        (true, false) => stretches[at - 1].end = span.end,
        (false, true) => stretches[at].start = span.start,
        (false, false) => stretches.insert(at, span.clone()),
    }
    if stretches.len() > MAX_STRETCHES {
        stretches[1].start = stretches[0].start;
        stretches.remove(0);
    }
    true
}
