//! When a task was made, carried in its description.
//!
//! The crate's order of tasks does not converge: replicas that saw adds in different orders show
//! them so for ever, and the fields that are the same everywhere hold no time. So the creator's
//! time travels behind the description, after a RECORD SEPARATOR (U+001E), and is taken off on
//! every replica. It is a hybrid clock: never behind what the creator had seen in the list, so a
//! task added in knowledge of another sorts after it even if clocks differ.

const SEPARATOR: char = '\u{1e}';

/// How far ahead a stamp of somebody else may be and still push ours forward.
const MAX_AHEAD_MS: u64 = 60_000;

/// The description with its stamp.
pub(super) fn attach(description: &str, stamp_ms: u64) -> String {
    format!("{description}{SEPARATOR}{stamp_ms:x}")
}

/// The description without its stamp, and the stamp if there is one.
pub(super) fn detach(stored: &str) -> (&str, Option<u64>) {
    match stored.rsplit_once(SEPARATOR) {
        Some((description, digits)) => match u64::from_str_radix(digits, 16) {
            Ok(stamp) => (description, Some(stamp)),
            Err(_) => (stored, None),
        },
        None => (stored, None),
    }
}

/// The stamp of a task added at `now_ms` to a list whose latest stamp is `latest_ms`.
pub(super) fn next(now_ms: u64, latest_ms: u64) -> u64 {
    if latest_ms > now_ms.saturating_add(MAX_AHEAD_MS) {
        return now_ms;
    }
    now_ms.max(latest_ms.saturating_add(1))
}
