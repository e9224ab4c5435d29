//! Certificates on the wire.

use serde::{Deserialize, Serialize};
use tendon_agent::{AgentCertificate, PublicKey};
use ts_rs::TS;

use super::LiveKeypair;
use crate::{Column, Failure, Packed, Scope, library::Nothing};

/// A certificate to issue; the agent's public key is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct IssueCertificate {
    /// Handle of the user's keypair.
    user: u64,
    /// Last second it holds, since the epoch; without it, for ever.
    not_after: Option<u64>,
}

/// What a certificate says. Column of a new one: `bytes` u8.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct CertificateInfo {
    /// Whom it is about, 64 hexadecimal digits.
    agent_id: String,
    /// Who says so, 64 hexadecimal digits.
    user_id: String,
    /// Seconds since the epoch.
    issued_at: u64,
    /// Last second it holds, since the epoch; absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<u64>,
}

/// A certificate to check; its bytes are the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CheckCertificate {
    /// The time to check for, in seconds since the epoch.
    now: u64,
}

/// What a check found.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateState {
    /// Whether the user's signature holds.
    valid: bool,
    /// Whether it has expired, with 300 seconds of tolerance.
    expired: bool,
}

pub(crate) fn issue(
    scope: &Scope,
    request: IssueCertificate,
) -> Result<Packed<CertificateInfo>, Failure> {
    let user = scope.get::<LiveKeypair>(request.user)?;
    let agent = PublicKey::from_bytes(scope.attachment())?;
    let certificate = AgentCertificate::issue(&user.0, &agent, request.not_after)?;
    let columns = vec![Column::u8("bytes", &certificate.to_bytes()?)];
    Ok(Packed { head: CertificateInfo::of(&certificate)?, columns })
}

pub(crate) fn read(scope: &Scope, _: Nothing) -> Result<CertificateInfo, Failure> {
    CertificateInfo::of(&AgentCertificate::from_bytes(scope.attachment())?)
}

pub(crate) fn check(scope: &Scope, request: CheckCertificate) -> Result<CertificateState, Failure> {
    let certificate = AgentCertificate::from_bytes(scope.attachment())?;
    let (valid, expired) = (certificate.verify(), certificate.is_expired(request.now));
    Ok(CertificateState { valid, expired })
}

impl CertificateInfo {
    fn of(certificate: &AgentCertificate) -> Result<Self, Failure> {
        Ok(Self {
            agent_id: certificate.agent_id()?.to_string(),
            user_id: certificate.user_id()?.to_string(),
            issued_at: certificate.issued_at(),
            not_after: certificate.not_after(),
        })
    }
}
