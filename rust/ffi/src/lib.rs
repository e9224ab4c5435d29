//! The C ABI of Tendon.
//!
//! Control work enters through [`abi::tendon_call`] and [`abi::tendon_call_sync`] by method id (the table in
//! `methods`); whatever happens later leaves through one event queue per context. Only numbers and
//! caller-owned buffers cross; objects are generational handles. `docs/abi.md` describes the layouts.

pub mod abi;

mod agent;
mod answer;
mod boundary;
mod context;
mod contracts;
#[cfg(feature = "diagnostics")]
mod diagnostics;
#[cfg(feature = "diagnostics")]
mod diagnostics_agent;
#[cfg(feature = "diagnostics")]
mod diagnostics_contracts;
#[cfg(feature = "diagnostics")]
mod diagnostics_engine;
#[cfg(feature = "diagnostics")]
mod diagnostics_live;
#[cfg(feature = "diagnostics")]
mod diagnostics_schema;
#[cfg(feature = "diagnostics")]
mod diagnostics_tasks;
mod engine;
mod groups;
mod identity;
mod kv;
mod library;
mod methods;
mod owner;
mod queue;
mod runtime;
mod scope;
mod slots;
mod status;
mod stream;
mod tasks;

mod waker;

#[rustfmt::skip]
mod generated;

pub(crate) use answer::{Column, Packed};
pub(crate) use scope::Scope;
pub(crate) use slots::Object;
pub(crate) use status::{Failure, Status};
pub(crate) use stream::{Stream, StreamOptions};

#[doc(hidden)]
pub use methods::{MethodDescription, describe_methods};
#[doc(hidden)]
pub use waker::WakeFn;
