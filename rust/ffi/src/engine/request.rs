//! Wire types of a backtest's request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_engine::decimal;
use ts_rs::TS;

use crate::{Failure, Status};

/// A strategy that runs inside the engine.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "StrategyRequest")]
pub(crate) enum Strategy {
    /// Sends no orders.
    Noop {},
    /// Buys once and holds.
    BuyAndHold {
        /// Quantity per instrument, a decimal.
        quantity: String,
    },
    /// Moving-average crossover.
    SmaCross {
        /// Trades in the fast window.
        fast: u32,
        /// Trades in the slow window.
        slow: u32,
        /// Quantity per order, a decimal.
        quantity: String,
    },
    /// Closes every position.
    ClosePositions {},
    /// Stepped from outside.
    Hosted {
        /// Name on orders and fills.
        id: String,
    },
}

/// Limits of a strategy's orders; null is not checked.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "RiskRequest")]
pub(crate) struct Risk {
    /// Highest price times quantity of one order, a decimal.
    max_notional_per_order: Option<String>,
    /// Furthest from the market's price as a fraction, a decimal.
    max_price_deviation: Option<String>,
    /// Largest position per instrument, a decimal.
    max_position_abs: Option<String>,
    /// Most unanswered orders per instrument.
    max_open_orders: Option<u32>,
}

/// The mock exchange behind one exchange id.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "ExecutionRequest")]
pub(crate) struct Execution {
    /// Exchange id in snake case.
    exchange: String,
    /// Fee as a fraction, a decimal.
    fee_rate: String,
    /// Milliseconds from order to answer.
    latency_ms: u32,
    /// Opening balance per asset, decimals.
    balances: BTreeMap<String, String>,
}

/// Time base of the ratios.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "IntervalRequest")]
pub(crate) enum Interval {
    /// One day.
    Daily,
    /// 252 days.
    Annual252,
    /// 365 days.
    Annual365,
    /// Milliseconds.
    Millis(u64),
}

impl From<Interval> for tendon_engine::SummaryInterval {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Daily => Self::Daily,
            Interval::Annual252 => Self::Annual252,
            Interval::Annual365 => Self::Annual365,
            Interval::Millis(millis) => Self::Millis(millis),
        }
    }
}

/// One backtest over a loaded data set.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RunBacktest {
    /// Handle of the market data.
    pub(crate) data: u64,
    /// Handle of a progress counter, or null.
    pub(super) progress: Option<u64>,
    /// Name of the run.
    id: String,
    /// What trades.
    strategy: Strategy,
    /// One entry per exchange that executes.
    execution: Vec<Execution>,
    /// Risk-free return as a fraction, a decimal.
    risk_free_return: String,
    /// Time base of the ratios.
    summary_interval: Interval,
    /// Whether the strategy may trade.
    trading_enabled: bool,
    /// Least event time between two equity points, in milliseconds.
    equity_every_ms: u64,
    /// Most equity points.
    equity_max_points: u32,
    /// Asset of the equity curve, or null for the only quote asset.
    equity_quote: Option<String>,
    /// Orders one event may cause.
    max_orders_per_event: u32,
    /// Limits of the strategy's orders, or null for none.
    pub(super) risk: Option<Risk>,
}

/// Asks for a progress counter.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenProgress {}

/// A progress counter.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenedProgress {
    /// Handle of the counter.
    pub(super) progress: u64,
}

/// Asks where a run stands.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProgressRequest {
    /// Handle of the counter.
    pub(super) progress: u64,
}

/// Where a run stands.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunProgress {
    /// Events replayed so far.
    pub(super) events: u64,
}

/// The engine's configuration for a request.
///
/// # Errors
///
/// `config_decimal` for text that is not an exact decimal.
pub(crate) fn backtest_config(
    request: RunBacktest,
) -> Result<tendon_engine::BacktestConfig, Failure> {
    let strategy = strategy_config(request.strategy)?;
    let execution = execution_configs(request.execution)?;
    Ok(tendon_engine::BacktestConfig {
        id: request.id,
        strategy,
        execution,
        risk_free_return: exact("riskFreeReturn", &request.risk_free_return)?,
        interval: request.summary_interval.into(),
        trading_enabled: request.trading_enabled,
        equity: tendon_engine::EquityConfig {
            every_ms: request.equity_every_ms,
            max_points: request.equity_max_points as usize,
            quote: request.equity_quote,
        },
        max_orders_per_event: request.max_orders_per_event as usize,
    })
}

/// The engine's exchanges for a request.
///
/// # Errors
///
/// `config_decimal`.
pub(super) fn execution_configs(
    execution: Vec<Execution>,
) -> Result<Vec<tendon_engine::ExecutionConfig>, Failure> {
    execution
        .into_iter()
        .enumerate()
        .map(|(position, execution)| {
            let at = format!("execution[{position}]");
            Ok(tendon_engine::ExecutionConfig {
                fee_rate: exact(&format!("{at}.feeRate"), &execution.fee_rate)?,
                latency_ms: u64::from(execution.latency_ms),
                balances: execution
                    .balances
                    .into_iter()
                    .map(|(asset, total)| {
                        let total = exact(&format!("{at}.balances.{asset}"), &total)?;
                        Ok((asset, total))
                    })
                    .collect::<Result<_, Failure>>()?,
                exchange: execution.exchange,
            })
        })
        .collect()
}

/// The engine's strategy for a request.
///
/// # Errors
///
/// `config_decimal`.
pub(super) fn strategy_config(
    strategy: Strategy,
) -> Result<tendon_engine::StrategyConfig, Failure> {
    Ok(match strategy {
        Strategy::Noop {} => tendon_engine::StrategyConfig::Noop,
        Strategy::BuyAndHold { quantity } => tendon_engine::StrategyConfig::BuyAndHold {
            quantity: exact("strategy.quantity", &quantity)?,
        },
        Strategy::SmaCross { fast, slow, quantity } => tendon_engine::StrategyConfig::SmaCross {
            fast: fast as usize,
            slow: slow as usize,
            quantity: exact("strategy.quantity", &quantity)?,
        },
        Strategy::ClosePositions {} => tendon_engine::StrategyConfig::ClosePositions,
        Strategy::Hosted { id } => tendon_engine::StrategyConfig::Hosted { id },
    })
}

/// The engine's risk manager for a request.
///
/// # Errors
///
/// `config_decimal`.
pub(super) fn risk_config(risk: Option<Risk>) -> Result<tendon_engine::RiskConfig, Failure> {
    let Some(risk) = risk else { return Ok(tendon_engine::RiskConfig::ApproveAll) };
    let limit = |field: &str, text: Option<String>| {
        text.map(|text| exact(&format!("risk.{field}"), &text)).transpose()
    };
    Ok(tendon_engine::RiskConfig::Limits(tendon_engine::RiskLimits {
        max_notional_per_order: limit("maxNotionalPerOrder", risk.max_notional_per_order)?,
        max_price_deviation: limit("maxPriceDeviation", risk.max_price_deviation)?,
        max_position_abs: limit("maxPositionAbs", risk.max_position_abs)?,
        max_open_orders: risk.max_open_orders,
    }))
}

/// The engine's backtest for a request.
///
/// # Errors
///
/// `config_…`.
pub(super) fn backtest_for(
    data: &tendon_engine::MarketData,
    mut request: RunBacktest,
) -> Result<tendon_engine::Backtest, Failure> {
    let risk = risk_config(request.risk.take())?;
    Ok(tendon_engine::Backtest::new(data, backtest_config(request)?)?.with_risk(risk)?)
}

pub(super) fn exact(field: &str, text: &str) -> Result<decimal::Decimal, Failure> {
    decimal::parse(text).ok_or_else(|| {
        Failure::new(
            Status::Argument,
            "config_decimal",
            format!("{field}: must be a decimal of at most 28 digits: current value is {text:?}"),
        )
        .with_data(json!({ "field": field }))
    })
}
