//! Who is connected and who is known, kept up to date in the background.
//!
//! The crate's events are wakes, not facts: reconnects repeat them, and a slow receiver loses some.
//! So every one of them, and every half second, is a reason to look; what changed since the last
//! look is the difference of two [`View`]s.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::pending;
use tokio::{
    sync::{Mutex, Notify, broadcast, watch},
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use crate::{AgentId, MachineId, Result, agent::Inner};

/// What one look found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// Connected machines and where they are reached.
    pub(crate) peers: BTreeMap<MachineId, Option<SocketAddr>>,
    /// Agents that were heard of and are not gone; only kept while somebody watches.
    pub(crate) agents: BTreeMap<AgentId, Known>,
}

/// What an agent said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) machine: MachineId,
    pub(crate) name: Option<String>,
}

/// The newest view, for whoever watches it.
#[derive(Debug)]
pub(crate) struct Monitor {
    view: watch::Sender<Arc<View>>,
    agents: Mutex<HashMap<AgentId, Presence>>,
    started: AtomicBool,
    look: Arc<Notify>,
}

/// What tells whether an agent is gone. The crate never says so of one that was there for a short
/// time only.
#[derive(Debug)]
struct Presence {
    known: Known,
    /// Its machine was connected since it joined, so that losing the connection means something.
    met: bool,
    /// When that connection was found missing.
    lost: Option<Instant>,
    /// When it was reported gone, in seconds since the epoch.
    left_s: Option<u64>,
}

impl Monitor {
    pub(crate) fn new() -> Self {
        Self {
            view: watch::Sender::default(),
            agents: Mutex::default(),
            started: AtomicBool::new(false),
            look: Arc::default(),
        }
    }

    /// How many machines were connected at the last look.
    pub(crate) fn peer_count(&self) -> usize {
        self.view.borrow().peers.len()
    }

    /// Asks for a look.
    pub(crate) fn wake(&self) {
        self.look.notify_one();
    }
}

impl Inner {
    /// Starts looking unless that has happened.
    pub(crate) fn start_monitor(self: &Arc<Self>) {
        if !self.monitor.started.swap(true, Ordering::AcqRel) {
            self.runtime.spawn(monitor(Arc::downgrade(self)));
        }
    }

    /// The view from now on; its first value is that of a fresh look.
    pub(crate) async fn watch_view(self: &Arc<Self>) -> Result<watch::Receiver<Arc<View>>> {
        self.network()?;
        let mut view = self.monitor.view.subscribe();
        self.start_monitor();
        self.look().await?;
        view.mark_unchanged();
        Ok(view)
    }

    /// Connected machines with the addresses at which the transport reaches them.
    pub(crate) async fn connections(&self) -> Result<BTreeMap<MachineId, Option<SocketAddr>>> {
        let network = self.network()?;
        let mut peers: BTreeMap<_, _> =
            self.peers().await?.into_iter().map(|peer| (peer, None)).collect();
        if peers.is_empty() {
            return Ok(peers);
        }
        for entry in network.transport_diagnostics().await.peer_entries {
            let address = entry.remote_addr.strip_prefix("udp://");
            let address = address.and_then(|address| address.parse().ok());
            if let Some(known) =
                MachineId::from_hex(&entry.peer_id).and_then(|peer| peers.get_mut(&peer))
            {
                *known = address;
            }
        }
        Ok(peers)
    }

    pub(crate) async fn look(&self) -> Result<()> {
        // Held for the whole look, so that an older one never overwrites a newer one.
        let mut known = self.monitor.agents.lock().await;
        let peers = self.connections().await?;
        let agents = if self.monitor.view.receiver_count() == 0 {
            known.clear();
            BTreeMap::new()
        } else {
            self.update(&mut known, &peers).await?
        };
        let next = View { peers, agents };
        self.monitor.view.send_if_modified(|view| {
            let changed = **view != next;
            if changed {
                *view = Arc::new(next);
            }
            changed
        });
        Ok(())
    }

    /// Compares what is known with what is announced and connected.
    async fn update(
        &self,
        known: &mut HashMap<AgentId, Presence>,
        peers: &BTreeMap<MachineId, Option<SocketAddr>>,
    ) -> Result<BTreeMap<AgentId, Known>> {
        let announced = if self.is_joined() { self.announced().await? } else { Vec::new() };
        let mut heard = HashMap::new();
        for agent in announced {
            let machine = agent.machine;
            let found = Known { machine, name: agent.name };
            heard.insert(agent.agent, agent.last_seen_s);
            let connected = peers.contains_key(&machine);
            let presence = known.entry(agent.agent).or_insert_with(|| Presence {
                known: found.clone(),
                met: connected,
                lost: None,
                left_s: None,
            });
            presence.known = found;
            // Its last words may still be on their way round when it is gone.
            if let Some(left_s) = presence.left_s
                && (connected || agent.last_seen_s > left_s + LAST_WORDS_S)
            {
                presence.left_s = None;
                presence.met = connected;
            }
        }
        for (agent, presence) in known.iter_mut().filter(|(_, presence)| presence.left_s.is_none())
        {
            if peers.contains_key(&presence.known.machine) {
                presence.met = true;
                presence.lost = None;
                continue;
            }
            // A connection that is replaced is missing for a moment.
            let gone = if presence.met {
                presence.lost.get_or_insert_with(Instant::now).elapsed() >= GRACE
            } else {
                !heard.contains_key(agent)
            };
            if gone {
                presence.left_s = Some(crate::pubsub::now_ms() / 1000);
                presence.lost = None;
            }
        }
        known.retain(|agent, presence| presence.left_s.is_none() || heard.contains_key(agent));
        let here = known.iter().filter(|(_, presence)| presence.left_s.is_none());
        Ok(here.map(|(agent, presence)| (*agent, presence.known.clone())).collect())
    }
}

async fn monitor(inner: Weak<Inner>) {
    let Some((network, mut closing, asked)) = inner.upgrade().and_then(|inner| {
        let network = Arc::clone(inner.native.network()?);
        Some((network, inner.lifecycle.closing(), Arc::clone(&inner.monitor.look)))
    }) else {
        return;
    };
    let mut events = network.subscribe();
    let mut lives = network.subscribe_all_peer_events().await;
    drop(network);
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        {
            let Some(inner) = inner.upgrade() else { return };
            if inner.look().await.is_err() {
                return;
            }
        }
        tokio::select! {
            biased;
            () = closing.begun() => return,
            _ = poll.tick() => {}
            () = asked.notified() => {}
            () = spoken(Some(&mut events)) => {}
            () = spoken(lives.as_mut()) => {}
        }
        // They come in swarms; one look serves all that came before it.
        sleep(SWARM).await;
        events = events.resubscribe();
        lives = lives.map(|lives| lives.resubscribe());
    }
}

/// Waits for an event, or for news that some were lost.
async fn spoken<T: Clone>(events: Option<&mut broadcast::Receiver<T>>) {
    let Some(events) = events else { return pending().await };
    if let Err(broadcast::error::RecvError::Closed) = events.recv().await {
        pending::<()>().await;
    }
}

const POLL: Duration = Duration::from_millis(500);
const SWARM: Duration = Duration::from_millis(5);
/// How long a connection may be missing before its agent is gone.
const GRACE: Duration = Duration::from_secs(2);
/// How much later than its leaving an agent must be heard to count as back, if it is not connected.
const LAST_WORDS_S: u64 = 5;
