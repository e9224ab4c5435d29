//! Native twins of the bench of offline task lists: the same work without the border.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use serde::{Deserialize, Serialize};
use tendon_agent::{Keypair, NewTask, OfflineTaskList, TaskEdit, TaskId};
use ts_rs::TS;

use crate::{Failure, Object, Scope, diagnostics::Opened, library::Nothing};

/// Work on a list.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListWork {
    /// The pair of lists.
    lists: u64,
    /// What is done.
    work: WorkKind,
    /// How many tasks are added; the rest is done to every task.
    count: u32,
}

/// Kinds of work.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkKind {
    /// Tasks are added one by one.
    Add,
    /// Tasks are added at once.
    AddAll,
    /// Every task gets a new title.
    Edit,
    /// Every task is claimed.
    Claim,
    /// Every task is completed.
    Complete,
    /// The other list is made a copy, and adds as many.
    Diverge,
    /// The other list is merged.
    Merge,
    /// All tasks are read.
    Read,
}

/// What it took.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListRun {
    /// Nanoseconds.
    nanoseconds: f64,
}

struct Lists {
    key: Keypair,
    list: Arc<OfflineTaskList>,
    other: Mutex<Arc<OfflineTaskList>>,
}

impl Object for Lists {
    const KIND: &'static str = "pair of task lists";
}

pub(crate) fn open(scope: &Scope, _: Nothing) -> Result<Opened, Failure> {
    let key = Keypair::generate()?;
    let list = Arc::new(OfflineTaskList::new("bench", &key)?);
    let other = Mutex::new(Arc::new(OfflineTaskList::new("bench", &key)?));
    Ok(Opened::new(scope.insert(Arc::new(Lists { key, list, other }))))
}

pub(crate) fn run(scope: &Scope, request: ListWork) -> Result<ListRun, Failure> {
    let lists = scope.get::<Lists>(request.lists)?;
    let list = &lists.list;
    let tasks = |from: u32| {
        let task = |number| NewTask { title: format!("task {number}"), description: String::new() };
        (from..from + request.count).map(task).collect::<Vec<_>>()
    };
    let ids = || list.snapshot().tasks.iter().map(|task| task.id).collect::<Vec<TaskId>>();
    let mut other = lists.other.lock().unwrap_or_else(PoisonError::into_inner);
    let start;
    match request.work {
        WorkKind::Add => {
            let tasks = tasks(0);
            start = Instant::now();
            for task in &tasks {
                list.add(std::slice::from_ref(task))?;
            }
        }
        WorkKind::AddAll => {
            let tasks = tasks(0);
            start = Instant::now();
            list.add(&tasks)?;
        }
        WorkKind::Edit => {
            let ids = ids();
            start = Instant::now();
            for id in ids {
                let title = Some("edited".to_owned());
                list.edit(id, &TaskEdit { title, ..TaskEdit::default() })?;
            }
        }
        WorkKind::Claim => {
            let ids = ids();
            start = Instant::now();
            for id in ids {
                list.claim(id)?;
            }
        }
        WorkKind::Complete => {
            let ids = ids();
            start = Instant::now();
            for id in ids {
                list.complete(id)?;
            }
        }
        WorkKind::Diverge => {
            start = Instant::now();
            *other = Arc::new(OfflineTaskList::from_bytes(&list.to_bytes(), &lists.key)?);
            other.add(&tasks(request.count))?;
            list.add(&tasks(2 * request.count))?;
        }
        WorkKind::Merge => {
            start = Instant::now();
            list.merge(&other)?;
        }
        WorkKind::Read => {
            start = Instant::now();
            drop(list.snapshot());
        }
    }
    Ok(ListRun { nanoseconds: start.elapsed().as_nanos() as f64 })
}
