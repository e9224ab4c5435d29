//! Native twins of the agent bench: the same work without the border.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tendon_agent::{Agent, AgentError, AgentOptions, JoinOptions, NetworkOptions, Subscription};
use ts_rs::TS;

use crate::{Failure, Scope, Status};

/// Messages to send from one agent to another.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageRun {
    /// Directory for the two agents.
    directory: String,
    /// How many messages.
    count: u32,
    /// Bytes of each.
    bytes: u32,
    /// Whether each waits for the arrival of the one before.
    lockstep: bool,
}

/// Tasks to add, claim and complete, one after the other.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskRun {
    /// Directory for the two agents.
    directory: String,
    /// How many tasks; each is three operations.
    count: u32,
}

/// What a native run took.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentRun {
    /// Nanoseconds from the first operation to the last arrival.
    nanoseconds: f64,
    /// Nanoseconds of each operation that waits for its own end.
    each: Vec<f64>,
}

/// Two agents that hear each other.
struct Pair {
    one: Agent,
    other: Agent,
    ear: Subscription,
}

const TOPIC: &str = "bench";

pub(crate) async fn messages(_scope: Scope, request: MessageRun) -> Result<AgentRun, Failure> {
    let mut pair = Pair::open(&request.directory).await?;
    let payload = vec![7; request.bytes as usize];
    let start = Instant::now();
    let mut each = Vec::new();
    if request.lockstep {
        for _ in 0..request.count {
            let start = Instant::now();
            pair.one.publish(TOPIC, payload.clone()).await?;
            pair.hear(payload.len()).await?;
            each.push(start.elapsed().as_nanos() as f64);
        }
    } else {
        let send = async {
            for _ in 0..request.count {
                pair.one.publish(TOPIC, payload.clone()).await?;
            }
            Ok::<_, AgentError>(())
        };
        let hear = async {
            for _ in 0..request.count {
                hear(&mut pair.ear, payload.len()).await?;
            }
            Ok::<_, Failure>(())
        };
        let (sent, heard) = tokio::join!(send, hear);
        sent?;
        heard?;
    }
    let nanoseconds = start.elapsed().as_nanos() as f64;
    pair.close().await;
    Ok(AgentRun { nanoseconds, each })
}

pub(crate) async fn tasks(_scope: Scope, request: TaskRun) -> Result<AgentRun, Failure> {
    let pair = Pair::open(&request.directory).await?;
    let list = pair.one.task_list(TOPIC, None).await?;
    let replica = pair.other.task_list(TOPIC, None).await?;
    let start = Instant::now();
    let mut each = Vec::new();
    for number in 0..request.count {
        let step = Instant::now();
        let id = list.add(&format!("task {number}"), "").await?;
        list.claim(id, None).await?;
        list.complete(id, None).await?;
        each.push(step.elapsed().as_nanos() as f64);
    }
    let nanoseconds = start.elapsed().as_nanos() as f64;
    drop(replica);
    pair.close().await;
    Ok(AgentRun { nanoseconds, each })
}

impl Pair {
    async fn open(directory: &str) -> Result<Self, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let run = NEXT.fetch_add(1, Ordering::Relaxed);
        let open = async |name: &str, network: NetworkOptions| {
            let directory = PathBuf::from(directory).join(format!("{name}-{run}"));
            let agent = Agent::open(AgentOptions { directory, network: Some(network) }).await?;
            let min_peers = agent.info().address.is_none().into();
            agent.join(JoinOptions { min_peers, limit: LIMIT }).await?;
            Ok::<_, Failure>(agent)
        };
        let one = open("one", NetworkOptions::default()).await?;
        let bootstrap = one.info().address.into_iter().collect();
        let other = open("other", NetworkOptions { bootstrap, ..Default::default() }).await?;
        let mut ear = other.subscribe(TOPIC).await?;
        let meet = async {
            loop {
                one.publish(TOPIC, Vec::new()).await?;
                let heard = tokio::time::timeout(Duration::from_millis(100), ear.recv()).await;
                if heard.is_ok() {
                    return Ok::<_, AgentError>(());
                }
            }
        };
        tokio::time::timeout(LIMIT, meet).await.map_err(|_| lost())??;
        Ok(Self { one, other, ear })
    }

    async fn hear(&mut self, bytes: usize) -> Result<(), Failure> {
        hear(&mut self.ear, bytes).await
    }

    async fn close(self) {
        tokio::join!(self.one.close(), self.other.close());
    }
}

/// Waits for a message of that size; the empty ones are left from the meeting.
async fn hear(ear: &mut Subscription, bytes: usize) -> Result<(), Failure> {
    loop {
        let message = tokio::time::timeout(LIMIT, ear.recv()).await;
        let Ok(Ok(message)) = message else { return Err(lost()) };
        if message.payload.len() == bytes {
            return Ok(());
        }
    }
}

fn lost() -> Failure {
    Failure::new(Status::Timeout, "timeout", "a message did not arrive")
}

const LIMIT: Duration = Duration::from_secs(30);
