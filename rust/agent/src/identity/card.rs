//! Introduction cards: what an agent says about itself.

use four_word_networking::IdentityEncoder;
use x0x::identity::{self, Identity};

use super::IdentityError;
use crate::{AgentId, MachineId, UserId};

/// What an agent says about itself, signed by its machine key.
#[derive(Debug, Clone)]
pub struct IntroductionCard {
    native: identity::IntroductionCard,
}

/// Something an agent offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, for programs.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// How far a caller must be trusted, in the agent's own words.
    pub min_trust: String,
}

impl IntroductionCard {
    pub(crate) fn of(
        identity: &Identity,
        name: Option<String>,
        services: Vec<Service>,
    ) -> Result<Self, IdentityError> {
        let services = services.into_iter().map(|service| identity::ServiceEntry {
            name: service.name,
            description: service.description,
            min_trust: service.min_trust,
        });
        let native = identity::IntroductionCard::from_identity(identity, name, services.collect());
        native.map(|native| Self { native }).map_err(IdentityError::failed)
    }

    /// The card in a JSON text. That it is well-formed does not make it true.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Card`].
    pub fn from_json(json: &[u8]) -> Result<Self, IdentityError> {
        let native = serde_json::from_slice(json);
        native
            .map(|native| Self { native })
            .map_err(|error| IdentityError::Card { reason: error.to_string() })
    }

    /// The card as JSON, about 45 kB.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Failed`], not expected.
    pub fn to_json(&self) -> Result<String, IdentityError> {
        serde_json::to_string(&self.native).map_err(IdentityError::failed)
    }

    /// Whether the machine named on it signed it, its words belong to its ids, and, if it names a
    /// user, that user's certificate for this agent holds.
    ///
    /// Without a user nothing on the card ties the agent's id to the machine: any machine can
    /// name any agent.
    #[must_use]
    pub fn verify(&self) -> bool {
        self.native.verify().is_ok() && self.native.identity_words == self.expected_words()
    }

    /// The words of its ids; the crate does not compare them.
    fn expected_words(&self) -> String {
        let encoder = IdentityEncoder::new();
        let agent = self.native.agent_id.as_bytes();
        let words = match self.native.user_id {
            Some(user) => encoder.encode_full(agent, user.as_bytes()).map(|it| it.to_string()),
            None => encoder.encode_agent(agent).map(|it| it.to_string()),
        };
        words.unwrap_or_default()
    }

    /// The agent.
    #[must_use]
    pub fn agent_id(&self) -> AgentId {
        AgentId::from_bytes(*self.native.agent_id.as_bytes())
    }

    /// The machine that signed it.
    #[must_use]
    pub fn machine_id(&self) -> MachineId {
        MachineId::from_bytes(*self.native.machine_id.as_bytes())
    }

    /// The user behind the agent, if it says so.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.native.user_id.map(|id| UserId::from_bytes(*id.as_bytes()))
    }

    /// A name for people.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.native.display_name.as_deref()
    }

    /// Four words for the agent's id, and behind an `@` four for the user's.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.native.identity_words
    }

    /// What it offers.
    #[must_use]
    pub fn services(&self) -> Vec<Service> {
        let services = self.native.services.iter().map(|service| Service {
            name: service.name.clone(),
            description: service.description.clone(),
            min_trust: service.min_trust.clone(),
        });
        services.collect()
    }
}
