//! Keys, signatures, certificates and cards: who is who, provable offline.

mod card;
mod certificate;
mod error;
mod key_file;
mod keypair;
mod of_agent;
mod public_key;

pub use card::{IntroductionCard, Service};
pub use certificate::AgentCertificate;
pub use error::IdentityError;
pub use keypair::{AgentKeys, KeySource, Keypair};
pub use public_key::{MAX_SIGNED_BYTES, PublicKey, check_context};

pub(crate) use key_file::{ensure, read};
