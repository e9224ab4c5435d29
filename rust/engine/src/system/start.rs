//! Starting a system.

use std::sync::{Arc, atomic::AtomicBool};

use barter::{
    engine::{
        audit::{AuditTick, context::EngineContext},
        clock::EngineClock,
        state::{global::DefaultGlobalData, trading::TradingState},
    },
    system::{
        builder::{AuditMode, EngineFeedMode, SystemArgs, SystemBuild, SystemBuilder},
        config::ExecutionConfig,
    },
};
use barter_execution::balance::Balance;
use barter_instrument::{
    Keyed,
    asset::{ExchangeAsset, name::AssetNameInternal},
};
use barter_integration::channel::{Channel, mpsc_unbounded};
use parking_lot::Mutex;

use super::{
    System, SystemConfig, SystemFeed, SystemRun,
    core::Core,
    feed::{Hand, recorded},
    gate::{Gate, Gated},
    host::Host,
    pairing::pair,
    ring::AuditRing,
    shared::Shared,
    supervise::supervise,
};
use crate::{
    EngineError, InstrumentData, Risk, Snapshot, Strategy, StrategyConfig, audit::Event,
    execution::mock_config,
};

type Build = SystemBuild<Host, Event, Gated>;

impl System {
    /// Starts a system on the current tokio runtime, which needs timers. Resolves when the opening
    /// accounts have been read, after the longest latency.
    ///
    /// # Errors
    ///
    /// `config_…`, `market_data_table`, `engine_failed`.
    pub async fn start(config: SystemConfig) -> Result<Self, EngineError> {
        let (prepared, account, build) = prepare(config)?;
        let shared = Arc::clone(&prepared.shared);
        let (raw, paired) = (account.tx, build.account_channel.tx.clone());
        let running = build.init().await.map_err(failed)?;
        let pairing = tokio::spawn(pair(account.rx, paired.clone()));
        let feed = running.feed_tx.clone();
        tokio::spawn(supervise(Arc::clone(&shared), running, pairing, (raw, paired)));
        let run = shared
            .inbox
            .is_some()
            .then(|| SystemRun::new(Arc::clone(&shared), prepared.routed.clone()));
        Ok(Self {
            shared,
            feed,
            hand: prepared.hand,
            routed: prepared.routed,
            snapshot: prepared.snapshot,
            run: Mutex::new(run),
            closing: AtomicBool::new(false),
        })
    }
}

struct Prepared {
    shared: Arc<Shared>,
    hand: Option<Hand>,
    routed: Vec<bool>,
    snapshot: Option<Arc<Snapshot>>,
}

/// Builds everything; upstream's account channel comes back beside the build that reads the paired one.
fn prepare(
    config: SystemConfig,
) -> Result<(Prepared, Channel<barter::execution::AccountStreamEvent>, Build), EngineError> {
    let checked = config.check()?;
    let SystemConfig { instruments, strategy, risk, trading_enabled, feed, audit, .. } = config;
    let indexed = instruments.indexed();
    let start = checked.clock.time();
    let audits = audit.map(|audit| Arc::new(AuditRing::new(audit)));
    let gate = Arc::new(Gate::new(audits.clone()));
    let (hand, feed) = match feed {
        SystemFeed::Hand => {
            let (hand, feed) = Hand::new();
            (Some(hand), feed)
        }
        SystemFeed::Recorded { data, speed } => (None, recorded(data, speed)),
        SystemFeed::Stream(feed) => (None, feed),
    };
    let executions = checked.exchanges.iter().map(|exchange| {
        // The exchange's own accounts hold no orders: none of its instruments needs an entry.
        let config = mock_config(indexed, std::iter::empty(), exchange, start);
        ExecutionConfig::Mock(config)
    });
    let args = SystemArgs::new(
        indexed,
        executions.collect(),
        checked.clock,
        Strategy::new(&strategy),
        Risk::new(risk),
        Gated::new(feed, Arc::clone(&gate)),
        DefaultGlobalData,
        |_| InstrumentData::new(&strategy),
    );
    let built = SystemBuilder::new(args)
        // The other mode keeps a core busy while nothing happens.
        .engine_feed_mode(EngineFeedMode::Stream)
        // The host makes the ticks: upstream's channel grows for ever when nobody reads.
        .audit_mode(AuditMode::Disabled)
        .trading_state(if trading_enabled { TradingState::Enabled } else { TradingState::Disabled })
        .balances(checked.exchanges.iter().flat_map(|entry| {
            entry.balances.iter().map(|(asset, total)| {
                let key =
                    ExchangeAsset::new(entry.exchange, AssetNameInternal::from(asset.as_str()));
                Keyed::new(key, Balance::new(*total, *total))
            })
        }))
        .build::<Event, InstrumentData>()
        .map_err(failed)?;
    let SystemBuild {
        mut engine,
        engine_feed_mode,
        audit_mode,
        market_stream,
        account_channel,
        execution_build_futures,
        ..
    } = built;
    let snapshot = audits.as_ref().map(|audits| {
        let context = EngineContext::new(engine.meta.sequence.fetch_add(), engine.time());
        Arc::new(Snapshot {
            tick: AuditTick::new(engine.state.clone(), context),
            filter: audits.filter(),
        })
    });
    let routed = instruments
        .exchanges()
        .map(|id| checked.exchanges.iter().any(|entry| entry.exchange == id))
        .collect();
    let hosted = matches!(strategy, StrategyConfig::Hosted { .. });
    let core = Core::new(engine, audits.clone());
    let shared = Arc::new(Shared::new(core, Arc::clone(&instruments), gate, audits, hosted));
    let (tx, rx) = mpsc_unbounded();
    let build = SystemBuild::new(
        Host::new(Arc::clone(&shared)),
        engine_feed_mode,
        audit_mode,
        market_stream,
        Channel { tx, rx },
        execution_build_futures,
    );
    Ok((Prepared { shared, hand, routed, snapshot }, account_channel, build))
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::run("engine_failed", format!("the system could not start: {error}"))
}
