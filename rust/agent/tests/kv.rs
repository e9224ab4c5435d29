//! Shared key-value stores between agents on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{fs, path::Path, time::Duration};

use common::{TempDir, bounded, joined};
use tendon_agent::{Agent, AgentId, KvEntry, KvError, KvPolicy, KvStore, MAX_VALUE_BYTES};

const SIGNED: KvPolicy = KvPolicy::Signed(None);

async fn put(store: &KvStore, key: &str, value: &[u8]) -> Result<(), KvError> {
    bounded(store.put(key.to_owned(), value.to_vec(), String::new())).await
}

async fn value(store: &KvStore, key: &str) -> Option<Vec<u8>> {
    bounded(store.get(key.to_owned())).await.unwrap().map(|entry| entry.value)
}

async fn open(agent: &Agent, policy: KvPolicy, storage: Option<&Path>) -> KvStore {
    bounded(agent.kv_store("prices", policy, storage)).await.unwrap()
}

/// Waits until the replica shows what is wanted.
async fn until(store: &KvStore, wanted: impl Fn(&[KvEntry]) -> bool) {
    bounded(async {
        loop {
            if wanted(&store.entries().await.unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

fn pairs(entries: &[KvEntry]) -> Vec<(&str, &[u8])> {
    entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_slice())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_writes_and_others_follow() {
    let homes = [TempDir::new(), TempDir::new()];
    let alice = joined(&homes[0], &[]).await;
    let bob = joined(&homes[1], &[&alice]).await;
    let owner = KvPolicy::Signed(Some(alice.info().agent_id));
    let store = open(&alice, SIGNED, None).await;
    let replica = open(&bob, owner, None).await;
    let mut watch = bounded(replica.watch()).await.unwrap();
    assert!(bounded(watch.changed()).await.unwrap().put.is_empty());
    put(&store, "btc", b"1").await.unwrap();
    put(&store, "eth", b"2").await.unwrap();
    // As fast as it goes: the later one of the same millisecond must win everywhere.
    for round in 0..20u8 {
        put(&store, "btc", &[round]).await.unwrap();
    }
    assert!(bounded(store.delete("eth".to_owned())).await.unwrap());
    assert!(!bounded(store.delete("eth".to_owned())).await.unwrap());
    put(&store, "eth", b"again").await.unwrap();
    let wanted = [("btc", [19].as_slice()), ("eth", b"again")];
    until(&replica, |entries| pairs(entries) == wanted).await;
    assert_eq!(pairs(&bounded(store.entries()).await.unwrap()), wanted);
    let change = bounded(watch.changed()).await.unwrap();
    assert!(change.put.iter().any(|entry| entry.key == "btc"), "{change:?}");

    for refused in
        [put(&replica, "btc", b"3").await, replica.delete("btc".to_owned()).await.map(drop)]
    {
        assert!(matches!(refused, Err(KvError::Denied { .. })), "{refused:?}");
    }
    bounded(async { tokio::join!(alice.close(), bob.close()) }).await;
    assert!(matches!(put(&store, "btc", b"4").await, Err(KvError::Agent(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_owner_is_another_store() {
    let homes = [TempDir::new(), TempDir::new()];
    let alice = joined(&homes[0], &[]).await;
    let bob = joined(&homes[1], &[&alice]).await;
    let store = open(&alice, SIGNED, None).await;
    let stranger = KvPolicy::Signed(Some(AgentId::from_bytes([7; 32])));
    let replica = open(&bob, stranger, None).await;
    let mut ear = bounded(bob.subscribe("done")).await.unwrap();
    put(&store, "btc", b"1").await.unwrap();
    // Messages of one sender mostly arrive in order; by then the store's has been read.
    bounded(async {
        while alice.publish("done", Vec::new()).await.unwrap().fanout == 0 {}
        ear.recv().await.unwrap();
    })
    .await;
    assert_eq!(value(&replica, "btc").await, None);
    let other = bounded(bob.kv_store("prices", SIGNED, None)).await;
    assert!(matches!(other, Err(KvError::OpenOtherwise)), "{other:?}");
    bounded(async { tokio::join!(alice.close(), bob.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_only_store_never_changes_a_key() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let store = open(&agent, KvPolicy::AppendOnly(None), None).await;
    put(&store, "event", b"1").await.unwrap();
    put(&store, "event", b"1").await.unwrap();
    for refused in
        [put(&store, "event", b"2").await, store.delete("event".to_owned()).await.map(drop)]
    {
        assert!(matches!(refused, Err(KvError::Immutable { .. })), "{refused:?}");
    }
    assert_eq!(value(&store, "event").await.unwrap(), b"1");
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_writes_keys_of_their_own() {
    let homes = [TempDir::new(), TempDir::new(), TempDir::new()];
    let first = joined(&homes[0], &[]).await;
    let second = joined(&homes[1], &[&first]).await;
    let third = joined(&homes[2], &[&first]).await;
    let agents = [first, second, third];
    let mut stores = Vec::new();
    for agent in &agents {
        stores.push(open(agent, KvPolicy::SelfKeyed, None).await);
    }
    let own = |at: usize, name: &str| format!("{}/{name}", agents[at].info().agent_id);
    for (at, store) in stores.iter().enumerate() {
        put(store, &own(at, "status"), &[u8::try_from(at).unwrap()]).await.unwrap();
        let refused = put(store, &own((at + 1) % 3, "status"), b"x").await;
        assert!(matches!(refused, Err(KvError::Denied { .. })), "{refused:?}");
        assert!(matches!(put(store, "status", b"x").await, Err(KvError::Denied { .. })));
    }
    for store in &stores {
        until(store, |entries| entries.len() == 3).await;
    }
    // The crate would make room for the 65th by dropping the last in order.
    for at in 1..64 {
        put(&stores[0], &own(0, &format!("z{at:02}")), b"").await.unwrap();
    }
    let refused = put(&stores[0], &own(0, "a"), b"").await;
    assert!(matches!(refused, Err(KvError::Full { size: 65, limit: 64, .. })), "{refused:?}");
    put(&stores[0], &own(0, "status"), b"still").await.unwrap();
    until(&stores[2], |entries| entries.len() == 66).await;
    bounded(async { tokio::join!(agents[0].close(), agents[1].close(), agents[2].close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_limited_and_a_newcomer_gets_a_full_store() {
    let homes = [TempDir::new(), TempDir::new()];
    let alice = joined(&homes[0], &[]).await;
    let store = open(&alice, SIGNED, None).await;
    let large = vec![7; MAX_VALUE_BYTES];
    let refused = put(&store, "large", &[large.as_slice(), b"x"].concat()).await;
    assert!(matches!(refused, Err(KvError::TooLarge { .. })), "{refused:?}");
    let mut count = 0;
    let full = loop {
        match put(&store, &format!("key {count:03}"), &large).await {
            Ok(()) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, KvError::Full { .. }), "{full:?}");
    assert_eq!(count, 47);
    put(&store, "key 000", b"smaller").await.unwrap();
    put(&store, "empty", b"").await.unwrap();
    let bob = joined(&homes[1], &[&alice]).await;
    let owner = KvPolicy::Signed(Some(alice.info().agent_id));
    let replica = open(&bob, owner, None).await;
    until(&replica, |entries| entries.len() == 48).await;
    assert_eq!(value(&replica, "key 046").await.unwrap(), large);
    bounded(async { tokio::join!(alice.close(), bob.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_replica_survives_and_a_broken_one_is_refused() {
    let (home, state) = (TempDir::new(), TempDir::new());
    let agent = joined(&home, &[]).await;
    let store = open(&agent, SIGNED, Some(state.path())).await;
    put(&store, "btc", b"1").await.unwrap();
    let other = bounded(agent.kv_store("prices", SIGNED, None)).await;
    assert!(matches!(other, Err(KvError::OpenOtherwise)), "{other:?}");
    bounded(agent.close()).await;

    let agent = joined(&home, &[]).await;
    let store = open(&agent, SIGNED, Some(state.path())).await;
    assert_eq!(value(&store, "btc").await.unwrap(), b"1");
    put(&store, "btc", b"2").await.unwrap();
    bounded(agent.close()).await;

    let file = fs::read_dir(state.path()).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, b"broken").unwrap();
    let agent = joined(&home, &[]).await;
    let refused = bounded(agent.kv_store("prices", SIGNED, Some(state.path()))).await;
    assert!(matches!(refused, Err(KvError::Corrupt { .. })), "{refused:?}");
    assert_eq!(fs::read(&file).unwrap(), b"broken");
    bounded(agent.close()).await;
}
