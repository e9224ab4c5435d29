//! Agents on loopback in directories of their own.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tendon_agent::{
    Agent, AgentOptions, JoinOptions, Message, NetworkOptions, NewTask, Subscription,
};

/// A directory that is removed at the end.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("tendon-agent-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A task to add.
pub(crate) fn task(title: &str) -> NewTask {
    NewTask { title: title.to_owned(), description: "to do".to_owned() }
}

/// Nothing here may take longer.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(90), work).await.expect("took longer than 90 s")
}

pub(crate) fn options(directory: &TempDir, bootstrap: &[&Agent]) -> AgentOptions {
    let addresses = bootstrap.iter().map(|agent| agent.info().address.unwrap());
    AgentOptions {
        directory: directory.path().to_path_buf(),
        network: Some(NetworkOptions {
            bootstrap: addresses.collect(),
            ..NetworkOptions::default()
        }),
    }
}

/// An agent that has joined the network of the others.
pub(crate) async fn joined(directory: &TempDir, others: &[&Agent]) -> Agent {
    let agent = bounded(Agent::open(options(directory, others))).await.unwrap();
    let min_peers = others.len().min(1);
    let limit = Duration::from_secs(20);
    bounded(agent.join(JoinOptions { min_peers, limit })).await.unwrap();
    agent
}

/// Publishes until the other side hears it: the first messages after a connect can be lost.
pub(crate) async fn until_heard(agent: &Agent, topic: &str, ear: &mut Subscription) {
    loop {
        agent.publish(topic, b"hello".to_vec()).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(200), ear.recv()).await;
        if heard.is_ok() {
            return;
        }
    }
}

/// The first payload of a message; the only one unless it is a batch.
pub(crate) fn payload(message: &Message) -> &[u8] {
    message.payloads.iter().next().unwrap().1
}
