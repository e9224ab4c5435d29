//! Dialling again: addresses that the user gave stay connected while the agent is joined.
//!
//! The crate redials a lost peer for half a minute and then never again, and it dials a bootstrap
//! address only while it joins.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

use crate::{MachineId, agent::Inner};

/// The addresses that are kept connected.
#[derive(Debug)]
pub(crate) struct Keeper {
    kept: Mutex<Vec<Kept>>,
    started: AtomicBool,
    kicked: Notify,
}

#[derive(Debug)]
struct Kept {
    address: SocketAddr,
    /// Who answered there last.
    peer: Option<MachineId>,
    failures: u32,
    due: Instant,
    dialling: bool,
}

impl Keeper {
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        let kept = addresses.iter().map(|address| Kept::new(*address, None)).collect();
        Self { kept: Mutex::new(kept), started: AtomicBool::new(false), kicked: Notify::new() }
    }

    /// Keeps an address from now on.
    pub(crate) fn keep(&self, address: SocketAddr, peer: MachineId) {
        let mut kept = self.kept();
        match kept.iter_mut().find(|kept| kept.address == address) {
            Some(known) => known.peer = Some(peer),
            None => kept.push(Kept::new(address, Some(peer))),
        }
    }

    /// No longer dials a peer.
    pub(crate) fn forget(&self, peer: MachineId, address: Option<SocketAddr>) {
        self.kept().retain(|kept| kept.peer != Some(peer) && Some(kept.address) != address);
    }

    /// Dials at once what is not connected, without waiting for its turn.
    pub(crate) fn kick(&self) {
        for kept in self.kept().iter_mut() {
            kept.due = Instant::now();
            kept.failures = 0;
        }
        self.kicked.notify_one();
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, address: SocketAddr, peer: Option<MachineId>) {
        for kept in self.kept().iter_mut().filter(|kept| kept.address == address) {
            kept.dialling = false;
            match peer {
                Some(_) => (kept.peer, kept.failures) = (peer, 0),
                None => kept.failures = kept.failures.saturating_add(1),
            }
            kept.due = Instant::now() + pause(kept.failures);
        }
    }
}

impl Kept {
    fn new(address: SocketAddr, peer: Option<MachineId>) -> Self {
        Self { address, peer, failures: 0, due: Instant::now() + START, dialling: false }
    }
}

impl Inner {
    /// Starts keeping unless that has happened.
    pub(crate) fn start_keeper(self: &Arc<Self>) {
        if !self.keeper.started.swap(true, Ordering::AcqRel) {
            for kept in self.keeper.kept().iter_mut() {
                kept.due = Instant::now() + START;
            }
            self.runtime.spawn(keep(Arc::downgrade(self)));
        }
    }

    /// Dials what is due and not connected.
    async fn keep_connected(self: &Arc<Self>) {
        let now = Instant::now();
        if self.keeper.kept().iter().all(|kept| kept.dialling || kept.due > now) {
            return;
        }
        let Ok(connections) = self.connections().await else { return };
        let mut due = Vec::new();
        for kept in self.keeper.kept().iter_mut() {
            let connected = connections.iter().find(|(peer, address)| {
                **address == Some(kept.address) || Some(**peer) == kept.peer
            });
            if let Some((peer, _)) = connected {
                kept.peer = Some(*peer);
                kept.failures = 0;
                kept.due = now + pause(0);
            } else if !kept.dialling && kept.due <= now {
                kept.dialling = true;
                due.push(kept.address);
            }
        }
        for address in due {
            self.runtime.spawn(dial(Arc::clone(self), address));
        }
    }
}

async fn keep(inner: Weak<Inner>) {
    let Some(mut closing) = inner.upgrade().map(|inner| inner.lifecycle.closing()) else { return };
    loop {
        let Some(inner) = inner.upgrade() else { return };
        tokio::select! {
            biased;
            () = closing.begun() => return,
            () = inner.keeper.kicked.notified() => {}
            () = sleep(LOOK) => {}
        }
        inner.keep_connected().await;
    }
}

async fn dial(inner: Arc<Inner>, address: SocketAddr) {
    let mut closing = inner.lifecycle.closing();
    let Ok(network) = inner.network() else { return };
    let answer = tokio::select! {
        biased;
        () = closing.begun() => return,
        answer = timeout(DIAL_LIMIT, network.connect_addr(address)) => answer,
    };
    let peer = answer.ok().and_then(Result::ok).map(|peer| MachineId::from_bytes(peer.0));
    inner.keeper.answered(address, peer);
    inner.monitor.wake();
}

/// How long to wait after so many failures: 1, 2, 4, 8, then 15 seconds.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.min(4)).min(LONGEST_PAUSE)
}

const LOOK: Duration = Duration::from_millis(250);
/// The join dials first.
const START: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
const DIAL_LIMIT: Duration = Duration::from_secs(5);
