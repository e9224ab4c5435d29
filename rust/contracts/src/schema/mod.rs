//! The schemas, embedded, and validation against them.
