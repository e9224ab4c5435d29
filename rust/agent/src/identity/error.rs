//! What can be wrong with keys, certificates and cards.

/// Why a key, a certificate or a card was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The bytes hold no usable keypair. Says nothing of their content.
    #[error("the bytes are not a usable keypair: {reason}")]
    Keypair {
        /// What is wrong with them.
        reason: String,
    },

    /// The bytes hold no public key.
    #[error("a public key has {expected} bytes, found {found}")]
    PublicKey {
        /// Bytes of a public key.
        expected: usize,
        /// Bytes given.
        found: usize,
    },

    /// The name of the purpose of a signature is not allowed.
    #[error("the context is not usable: {reason}")]
    Context {
        /// What is wrong with it.
        reason: String,
    },

    /// The message is longer than what is signed.
    #[error("the message has {size} bytes, the limit is {limit}: sign its hash instead")]
    MessageTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },

    /// The bytes hold no certificate.
    #[error("the bytes are not an agent certificate: {reason}")]
    Certificate {
        /// What is wrong with them.
        reason: String,
    },

    /// The text holds no introduction card.
    #[error("the text is not an introduction card: {reason}")]
    Card {
        /// What is wrong with it.
        reason: String,
    },

    /// The cryptography failed; not expected with usable keys.
    #[error("the operation on the key failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

impl IdentityError {
    pub(super) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed { reason: error.to_string() }
    }
}
