//! An agent's own identity.

use super::{AgentCertificate, IdentityError, IntroductionCard, PublicKey, Service, keypair::sign};
use crate::{Agent, UserId};

impl Agent {
    /// The agent's public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of(self.inner.native.identity().agent_keypair().public_key())
    }

    /// Signs as the agent; see [`PublicKey::verify`] for what exactly is signed.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Context`], [`IdentityError::MessageTooLarge`].
    pub fn sign(&self, context: &str, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        sign(self.inner.native.identity().agent_keypair().secret_key(), context, message)
    }

    /// The user behind the agent.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        let id = self.inner.native.identity().user_id();
        id.map(|id| UserId::from_bytes(*id.as_bytes()))
    }

    /// The user's certificate for the agent.
    #[must_use]
    pub fn certificate(&self) -> Option<AgentCertificate> {
        let native = self.inner.native.identity().agent_certificate();
        native.map(|native| AgentCertificate { native: native.clone() })
    }

    /// A card that introduces the agent.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn card(
        &self,
        name: Option<String>,
        services: Vec<Service>,
    ) -> Result<IntroductionCard, IdentityError> {
        IntroductionCard::of(self.inner.native.identity(), name, services)
    }
}
