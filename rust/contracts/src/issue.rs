//! What is wrong with a document.

use std::fmt;

use crate::generated::ErrorCode;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Issue {
    /// JSON Pointer to it; empty for the whole document.
    pub pointer: String,
    /// Schema keyword or rule that failed.
    pub keyword: String,
    /// What stood there, shortened; `None` where that is not one value.
    pub found: Option<String>,
    /// `SCHEMA_INVALID`, `SEMANTIC_INVALID` or `UNSUPPORTED_VERSION`.
    pub code: ErrorCode,
    /// Explanation for people.
    pub message: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place} {}", self.message)
    }
}

impl std::error::Error for Issue {}

/// Appends a member's name or an index to a pointer (RFC 6901).
pub(crate) fn push_segment(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for character in segment.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}
