//! Answers: what a call writes into the caller's buffer, or keeps until the caller made room.
//!
//! The buffer starts with a 16-byte header: `u32` payload length, `i32` status, `u64` answer id. Id 0 means
//! that the payload follows; any other id means that the buffer was too small and the payload waits to be
//! taken, so that nothing is done twice and nothing is lost.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Failure, Status};

/// Size of an answer's header.
pub(crate) const ANSWER_HEADER: usize = 16;

/// Encoded answer of a method.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) json: bool,
    pub(crate) bytes: Vec<u8>,
}

impl Payload {
    /// Encodes a value as JSON.
    ///
    /// # Errors
    ///
    /// `internal` when the value cannot be encoded.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, Failure> {
        Ok(Self { json: true, bytes: to_json(value)? })
    }

    /// Encodes head and columns: `u32` length of the JSON, the JSON, padding to 8, the columns, each padded
    /// to 8. The JSON's `columns` give type, byte offset from the payload's start and element count.
    ///
    /// # Errors
    ///
    /// `internal` when the head is not an object or cannot be encoded.
    pub(crate) fn packed<T: Serialize>(packed: &Packed<T>) -> Result<Self, Failure> {
        let head = serde_json::to_value(&packed.head).map_err(encoding)?;
        let Value::Object(head) = head else {
            return Err(Failure::new(
                Status::Internal,
                "internal",
                "a packed head must be an object",
            ));
        };
        // Offsets are relative to the start of the first column, so that the JSON's length does not matter.
        let mut columns = Map::new();
        let mut offset = 0usize;
        for column in &packed.columns {
            columns.insert(
                column.name.clone().into_owned(),
                json!({ "type": column.kind, "offset": offset, "length": column.len }),
            );
            offset += column.bytes.len().next_multiple_of(8);
        }
        let mut head = head;
        head.insert("columns".to_owned(), Value::Object(columns));
        let text = to_json(&head)?;
        let start = (4 + text.len()).next_multiple_of(8);
        let mut bytes = Vec::with_capacity(start + offset);
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&text);
        bytes.resize(start, 0);
        for column in &packed.columns {
            bytes.extend_from_slice(&column.bytes);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        Ok(Self { json: false, bytes })
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(encoding)
}

fn encoding(error: serde_json::Error) -> Failure {
    Failure::new(Status::Internal, "internal", format!("the answer could not be encoded: {error}"))
}

/// A JSON head with binary columns.
#[derive(Debug)]
pub(crate) struct Packed<T> {
    /// Encoded as a JSON object.
    pub(crate) head: T,
    /// Columns by name.
    pub(crate) columns: Vec<Column>,
}

/// One typed array of an answer, little-endian.
#[derive(Debug)]
pub(crate) struct Column {
    name: Cow<'static, str>,
    kind: &'static str,
    len: usize,
    bytes: Vec<u8>,
}

macro_rules! column {
    ($doc:literal, $name:ident, $kind:literal, $type:ty) => {
        #[doc = $doc]
        #[allow(dead_code, reason = "one constructor per array type, whichever the areas need")]
        pub(crate) fn $name(name: impl Into<Cow<'static, str>>, values: &[$type]) -> Self {
            let mut bytes = Vec::with_capacity(size_of_val(values));
            for value in values {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
            Self { name: name.into(), kind: $kind, len: values.len(), bytes }
        }
    };
}

impl Column {
    column!("A `Float64Array`.", f64, "f64", f64);
    column!("A `BigInt64Array`.", i64, "i64", i64);
    column!("A `Uint32Array`.", u32, "u32", u32);
    column!("A `Uint8Array`.", u8, "u8", u8);
}

/// Answers that did not fit, by id.
#[derive(Default)]
pub(crate) struct Stored {
    next: AtomicU64,
    held: Mutex<HashMap<u64, Vec<u8>>>,
}

impl Stored {
    fn keep(&self, bytes: Vec<u8>) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.held.lock().insert(id, bytes);
        id
    }

    /// Copies a kept answer into `out` and forgets it.
    ///
    /// # Errors
    ///
    /// `bad_handle` when there is none, `space` when `out` is smaller than the answer (which stays).
    pub(crate) fn take(&self, id: u64, out: &mut [u8]) -> Result<u32, Failure> {
        let mut held = self.held.lock();
        let bytes = held.get(&id).ok_or_else(|| Failure::bad_handle("answer"))?;
        let target = out.get_mut(..bytes.len()).ok_or_else(|| {
            Failure::new(Status::Space, "space", "the answer needs a larger buffer")
        })?;
        target.copy_from_slice(bytes);
        let len = bytes.len() as u32;
        held.remove(&id);
        Ok(len)
    }
}

/// Writes an answer and returns the status that the call returns.
pub(crate) fn write(
    stored: Option<&Stored>,
    out: &mut [u8],
    outcome: Result<Payload, Failure>,
) -> i32 {
    let (status, bytes) = match outcome {
        Ok(payload) => (Status::Ok.code(), payload.bytes),
        Err(failure) => (failure.code, failure.to_json()),
    };
    if out.len() < ANSWER_HEADER {
        return if status == 0 { Status::Space.code() } else { status };
    }
    let fits = out.len() - ANSWER_HEADER >= bytes.len();
    let len = bytes.len() as u32;
    let id = match stored {
        Some(stored) if !fits => stored.keep(bytes),
        _ if !fits => {
            // Without a context there is nowhere to keep it: only failures get here, and they are short.
            out[0..4].copy_from_slice(&0u32.to_le_bytes());
            out[4..8].copy_from_slice(&status.to_le_bytes());
            out[8..16].copy_from_slice(&0u64.to_le_bytes());
            return status;
        }
        _ => {
            out[ANSWER_HEADER..ANSWER_HEADER + bytes.len()].copy_from_slice(&bytes);
            0
        }
    };
    out[0..4].copy_from_slice(&len.to_le_bytes());
    out[4..8].copy_from_slice(&status.to_le_bytes());
    out[8..16].copy_from_slice(&id.to_le_bytes());
    status
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_too_large_is_kept_until_taken_once() {
        let stored = Stored::default();
        let mut out = [0u8; 20];
        let payload = Payload { json: true, bytes: vec![7; 100] };
        assert_eq!(write(Some(&stored), &mut out, Ok(payload)), 0);
        assert_eq!(u32::from_le_bytes(out[0..4].try_into().unwrap()), 100);
        let id = u64::from_le_bytes(out[8..16].try_into().unwrap());
        assert_ne!(id, 0);
        assert_eq!(stored.take(id, &mut [0; 50]).unwrap_err().kind, "space");
        let mut room = [0u8; 100];
        assert_eq!(stored.take(id, &mut room).unwrap(), 100);
        assert_eq!(room, [7; 100]);
        assert_eq!(stored.take(id, &mut room).unwrap_err().kind, "bad_handle");
    }

    #[test]
    fn packed_columns_are_aligned_and_described() {
        let packed = Packed {
            head: json!({ "id": "a" }),
            columns: vec![Column::u8("raw", &[1, 2, 3]), Column::f64("value", &[1.5])],
        };
        let bytes = Payload::packed(&packed).unwrap().bytes;
        let len = u32::from_le_bytes(bytes[0..4].try_into().unwrap()) as usize;
        let head: Value = serde_json::from_slice(&bytes[4..4 + len]).unwrap();
        assert_eq!(head["columns"]["value"], json!({ "type": "f64", "offset": 8, "length": 1 }));
        let start = (4 + len).next_multiple_of(8);
        assert_eq!(bytes[start..start + 3], [1, 2, 3]);
        assert_eq!(bytes[start + 8..start + 16], 1.5f64.to_le_bytes());
    }
}
