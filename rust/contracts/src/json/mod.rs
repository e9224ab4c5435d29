//! Strict reading and the canonical form (RFC 8785).
