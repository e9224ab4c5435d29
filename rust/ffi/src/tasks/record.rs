//! Tasks and what is said of them, as they cross.

use serde::{Deserialize, Serialize};
use tendon_agent::{
    AgentId, NewTask, Ownership, Task, TaskChanges, TaskEdit, TaskEvent, TaskHistory, TaskId,
};
use ts_rs::TS;

use crate::{Failure, Status};

/// What has changed since the revision asked about.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct TaskChangesRecord {
    /// Grows with every change of this replica.
    revision: u64,
    /// Whether this is all there is, instead of what changed.
    whole: bool,
    /// New and changed tasks, in no order.
    tasks: Vec<TaskRecord>,
    /// Ids of tasks that are gone.
    removed: Vec<String>,
    /// Ids of the tasks that come first, in order, if that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Vec<String>>,
}

/// One task.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct TaskRecord {
    /// 64 hexadecimal digits.
    id: String,
    /// What is to be done.
    title: String,
    /// More about it.
    description: String,
    /// Where it stands.
    state: TaskState,
    /// How urgent it is.
    priority: u8,
    /// Whom it was meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<String>,
    /// Milliseconds since the epoch, by its creator's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_ms: Option<u64>,
    /// Winner of the claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_by: Option<TaskOwner>,
    /// Winner of the completions.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_by: Option<TaskOwner>,
}

/// The checkbox of a task.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskState {
    /// Nobody claimed it.
    Empty,
    /// Somebody works on it.
    Claimed,
    /// It is done.
    Done,
}

/// Who claimed or completed a task.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskOwner {
    /// The agent's id.
    agent: String,
    /// Milliseconds since the epoch, by that agent's clock.
    at_ms: u64,
}

/// Every claim and completion of a task that has arrived, winners first.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskHistoryRecord {
    /// The claims.
    claims: Vec<TaskEventRecord>,
    /// The completions.
    completions: Vec<TaskEventRecord>,
}

/// A claim or a completion.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskEventRecord {
    /// Who and when.
    owner: TaskOwner,
    /// Whether it is the winner.
    won: bool,
}

/// A task to add.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTaskFields {
    /// What is to be done.
    title: String,
    /// More about it.
    description: String,
}

/// What is changed of a task.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct EditFields {
    /// A new title.
    title: Option<String>,
    /// A new description.
    description: Option<String>,
    /// A new priority.
    priority: Option<u8>,
    /// Id of the agent that it is meant for; empty for nobody.
    assignee: Option<String>,
}

impl EditFields {
    pub(super) fn parse(self) -> Result<TaskEdit, Failure> {
        let Self { title, description, priority, assignee } = self;
        let assignee = match assignee.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let agent = AgentId::from_hex(text);
                Some(Some(agent.ok_or_else(|| bad_id("an agent id", text))?))
            }
        };
        Ok(TaskEdit { title, description, priority, assignee })
    }
}

pub(super) fn task_id(text: &str) -> Result<TaskId, Failure> {
    TaskId::from_hex(text).ok_or_else(|| bad_id("a task id", text))
}

pub(super) fn task_ids(texts: &[String]) -> Result<Vec<TaskId>, Failure> {
    texts.iter().map(|text| task_id(text)).collect()
}

fn bad_id(what: &str, text: &str) -> Failure {
    let message = format!("{what} has 64 hexadecimal digits, found '{text}'");
    Failure::new(Status::Argument, "task_bad_id", message)
}

impl From<NewTaskFields> for NewTask {
    fn from(fields: NewTaskFields) -> Self {
        Self { title: fields.title, description: fields.description }
    }
}

impl From<TaskChanges> for TaskChangesRecord {
    fn from(changes: TaskChanges) -> Self {
        let ids = |ids: Vec<TaskId>| ids.iter().map(ToString::to_string).collect();
        Self {
            revision: changes.revision,
            whole: changes.whole,
            tasks: changes.tasks.into_iter().map(TaskRecord::from).collect(),
            removed: ids(changes.removed),
            order: changes.order.map(ids),
        }
    }
}

impl From<Task> for TaskRecord {
    fn from(task: Task) -> Self {
        Self {
            id: task.id.to_string(),
            title: task.title,
            description: task.description,
            state: match task.state {
                tendon_agent::TaskState::Empty => TaskState::Empty,
                tendon_agent::TaskState::Claimed => TaskState::Claimed,
                tendon_agent::TaskState::Done => TaskState::Done,
            },
            priority: task.priority,
            assigned_to: task.assigned_to.map(|agent| agent.to_string()),
            created_at_ms: task.created_at_ms,
            claimed_by: task.claimed_by.map(TaskOwner::from),
            completed_by: task.completed_by.map(TaskOwner::from),
        }
    }
}

impl From<Ownership> for TaskOwner {
    fn from(owner: Ownership) -> Self {
        Self { agent: owner.agent.to_string(), at_ms: owner.at_ms }
    }
}

impl From<TaskHistory> for TaskHistoryRecord {
    fn from(history: TaskHistory) -> Self {
        let records = |events: Vec<TaskEvent>| {
            let record =
                |event: TaskEvent| TaskEventRecord { owner: event.owner.into(), won: event.won };
            events.into_iter().map(record).collect()
        };
        Self { claims: records(history.claims), completions: records(history.completions) }
    }
}
