//! JSON that has one meaning: read strictly, written canonically (RFC 8785).
//!
//! Common parsers keep the last of two members with one name, and canonical writers print `1.0` as
//! `1` and round 9007199254740993 without a word. So the strict parse always comes first.

mod strict;

pub use strict::{check, parse};

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The canonical form of a value.
///
/// # Errors
///
/// When the value has no JSON form, such as a map whose keys are not strings.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

/// SHA-256 of the canonical form of a value.
///
/// # Errors
///
/// As [`canonical`].
pub fn digest<T: Serialize>(value: &T) -> Result<[u8; 32], serde_json::Error> {
    Ok(Sha256::digest(canonical(value)?).into())
}

/// Bytes as lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
