//! Public keys, and what a signature covers.

use std::fmt;

use ant_quic::crypto::raw_public_keys::pqc::{
    MlDsaPublicKey, MlDsaSignature, derive_peer_id_from_key_bytes, verify_with_ml_dsa,
};
use x0x::api::agent_signing;

use super::IdentityError;
use crate::{AgentId, MachineId, UserId};

/// The longest message that is signed, in bytes. Larger things are signed by their hash.
pub const MAX_SIGNED_BYTES: usize = agent_signing::MAX_PAYLOAD_BYTES;

/// The size of a public key in bytes.
const PUBLIC_KEY_BYTES: usize = 1952;

/// An ML-DSA-65 public key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Box<[u8]>);

impl PublicKey {
    pub(crate) fn of(key: &MlDsaPublicKey) -> Self {
        Self(key.as_bytes().into())
    }

    /// The public key with these bytes. Any bytes of the right number are one.
    ///
    /// # Errors
    ///
    /// [`IdentityError::PublicKey`] if there are more or fewer.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        if bytes.len() != PUBLIC_KEY_BYTES {
            let (expected, found) = (PUBLIC_KEY_BYTES, bytes.len());
            return Err(IdentityError::PublicKey { expected, found });
        }
        Ok(Self(bytes.into()))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id of the agent that has this key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn agent_id(&self) -> Result<AgentId, IdentityError> {
        self.id().map(AgentId::from_bytes)
    }

    /// The id of the machine that has this key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn machine_id(&self) -> Result<MachineId, IdentityError> {
        self.id().map(MachineId::from_bytes)
    }

    /// The id of the user who has this key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn user_id(&self) -> Result<UserId, IdentityError> {
        self.id().map(UserId::from_bytes)
    }

    /// Ids of all kinds are the same hash.
    fn id(&self) -> Result<[u8; 32], IdentityError> {
        derive_peer_id_from_key_bytes(&self.0).map(|id| id.0).map_err(IdentityError::failed)
    }

    /// Whether the signature is this key's, of this message for this purpose.
    ///
    /// Signed are not the message's bytes but, in one piece: the byte `0xF0`, the ASCII text
    /// `x0x.external-agent-sign.v1`, the length of the context as 4 bytes big-endian, the context,
    /// the message; with ML-DSA-65 (FIPS 204, pure, empty context string). Nothing that the
    /// network itself signs starts with `0xF0`, so a signature made here is never worth anything
    /// there, whatever bytes somebody asked to sign.
    #[must_use]
    pub fn verify(&self, context: &str, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signed) = signed_bytes(context, message) else { return false };
        let Ok(key) = MlDsaPublicKey::from_bytes(&self.0) else { return false };
        let Ok(signature) = MlDsaSignature::from_bytes(signature) else { return false };
        verify_with_ml_dsa(&key, &signed, &signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Ok(id) => write!(out, "PublicKey({})", AgentId::from_bytes(id)),
            Err(_) => out.write_str("PublicKey"),
        }
    }
}

/// Refuses a purpose that the scheme does not know.
///
/// # Errors
///
/// [`IdentityError::Context`].
pub fn check_context(context: &str) -> Result<(), IdentityError> {
    agent_signing::validate_context(context)
        .map_err(|error| IdentityError::Context { reason: error.to_string() })
}

pub(super) fn signed_bytes(context: &str, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
    check_context(context)?;
    if message.len() > MAX_SIGNED_BYTES {
        let (size, limit) = (message.len(), MAX_SIGNED_BYTES);
        return Err(IdentityError::MessageTooLarge { size, limit });
    }
    Ok(agent_signing::assemble_buffer(context, message))
}
