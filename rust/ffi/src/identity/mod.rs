//! Keys and signatures on the wire. Secret keys stay behind handles; bytes travel as attachments
//! and columns, never as JSON.

pub(crate) mod card;
pub(crate) mod certificate;
mod failure;

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use tendon_agent::{AgentKeys, KeySource, Keypair, PublicKey};
use ts_rs::TS;

use crate::{
    Column, Failure, Object, Packed, Scope, Status,
    agent::{AgentRef, LiveAgent},
    library::Nothing,
};

/// A new keypair. Column: `publicKey` u8.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedKeypair {
    /// Its handle.
    keypair: u64,
    /// 64 hexadecimal digits: the id of an agent, machine or user that has it.
    id: String,
}

/// A keypair's handle.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeypairRef {
    /// The handle.
    keypair: u64,
}

/// Something to sign; the message is the attachment. Answered with the column `signature` u8.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sign {
    /// The handle.
    keypair: u64,
    /// What the signature is for.
    context: String,
}

/// Something to sign as an agent; the message is the attachment. Answered with the column
/// `signature` u8.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignAsAgent {
    /// The agent's handle.
    agent: u64,
    /// What the signature is for.
    context: String,
}

/// A signature to verify; the attachment holds the public key, the signature and the message.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Verify {
    /// What the signature is for.
    context: String,
    /// Bytes of the public key.
    key_bytes: u32,
    /// Bytes of the signature.
    signature_bytes: u32,
}

/// Whether something holds.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    /// Whether it does.
    valid: bool,
}

/// The id of a public key.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyId {
    /// 64 hexadecimal digits.
    id: String,
}

/// An agent's identity. Columns: `publicKey` u8, `certificate` u8 (empty without a user).
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct AgentIdentity {
    /// The user behind it, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

/// Keys of an agent that do not come from its directory.
#[derive(Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct KeySettings {
    /// The machine's.
    machine: Option<KeySetting>,
    /// The agent's.
    agent: Option<KeySetting>,
    /// The user's.
    user: Option<KeySetting>,
}

/// Where a key comes from.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum KeySetting {
    /// Path of a key file.
    File(String),
    /// A keypair's handle.
    Keypair(u64),
}

/// A keypair behind a handle.
pub(crate) struct LiveKeypair(pub(crate) Arc<Keypair>);

impl Object for LiveKeypair {
    const KIND: &'static str = "keypair";
}

pub(crate) fn generate(scope: &Scope, _: Nothing) -> Result<Packed<OpenedKeypair>, Failure> {
    opened(scope, Keypair::generate()?)
}

pub(crate) fn from_seed(scope: &Scope, _: Nothing) -> Result<Packed<OpenedKeypair>, Failure> {
    let Ok(seed) = scope.attachment().try_into() else {
        let message = format!("a seed has 32 bytes, found {}", scope.attachment().len());
        return Err(Failure::new(Status::Argument, "identity_bad_key", message));
    };
    opened(scope, Keypair::from_seed(seed)?)
}

pub(crate) fn from_bytes(scope: &Scope, _: Nothing) -> Result<Packed<OpenedKeypair>, Failure> {
    opened(scope, Keypair::from_bytes(scope.attachment())?)
}

pub(crate) fn duplicate(
    scope: &Scope,
    request: KeypairRef,
) -> Result<Packed<OpenedKeypair>, Failure> {
    opened(scope, scope.get::<LiveKeypair>(request.keypair)?.0.duplicate()?)
}

pub(crate) fn to_bytes(scope: &Scope, request: KeypairRef) -> Result<Packed<Nothing>, Failure> {
    let bytes = scope.get::<LiveKeypair>(request.keypair)?.0.to_bytes()?;
    Ok(Packed { head: Nothing {}, columns: vec![Column::u8("bytes", &bytes)] })
}

pub(crate) fn sign(scope: &Scope, request: Sign) -> Result<Packed<Nothing>, Failure> {
    let keypair = scope.get::<LiveKeypair>(request.keypair)?;
    let signature = keypair.0.sign(&request.context, scope.attachment())?;
    Ok(signed(&signature))
}

pub(crate) fn sign_as_agent(
    scope: &Scope,
    request: SignAsAgent,
) -> Result<Packed<Nothing>, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let signature = agent.0.sign(&request.context, scope.attachment())?;
    Ok(signed(&signature))
}

pub(crate) fn verify(scope: &Scope, request: Verify) -> Result<Verdict, Failure> {
    let short = || Failure::new(Status::Argument, "invalid_request", "the attachment is too short");
    let (key, rest) =
        scope.attachment().split_at_checked(request.key_bytes as usize).ok_or_else(short)?;
    let (signature, message) =
        rest.split_at_checked(request.signature_bytes as usize).ok_or_else(short)?;
    tendon_agent::check_context(&request.context)?;
    let valid = PublicKey::from_bytes(key)?.verify(&request.context, message, signature);
    Ok(Verdict { valid })
}

pub(crate) fn id_of(scope: &Scope, _: Nothing) -> Result<KeyId, Failure> {
    let id = PublicKey::from_bytes(scope.attachment())?.agent_id()?;
    Ok(KeyId { id: id.to_string() })
}

pub(crate) fn of_agent(scope: &Scope, request: AgentRef) -> Result<Packed<AgentIdentity>, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let certificate = agent.0.certificate().map(|certificate| certificate.to_bytes());
    Ok(Packed {
        head: AgentIdentity { user_id: agent.0.user_id().map(|id| id.to_string()) },
        columns: vec![
            Column::u8("publicKey", agent.0.public_key().as_bytes()),
            Column::u8("certificate", &certificate.transpose()?.unwrap_or_default()),
        ],
    })
}

fn opened(scope: &Scope, keypair: Keypair) -> Result<Packed<OpenedKeypair>, Failure> {
    let public = keypair.public_key();
    let id = public.agent_id()?.to_string();
    let keypair = scope.insert(Arc::new(LiveKeypair(Arc::new(keypair))));
    let columns = vec![Column::u8("publicKey", public.as_bytes())];
    Ok(Packed { head: OpenedKeypair { keypair, id }, columns })
}

fn signed(signature: &[u8]) -> Packed<Nothing> {
    Packed { head: Nothing {}, columns: vec![Column::u8("signature", signature)] }
}

impl KeySettings {
    /// Finds the keypairs behind the handles.
    pub(crate) fn resolve(self, scope: &Scope) -> Result<AgentKeys, Failure> {
        let source = |setting: Option<KeySetting>| match setting {
            None => Ok(None),
            Some(KeySetting::File(path)) => Ok(Some(KeySource::File(PathBuf::from(path)))),
            Some(KeySetting::Keypair(handle)) => {
                let keypair = scope.get::<LiveKeypair>(handle)?;
                Ok::<_, Failure>(Some(KeySource::Keypair(Arc::clone(&keypair.0))))
            }
        };
        Ok(AgentKeys {
            machine: source(self.machine)?,
            agent: source(self.agent)?,
            user: source(self.user)?,
        })
    }
}
