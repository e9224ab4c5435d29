//! Certificates: which user stands behind an agent.

use x0x::identity;

use super::{IdentityError, Keypair, PublicKey};
use crate::{AgentId, UserId};

/// A user's signed statement that an agent is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCertificate {
    pub(super) native: identity::AgentCertificate,
}

impl AgentCertificate {
    /// States that the agent with this key belongs to the user, until a time in seconds since the
    /// epoch or for ever.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn issue(
        user: &Keypair,
        agent: &PublicKey,
        not_after: Option<u64>,
    ) -> Result<Self, IdentityError> {
        let issue = identity::AgentCertificate::issue_for_public_key;
        let native = issue(user.native(), agent.as_bytes(), not_after);
        native.map(|native| Self { native }).map_err(IdentityError::failed)
    }

    /// The certificate in these bytes. That they are well-formed does not make it valid.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Certificate`] if they are anything else, or more.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        let refused = |reason: String| IdentityError::Certificate { reason };
        let native = identity::AgentCertificate::from_storage_bytes(bytes);
        let certificate = Self { native: native.map_err(|error| refused(error.to_string()))? };
        // The crate accepts bytes behind it.
        if certificate.to_bytes()? != bytes {
            return Err(refused("they hold more than a certificate".to_owned()));
        }
        certificate.agent_id()?;
        certificate.user_id()?;
        Ok(certificate)
    }

    /// Its bytes, as the crate stores them.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn to_bytes(&self) -> Result<Vec<u8>, IdentityError> {
        self.native.to_storage_bytes().map_err(IdentityError::failed)
    }

    /// Whether the user's signature holds. Says nothing of the expiry.
    #[must_use]
    pub fn verify(&self) -> bool {
        self.native.verify().is_ok()
    }

    /// Whether it has expired at a time in seconds since the epoch. Clocks may differ by 300
    /// seconds, so it lasts that much longer.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.native.is_expired(now)
    }

    /// Whom it is about.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Certificate`] if it holds no public key.
    pub fn agent_id(&self) -> Result<AgentId, IdentityError> {
        self.native.agent_id().map(|id| AgentId::from_bytes(*id.as_bytes())).map_err(key_error)
    }

    /// Who says so.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Certificate`] if it holds no public key.
    pub fn user_id(&self) -> Result<UserId, IdentityError> {
        self.native.user_id().map(|id| UserId::from_bytes(*id.as_bytes())).map_err(key_error)
    }

    /// When it was issued, in seconds since the epoch.
    #[must_use]
    pub fn issued_at(&self) -> u64 {
        self.native.issued_at()
    }

    /// The last second it holds, since the epoch; nothing if it has no end.
    #[must_use]
    pub fn not_after(&self) -> Option<u64> {
        self.native.not_after()
    }
}

fn key_error(error: x0x::error::IdentityError) -> IdentityError {
    IdentityError::Certificate { reason: error.to_string() }
}
