//! The venues' names of an order's status, and ours.

use crate::generated::{Decimal, OrderStatus};

/// Whose names they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusVocabulary {
    /// Exchange libraries and brokers, in words.
    Words,
    /// Exchanges, in capitals.
    Capitals,
    /// FIX, tag 39 (OrdStatus).
    Fix,
    /// Barter's order states.
    Barter,
}

/// A name that a vocabulary does not have. What a venue says is never guessed at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{vocabulary:?} has no order status \"{name}\"")]
pub struct UnknownStatus {
    vocabulary: StatusVocabulary,
    name: String,
}

/// Our status for a venue's. An order that a venue calls open has partially filled unless `filled` is 0.
///
/// # Errors
///
/// [`UnknownStatus`]
pub fn venue_status(
    vocabulary: StatusVocabulary,
    name: &str,
    filled: &Decimal,
) -> Result<OrderStatus, UnknownStatus> {
    use OrderStatus::{
        Accepted, CancelPending, Cancelled, Expired, Filled, PartiallyFilled, Rejected, Submitted,
    };
    use StatusVocabulary::{Barter, Capitals, Fix, Words};

    let status = match (vocabulary, name) {
        (Words, "submitted")
        | (Capitals, "PENDING_NEW")
        | (Fix, "A")
        | (Barter, "OpenInFlight") => Submitted,
        (Words, "accepted" | "open" | "New")
        | (Capitals, "NEW")
        | (Fix, "0")
        | (Barter, "Open") => {
            if **filled == "0" {
                Accepted
            } else {
                PartiallyFilled
            }
        }
        (Words, "partial" | "partially_filled") | (Capitals, "PARTIALLY_FILLED") | (Fix, "1") => {
            PartiallyFilled
        }
        (Words, "canceling" | "cancel_pending")
        | (Capitals, "PENDING_CANCEL")
        | (Fix, "6")
        | (Barter, "CancelInFlight") => CancelPending,
        (Words, "completed" | "closed" | "filled")
        | (Capitals, "FILLED")
        | (Fix, "2")
        | (Barter, "FullyFilled") => Filled,
        (Words, "canceled" | "cancelled")
        | (Capitals, "CANCELED" | "CANCELLED")
        | (Fix, "4")
        | (Barter, "Cancelled") => Cancelled,
        (Words, "margin" | "rejected")
        | (Capitals, "REJECTED")
        | (Fix, "8")
        | (Barter, "OpenFailed") => Rejected,
        (Words, "expired") | (Capitals, "EXPIRED") | (Fix, "C") | (Barter, "Expired") => Expired,
        _ => return Err(UnknownStatus { vocabulary, name: name.to_owned() }),
    };
    Ok(status)
}
