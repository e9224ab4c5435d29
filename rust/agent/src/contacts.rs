//! Contacts: what this agent thinks of others.
//!
//! The crate ignores it when its file cannot be written, and reads a broken file as an empty one.
//! Here a broken file is refused before the agent opens, and every change is read back.

use std::{
    fs, io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use serde::Deserialize;
use x0x::{
    contacts::{
        Contact as NativeContact, ContactStore, IdentityType, RevocationRecord, TrustLevel,
    },
    identity,
};

use crate::{Agent, AgentError, AgentId, MachineId, Result};

/// The longest name of a contact in bytes.
pub const MAX_NAME_BYTES: usize = 256;

/// How far an agent is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactTrust {
    /// Nothing from it arrives.
    Blocked,
    /// Nothing is known of it.
    Unknown,
    /// It is known.
    Known,
    /// It is trusted.
    Trusted,
}

/// An agent of which this one thinks something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The agent.
    pub agent: AgentId,
    /// How far it is trusted.
    pub trust: ContactTrust,
    /// What it is called here.
    pub name: Option<String>,
    /// When it was first heard of or made a contact, in milliseconds since the epoch.
    pub added_at_ms: u64,
    /// The machines that it was seen on.
    pub machines: Vec<MachineId>,
}

/// What to change; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct ContactChange {
    /// How far it is trusted.
    pub trust: Option<ContactTrust>,
    /// What it is called here; an empty name takes it away.
    pub name: Option<String>,
}

impl Agent {
    /// Makes an agent a contact, or changes what is said of it. In force at once, also for
    /// messages that are on their way; kept in the directory.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`], [`AgentError::Closed`], and [`AgentError::ContactsNotSaved`] if the
    /// file cannot be written: then the change holds until the agent closes.
    pub fn set_contact(
        &self,
        agent: AgentId,
        change: ContactChange,
    ) -> BoxFuture<'_, Result<Contact>> {
        Box::pin(async move {
            self.inner.lifecycle.ensure_open()?;
            if let Some(name) = &change.name
                && name.len() > MAX_NAME_BYTES
            {
                let (what, size, limit) = ("the name", name.len(), MAX_NAME_BYTES);
                return Err(AgentError::TooLarge { what, size, limit });
            }
            let id = identity::AgentId(*agent.as_bytes());
            let mut store = self.inner.native.contacts().write().await;
            let mut contact = store.get(&id).cloned().unwrap_or_else(|| fresh(id));
            if let Some(trust) = change.trust {
                contact.trust_level = trust.into();
            }
            if let Some(name) = change.name {
                contact.label = Some(name).filter(|name| !name.is_empty());
            }
            store.add(contact);
            check_saved(&store, &id)?;
            Ok(store.get(&id).map_or_else(|| fresh(id).into(), |contact| contact.clone().into()))
        })
    }

    /// Forgets a contact. False if it was none.
    ///
    /// # Errors
    ///
    /// [`AgentError::ContactsNotSaved`], [`AgentError::Closed`].
    pub fn remove_contact(&self, agent: AgentId) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            self.inner.lifecycle.ensure_open()?;
            let id = identity::AgentId(*agent.as_bytes());
            let mut store = self.inner.native.contacts().write().await;
            let removed = store.remove(&id);
            check_saved(&store, &id)?;
            Ok(removed.as_ref().is_some_and(is_contact))
        })
    }

    /// The contacts, in order of their ids. Agents that were only heard of are none.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`].
    pub fn contacts(&self) -> BoxFuture<'_, Result<Vec<Contact>>> {
        Box::pin(async {
            self.inner.lifecycle.ensure_open()?;
            let store = self.inner.native.contacts().read().await;
            let contacts = store.list().into_iter().filter(|contact| is_contact(contact));
            let mut contacts: Vec<Contact> = contacts.cloned().map(Contact::from).collect();
            contacts.sort_unstable_by_key(|contact| contact.agent);
            Ok(contacts)
        })
    }

    /// One contact.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`].
    pub fn contact(&self, agent: AgentId) -> BoxFuture<'_, Result<Option<Contact>>> {
        Box::pin(async move {
            self.inner.lifecycle.ensure_open()?;
            let store = self.inner.native.contacts().read().await;
            let contact = store.get(&identity::AgentId(*agent.as_bytes()));
            Ok(contact.filter(|contact| is_contact(contact)).cloned().map(Contact::from))
        })
    }
}

/// Refuses a contacts file that exists and does not load: the crate would start with none, so that
/// the blocked were heard again, and overwrite it.
pub(crate) fn check_file(path: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct Stored {
        #[serde(rename = "contacts")]
        _contacts: Vec<NativeContact>,
        #[serde(default, rename = "revocations")]
        _revocations: Vec<RevocationRecord>,
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(AgentError::Storage { path: path.to_path_buf(), source }),
    };
    serde_json::from_slice::<Stored>(&bytes).map(drop).map_err(|error| AgentError::Contacts {
        path: path.to_path_buf(),
        reason: error.to_string(),
    })
}

/// Everyone an announcement was heard from is in the store; contacts are those of whom something
/// was said.
fn is_contact(contact: &NativeContact) -> bool {
    contact.trust_level != TrustLevel::Unknown || contact.label.is_some()
}

fn fresh(agent_id: identity::AgentId) -> NativeContact {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    NativeContact {
        agent_id,
        trust_level: TrustLevel::Unknown,
        label: None,
        added_at: now.as_secs(),
        last_seen: None,
        identity_type: IdentityType::default(),
        machines: Vec::new(),
        dm_capabilities: None,
    }
}

/// Reads the file back: the store says nothing of a failed write.
fn check_saved(store: &ContactStore, id: &identity::AgentId) -> Result<()> {
    let path = store.storage_path();
    let stored = ContactStore::new(path.to_path_buf());
    let facts = |store: &ContactStore| {
        store.get(id).map(|contact| (contact.trust_level, contact.label.clone()))
    };
    if facts(store) == facts(&stored) {
        return Ok(());
    }
    Err(AgentError::ContactsNotSaved { path: path.to_path_buf() })
}

impl From<NativeContact> for Contact {
    fn from(contact: NativeContact) -> Self {
        let machines = contact.machines.iter();
        Self {
            agent: AgentId::from_bytes(contact.agent_id.0),
            trust: match contact.trust_level {
                TrustLevel::Blocked => ContactTrust::Blocked,
                TrustLevel::Unknown => ContactTrust::Unknown,
                TrustLevel::Known => ContactTrust::Known,
                TrustLevel::Trusted => ContactTrust::Trusted,
            },
            name: contact.label,
            added_at_ms: contact.added_at.saturating_mul(1000),
            machines: machines.map(|seen| MachineId::from_bytes(seen.machine_id.0)).collect(),
        }
    }
}

impl From<ContactTrust> for TrustLevel {
    fn from(trust: ContactTrust) -> Self {
        match trust {
            ContactTrust::Blocked => Self::Blocked,
            ContactTrust::Unknown => Self::Unknown,
            ContactTrust::Known => Self::Known,
            ContactTrust::Trusted => Self::Trusted,
        }
    }
}
