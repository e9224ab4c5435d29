//! Contracts area: wire types and handlers over `tendon_contracts`; no logic of its own.

pub(crate) mod core;
pub(crate) mod reconcile;
pub(crate) mod sequencer;
pub(crate) mod validate;
