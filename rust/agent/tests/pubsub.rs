//! Publish and subscribe between real agents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TempDir, bounded, joined, payload, until_heard};
use tendon_agent::{AgentError, MAX_PAYLOAD_BYTES};

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_exchange_messages() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    for (from, to) in [(&a, &b), (&b, &a)] {
        let mut ear = to.subscribe("prices").await.unwrap();
        bounded(until_heard(from, "prices", &mut ear)).await;
        for number in 0_u8..20 {
            bounded(from.publish("prices", vec![number; 256])).await.unwrap();
        }
        let mut seen = Vec::new();
        while seen.len() < 20 {
            let message = bounded(ear.recv()).await.unwrap();
            if payload(&message).len() == 256 {
                assert_eq!(message.sender, from.info().agent_id);
                assert!(message.verified);
                assert!(message.received_at_ms > 1_600_000_000_000);
                seen.push(payload(&message)[0]);
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_publishes_all_arrive() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let mut ear = b.subscribe("burst").await.unwrap();
    bounded(until_heard(&a, "burst", &mut ear)).await;
    let sends = (0_u16..200).map(|number| a.publish("burst", number.to_le_bytes().to_vec()));
    for sent in bounded(futures::future::join_all(sends)).await {
        sent.unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 200 {
        let message = bounded(ear.recv()).await.unwrap();
        if let Ok(bytes) = <[u8; 2]>::try_from(payload(&message)) {
            seen.insert(u16::from_le_bytes(bytes));
        }
    }
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_subscriber_hears_every_message() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let mut first = agent.subscribe("echo").await.unwrap();
    let mut second = agent.subscribe("echo").await.unwrap();
    let sent = bounded(agent.publish("echo", b"one".to_vec())).await.unwrap();
    assert_eq!(sent.fanout, 0);
    assert_eq!(payload(&bounded(first.recv()).await.unwrap()), b"one");
    assert_eq!(payload(&bounded(second.recv()).await.unwrap()), b"one");
    drop(first);
    bounded(agent.publish("echo", b"two".to_vec())).await.unwrap();
    assert_eq!(payload(&bounded(second.recv()).await.unwrap()), b"two");
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_would_be_lost_or_reserved() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    for topic in ["x0x.caps", "x0x/anything", "tasks/list", "kv/store"] {
        let refused = agent.publish(topic, vec![]).await;
        assert!(matches!(refused, Err(AgentError::ReservedTopic { .. })), "{topic}: {refused:?}");
        let refused = agent.subscribe(topic).await;
        assert!(matches!(refused, Err(AgentError::ReservedTopic { .. })), "{topic}: {refused:?}");
    }
    assert!(matches!(agent.publish("", vec![]).await, Err(AgentError::EmptyTopic)));
    let long = "t".repeat(65_536);
    assert!(matches!(agent.publish(&long, vec![]).await, Err(AgentError::TooLarge { .. })));
    let large = vec![0; MAX_PAYLOAD_BYTES + 1];
    assert!(matches!(agent.publish("big", large).await, Err(AgentError::TooLarge { .. })));
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_payload_arrives() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let mut ear = b.subscribe("big").await.unwrap();
    bounded(until_heard(&a, "big", &mut ear)).await;
    bounded(a.publish("big", vec![7; MAX_PAYLOAD_BYTES])).await.unwrap();
    loop {
        let message = bounded(ear.recv()).await.unwrap();
        if payload(&message).len() == MAX_PAYLOAD_BYTES {
            break;
        }
    }
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[test]
fn a_subscription_may_be_dropped_outside_of_the_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let home = TempDir::new();
    let agent = runtime.block_on(joined(&home, &[]));
    let subscription = runtime.block_on(agent.subscribe("news")).unwrap();
    drop(subscription);
    drop(agent);
}
