//! Tendon's lists beside the crate's own: they read each other, and only one of them converges.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use saorsa_gossip_types::PeerId;
use tendon_agent::{Keypair, NewTask, OfflineTaskList, TaskEdit, TaskId, TaskState};
use x0x::{
    crdt::{self, TaskListDelta, TaskListId, TaskMetadata},
    gossip::SigningContext,
    identity::AgentKeypair,
};

const TOPIC: &str = "work";

fn peer(byte: u8) -> PeerId {
    PeerId::new([byte; 32])
}

fn native() -> crdt::TaskList {
    crdt::TaskList::new(TaskListId::from_topic("tasks/work"), String::new(), peer(1))
}

fn native_item(key: &AgentKeypair, title: &str, count: u64) -> crdt::TaskItem {
    let id = crdt::TaskId::new(title, &key.agent_id(), count);
    crdt::TaskItem::new(id, TaskMetadata::new(title, "words", 128, key.agent_id(), count), peer(1))
}

fn tendon() -> OfflineTaskList {
    OfflineTaskList::new(TOPIC, &Keypair::generate().unwrap()).unwrap()
}

fn add(list: &OfflineTaskList, title: &str) -> TaskId {
    let task = NewTask { title: title.to_owned(), description: String::new() };
    list.add(&[task]).unwrap()[0].id
}

#[test]
fn the_crate_reads_tendons_tasks() {
    let list = tendon();
    let id = add(&list, "from tendon");
    let gone = add(&list, "gone");
    list.claim(id).unwrap();
    list.complete(id).unwrap();
    let edit =
        TaskEdit { title: Some("edited".to_owned()), priority: Some(7), ..TaskEdit::default() };
    list.edit(id, &edit).unwrap();
    list.remove(gone).unwrap();
    let (_, delta): (PeerId, TaskListDelta) = bincode::deserialize(&list.to_delta()).unwrap();
    let mut other = native();
    let writer = x0x::identity::AgentId(*list.agent().as_bytes());
    other.merge_delta(&delta, peer(2), Some(&writer)).unwrap();
    let [item] = other.tasks_ordered()[..] else { panic!("one task") };
    assert_eq!((item.title(), item.priority()), ("edited", 7));
    assert!(item.current_state().is_done(), "its signatures hold");
    assert_eq!(item.claim_record().unwrap().0, writer);
}

#[test]
fn tendon_reads_the_crates_tasks_and_keeps_every_byte_that_counts() {
    let key = AgentKeypair::generate().unwrap();
    let signing = SigningContext::from_keypair(&key);
    let mut other = native();
    let item = native_item(&key, "from the crate", 1);
    let id = *item.id();
    other.add_task(item, peer(1), 1).unwrap();
    other.claim_task(&id, key.agent_id(), peer(1), 2, &signing).unwrap();
    let forged = crdt::forge_unattested_delta_bytes(key.agent_id(), id, peer(3)).unwrap();
    let list = tendon();
    assert!(list.merge_delta(&bincode::serialize(&(peer(1), other.full_delta())).unwrap()));
    list.merge_delta(&forged);
    let task = &list.snapshot().tasks[0];
    assert_eq!((task.title.as_str(), task.description.as_str()), ("from the crate", "words"));
    assert_eq!(task.created_at_ms, None, "the crate counts");
    assert_eq!(task.state, TaskState::Claimed);
    assert_eq!(list.history(task.id).unwrap().claims.len(), 1, "the forged claim is left out");
    // And back.
    let (_, delta): (PeerId, TaskListDelta) = bincode::deserialize(&list.to_delta()).unwrap();
    let mut third = native();
    third.merge_delta(&delta, peer(2), Some(&key.agent_id())).unwrap();
    assert_eq!(third.get_task(&id).unwrap().claims(), other.get_task(&id).unwrap().claims());
}

#[test]
fn junk_is_no_delta() {
    let list = tendon();
    for junk in [&b""[..], b"junk", &[0xff; 200], &[0; 64]] {
        assert!(!list.merge_delta(junk));
    }
    let id = add(&list, "stays");
    let delta = list.to_delta();
    for end in 0..delta.len() {
        list.merge_delta(&delta[..end]);
    }
    assert_eq!(list.snapshot().tasks[0].id, id);
}

/// Why Tendon merges tasks itself: the smallest case in which the crate's replicas differ for ever.
#[test]
fn three_concurrent_edits_diverge_in_the_crate_and_converge_in_tendon() {
    let key = AgentKeypair::generate().unwrap();
    let scope = TaskListId::from_topic("tasks/work");
    let base = native_item(&key, "title", 1);
    let diverged = (0..64u8).any(|seed| {
        let edited = |byte: u8| {
            let mut item = base.clone();
            item.update_title(format!("by {byte}"), peer(seed.wrapping_mul(3).wrapping_add(byte)));
            item
        };
        let [a, b, c] = [edited(1), edited(2), edited(3)];
        let merged = |order: [&crdt::TaskItem; 3]| {
            let mut item = order[0].clone();
            for other in &order[1..] {
                item.merge(scope, other).unwrap();
            }
            item
        };
        let (mut one, mut other) = (merged([&a, &b, &c]), merged([&c, &b, &a]));
        let (first, second) = (one.clone(), other.clone());
        one.merge(scope, &second).unwrap();
        other.merge(scope, &first).unwrap();
        one.title() != other.title()
    });
    assert!(diverged, "the crate's registers converge now: Tendon's own may go");

    let lists = [tendon(), tendon(), tendon()].map(std::sync::Arc::new);
    let id = add(&lists[0], "title");
    for list in &lists[1..] {
        list.merge(&lists[0]).unwrap();
    }
    for (list, title) in lists.iter().zip(["a", "b", "c"]) {
        let edit = TaskEdit { title: Some(title.to_owned()), ..TaskEdit::default() };
        list.edit(id, &edit).unwrap();
    }
    for (into, from) in [(0, 1), (0, 2), (2, 1), (2, 0), (1, 2)] {
        lists[into].merge(&lists[from]).unwrap();
    }
    assert_eq!(lists[0].snapshot().tasks, lists[2].snapshot().tasks);
    assert_eq!(lists[0].snapshot().tasks, lists[1].snapshot().tasks);
}
