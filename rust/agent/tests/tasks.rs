//! Shared task lists between real agents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::{TempDir, bounded, joined};
use tendon_agent::{Agent, AgentError, TaskId, TaskList, TaskSnapshot, TaskState};

/// Waits until the list satisfies the condition.
async fn until(list: &TaskList, done: impl Fn(&TaskSnapshot) -> bool) -> TaskSnapshot {
    let mut watch = list.watch().await.unwrap();
    loop {
        let snapshot = watch.changed().await.unwrap();
        if done(&snapshot) {
            return snapshot;
        }
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_converge_in_one_order() {
    let (_homes, agents, lists) = three().await;
    let adds = (0..30).map(|number| {
        let list = &lists[number % 3];
        async move { list.add(&format!("task {number}"), "to do").await.unwrap() }
    });
    bounded(futures::future::join_all(adds)).await;
    let mut shown = Vec::new();
    for list in &lists {
        let snapshot = bounded(until(list, |snapshot| snapshot.tasks.len() == 30)).await;
        assert!(snapshot.tasks.iter().all(|task| task.description == "to do"));
        shown.push(snapshot.tasks);
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_added_in_knowledge_of_another_comes_after_it() {
    let (_homes, agents, lists) = three().await;
    let mut ids = Vec::new();
    for number in 0..9 {
        let list = &lists[number % 3];
        bounded(until(list, |snapshot| snapshot.tasks.len() == number)).await;
        ids.push(bounded(list.add("same title", "")).await.unwrap().id);
    }
    for list in &lists {
        let snapshot = bounded(until(list, |snapshot| snapshot.tasks.len() == 9)).await;
        assert_eq!(snapshot.tasks.iter().map(|task| task.id).collect::<Vec<_>>(), ids);
    }
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_claims_have_one_winner() {
    let (_homes, agents, lists) = three().await;
    let id = bounded(lists[0].add("contested", "")).await.unwrap().id;
    for list in &lists {
        bounded(until(list, |snapshot| snapshot.tasks.len() == 1)).await;
    }
    let claims = lists.iter().map(|list| list.claim(id, None));
    for claim in bounded(futures::future::join_all(claims)).await {
        claim.unwrap();
    }
    // Equal claims may still be on their way: wait until all replicas agree for a while.
    let mut winners = Vec::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        winners.clear();
        for list in &lists {
            winners.push(list.snapshot().await.unwrap().tasks[0].claimed_by.unwrap());
        }
        if winners[0] == winners[1] && winners[0] == winners[2] {
            break;
        }
    }
    assert!(winners[0] == winners[1] && winners[0] == winners[2], "{winners:?}");
    let again = bounded(lists[0].claim(id, None)).await.unwrap();
    assert_eq!(again.owner, winners[0], "claiming a claimed task names its owner");
    let winner =
        agents.iter().position(|agent| agent.info().agent_id == again.owner.agent).unwrap();
    bounded(lists[winner].complete(id, None)).await.unwrap();
    for list in &lists {
        let done = |snapshot: &TaskSnapshot| snapshot.tasks[0].state == TaskState::Done;
        let snapshot = bounded(until(list, done)).await;
        assert_eq!(snapshot.tasks[0].completed_by.unwrap().agent, again.owner.agent);
    }
    close(agents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_states_are_typed() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let list = agent.task_list("work", None).await.unwrap();
    let id = list.add("title", "description").await.unwrap().id;
    assert!(matches!(list.complete(id, None).await, Err(AgentError::TaskState { .. })));
    let stale = list.claim(id, Some(99)).await;
    assert!(matches!(stale, Err(AgentError::TaskStale { expected: 99, .. })), "{stale:?}");
    let revision = list.snapshot().await.unwrap().revision;
    let claim = list.claim(id, Some(revision)).await.unwrap();
    assert_eq!(claim.revision, revision + 1);
    assert_eq!(claim.owner.agent, agent.info().agent_id);
    list.complete(id, None).await.unwrap();
    let refused = list.claim(id, None).await.unwrap_err();
    assert_eq!(refused.to_string(), format!("task {id} cannot be claimed as it is done"));
    assert!(matches!(list.complete(id, None).await, Err(AgentError::TaskState { .. })));
    let unknown = TaskId::from_bytes([9; 32]);
    assert!(matches!(list.claim(unknown, None).await, Err(AgentError::TaskNotFound { .. })));
    let long = "t".repeat(5000);
    assert!(matches!(list.add(&long, "").await, Err(AgentError::TooLarge { .. })));
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_opened_twice_is_one_replica() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let first = agent.task_list("work", None).await.unwrap();
    let id = first.add("title", "").await.unwrap().id;
    drop(first);
    let second = agent.task_list("work", None).await.unwrap();
    assert_eq!(second.snapshot().await.unwrap().tasks[0].id, id);
    assert_ne!(second.add("title", "").await.unwrap().id, id);
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
    let id = list.add("title", "with words").await.unwrap().id;
    list.claim(id, None).await.unwrap();
    let before = list.snapshot().await.unwrap().tasks;
    bounded(agent.close()).await;

    let agent = joined(&home, &[]).await;
    let list = agent.task_list("work", Some(&storage)).await.unwrap();
    assert_eq!(list.snapshot().await.unwrap().tasks, before);
    assert_ne!(list.add("title", "").await.unwrap().id, id, "the counter went on");
    bounded(agent.close()).await;

    let file = std::fs::read_dir(&storage).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, b"junk").unwrap();
    let agent = joined(&home, &[]).await;
    let refused = agent.task_list("work", Some(&storage)).await;
    assert!(matches!(refused, Err(AgentError::CorruptList { .. })), "{refused:?}");
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resync_brings_what_a_latecomer_lacks() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let of_a = a.task_list("work", None).await.unwrap();
    for number in 0..5 {
        of_a.add(&format!("task {number}"), "").await.unwrap();
    }
    let b = joined(&home_b, &[&a]).await;
    let of_b = b.task_list("work", None).await.unwrap();
    bounded(of_b.resync()).await.unwrap();
    bounded(until(&of_b, |snapshot| snapshot.tasks.len() == 5)).await;
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_change_before_a_close_arrives() {
    for _ in 0..5 {
        let (_homes, agents, lists) = three().await;
        let id = bounded(lists[0].add("last words", "")).await.unwrap().id;
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
