//! Keypairs of agents, machines and users.

use std::{fmt, path::PathBuf, sync::Arc};

use ant_quic::crypto::raw_public_keys::pqc::{MlDsaSecretKey, sign_with_ml_dsa};
use x0x::{
    identity::{AgentKeypair, MachineId, UserKeypair},
    storage,
};
use zeroize::Zeroizing;

use super::{IdentityError, PublicKey, key_file, public_key::signed_bytes};

/// An ML-DSA-65 keypair. The secret half is wiped when it is dropped.
///
/// Agents, machines and users have keypairs of the same form; what a keypair is used for makes it
/// one or the other.
pub struct Keypair {
    /// The one kind of the crate that can be made from a seed.
    native: UserKeypair,
}

/// The keys of an agent that do not come from its directory.
#[derive(Debug, Clone, Default)]
pub struct AgentKeys {
    /// The machine's. Without it, `machine.key` in the directory; a keypair is written there, as
    /// the crate takes this key from a file only.
    pub machine: Option<KeySource>,
    /// The agent's. Without it, `agent.key` in the directory; a keypair is not written anywhere.
    pub agent: Option<KeySource>,
    /// The user's. Without it, `user.key` in the directory if there is one; a keypair is not
    /// written anywhere.
    pub user: Option<KeySource>,
}

/// Where an agent takes a key from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A key file. Made if it is missing, unless it is a user's.
    File(PathBuf),
    /// A keypair of this process.
    Keypair(Arc<Keypair>),
}

impl Keypair {
    pub(super) fn new(native: UserKeypair) -> Self {
        Self { native }
    }

    /// A new, random keypair.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`] if the system has no randomness.
    pub fn generate() -> Result<Self, IdentityError> {
        UserKeypair::generate().map(Self::new).map_err(IdentityError::failed)
    }

    /// The keypair of a seed, always the same one (FIPS 204, `KeyGen_internal`).
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, IdentityError> {
        UserKeypair::from_seed(seed).map(Self::new).map_err(IdentityError::failed)
    }

    /// The keypair in the bytes of a key file.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Keypair`] if they are anything else, hold more, or were damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        let parsed = key_file::parse(bytes);
        parsed.map(Self::new).map_err(|reason| IdentityError::Keypair { reason })
    }

    /// The bytes of its key file. They hold the secret key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        let bytes = storage::serialize_user_keypair(&self.native);
        bytes.map(Zeroizing::new).map_err(IdentityError::failed)
    }

    /// A second owner of the same keys.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn duplicate(&self) -> Result<Self, IdentityError> {
        self.user().map(Self::new)
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of(self.native.public_key())
    }

    /// Signs a message for a purpose; see [`PublicKey::verify`] for what exactly is signed.
    /// Signatures are randomised: two of the same message differ.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Context`], [`IdentityError::MessageTooLarge`].
    pub fn sign(&self, context: &str, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        sign(self.native.secret_key(), context, message)
    }

    /// The secret half, for deriving other secrets from it.
    pub(crate) fn secret_bytes(&self) -> &[u8] {
        self.native.secret_key().as_bytes()
    }

    pub(crate) fn native(&self) -> &UserKeypair {
        &self.native
    }

    pub(crate) fn user(&self) -> Result<UserKeypair, IdentityError> {
        let (public, secret) = self.halves();
        UserKeypair::from_bytes(public, secret).map_err(IdentityError::failed)
    }

    pub(crate) fn agent(&self) -> Result<AgentKeypair, IdentityError> {
        let (public, secret) = self.halves();
        AgentKeypair::from_bytes(public, secret).map_err(IdentityError::failed)
    }

    pub(crate) fn machine_id(&self) -> crate::MachineId {
        let id = MachineId::from_public_key(self.native.public_key());
        crate::MachineId::from_bytes(*id.as_bytes())
    }

    fn halves(&self) -> (&[u8], &[u8]) {
        (self.native.public_key().as_bytes(), self.native.secret_key().as_bytes())
    }
}

pub(super) fn sign(
    secret: &MlDsaSecretKey,
    context: &str,
    message: &[u8],
) -> Result<Vec<u8>, IdentityError> {
    let signature = sign_with_ml_dsa(secret, &signed_bytes(context, message)?);
    Ok(signature.map_err(IdentityError::failed)?.as_bytes().to_vec())
}

impl fmt::Debug for Keypair {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keypair").field("public_key", &self.public_key()).finish_non_exhaustive()
    }
}
