//! The directory of an agent: one live agent at a time, and only keys that load.

use std::{
    collections::BTreeSet,
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use x0x::AgentBuilder;

use crate::{AgentError, AgentKeys, KeySource, MachineId, Result, contacts, identity};

/// What live agents of this process hold.
static HELD: Mutex<BTreeSet<Hold>> = Mutex::new(BTreeSet::new());

/// What only one live agent may have: two would fight over one peer id, and the crate lets them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Directory(PathBuf),
    Machine(MachineId),
}

/// An agent's hold on its directory and its machine key; released when dropped.
///
/// The set guards this process, the file lock guards the directory against others.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    holds: Vec<Hold>,
    _lock: File,
}

impl Directory {
    /// Creates the directory if needed and takes hold of it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let storage = |source| AgentError::Storage { path: path.to_path_buf(), source };
        create(path).map_err(storage)?;
        let path = path.canonicalize().map_err(storage)?;
        let lock = path.join("agent.lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(|source| AgentError::Storage { path: lock, source })?;
        let mut held = held();
        let hold = Hold::Directory(path.clone());
        if held.contains(&hold) {
            return Err(AgentError::DirectoryInUse { path });
        }
        match lock.try_lock() {
            // A file system without locks still has the set above.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(AgentError::DirectoryInUse { path }),
        }
        held.insert(hold.clone());
        drop(held);
        Ok(Self { path, holds: vec![hold], _lock: lock })
    }

    /// Sends every file of the agent here, and every key where it belongs. One path left out
    /// would fall back to the home directory, and an unset user key would adopt the one found
    /// there.
    pub(crate) fn apply(
        &mut self,
        builder: AgentBuilder,
        keys: &AgentKeys,
    ) -> Result<AgentBuilder> {
        let contacts = self.path.join("contacts.json");
        contacts::check_file(&contacts)?;
        let builder = self.machine_key(builder, keys.machine.as_ref())?;
        let builder = self.agent_key(builder, keys.agent.as_ref())?;
        let builder = self.user_key(builder, keys.user.as_ref())?;
        Ok(builder
            .with_agent_cert_path(self.path.join("agent.cert"))
            .with_identity_dir(&self.path)
            .with_contact_store_path(contacts)
            .with_peer_cache_disabled())
    }

    fn machine_key(
        &mut self,
        builder: AgentBuilder,
        source: Option<&KeySource>,
    ) -> Result<AgentBuilder> {
        let own = self.path.join("machine.key");
        let (path, wanted) = match source {
            None => (own, None),
            Some(KeySource::File(path)) => (made(path)?, None),
            Some(KeySource::Keypair(wanted)) => (own, Some(wanted.as_ref())),
        };
        let machine = identity::ensure(&path, wanted)?.machine_id();
        let hold = Hold::Machine(machine);
        if !held().insert(hold.clone()) {
            return Err(AgentError::MachineInUse { machine });
        }
        self.holds.push(hold);
        Ok(builder.with_machine_key(path))
    }

    fn agent_key(&self, builder: AgentBuilder, source: Option<&KeySource>) -> Result<AgentBuilder> {
        let path = match source {
            None => self.path.join("agent.key"),
            Some(KeySource::File(path)) => made(path)?,
            Some(KeySource::Keypair(key)) => {
                let unused = self.path.join("agent.key");
                return Ok(builder.with_agent_key_path(unused).with_agent_key(key.agent()?));
            }
        };
        identity::ensure(&path, None)?;
        Ok(builder.with_agent_key_path(path))
    }

    /// A user key is never made: it is a person's decision to have one.
    fn user_key(&self, builder: AgentBuilder, source: Option<&KeySource>) -> Result<AgentBuilder> {
        let own = self.path.join("user.key");
        match source {
            Some(KeySource::Keypair(key)) => {
                Ok(builder.with_user_key_path(own).with_user_key(key.user()?))
            }
            Some(KeySource::File(path)) => match identity::read(path)? {
                Some(_) => Ok(builder.with_user_key_path(path)),
                None => {
                    let source = io::Error::from(io::ErrorKind::NotFound);
                    Err(AgentError::Storage { path: path.clone(), source })
                }
            },
            None => {
                identity::read(&own)?;
                Ok(builder.with_user_key_path(own))
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let mut held = held();
        for hold in &self.holds {
            held.remove(hold);
        }
    }
}

fn held() -> MutexGuard<'static, BTreeSet<Hold>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of a key file that may have to be made, with its directory.
fn made(path: &Path) -> Result<PathBuf> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create(parent)
            .map_err(|source| AgentError::Storage { path: parent.to_path_buf(), source })?;
    }
    Ok(path.to_path_buf())
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
