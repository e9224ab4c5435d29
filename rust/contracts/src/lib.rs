//! The contracts of the engine boundary: JSON Schema (2020-12) as the truth, and one of the two
//! execution cores that are held to the same output.
//!
//! The crate knows nothing of JavaScript. [`json`] reads strictly and writes canonically, [`schema`]
//! validates, [`core`] runs the order life cycle.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod core;
pub mod generated;
mod issue;
pub mod json;
pub mod reconcile;
pub mod schema;
pub mod venue;

pub use issue::Issue;
