//! One task and how it is merged.
//!
//! The crate's signatures and its rule for winners are used as they are. Its merge is not: its
//! registers do not converge with three writers (see [`register`](super::register)), and it checks
//! every signature of a task twice whenever anything of the task arrives. Here a signature is
//! checked once, before it is let in ([`Unverified`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x0x::{
    crdt::{
        CheckboxState, OpAttestation, OpKind, TaskId, TaskListId, sign_attestation,
        verify_attestation,
    },
    gossip::SigningContext,
    identity::AgentKeypair,
};

use super::{
    register::Register,
    task::{Change, Ownership, Task, TaskEdit, TaskEvent, TaskHistory, TaskState},
    wire::{self, Key, Peer, Unused},
};
use crate::{AgentError, AgentId, Result};

/// Fields of the crate's `TaskItem`, in its order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: Key,
    checkbox: Unused,
    title: Register<String>,
    description: Register<String>,
    assignee: Register<Option<[u8; 32]>>,
    priority: Register<u8>,
    created_by: [u8; 32],
    created_at: u64,
    attestations: BTreeMap<CheckboxState, OpAttestation>,
}

/// Who changes a list: an agent that signs, on one replica.
pub(super) struct Signer {
    pub(super) peer: Peer,
    context: SigningContext,
}

/// A claim or a completion, signed.
pub(super) struct Signed {
    state: CheckboxState,
    attestation: OpAttestation,
}

impl Signer {
    pub(super) fn new(key: &AgentKeypair, peer: Peer) -> Self {
        Self { peer, context: SigningContext::from_keypair(key) }
    }

    pub(super) fn agent(&self) -> AgentId {
        AgentId::from_bytes(*self.context.agent_id.as_bytes())
    }

    /// Signs a claim or a completion; takes about a millisecond.
    pub(super) fn sign(
        &self,
        change: Change,
        list: &TaskListId,
        id: crate::TaskId,
        at_ms: u64,
    ) -> Result<Signed> {
        let (agent_id, timestamp) = (self.context.agent_id, at_ms);
        let (kind, state) = match change {
            Change::Claim => (OpKind::Claim, CheckboxState::Claimed { agent_id, timestamp }),
            Change::Complete => (OpKind::Complete, CheckboxState::Done { agent_id, timestamp }),
        };
        let task = TaskId::from_bytes(*id.as_bytes());
        let attestation = sign_attestation(&self.context, kind, list, &task, &agent_id, timestamp);
        let message =
            |error: x0x::crdt::CrdtError| AgentError::Network { message: error.to_string() };
        Ok(Signed { state, attestation: attestation.map_err(message)? })
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Signer").field("agent", &self.agent()).finish_non_exhaustive()
    }
}

impl Entry {
    /// A new task. `nonce` tells it from others of the same title and creator.
    pub(super) fn new(
        title: &str,
        description: &str,
        signer: &Signer,
        created_at: u64,
        nonce: u64,
    ) -> Self {
        let id = TaskId::new(title, &signer.context.agent_id, nonce);
        Self {
            id: *id.as_bytes(),
            checkbox: Unused,
            title: Register::new(title.to_owned()),
            description: Register::new(description.to_owned()),
            assignee: Register::new(None),
            priority: Register::new(DEFAULT_PRIORITY),
            created_by: *signer.agent().as_bytes(),
            created_at,
            attestations: BTreeMap::new(),
        }
    }

    pub(super) fn edit(&mut self, edit: &TaskEdit, peer: Peer, now_ms: u64) {
        if let Some(title) = &edit.title {
            self.title.set(title.clone(), peer, now_ms);
        }
        if let Some(description) = &edit.description {
            self.description.set(description.clone(), peer, now_ms);
        }
        if let Some(priority) = edit.priority {
            self.priority.set(priority, peer, now_ms);
        }
        if let Some(assignee) = edit.assignee {
            self.assignee.set(assignee.map(|agent| *agent.as_bytes()), peer, now_ms);
        }
    }

    pub(super) fn attest(&mut self, signed: Signed) {
        self.attestations.entry(signed.state).or_insert(signed.attestation);
    }

    /// Takes over what another replica knows and this one does not; true if that was anything.
    /// Commutative, associative, idempotent: every part is the union or the greater of two.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let mut changed = self.title.join(&other.title);
        changed |= self.description.join(&other.description);
        changed |= self.assignee.join(&other.assignee);
        changed |= self.priority.join(&other.priority);
        let origin = (other.created_at, other.created_by);
        if origin < (self.created_at, self.created_by) {
            (self.created_at, self.created_by) = origin;
            changed = true;
        }
        for (state, attestation) in &other.attestations {
            if !self.attestations.contains_key(state) {
                self.attestations.insert(state.clone(), attestation.clone());
                changed = true;
            }
        }
        changed
    }

    /// Leaves out the signed states that another replica of the task vouches for already.
    pub(super) fn forget_known(&mut self, known: &Self) {
        self.attestations.retain(|state, _| !known.attestations.contains_key(state));
    }

    /// Drops what is not signed by the agent it names, for this list and task.
    pub(super) fn verify(&mut self, list: &TaskListId) {
        let task = TaskId::from_bytes(self.id);
        self.attestations.retain(|state, attestation| {
            let (kind, agent, at_ms) = match state {
                CheckboxState::Empty => return false,
                CheckboxState::Claimed { agent_id, timestamp } => {
                    (OpKind::Claim, agent_id, *timestamp)
                }
                CheckboxState::Done { agent_id, timestamp } => {
                    (OpKind::Complete, agent_id, *timestamp)
                }
            };
            verify_attestation(attestation, kind, list, &task, agent, at_ms)
        });
    }

    /// How many signatures a check costs.
    pub(super) fn signatures(&self) -> usize {
        self.attestations.len()
    }

    /// Stands for everything that replicas agree on.
    pub(super) fn fingerprint(&self) -> u64 {
        let states: Vec<_> = self.attestations.keys().collect();
        let texts = (&self.title, &self.description);
        let rest = (&self.assignee, &self.priority, self.created_by, self.created_at);
        hash(&(self.id, texts, rest, states))
    }

    /// Bytes on the wire, nearly.
    pub(super) fn size(&self) -> usize {
        let texts = self.title.get().len() + self.description.get().len();
        texts + 512 + self.attestations.len() * ATTESTATION_BYTES
    }

    /// When it was added, if its creator says so. Other programs count from 1 instead.
    pub(super) fn created_at_ms(&self) -> Option<u64> {
        (self.created_at >= FIRST_TIME_MS).then_some(self.created_at)
    }

    pub(super) fn state(&self) -> TaskState {
        if self.winner(CheckboxState::is_done).is_some() {
            TaskState::Done
        } else if self.winner(CheckboxState::is_claimed).is_some() {
            TaskState::Claimed
        } else {
            TaskState::Empty
        }
    }

    pub(super) fn claimed_by(&self) -> Option<Ownership> {
        self.winner(CheckboxState::is_claimed)
    }

    pub(super) fn completed_by(&self) -> Option<Ownership> {
        self.winner(CheckboxState::is_done)
    }

    /// The earliest, then the smaller agent id: the crate's own order of states.
    fn winner(&self, of: fn(&CheckboxState) -> bool) -> Option<Ownership> {
        self.attestations.keys().find(|state| of(state)).and_then(ownership)
    }

    pub(super) fn history(&self) -> TaskHistory {
        let events = |of: fn(&CheckboxState) -> bool| {
            let winners_first = self.attestations.keys().filter(|state| of(state));
            let owners = winners_first.filter_map(ownership).enumerate();
            owners.map(|(place, owner)| TaskEvent { owner, won: place == 0 }).collect()
        };
        TaskHistory {
            claims: events(CheckboxState::is_claimed),
            completions: events(CheckboxState::is_done),
        }
    }

    pub(super) fn to_task(&self) -> Task {
        Task {
            id: crate::TaskId::from_bytes(self.id),
            title: self.title.get().clone(),
            description: self.description.get().clone(),
            state: self.state(),
            priority: *self.priority.get(),
            assigned_to: self.assignee.get().map(AgentId::from_bytes),
            created_at_ms: self.created_at_ms(),
            claimed_by: self.claimed_by(),
            completed_by: self.completed_by(),
        }
    }
}

fn ownership(state: &CheckboxState) -> Option<Ownership> {
    match state {
        CheckboxState::Empty => None,
        CheckboxState::Claimed { agent_id, timestamp }
        | CheckboxState::Done { agent_id, timestamp } => {
            Some(Ownership { agent: AgentId::from_bytes(*agent_id.as_bytes()), at_ms: *timestamp })
        }
    }
}

/// The first eight bytes of a hash.
pub(super) fn hash(value: &impl Serialize) -> u64 {
    let digest = Sha256::digest(wire::encode(value));
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

/// What the crate gives a task that nobody has rated.
const DEFAULT_PRIORITY: u8 = 128;
/// A key and a signature.
const ATTESTATION_BYTES: usize = 5400;
/// No counter reaches this, and no clock is behind it: September 2001.
const FIRST_TIME_MS: u64 = 1_000_000_000_000;
