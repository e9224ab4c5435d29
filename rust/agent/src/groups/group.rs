//! A group as one member holds it.

use std::fmt;

use x0x::{identity, mls::TreeKemMlsGroup};
use zeroize::Zeroizing;

use super::{
    GroupError, PreparedMember,
    packed::{COMMIT, Kind, MESSAGE, SNAPSHOT, WELCOME},
    roster::{Member, Roster, seed},
};
use crate::{AgentId, Keypair};

/// The longest group id in bytes.
pub const MAX_GROUP_ID_BYTES: usize = 256;

/// The longest text that is encrypted, in bytes. With what encryption adds, it fits a message of
/// 1 MiB.
pub const MAX_PLAINTEXT_BYTES: usize = (1 << 20) - (8 << 10);

/// A group as one member holds it. Every method that fails leaves it as it was.
pub struct Group {
    native: TreeKemMlsGroup,
    own: AgentId,
    roster: Roster,
    /// Encrypting could repeat a key that an older life of this group used.
    stale: bool,
}

/// What an addition needs to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The agent that was added.
    pub agent: AgentId,
    /// For the other members.
    pub commit: Vec<u8>,
    /// For the agent.
    pub welcome: Vec<u8>,
}

impl Group {
    /// Makes a group with one member.
    ///
    /// # Errors
    ///
    /// [`GroupError::TooLarge`], [`GroupError::Refused`].
    pub fn create(keypair: &Keypair, group_id: &[u8]) -> Result<Self, GroupError> {
        let own = PreparedMember::new(keypair, group_id)?.entry;
        let seed = seed(keypair, group_id);
        let native = TreeKemMlsGroup::create(group_id.to_vec(), native_id(own.agent), &seed)
            .map_err(GroupError::refused)?;
        let mut group = Self::of(native, own.agent);
        group.roster.insert(own);
        Ok(group)
    }

    /// Joins a group that has added this member.
    ///
    /// # Errors
    ///
    /// [`GroupError::Malformed`], [`GroupError::Refused`] if the welcome is for somebody else.
    pub fn join(prepared: PreparedMember, welcome: &[u8]) -> Result<Self, GroupError> {
        let (_, parts) = WELCOME.unpack(welcome)?;
        let [welcome, packages @ ..] = &parts[..] else { return Err(WELCOME.malformed()) };
        let own = prepared.entry.agent;
        let native = TreeKemMlsGroup::join_from_welcome(prepared.native, welcome)
            .map_err(GroupError::refused)?;
        let roster = Roster::read(packages, &native)?;
        Ok(Self { roster, ..Self::of(native, own) })
    }

    /// Continues a group from a snapshot. It has to [`update`](Self::update), or to add or remove
    /// somebody, before it encrypts: what it sent after the snapshot was taken it does not know,
    /// and encrypting with the same keys again would show what both messages hold.
    ///
    /// # Errors
    ///
    /// [`GroupError::Malformed`], [`GroupError::Refused`] if the keypair is another.
    pub fn restore(keypair: &Keypair, snapshot: &[u8]) -> Result<Self, GroupError> {
        let (_, parts) = SNAPSHOT.unpack(snapshot)?;
        let [group_id, native, packages @ ..] = &parts[..] else {
            return Err(SNAPSHOT.malformed());
        };
        let own = keypair.public_key().agent_id()?;
        let seed = seed(keypair, group_id);
        let native =
            TreeKemMlsGroup::restore(native, native_id(own), &seed).map_err(GroupError::refused)?;
        let roster = Roster::read(packages, &native)?;
        Ok(Self { roster, stale: true, ..Self::of(native, own) })
    }

    fn of(native: TreeKemMlsGroup, own: AgentId) -> Self {
        Self { native, own, roster: Roster::default(), stale: false }
    }

    /// The whole state, for [`restore`](Self::restore). It holds secrets.
    ///
    /// # Errors
    ///
    /// [`GroupError::Refused`], not expected.
    pub fn snapshot(&self) -> Result<Zeroizing<Vec<u8>>, GroupError> {
        let native = self.native.to_snapshot_bytes().map_err(GroupError::refused)?;
        let native = Zeroizing::new(native);
        let parts = [self.native.group_id(), &native].into_iter().chain(self.roster.packed());
        Ok(Zeroizing::new(SNAPSHOT.pack(self.epoch(), parts)))
    }

    /// Adds the agent of a key package. This member is in the next epoch at once; the others
    /// have to process the commit.
    ///
    /// # Errors
    ///
    /// [`GroupError::Malformed`], [`GroupError::OtherGroup`], [`GroupError::AlreadyMember`],
    /// [`GroupError::Refused`].
    pub fn add(&mut self, key_package: &[u8]) -> Result<Added, GroupError> {
        let member = Member::read(key_package, self.native.group_id())?;
        let agent = member.agent;
        if self.roster.find(agent).is_some() {
            return Err(GroupError::AlreadyMember { agent });
        }
        let added = self
            .native
            .add_member(native_id(agent), &member.native)
            .map_err(GroupError::refused)?;
        let commit = COMMIT.pack(self.epoch(), [added.commit.as_slice(), &member.packed]);
        self.roster.insert(member);
        self.stale = false;
        let parts = std::iter::once(added.welcome.as_slice()).chain(self.roster.packed());
        Ok(Added { agent, commit, welcome: WELCOME.pack(self.epoch(), parts) })
    }

    /// Removes another member, and answers with the commit for those who stay.
    ///
    /// # Errors
    ///
    /// [`GroupError::NotMember`], [`GroupError::Refused`] if it is this member.
    pub fn remove(&mut self, agent: AgentId) -> Result<Vec<u8>, GroupError> {
        let member = self.roster.find(agent).ok_or(GroupError::NotMember { agent })?;
        let commit = self
            .native
            .remove_member_verified(native_id(agent), &member.native)
            .map_err(GroupError::refused)?;
        self.roster.prune(&self.native);
        Ok(self.committed(&commit))
    }

    /// Replaces this member's keys, and answers with the commit for the others. Whoever had
    /// copied the old keys is shut out.
    ///
    /// # Errors
    ///
    /// [`GroupError::Refused`], not expected.
    pub fn update(&mut self) -> Result<Vec<u8>, GroupError> {
        let commit = self.native.update().map_err(GroupError::refused)?;
        Ok(self.committed(&commit))
    }

    fn committed(&mut self, commit: &[u8]) -> Vec<u8> {
        self.stale = false;
        COMMIT.pack(self.epoch(), [commit])
    }

    /// Follows another member's commit into the next epoch.
    ///
    /// # Errors
    ///
    /// [`GroupError::Malformed`], [`GroupError::Epoch`] if it is not the next one,
    /// [`GroupError::Removed`], [`GroupError::Refused`].
    pub fn process_commit(&mut self, commit: &[u8]) -> Result<(), GroupError> {
        let (epoch, parts) = COMMIT.unpack(commit)?;
        check_epoch(COMMIT, self.epoch() + 1, epoch)?;
        let (native, added) = match parts[..] {
            [native] => (native, None),
            [native, added] => (native, Some(Member::read(added, self.native.group_id())?)),
            _ => return Err(COMMIT.malformed()),
        };
        self.native.process_commit(native).map_err(GroupError::refused)?;
        if let Some(member) = added {
            self.roster.insert(member);
        }
        self.roster.prune(&self.native);
        Ok(())
    }

    /// Encrypts for all members of this epoch.
    ///
    /// # Errors
    ///
    /// [`GroupError::Restored`], [`GroupError::TooLarge`], [`GroupError::Refused`].
    pub fn encrypt(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, GroupError> {
        check_size("the text", plaintext.len(), MAX_PLAINTEXT_BYTES)?;
        if self.stale {
            return Err(GroupError::Restored);
        }
        let message = self.native.encrypt_message(plaintext).map_err(GroupError::refused)?;
        Ok(MESSAGE.pack(self.epoch(), [message.as_slice()]))
    }

    /// Decrypts what a member of this epoch encrypted. Each message decrypts once.
    ///
    /// # Errors
    ///
    /// [`GroupError::Malformed`], [`GroupError::Epoch`], [`GroupError::Refused`] if it was
    /// changed, is a repetition, or not a member's.
    pub fn decrypt(&mut self, message: &[u8]) -> Result<Vec<u8>, GroupError> {
        let (epoch, parts) = MESSAGE.unpack(message)?;
        let [native] = parts[..] else { return Err(MESSAGE.malformed()) };
        check_epoch(MESSAGE, self.epoch(), epoch)?;
        self.native.decrypt_message(native).map_err(GroupError::refused)
    }

    /// The group's id.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        self.native.group_id()
    }

    /// How many commits the group has seen.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.native.epoch()
    }

    /// The agents of the group, in order of their ids.
    #[must_use]
    pub fn members(&self) -> Vec<AgentId> {
        self.roster.agents()
    }

    /// How many leaves the group has. More than [`members`](Self::members) if a commit came
    /// without the key package of the agent that it added.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.native.member_count()
    }

    /// This member.
    #[must_use]
    pub fn own(&self) -> AgentId {
        self.own
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Group");
        shown.field("own", &self.own).field("epoch", &self.epoch()).finish_non_exhaustive()
    }
}

pub(super) fn check_group_id(group_id: &[u8]) -> Result<(), GroupError> {
    check_size("the group id", group_id.len(), MAX_GROUP_ID_BYTES)
}

fn check_size(what: &'static str, size: usize, limit: usize) -> Result<(), GroupError> {
    if size > limit { Err(GroupError::TooLarge { what, size, limit }) } else { Ok(()) }
}

fn check_epoch(kind: Kind, expected: u64, found: u64) -> Result<(), GroupError> {
    if found == expected {
        return Ok(());
    }
    Err(GroupError::Epoch { what: kind.name, expected, found })
}

fn native_id(agent: AgentId) -> identity::AgentId {
    identity::AgentId(*agent.as_bytes())
}
