//! What is wrong with keys, certificates and cards, as failures on the wire.

use serde_json::json;
use tendon_agent::IdentityError;

use crate::{Failure, Status};

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let (status, kind, data) = match &error {
            IdentityError::Keypair { .. } => (Status::Argument, "identity_bad_key", json!(null)),
            IdentityError::PublicKey { .. } => {
                (Status::Argument, "identity_bad_public_key", json!(null))
            }
            IdentityError::Context { .. } => (Status::Argument, "identity_context", json!(null)),
            IdentityError::MessageTooLarge { size, limit } => {
                (Status::Argument, "identity_too_large", json!({ "size": size, "limit": limit }))
            }
            IdentityError::Certificate { .. } => {
                (Status::Argument, "identity_bad_certificate", json!(null))
            }
            IdentityError::Card { .. } => (Status::Argument, "identity_bad_card", json!(null)),
            _ => (Status::Internal, "identity_failed", json!(null)),
        };
        Self::new(status, kind, error.to_string()).with_data(data)
    }
}
