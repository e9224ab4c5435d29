//! Methods about the library itself.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Failure, Scope};

/// A request or an answer without content.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What was built, from what, and how.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LibraryInfo {
    /// Version of Tendon.
    version: &'static str,
    /// ABI version, `major.minor`.
    abi: String,
    /// First 48 bits of the SHA-256 of header and method table, 12 hexadecimal digits.
    abi_hash: String,
    /// Target triple.
    target: &'static str,
    /// Cargo profile family: `release` or `debug`.
    profile: &'static str,
    /// Whether the test-only entry points are present.
    diagnostics: bool,
}

/// Live state of the calling context.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextStats {
    /// Open objects.
    objects: u32,
}

pub(crate) fn info(_scope: &Scope, _request: Nothing) -> Result<LibraryInfo, Failure> {
    let (major, minor) = (crate::abi::ABI_VERSION >> 16, crate::abi::ABI_VERSION & 0xffff);
    Ok(LibraryInfo {
        version: env!("CARGO_PKG_VERSION"),
        abi: format!("{major}.{minor}"),
        abi_hash: format!("{:012x}", crate::generated::ABI_HASH),
        target: env!("TENDON_TARGET"),
        profile: env!("TENDON_PROFILE"),
        diagnostics: cfg!(feature = "diagnostics"),
    })
}

pub(crate) fn stats(scope: &Scope, _request: Nothing) -> Result<ContextStats, Failure> {
    Ok(ContextStats { objects: scope.count_objects() as u32 })
}
