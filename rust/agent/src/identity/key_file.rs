//! Key files: read with care, written once.
//!
//! The crate's loaders accept trailing bytes and halves that do not belong together, and its
//! builder replaces a file that does not load by a fresh identity. So every key passes here first.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use aws_lc_rs::signature::{KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use x0x::{identity::UserKeypair, storage};
use zeroize::Zeroizing;

use super::Keypair;
use crate::{AgentError, Result};

/// The keypair in a key file's bytes, whatever its kind: all kinds share one form.
///
/// An expiry date, which the crate's tools may add, is accepted and not kept.
///
/// # Errors
///
/// What is wrong with them, without their content.
pub(super) fn parse(bytes: &[u8]) -> std::result::Result<UserKeypair, String> {
    let load = storage::deserialize_agent_keypair_with_expiry;
    let (key, expiry) = load(bytes).map_err(|_| "they do not have the form of a key file")?;
    let again = storage::serialize_agent_keypair_with_expiry(&key, expiry);
    let again = Zeroizing::new(again.map_err(|error| error.to_string())?);
    if *again != bytes {
        return Err("they hold more than a keypair".to_owned());
    }
    let (public, secret) = (key.public_key().as_bytes(), key.secret_key().as_bytes());
    check_halves(public, secret)?;
    UserKeypair::from_bytes(public, secret).map_err(|error| error.to_string())
}

/// Recomputes the public key from the secret one, which also checks every part of the secret key
/// that follows from others (`tr`, `s1`, `s2`, `t0` of FIPS 204). What is left are the 32 bytes
/// of `K`: a random seed of its own, from which signatures draw randomness.
fn check_halves(public: &[u8], secret: &[u8]) -> std::result::Result<(), &'static str> {
    let pair = PqdsaKeyPair::from_raw_private_key(&ML_DSA_65_SIGNING, secret)
        .map_err(|_| "the secret half is damaged")?;
    if pair.public_key().as_ref() == public {
        Ok(())
    } else {
        Err("the secret and public halves do not belong together")
    }
}

/// The keypair of a file, or nothing if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Keypair>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(AgentError::Storage { path: path.to_path_buf(), source }),
    };
    match parse(&bytes) {
        Ok(native) => Ok(Some(Keypair::new(native))),
        Err(reason) => Err(AgentError::Key { path: path.to_path_buf(), reason }),
    }
}

/// The keypair of a file; if there is no such file, a new one, or `wanted`, is written to it.
///
/// # Errors
///
/// [`AgentError::Key`] if the file does not load, [`AgentError::KeyConflict`] if it holds another
/// keypair than `wanted`, [`AgentError::Storage`]. The file is left as it is.
pub(crate) fn ensure(path: &Path, wanted: Option<&Keypair>) -> Result<Keypair> {
    if let Some(found) = read(path)? {
        return match wanted {
            Some(wanted) if wanted.public_key() != found.public_key() => {
                Err(AgentError::KeyConflict { path: path.to_path_buf() })
            }
            _ => Ok(found),
        };
    }
    let key = match wanted {
        Some(wanted) => wanted.duplicate()?,
        None => Keypair::generate()?,
    };
    write_new(path, &key.to_bytes()?)
        .map_err(|source| AgentError::Storage { path: path.to_path_buf(), source })?;
    Ok(key)
}

/// Writes a file that only its owner may ever have read, and that was not there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key would be refused for ever.
        let _ = fs::remove_file(path);
    }
    written
}
