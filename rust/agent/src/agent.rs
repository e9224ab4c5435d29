//! One agent: opened, asked, closed.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep_until, timeout},
};
use x0x::network::{DisconnectReason, NetworkNode};

use crate::{
    AgentError, AgentId, AgentKeys, AgentOptions, MachineId, Result,
    batch::Numbering,
    direct::Mailbox,
    directory::Directory,
    join::JoinTask,
    keeper::Keeper,
    kv::StoreInner,
    lifecycle::Lifecycle,
    peers::Monitor,
    stats::Counters,
    taps::Taps,
    tasks::{ListInner, OpenLists},
};

/// A live agent: an identity, and a place on the network unless it was opened offline.
///
/// Dropping it closes it in the background; [`close`](Self::close) waits.
#[derive(Debug)]
pub struct Agent {
    pub(crate) inner: Arc<Inner>,
}

/// Facts about an agent that do not change while it is open.
#[derive(Debug, Clone)]
pub struct AgentInfo {
    /// The agent's id.
    pub agent_id: AgentId,
    /// The machine's id, which is also the id of the transport's peer.
    pub machine_id: MachineId,
    /// The address it listens on, with the real port; nothing when it is offline.
    pub address: Option<SocketAddr>,
    /// Where its keys are, without links.
    pub directory: PathBuf,
}

/// Where an agent stands on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentStatus {
    /// Whether a join has begun; connecting joins.
    pub joined: bool,
    /// How many machines are connected; 0 before the join.
    pub peers: usize,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) native: x0x::Agent,
    pub(crate) info: AgentInfo,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) runtime: Handle,
    /// Held around everything that publishes, with the time of the last. Each peer has one slot for
    /// locally published frames, and a publish that finds it busy is shed, not queued.
    pub(crate) publishing: tokio::sync::Mutex<Option<Instant>>,
    pub(crate) numbering: Numbering,
    pub(crate) mailbox: Mailbox,
    pub(crate) join: Mutex<Option<JoinTask>>,
    pub(crate) lists: tokio::sync::Mutex<HashMap<String, Arc<ListInner>>>,
    pub(crate) open_lists: Arc<OpenLists>,
    pub(crate) stores: tokio::sync::Mutex<HashMap<String, Arc<StoreInner>>>,
    pub(crate) monitor: Monitor,
    pub(crate) keeper: Keeper,
    pub(crate) taps: Taps,
    pub(crate) counters: Arc<Counters>,
    directory: Mutex<Option<Directory>>,
}

impl Agent {
    /// Opens an agent: takes hold of its directory, loads or makes its keys, binds its address.
    /// Nothing is dialled.
    ///
    /// # Errors
    ///
    /// [`AgentError::DirectoryInUse`], [`AgentError::Key`], [`AgentError::Contacts`],
    /// [`AgentError::Storage`], [`AgentError::Bind`].
    pub fn open(options: AgentOptions) -> BoxFuture<'static, Result<Self>> {
        Self::open_with_keys(options, AgentKeys::default())
    }

    /// Opens an agent with keys given instead of those in its directory.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`AgentError::KeyConflict`], [`AgentError::MachineInUse`].
    pub fn open_with_keys(
        options: AgentOptions,
        keys: AgentKeys,
    ) -> BoxFuture<'static, Result<Self>> {
        Box::pin(open(options, keys))
    }

    /// The agent's ids, address and directory. Also answers after it was closed.
    #[must_use]
    pub fn info(&self) -> &AgentInfo {
        &self.inner.info
    }

    /// The machines that are connected now, in order of their ids.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn peers(&self) -> BoxFuture<'_, Result<Vec<MachineId>>> {
        Box::pin(async {
            self.inner.lifecycle.ensure_open()?;
            self.inner.peers().await
        })
    }

    /// Dials one peer and returns its id. Joins the network first if that has not happened: a
    /// connection carries messages only then. Without a `limit` the transport gives up after
    /// about 30 s. The address stays connected: it is dialled again when the connection is lost.
    ///
    /// # Errors
    ///
    /// [`AgentError::Connect`], [`AgentError::Held`], [`AgentError::Timeout`],
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn connect(
        &self,
        address: SocketAddr,
        limit: Option<Duration>,
    ) -> BoxFuture<'_, Result<MachineId>> {
        Box::pin(self.inner.connect(address, limit))
    }

    /// Whether the agent has joined, and how many machines are connected as of the last look, which
    /// is at most half a second old. Cheap: asks nobody.
    #[must_use]
    pub fn status(&self) -> AgentStatus {
        let joined = self.inner.is_joined();
        AgentStatus { joined, peers: if joined { self.inner.monitor.peer_count() } else { 0 } }
    }

    /// Closes the connection to a machine. For two minutes neither side can open another, not even
    /// by [`connect`](Self::connect); after that whoever dials first does. Its address is no longer
    /// dialled by itself. False if it was not connected.
    ///
    /// # Errors
    ///
    /// [`AgentError::Closed`], [`AgentError::Offline`].
    pub fn disconnect(&self, peer: MachineId) -> BoxFuture<'static, Result<bool>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.disconnect(peer).await })
    }

    /// Closes the agent and what was opened through it: subscriptions and watches end, later
    /// calls answer [`AgentError::Closed`]. Returns once its directory is released and its
    /// address free (or after a second: a dial under way keeps the address for up to three),
    /// however often and from wherever it is called.
    pub fn close(&self) -> BoxFuture<'static, ()> {
        let inner = Arc::clone(&self.inner);
        inner.begin_close();
        Box::pin(async move { inner.lifecycle.closed().await })
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.inner.begin_close();
    }
}

async fn open(options: AgentOptions, keys: AgentKeys) -> Result<Agent> {
    let mut directory = Directory::open(&options.directory)?;
    let mut builder = directory.apply(x0x::Agent::builder(), &keys)?;
    if let Some(network) = &options.network {
        builder = builder
            .with_network_config(network.to_network())
            .with_gossip_config(network.to_gossip());
    }
    let native = builder.build().await.map_err(|error| build_error(error, &options))?;
    let info = AgentInfo {
        agent_id: AgentId::from_bytes(*native.agent_id().as_bytes()),
        machine_id: MachineId::from_bytes(*native.machine_id().as_bytes()),
        address: native.bound_addr().await,
        directory: directory.path().to_path_buf(),
    };
    let name = options.network.as_ref().and_then(|network| network.name.clone());
    let bootstrap = options.network.map(|network| network.plan().bootstrap).unwrap_or_default();
    let agent = Agent {
        inner: Arc::new(Inner {
            native,
            info,
            lifecycle: Lifecycle::new(),
            runtime: Handle::current(),
            publishing: tokio::sync::Mutex::new(None),
            numbering: Numbering::new(),
            mailbox: Mailbox::default(),
            join: Mutex::new(None),
            lists: tokio::sync::Mutex::default(),
            open_lists: Arc::default(),
            stores: tokio::sync::Mutex::default(),
            monitor: Monitor::new(),
            keeper: Keeper::new(&bootstrap),
            taps: Taps::default(),
            counters: Arc::default(),
            directory: Mutex::new(Some(directory)),
        }),
    };
    agent.inner.set_name(name)?;
    agent.inner.start_mailbox();
    Ok(agent)
}

fn build_error(error: x0x::error::IdentityError, options: &AgentOptions) -> AgentError {
    let text = error.to_string();
    match (text.split_once("network initialization failed: "), &options.network) {
        (Some((_, reason)), Some(network)) => {
            AgentError::Bind { address: network.bind, reason: crate::error::squeeze(reason) }
        }
        _ => AgentError::native(error),
    }
}

impl Inner {
    pub(crate) fn network(&self) -> Result<&Arc<NetworkNode>> {
        self.native.network().ok_or(AgentError::Offline)
    }

    pub(crate) async fn peers(&self) -> Result<Vec<MachineId>> {
        let peers = self.network()?.connected_peers().await;
        let mut peers: Vec<_> =
            peers.into_iter().map(|peer| MachineId::from_bytes(peer.0)).collect();
        peers.sort_unstable();
        peers.dedup();
        Ok(peers)
    }

    async fn connect(
        self: &Arc<Self>,
        address: SocketAddr,
        limit: Option<Duration>,
    ) -> Result<MachineId> {
        self.lifecycle.ensure_open()?;
        let network = self.network()?;
        let mut closing = self.lifecycle.closing();
        let dial = async {
            self.started().await?;
            let peer = network.connect_addr(address).await;
            peer.map_err(|error| AgentError::dial(address, &error))
        };
        let limited = async {
            match limit {
                None => dial.await,
                Some(limit) => timeout(limit, dial)
                    .await
                    .unwrap_or(Err(AgentError::Timeout { what: "the connection", limit })),
            }
        };
        tokio::select! {
            biased;
            () = closing.begun() => Err(AgentError::Closed),
            peer = limited => {
                let peer = MachineId::from_bytes(peer?.0);
                self.keeper.keep(address, peer);
                self.look().await?;
                Ok(peer)
            }
        }
    }

    async fn disconnect(&self, peer: MachineId) -> Result<bool> {
        self.lifecycle.ensure_open()?;
        let network = self.network()?;
        let Some(address) = self.connections().await?.remove(&peer) else { return Ok(false) };
        self.keeper.forget(peer, address);
        let id = ant_quic::PeerId(*peer.as_bytes());
        // Any milder reason and both sides would be connected again within a second.
        let closed = network.disconnect_with_reason(&id, DisconnectReason::Admin).await;
        self.look().await?;
        closed.map_err(|error| AgentError::Network { message: error.to_string() })?;
        Ok(true)
    }

    /// Starts the shutdown unless it was started. Callable from any thread.
    fn begin_close(self: &Arc<Self>) {
        if self.lifecycle.begin() {
            let inner = Arc::clone(self);
            self.runtime.spawn(async move { inner.shut_down().await });
        }
    }

    /// Lets what was just published leave. A peer that was busy is told of a message 100 ms later
    /// and fetches it, and closing a connection drops what the other side has not read.
    async fn linger(&self) {
        let last = timeout(LINGER, self.publishing.lock()).await;
        if let Ok(Some(last)) = last.map(|last| *last) {
            sleep_until(last + LINGER).await;
        }
    }

    async fn shut_down(self: Arc<Self>) {
        /// Reports "closed" even if the crate panics.
        struct Finish<'a>(&'a Inner);
        impl Drop for Finish<'_> {
            fn drop(&mut self) {
                let mut directory = self.0.directory.lock().unwrap_or_else(PoisonError::into_inner);
                *directory = None;
                self.0.lifecycle.finish();
            }
        }
        let finish = Finish(&self);
        self.linger().await;
        self.native.begin_shutdown();
        let lists: Vec<_> = self.lists.lock().await.drain().map(|(_, list)| list).collect();
        for list in lists {
            list.stop().await;
        }
        let stores: Vec<_> = self.stores.lock().await.drain().map(|(_, store)| store).collect();
        for store in stores {
            store.stop().await;
        }
        if let Some(network) = self.native.network() {
            // The crate's own shutdown first waits up to 3 s for announcements that sleep. The
            // socket need not wait for them: this call frees it, the one below observes that. A
            // dial that is under way keeps it for up to 3 s more, in the background.
            let _ = timeout(SHUTDOWN_LIMIT, network.try_shutdown()).await;
        }
        drop(finish);
        self.native.shutdown().await;
    }
}

/// How long an agent stays reachable after its last message.
const LINGER: Duration = Duration::from_millis(300);
/// How long closing waits for the transport.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);
