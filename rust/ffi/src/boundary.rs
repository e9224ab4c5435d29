//! No panic leaves the library.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Once,
    task::{Context, Poll},
};

use crate::Failure;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the message of a panic that the boundary catches instead of printing it.
///
/// The hook belongs to this shared library's own copy of the standard library, not to the host's.
pub(crate) fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                previous(info);
                return;
            }
            let payload = info.payload();
            let text = payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_owned());
            // The file's name only: a build machine's folders are nobody's business.
            let place = info.location().map_or_else(String::new, |at| {
                let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!(" ({file}:{})", at.line())
            });
            LAST.with(|last| *last.borrow_mut() = format!("{text}{place}"));
        }));
    });
}

/// Runs `work`; a panic becomes a failure.
///
/// # Errors
///
/// What `work` answers, or `native_panic`.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let outer = INSIDE.replace(true);
    // The state that `work` can reach is either behind locks that do not poison or is poisoned by handle.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    outcome.unwrap_or_else(|_| Err(Failure::panicked(LAST.take())))
}

/// A future whose panics become failures.
pub(crate) struct Guarded<F> {
    inner: Pin<Box<F>>,
}

impl<F> Guarded<F> {
    pub(crate) fn new(inner: F) -> Self {
        Self { inner: Box::pin(inner) }
    }
}

impl<T, F: Future<Output = Result<T, Failure>>> Future for Guarded<F> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match guard(|| Ok(self.inner.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(failure) => Poll::Ready(Err(failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure_that_names_the_place_without_folders() {
        install_panic_hook();
        let failure = guard::<()>(|| panic!("boom {}", 7)).unwrap_err();
        assert_eq!(failure.kind, "native_panic");
        assert!(failure.message.contains("boom 7 (boundary.rs:"), "{}", failure.message);
        assert!(!failure.message.contains('/'));
    }

    #[test]
    fn a_panicking_future_becomes_a_failure() {
        install_panic_hook();
        let failing = Guarded::new(async { if true { panic!("late") } else { Ok(()) } });
        assert_eq!(futures::executor::block_on(failing).unwrap_err().kind, "native_panic");
    }
}
