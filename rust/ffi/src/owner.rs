//! Closes the contexts of a thread that ends: a killed Worker cannot close its own.
//!
//! Every JavaScript isolate runs on a thread of its own for its whole life, so the end of that thread is
//! the exact moment at which nobody can drain its contexts any more. No timer guesses it.

use std::cell::RefCell;

use crate::{context::Context, slots};

#[derive(Default)]
struct Owned(RefCell<Vec<u64>>);

thread_local! {
    static OWNED: Owned = Owned::default();
}

impl Drop for Owned {
    fn drop(&mut self) {
        let handles = self.0.take();
        // Thread-locals of other crates may be gone already: the work is done on the runtime. A wake
        // function belongs to the ending isolate and must not be called again.
        for &handle in &handles {
            if let Ok(context) = Context::find(handle) {
                context.queue.disarm();
            }
        }
        crate::runtime::spawn(async move {
            for handle in handles {
                slots::remove(0, handle);
            }
        });
    }
}

/// Ties a context to the calling thread.
pub(crate) fn adopt(handle: u64) {
    OWNED.with(|owned| owned.0.borrow_mut().push(handle));
}

/// Forgets a context that was closed in time.
pub(crate) fn release(handle: u64) {
    // On a thread that is ending there is nothing to forget.
    let _gone = OWNED.try_with(|owned| owned.0.borrow_mut().retain(|&held| held != handle));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_context_is_closed_when_its_thread_ends() {
        let handle = std::thread::spawn(|| {
            crate::runtime::handle().unwrap();
            let handle = Context::open(1 << 16, None);
            adopt(handle);
            assert!(Context::find(handle).is_ok());
            handle
        })
        .join()
        .unwrap();
        for _ in 0..200 {
            if Context::find(handle).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        unreachable!("the context outlived its thread");
    }
}
