//! The exported symbols. Each parses its numbers and buffers, guards against panics and delegates.
//!
//! Common rules: a null pointer with length 0 is an empty buffer; buffers are touched only during the call;
//! every function may be called from any thread; none waits for another thread but [`tendon_context_wait`].
//! Functions that answer write an answer (`u32` length, `i32` status, `u64` id, payload) into `out` and
//! return its status; an id other than 0 means that the payload waits for [`tendon_answer_take`].

use std::time::Duration;

use crate::{
    Failure, Scope, Status,
    answer::{self, Payload},
    boundary::guard,
    context::Context,
    engine::EngineRun,
    methods, slots, stream,
    waker::{WakeFn, Waker},
};

/// Major version in the upper, minor in the lower 16 bits. Major changes break callers.
pub(crate) const ABI_VERSION: u32 = 1 << 16;

/// Largest request accepted by [`tendon_call`] and [`tendon_call_sync`], in bytes.
const REQUEST_MAX: u32 = 64 << 20;
/// Largest attachment accepted, in bytes.
const ATTACHMENT_MAX: u32 = 1 << 30;
/// Smallest capacity of an event queue, in bytes.
const QUEUE_MIN: u32 = 64 << 10;

/// Borrows the caller's readable buffer.
///
/// # Safety
///
/// `data` is null or readable for `len` bytes, which nobody writes during `'a`.
unsafe fn bytes<'a>(data: *const u8, len: u32, max: u32, what: &str) -> Result<&'a [u8], Failure> {
    let refuse = |text: String| Err(Failure::new(Status::Argument, "invalid_buffer", text));
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => refuse(format!("the {what} is null but its length is {len}")),
        (false, _) if len > max => {
            refuse(format!("the {what} has {len} bytes; at most {max} are accepted"))
        }
        // SAFETY: not null, and the caller grants `len` readable bytes.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(data, len as usize) }),
    }
}

/// Borrows the caller's writable buffer; null is an empty one.
///
/// # Safety
///
/// `data` is null or writable for `capacity` bytes that nobody else touches during `'a`.
unsafe fn room<'a>(data: *mut u8, capacity: u32) -> &'a mut [u8] {
    if data.is_null() {
        return &mut [];
    }
    // SAFETY: not null, and the caller grants `capacity` writable bytes.
    unsafe { std::slice::from_raw_parts_mut(data, capacity as usize) }
}

fn status(outcome: Result<i32, Failure>) -> i32 {
    outcome.unwrap_or_else(|failure| failure.code)
}

/// Version of this ABI: major in the upper, minor in the lower 16 bits.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_abi_version() -> u32 {
    ABI_VERSION
}

/// First 48 bits of the hash of header and method table, exact as a double.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_abi_hash() -> f64 {
    crate::generated::ABI_HASH as f64
}

/// Opens a context. It closes by itself when the calling thread ends.
///
/// - `queue_bytes`: capacity of the event queue, at least 65536.
/// - `wake`, `tag`: called with `tag` from a thread of the library's own when frames arrive after a drain with
///   `arm`; null for callers that park in [`tendon_context_wait`].
/// - `out`, `out_capacity`: answer; its payload is the handle, `u64` little-endian.
///
/// # Safety
///
/// `out` is writable for `out_capacity` bytes; `wake` stays callable until its last call (bit 31 of the tag
/// set) or [`tendon_context_disarm`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_context_open(
    queue_bytes: u32,
    wake: WakeFn,
    tag: u32,
    out: *mut u8,
    out_capacity: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let out = unsafe { room(out, out_capacity) };
    let outcome = guard(|| {
        if out.len() < answer::ANSWER_HEADER + 8 {
            return Err(Failure::new(Status::Space, "space", "the answer needs 24 bytes"));
        }
        if queue_bytes < QUEUE_MIN {
            return Err(Failure::new(
                Status::Argument,
                "invalid_request",
                format!("queue_bytes must be at least {QUEUE_MIN}: found {queue_bytes}"),
            ));
        }
        crate::runtime::handle()?;
        let waker = wake.map(|wake| Waker::start(wake, tag)).transpose().map_err(|error| {
            Failure::new(
                Status::Io,
                "runtime_start",
                format!("no thread could be started: {error}"),
            )
        })?;
        let handle = Context::open(queue_bytes as usize, waker);
        crate::owner::adopt(handle);
        Ok(Payload { json: false, bytes: handle.to_le_bytes().to_vec() })
    });
    answer::write(None, out, outcome)
}

/// Parks the calling thread until frames are queued (1), the limit passes or an interrupt comes (0), or the
/// context is closed (negative).
///
/// @nonblocking
#[unsafe(no_mangle)]
pub extern "C" fn tendon_context_wait(context: u64, limit_ms: u32) -> i32 {
    status(guard(|| Context::find(context)?.queue.wait(Duration::from_millis(u64::from(limit_ms)))))
}

/// Ends the current or the next wait of a context.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_context_interrupt(context: u64) -> i32 {
    status(guard(|| {
        Context::find(context)?.queue.interrupt();
        Ok(0)
    }))
}

/// Copies whole frames into `out` behind a batch header and returns the bytes written.
///
/// With `arm` 1, and if no frame is left, the wake function is called once when the next one arrives. When
/// even the first frame does not fit, nothing is consumed, the status is `Space` and the first `u32` of `out`
/// holds the bytes needed.
///
/// # Safety
///
/// `out` is writable for `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_context_drain(
    context: u64,
    out: *mut u8,
    capacity: u32,
    arm: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let out = unsafe { room(out, capacity) };
    status(guard(|| {
        let written = Context::find(context)?.queue.drain(out, arm == 1)?;
        i32::try_from(written)
            .map_err(|_| Failure::new(Status::Space, "space", "the batch exceeds 2 GiB"))
    }))
}

/// Never calls the wake function of a context again; for exit hooks.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_context_disarm(context: u64) -> i32 {
    status(guard(|| {
        Context::find(context)?.queue.disarm();
        Ok(0)
    }))
}

/// Closes a context: cancels its operations, closes its objects and streams, wakes who waits. Does not block.
/// Closing again does nothing and answers 0.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_context_close(context: u64) -> i32 {
    status(guard(|| {
        if Context::find(context).is_ok() {
            slots::remove(0, context);
            crate::owner::release(context);
        }
        Ok(0)
    }))
}

/// Starts the asynchronous method `method`; its result arrives as an event with id `operation`.
///
/// - `request`: UTF-8 JSON. `attachment`: bytes that need no JSON. Both are copied before the call returns.
/// - `operation`: chosen by the caller, unique among the context's pending operations.
/// - `out`: answer of a call that could not be started; then no event comes.
///
/// # Safety
///
/// `request` and `attachment` are readable, `out` is writable for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_call(
    context: u64,
    method: u32,
    request: *const u8,
    request_len: u32,
    attachment: *const u8,
    attachment_len: u32,
    operation: u64,
    out: *mut u8,
    out_capacity: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let (request, attachment, out) = unsafe {
        (
            bytes(request, request_len, REQUEST_MAX, "request"),
            bytes(attachment, attachment_len, ATTACHMENT_MAX, "attachment"),
            room(out, out_capacity),
        )
    };
    let found = Context::find(context);
    let stored = found.as_ref().ok().cloned();
    let outcome = guard(|| {
        let (context, request) = (found?, request?);
        let scope = Scope::new(&context, attachment?.into());
        let work = methods::dispatch_async(&scope, method, request)?;
        context.start(operation, scope, work)?;
        Ok(Payload { json: false, bytes: Vec::new() })
    });
    answer::write(stored.as_ref().map(|context| &context.answers), out, outcome)
}

/// Asks a pending operation to stop; its event still comes. Unknown operations are harmless.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_call_cancel(context: u64, operation: u64) -> i32 {
    status(guard(|| {
        Context::find(context)?.cancel(operation);
        Ok(0)
    }))
}

/// Runs the synchronous method `method` and answers at once; for short pure work.
///
/// # Safety
///
/// `request` and `attachment` are readable, `out` is writable for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_call_sync(
    context: u64,
    method: u32,
    request: *const u8,
    request_len: u32,
    attachment: *const u8,
    attachment_len: u32,
    out: *mut u8,
    out_capacity: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let (request, attachment, out) = unsafe {
        (
            bytes(request, request_len, REQUEST_MAX, "request"),
            bytes(attachment, attachment_len, ATTACHMENT_MAX, "attachment"),
            room(out, out_capacity),
        )
    };
    let found = Context::find(context);
    let stored = found.as_ref().ok().cloned();
    let mut scope = None;
    let outcome = guard(|| {
        let scope = scope.insert(Scope::new(&found?, attachment?.into()));
        methods::dispatch_sync(scope, method, request?)
    });
    if let (Err(failure), Some(scope)) = (&outcome, &scope)
        && failure.code == Status::Panic.code()
    {
        scope.poison_touched();
    }
    answer::write(stored.as_ref().map(|context| &context.answers), out, outcome)
}

/// Copies an answer that did not fit its buffer into `out` and forgets it; returns its length.
///
/// # Safety
///
/// `out` is writable for `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_answer_take(
    context: u64,
    answer: u64,
    out: *mut u8,
    capacity: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let out = unsafe { room(out, capacity) };
    status(guard(|| Ok(Context::find(context)?.answers.take(answer, out)? as i32)))
}

/// Grants a stream credit for `items` more items.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_stream_credit(context: u64, stream: u64, items: u32) -> i32 {
    status(guard(|| {
        stream::grant(&*Context::find(context)?, stream, items)?;
        Ok(0)
    }))
}

/// Closes a stream on behalf of its consumer. Closing again does nothing and answers 0.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_stream_close(context: u64, stream: u64) -> i32 {
    status(guard(|| {
        stream::close(&*Context::find(context)?, stream);
        Ok(0)
    }))
}

/// Closes an object. Answers 1 if it was open, 0 if there was nothing to close.
#[unsafe(no_mangle)]
pub extern "C" fn tendon_object_close(context: u64, object: u64) -> i32 {
    status(guard(|| {
        Context::find(context)?;
        Ok(i32::from(slots::remove(context, object)))
    }))
}

/// Ends the last event of an engine run with packed orders and applies the next ones; returns why it
/// stopped (0: nothing is left) or a negative status, whose reason `engine.runError` tells.
///
/// - `view`: doubles the run writes, 8-aligned; their layout is in `docs/abi.md`.
/// - `orders`: packed requests of the strategy.
/// - `max_events`: market events to apply at most, as many as the view has records for.
///
/// # Safety
///
/// `view` is writable for `view_bytes`, `orders` readable for `orders_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tendon_engine_step(
    context: u64,
    run: u64,
    view: *mut u8,
    view_bytes: u32,
    orders: *const u8,
    orders_len: u32,
    max_events: u32,
) -> i32 {
    // SAFETY: the caller upholds this function's contract.
    let (view, orders) =
        unsafe { (room(view, view_bytes), bytes(orders, orders_len, REQUEST_MAX, "order buffer")) };
    let outcome = guard(|| {
        // SAFETY: every bit pattern is a double.
        let (head, doubles, _) = unsafe { view.align_to_mut::<f64>() };
        if !head.is_empty() {
            return Err(Failure::new(
                Status::Argument,
                "invalid_buffer",
                "the view is not aligned to 8 bytes",
            ));
        }
        slots::get::<EngineRun>(context, run)?.step(doubles, orders?, max_events as usize)
    });
    if let Err(failure) = &outcome
        && failure.code == Status::Panic.code()
    {
        slots::poison(run);
    }
    status(outcome)
}
