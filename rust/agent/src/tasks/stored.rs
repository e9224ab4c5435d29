//! A list as bytes: what a file of a shared list holds, and what an offline list is saved as.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use bincode::Options;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    entry::Entry,
    ledger::Ledger,
    register::Register,
    wire::{self, Delta, Key},
};
use crate::{AgentError, Result};

const MAGIC: &[u8; 8] = b"TENDTL\0\x01";
const HASH: usize = 32;

#[derive(Serialize)]
struct StateRef<'a> {
    topic: &'a str,
    entries: Vec<&'a Entry>,
    removed: Vec<&'a Key>,
    order: &'a Register<Vec<Key>>,
}

#[derive(Deserialize)]
struct State {
    topic: String,
    entries: Vec<Entry>,
    removed: Vec<Key>,
    order: Register<Vec<Key>>,
}

/// The content of a list, to be [`seal`]ed. Holds no key.
pub(super) fn content(topic: &str, ledger: &Ledger) -> Vec<u8> {
    let parts = ledger.parts();
    let (entries, removed, order) = (parts.entries, parts.removed, parts.order);
    wire::encode(&StateRef { topic, entries, removed, order })
}

/// The bytes of a list: mark, hash, content.
pub(super) fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + HASH + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&Sha256::digest(body));
    bytes.extend_from_slice(body);
    bytes
}

/// The topic and content of a list, or what is wrong with its bytes. Checks every signature.
pub(super) fn decode(bytes: &[u8]) -> std::result::Result<(String, Ledger), &'static str> {
    let body = bytes.strip_prefix(MAGIC).ok_or("it does not begin as a stored list does")?;
    let (hash, body) = body.split_at_checked(HASH).ok_or("it is cut off")?;
    if Sha256::digest(body).as_slice() != hash {
        return Err("it was damaged");
    }
    let options = bincode::options().with_fixint_encoding().with_limit(body.len() as u64);
    let state: State = options.deserialize(body).map_err(|_| "it has another form")?;
    let mut ledger = Ledger::new(&state.topic);
    let mut delta = Delta::whole(state.entries, state.removed, state.order);
    delta.verify(ledger.scope());
    ledger.absorb(&delta);
    Ok((state.topic, ledger))
}

/// The file of one shared list, held for one replica.
#[derive(Debug)]
pub(super) struct ListFile {
    path: PathBuf,
    /// Two replicas would overwrite each other.
    _lock: File,
}

impl ListFile {
    /// Takes hold of the file of a list and reads it; without a file the list is empty. It is
    /// written back, so that a list never runs without the storage it was promised.
    pub(super) fn open(directory: &Path, topic: &str) -> Result<(Self, Ledger)> {
        let id = Ledger::new(topic).scope().to_string();
        let path = directory.join(id).with_extension("tasks");
        let unusable = |source| AgentError::ListFile { path: path.clone(), source };
        fs::create_dir_all(directory).map_err(unusable)?;
        let lock = created(&path.with_extension("lock")).map_err(unusable)?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(AgentError::ListStorage);
        }
        let corrupt = |reason: &str| AgentError::CorruptList {
            reason: format!("{}: {reason}", path.display()),
        };
        let ledger = match fs::read(&path) {
            Ok(bytes) => match decode(&bytes) {
                Ok((found, ledger)) if found == topic => ledger,
                Ok(_) => return Err(corrupt("it holds another list")),
                Err(reason) => return Err(corrupt(reason)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ledger::new(topic),
            Err(error) => return Err(unusable(error)),
        };
        let file = Self { path, _lock: lock };
        file.write(&content(topic, &ledger))?;
        Ok((file, ledger))
    }

    /// Replaces the content: what is read later is the old or the new, never a mixture.
    pub(super) fn write(&self, body: &[u8]) -> Result<()> {
        let replace = || {
            let fresh = self.path.with_extension("new");
            let mut file = created(&fresh)?;
            file.set_len(0)?;
            file.write_all(&seal(body))?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)?;
            #[cfg(unix)]
            File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
            Ok(())
        };
        replace().map_err(|source| AgentError::ListFile { path: self.path.clone(), source })
    }
}

/// A file that only its owner can read.
fn created(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
