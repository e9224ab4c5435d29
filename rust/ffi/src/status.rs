//! Status codes and the one failure type that crosses the border.

use serde::Serialize;
use serde_json::Value;

/// Result of every call. Zero and above is success; numbers are appended and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[allow(dead_code, reason = "the numbers are the contract, whether or not one is in use today")]
pub(crate) enum Status {
    /// The work was done.
    Ok = 0,
    /// A defect of the library.
    Internal = -1,
    /// The handle is unknown, closed, of another kind or of another context.
    BadHandle = -2,
    /// The caller's buffer is too small; nothing was consumed.
    Space = -3,
    /// An argument is not acceptable.
    Argument = -4,
    /// The object or context is closed.
    Closed = -5,
    /// The object is in use, or a queue is full.
    Busy = -6,
    /// This build or platform cannot do it.
    Unsupported = -7,
    /// A deadline passed.
    Timeout = -8,
    /// The caller cancelled the operation.
    Cancelled = -9,
    /// A policy or permission refuses.
    Denied = -10,
    /// What the request names does not exist.
    NotFound = -11,
    /// The object's state does not allow it.
    State = -12,
    /// The operating system failed.
    Io = -13,
    /// The code behind the call panicked; the object concerned is poisoned.
    Panic = -100,
}

impl Status {
    /// The number that crosses the border.
    pub(crate) const fn code(self) -> i32 {
        self as i32
    }
}

/// Why a call failed; travels as JSON in the call's own answer or in the event of its operation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    /// The status number.
    pub(crate) code: i32,
    /// Stable snake_case name, one row in `docs/errors.md`.
    pub(crate) kind: &'static str,
    /// What was found and what is needed; no secrets.
    pub(crate) message: String,
    /// Whether the same call may succeed later without a change by the caller.
    pub(crate) retryable: bool,
    /// Facts for programs, such as a line number.
    pub(crate) data: Value,
}

impl Failure {
    pub(crate) fn new(status: Status, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: status.code(),
            kind,
            message: message.into(),
            retryable: matches!(status, Status::Busy | Status::Timeout),
            data: Value::Null,
        }
    }

    #[must_use]
    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }

    pub(crate) fn bad_handle(expected: &str) -> Self {
        Self::new(
            Status::BadHandle,
            "bad_handle",
            format!("the handle does not name an open {expected} of this context"),
        )
    }

    pub(crate) fn closed(what: &str) -> Self {
        Self::new(Status::Closed, "closed", format!("the {what} is closed"))
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Status::Cancelled, "cancelled", "the operation was cancelled")
    }

    pub(crate) fn panicked(message: String) -> Self {
        Self::new(Status::Panic, "native_panic", format!("the native code panicked: {message}"))
    }

    /// UTF-8 JSON; falls back to a fixed text rather than failing.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_else(|_| {
            br#"{"code":-1,"kind":"internal","message":"the failure could not be encoded","retryable":false,"data":null}"#
                .to_vec()
        })
    }
}
