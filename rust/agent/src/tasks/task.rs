//! What a replica shows.

use x0x::crdt::CheckboxState;

use super::stamp;
use crate::{AgentId, TaskId};

/// A task as one replica sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id, the same on every replica.
    pub id: TaskId,
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub description: String,
    /// Where it stands.
    pub state: TaskState,
    /// When its creator says it was added, in milliseconds since the epoch. The order of the
    /// list, with the id behind it; nothing if another program added it, such tasks come last.
    pub created_at_ms: Option<u64>,
    /// The winner of the claims: the earliest, then the smaller agent id. Stays when it is done.
    pub claimed_by: Option<Ownership>,
    /// The winner of the completions, by the same rule.
    pub completed_by: Option<Ownership>,
}

/// Who claimed or completed a task, and when, by that agent's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// The agent; its signature was verified.
    pub agent: AgentId,
    /// Milliseconds since the epoch.
    pub at_ms: u64,
}

/// The checkbox of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Nobody claimed it.
    Empty,
    /// Somebody works on it.
    Claimed,
    /// It is done, for good.
    Done,
}

/// All tasks of a replica at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSnapshot {
    /// Grows with every change of this replica; says nothing about others.
    pub revision: u64,
    /// The tasks, in the same order on every replica that holds the same tasks.
    pub tasks: Vec<Task>,
}

impl TaskSnapshot {
    pub(super) fn new(revision: u64, tasks: Vec<x0x::TaskSnapshot>) -> Self {
        let mut tasks: Vec<_> = tasks.into_iter().map(Task::from).collect();
        tasks.sort_unstable_by_key(|task| (task.created_at_ms.unwrap_or(u64::MAX), task.id));
        tasks.dedup_by_key(|task| task.id);
        Self { revision, tasks }
    }

    pub(super) fn find(&self, id: TaskId) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    pub(super) fn latest_ms(&self) -> u64 {
        self.tasks.iter().filter_map(|task| task.created_at_ms).max().unwrap_or(0)
    }
}

impl From<x0x::TaskSnapshot> for Task {
    fn from(task: x0x::TaskSnapshot) -> Self {
        let (description, created_at_ms) = stamp::detach(&task.description);
        Self {
            id: TaskId::from_bytes(*task.id.as_bytes()),
            description: description.to_owned(),
            title: task.title,
            state: match task.state {
                CheckboxState::Empty => TaskState::Empty,
                CheckboxState::Claimed { .. } => TaskState::Claimed,
                CheckboxState::Done { .. } => TaskState::Done,
            },
            created_at_ms,
            claimed_by: ownership(task.claimed_by, task.claimed_at),
            completed_by: ownership(task.completed_by, task.completed_at),
        }
    }
}

fn ownership(agent: Option<x0x::identity::AgentId>, at_ms: Option<u64>) -> Option<Ownership> {
    let agent = AgentId::from_bytes(*agent?.as_bytes());
    Some(Ownership { agent, at_ms: at_ms? })
}
