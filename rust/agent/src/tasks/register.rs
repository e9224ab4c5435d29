//! A value that is set now and then, on any replica.
//!
//! The crate's register keeps the value with the later vector clock, and of two concurrent ones
//! that with the smaller hash of its clock; the clocks are then united. With three writers the
//! result depends on the order of merging, and replicas with united clocks and different values
//! never agree: `A`, `B`, `C` concurrent, one replica merges `(A, B), C`, another `(B, C), A`.
//! Here every register has a rank, the highest is kept whole, and that is a law.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::wire::Peer;

/// The crate's `LwwRegister`, ordered by rank. Times stand in the vector clock: other programs
/// count from 1 there, Tendon enters milliseconds, so its entries are also later for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Register<T> {
    value: T,
    clock: BTreeMap<Peer, u64>,
}

impl<T: Ord + Clone> Register<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value, clock: BTreeMap::new() }
    }

    pub(super) fn get(&self) -> &T {
        &self.value
    }

    /// Sets the value, later than anything known here.
    pub(super) fn set(&mut self, value: T, peer: Peer, now_ms: u64) {
        let latest = self.clock.values().max().copied().unwrap_or(0);
        self.clock.insert(peer, now_ms.max(latest.saturating_add(1)));
        self.value = value;
    }

    /// Keeps the later of two; true if that is the other one.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let later = other.rank() > self.rank();
        if later {
            self.clone_from(other);
        }
        later
    }

    /// The time, then whose, then (other programs count alike) the rest.
    fn rank(&self) -> (Option<(u64, &Peer)>, &T, &BTreeMap<Peer, u64>) {
        let latest = self.clock.iter().map(|(peer, time)| (*time, peer)).max();
        (latest, &self.value, &self.clock)
    }
}
