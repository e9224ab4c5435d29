//! What happens around an agent, as differences between two looks.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc};

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::{Agent, AgentId, MachineId, Result, lifecycle::Closing, peers::View, pubsub::now_ms};

/// A change of who is connected or known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// A machine is connected.
    Connected {
        /// The machine.
        peer: MachineId,
        /// Where it is reached, if the transport says so.
        address: Option<SocketAddr>,
        /// When that was noticed, in milliseconds since the epoch.
        at_ms: u64,
    },
    /// A machine is no longer connected.
    Disconnected {
        /// The machine.
        peer: MachineId,
        /// Where it was reached.
        address: Option<SocketAddr>,
        /// When that was noticed, in milliseconds since the epoch.
        at_ms: u64,
    },
    /// An agent was heard of for the first time, or again after it was gone.
    Joined {
        /// The agent.
        agent: AgentId,
        /// The machine it runs on.
        machine: MachineId,
        /// What it calls itself.
        name: Option<String>,
    },
    /// An agent's machine is gone: its connection was lost two seconds ago, or, if it never was
    /// connected to this one, its last announcement has lapsed.
    Left {
        /// The agent.
        agent: AgentId,
        /// The machine it ran on.
        machine: MachineId,
        /// What it called itself.
        name: Option<String>,
    },
}

/// Changes of who is connected or known, from the moment of watching. A watcher that is slow sees
/// what is different when it looks again: what cancelled out meanwhile is not shown.
///
/// When the agent closes, its peers are gone: that is shown, and then the watch ends.
#[derive(Debug)]
pub struct PeerWatch {
    view: watch::Receiver<Arc<View>>,
    shown: Arc<View>,
    queue: VecDeque<PeerEvent>,
    closing: Closing,
}

impl Agent {
    /// Watches who is connected and who is known.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`](crate::AgentError::Closed),
    /// [`AgentError::Offline`](crate::AgentError::Offline).
    pub fn watch_peers(&self) -> BoxFuture<'static, Result<PeerWatch>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            let view = inner.watch_view().await?;
            let shown = Arc::clone(&view.borrow());
            let closing = inner.lifecycle.closing();
            Ok(PeerWatch { view, shown, queue: VecDeque::new(), closing })
        })
    }
}

impl PeerWatch {
    /// Waits for the next change; nothing when the agent is closed. Dropping the future loses
    /// nothing.
    pub fn recv(&mut self) -> BoxFuture<'_, Option<PeerEvent>> {
        Box::pin(async {
            loop {
                if let Some(event) = self.queue.pop_front() {
                    return Some(event);
                }
                let open = tokio::select! {
                    biased;
                    () = self.closing.begun() => false,
                    changed = self.view.changed() => changed.is_ok(),
                };
                let next = if open { Arc::clone(&self.view.borrow()) } else { Arc::default() };
                differences(&self.shown, &next, &mut self.queue);
                self.shown = next;
                if !open && self.queue.is_empty() {
                    return None;
                }
            }
        })
    }
}

fn differences(before: &View, now: &View, queue: &mut VecDeque<PeerEvent>) {
    let at_ms = now_ms();
    for (&peer, &address) in &before.peers {
        if !now.peers.contains_key(&peer) {
            queue.push_back(PeerEvent::Disconnected { peer, address, at_ms });
        }
    }
    for (&agent, known) in &before.agents {
        if !now.agents.contains_key(&agent) {
            let (machine, name) = (known.machine, known.name.clone());
            queue.push_back(PeerEvent::Left { agent, machine, name });
        }
    }
    for (&peer, &address) in &now.peers {
        if !before.peers.contains_key(&peer) {
            queue.push_back(PeerEvent::Connected { peer, address, at_ms });
        }
    }
    for (&agent, known) in &now.agents {
        if !before.agents.contains_key(&agent) {
            let (machine, name) = (known.machine, known.name.clone());
            queue.push_back(PeerEvent::Joined { agent, machine, name });
        }
    }
}
