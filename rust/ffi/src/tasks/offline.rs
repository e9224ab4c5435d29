//! Offline task lists on the wire. Nothing here waits, so every call answers at once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tendon_agent::OfflineTaskList;
use ts_rs::TS;

use super::{
    AddTasks, AddedTasks, EditTask, LiveList, MergeLists, ReadTasks, ReorderTasks, TaskListRef,
    TaskRef,
    record::{TaskChangesRecord, TaskHistoryRecord, TaskOwner, task_id, task_ids},
};
use crate::{Column, Failure, Object, Packed, Scope, identity::LiveKeypair, library::Nothing};

/// An offline list to make.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewOfflineList {
    /// The topic, as of a shared list.
    topic: String,
    /// Handle of its agent's keypair.
    keypair: u64,
}

/// An offline list to load. The attachment is what was saved.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LoadOfflineList {
    /// Handle of its agent's keypair.
    keypair: u64,
}

/// An offline list.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedOfflineList {
    /// Its handle.
    list: u64,
    /// Its topic.
    topic: String,
    /// Id of the agent in whose name it changes.
    agent_id: String,
}

/// An offline list behind a handle.
pub(crate) struct LiveOfflineList(pub(super) Arc<OfflineTaskList>);

impl Object for LiveOfflineList {
    const KIND: &'static str = "offline task list";
}

impl LiveOfflineList {
    fn insert(scope: &Scope, list: OfflineTaskList) -> OpenedOfflineList {
        let (topic, agent_id) = (list.topic().to_owned(), list.agent().to_string());
        let list = scope.insert(Arc::new(Self(Arc::new(list))));
        OpenedOfflineList { list, topic, agent_id }
    }
}

pub(crate) fn create(scope: &Scope, request: NewOfflineList) -> Result<OpenedOfflineList, Failure> {
    let key = scope.get::<LiveKeypair>(request.keypair)?;
    Ok(LiveOfflineList::insert(scope, OfflineTaskList::new(&request.topic, &key.0)?))
}

pub(crate) fn load(scope: &Scope, request: LoadOfflineList) -> Result<OpenedOfflineList, Failure> {
    let key = scope.get::<LiveKeypair>(request.keypair)?;
    let list = OfflineTaskList::from_bytes(scope.attachment(), &key.0)?;
    Ok(LiveOfflineList::insert(scope, list))
}

pub(crate) fn save(scope: &Scope, request: TaskListRef) -> Result<Packed<Nothing>, Failure> {
    let bytes = scope.get::<LiveOfflineList>(request.list)?.0.to_bytes();
    Ok(Packed { head: Nothing {}, columns: vec![Column::u8("bytes", &bytes)] })
}

pub(crate) fn add(scope: &Scope, request: AddTasks) -> Result<AddedTasks, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    let tasks: Vec<_> = request.tasks.into_iter().map(Into::into).collect();
    Ok(AddedTasks::of(&list.0.add(&tasks)?))
}

pub(crate) fn claim(scope: &Scope, request: TaskRef) -> Result<TaskOwner, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    Ok(list.0.claim(task_id(&request.id)?)?.into())
}

pub(crate) fn complete(scope: &Scope, request: TaskRef) -> Result<TaskOwner, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    Ok(list.0.complete(task_id(&request.id)?)?.into())
}

pub(crate) fn edit(scope: &Scope, request: EditTask) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    list.0.edit(task_id(&request.id)?, &request.edit.parse()?)?;
    Ok(Nothing {})
}

pub(crate) fn remove(scope: &Scope, request: TaskRef) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    list.0.remove(task_id(&request.id)?)?;
    Ok(Nothing {})
}

pub(crate) fn reorder(scope: &Scope, request: ReorderTasks) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    list.0.reorder(&task_ids(&request.ids)?)?;
    Ok(Nothing {})
}

pub(crate) fn list(scope: &Scope, request: ReadTasks) -> Result<TaskChangesRecord, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    Ok(list.0.changes(request.since).into())
}

pub(crate) fn history(scope: &Scope, request: TaskRef) -> Result<TaskHistoryRecord, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    Ok(list.0.history(task_id(&request.id)?)?.into())
}

pub(crate) fn merge(scope: &Scope, request: MergeLists) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    let other = scope.get::<LiveOfflineList>(request.other)?;
    list.0.merge(&other.0)?;
    Ok(Nothing {})
}

pub(crate) fn merge_shared(scope: &Scope, request: MergeLists) -> Result<Nothing, Failure> {
    let list = scope.get::<LiveOfflineList>(request.list)?;
    let other = scope.get::<LiveList>(request.other)?;
    list.0.merge_shared(&other.0)?;
    Ok(Nothing {})
}
