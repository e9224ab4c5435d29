//! Shared task lists on the wire.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use tendon_agent::{Added, Changed, Ownership, Task, TaskId, TaskList, TaskSnapshot, TaskWatch};
use ts_rs::TS;

use crate::{
    Failure, Object, Scope, Status, Stream, StreamOptions, agent::LiveAgent, library::Nothing,
};

/// A shared list to open.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct OpenTaskList {
    /// The agent's handle.
    agent: u64,
    /// The topic that its replicas share.
    topic: String,
    /// Directory in which the replica is kept; without it, it lives as long as the agent.
    directory: Option<String>,
}

/// An open list.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedTaskList {
    /// Its handle.
    list: u64,
    /// Its tasks.
    snapshot: TaskListSnapshot,
}

/// A list's handle.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskListRef {
    /// The handle.
    list: u64,
}

/// A task to add.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AddTask {
    /// The list's handle.
    list: u64,
    /// What is to be done.
    title: String,
    /// More about it.
    description: String,
}

/// A new task.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedTask {
    /// Its id, 64 hexadecimal digits.
    id: String,
    /// Its place in the order.
    created_at_ms: u64,
    /// Revision of the replica that has it.
    revision: u64,
}

/// A task to claim or complete.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct ChangeTask {
    /// The list's handle.
    list: u64,
    /// The task's id.
    id: String,
    /// Refuse unless the replica is at this revision.
    revision: Option<u64>,
}

/// What a claim or a completion came to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangedTask {
    /// Who holds it or has completed it.
    owner: TaskOwner,
    /// Revision of the replica that says so.
    revision: u64,
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

/// A list to watch.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WatchTasks {
    /// The list's handle.
    list: u64,
    /// Where snapshots go, each a `TaskListSnapshot` in JSON.
    stream: StreamOptions,
}

/// A replica at one revision.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskListSnapshot {
    /// Grows with every change of this replica.
    revision: u64,
    /// The tasks in the order that all replicas share.
    tasks: Vec<TaskRecord>,
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

/// A list behind a handle.
struct LiveList(TaskList);

impl Object for LiveList {
    const KIND: &'static str = "task list";
}

pub(crate) async fn open(scope: Scope, request: OpenTaskList) -> Result<OpenedTaskList, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let directory = request.directory.as_deref().map(Path::new);
    let list = agent.0.task_list(&request.topic, directory).await?;
    let snapshot = list.snapshot().await?.into();
    Ok(OpenedTaskList { list: scope.insert(Arc::new(LiveList(list))), snapshot })
}

pub(crate) async fn add(scope: Scope, request: AddTask) -> Result<AddedTask, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    let added = list.0.add(&request.title, &request.description).await?;
    let Added { id, created_at_ms, revision } = added;
    Ok(AddedTask { id: id.to_string(), created_at_ms, revision })
}

pub(crate) async fn claim(scope: Scope, request: ChangeTask) -> Result<ChangedTask, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.claim(task_id(&request.id)?, request.revision).await?.into())
}

pub(crate) async fn complete(scope: Scope, request: ChangeTask) -> Result<ChangedTask, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.complete(task_id(&request.id)?, request.revision).await?.into())
}

pub(crate) async fn list(scope: Scope, request: TaskListRef) -> Result<TaskListSnapshot, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.snapshot().await?.into())
}

pub(crate) async fn resync(
    scope: Scope,
    request: TaskListRef,
) -> Result<TaskListSnapshot, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    list.0.resync().await?;
    Ok(list.0.snapshot().await?.into())
}

pub(crate) async fn watch(scope: Scope, request: WatchTasks) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    let watch = list.0.watch().await?;
    let stream = scope.stream(&request.stream)?;
    crate::runtime::spawn(forward(watch, stream));
    Ok(Nothing {})
}

async fn forward(mut watch: TaskWatch, stream: Arc<Stream>) {
    loop {
        let snapshot = tokio::select! {
            biased;
            () = stream.closed() => return,
            snapshot = watch.changed() => snapshot,
        };
        let Some(snapshot) = snapshot else { return stream.end(Ok(())) };
        let Ok(json) = serde_json::to_vec(&TaskListSnapshot::from(snapshot)) else {
            let message = "the snapshot could not be encoded";
            return stream.end(Err(Failure::new(Status::Internal, "internal", message)));
        };
        if stream.push(&[&json]).await.is_err() {
            return;
        }
    }
}

fn task_id(text: &str) -> Result<TaskId, Failure> {
    TaskId::from_hex(text).ok_or_else(|| {
        let message = format!("a task id has 64 hexadecimal digits, found '{text}'");
        Failure::new(Status::Argument, "task_bad_id", message)
    })
}

impl From<TaskSnapshot> for TaskListSnapshot {
    fn from(snapshot: TaskSnapshot) -> Self {
        let tasks = snapshot.tasks.into_iter().map(TaskRecord::from).collect();
        Self { revision: snapshot.revision, tasks }
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
            created_at_ms: task.created_at_ms,
            claimed_by: task.claimed_by.map(TaskOwner::from),
            completed_by: task.completed_by.map(TaskOwner::from),
        }
    }
}

impl From<Changed> for ChangedTask {
    fn from(changed: Changed) -> Self {
        Self { owner: changed.owner.into(), revision: changed.revision }
    }
}

impl From<Ownership> for TaskOwner {
    fn from(owner: Ownership) -> Self {
        Self { agent: owner.agent.to_string(), at_ms: owner.at_ms }
    }
}
