//! Who is there: agents announce themselves, and the transport says who is connected.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};
use x0x::{DiscoveredAgent, identity};

use crate::{Agent, AgentError, AgentId, MachineId, Result, agent::Inner};

/// The longest name of an agent in bytes.
pub const MAX_AGENT_NAME_BYTES: usize = 64;

/// An agent that announced itself within the last 15 minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAgent {
    /// The agent.
    pub agent: AgentId,
    /// The machine it runs on.
    pub machine: MachineId,
    /// What it calls itself.
    pub name: Option<String>,
    /// Where it says it can be reached.
    pub addresses: Vec<SocketAddr>,
    /// When it was last heard of here, in seconds since the epoch.
    pub last_seen_s: u64,
    /// Whether its machine is connected to this one now.
    pub online: bool,
}

impl Agent {
    /// The agents that announced themselves, without this one, in order of their ids.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn discovered(&self) -> BoxFuture<'_, Result<Vec<FoundAgent>>> {
        Box::pin(async {
            self.inner.lifecycle.ensure_open()?;
            self.inner.announced().await
        })
    }

    /// Looks for one agent until `limit`: in what is known, then by asking the network. Nothing if
    /// nobody answers.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn find(
        &self,
        agent: AgentId,
        limit: Duration,
    ) -> BoxFuture<'static, Result<Option<FoundAgent>>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            inner.network()?;
            let mut closing = inner.lifecycle.closing();
            let deadline = Instant::now() + limit;
            tokio::select! {
                biased;
                () = closing.begun() => Err(AgentError::Closed),
                found = inner.find(agent, deadline) => found,
            }
        })
    }

    /// Announces the agent to the network now, with a new name if one is given (an empty one takes
    /// it away). Before the join only the name is set: joining announces.
    ///
    /// # Errors
    ///
    /// [`AgentError::TooLarge`], [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn announce(&self, name: Option<&str>) -> BoxFuture<'static, Result<()>> {
        let (inner, name) = (Arc::clone(&self.inner), name.map(str::to_owned));
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            inner.network()?;
            if let Some(name) = name {
                inner.set_name(Some(name).filter(|name| !name.is_empty()))?;
            }
            if !inner.is_joined() {
                return Ok(());
            }
            let mut last = inner.publishing.lock().await;
            inner.lifecycle.ensure_open()?;
            // The user behind the agent is not announced: that needs consent of its own.
            let announced = inner.native.announce_identity(false, false).await;
            *last = Some(Instant::now());
            drop(last);
            announced.map_err(AgentError::native)
        })
    }
}

impl Inner {
    pub(crate) fn set_name(&self, name: Option<String>) -> Result<()> {
        if let Some(name) = &name
            && name.len() > MAX_AGENT_NAME_BYTES
        {
            let (what, size, limit) = ("the name", name.len(), MAX_AGENT_NAME_BYTES);
            return Err(AgentError::TooLarge { what, size, limit });
        }
        self.native.set_self_name(name);
        Ok(())
    }

    pub(crate) async fn announced(&self) -> Result<Vec<FoundAgent>> {
        let peers = self.peers().await?;
        let own = self.info.agent_id;
        let found = self.native.discovered_agents().await.map_err(AgentError::native)?;
        let found = found.into_iter().filter_map(|agent| found_agent(agent, &peers));
        Ok(found.filter(|found| found.agent != own).collect())
    }

    async fn find(&self, id: AgentId, deadline: Instant) -> Result<Option<FoundAgent>> {
        let native_id = identity::AgentId(*id.as_bytes());
        let asks = async {
            loop {
                // It answers addresses, and puts what it learned where the lookup below finds it.
                self.native.find_agent(native_id).await.map_err(AgentError::native)?;
                sleep(LOOK).await;
            }
        };
        let looks = async {
            loop {
                let known = self.native.discovered_agent(native_id).await;
                if let Some(known) = known.map_err(AgentError::native)? {
                    let peers = self.peers().await?;
                    if let Some(found) = found_agent(known, &peers) {
                        return Ok(found);
                    }
                }
                sleep(LOOK).await;
            }
        };
        let work = async {
            tokio::select! {
                biased;
                found = looks => found,
                failed = asks => failed,
            }
        };
        match timeout_at(deadline, work).await {
            Ok(found) => found.map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// Nothing for a hint that nobody signed: those name no machine.
fn found_agent(agent: DiscoveredAgent, peers: &[MachineId]) -> Option<FoundAgent> {
    let machine = MachineId::from_bytes(agent.machine_id.0);
    if *machine.as_bytes() == [0; 32] {
        return None;
    }
    Some(FoundAgent {
        agent: AgentId::from_bytes(agent.agent_id.0),
        machine,
        name: agent.self_name,
        addresses: agent.addresses,
        last_seen_s: agent.last_seen,
        online: peers.binary_search(&machine).is_ok(),
    })
}

const LOOK: Duration = Duration::from_millis(100);
