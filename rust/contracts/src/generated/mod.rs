//! Types and data of the contracts, as `deno task gen` makes them from `schemas/engine`.

mod data;
#[allow(missing_docs, clippy::all)]
mod types;

pub use data::*;
pub use types::*;
