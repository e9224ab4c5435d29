//! A backtest's configuration, validated before any engine call.

use std::collections::BTreeMap;

use barter_instrument::exchange::ExchangeId;
use rust_decimal::Decimal;

use crate::{
    EngineError, InstrumentInfo, Instruments, MarketData, RiskConfig, instruments::parse_exchange,
    sma::MAX_WINDOW,
};

/// Latency from which barter's execution manager would report a timeout while the fill still arrives.
const MAX_LATENCY_MS: u64 = 999;
/// Bounds on money values; they keep every product and quotient the engine forms inside the decimal.
pub(crate) const MIN_VALUE: Decimal = Decimal::from_parts(1, 0, 0, false, 12);
pub(crate) const MAX_VALUE: Decimal =
    Decimal::from_parts(0xb240_0000, 0x19e0_c9ba, 0x0000_021e, false, 0);

/// Strategies that run inside the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrategyConfig {
    /// Sends nothing.
    Noop,
    /// One market buy per instrument, then hold.
    BuyAndHold {
        /// Base quantity per instrument.
        quantity: Decimal,
    },
    /// Long while the fast mean of trade prices is above the slow one.
    SmaCross {
        /// Trades in the fast window.
        fast: usize,
        /// Trades in the slow window.
        slow: usize,
        /// Base quantity per order.
        quantity: Decimal,
    },
    /// Closes every position the engine knows of with a market order, barter's own way.
    ClosePositions,
    /// Decisions come from outside, between two steps of a [`Run`](crate::Run).
    Hosted {
        /// Name on orders and fills.
        id: String,
    },
}

impl StrategyConfig {
    /// Whether it can send orders.
    pub fn trades(&self) -> bool {
        !matches!(self, Self::Noop)
    }

    fn quantity(&self) -> Option<Decimal> {
        match self {
            Self::Noop | Self::ClosePositions | Self::Hosted { .. } => None,
            Self::BuyAndHold { quantity } | Self::SmaCross { quantity, .. } => Some(*quantity),
        }
    }
}

/// The mock exchange behind one exchange id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionConfig {
    /// Exchange id in snake case.
    pub exchange: String,
    /// Fee as a fraction of an order's value.
    pub fee_rate: Decimal,
    /// Milliseconds from order to answer.
    pub latency_ms: u64,
    /// Opening balance per asset; every asset of the exchange, no other.
    pub balances: BTreeMap<String, Decimal>,
}

/// Time base of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryInterval {
    /// One day.
    Daily,
    /// 252 days.
    Annual252,
    /// 365 days.
    Annual365,
    /// Any length in milliseconds, at least one second.
    Millis(u64),
}

impl SummaryInterval {
    /// # Errors
    ///
    /// `config_summary_interval`.
    pub(crate) fn check(self) -> Result<(), EngineError> {
        match self {
            Self::Millis(millis) if !(1_000..=3_155_760_000_000).contains(&millis) => {
                Err(EngineError::config(
                    "config_summary_interval",
                    "summaryInterval",
                    format!(
                        "must be 1 second to 100 years in milliseconds: current value is {millis}"
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Sampling of the equity curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquityConfig {
    /// Least event time between two points, in milliseconds.
    pub every_ms: u64,
    /// Most points kept; 0 keeps none.
    pub max_points: usize,
    /// Asset of the curve; the only quote asset when absent.
    pub quote: Option<String>,
}

/// One backtest as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestConfig {
    /// Name of the run.
    pub id: String,
    /// What trades.
    pub strategy: StrategyConfig,
    /// One entry per exchange that executes.
    pub execution: Vec<ExecutionConfig>,
    /// Risk-free return, a fraction.
    pub risk_free_return: Decimal,
    /// Time base of the ratios.
    pub interval: SummaryInterval,
    /// Whether the strategy may trade.
    pub trading_enabled: bool,
    /// Sampling of the equity curve.
    pub equity: EquityConfig,
    /// Orders one event may cause.
    pub max_orders_per_event: usize,
}

/// A configuration that fits a data set; [`run`](Self::run) replays it any number of times.
#[derive(Debug, Clone)]
pub struct Backtest {
    pub(crate) config: BacktestConfig,
    pub(crate) exchanges: Vec<ResolvedExchange>,
    pub(crate) equity_quote: String,
    pub(crate) digest: String,
    pub(crate) risk: RiskConfig,
}

/// An execution entry with names resolved.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedExchange {
    pub(crate) exchange: ExchangeId,
    pub(crate) fee_rate: Decimal,
    pub(crate) latency_ms: u64,
    pub(crate) balances: Vec<(String, Decimal)>,
}

impl Backtest {
    /// Validates `config` against the instruments and prices of `data`.
    ///
    /// # Errors
    ///
    /// One `config_…` error naming the first offending field.
    pub fn new(data: &MarketData, config: BacktestConfig) -> Result<Self, EngineError> {
        let instruments = data.instruments();
        check_id(&config.id)?;
        check_strategy(&config.strategy, data)?;
        check_numbers(&config)?;
        let exchanges =
            resolve_exchanges(instruments, &config.execution, config.strategy.trades())?;
        let equity_quote = resolve_quote(instruments, config.equity.quote.as_deref())?;
        Ok(Self {
            config,
            exchanges,
            equity_quote,
            digest: instruments.digest().to_owned(),
            risk: RiskConfig::ApproveAll,
        })
    }

    /// Puts limits on the orders of the strategy.
    ///
    /// # Errors
    ///
    /// `config_risk` for a limit that is not positive.
    pub fn with_risk(mut self, risk: RiskConfig) -> Result<Self, EngineError> {
        risk.check()?;
        self.risk = risk;
        Ok(self)
    }

    /// The configuration.
    pub fn config(&self) -> &BacktestConfig {
        &self.config
    }
}

fn check_id(id: &str) -> Result<(), EngineError> {
    let length = id.chars().count();
    if (1..=128).contains(&length) {
        return Ok(());
    }
    Err(EngineError::config(
        "config_id",
        "id",
        format!("must be 1 to 128 characters: current length is {length}"),
    ))
}

/// Checks what needs no data.
pub(crate) fn check_built_in(strategy: &StrategyConfig) -> Result<(), EngineError> {
    if let StrategyConfig::Hosted { id } = strategy
        && !(1..=64).contains(&id.len())
    {
        return Err(EngineError::config(
            "config_strategy",
            "strategy.id",
            format!("must be 1 to 64 bytes: current length is {}", id.len()),
        ));
    }
    if let StrategyConfig::SmaCross { fast, slow, .. } = *strategy {
        let ordered = 1 <= fast && fast < slow && slow <= MAX_WINDOW;
        if !ordered {
            return Err(EngineError::config(
                "config_strategy",
                "strategy",
                format!(
                    "needs 1 <= fast < slow <= {MAX_WINDOW}: current values are fast {fast}, slow {slow}"
                ),
            ));
        }
    }
    if let Some(quantity) = strategy.quantity()
        && !(Decimal::ZERO < quantity && quantity <= MAX_VALUE)
    {
        return Err(EngineError::config(
            "config_strategy",
            "strategy.quantity",
            format!("must be greater than 0 and at most {MAX_VALUE}: current value is {quantity}"),
        ));
    }
    Ok(())
}

pub(crate) fn check_strategy(
    strategy: &StrategyConfig,
    data: &MarketData,
) -> Result<(), EngineError> {
    check_built_in(strategy)?;
    if let Some(quantity) = strategy.quantity() {
        let fits = quantity > Decimal::ZERO
            && quantity <= MAX_VALUE
            && quantity.checked_mul(data.highest_price()).is_some_and(|value| value <= MAX_VALUE)
            && quantity * data.lowest_price() >= MIN_VALUE;
        if !fits {
            return Err(EngineError::config(
                "config_strategy",
                "strategy.quantity",
                format!(
                    "must be greater than 0, worth {MIN_VALUE} to {MAX_VALUE} at every price of the data: current value is {quantity}"
                ),
            ));
        }
    }
    Ok(())
}

fn check_numbers(config: &BacktestConfig) -> Result<(), EngineError> {
    if config.risk_free_return.abs() > Decimal::ONE_THOUSAND {
        return Err(EngineError::config(
            "config_risk_free_return",
            "riskFreeReturn",
            format!(
                "must be a fraction between -1000 and 1000: current value is {}",
                config.risk_free_return
            ),
        ));
    }
    config.interval.check()?;
    if config.max_orders_per_event == 0 {
        return Err(EngineError::config(
            "config_max_orders_per_event",
            "maxOrdersPerEvent",
            "must be at least 1: current value is 0",
        ));
    }
    Ok(())
}

/// The exchanges that execute, in index order. A strategy that trades needs all that have spot pairs.
pub(crate) fn resolve_exchanges(
    instruments: &Instruments,
    configs: &[ExecutionConfig],
    trades: bool,
) -> Result<Vec<ResolvedExchange>, EngineError> {
    let mut resolved: Vec<ResolvedExchange> = Vec::with_capacity(configs.len());
    for (position, execution) in configs.iter().enumerate() {
        let at = |field: &str| format!("execution[{position}].{field}");
        let exchange = parse_exchange(&execution.exchange)
            .filter(|exchange| instruments.exchanges().any(|known| known == *exchange))
            .ok_or_else(|| {
                EngineError::config(
                    "config_exchange",
                    at("exchange"),
                    format!("\"{}\" has no instrument in the market data", execution.exchange),
                )
            })?;
        if resolved.iter().any(|other| other.exchange == exchange) {
            return Err(EngineError::config(
                "config_duplicate_exchange",
                at("exchange"),
                format!("\"{}\" is listed twice", execution.exchange),
            ));
        }
        if execution.fee_rate < Decimal::ZERO || execution.fee_rate >= Decimal::ONE {
            return Err(EngineError::config(
                "config_fee_rate",
                at("feeRate"),
                format!(
                    "must be a fraction, 0 <= feeRate < 1: current value is {}",
                    execution.fee_rate
                ),
            ));
        }
        if execution.latency_ms > MAX_LATENCY_MS {
            return Err(EngineError::config(
                "config_latency",
                at("latencyMs"),
                format!("must be 0 to {MAX_LATENCY_MS}: current value is {}", execution.latency_ms),
            ));
        }
        let balances = resolve_balances(instruments, exchange, execution, &at("balances"))?;
        resolved.push(ResolvedExchange {
            exchange,
            fee_rate: execution.fee_rate,
            latency_ms: execution.latency_ms,
            balances,
        });
    }
    let spot = |exchange: ExchangeId| {
        instruments.rows().iter().any(|row| row.exchange == exchange && row.is_spot())
    };
    if let Some(position) = resolved.iter().position(|entry| !spot(entry.exchange)) {
        return Err(EngineError::config(
            "config_spot_only",
            format!("execution[{position}].exchange"),
            format!(
                "\"{}\" has no spot instrument, and the mock exchange executes nothing else",
                resolved[position].exchange.as_str()
            ),
        ));
    }
    if trades && !instruments.exchanges().any(spot) {
        return Err(EngineError::config(
            "config_spot_only",
            "strategy",
            "needs a spot instrument: the mock exchange executes nothing else",
        ));
    }
    if trades
        && let Some(missing) = instruments
            .exchanges()
            .find(|known| spot(*known) && !resolved.iter().any(|entry| entry.exchange == *known))
    {
        return Err(EngineError::config(
            "config_missing_execution",
            "execution",
            format!("needs an entry for \"{}\", which the strategy trades on", missing.as_str()),
        ));
    }
    // Index order, whatever the order of the configuration.
    resolved.sort_by_key(|entry| entry.exchange);
    Ok(resolved)
}

fn resolve_balances(
    instruments: &Instruments,
    exchange: ExchangeId,
    execution: &ExecutionConfig,
    at: &str,
) -> Result<Vec<(String, Decimal)>, EngineError> {
    let assets: Vec<&str> = instruments
        .assets()
        .filter_map(|(owner, asset)| (owner == exchange).then_some(asset))
        .collect();
    if let Some(unknown) = execution.balances.keys().find(|asset| !assets.contains(&asset.as_str()))
    {
        return Err(EngineError::config(
            "config_balance",
            format!("{at}.{unknown}"),
            format!(
                "\"{unknown}\" is not an asset of \"{}\": known are {assets:?}",
                execution.exchange
            ),
        ));
    }
    assets
        .into_iter()
        .map(|asset| match execution.balances.get(asset) {
            Some(total) if *total >= Decimal::ZERO && *total <= MAX_VALUE => {
                Ok((asset.to_owned(), *total))
            }
            Some(total) => Err(EngineError::config(
                "config_balance",
                format!("{at}.{asset}"),
                format!("must be 0 to {MAX_VALUE}: current value is {total}"),
            )),
            None => Err(EngineError::config(
                "config_balance",
                format!("{at}.{asset}"),
                format!("needs an opening balance for every asset of \"{}\"", execution.exchange),
            )),
        })
        .collect()
}

fn resolve_quote(instruments: &Instruments, wanted: Option<&str>) -> Result<String, EngineError> {
    let rows = instruments.rows();
    let any_spot = rows.iter().any(InstrumentInfo::is_spot);
    let mut quotes: Vec<&str> = rows
        .iter()
        .filter(|row| row.is_spot() || !any_spot)
        .map(|row| row.quote.as_str())
        .collect();
    quotes.sort_unstable();
    quotes.dedup();
    match (wanted, quotes.as_slice()) {
        (None, [only]) => Ok((*only).to_owned()),
        (Some(wanted), quotes) if quotes.contains(&wanted) => Ok(wanted.to_owned()),
        (_, quotes) => Err(EngineError::config(
            "config_equity_quote",
            "equity.quote",
            format!("must name one of the quote assets {quotes:?}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_on_values_is_ten_to_the_22() {
        assert_eq!(MAX_VALUE.to_string(), "10000000000000000000000");
    }
}
