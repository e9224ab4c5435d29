//! Closes contexts that nobody drains: a killed Worker cannot close its own.

use std::{sync::Once, time::Duration};

use crate::{context::Context, slots};

const CHECK_EVERY: Duration = Duration::from_secs(5);

/// Starts the watch once per process.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        crate::runtime::spawn(async {
            loop {
                tokio::time::sleep(CHECK_EVERY).await;
                close_neglected();
            }
        });
    });
}

fn close_neglected() {
    for (handle, context) in slots::contexts::<Context>() {
        if context.queue.neglected().is_some_and(|since| since > context.lease) {
            slots::remove(0, handle);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queue::{Frame, FrameKind};

    #[test]
    fn only_a_context_with_frames_that_nobody_drains_is_closed() {
        let idle = Context::open(1 << 16, Duration::ZERO, None);
        let stale = Context::open(1 << 16, Duration::ZERO, None);
        let context = Context::find(stale).unwrap();
        let frame = Frame { kind: FrameKind::OpResult, flags: 0, id: 1, status: 0, parts: &[] };
        futures::executor::block_on(context.queue.push(&frame)).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        close_neglected();
        assert!(Context::find(stale).is_err());
        assert!(Context::find(idle).is_ok());
        slots::remove(0, idle);
    }
}
