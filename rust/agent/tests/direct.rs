//! Direct messages between real agents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::{TempDir, bounded, joined};
use tendon_agent::{
    Agent, AgentError, AgentId, AgentOptions, DirectFailure, DirectOptions, DirectPath,
    MAX_DIRECT_BYTES, SubscriptionEnd,
};
use tokio_util::sync::CancellationToken;

const ACKNOWLEDGED: DirectOptions =
    DirectOptions { acknowledged: true, inbox_only: false, limit: Duration::from_secs(20) };

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_before_anybody_subscribes_waits() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let to = b.info().agent_id;
    for number in 0_u8..5 {
        let receipt = bounded(a.send_direct(to, vec![number; 10], ACKNOWLEDGED)).await.unwrap();
        assert_eq!((receipt.path, receipt.acknowledged), (DirectPath::Connection, true));
    }
    let mut ear = b.subscribe_direct(false, CancellationToken::new()).await.unwrap();
    let mut next = 0;
    while next < 5 {
        let message = bounded(ear.recv()).await.unwrap();
        // What was sent before the first announcement came through is counted instead.
        next += u8::try_from(message.lost_before).unwrap();
        assert_eq!(&message.payload[..], [next; 10]);
        assert_eq!(message.sender, a.info().agent_id);
        assert_eq!(message.machine, a.info().machine_id);
        assert!(message.verified);
        next += 1;
    }
    // What arrives when the reader is gone waits for the next one.
    let gone = CancellationToken::new();
    drop(ear);
    let left = b.subscribe_direct(false, gone.clone()).await.unwrap();
    gone.cancel();
    bounded(a.send_direct(to, b"later".to_vec(), ACKNOWLEDGED)).await.unwrap();
    let mut ear = b.subscribe_direct(false, CancellationToken::new()).await.unwrap();
    assert_eq!(&bounded(ear.recv()).await.unwrap().payload[..], b"later");
    drop(left);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
    assert_eq!(bounded(ear.recv()).await.unwrap_err(), SubscriptionEnd::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_is_bounded_and_counts_what_it_drops() {
    let home = TempDir::new();
    let agent =
        bounded(Agent::open(AgentOptions { directory: home.path().to_path_buf(), network: None }))
            .await
            .unwrap();
    let me = agent.info().agent_id;
    for number in 0_u32..1_200 {
        let payload = number.to_le_bytes().to_vec();
        let receipt = bounded(agent.send_direct(me, payload, ACKNOWLEDGED)).await.unwrap();
        assert_eq!(receipt.path, DirectPath::Loopback);
    }
    // The pump reads in the background: the last one tells that it has come to the end.
    let mut ear = agent.subscribe_direct(false, CancellationToken::new()).await.unwrap();
    let (mut seen, mut lost, mut last) = (0, 0, 0);
    while last < 1_199 {
        let message = bounded(ear.recv()).await.unwrap();
        lost += message.lost_before;
        seen += 1;
        last = u32::from_le_bytes(message.payload[..].try_into().unwrap());
    }
    assert_eq!(seen + lost, 1_200);
    assert!(seen >= 1_000, "{seen}");
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_what_is_wrong() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let nobody = AgentId::from_bytes([9; 32]);
    let hasty = DirectOptions { limit: Duration::from_millis(300), ..ACKNOWLEDGED };
    let sent = bounded(agent.send_direct(nobody, vec![], hasty)).await;
    let Err(AgentError::Direct { to, failure, .. }) = sent else { panic!("{sent:?}") };
    assert_eq!(to, nobody);
    assert!(
        matches!(failure, DirectFailure::UnknownRecipient | DirectFailure::Unacknowledged),
        "{failure:?}"
    );
    let large = vec![0; MAX_DIRECT_BYTES + 1];
    let sent = bounded(agent.send_direct(nobody, large, hasty)).await;
    assert!(matches!(sent, Err(AgentError::TooLarge { .. })), "{sent:?}");
    bounded(agent.close()).await;
    let sent = bounded(agent.send_direct(nobody, vec![], hasty)).await;
    assert!(matches!(sent, Err(AgentError::Closed)), "{sent:?}");
}
