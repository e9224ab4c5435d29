//! The contracts on the wire.

pub(crate) mod validate;
