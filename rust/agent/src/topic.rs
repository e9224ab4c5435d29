//! Which topics an application may use.

use crate::{AgentError, Result};

/// The longest topic in bytes.
pub const MAX_TOPIC_BYTES: usize = 65_535;

/// Beginnings that belong to the protocol, or to what is built on it. Junk on the latter would be
/// ignored by every replica, but cost each a signature check.
const RESERVED: [&str; 4] = ["x0x.", "x0x/", TASKS, KV];

const TASKS: &str = "tasks/";
const KV: &str = "kv/";

/// What a replica appends to its topic for state requests.
const STATE_SUFFIX_BYTES: usize = "/state-sync".len();

pub(crate) fn check(topic: &str) -> Result<()> {
    check_size(topic, MAX_TOPIC_BYTES)?;
    match RESERVED.into_iter().find(|prefix| topic.starts_with(prefix)) {
        Some(prefix) => Err(AgentError::ReservedTopic { prefix }),
        None => Ok(()),
    }
}

/// The network topic of the task list that users know as `topic`.
pub(crate) fn of_tasks(topic: &str) -> Result<String> {
    of_replica(TASKS, topic)
}

/// The network topic of the key-value store that users know as `topic`.
pub(crate) fn of_kv(topic: &str) -> Result<String> {
    of_replica(KV, topic)
}

fn of_replica(prefix: &str, topic: &str) -> Result<String> {
    check_size(topic, MAX_TOPIC_BYTES - prefix.len() - STATE_SUFFIX_BYTES)?;
    Ok(format!("{prefix}{topic}"))
}

/// The topic of a task list as users know it.
pub(crate) fn without_prefix(topic: &str) -> &str {
    topic.strip_prefix(TASKS).unwrap_or(topic)
}

fn check_size(topic: &str, limit: usize) -> Result<()> {
    if topic.is_empty() {
        return Err(AgentError::EmptyTopic);
    }
    if topic.len() > limit {
        return Err(AgentError::TooLarge { what: "the topic", size: topic.len(), limit });
    }
    Ok(())
}
