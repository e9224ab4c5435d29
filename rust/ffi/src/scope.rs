//! What a handler may touch: its context's objects and streams, its attachment, its cancellation.

use std::{
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio_util::sync::CancellationToken;

use crate::{Failure, Object, Stream, StreamOptions, boundary, context::Context, slots};

const TOUCHED_MAX: usize = 4;

struct Inner {
    context: Arc<Context>,
    attachment: Box<[u8]>,
    token: CancellationToken,
    /// Handles looked up by this call; they are poisoned if it panics. 0 is no handle.
    touched: [AtomicU64; TOUCHED_MAX],
}

/// The scope of one call.
#[derive(Clone)]
pub(crate) struct Scope(Arc<Inner>);

impl Scope {
    pub(crate) fn new(context: &Arc<Context>, attachment: Box<[u8]>) -> Self {
        Self(Arc::new(Inner {
            context: Arc::clone(context),
            attachment,
            token: context.child_token(),
            touched: Default::default(),
        }))
    }

    /// Bytes that the caller passed beside the request.
    pub(crate) fn attachment(&self) -> &[u8] {
        &self.0.attachment
    }

    /// Stores an object and returns its handle.
    pub(crate) fn insert<T: Object>(&self, object: Arc<T>) -> u64 {
        let handle = slots::insert(self.0.context.handle(), object);
        if self.0.token.is_cancelled() {
            // The context closed while the object was made: nobody would ever close it.
            slots::remove(self.0.context.handle(), handle);
        }
        handle
    }

    /// Looks an object up.
    ///
    /// # Errors
    ///
    /// `bad_handle`, `poisoned`.
    pub(crate) fn get<T: Object>(&self, handle: u64) -> Result<Arc<T>, Failure> {
        let object = slots::get(self.0.context.handle(), handle)?;
        for touched in &self.0.touched {
            if touched.compare_exchange(0, handle, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                break;
            }
        }
        Ok(object)
    }

    /// Removes an object and starts closing it.
    pub(crate) fn remove(&self, handle: u64) -> bool {
        slots::remove(self.0.context.handle(), handle)
    }

    /// Objects of this context that are still open.
    pub(crate) fn count_objects(&self) -> usize {
        slots::count_owned(self.0.context.handle())
    }

    /// Handle of the context, for native twins.
    #[cfg(feature = "diagnostics")]
    pub(crate) fn context_handle(&self) -> u64 {
        self.0.context.handle()
    }

    /// Opens the stream that the request asks for.
    ///
    /// # Errors
    ///
    /// `invalid_request`, `closed`.
    pub(crate) fn stream(&self, options: &StreamOptions) -> Result<Arc<Stream>, Failure> {
        Stream::open(&self.0.context, options)
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.0.token
    }

    /// Resolves when the caller cancels this operation or closes the context.
    pub(crate) async fn cancelled(&self) {
        self.0.token.cancelled().await;
    }

    /// Runs work that keeps a core busy on the blocking pool.
    ///
    /// # Errors
    ///
    /// What the work answers, or `native_panic`.
    pub(crate) async fn blocking<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Failure> + Send + 'static,
    {
        match tokio::task::spawn_blocking(move || boundary::guard(work)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(Failure::panicked(error.to_string())),
        }
    }

    pub(crate) fn poison_touched(&self) {
        for touched in &self.0.touched {
            match touched.load(Ordering::Relaxed) {
                0 => break,
                handle => slots::poison(handle),
            }
        }
    }
}
