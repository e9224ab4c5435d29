//! A context: one JavaScript isolate's queue, operations and objects.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    Failure, Object, Status,
    answer::{Payload, Stored},
    boundary::Guarded,
    queue::{FLAG_ERROR, FLAG_JSON, Frame, FrameKind, Queue},
    scope::Scope,
    slots,
    waker::Waker,
};

/// See the module.
pub(crate) struct Context {
    handle: AtomicU64,
    pub(crate) queue: Queue,
    pub(crate) answers: Stored,
    operations: Mutex<HashMap<u64, CancellationToken>>,
    closing: CancellationToken,
}

impl Object for Context {
    const KIND: &'static str = "context";

    fn close(&self) {
        // Orderly: no new work, running work is cancelled, objects close in no particular order (each
        // finishes on the runtime), then the queue wakes whoever waits.
        self.closing.cancel();
        slots::remove_owned(self.handle());
        self.queue.close();
    }
}

impl Context {
    /// Opens a context and returns its handle.
    pub(crate) fn open(queue_bytes: usize, waker: Option<Waker>) -> u64 {
        let context = Arc::new(Self::new(queue_bytes, waker));
        let handle = slots::insert(0, Arc::clone(&context));
        context.handle.store(handle, Ordering::Release);
        handle
    }

    fn new(queue_bytes: usize, waker: Option<Waker>) -> Self {
        Self {
            handle: AtomicU64::new(0),
            queue: Queue::new(queue_bytes, waker),
            answers: Stored::default(),
            operations: Mutex::default(),
            closing: CancellationToken::new(),
        }
    }

    /// A context outside the handle table, for unit tests.
    #[cfg(test)]
    pub(crate) fn detached(queue_bytes: usize) -> Arc<Self> {
        Arc::new(Self::new(queue_bytes, None))
    }

    /// Looks an open context up.
    ///
    /// # Errors
    ///
    /// `closed`: a context's handle is never foreign, so an unknown one was closed.
    pub(crate) fn find(handle: u64) -> Result<Arc<Self>, Failure> {
        slots::get(0, handle).map_err(|_| Failure::closed("context"))
    }

    pub(crate) fn handle(&self) -> u64 {
        self.handle.load(Ordering::Acquire)
    }

    /// Starts an operation whose result arrives as an event with `operation` as its id.
    ///
    /// # Errors
    ///
    /// `closed` and `invalid_request` for an id in use; then no event will come.
    pub(crate) fn start<F>(
        self: &Arc<Self>,
        operation: u64,
        scope: Scope,
        work: F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<Payload, Failure>> + Send + 'static,
    {
        let runtime = crate::runtime::handle()?;
        if self.queue.is_closed() {
            return Err(Failure::closed("context"));
        }
        let token = scope.token().clone();
        {
            let mut operations = self.operations.lock();
            if operations.contains_key(&operation) {
                return Err(Failure::new(
                    Status::Argument,
                    "invalid_request",
                    format!("operation {operation} is already pending"),
                ));
            }
            operations.insert(operation, token.clone());
        }
        let context = Arc::clone(self);
        runtime.spawn(async move {
            let outcome = tokio::select! {
                biased;
                outcome = Guarded::new(work) => outcome,
                () = token.cancelled() => Err(Failure::cancelled()),
            };
            if let Err(failure) = &outcome
                && failure.code == Status::Panic.code()
            {
                scope.poison_touched();
            }
            drop(scope);
            context.operations.lock().remove(&operation);
            context.complete(operation, outcome).await;
        });
        Ok(())
    }

    async fn complete(&self, id: u64, outcome: Result<Payload, Failure>) {
        let (flags, status, bytes) = match outcome {
            Ok(payload) => (if payload.json { FLAG_JSON } else { 0 }, 0, payload.bytes),
            Err(failure) => (FLAG_JSON | FLAG_ERROR, failure.code, failure.to_json()),
        };
        let parts: &[&[u8]] = &[&bytes];
        let frame = Frame { kind: FrameKind::OpResult, flags, id, status, parts };
        // A closed context has nobody left to tell.
        let _closed = self.queue.push(&frame).await;
    }

    /// Asks a pending operation to stop; its event still comes. Unknown ids are harmless.
    pub(crate) fn cancel(&self, operation: u64) {
        if let Some(token) = self.operations.lock().get(&operation) {
            token.cancel();
        }
    }

    /// A token that ends with the context.
    pub(crate) fn child_token(&self) -> CancellationToken {
        self.closing.child_token()
    }
}
