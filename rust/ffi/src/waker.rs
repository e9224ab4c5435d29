//! A thread of its own that calls a runtime's wake function, at most once per arming.
//!
//! Only Node's main thread and Bun use it: there a call from a foreign thread blocks that thread until
//! JavaScript has run, so no producer may ever make it.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

/// A runtime's function or null; its argument is the tag given at opening, with bit 31 set on the last call.
pub type WakeFn = Option<extern "C" fn(u32)>;

/// Set in the tag of the last call of a context.
pub(crate) const LAST_CALL: u32 = 1 << 31;

#[derive(Default)]
struct Signals {
    wake: bool,
    close: bool,
    disarmed: bool,
}

#[derive(Default)]
struct Shared {
    signals: Mutex<Signals>,
    changed: Condvar,
}

pub(crate) struct Waker {
    shared: Arc<Shared>,
}

impl Waker {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The operating system's error when no thread can be started.
    pub(crate) fn start(wake: extern "C" fn(u32), tag: u32) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        std::thread::Builder::new().name("tendon-waker".into()).spawn(move || {
            loop {
                let mut signals = seen.signals.lock();
                while !signals.wake && !signals.close && !signals.disarmed {
                    seen.changed.wait(&mut signals);
                }
                if signals.disarmed {
                    return;
                }
                let last = signals.close;
                signals.wake = false;
                drop(signals);
                // No lock is held: the function may block until JavaScript has run.
                wake(if last { tag | LAST_CALL } else { tag & !LAST_CALL });
                if last {
                    return;
                }
            }
        })?;
        Ok(Self { shared })
    }

    pub(crate) fn wake(&self) {
        self.shared.signals.lock().wake = true;
        self.shared.changed.notify_one();
    }

    /// One last call, then the thread ends.
    pub(crate) fn close(&self) {
        self.shared.signals.lock().close = true;
        self.shared.changed.notify_one();
    }

    /// No further call, ever.
    pub(crate) fn disarm(&self) {
        self.shared.signals.lock().disarmed = true;
        self.shared.changed.notify_one();
    }
}
