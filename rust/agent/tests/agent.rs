//! Agents: open, join, connect, close.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{fs, net::UdpSocket, time::Duration};

use common::{TempDir, bounded, joined, options, task};
use tendon_agent::{Agent, AgentError, AgentOptions, JoinOptions, NetworkOptions};

#[tokio::test(flavor = "multi_thread")]
async fn keeps_its_identity_in_its_directory() {
    let home = TempDir::new();
    let first = joined(&home, &[]).await;
    let ids = (first.info().agent_id, first.info().machine_id);
    bounded(first.close()).await;
    let second = joined(&home, &[]).await;
    assert_eq!((second.info().agent_id, second.info().machine_id), ids);
    bounded(second.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connects_by_address_without_a_join() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = bounded(Agent::open(options(&home_a, &[]))).await.unwrap();
    let b = bounded(Agent::open(options(&home_b, &[]))).await.unwrap();
    let peer = bounded(b.connect(a.info().address.unwrap(), None)).await.unwrap();
    assert_eq!(peer, a.info().machine_id);
    assert_eq!(bounded(b.peers()).await.unwrap(), [a.info().machine_id]);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_holds_one_live_agent() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let refused = bounded(Agent::open(options(&home, &[]))).await;
    assert!(matches!(refused, Err(AgentError::DirectoryInUse { .. })), "{refused:?}");
    bounded(agent.close()).await;
    let again = bounded(Agent::open(options(&home, &[]))).await.unwrap();
    bounded(again.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_key_file_that_does_not_load_and_leaves_it() {
    for file in ["machine.key", "agent.key"] {
        let home = TempDir::new();
        bounded(joined(&home, &[]).await.close()).await;
        let path = home.path().join(file);
        let good = fs::read(&path).unwrap();
        let mut swapped = good.clone();
        swapped[100] ^= 1;
        let longer = [good.as_slice(), b"x"].concat();
        for bad in [b"".as_slice(), b"not a key", &good[..good.len() - 1], &swapped, &longer] {
            fs::write(&path, bad).unwrap();
            let refused = bounded(Agent::open(options(&home, &[]))).await;
            assert!(matches!(refused, Err(AgentError::Key { .. })), "{file}: {refused:?}");
            assert_eq!(fs::read(&path).unwrap(), bad, "{file} was replaced");
        }
        fs::write(&path, good).unwrap();
        let agent = bounded(Agent::open(options(&home, &[]))).await.unwrap();
        bounded(agent.close()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_agent_says_so() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let mut subscription = agent.subscribe("news").await.unwrap();
    let list = agent.task_list("work", None).await.unwrap();
    let mut watch = list.watch().unwrap();
    bounded(watch.changed()).await.unwrap();
    let waiting = tokio::spawn(async move { (subscription.recv().await, watch.changed().await) });
    bounded(agent.close()).await;
    bounded(agent.close()).await;

    let (message, revision) = bounded(waiting).await.unwrap();
    assert_eq!(message.unwrap_err(), tendon_agent::SubscriptionEnd::Closed);
    assert_eq!(revision, None);
    let limit = Duration::from_secs(1);
    let join = JoinOptions { min_peers: 0, limit };
    let address = "127.0.0.1:1".parse().unwrap();
    assert!(matches!(agent.publish("news", vec![]).await, Err(AgentError::Closed)));
    assert!(matches!(agent.subscribe("news").await, Err(AgentError::Closed)));
    assert!(matches!(agent.peers().await, Err(AgentError::Closed)));
    assert!(matches!(agent.join(join).await, Err(AgentError::Closed)));
    assert!(matches!(agent.connect(address, None).await, Err(AgentError::Closed)));
    assert!(matches!(agent.task_list("work", None).await, Err(AgentError::Closed)));
    assert!(matches!(list.add(vec![task("late")]).await, Err(AgentError::Closed)));
    assert!(matches!(list.snapshot(), Err(AgentError::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_frees_the_address_at_once() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let address = agent.info().address.unwrap();
    bounded(agent.close()).await;
    UdpSocket::bind(address).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn closes_several_at_once() {
    let homes: Vec<_> = (0..6).map(|_| TempDir::new()).collect();
    let first = joined(&homes[0], &[]).await;
    let mut agents = Vec::new();
    for home in &homes[1..] {
        agents.push(joined(home, &[&first]).await);
    }
    agents.push(first);
    bounded(futures::future::join_all(agents.iter().map(Agent::close))).await;
    for agent in &agents {
        assert!(matches!(agent.peers().await, Err(AgentError::Closed)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_bootstrap_does_not_outlast_the_limit() {
    let home = TempDir::new();
    let dead = UdpSocket::bind("127.0.0.1:0").unwrap();
    let network =
        NetworkOptions { bootstrap: vec![dead.local_addr().unwrap()], ..NetworkOptions::default() };
    let options = AgentOptions { directory: home.path().to_path_buf(), network: Some(network) };
    let agent = bounded(Agent::open(options)).await.unwrap();
    let limit = Duration::from_millis(400);
    let joined = bounded(agent.join(JoinOptions { min_peers: 1, limit })).await;
    assert!(matches!(joined, Err(AgentError::TooFewPeers { found: 0, needed: 1, .. })));
    bounded(agent.join(JoinOptions { min_peers: 0, limit })).await.unwrap();
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_that_comes_late_is_dialled_again() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let late = NetworkOptions { bind: address, ..NetworkOptions::default() };
    let early = NetworkOptions { bootstrap: vec![address], ..NetworkOptions::default() };
    let a = AgentOptions { directory: home_a.path().to_path_buf(), network: Some(early) };
    let a = bounded(Agent::open(a)).await.unwrap();
    let join = a.join(JoinOptions { min_peers: 1, limit: Duration::from_secs(25) });
    let start = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let b = AgentOptions { directory: home_b.path().to_path_buf(), network: Some(late) };
        let b = Agent::open(b).await.unwrap();
        b.join(JoinOptions { min_peers: 0, limit: Duration::from_secs(5) }).await.unwrap();
        b
    };
    let (joined, b) = bounded(async { tokio::join!(join, start) }).await;
    assert_eq!(joined.unwrap().peers, [b.info().machine_id]);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_named() {
    let home = TempDir::new();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let network = NetworkOptions { bind: taken.local_addr().unwrap(), ..NetworkOptions::default() };
    let options = AgentOptions { directory: home.path().to_path_buf(), network: Some(network) };
    let refused = bounded(Agent::open(options)).await.unwrap_err();
    assert!(matches!(refused, AgentError::Bind { .. }), "{refused:?}");
    assert!(refused.to_string().contains("in use"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_only_the_identity_works() {
    let home = TempDir::new();
    let options = AgentOptions { directory: home.path().to_path_buf(), network: None };
    let agent = bounded(Agent::open(options)).await.unwrap();
    assert_eq!(agent.info().address, None);
    let join = JoinOptions { min_peers: 0, limit: Duration::from_secs(1) };
    assert!(matches!(agent.join(join).await, Err(AgentError::Offline)));
    assert!(matches!(agent.publish("news", vec![]).await, Err(AgentError::Offline)));
    assert!(matches!(agent.subscribe("news").await, Err(AgentError::Offline)));
    assert!(matches!(agent.task_list("work", None).await, Err(AgentError::Offline)));
    assert!(matches!(agent.peers().await, Err(AgentError::Offline)));
    bounded(agent.close()).await;
}
