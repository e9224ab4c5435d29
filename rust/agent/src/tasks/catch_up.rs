//! How replicas find each other's changes, whatever they missed.
//!
//! The crate's replicas ask only while they are empty, and are answered with one message that is
//! lost above 4 MiB. Here a replica asks when it is opened and whenever a peer appears, and says
//! what it holds; every holder answers with what is missing, in parts, and with what it holds
//! itself. Either side that finds itself behind asks again. The questions are the crate's own with
//! something added, so replicas of other programs take part as they can.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::{
    replica::{ListInner, lock},
    wire::{Aside, Delta, Peer, Summary},
};
use crate::{AgentError, MachineId, Message, Result, Subscription, SubscriptionEnd, agent::Inner};

/// When a question is put again, counted from the one before, until somebody answered.
const ASKS: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
/// How often the peers are looked at.
const PEERS: Duration = Duration::from_millis(500);
/// Answers start at different times, so that one holder's answer spares the others'.
const SPREAD_MS: u32 = 60;
/// More answers than this do not wait for their turn: who asked will ask again.
const MAX_ANSWERING: usize = 8;
/// Programs that do not say what they hold get everything, this often.
const EVERYTHING: Duration = Duration::from_secs(15);
const MAX_HOLDERS: usize = 64;

/// The question that is being put.
struct Asking {
    /// The next attempt.
    next: Option<(usize, Instant)>,
    /// At which revision the last question was put because somebody had more.
    behind_at: Option<(u64, Instant)>,
    /// When a program that does not say what it holds was last given everything.
    everything_at: Option<Instant>,
}

impl Asking {
    fn start(&mut self) {
        self.next = Some((0, Instant::now() + ASKS[0]));
    }

    /// Somebody has more. Once per revision, or two replicas that cannot agree would never rest.
    fn behind(&mut self, revision: u64) {
        let again = self
            .behind_at
            .is_none_or(|(known, asked)| known != revision || asked.elapsed() > EVERYTHING);
        if again && self.next.is_none() {
            self.behind_at = Some((revision, Instant::now()));
            self.start();
        }
    }
}

/// Keeps a replica in touch with the others until its agent closes.
pub(super) async fn run(
    list: Arc<ListInner>,
    agent: Arc<Inner>,
    mut topic: Subscription,
    mut aside: Subscription,
) {
    let mut closing = agent.lifecycle.closing();
    let mut peers = BTreeSet::new();
    let mut asking = Asking { next: None, behind_at: None, everything_at: None };
    let mut look = interval(PEERS);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let ask_at = asking.next.map(|(_, at)| at);
        let ask = async {
            match ask_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        // Fair, so that a busy list does not keep questions waiting.
        tokio::select! {
            () = closing.begun() => return,
            message = topic.recv() => match message {
                Ok(message) => hear(&list, &agent, message).await,
                Err(SubscriptionEnd::Closed) => return,
                Err(SubscriptionEnd::Lagged) => {
                    let Ok(again) = agent.subscribe(&list.topic).await else { return };
                    topic = again;
                    asking.start();
                }
            },
            message = aside.recv() => match message {
                Ok(message) => overhear(&list, &agent, &message, &mut asking),
                Err(SubscriptionEnd::Closed) => return,
                Err(SubscriptionEnd::Lagged) => {
                    let Ok(again) = agent.subscribe(&list.aside_topic()).await else { return };
                    aside = again;
                }
            },
            _ = look.tick() => {
                let now: BTreeSet<MachineId> =
                    agent.peers().await.unwrap_or_default().into_iter().collect();
                if !now.is_subset(&peers) {
                    asking.start();
                }
                peers = now;
            }
            () = ask => {
                let Some((attempt, _)) = asking.next.take() else { continue };
                if let Some(delay) = ASKS.get(attempt + 1) && !peers.is_empty() {
                    asking.next = Some((attempt + 1, Instant::now() + *delay));
                }
                if !peers.is_empty() {
                    let (list, agent) = (Arc::clone(&list), Arc::clone(&agent));
                    let runtime = agent.runtime.clone();
                    runtime.spawn(async move { ask_all(&list, &agent).await });
                }
            }
        }
    }
}

/// Keeps the file of a replica up to date with what comes from others.
pub(super) async fn keep(list: Arc<ListInner>, agent: Arc<Inner>) {
    let mut closing = agent.lifecycle.closing();
    loop {
        tokio::select! {
            biased;
            () = closing.begun() => return,
            () = list.stale.notified() => {}
        }
        // A failure shows at the next change made here.
        let _ = list.store().await;
    }
}

/// Asks for everything that is missing, and waits until all who answered have nothing more.
pub(super) async fn resync(list: &Arc<ListInner>, agent: &Arc<Inner>) -> Result<()> {
    if agent.peers().await?.is_empty() {
        return Ok(());
    }
    lock(&list.catch_up.holders).clear();
    let started = Instant::now();
    let mut answers = list.catch_up.answers.subscribe();
    let (mut next, mut pause) = (started, RESYNC_PAUSE);
    let mut still_since = started;
    loop {
        if Instant::now() >= next {
            ask_all(list, agent).await?;
            next = Instant::now() + pause;
            pause = (pause * 2).min(RESYNC_PAUSE * 8);
        }
        tokio::select! {
            _ = answers.changed() => still_since = Instant::now(),
            () = sleep(RESYNC_LOOK) => {}
        }
        let (heard, behind) = list.catch_up.look(list);
        if heard && !behind && still_since.elapsed() >= RESYNC_STILL {
            return Ok(());
        }
        if !heard && started.elapsed() >= RESYNC_SILENCE {
            // Nobody here holds the list.
            return Ok(());
        }
        if started.elapsed() >= RESYNC_LIMIT {
            return Err(AgentError::Timeout { what: "the resync", limit: RESYNC_LIMIT });
        }
    }
}

const RESYNC_LOOK: Duration = Duration::from_millis(50);
const RESYNC_PAUSE: Duration = Duration::from_millis(500);
const RESYNC_STILL: Duration = Duration::from_millis(250);
const RESYNC_SILENCE: Duration = Duration::from_millis(2500);
const RESYNC_LIMIT: Duration = Duration::from_secs(30);

async fn hear(list: &Arc<ListInner>, agent: &Inner, message: Message) {
    for (_, payload) in message.payloads.iter() {
        let Some((peer, delta)) = Delta::decode(payload) else { continue };
        if peer != list.signer.peer || message.sender != agent.info.agent_id {
            list.receive(delta).await;
        }
    }
}

/// Takes part in what replicas tell each other.
fn overhear(list: &Arc<ListInner>, agent: &Arc<Inner>, message: &Message, asking: &mut Asking) {
    for (_, payload) in message.payloads.iter() {
        match Aside::decode(payload) {
            Some(said) if is_own(list, agent, message, &said) => {}
            Some(Aside::Wanted(_, summary)) => {
                if summary.as_ref().is_some_and(|summary| list.ledger().lacks(summary)) {
                    asking.behind(list.ledger().revision());
                }
                answer(list, agent, summary, asking);
            }
            Some(Aside::Served(peer, Some(summary))) => {
                if list.ledger().lacks(&summary) {
                    asking.behind(list.ledger().revision());
                } else {
                    asking.next = None;
                }
                list.catch_up.note_holder(peer, summary);
            }
            Some(Aside::Served(_, None)) | None => {}
        }
    }
}

/// Whether this replica said it: the same agent may run on several machines.
fn is_own(list: &ListInner, agent: &Inner, message: &Message, said: &Aside) -> bool {
    let (Aside::Wanted(peer, _) | Aside::Served(peer, _)) = said;
    *peer == list.signer.peer && message.sender == agent.info.agent_id
}

async fn ask_all(list: &ListInner, agent: &Inner) -> Result<()> {
    let summary = list.ledger().summary();
    list.send_aside(agent, &Aside::Wanted(list.signer.peer, Some(summary))).await
}

/// Starts to answer a question.
fn answer(
    list: &Arc<ListInner>,
    agent: &Arc<Inner>,
    summary: Option<Summary>,
    asking: &mut Asking,
) {
    if summary.is_none() {
        if asking.everything_at.is_some_and(|at| at.elapsed() < EVERYTHING) {
            return;
        }
        asking.everything_at = Some(Instant::now());
    }
    let answering = &list.catch_up.answering;
    if answering.fetch_add(1, Ordering::AcqRel) >= MAX_ANSWERING {
        answering.fetch_sub(1, Ordering::AcqRel);
        return;
    }
    let (list, agent) = (Arc::clone(list), Arc::clone(agent));
    let runtime = agent.runtime.clone();
    runtime.spawn(async move {
        // A failure means that the agent closes.
        let _ = serve(&list, &agent, summary.as_ref(), Instant::now()).await;
        if list.catch_up.answering.fetch_sub(1, Ordering::AcqRel) == 1 {
            lock(&list.catch_up.heard).clear();
        }
    });
}

async fn serve(
    list: &Arc<ListInner>,
    agent: &Arc<Inner>,
    wanted: Option<&Summary>,
    since: Instant,
) -> Result<()> {
    let Ok(_turn) = list.catch_up.turn.acquire().await else { return Ok(()) };
    let own = list.ledger().summary();
    let me = list.signer.peer;
    if wanted.is_some_and(|wanted| wanted.digest == own.digest) {
        let brief = Summary { tasks: Vec::new(), removed: Vec::new(), brief: true, ..own };
        return list.send_aside(agent, &Aside::Served(me, Some(brief))).await;
    }
    let spread = getrandom::u32().unwrap_or(0) % SPREAD_MS;
    sleep(Duration::from_millis(spread.into())).await;
    let missing = list.ledger().difference(wanted, &list.signer);
    for mut part in missing.split() {
        part.retain_entries(|entry| {
            let heard = lock(&list.catch_up.heard).get(&entry.id).copied();
            heard.is_none_or(|(known, at)| at < since || known != entry.fingerprint())
        });
        if !part.is_empty() {
            list.send(agent, &part).await?;
            list.note_heard(&part);
        }
    }
    let own = list.ledger().summary();
    list.send_aside(agent, &Aside::Served(me, Some(own))).await
}

impl super::replica::CatchUp {
    fn note_holder(&self, peer: Peer, summary: Summary) {
        let mut holders = lock(&self.holders);
        if holders.len() >= MAX_HOLDERS && !holders.contains_key(&peer) {
            holders.clear();
        }
        holders.insert(peer, summary);
        drop(holders);
        self.answers.send_modify(|answers| *answers += 1);
    }

    /// Whether somebody answered, and whether somebody has more.
    fn look(&self, list: &ListInner) -> (bool, bool) {
        let holders = lock(&self.holders);
        let ledger = list.ledger();
        (!holders.is_empty(), holders.values().any(|summary| ledger.lacks(summary)))
    }
}
