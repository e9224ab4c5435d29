//! Encrypted groups on the wire. All of it is computing, so every method answers at once; bytes
//! travel as attachments and columns, never as JSON.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_agent::{AgentId, Group, GroupError, PreparedMember};
use ts_rs::TS;

use crate::{
    Column, Failure, Object, Packed, Scope, Status, identity::LiveKeypair, library::Nothing,
};

/// A keypair's group; the attachment is the group's id, or a snapshot.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GroupKeypair {
    /// The keypair's handle.
    keypair: u64,
}

/// A group's handle. Its message, if there is one, is the attachment; bytes that it answers are
/// the column `bytes` u8.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GroupRef {
    /// The handle.
    group: u64,
}

/// A group. Column: `id` u8.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedGroup {
    /// Its handle.
    group: u64,
}

/// Facts about a group.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupInfo {
    /// How many commits it has seen.
    epoch: u64,
    /// How many leaves it has.
    size: u32,
    /// Agents, 64 hexadecimal digits each, in order.
    members: Vec<String>,
}

/// An agent that is ready to join. Column: `keyPackage` u8.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prepared {
    /// Its handle; it joins once.
    member: u64,
}

/// A group to join; the welcome is the attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JoinGroup {
    /// Handle of the prepared member.
    member: u64,
}

/// An agent that was added. Columns: `commit` u8, `welcome` u8.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedMember {
    /// 64 hexadecimal digits.
    agent: String,
}

/// A member to remove.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RemoveMember {
    /// The group's handle.
    group: u64,
    /// The agent, 64 hexadecimal digits.
    agent: String,
}

/// A group behind a handle.
struct LiveGroup(Mutex<Group>);

impl Object for LiveGroup {
    const KIND: &'static str = "group";
}

/// A prepared member behind a handle, until it joins.
struct LiveMember(Mutex<Option<PreparedMember>>);

impl Object for LiveMember {
    const KIND: &'static str = "prepared member";
}

pub(crate) fn create(scope: &Scope, request: GroupKeypair) -> Result<Packed<OpenedGroup>, Failure> {
    let keypair = scope.get::<LiveKeypair>(request.keypair)?;
    Ok(opened(scope, Group::create(&keypair.0, scope.attachment())?))
}

pub(crate) fn restore(
    scope: &Scope,
    request: GroupKeypair,
) -> Result<Packed<OpenedGroup>, Failure> {
    let keypair = scope.get::<LiveKeypair>(request.keypair)?;
    Ok(opened(scope, Group::restore(&keypair.0, scope.attachment())?))
}

pub(crate) fn prepare(scope: &Scope, request: GroupKeypair) -> Result<Packed<Prepared>, Failure> {
    let keypair = scope.get::<LiveKeypair>(request.keypair)?;
    let member = PreparedMember::new(&keypair.0, scope.attachment())?;
    let columns = vec![Column::u8("keyPackage", member.key_package())];
    let member = scope.insert(Arc::new(LiveMember(Mutex::new(Some(member)))));
    Ok(Packed { head: Prepared { member }, columns })
}

pub(crate) fn join(scope: &Scope, request: JoinGroup) -> Result<Packed<OpenedGroup>, Failure> {
    let member = scope.get::<LiveMember>(request.member)?;
    let prepared = member.0.lock().take().ok_or_else(|| Failure::closed("prepared member"))?;
    Ok(opened(scope, Group::join(prepared, scope.attachment())?))
}

pub(crate) fn info(scope: &Scope, request: GroupRef) -> Result<GroupInfo, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let group = group.0.lock();
    let members = group.members().iter().map(ToString::to_string).collect();
    Ok(GroupInfo { epoch: group.epoch(), size: group.size(), members })
}

pub(crate) fn add(scope: &Scope, request: GroupRef) -> Result<Packed<AddedMember>, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let added = group.0.lock().add(scope.attachment())?;
    Ok(Packed {
        head: AddedMember { agent: added.agent.to_string() },
        columns: vec![Column::u8("commit", &added.commit), Column::u8("welcome", &added.welcome)],
    })
}

pub(crate) fn remove(scope: &Scope, request: RemoveMember) -> Result<Packed<Nothing>, Failure> {
    let agent = AgentId::from_hex(&request.agent).ok_or_else(|| {
        let message = "an agent's id has 64 hexadecimal digits";
        Failure::new(Status::Argument, "invalid_request", message)
    })?;
    let group = scope.get::<LiveGroup>(request.group)?;
    let commit = group.0.lock().remove(agent)?;
    Ok(bytes(&commit))
}

pub(crate) fn update(scope: &Scope, request: GroupRef) -> Result<Packed<Nothing>, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let commit = group.0.lock().update()?;
    Ok(bytes(&commit))
}

pub(crate) fn process_commit(scope: &Scope, request: GroupRef) -> Result<Nothing, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    group.0.lock().process_commit(scope.attachment())?;
    Ok(Nothing {})
}

pub(crate) fn encrypt(scope: &Scope, request: GroupRef) -> Result<Packed<Nothing>, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let message = group.0.lock().encrypt(scope.attachment())?;
    Ok(bytes(&message))
}

pub(crate) fn decrypt(scope: &Scope, request: GroupRef) -> Result<Packed<Nothing>, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let plaintext = group.0.lock().decrypt(scope.attachment())?;
    Ok(bytes(&plaintext))
}

pub(crate) fn snapshot(scope: &Scope, request: GroupRef) -> Result<Packed<Nothing>, Failure> {
    let group = scope.get::<LiveGroup>(request.group)?;
    let snapshot = group.0.lock().snapshot()?;
    Ok(bytes(&snapshot))
}

fn opened(scope: &Scope, group: Group) -> Packed<OpenedGroup> {
    let columns = vec![Column::u8("id", group.id())];
    let group = scope.insert(Arc::new(LiveGroup(Mutex::new(group))));
    Packed { head: OpenedGroup { group }, columns }
}

fn bytes(bytes: &[u8]) -> Packed<Nothing> {
    Packed { head: Nothing {}, columns: vec![Column::u8("bytes", bytes)] }
}

impl From<GroupError> for Failure {
    fn from(error: GroupError) -> Self {
        let (status, kind, data) = match &error {
            GroupError::Malformed { .. } => (Status::Argument, "group_malformed", json!(null)),
            GroupError::OtherGroup { .. } => (Status::Argument, "group_other", json!(null)),
            GroupError::Epoch { expected, found, .. } => {
                (Status::State, "group_epoch", json!({ "expected": expected, "found": found }))
            }
            GroupError::AlreadyMember { agent } => {
                (Status::State, "group_already_member", json!({ "agent": agent.to_string() }))
            }
            GroupError::NotMember { agent } => {
                (Status::NotFound, "group_not_member", json!({ "agent": agent.to_string() }))
            }
            GroupError::Removed => (Status::State, "group_removed", json!(null)),
            GroupError::Restored => (Status::State, "group_restored", json!(null)),
            GroupError::TooLarge { size, limit, .. } => {
                (Status::Argument, "group_too_large", json!({ "size": size, "limit": limit }))
            }
            _ => (Status::Denied, "group_refused", json!(null)),
        };
        Self::new(status, kind, error.to_string()).with_data(data)
    }
}
