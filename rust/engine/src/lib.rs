//! Backtesting for Tendon: instruments, recorded market data and a deterministic replay that drives
//! barter's own `Engine` and `MockExchange` in event time.
//!
//! The crate knows nothing of JavaScript. Its parts, in the order data flows:
//!
//! - [`Instruments`]: the index tables, from configuration;
//! - [`MarketData`]: recorded events, read from bytes and validated against a table;
//! - [`Backtest`]: a validated configuration; [`Backtest::run`] replays the data;
//! - [`Outcome`]: summary, equity curve, fills, round trips;
//! - [`Feed`]: live market events of the exchanges.
//!
//! Why not `barter::backtest`: it pushes all market events into a channel ahead of the exchange's
//! answers, so nothing is ever filled, and its clock adds wall time, so no two runs agree.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod audit;
mod clock;
mod closing;
mod config;
mod control;
pub mod decimal;
mod equity;
mod error;
mod execution;
mod instrument_data;
mod instrument_kind;
mod instruments;
mod live;
mod manual;
mod market_data;
mod outcome;
mod replay;
mod replica;
mod risk;
mod run;
mod sma;
mod state;
mod statistics;
mod strategy;
mod summary;
mod sweep;
mod system;
pub mod time;
#[cfg(feature = "diagnostics")]
mod twin;
mod validate;

pub use audit::{AuditFilter, Snapshot, Tick};
pub use barter_execution::order::request::OrderRequestOpen;
pub use clock::EventClock;
pub use closing::{HeldPosition, closing_order};
pub use config::{
    Backtest, BacktestConfig, EquityConfig, ExecutionConfig, StrategyConfig, SummaryInterval,
};
pub use control::Control;
pub use equity::{EquityCurve, EquityTracker};
pub use error::EngineError;
pub use execution::Exchanges;
pub use instrument_data::InstrumentData;
pub use instrument_kind::{Contract, Exercise, KindConfig};
pub use instruments::{
    InstrumentConfig, InstrumentInfo, Instruments, MAX_INSTRUMENTS, parse_exchange,
};
pub use live::{
    Endpoint, Feed, FeedConfig, FeedStats, LiveInstrumentKind, LiveKind, LiveSupport, live_support,
};
#[cfg(feature = "diagnostics")]
pub use live::{TradeServer, native_feed};
pub use manual::{ManualConfig, ManualEngine};
pub use market_data::{
    Batch, Duplicates, InstrumentDataStats, LoadOptions, MarketData, MarketDataStats, RowKind,
    Source, Values,
};
pub use outcome::{Fill, OpenPosition, Outcome, RoundTrip, RunStats, side_is_buy};
pub use replica::Replica;
pub use risk::{Risk, RiskConfig, RiskLimits};
pub use run::{
    Answer, OrderAnswer, Run, Stepped, Stop, VIEW_HEADER, VIEW_RECORD, VIEW_SLOT, view_length,
};
pub use state::{
    Amounts, BalanceView, ExchangeView, InstrumentView, LevelView, OrderView, PositionView,
    StateView,
};
pub use statistics::{BalanceAt, ClosedPosition, Statistics, unrealised_at};
pub use strategy::Strategy;
pub use summary::{
    AssetTearSheet, Derived, Drawdown, MeanDrawdown, Ratio, Scaled, Summary, TearSheet,
};
pub use sweep::sweep;
pub use system::{
    AuditConfig, AuditOverflow, AuditRing, ClockConfig, MarketFeed, System, SystemConfig,
    SystemEnd, SystemFeed, SystemRun, SystemStats,
};
#[cfg(feature = "diagnostics")]
pub use twin::{Twin, native_replay};
