//! Native twins of the agent bench: the same work without the border.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tendon_agent::{
    Agent, AgentError, AgentOptions, Batch, JoinOptions, NetworkOptions, NewTask, Subscription,
    TaskList,
};
use tokio::sync::Mutex;
use ts_rs::TS;

use crate::{
    Failure, Object, Scope, Status,
    agent::{
        LiveAgent,
        pubsub::{Publish, Published},
    },
    diagnostics::Opened,
    library::Nothing,
};

/// Two agents to open.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenPair {
    /// Directory for both.
    directory: String,
}

/// Messages to send from one agent of a pair to the other.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageRun {
    /// The pair.
    pair: u64,
    /// How many messages.
    count: u32,
    /// Bytes of each, at least 1.
    bytes: u32,
    /// Whether each waits for the arrival of the one before.
    lockstep: bool,
}

/// Batches to send from one agent of a pair to the other.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchRun {
    /// The pair.
    pair: u64,
    /// How many batches.
    batches: u32,
    /// Payloads of each.
    payloads: u32,
    /// Bytes of each payload, at least 1.
    bytes: u32,
}

/// Tasks to add, claim and complete, one after the other.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskRun {
    /// The pair; the other agent holds a replica.
    pair: u64,
    /// Topic of the list.
    topic: String,
    /// How many tasks; each is three operations.
    count: u32,
}

/// A pair to close.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PairRef {
    /// The pair.
    pair: u64,
}

/// What a native run took.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentRun {
    /// Nanoseconds from the first operation to the last arrival.
    nanoseconds: f64,
}

/// Two agents that hear each other.
struct Pair {
    one: Agent,
    other: Agent,
    ear: Mutex<Subscription>,
    lists: Mutex<Vec<TaskList>>,
}

impl Object for Pair {
    const KIND: &'static str = "pair of agents";
}

const TOPIC: &str = "bench";

pub(crate) async fn open(scope: Scope, request: OpenPair) -> Result<Opened, Failure> {
    let open = async |name: &str, network: NetworkOptions| {
        let directory = PathBuf::from(&request.directory).join(name);
        let agent = Agent::open(AgentOptions { directory, network: Some(network) }).await?;
        agent.join(JoinOptions { min_peers: 0, limit: LIMIT }).await?;
        Ok::<_, Failure>(agent)
    };
    let one = open("one", NetworkOptions::default()).await?;
    let bootstrap = one.info().address.into_iter().collect();
    let other = open("other", NetworkOptions { bootstrap, ..NetworkOptions::default() }).await?;
    let mut ear = other.subscribe(TOPIC).await?;
    let meet = async {
        loop {
            one.publish(TOPIC, Vec::new()).await?;
            if tokio::time::timeout(Duration::from_millis(100), ear.recv()).await.is_ok() {
                return Ok::<_, AgentError>(());
            }
        }
    };
    tokio::time::timeout(LIMIT, meet).await.map_err(|_| lost())??;
    let pair = Pair { one, other, ear: Mutex::new(ear), lists: Mutex::new(Vec::new()) };
    Ok(Opened::new(scope.insert(Arc::new(pair))))
}

pub(crate) async fn messages(scope: Scope, request: MessageRun) -> Result<AgentRun, Failure> {
    let pair = scope.get::<Pair>(request.pair)?;
    let mut ear = pair.ear.lock().await;
    let payload = vec![7; request.bytes as usize];
    let start = Instant::now();
    if request.lockstep {
        for _ in 0..request.count {
            pair.one.publish(TOPIC, payload.clone()).await?;
            hear(&mut ear, payload.len()).await?;
        }
    } else {
        let send = async {
            for _ in 0..request.count {
                pair.one.publish(TOPIC, payload.clone()).await?;
            }
            Ok::<_, Failure>(())
        };
        let hear = async {
            for _ in 0..request.count {
                hear(&mut ear, payload.len()).await?;
            }
            Ok::<_, Failure>(())
        };
        tokio::try_join!(send, hear)?;
    }
    Ok(AgentRun { nanoseconds: start.elapsed().as_nanos() as f64 })
}

pub(crate) async fn batches(scope: Scope, request: BatchRun) -> Result<AgentRun, Failure> {
    let pair = scope.get::<Pair>(request.pair)?;
    let mut ear = pair.ear.lock().await;
    let payload = vec![7; request.bytes as usize];
    let start = Instant::now();
    let send = async {
        for _ in 0..request.batches {
            let batch = Batch::from_iter((0..request.payloads).map(|_| &payload));
            pair.one.publish_batch(TOPIC, batch).await?;
        }
        Ok::<_, Failure>(())
    };
    let hear = async {
        let mut left = request.batches * request.payloads;
        while left > 0 {
            left = left.saturating_sub(hear(&mut ear, payload.len()).await?);
        }
        Ok::<_, Failure>(())
    };
    tokio::try_join!(send, hear)?;
    Ok(AgentRun { nanoseconds: start.elapsed().as_nanos() as f64 })
}

/// Publishes the attachment as it is, to see what others make of it.
pub(crate) async fn publish_raw(scope: Scope, request: Publish) -> Result<Published, Failure> {
    let agent = scope.get::<LiveAgent>(request.agent)?;
    let published = agent.0.publish_raw(&request.topic, scope.attachment().to_vec()).await?;
    Ok(Published { fanout: published.fanout })
}

pub(crate) async fn tasks(scope: Scope, request: TaskRun) -> Result<AgentRun, Failure> {
    let pair = scope.get::<Pair>(request.pair)?;
    let list = pair.one.task_list(&request.topic, None).await?;
    let replica = pair.other.task_list(&request.topic, None).await?;
    pair.lists.lock().await.push(replica);
    let start = Instant::now();
    for number in 0..request.count {
        let task = NewTask { title: format!("task {number}"), description: String::new() };
        let [task] = &list.add(vec![task]).await?[..] else { return Err(lost()) };
        let id = task.id;
        list.claim(id, None).await?;
        list.complete(id, None).await?;
    }
    Ok(AgentRun { nanoseconds: start.elapsed().as_nanos() as f64 })
}

pub(crate) async fn close(scope: Scope, request: PairRef) -> Result<Nothing, Failure> {
    let pair = scope.get::<Pair>(request.pair)?;
    tokio::join!(pair.one.close(), pair.other.close());
    scope.remove(request.pair);
    Ok(Nothing {})
}

/// Waits for a message with payloads of that size and counts them; the empty ones are left from the
/// meeting.
async fn hear(ear: &mut Subscription, bytes: usize) -> Result<u32, Failure> {
    loop {
        let message = tokio::time::timeout(LIMIT, ear.recv()).await;
        let Ok(Ok(message)) = message else { return Err(lost()) };
        let heard = message.payloads.iter().filter(|(_, payload)| payload.len() == bytes).count();
        if heard > 0 {
            return Ok(heard as u32);
        }
    }
}

fn lost() -> Failure {
    Failure::new(Status::Timeout, "timeout", "a message did not arrive")
}

const LIMIT: Duration = Duration::from_secs(30);
