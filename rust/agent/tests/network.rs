//! The network around an agent: events, redialling, contacts, discovery, what is switched on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{fs, time::Duration};

use common::{TempDir, bounded, joined, options, payload, task};
use tendon_agent::{
    Agent, AgentError, AgentOptions, ContactChange, ContactTrust, JoinOptions, NetworkOptions,
    PeerEvent, PeerWatch,
};

/// The next event that `look` takes.
async fn until<T>(watch: &mut PeerWatch, look: impl Fn(PeerEvent) -> Option<T>) -> T {
    bounded(async {
        loop {
            if let Some(found) = look(watch.recv().await.expect("the watch ended")) {
                return found;
            }
        }
    })
    .await
}

/// Two that have just met dial each other once more and keep one connection. Who closes in the
/// midst of that is missed by the other side only when its connection times out.
async fn settled() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[test]
fn nothing_public_is_switched_on_unless_asked_for() {
    let plain = NetworkOptions::default().plan();
    assert_eq!(plain.bind.unwrap().to_string(), "127.0.0.1:0");
    assert_eq!((plain.bootstrap.len(), plain.mdns, plain.port_mapping), (0, false, false));

    let own: std::net::SocketAddr = "127.0.0.1:7001".parse().unwrap();
    let ask = NetworkOptions { bootstrap: vec![own], ..NetworkOptions::default() };
    assert_eq!(ask.plan().bootstrap, [own]);
    let all = NetworkOptions { public: true, mdns: true, port_mapping: true, ..ask.clone() }.plan();
    assert!(all.mdns && all.port_mapping);
    assert!(all.bootstrap.contains(&own));
    assert!(all.bootstrap.iter().any(|address| !address.ip().is_loopback()));
    // One switch does not pull another.
    let mdns = NetworkOptions { mdns: true, ..ask }.plan();
    assert_eq!((mdns.bootstrap, mdns.port_mapping), (vec![own], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_who_comes_and_who_goes() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let mut watch = bounded(a.watch_peers()).await.unwrap();
    let b = joined(&home_b, &[&a]).await;
    let (machine, agent) = (b.info().machine_id, b.info().agent_id);
    let address = until(&mut watch, |event| match event {
        PeerEvent::Connected { peer, address, at_ms } if peer == machine => {
            assert!(at_ms > 0);
            Some(address)
        }
        _ => None,
    })
    .await;
    assert_eq!(address, b.info().address);
    until(&mut watch, |event| match event {
        PeerEvent::Joined { agent: found, machine: on, .. } if found == agent => {
            assert_eq!(on, machine);
            Some(())
        }
        _ => None,
    })
    .await;
    bounded(b.close()).await;
    until(&mut watch, |event| {
        matches!(event, PeerEvent::Disconnected { peer, .. } if peer == machine).then_some(())
    })
    .await;
    until(&mut watch, |event| {
        matches!(event, PeerEvent::Left { agent: found, .. } if found == agent).then_some(())
    })
    .await;
    bounded(a.close()).await;
    assert_eq!(bounded(watch.recv()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_was_away_comes_back_to_its_address() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let b = joined(&home_b, &[]).await;
    let (address, machine) = (b.info().address.unwrap(), b.info().machine_id);
    let a = joined(&home_a, &[&b]).await;
    assert_eq!(a.status().peers, 1);
    settled().await;
    let mut watch = bounded(a.watch_peers()).await.unwrap();
    bounded(b.close()).await;
    until(&mut watch, |event| matches!(event, PeerEvent::Disconnected { .. }).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    // The same address, and nobody tells either of the other.
    let network = NetworkOptions { bind: address, ..NetworkOptions::default() };
    let again = AgentOptions { network: Some(network), ..options(&home_b, &[]) };
    let b = bounded(async {
        loop {
            match Agent::open(again.clone()).await {
                Ok(b) => return b,
                Err(AgentError::Bind { .. }) => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await;
    bounded(b.join(JoinOptions { min_peers: 0, limit: Duration::from_secs(5) })).await.unwrap();
    until(&mut watch, |event| {
        matches!(event, PeerEvent::Connected { peer, .. } if peer == machine).then_some(())
    })
    .await;
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_peer_stays_away() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let machine = a.info().machine_id;
    assert!(bounded(b.disconnect(machine)).await.unwrap());
    assert!(!bounded(b.disconnect(machine)).await.unwrap());
    let refused = bounded(b.connect(a.info().address.unwrap(), None)).await;
    assert!(matches!(refused, Err(AgentError::Held { .. })), "{refused:?}");
    // Both sides would dial within a second or two.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(bounded(b.peers()).await.unwrap(), []);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocking_works_at_once_and_is_kept() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let agent = b.info().agent_id;
    let blocked =
        ContactChange { trust: Some(ContactTrust::Blocked), name: Some("bob".to_owned()) };
    let contact = bounded(a.set_contact(agent, blocked)).await.unwrap();
    assert_eq!((contact.trust, contact.name.as_deref()), (ContactTrust::Blocked, Some("bob")));
    bounded(async { tokio::join!(a.close(), b.close()) }).await;

    let a = joined(&home_a, &[]).await;
    let contacts = bounded(a.contacts()).await.unwrap();
    assert_eq!(contacts.len(), 1);
    assert_eq!((contacts[0].agent, contacts[0].trust), (agent, ContactTrust::Blocked));
    assert!(bounded(a.remove_contact(agent)).await.unwrap());
    assert!(!bounded(a.remove_contact(agent)).await.unwrap());
    assert_eq!(bounded(a.contact(agent)).await.unwrap(), None);
    bounded(a.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_contacts_file_is_refused_and_left() {
    let home = TempDir::new();
    bounded(joined(&home, &[]).await.close()).await;
    let path = home.path().join("contacts.json");
    for bad in [&b"{"[..], b"[]", b"{\"contacts\": [{}]}", b"\xff"] {
        fs::write(&path, bad).unwrap();
        let refused = bounded(Agent::open(options(&home, &[]))).await;
        assert!(matches!(refused, Err(AgentError::Contacts { .. })), "{refused:?}");
        assert_eq!(fs::read(&path).unwrap(), bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_cannot_be_saved_is_an_error() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let id = agent.info().agent_id;
    // The file goes through this name.
    fs::create_dir(home.path().join("contacts.tmp")).unwrap();
    let change = ContactChange { trust: Some(ContactTrust::Blocked), name: None };
    let refused = bounded(agent.set_contact(id, change)).await;
    assert!(matches!(refused, Err(AgentError::ContactsNotSaved { .. })), "{refused:?}");
    // It holds nevertheless.
    let contact = bounded(agent.contact(id)).await.unwrap().unwrap();
    assert_eq!(contact.trust, ContactTrust::Blocked);
    bounded(agent.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_find_each_other_by_id() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    bounded(b.announce(Some("bob"))).await.unwrap();
    let found = bounded(a.find(b.info().agent_id, Duration::from_secs(20))).await.unwrap().unwrap();
    assert_eq!((found.machine, found.online), (b.info().machine_id, true));
    bounded(async {
        while a.discovered().await.unwrap().iter().all(|found| found.name.is_none()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let nobody = tendon_agent::AgentId::from_bytes([7; 32]);
    assert_eq!(bounded(a.find(nobody, Duration::from_millis(300))).await.unwrap(), None);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_watched_once() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let mut watch = bounded(agent.watch_messages()).await.unwrap();
    let first = bounded(agent.subscribe("local:echo")).await.unwrap();
    let second = bounded(agent.subscribe("local:echo")).await.unwrap();
    for number in 0..3u8 {
        bounded(agent.publish("local:echo", vec![number])).await.unwrap();
    }
    drop(first);
    bounded(agent.publish("local:echo", vec![3])).await.unwrap();
    for number in 0..4u8 {
        let event = bounded(watch.recv()).await.unwrap();
        assert_eq!(&*event.topic, "local:echo");
        assert_eq!(payload(&event.message.unwrap()), [number]);
    }
    // Nobody is subscribed any more.
    drop(second);
    let third = bounded(agent.subscribe("local:other")).await.unwrap();
    bounded(async {
        while agent.stats().await.unwrap().subscriptions != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    bounded(agent.publish("local:echo", vec![4])).await.unwrap();
    bounded(agent.publish("local:other", vec![5])).await.unwrap();
    let event = bounded(watch.recv()).await.unwrap();
    assert_eq!(&*event.topic, "local:other");
    assert_eq!(payload(&event.message.unwrap()), [5]);
    let stats = bounded(agent.stats()).await.unwrap();
    assert_eq!((stats.published, stats.subscriptions), (6, 1));
    drop(third);
    bounded(agent.close()).await;
    assert!(bounded(watch.recv()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_open_list_is_watched() {
    let home = TempDir::new();
    let agent = joined(&home, &[]).await;
    let early = bounded(agent.task_list("early", None)).await.unwrap();
    bounded(early.add(vec![task("before")])).await.unwrap();
    let mut watch = bounded(agent.watch_lists()).await.unwrap();
    let late = bounded(agent.task_list("late", None)).await.unwrap();
    bounded(late.add(vec![task("one")])).await.unwrap();
    let revision = late.snapshot().unwrap().revision;
    let event = bounded(watch.recv()).await.unwrap();
    assert_eq!((event.topic.as_str(), event.revision), ("late", revision));
    bounded(early.add(vec![task("two")])).await.unwrap();
    let revision = early.snapshot().unwrap().revision;
    let event = bounded(watch.recv()).await.unwrap();
    assert_eq!((event.topic.as_str(), event.revision), ("early", revision));
    bounded(agent.close()).await;
    assert!(bounded(watch.recv()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_what_crosses_the_wire() {
    let (home_a, home_b) = (TempDir::new(), TempDir::new());
    let a = joined(&home_a, &[]).await;
    let b = joined(&home_b, &[&a]).await;
    let before = bounded(b.stats()).await.unwrap();
    assert_eq!(before.peers.len(), 1);
    assert_eq!(before.peers[0].peer, a.info().machine_id);
    assert_eq!(before.peers[0].address, a.info().address);
    bounded(b.publish("news", vec![7; 4096])).await.unwrap();
    let after = bounded(async {
        loop {
            let stats = b.stats().await.unwrap();
            if stats.peers[0].bytes_sent > before.peers[0].bytes_sent + 4096 {
                return stats;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(after.published, before.published + 1);
    let addresses = bounded(b.addresses()).await.unwrap();
    assert_eq!(addresses.bound, b.info().address);
    assert_eq!(addresses.peers, [(a.info().machine_id, a.info().address)]);
    bounded(async { tokio::join!(a.close(), b.close()) }).await;
}
