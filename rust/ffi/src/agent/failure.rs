//! What goes wrong in the agent crate, as failures on the wire.

use serde_json::json;
use tendon_agent::{AgentError, DirectFailure};

use crate::{Failure, Status};

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        let error = match error {
            AgentError::Identity(error) => return error.into(),
            other => other,
        };
        let (status, kind, data) = match &error {
            AgentError::Closed => (Status::Closed, "closed", json!(null)),
            AgentError::Offline => (Status::State, "network_offline", json!(null)),
            AgentError::Bind { address, .. } => {
                (Status::Io, "network_bind", json!({ "address": address.to_string() }))
            }
            AgentError::Connect { address, .. } => {
                (Status::NotFound, "network_unreachable", json!({ "address": address.to_string() }))
            }
            AgentError::Held { address } => {
                (Status::Busy, "network_held", json!({ "address": address.to_string() }))
            }
            AgentError::TooFewPeers { found, needed, .. } => {
                (Status::Timeout, "timeout", json!({ "found": found, "needed": needed }))
            }
            AgentError::Timeout { .. } => (Status::Timeout, "timeout", json!(null)),
            AgentError::ReservedTopic { prefix } => {
                (Status::Argument, "network_reserved_topic", json!({ "prefix": prefix }))
            }
            AgentError::EmptyTopic => (Status::Argument, "network_empty_topic", json!(null)),
            AgentError::TooLarge { size, limit, .. } => {
                (Status::Argument, "network_too_large", json!({ "size": size, "limit": limit }))
            }
            AgentError::Direct { to, failure, .. } => {
                let (status, kind) = direct(*failure);
                (status, kind, json!({ "agent": to.to_string() }))
            }
            AgentError::Key { path, .. } => {
                (Status::State, "identity_bad_key", json!({ "path": path }))
            }
            AgentError::Contacts { path, .. } => {
                (Status::State, "identity_bad_contacts", json!({ "path": path }))
            }
            AgentError::ContactsNotSaved { path } => {
                (Status::Io, "identity_contacts_not_saved", json!({ "path": path }))
            }
            AgentError::DirectoryInUse { path } => {
                (Status::Busy, "identity_directory_in_use", json!({ "path": path }))
            }
            AgentError::Storage { path, .. } => {
                (Status::Io, "identity_storage", json!({ "path": path }))
            }
            AgentError::KeyConflict { path } => {
                (Status::State, "identity_key_conflict", json!({ "path": path }))
            }
            AgentError::MachineInUse { machine } => {
                let data = json!({ "machine": machine.to_string() });
                (Status::Busy, "identity_machine_in_use", data)
            }
            AgentError::CorruptList { .. } => (Status::State, "task_list_corrupt", json!(null)),
            AgentError::ListStorage => (Status::State, "task_list_storage", json!(null)),
            AgentError::ListFile { path, .. } => {
                (Status::Io, "task_list_file", json!({ "path": path }))
            }
            AgentError::OtherList => (Status::Argument, "task_list_other", json!(null)),
            AgentError::TaskTwice { id } => {
                (Status::Argument, "task_twice", json!({ "id": id.to_string() }))
            }
            AgentError::TaskNotFound { id } => {
                (Status::NotFound, "task_not_found", json!({ "id": id.to_string() }))
            }
            AgentError::TaskState { id, state, .. } => {
                (Status::State, "task_state", json!({ "id": id.to_string(), "state": state }))
            }
            AgentError::TaskStale { current, .. } => {
                (Status::State, "task_stale", json!({ "revision": current }))
            }
            _ => (Status::Io, "network_failed", json!(null)),
        };
        Self::new(status, kind, error.to_string()).with_data(data)
    }
}

fn direct(failure: DirectFailure) -> (Status, &'static str) {
    match failure {
        DirectFailure::UnknownRecipient => (Status::NotFound, "direct_unknown_recipient"),
        DirectFailure::Unreachable => (Status::NotFound, "direct_unreachable"),
        DirectFailure::Unacknowledged => (Status::Timeout, "direct_unacknowledged"),
        DirectFailure::Busy => (Status::Busy, "direct_busy"),
        DirectFailure::Rejected => (Status::Denied, "direct_rejected"),
        DirectFailure::Other => (Status::Io, "direct_failed"),
    }
}
