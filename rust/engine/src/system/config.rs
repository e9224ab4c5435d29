//! A system's configuration, validated before any engine call.

use std::sync::Arc;

use barter::engine::clock::{HistoricalClock, LiveClock};
use chrono::{DateTime, Utc};

use super::{AuditConfig, clock::SystemClock, gate::MarketFeed};
use crate::{
    EngineError, ExecutionConfig, Instruments, MarketData, RiskConfig, StrategyConfig,
    config::{ResolvedExchange, check_built_in, check_strategy, resolve_exchanges},
};

/// What a system takes its market events from.
pub enum SystemFeed {
    /// [`System::send`](super::System::send).
    Hand,
    /// A recording, replayed once.
    Recorded {
        /// The recording; its table is the system's.
        data: Arc<MarketData>,
        /// Times as fast as recorded, above 0; as fast as possible when absent.
        speed: Option<f64>,
    },
    /// Any other stream, such as an exchange's.
    Stream(MarketFeed),
}

impl std::fmt::Debug for SystemFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hand => "Hand",
            Self::Recorded { .. } => "Recorded",
            Self::Stream(_) => "Stream",
        })
    }
}

/// What time the engine goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockConfig {
    /// The machine's.
    Live,
    /// The latest exchange time seen, carried on by the machine's clock. It starts at the given time, or
    /// where a recording does.
    Historical(Option<DateTime<Utc>>),
}

/// How a system starts.
#[derive(Debug)]
pub struct SystemConfig {
    /// The instruments.
    pub instruments: Arc<Instruments>,
    /// What trades.
    pub strategy: StrategyConfig,
    /// Which of its orders are let through.
    pub risk: RiskConfig,
    /// One entry per exchange that executes.
    pub execution: Vec<ExecutionConfig>,
    /// Whether the strategy may trade.
    pub trading_enabled: bool,
    /// What time the engine goes by.
    pub clock: ClockConfig,
    /// Where market events come from.
    pub feed: SystemFeed,
    /// Which audit ticks are kept; none when absent.
    pub audit: Option<AuditConfig>,
}

/// What validation has found out.
pub(super) struct Checked {
    pub(super) exchanges: Vec<ResolvedExchange>,
    pub(super) clock: SystemClock,
}

impl SystemConfig {
    /// # Errors
    ///
    /// One `config_…` error naming the first offending field, `market_data_table`.
    pub(super) fn check(&self) -> Result<Checked, EngineError> {
        match &self.feed {
            SystemFeed::Recorded { data, speed } => {
                if data.instruments().digest() != self.instruments.digest() {
                    return Err(EngineError::data(
                        "market_data_table",
                        "was loaded for another instrument table than the system's",
                    ));
                }
                check_speed(*speed)?;
                check_strategy(&self.strategy, data)?;
            }
            SystemFeed::Hand | SystemFeed::Stream(_) => check_built_in(&self.strategy)?,
        }
        self.risk.check()?;
        if self.audit.is_some_and(|audit| audit.capacity == 0) {
            return Err(EngineError::config(
                "config_audit",
                "audit.capacity",
                "must be at least 1: current value is 0",
            ));
        }
        let trades = self.strategy.trades();
        let exchanges = resolve_exchanges(&self.instruments, &self.execution, trades)?;
        self.check_spot(&exchanges)?;
        Ok(Checked { exchanges, clock: self.clock()? })
    }

    /// Upstream's builder sets the mock exchange up with all its instruments, and refuses by panic those
    /// that are not spot pairs.
    fn check_spot(&self, exchanges: &[ResolvedExchange]) -> Result<(), EngineError> {
        let executed = |exchange| exchanges.iter().any(|entry| entry.exchange == exchange);
        let other =
            self.instruments.rows().iter().find(|row| executed(row.exchange) && !row.is_spot());
        let Some(row) = other else { return Ok(()) };
        Err(EngineError::config(
            "config_spot_only",
            "execution",
            format!(
                "\"{}\" has the instrument \"{}\", which is not a spot pair: the mock exchange of a \
                 running system takes no other",
                row.exchange.as_str(),
                row.name
            ),
        ))
    }

    fn clock(&self) -> Result<SystemClock, EngineError> {
        let start = match (self.clock, &self.feed) {
            (ClockConfig::Live, _) => return Ok(SystemClock::Live(LiveClock)),
            (ClockConfig::Historical(Some(start)), _) => start,
            (ClockConfig::Historical(None), SystemFeed::Recorded { data, .. }) => data.start(),
            (ClockConfig::Historical(None), _) => {
                return Err(EngineError::config(
                    "config_start",
                    "start",
                    "is needed by a historical clock unless a recording tells it",
                ));
            }
        };
        Ok(SystemClock::Historical(HistoricalClock::new(start)))
    }
}

fn check_speed(speed: Option<f64>) -> Result<(), EngineError> {
    match speed {
        Some(speed) if !(speed.is_finite() && speed > 0.0) => Err(EngineError::config(
            "config_speed",
            "market.speed",
            format!("must be a finite number above 0: current value is {speed}"),
        )),
        _ => Ok(()),
    }
}
