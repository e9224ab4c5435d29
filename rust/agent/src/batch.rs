//! Many payloads in one message: a message costs four post-quantum signatures and checks, whatever
//! its size.
//!
//! A batch is the payload of an ordinary gossip message. All numbers are little-endian:
//!
//! | bytes | what                                                                                |
//! | ----- | ----------------------------------------------------------------------------------- |
//! | 7     | [`MAGIC`]                                                                           |
//! | 1     | 1: a batch, as follows. 2: the rest is one plain payload that began with the magic  |
//! | 8     | epoch: a random number below 2^53, new with every start of the sender               |
//! | 8     | sequence of the first payload among what the sender published in batches to the topic |
//! | 4     | number of payloads, at least 1                                                      |
//! | ..    | each payload: 4 bytes of length, then the bytes                                     |
//!
//! What begins with the magic and is not exactly that is refused as a whole.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

use crate::MAX_PAYLOAD_BYTES;

/// How a message begins that is not a plain payload. No text begins with such a byte.
const MAGIC: [u8; 7] = *b"\x89TNDN\r\n";
const BATCH: u8 = 1;
const QUOTED: u8 = 2;
const KIND_AT: usize = MAGIC.len();
const QUOTED_AT: usize = KIND_AT + 1;
const ITEMS_AT: usize = QUOTED_AT + 20;
const LENGTH_BYTES: usize = 4;

/// The largest number that every reader can hold exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Bytes that are no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed batch")]
pub struct Malformed;

/// Payloads to be published together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    items: Vec<u8>,
    count: u64,
}

/// Where a payload stands among what its sender published to the topic in batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Differs between two runs of the sender.
    pub epoch: u64,
    /// Counts from 0 within the epoch.
    pub sequence: u64,
}

/// The payloads of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payloads(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Plain(Bytes),
    Batch { first: Position, count: u32, items: Bytes },
}

impl Batch {
    /// Takes payloads that are laid out already: each 4 bytes of length, little-endian, then the
    /// bytes.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the lengths do not add up, or a payload has more than
    /// [`MAX_PAYLOAD_BYTES`].
    pub fn from_packed(items: Vec<u8>) -> Result<Self, Malformed> {
        let mut count = 0;
        let mut at = 0;
        while at < items.len() {
            at = item(&items, at)?.end;
            count += 1;
        }
        Ok(Self { items, count })
    }

    /// How many payloads there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The messages that carry the payloads, in order, each as full as [`MAX_PAYLOAD_BYTES`]
    /// allows; a payload that fills a message alone may pass that by the header.
    pub fn messages(&self, first: Position) -> impl Iterator<Item = Vec<u8>> + Send + '_ {
        let mut at = 0;
        let mut next = first;
        std::iter::from_fn(move || {
            let start = at;
            let mut count = 0_u32;
            while let Ok(item) = item(&self.items, at) {
                if count > 0 && ITEMS_AT + item.end - start > MAX_PAYLOAD_BYTES {
                    break;
                }
                at = item.end;
                count += 1;
            }
            (count > 0).then(|| {
                let message = encode(next, count, &self.items[start..at]);
                next.sequence += u64::from(count);
                message
            })
        })
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Batch {
    fn from_iter<I: IntoIterator<Item = T>>(payloads: I) -> Self {
        let mut batch = Self::default();
        for payload in payloads {
            let payload = payload.as_ref();
            let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            batch.items.extend_from_slice(&length.to_le_bytes());
            batch.items.extend_from_slice(payload);
            batch.count += 1;
        }
        batch
    }
}

impl Payloads {
    /// Reads a message. What does not begin with the magic is one plain payload. Allocates nothing.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if it begins like a batch and is none.
    pub fn decode(message: Bytes) -> Result<Self, Malformed> {
        if !message.starts_with(&MAGIC) {
            return Ok(Self(Form::Plain(message)));
        }
        match message.get(KIND_AT) {
            Some(&QUOTED) if message[QUOTED_AT..].starts_with(&MAGIC) => {
                Ok(Self(Form::Plain(message.slice(QUOTED_AT..))))
            }
            Some(&BATCH) => Self::decode_batch(&message),
            _ => Err(Malformed),
        }
    }

    fn decode_batch(message: &Bytes) -> Result<Self, Malformed> {
        let epoch = number(message, QUOTED_AT)?;
        let sequence = number(message, QUOTED_AT + 8)?;
        let count = length(message, QUOTED_AT + 16)?;
        let items = message.slice(ITEMS_AT..);
        let mut at = 0;
        // Ends at the first length that lies, however many payloads are announced.
        for _ in 0..count {
            at = item(&items, at)?.end;
        }
        let end = sequence.checked_add(count as u64).ok_or(Malformed)?;
        if count == 0 || at != items.len() || epoch > MAX_NUMBER || end > MAX_NUMBER {
            return Err(Malformed);
        }
        let count = u32::try_from(count).map_err(|_| Malformed)?;
        Ok(Self(Form::Batch { first: Position { epoch, sequence }, count, items }))
    }

    /// How many payloads there are: at least one.
    #[must_use]
    pub fn count(&self) -> u32 {
        match &self.0 {
            Form::Plain(_) => 1,
            Form::Batch { count, .. } => *count,
        }
    }

    /// The payloads in order; those of a batch with their position.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Position>, &[u8])> + Send {
        let (plain, first, items) = match &self.0 {
            Form::Plain(payload) => (Some(&payload[..]), None, &[][..]),
            Form::Batch { first, items, .. } => (None, Some(*first), &items[..]),
        };
        let mut at = 0;
        let batch = std::iter::from_fn(move || {
            // The lengths were checked when the batch was decoded.
            let range = item(items, at).ok()?;
            at = range.end;
            Some(&items[range])
        });
        let positions = (0..).map(move |offset| {
            first.map(|first| Position { sequence: first.sequence + offset, ..first })
        });
        plain.map(|payload| (None, payload)).into_iter().chain(positions.zip(batch))
    }

    /// The epoch and sequences of a batch.
    pub(crate) fn span(&self) -> Option<(u64, Range<u64>)> {
        match &self.0 {
            Form::Plain(_) => None,
            Form::Batch { first, count, .. } => {
                Some((first.epoch, first.sequence..first.sequence + u64::from(*count)))
            }
        }
    }
}

/// Protects a plain payload that would read as something else.
pub(crate) fn quoted(payload: Vec<u8>) -> Vec<u8> {
    if !payload.starts_with(&MAGIC) {
        return payload;
    }
    [&MAGIC[..], &[QUOTED], &payload].concat()
}

fn encode(first: Position, count: u32, items: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(ITEMS_AT + items.len());
    message.extend_from_slice(&MAGIC);
    message.push(BATCH);
    message.extend_from_slice(&first.epoch.to_le_bytes());
    message.extend_from_slice(&first.sequence.to_le_bytes());
    message.extend_from_slice(&count.to_le_bytes());
    message.extend_from_slice(items);
    message
}

/// Where the payload of the item at `at` lies.
fn item(items: &[u8], at: usize) -> Result<Range<usize>, Malformed> {
    let length = length(items, at)?;
    let start = at + LENGTH_BYTES;
    if length > MAX_PAYLOAD_BYTES || items.len() - start < length {
        return Err(Malformed);
    }
    Ok(start..start + length)
}

fn length(bytes: &[u8], at: usize) -> Result<usize, Malformed> {
    let field = bytes.get(at..at + LENGTH_BYTES).and_then(|field| field.try_into().ok());
    field.map(|field| u32::from_le_bytes(field) as usize).ok_or(Malformed)
}

fn number(bytes: &[u8], at: usize) -> Result<u64, Malformed> {
    let field = bytes.get(at..at + 8).and_then(|field| field.try_into().ok());
    field.map(u64::from_le_bytes).ok_or(Malformed)
}

/// Numbers what an agent publishes in batches, per topic.
#[derive(Debug)]
pub(crate) struct Numbering {
    epoch: u64,
    next: Mutex<HashMap<String, u64>>,
}

impl Numbering {
    pub(crate) fn new() -> Self {
        // The standard library's own randomness: it need not be secret, only differ between runs.
        let epoch = RandomState::new().build_hasher().finish() & MAX_NUMBER;
        Self { epoch, next: Mutex::default() }
    }

    /// The position of the first of `count` payloads, which are then taken.
    pub(crate) fn take(&self, topic: &str, count: u64) -> Position {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = match next.get_mut(topic) {
            Some(next) => std::mem::replace(next, *next + count),
            None => {
                next.insert(topic.to_owned(), count);
                0
            }
        };
        Position { epoch: self.epoch, sequence }
    }
}
