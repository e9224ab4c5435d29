//! The one tokio runtime of the process.
//!
//! It starts with the first context and stays until the process ends: agents shut down on it after their
//! context is gone, and a runtime dropped while JavaScript threads come and go could not be started twice
//! safely. Orderly shutdown is per context: see [`crate::context::Context::close`].

use std::{any::Any, future::Future, sync::Arc, sync::OnceLock};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{Failure, Status};

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

fn start() -> Result<Runtime, String> {
    crate::boundary::install_panic_hook();
    // Two providers are linked (ring and aws-lc-rs); rustls panics at the first TLS use unless one is chosen.
    // An error means that one is already installed, which serves as well.
    let _already_set = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("tendon-worker")
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
}

/// The runtime's handle, starting it if necessary.
///
/// # Errors
///
/// `runtime_start` when the operating system refuses threads or polling.
pub(crate) fn handle() -> Result<&'static Handle, Failure> {
    match RUNTIME.get_or_init(start) {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(Failure::new(
            Status::Io,
            "runtime_start",
            format!("the runtime could not be started: {error}"),
        )),
    }
}

/// Runs a task to its end, independent of any context.
pub(crate) fn spawn<F>(task: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Ok(handle) = handle() {
        handle.spawn(task);
    }
}

/// Drops an object inside the runtime: some upstream types spawn clean-up in their `Drop` and panic outside.
pub(crate) fn drop_inside(object: Arc<dyn Any + Send + Sync>) {
    let _entered =
        RUNTIME.get().and_then(|runtime| runtime.as_ref().ok()).map(|runtime| runtime.enter());
    drop(object);
}
