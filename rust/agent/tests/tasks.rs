//! Shared task lists between real agents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{path::Path, time::Duration};

use common::{TempDir, bounded, joined, task};
use tendon_agent::{
    Agent, AgentError, Keypair, NewTask, OfflineTaskList, TaskEdit, TaskId, TaskList, TaskSnapshot,
    TaskState,
};

/// Waits until the list satisfies the condition.
async fn until(list: &TaskList, done: impl Fn(&TaskSnapshot) -> bool) -> TaskSnapshot {
    let mut watch = list.watch().unwrap();
    loop {
        watch.changed().await.unwrap();
        let snapshot = list.snapshot().unwrap();
        if done(&snapshot) {
            return snapshot;
        }
    }
}

async fn add(list: &TaskList, title: &str) -> TaskId {
    bounded(list.add(vec![task(title)])).await.unwrap()[0].id
}

fn ids(snapshot: &TaskSnapshot) -> Vec<TaskId> {
    snapshot.tasks.iter().map(|task| task.id).collect()
}

async fn three() -> ([TempDir; 3], [Agent; 3], [TaskList; 3]) {
    let homes = [TempDir::new(), TempDir::new(), TempDir::new()];
    let a = joined(&homes[0], &[]).await;
    let b = joined(&homes[1], &[&a]).await;
    let c = joined(&homes[2], &[&a]).await;
    let lists = [
        a.task_list("work", None).await.unwrap(),
        b.task_list("work", None).await.unwrap(),
        c.task_list("work", None).await.unwrap(),
    ];
    (homes, [a, b, c], lists)
}

async fn close(agents: [Agent; 3]) {
    bounded(futures::future::join_all(agents.iter().map(Agent::close))).await;
}

/// Waits until all replicas show the same.
async fn agreed(lists: &[TaskList]) -> TaskSnapshot {
    bounded(async {
        loop {
            let shown: Vec<_> = lists.iter().map(|list| list.snapshot().unwrap()).collect();
            if shown.iter().all(|other| other.tasks == shown[0].tasks) {
                return shown.into_iter().next().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_converge_in_one_order_also_reordered_at_once() {
    let (_homes, agents, lists) = three().await;
    let adds = (0..30).map(|number| lists[number % 3].add(vec![task(&format!("task {number}"))]));
    bounded(futures::future::join_all(adds)).await;
    for list in &lists {
        bounded(until(list, |snapshot| snapshot.tasks.len() == 30)).await;
    }
    let before = ids(&agreed(&lists).await);
    // Three writers at once, which the crate's register does not survive.
    let reorders = [3, 7, 11].map(|step| {
        let mut order = before.clone();
        order.rotate_left(step);
        order
    });
    let all = lists.iter().zip(&reorders).map(|(list, order)| list.reorder(order.clone()));
    for reordered in bounded(futures::future::join_all(all)).await {
        reordered.unwrap();
    }
    let settled = bounded(async {
        loop {
            let order = ids(&agreed(&lists).await);
            if reorders.contains(&order) {
                tokio::time::sleep(Duration::from_millis(300)).await;
                if ids(&agreed(&lists).await) == order {
                    return order;
                }
            }
        }
    })
    .await;
    // A part comes first, the rest keeps its order, what is new comes last.
    bounded(lists[1].reorder(vec![settled[29], settled[5]])).await.unwrap();
    let last = add(&lists[1], "last").await;
    for list in &lists {
        let snapshot = bounded(until(list, |snapshot| {
            snapshot.tasks.len() == 31 && snapshot.tasks[0].id == settled[29]
        }))
        .await;
        let order = ids(&snapshot);
        assert_eq!((order[1], order[2], order[30]), (settled[5], settled[0], last));
    }
    let twice = lists[0].reorder(vec![last, last]).await;
    assert!(matches!(twice, Err(AgentError::TaskTwice { id }) if id == last), "{twice:?}");
    let unknown = lists[0].reorder(vec![TaskId::from_bytes([9; 32])]).await;
    assert!(matches!(unknown, Err(AgentError::TaskNotFound { .. })), "{unknown:?}");
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_added_in_knowledge_of_another_comes_after_it() {
    let (_homes, agents, lists) = three().await;
    let mut added = Vec::new();
    for number in 0..9 {
        let list = &lists[number % 3];
        bounded(until(list, |snapshot| snapshot.tasks.len() == number)).await;
        added.push(add(list, "same title").await);
    }
    for list in &lists {
        let snapshot = bounded(until(list, |snapshot| snapshot.tasks.len() == 9)).await;
        assert_eq!(ids(&snapshot), added);
    }
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_claims_have_one_winner_and_a_history() {
    let (_homes, agents, lists) = three().await;
    let id = add(&lists[0], "contested").await;
    for list in &lists {
        bounded(until(list, |snapshot| snapshot.tasks.len() == 1)).await;
    }
    let claims = lists.iter().map(|list| list.claim(id, None));
    for claim in bounded(futures::future::join_all(claims)).await {
        claim.unwrap();
    }
    bounded(futures::future::join_all(lists.iter().map(TaskList::resync))).await;
    let winner = agreed(&lists).await.tasks[0].claimed_by.unwrap();
    let again = bounded(lists[0].claim(id, None)).await.unwrap();
    assert_eq!(again.owner, winner, "claiming a claimed task names its owner");
    let place = agents.iter().position(|agent| agent.info().agent_id == winner.agent).unwrap();
    bounded(lists[place].complete(id, None)).await.unwrap();
    let histories: Vec<_> = lists.iter().map(|list| list.history(id).unwrap().claims).collect();
    assert!(histories.iter().all(|claims| *claims == histories[0]), "{histories:?}");
    assert_eq!(histories[0][0].owner, winner);
    assert!(histories[0][0].won && histories[0].iter().skip(1).all(|claim| !claim.won));
    for list in &lists {
        let done = |snapshot: &TaskSnapshot| snapshot.tasks[0].state == TaskState::Done;
        let snapshot = bounded(until(list, done)).await;
        assert_eq!(snapshot.tasks[0].completed_by.unwrap().agent, winner.agent);
        assert_eq!(list.history(id).unwrap().completions.len(), 1);
    }
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_states_are_typed() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let list = agent.task_list("work", None).await.unwrap();
    let id = add(&list, "title").await;
    assert!(matches!(list.complete(id, None).await, Err(AgentError::TaskState { .. })));
    let stale = list.claim(id, Some(99)).await;
    assert!(matches!(stale, Err(AgentError::TaskStale { expected: 99, .. })), "{stale:?}");
    let revision = list.snapshot().unwrap().revision;
    let claim = list.claim(id, Some(revision)).await.unwrap();
    assert_eq!(claim.revision, revision + 1);
    assert_eq!(claim.owner.agent, agent.info().agent_id);
    list.complete(id, None).await.unwrap();
    let refused = list.claim(id, None).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("task {id} cannot be claimed as it is done"));
    assert!(matches!(list.complete(id, None).await, Err(AgentError::TaskState { .. })));
    let unknown = TaskId::from_bytes([9; 32]);
    assert!(matches!(list.claim(unknown, None).await, Err(AgentError::TaskNotFound { .. })));
    assert!(matches!(list.remove(unknown).await, Err(AgentError::TaskNotFound { .. })));
    let long = NewTask { title: "t".repeat(5000), description: String::new() };
    assert!(matches!(list.add(vec![long]).await, Err(AgentError::TooLarge { .. })));
    bounded(agent.close()).await;
    assert!(matches!(list.snapshot(), Err(AgentError::Closed)));
    assert!(matches!(list.add(vec![task("late")]).await, Err(AgentError::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_opened_twice_is_one_replica() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let first = agent.task_list("work", None).await.unwrap();
    let id = add(&first, "title").await;
    drop(first);
    let second = agent.task_list("work", None).await.unwrap();
    assert_eq!(second.snapshot().unwrap().tasks[0].id, id);
    assert_ne!(add(&second, "title").await, id);
    let elsewhere = agent.task_list("work", Some(home.path())).await;
    assert!(matches!(elsewhere, Err(AgentError::ListStorage)));
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_list_survives_its_agent() {
    let home = TempDir::new();
    let storage = home.path().join("lists");
    let agent = joined(&home, &[]).await;
    let list = agent.task_list("work", Some(&storage)).await.unwrap();
    let id = add(&list, "title").await;
    let gone = add(&list, "to be removed").await;
    let second = add(&list, "second").await;
    list.claim(id, None).await.unwrap();
    list.remove(gone).await.unwrap();
    list.reorder(vec![second]).await.unwrap();
    let before = list.snapshot().unwrap().tasks;
    bounded(agent.close()).await;

    let agent = joined(&home, &[]).await;
    let list = agent.task_list("work", Some(&storage)).await.unwrap();
    assert_eq!(list.snapshot().unwrap().tasks, before);
    let other_home = TempDir::new();
    let other = joined(&other_home, &[]).await;
    let taken = other.task_list("work", Some(&storage)).await;
    assert!(matches!(taken, Err(AgentError::ListStorage)), "{taken:?}");
    bounded(other.close()).await;
    bounded(agent.close()).await;

    let file = stored_file(&storage);
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    for damaged in [&b"junk"[..], &bytes, &bytes[..bytes.len() / 2], b""] {
        std::fs::write(&file, damaged).unwrap();
        let agent = joined(&home, &[]).await;
        let refused = agent.task_list("work", Some(&storage)).await;
        assert!(matches!(refused, Err(AgentError::CorruptList { .. })), "{refused:?}");
        bounded(agent.close()).await;
        assert_eq!(std::fs::read(&file).unwrap(), damaged, "left as it is");
    }
}

fn stored_file(storage: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(storage).unwrap().map(|file| file.unwrap().path());
    files.into_iter().find(|file| file.extension().is_some_and(|kind| kind == "tasks")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_latecomer_gets_a_list_that_no_message_could_hold() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let of_a = a.task_list("work", None).await.unwrap();
    let key = Keypair::generate().unwrap();
    let prepared = OfflineTaskList::new("work", &key).unwrap();
    let tasks: Vec<_> = (0..1000).map(|number| task(&format!("task {number}"))).collect();
    for done in prepared.add(&tasks).unwrap().iter().take(500) {
        prepared.claim(done.id).unwrap();
        prepared.complete(done.id).unwrap();
    }
    assert!(prepared.to_delta().len() > 4 << 20, "past what the crate's frames carry");
    bounded(of_a.merge(&prepared)).await.unwrap();
    let b = joined(&home_b, &[&a]).await;
    let of_b = b.task_list("work", None).await.unwrap();
    bounded(of_b.resync()).await.unwrap();
    let snapshot = of_b.snapshot().unwrap();
    assert_eq!(snapshot.tasks, of_a.snapshot().unwrap().tasks);
    assert_eq!(snapshot.tasks.iter().filter(|t| t.state == TaskState::Done).count(), 500);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_work_reaches_everybody() {
    let (_homes, agents, lists) = three().await;
    let [kept, gone] = [add(&lists[0], "kept").await, add(&lists[0], "gone").await];
    let key = Keypair::generate().unwrap();
    let offline = OfflineTaskList::new("work", &key).unwrap();
    offline.merge_shared(&lists[0]).unwrap();
    let edit = TaskEdit { title: Some("renamed".to_owned()), ..TaskEdit::default() };
    offline.edit(kept, &edit).unwrap();
    offline.claim(kept).unwrap();
    offline.remove(gone).unwrap();
    bounded(lists[1].merge(&offline)).await.unwrap();
    for list in &lists {
        let snapshot = bounded(until(list, |snapshot| {
            snapshot.tasks.len() == 1 && snapshot.tasks[0].state == TaskState::Claimed
        }))
        .await;
        assert_eq!(snapshot.tasks[0].title, "renamed");
        assert_eq!(snapshot.tasks[0].claimed_by.unwrap().agent, offline.agent());
    }
    let other = OfflineTaskList::new("elsewhere", &key).unwrap();
    assert!(matches!(lists[0].merge(&other).await, Err(AgentError::OtherList)));
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_change_before_a_close_arrives() {
    for _ in 0..5 {
        let (_homes, agents, lists) = three().await;
        let id = add(&lists[0], "last words").await;
        bounded(until(&lists[1], |snapshot| snapshot.tasks.len() == 1)).await;
        bounded(lists[1].claim(id, None)).await.unwrap();
        bounded(lists[1].complete(id, None)).await.unwrap();
        bounded(agents[1].close()).await;
        for list in [&lists[0], &lists[2]] {
            let done = |snapshot: &TaskSnapshot| {
                snapshot.tasks.first().is_some_and(|task| task.state == TaskState::Done)
            };
            bounded(until(list, done)).await;
        }
        close(agents).await;
    }
}
