//! Task lists on the wire: shared ones here, offline ones in a file of their own.

pub(crate) mod offline;
pub(crate) mod record;

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use tendon_agent::{TaskList, TaskWatch};
use ts_rs::TS;

use self::{
    offline::LiveOfflineList,
    record::{
        EditFields, NewTaskFields, TaskChangesRecord, TaskHistoryRecord, TaskOwner, task_id,
        task_ids,
    },
};
use crate::{Failure, Object, Scope, Stream, StreamOptions, agent::LiveAgent, library::Nothing};

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
}

/// A list's handle.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskListRef {
    /// The handle.
    list: u64,
}

/// A list to read.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReadTasks {
    /// The list's handle.
    list: u64,
    /// The revision that the reader has; 0 for none.
    since: u64,
}

/// Tasks to add, in their order.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AddTasks {
    /// The list's handle.
    list: u64,
    /// The tasks.
    tasks: Vec<NewTaskFields>,
}

/// Tasks that were added.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddedTasks {
    /// Their ids, 64 hexadecimal digits each.
    ids: Vec<String>,
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

/// A task to look up or remove.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskRef {
    /// The list's handle.
    list: u64,
    /// The task's id.
    id: String,
}

/// What is changed of a task.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EditTask {
    /// The list's handle.
    list: u64,
    /// The task's id.
    id: String,
    /// What changes.
    edit: EditFields,
}

/// Tasks that come first.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReorderTasks {
    /// The list's handle.
    list: u64,
    /// Their ids, in order.
    ids: Vec<String>,
}

/// A list that takes over what another knows.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MergeLists {
    /// The list's handle.
    list: u64,
    /// The other's handle.
    other: u64,
}

/// A list to watch.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WatchTasks {
    /// The list's handle.
    list: u64,
    /// Where word of a new revision goes; items are empty.
    stream: StreamOptions,
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
    Ok(OpenedTaskList { list: scope.insert(Arc::new(LiveList(list))) })
}

pub(crate) async fn add(scope: Scope, request: AddTasks) -> Result<AddedTasks, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    let tasks = request.tasks.into_iter().map(Into::into).collect();
    Ok(AddedTasks::of(&list.0.add(tasks).await?))
}

pub(crate) async fn claim(scope: Scope, request: ChangeTask) -> Result<TaskOwner, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.claim(task_id(&request.id)?, request.revision).await?.owner.into())
}

pub(crate) async fn complete(scope: Scope, request: ChangeTask) -> Result<TaskOwner, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.complete(task_id(&request.id)?, request.revision).await?.owner.into())
}

pub(crate) async fn edit(scope: Scope, request: EditTask) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    list.0.edit(task_id(&request.id)?, request.edit.parse()?).await?;
    Ok(Nothing {})
}

pub(crate) async fn remove(scope: Scope, request: TaskRef) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    list.0.remove(task_id(&request.id)?).await?;
    Ok(Nothing {})
}

pub(crate) async fn reorder(scope: Scope, request: ReorderTasks) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    list.0.reorder(task_ids(&request.ids)?).await?;
    Ok(Nothing {})
}

pub(crate) async fn merge(scope: Scope, request: MergeLists) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    let other = scope.get::<LiveOfflineList>(request.other)?;
    list.0.merge(&other.0).await?;
    Ok(Nothing {})
}

pub(crate) fn list(scope: &Scope, request: ReadTasks) -> Result<TaskChangesRecord, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.changes(request.since)?.into())
}

pub(crate) fn history(scope: &Scope, request: TaskRef) -> Result<TaskHistoryRecord, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    Ok(list.0.history(task_id(&request.id)?)?.into())
}

pub(crate) async fn resync(scope: Scope, request: TaskListRef) -> Result<Nothing, Failure> {
    scope.get::<LiveList>(request.list)?.0.resync().await?;
    Ok(Nothing {})
}

pub(crate) async fn watch(scope: Scope, request: WatchTasks) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveList>(request.list)?;
    let watch = list.0.watch()?;
    let stream = scope.stream(&request.stream)?;
    crate::runtime::spawn(forward(watch, stream));
    Ok(Nothing {})
}

async fn forward(mut watch: TaskWatch, stream: Arc<Stream>) {
    loop {
        let revision = tokio::select! {
            biased;
            () = stream.closed() => return,
            revision = watch.changed() => revision,
        };
        if revision.is_none() {
            return stream.end(Ok(()));
        }
        if stream.push(&[]).await.is_err() {
            return;
        }
    }
}

impl AddedTasks {
    fn of(tasks: &[tendon_agent::Task]) -> Self {
        Self { ids: tasks.iter().map(|task| task.id.to_string()).collect() }
    }
}
