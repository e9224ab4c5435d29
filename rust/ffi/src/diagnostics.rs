//! Test-only entry points behind the cargo feature `diagnostics`: panics on purpose, event generators and
//! native twins of what the benches measure across the border.

use std::{hint::black_box, sync::Arc, time::Duration, time::Instant};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    Column, Failure, Object, Packed, Scope, StreamOptions, abi,
    context::Context,
    library::Nothing,
    slots, stream,
    stream::{Overflow, Stream},
};

/// Text that comes back, and the size of the attachment.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Echo {
    /// Comes back as it went.
    text: String,
    /// Comes back as the attachment's length.
    #[serde(default)]
    bytes: u32,
}

/// An echo after a delay.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EchoLater {
    /// Comes back as it went.
    text: String,
    /// Milliseconds to wait.
    delay_ms: u32,
}

/// A panic, optionally while an object is in use.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Panic {
    /// The panic's message.
    message: String,
    /// Object that is in use, 0 for none.
    object: u64,
}

/// Handle of an object that does nothing.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Opened {
    /// The handle.
    object: u64,
}

impl Opened {
    pub(crate) fn new(object: u64) -> Self {
        Self { object }
    }
}

/// A number of events of one size.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Emit {
    /// Where they go.
    stream: StreamOptions,
    /// How many.
    count: u32,
    /// Bytes of each payload, at least 4; the first four are the item's index.
    bytes: u32,
}

/// Size of a packed answer.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Columns {
    /// Elements per column.
    length: u32,
}

/// Head of a packed answer.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Head {
    /// Elements per column.
    length: u32,
}

/// How often to repeat.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Iterations {
    /// Repetitions.
    iterations: u32,
}

/// Duration of a native run.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Elapsed {
    /// Nanoseconds.
    pub(crate) nanoseconds: f64,
}

struct Idle;

impl Object for Idle {
    const KIND: &'static str = "diagnostics object";
}

pub(crate) fn echo(scope: &Scope, request: Echo) -> Result<Echo, Failure> {
    Ok(Echo { text: request.text, bytes: scope.attachment().len() as u32 })
}

pub(crate) async fn echo_later(scope: Scope, request: EchoLater) -> Result<Echo, Failure> {
    if request.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(u64::from(request.delay_ms))).await;
    }
    Ok(Echo { text: request.text, bytes: scope.attachment().len() as u32 })
}

pub(crate) fn panic_now(scope: &Scope, request: Panic) -> Result<Nothing, Failure> {
    if request.object != 0 {
        scope.get::<Idle>(request.object)?;
    }
    std::panic::panic_any(request.message)
}

pub(crate) async fn panic_later(scope: Scope, request: Panic) -> Result<Nothing, Failure> {
    tokio::task::yield_now().await;
    panic_now(&scope, request)
}

pub(crate) fn open(scope: &Scope, _request: Nothing) -> Result<Opened, Failure> {
    Ok(Opened { object: scope.insert(Arc::new(Idle)) })
}

async fn produce(stream: Arc<Stream>, count: u32, bytes: u32) {
    let padding = vec![0u8; bytes.saturating_sub(4) as usize];
    for index in 0..count {
        if stream.push(&[&index.to_le_bytes(), &padding]).await.is_err() {
            return;
        }
    }
    stream.end(Ok(()));
}

pub(crate) async fn emit(scope: Scope, request: Emit) -> Result<Nothing, Failure> {
    let stream = scope.stream(&request.stream)?;
    let work = produce(stream, request.count, request.bytes);
    if request.stream.overflow == Overflow::Block {
        crate::runtime::spawn(work);
    } else {
        // It never waits: the reader finds it done.
        work.await;
    }
    Ok(Nothing {})
}

pub(crate) async fn columns(_scope: Scope, request: Columns) -> Result<Packed<Head>, Failure> {
    let values: Vec<f64> = (0..request.length).map(f64::from).collect();
    let times: Vec<i64> = (0..i64::from(request.length)).collect();
    let flags: Vec<u8> = (0..request.length).map(|index| index as u8).collect();
    Ok(Packed {
        head: Head { length: request.length },
        columns: vec![
            Column::u8("flag", &flags),
            Column::u32("index", &(0..request.length).collect::<Vec<_>>()),
            Column::f64("value", &values),
            Column::i64("time", &times),
        ],
    })
}

fn elapsed(since: Instant) -> Elapsed {
    Elapsed { nanoseconds: since.elapsed().as_nanos() as f64 }
}

pub(crate) fn native_calls(_scope: &Scope, request: Iterations) -> Result<Elapsed, Failure> {
    let call: extern "C" fn() -> u32 = black_box(abi::tendon_abi_version);
    let start = Instant::now();
    for _ in 0..request.iterations {
        black_box(call());
    }
    Ok(elapsed(start))
}

pub(crate) fn native_answers(scope: &Scope, request: Iterations) -> Result<Elapsed, Failure> {
    let text = serde_json::to_vec(&Echo { text: "x".repeat(64), bytes: 0 }).unwrap_or_default();
    let mut out = vec![0u8; 4096];
    let context = scope.context_handle();
    let start = Instant::now();
    for _ in 0..request.iterations {
        // SAFETY: the pointers come from live slices of the lengths given.
        black_box(unsafe {
            abi::tendon_call_sync(
                context,
                900,
                text.as_ptr(),
                text.len() as u32,
                std::ptr::null(),
                0,
                out.as_mut_ptr(),
                out.len() as u32,
            )
        });
    }
    Ok(elapsed(start))
}

/// The same producer, queue and drain as `diagnostics.emit`, consumed by a Rust thread.
pub(crate) async fn native_events(scope: Scope, request: Emit) -> Result<Elapsed, Failure> {
    scope
        .blocking(move || {
            let handle = Context::open(8 << 20, None);
            let context = Context::find(handle)?;
            let options = StreamOptions { overflow: Overflow::Block, ..request.stream };
            let producer = Stream::open(&context, &options)?;
            let start = Instant::now();
            crate::runtime::spawn(produce(producer, request.count, request.bytes));
            stream::grant(&context, options.id, u32::MAX)?;
            let mut out = vec![0u8; 256 << 10];
            let mut seen = 0;
            while seen < request.count {
                context.queue.wait(Duration::from_secs(10))?;
                context.queue.drain(&mut out, false)?;
                let mut frames = [0u8; 4];
                frames.copy_from_slice(&out[4..8]);
                seen += u32::from_le_bytes(frames);
            }
            let elapsed = elapsed(start);
            slots::remove(0, handle);
            Ok(elapsed)
        })
        .await
}

/// Operations one at a time from a Rust thread: start, park, drain, as the TypeScript side does.
pub(crate) async fn native_operations(
    scope: Scope,
    request: Iterations,
) -> Result<Elapsed, Failure> {
    scope
        .blocking(move || {
            let handle = Context::open(8 << 20, None);
            let context = Context::find(handle)?;
            let text = br#"{"text":"x","delayMs":0}"#;
            let (mut out, mut batch) = (vec![0u8; 4096], vec![0u8; 4096]);
            let start = Instant::now();
            for operation in 1..=u64::from(request.iterations) {
                // SAFETY: the pointers come from live slices of the lengths given.
                unsafe {
                    abi::tendon_call(
                        handle,
                        901,
                        text.as_ptr(),
                        text.len() as u32,
                        std::ptr::null(),
                        0,
                        operation,
                        out.as_mut_ptr(),
                        out.len() as u32,
                    );
                }
                context.queue.wait(Duration::from_secs(10))?;
                context.queue.drain(&mut batch, false)?;
            }
            let elapsed = elapsed(start);
            slots::remove(0, handle);
            Ok(elapsed)
        })
        .await
}
