//! What was done once is not done again: keys of events and intents, and what they stood for.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use ahash::RandomState;
use sha2::{Digest, Sha256};

/// Keys kept outside of backtests, beside those of fills of live orders.
const KEEP: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Entry {
    body_hash: [u8; 32],
    /// Place among all keys ever.
    number: u64,
}

/// A remembered key, as it leaves the core and returns to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) key: Arc<str>,
    pub(super) body_hash: [u8; 32],
}

/// See the module.
#[derive(Debug)]
pub(super) struct Keys {
    entries: HashMap<Arc<str>, Entry, RandomState>,
    /// The newest keys, oldest first; empty in a backtest, which forgets nothing.
    recent: VecDeque<Arc<str>>,
    /// Keys that are older and of fills of live orders.
    held: Vec<Arc<str>>,
    keep: Option<usize>,
    number: u64,
    /// XOR of the hashes of all keys but those in `unhashed`.
    digest: [u8; 32],
    unhashed: Vec<Arc<str>>,
}

impl Keys {
    pub(super) fn new(all: bool) -> Self {
        Self {
            entries: HashMap::default(),
            recent: VecDeque::new(),
            held: Vec::new(),
            keep: (!all).then_some(KEEP),
            number: 0,
            digest: [0; 32],
            unhashed: Vec::new(),
        }
    }

    /// What a key stood for.
    pub(super) fn body_hash(&self, key: &str) -> Option<&[u8; 32]> {
        self.entries.get(key).map(|entry| &entry.body_hash)
    }

    pub(super) fn remember(&mut self, key: &str, body_hash: [u8; 32]) -> Arc<str> {
        let key: Arc<str> = key.into();
        self.number += 1;
        let entry = Entry { body_hash, number: self.number };
        self.entries.insert(Arc::clone(&key), entry);
        if self.keep.is_some() {
            self.recent.push_back(Arc::clone(&key));
        }
        self.unhashed.push(Arc::clone(&key));
        key
    }

    /// Takes back the newest key.
    pub(super) fn undo(&mut self, key: &Arc<str>) {
        self.entries.remove(key);
        self.recent.pop_back();
        if self.unhashed.pop().is_none() {
            self.toggle(key);
        }
    }

    /// Forgets what is too old; `live` tells whether an order has not ended. Not to be undone.
    pub(super) fn forget(&mut self, live: impl Fn(&str) -> bool) {
        let Some(keep) = self.keep else { return };
        let kept = |key: &Arc<str>| order_of(key).is_some_and(&live);
        while self.recent.len() > keep {
            let Some(key) = self.recent.pop_front() else { return };
            if kept(&key) {
                self.held.push(key);
            } else {
                self.drop_key(&key);
            }
        }
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            let (held, gone): (Vec<_>, Vec<_>) = held.into_iter().partition(kept);
            self.held = held;
            for key in gone {
                self.drop_key(&key);
            }
        }
    }

    fn drop_key(&mut self, key: &Arc<str>) {
        self.digest();
        self.toggle(key);
        self.entries.remove(key);
    }

    fn toggle(&mut self, key: &str) {
        for (byte, hash) in self.digest.iter_mut().zip(Sha256::digest(key)) {
            *byte ^= hash;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// XOR of the SHA-256 of every key.
    pub(super) fn digest(&mut self) -> [u8; 32] {
        let mut unhashed = std::mem::take(&mut self.unhashed);
        for key in unhashed.drain(..) {
            self.toggle(&key);
        }
        self.unhashed = unhashed;
        self.digest
    }

    /// All keys, oldest first.
    pub(super) fn list(&self) -> Vec<Remembered> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.number);
        entries
            .into_iter()
            .map(|(key, entry)| Remembered { key: Arc::clone(key), body_hash: entry.body_hash })
            .collect()
    }

    #[cfg(test)]
    pub(super) fn set_keep(&mut self, keep: usize) {
        self.keep = Some(keep);
    }
}

/// The order whose life keeps a key: that of a fill under its default key.
fn order_of(key: &str) -> Option<&str> {
    key.strip_prefix("fill|")?.split('|').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keep: usize) -> Keys {
        let mut keys = Keys::new(false);
        keys.set_keep(keep);
        keys
    }

    fn digest_of(keys: &[&str]) -> [u8; 32] {
        let mut digest = [0; 32];
        for key in keys {
            for (byte, hash) in digest.iter_mut().zip(Sha256::digest(key)) {
                *byte ^= hash;
            }
        }
        digest
    }

    #[test]
    fn fills_of_live_orders_outlast_the_newest() {
        let mut keys = keys(2);
        let fill = "fill|sim|o7|f1";
        keys.remember(fill, [1; 32]);
        for key in ["a", "b", "c"] {
            keys.remember(key, [0; 32]);
        }
        keys.forget(|_| true);
        assert!(keys.body_hash("a").is_none());
        assert_eq!(keys.body_hash(fill), Some(&[1; 32]));
        assert_eq!(keys.digest(), digest_of(&[fill, "b", "c"]));
        let listed: Vec<_> = keys.list().into_iter().map(|key| key.key.to_string()).collect();
        assert_eq!(listed, [fill, "b", "c"]);
        keys.forget(|order| order != "o7");
        assert!(keys.body_hash(fill).is_none());
        assert_eq!((keys.len(), keys.digest()), (2, digest_of(&["b", "c"])));
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let mut keys = keys(10);
        keys.remember("a", [0; 32]);
        for hashed in [false, true] {
            let key = keys.remember("b", [0; 32]);
            if hashed {
                keys.digest();
            }
            keys.undo(&key);
            assert_eq!((keys.len(), keys.digest()), (1, digest_of(&["a"])));
        }
    }
}
