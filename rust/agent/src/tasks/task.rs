//! What a replica shows, and what is asked of it.

use crate::{AgentError, AgentId, Result, TaskId};

/// The longest title in bytes.
pub const MAX_TITLE_BYTES: usize = 4 << 10;

/// The longest description in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 64 << 10;

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
    /// How urgent it is, as the applications agree; 128 unless somebody set it.
    pub priority: u8,
    /// Whom somebody meant it for; says nothing about who does it.
    pub assigned_to: Option<AgentId>,
    /// When its creator says it was added, in milliseconds since the epoch. Tasks that no reorder
    /// has placed come in this order, with the id behind it; nothing if another program added it,
    /// such tasks come last.
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

/// A task to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub description: String,
}

/// What is changed of a task; the rest stays. Of changes made apart, each part keeps the latest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskEdit {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// A new priority.
    pub priority: Option<u8>,
    /// Whom the task is meant for from now on, or that it is for nobody.
    pub assignee: Option<Option<AgentId>>,
}

/// Every claim and completion of a task that has arrived, winners first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHistory {
    /// The claims.
    pub claims: Vec<TaskEvent>,
    /// The completions.
    pub completions: Vec<TaskEvent>,
}

/// A claim or a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskEvent {
    /// Who, and when.
    pub owner: Ownership,
    /// Whether it is the winner.
    pub won: bool,
}

/// What a claim or a completion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Who holds the task, or has completed it, as far as this replica knows.
    pub owner: Ownership,
    /// The revision of the replica that says so.
    pub revision: u64,
}

/// All tasks of a replica at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSnapshot {
    /// Grows with every change of this replica; says nothing about others.
    pub revision: u64,
    /// The tasks, in the same order on every replica that holds the same tasks.
    pub tasks: Vec<Task>,
}

/// What has changed in a replica since a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskChanges {
    /// The revision now.
    pub revision: u64,
    /// Whether this is all there is, instead of what changed.
    pub whole: bool,
    /// Tasks that are new or changed, in no order.
    pub tasks: Vec<Task>,
    /// Tasks that are gone.
    pub removed: Vec<TaskId>,
    /// The tasks that a reorder has placed, in that order, if it changed. They come first.
    pub order: Option<Vec<TaskId>>,
}

/// What can happen to a checkbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Claim,
    Complete,
}

impl Change {
    /// Why the task cannot be changed like that.
    pub(super) fn refused(self, id: TaskId, state: TaskState) -> AgentError {
        let action = match self {
            Self::Claim => "claimed",
            Self::Complete => "completed",
        };
        let state = match state {
            TaskState::Empty => "not claimed",
            TaskState::Claimed => "claimed",
            TaskState::Done => "done",
        };
        AgentError::TaskState { id, action, state }
    }
}

/// Refuses texts that others would have to carry.
pub(super) fn check_texts(title: Option<&str>, description: Option<&str>) -> Result<()> {
    check_size("the title", title, MAX_TITLE_BYTES)?;
    check_size("the description", description, MAX_DESCRIPTION_BYTES)
}

fn check_size(what: &'static str, text: Option<&str>, limit: usize) -> Result<()> {
    match text.map(str::len) {
        Some(size) if size > limit => Err(AgentError::TooLarge { what, size, limit }),
        _ => Ok(()),
    }
}
