//! Hashes and the ids that are derived from them.

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// 64 zeros: what comes before the first hash of a chain.
pub(super) const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// 64 hexadecimal digits.
pub(super) fn hex(hash: &[u8; 32]) -> String {
    HEXLOWER.encode(hash)
}

/// Reads 64 lower-case hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes a value in its canonical form. The types of the core declare their members in canonical
/// order and hold neither floats nor maps, so that nothing can fail.
pub(super) fn write_canonical<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    if let Err(error) = serde_json::to_writer(out, value) {
        debug_assert!(false, "{error}");
    }
}

/// SHA-256 of the canonical form, written into `scratch` on the way.
pub(super) fn hash_canonical<T: Serialize + ?Sized>(value: &T, scratch: &mut Vec<u8>) -> [u8; 32] {
    scratch.clear();
    write_canonical(value, scratch);
    sha256(scratch)
}

/// The next link of a chain over hexadecimal hashes.
pub(super) fn chain(before: &[u8; 32], next: &[u8; 32]) -> [u8; 32] {
    let mut text = [0; 128];
    HEXLOWER.encode_mut(before, &mut text[..64]);
    HEXLOWER.encode_mut(next, &mut text[64..]);
    sha256(&text)
}

fn derived(text: &str, digits: usize) -> String {
    let mut id = hex(&sha256(text.as_bytes()));
    id.truncate(digits);
    id
}

/// Trace of an event that came without one.
pub(super) fn trace_id(run_id: &str, seq: u64) -> String {
    derived(&format!("trace|{run_id}|{seq}"), 32)
}

/// Span of an event or intent.
pub(super) fn span_id(run_id: &str, seq: u64, of: &str) -> String {
    derived(&format!("span|{run_id}|{seq}|{of}"), 16)
}

/// Span of a transition.
pub(super) fn transition_span(run_id: &str, seq: u64, order_id: &str, index: u64) -> String {
    derived(&format!("span|{run_id}|{seq}|{order_id}|{index}"), 16)
}
