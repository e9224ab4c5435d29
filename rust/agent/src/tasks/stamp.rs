//! When a task was made.
//!
//! A hybrid clock: never behind what the creator had seen in the list, so a task added in
//! knowledge of another sorts after it even if clocks differ.

/// How far ahead a stamp of somebody else may be and still push ours forward.
const MAX_AHEAD_MS: u64 = 60_000;

/// The stamp of a task added at `now_ms` to a list whose latest stamp is `latest_ms`.
pub(super) fn next(now_ms: u64, latest_ms: u64) -> u64 {
    if latest_ms > now_ms.saturating_add(MAX_AHEAD_MS) {
        return now_ms;
    }
    now_ms.max(latest_ms.saturating_add(1))
}
