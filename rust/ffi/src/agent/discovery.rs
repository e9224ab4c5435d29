//! Discovery on the wire.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AgentRef, LiveAgent, agent_id};
use crate::{Failure, Scope, library::Nothing};

/// An agent that announced itself.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct DiscoveredAgent {
    /// Its id.
    agent: String,
    /// Id of the machine it runs on.
    machine: String,
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where it says it can be reached.
    addresses: Vec<String>,
    /// When it was last heard of, in seconds since the epoch.
    last_seen_s: u64,
    /// Whether its machine is connected now.
    online: bool,
}

/// The agents that announced themselves.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiscoveredAgents {
    /// In order of their ids.
    agents: Vec<DiscoveredAgent>,
}

/// An agent to look for.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FindAgent {
    /// The agent's handle.
    agent: u64,
    /// The id of the agent looked for.
    id: String,
    /// Milliseconds to look.
    timeout_ms: u32,
}

/// An agent, if it was found.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(optional_fields)]
pub(crate) struct FoundAgent {
    /// The agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<DiscoveredAgent>,
}

/// What to announce.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(optional_fields)]
pub(crate) struct AnnounceAgent {
    /// The handle.
    agent: u64,
    /// What the agent calls itself from now on; empty for nothing.
    name: Option<String>,
}

pub(crate) async fn list(scope: Scope, request: AgentRef) -> Result<DiscoveredAgents, Failure> {
    let agents = scope.get::<LiveAgent>(request.agent)?.0.discovered().await?;
    Ok(DiscoveredAgents { agents: agents.into_iter().map(DiscoveredAgent::from).collect() })
}

pub(crate) async fn find(scope: Scope, request: FindAgent) -> Result<FoundAgent, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let limit = Duration::from_millis(request.timeout_ms.into());
    let found = agent.0.find(agent_id(&request.id)?, limit).await?;
    Ok(FoundAgent { found: found.map(DiscoveredAgent::from) })
}

pub(crate) async fn announce(scope: Scope, request: AnnounceAgent) -> Result<Nothing, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    agent.0.announce(request.name.as_deref()).await?;
    Ok(Nothing {})
}

impl From<tendon_agent::FoundAgent> for DiscoveredAgent {
    fn from(found: tendon_agent::FoundAgent) -> Self {
        Self {
            agent: found.agent.to_string(),
            machine: found.machine.to_string(),
            name: found.name,
            addresses: found.addresses.iter().map(ToString::to_string).collect(),
            last_seen_s: found.last_seen_s,
            online: found.online,
        }
    }
}
