//! Who the leaves of a group are: agents, by signed key packages.

use x0x::{
    identity,
    mls::{TreeKemMlsGroup, treekem},
};
use zeroize::Zeroizing;

use super::{GroupError, packed::KEY_PACKAGE};
use crate::{AgentId, Keypair, PublicKey};

/// The purpose under which agents sign their key packages.
const CONTEXT: &str = "tendon.group.key-package.v1";

/// A leaf's secrets, waiting for a welcome.
#[derive(Debug)]
pub struct PreparedMember {
    pub(super) native: treekem::PreparedMember,
    pub(super) entry: Member,
}

impl PreparedMember {
    /// Prepares an agent for a group. Its leaf follows from its key and the group: the same two
    /// give the same leaf again.
    ///
    /// # Errors
    ///
    /// [`GroupError::TooLarge`], [`GroupError::Refused`].
    pub fn new(keypair: &Keypair, group_id: &[u8]) -> Result<Self, GroupError> {
        super::group::check_group_id(group_id)?;
        let public = keypair.public_key();
        let agent = public.agent_id()?;
        let seed = seed(keypair, group_id);
        let native = TreeKemMlsGroup::prepare_member(identity::AgentId(*agent.as_bytes()), &seed)
            .map_err(GroupError::refused)?;
        let package = native.key_package_bytes();
        let signature = keypair.sign(CONTEXT, &signed(group_id, package))?;
        let parts = [public.as_bytes(), &signature, group_id, package];
        let entry = Member { agent, native: package.to_vec(), packed: KEY_PACKAGE.pack(0, parts) };
        Ok(Self { native, entry })
    }

    /// What a member needs to add the agent. Public.
    #[must_use]
    pub fn key_package(&self) -> &[u8] {
        &self.entry.packed
    }
}

/// A member as others know it.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) agent: AgentId,
    /// The crate's key package.
    pub(super) native: Vec<u8>,
    /// The signed key package.
    pub(super) packed: Vec<u8>,
}

impl Member {
    /// Reads a key package and checks that the agent made it for this group.
    pub(super) fn read(packed: &[u8], group_id: &[u8]) -> Result<Self, GroupError> {
        let (_, parts) = KEY_PACKAGE.unpack(packed)?;
        let [public, signature, group, package] = parts[..] else {
            return Err(KEY_PACKAGE.malformed());
        };
        if group != group_id {
            return Err(GroupError::OtherGroup { what: KEY_PACKAGE.name });
        }
        let public = PublicKey::from_bytes(public).map_err(|_| KEY_PACKAGE.malformed())?;
        if !public.verify(CONTEXT, &signed(group_id, package), signature) {
            let reason = "the key package is not signed by its agent".to_owned();
            return Err(GroupError::Refused { reason });
        }
        let agent = public.agent_id()?;
        Ok(Self { agent, native: package.to_vec(), packed: packed.to_vec() })
    }
}

/// The members whose leaves are known, in order of their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster(Vec<Member>);

impl Roster {
    pub(super) fn insert(&mut self, member: Member) {
        match self.0.binary_search_by(|known| known.agent.cmp(&member.agent)) {
            Ok(at) => self.0[at] = member,
            Err(at) => self.0.insert(at, member),
        }
    }

    pub(super) fn find(&self, agent: AgentId) -> Option<&Member> {
        let at = self.0.binary_search_by(|known| known.agent.cmp(&agent)).ok()?;
        self.0.get(at)
    }

    /// Forgets those whose leaves are gone.
    pub(super) fn prune(&mut self, group: &TreeKemMlsGroup) {
        self.0.retain(|member| group.has_key_package_leaf(&member.native));
    }

    /// Reads the key packages of members, and keeps those that have a leaf.
    pub(super) fn read(packages: &[&[u8]], group: &TreeKemMlsGroup) -> Result<Self, GroupError> {
        let mut roster = Self::default();
        for packed in packages {
            roster.insert(Member::read(packed, group.group_id())?);
        }
        roster.prune(group);
        Ok(roster)
    }

    pub(super) fn packed(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|member| member.packed.as_slice())
    }

    pub(super) fn agents(&self) -> Vec<AgentId> {
        self.0.iter().map(|member| member.agent).collect()
    }
}

/// The seed of an agent's leaf in a group, as the crate's daemon derives it.
pub(super) fn seed(keypair: &Keypair, group_id: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(treekem::derive_identity_seed(keypair.secret_bytes(), group_id))
}

fn signed(group_id: &[u8], package: &[u8]) -> Vec<u8> {
    KEY_PACKAGE.pack(0, [group_id, package])
}
