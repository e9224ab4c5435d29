//! Contacts on the wire.

use serde::{Deserialize, Serialize};
use tendon_agent::ContactChange;
use ts_rs::TS;

use super::{AgentRef, LiveAgent, agent_id};
use crate::{Failure, Scope};

/// How far an agent is trusted.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactTrust {
    /// Nothing from it arrives.
    Blocked,
    /// Nothing is known of it.
    Unknown,
    /// It is known.
    Known,
    /// It is trusted.
    Trusted,
}

/// What to say of an agent; what is absent stays.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct SetContact {
    /// The agent's handle.
    agent: u64,
    /// The other agent's id.
    id: String,
    /// How far it is trusted.
    trust: Option<ContactTrust>,
    /// What it is called; empty for nothing.
    name: Option<String>,
}

/// A contact by its id.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContactRef {
    /// The agent's handle.
    agent: u64,
    /// The other agent's id.
    id: String,
}

/// An agent of which this one thinks something.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct Contact {
    /// Its id.
    id: String,
    /// How far it is trusted.
    trust: ContactTrust,
    /// What it is called here.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When it was first heard of, in milliseconds since the epoch.
    added_at_ms: u64,
    /// Ids of the machines that it was seen on.
    machines: Vec<String>,
}

/// A contact, if it is one.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct FoundContact {
    /// The contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Contact>,
}

/// All contacts.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contacts {
    /// In order of their ids.
    contacts: Vec<Contact>,
}

/// What a removal came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovedContact {
    /// Whether it was a contact.
    removed: bool,
}

pub(crate) async fn set(scope: Scope, request: SetContact) -> Result<Contact, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let change = ContactChange { trust: request.trust.map(Into::into), name: request.name };
    Ok(agent.0.set_contact(agent_id(&request.id)?, change).await?.into())
}

pub(crate) async fn remove(scope: Scope, request: ContactRef) -> Result<RemovedContact, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let removed = agent.0.remove_contact(agent_id(&request.id)?).await?;
    Ok(RemovedContact { removed })
}

pub(crate) async fn get(scope: Scope, request: ContactRef) -> Result<FoundContact, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let contact = agent.0.contact(agent_id(&request.id)?).await?;
    Ok(FoundContact { contact: contact.map(Contact::from) })
}

pub(crate) async fn list(scope: Scope, request: AgentRef) -> Result<Contacts, Failure> {
    let contacts = scope.get::<LiveAgent>(request.agent)?.0.contacts().await?;
    Ok(Contacts { contacts: contacts.into_iter().map(Contact::from).collect() })
}

impl From<tendon_agent::Contact> for Contact {
    fn from(contact: tendon_agent::Contact) -> Self {
        Self {
            id: contact.agent.to_string(),
            trust: contact.trust.into(),
            name: contact.name,
            added_at_ms: contact.added_at_ms,
            machines: contact.machines.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<tendon_agent::ContactTrust> for ContactTrust {
    fn from(trust: tendon_agent::ContactTrust) -> Self {
        match trust {
            tendon_agent::ContactTrust::Blocked => Self::Blocked,
            tendon_agent::ContactTrust::Unknown => Self::Unknown,
            tendon_agent::ContactTrust::Known => Self::Known,
            tendon_agent::ContactTrust::Trusted => Self::Trusted,
        }
    }
}

impl From<ContactTrust> for tendon_agent::ContactTrust {
    fn from(trust: ContactTrust) -> Self {
        match trust {
            ContactTrust::Blocked => Self::Blocked,
            ContactTrust::Unknown => Self::Unknown,
            ContactTrust::Known => Self::Known,
            ContactTrust::Trusted => Self::Trusted,
        }
    }
}
