//! Sending: find the recipient, prefer the connection, else the encrypted inbox.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use x0x::{
    dm::{DmError, DmPath, DmReceipt, DmSendConfig},
    dm_inbox::DmInboxConfig,
    groups::kem_envelope::AgentKemKeypair,
};

use crate::{Agent, AgentError, AgentId, Result, agent::Inner, error::squeeze};

/// The largest direct message in bytes, whichever way it goes: what the inbox carries.
pub const MAX_DIRECT_BYTES: usize = x0x::dm::MAX_PAYLOAD_BYTES;

/// How a direct message is sent.
#[derive(Debug, Clone, Copy)]
pub struct DirectOptions {
    /// Waits until the recipient's machine has taken the message.
    pub acknowledged: bool,
    /// Goes through the encrypted inbox even if the machines are connected.
    pub inbox_only: bool,
    /// How long everything may take: finding the recipient, connecting, the acknowledgement.
    pub limit: Duration,
}

/// What became of a direct message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Which way it went.
    pub path: DirectPath,
    /// Whether the recipient's machine has confirmed it.
    pub acknowledged: bool,
}

/// The way of a direct message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectPath {
    /// To the agent itself.
    Loopback,
    /// Over the connection between the two machines.
    Connection,
    /// Encrypted for the recipient, through gossip; other agents may have carried it.
    Inbox,
}

/// Why a direct message was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectFailure {
    /// No announcement of the recipient has arrived.
    UnknownRecipient,
    /// There is neither a connection nor an inbox, or the connection broke.
    Unreachable,
    /// Nothing was confirmed in time: it may have arrived all the same.
    Unacknowledged,
    /// The recipient's machine takes nothing more for the moment.
    Busy,
    /// The recipient does not accept messages of this sender.
    Rejected,
    /// Anything else.
    Other,
}

impl Agent {
    /// Sends a message to one agent. Joins the network first if that has not happened. To itself it
    /// goes without a network.
    ///
    /// # Errors
    ///
    /// [`AgentError::Direct`], [`AgentError::TooLarge`], [`AgentError::Closed`],
    /// [`AgentError::Offline`].
    pub fn send_direct(
        &self,
        to: AgentId,
        payload: Vec<u8>,
        options: DirectOptions,
    ) -> BoxFuture<'static, Result<Receipt>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            inner.lifecycle.ensure_open()?;
            if payload.len() > MAX_DIRECT_BYTES {
                let (what, limit) = ("the payload", MAX_DIRECT_BYTES);
                return Err(AgentError::TooLarge { what, size: payload.len(), limit });
            }
            let mut closing = inner.lifecycle.closing();
            tokio::select! {
                biased;
                () = closing.begun() => Err(AgentError::Closed),
                receipt = inner.send_direct(to, payload, options) => receipt,
            }
        })
    }
}

impl Inner {
    async fn send_direct(
        self: &Arc<Self>,
        to: AgentId,
        payload: Vec<u8>,
        options: DirectOptions,
    ) -> Result<Receipt> {
        let deadline = Instant::now() + options.limit;
        let id = x0x::identity::AgentId(*to.as_bytes());
        if to == self.info.agent_id {
            return self.deliver(id, payload, DmSendConfig::default(), options).await;
        }
        self.network()?;
        let sent = timeout_at(deadline, async {
            self.started().await?;
            self.start_inbox().await?;
            self.discover(to, options.limit.min(DISCOVERY)).await?;
            let broken = if !options.inbox_only && self.connect_agent(&id).await {
                self.introduce(to).await;
                match self.deliver(id, payload.clone(), over_connection(options), options).await {
                    Err(error) if has_another_way(&error) => Some(error),
                    sent => return sent,
                }
            } else {
                None
            };
            let left = deadline.saturating_duration_since(Instant::now());
            match self.deliver(id, payload, over_inbox(left, options), options).await {
                // The recipient has no inbox: what went wrong with the connection tells more.
                Err(error) if !has_another_way(&error) => Err(broken.unwrap_or(error)),
                sent => sent,
            }
        });
        sent.await.unwrap_or_else(|_| {
            let reason =
                format!("agent {to} did not confirm within {} ms", options.limit.as_millis());
            Err(AgentError::Direct { to, failure: DirectFailure::Unacknowledged, reason })
        })
    }

    /// Waits for the recipient's announcement: agents exchange them when they meet.
    async fn discover(&self, to: AgentId, limit: Duration) -> Result<()> {
        let id = x0x::identity::AgentId(*to.as_bytes());
        let known = async {
            while self.native.discovered_agent(id).await.map_err(AgentError::native)?.is_none() {
                sleep(LOOK).await;
            }
            Ok(())
        };
        timeout(limit, known).await.unwrap_or_else(|_| {
            let reason = format!("no announcement of agent {to} within {} ms", limit.as_millis());
            Err(AgentError::Direct { to, failure: DirectFailure::UnknownRecipient, reason })
        })
    }

    /// Whether the recipient's machine is connected; dials it if need be.
    async fn connect_agent(&self, id: &x0x::identity::AgentId) -> bool {
        if self.native.is_agent_connected(id).await {
            return true;
        }
        let dial = timeout(DIAL, self.native.connect_to_agent(id)).await;
        matches!(dial, Ok(Ok(outcome)) if outcome.is_live_path())
    }

    /// Announces this agent before the first message to another over their connection: what comes
    /// before the announcement cannot be attributed there, and would be dropped.
    async fn introduce(&self, to: AgentId) {
        if !self.mailbox.introduce(to) {
            return;
        }
        let mut last = self.publishing.lock().await;
        // The periodic announcement makes up for one that fails.
        let _ = self.native.announce_identity(false, false).await;
        *last = Some(Instant::now());
        drop(last);
        sleep(HEARD).await;
    }

    async fn deliver(
        &self,
        id: x0x::identity::AgentId,
        payload: Vec<u8>,
        config: DmSendConfig,
        options: DirectOptions,
    ) -> Result<Receipt> {
        let gossip = config.require_gossip;
        let sending = self.native.send_direct_with_config(&id, payload, config);
        let sent = if gossip { self.beside_publishes(sending).await } else { sending.await };
        match sent {
            Ok(receipt) => Ok(receipt_of(&receipt, options)),
            Err(error) => Err(failed(AgentId::from_bytes(id.0), &error)),
        }
    }

    /// Keeps publishes out while the message leaves, not while its acknowledgement is waited for:
    /// a recipient that does not answer may not hold up everything else.
    async fn beside_publishes<T>(&self, sending: impl Future<Output = T>) -> T {
        let mut sending = pin!(sending);
        let mut last = self.publishing.lock().await;
        let sent = timeout(LEAVES, &mut sending).await;
        *last = Some(Instant::now());
        drop(last);
        match sent {
            Ok(sent) => sent,
            Err(_) => sending.await,
        }
    }

    /// Starts the encrypted inbox at the first use of direct messages: it announces this agent as
    /// reachable through others, and carries acknowledgements back.
    pub(super) async fn start_inbox(&self) -> Result<()> {
        let mut started = self.mailbox.inbox_started.lock().await;
        if *started {
            return Ok(());
        }
        let key = self.info.directory.join("agent-kem.key");
        let key = AgentKemKeypair::load_or_generate(&key)
            .await
            .map_err(|error| AgentError::Key { path: key, reason: squeeze(&error.to_string()) })?;
        let inbox = self.native.start_dm_inbox(Arc::new(key), DmInboxConfig::default()).await;
        inbox.map_err(AgentError::native)?;
        *started = true;
        Ok(())
    }
}

fn over_connection(options: DirectOptions) -> DmSendConfig {
    DmSendConfig {
        prefer_raw_quic_if_connected: true,
        raw_quic_receive_ack_timeout: options.acknowledged.then(|| options.limit.min(CONFIRM)),
        stop_fallback_on_raw_error: true,
        ..DmSendConfig::default()
    }
}

fn over_inbox(left: Duration, options: DirectOptions) -> DmSendConfig {
    DmSendConfig {
        require_gossip: true,
        require_gossip_ack: options.acknowledged,
        timeout_per_attempt: (left / 2).max(LEAVES),
        max_retries: 1,
        ..DmSendConfig::default()
    }
}

fn receipt_of(receipt: &DmReceipt, options: DirectOptions) -> Receipt {
    let (path, acknowledged) = match receipt.path {
        DmPath::Loopback => (DirectPath::Loopback, true),
        DmPath::RawQuicAcked => (DirectPath::Connection, true),
        DmPath::RawQuic => (DirectPath::Connection, false),
        DmPath::GossipInbox | DmPath::Relayed { .. } => (DirectPath::Inbox, options.acknowledged),
    };
    Receipt { path, acknowledged }
}

/// Whether the inbox may carry what the connection could not.
fn has_another_way(error: &AgentError) -> bool {
    use DirectFailure::{Busy, Unacknowledged, Unreachable};
    matches!(error, AgentError::Direct { failure: Unreachable | Unacknowledged | Busy, .. })
}

fn failed(to: AgentId, error: &DmError) -> AgentError {
    let failure = match error {
        DmError::RecipientUndiscovered(_) => DirectFailure::UnknownRecipient,
        DmError::RecipientRejected { .. } => DirectFailure::Rejected,
        DmError::Timeout { .. } => DirectFailure::Unacknowledged,
        DmError::ReceiverBackpressured { .. } => DirectFailure::Busy,
        DmError::PeerLikelyOffline { .. }
        | DmError::PeerDisconnected { .. }
        | DmError::LocalGossipUnavailable(_)
        | DmError::NoConnectivity(_)
        | DmError::PublishFailed(_) => DirectFailure::Unreachable,
        DmError::PayloadTooLarge { len, max } => {
            return AgentError::TooLarge { what: "the payload", size: *len, limit: *max };
        }
        _ => DirectFailure::Other,
    };
    AgentError::Direct { to, failure, reason: squeeze(&error.to_string()) }
}

/// How often the recipient's announcement is looked for.
const LOOK: Duration = Duration::from_millis(25);
/// How long it is waited for.
const DISCOVERY: Duration = Duration::from_secs(10);
/// How long a dial may take before the inbox is tried.
const DIAL: Duration = Duration::from_secs(5);
/// How long an announcement takes to be checked by the recipient.
const HEARD: Duration = Duration::from_millis(50);
/// How long the confirmation of a connected machine may take; on one that answers it is a round
/// trip.
const CONFIRM: Duration = Duration::from_secs(3);
/// How long a message through gossip takes to leave: signed, encrypted, handed to the peers.
const LEAVES: Duration = Duration::from_millis(250);
