//! The directory of an agent: one live agent at a time, and only keys that load.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ant_quic::crypto::raw_public_keys::pqc::{sign_with_ml_dsa, verify_with_ml_dsa};
use x0x::{AgentBuilder, storage};

use crate::{AgentError, Result, contacts};

/// Directories with a live agent of this process.
static OPEN: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// An agent's hold on its directory; released when dropped.
///
/// Two agents on one directory would fight over one peer id, and the crate lets them. The set
/// guards this process, the file lock guards against others.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Creates the directory if needed, takes hold of it and checks the keys in it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let storage = |source| AgentError::Storage { path: path.to_path_buf(), source };
        create(path).map_err(storage)?;
        let path = path.canonicalize().map_err(storage)?;
        let directory = Self::hold(path)?;
        check_key(&directory.path.join(MACHINE_KEY), check_machine_key)?;
        check_key(&directory.path.join(AGENT_KEY), check_agent_key)?;
        contacts::check_file(&directory.path.join(CONTACTS))?;
        Ok(directory)
    }

    fn hold(path: PathBuf) -> Result<Self> {
        let lock = path.join("agent.lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(|source| AgentError::Storage { path: lock, source })?;
        let mut open = open_directories();
        if open.get_or_insert_default().contains(&path) {
            return Err(AgentError::DirectoryInUse { path });
        }
        match lock.try_lock() {
            // A file system without locks still has the set above.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(AgentError::DirectoryInUse { path }),
        }
        open.get_or_insert_default().insert(path.clone());
        Ok(Self { path, _lock: lock })
    }

    /// Sends every file of the agent here. One path left out would fall back to the home
    /// directory, and an unset user key would adopt the one found there.
    pub(crate) fn apply(&self, builder: AgentBuilder) -> AgentBuilder {
        builder
            .with_machine_key(self.path.join(MACHINE_KEY))
            .with_agent_key_path(self.path.join(AGENT_KEY))
            .with_agent_cert_path(self.path.join("agent.cert"))
            .with_user_key_path(self.path.join("user.key"))
            .with_identity_dir(&self.path)
            .with_contact_store_path(self.path.join(CONTACTS))
            .with_peer_cache_disabled()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Some(open) = open_directories().as_mut() {
            open.remove(&self.path);
        }
    }
}

const MACHINE_KEY: &str = "machine.key";
const AGENT_KEY: &str = "agent.key";
const CONTACTS: &str = "contacts.json";

fn open_directories() -> MutexGuard<'static, Option<HashSet<PathBuf>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Refuses a key file that exists and does not load: the crate would replace it by a fresh
/// identity without a word.
fn check_key(path: &Path, check: fn(&[u8]) -> std::result::Result<(), String>) -> Result<()> {
    let path = || path.to_path_buf();
    match fs::read(path()) {
        Ok(bytes) => check(&bytes).map_err(|reason| AgentError::Key { path: path(), reason }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(AgentError::Storage { path: path(), source }),
    }
}

// The crate's loaders accept trailing bytes and halves that do not belong together. Writing the
// loaded key again shows the first, a signature the second.
macro_rules! key_check {
    ($name:ident, $load:ident, $store:ident) => {
        fn $name(bytes: &[u8]) -> std::result::Result<(), String> {
            let (key, expiry) = storage::$load(bytes).map_err(|error| error.to_string())?;
            let again = storage::$store(&key, expiry).map_err(|error| error.to_string())?;
            if again != bytes {
                return Err("it holds more than a keypair".to_owned());
            }
            let probe = b"tendon key check";
            let signature = sign_with_ml_dsa(key.secret_key(), probe);
            match signature.map(|signature| verify_with_ml_dsa(key.public_key(), probe, &signature))
            {
                Ok(Ok(())) => Ok(()),
                _ => Err("its secret and public halves do not belong together".to_owned()),
            }
        }
    };
}

key_check! {
    check_machine_key,
    deserialize_machine_keypair_with_expiry,
    serialize_machine_keypair_with_expiry
}
key_check! {
    check_agent_key,
    deserialize_agent_keypair_with_expiry,
    serialize_agent_keypair_with_expiry
}
