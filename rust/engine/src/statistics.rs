//! Barter's summary generator alone: fed with closed positions and balances by hand.

use barter::{
    engine::state::{
        EngineState,
        global::DefaultGlobalData,
        instrument::data::DefaultInstrumentMarketData,
        position::{PositionExited, calculate_pnl_return, calculate_pnl_unrealised},
    },
    statistic::summary::TradingSummaryGenerator,
};
use barter_execution::{
    balance::{AssetBalance, Balance},
    trade::AssetFees,
};
use barter_instrument::{
    Side,
    asset::{AssetIndex, QuoteAsset},
    instrument::InstrumentIndex,
};
use barter_integration::collection::snapshot::Snapshot;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{EngineError, Instruments, RoundTrip, Summary, SummaryInterval};

/// Bounds that keep every product and quotient of the statistics inside the decimal.
const MAX_VALUE: Decimal = Decimal::from_parts(0xa4c6_8000, 0x0003_8d7e, 0, false, 0);
const MIN_VALUE: Decimal = Decimal::from_parts(1, 0, 0, false, 9);

/// A closed position as it is put in; `pnl_return` of a [`RoundTrip`] follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedPosition {
    /// Instrument index.
    pub instrument: usize,
    /// Whether it was long.
    pub is_long: bool,
    /// Average entry price.
    pub entry_price: Decimal,
    /// Largest quantity held.
    pub quantity: Decimal,
    /// Realised result after fees.
    pub pnl: Decimal,
    /// Fees on the way in.
    pub fees_enter: Decimal,
    /// Fees on the way out.
    pub fees_exit: Decimal,
    /// First fill.
    pub time_enter: DateTime<Utc>,
    /// Closing fill.
    pub time_exit: DateTime<Utc>,
}

/// An asset's balance at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct BalanceAt {
    /// Asset index.
    pub asset: usize,
    /// All of it.
    pub total: Decimal,
    /// What is not bound in orders.
    pub free: Decimal,
    /// When.
    pub time: DateTime<Utc>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Statistics {
    generator: TradingSummaryGenerator,
    closed: Vec<RoundTrip>,
}

impl Statistics {
    /// Starts at a time with nothing traded.
    ///
    /// # Errors
    ///
    /// `config_risk_free_return`.
    pub fn new(
        instruments: &Instruments,
        risk_free_return: Decimal,
        start: DateTime<Utc>,
    ) -> Result<Self, EngineError> {
        if risk_free_return.abs() > Decimal::ONE_THOUSAND {
            return Err(EngineError::config(
                "config_risk_free_return",
                "riskFreeReturn",
                format!(
                    "must be a fraction between -1000 and 1000: current value is {risk_free_return}"
                ),
            ));
        }
        let state: EngineState<_, DefaultInstrumentMarketData> =
            EngineState::builder(instruments.indexed(), DefaultGlobalData, |_| {
                DefaultInstrumentMarketData::default()
            })
            .time_engine_start(start)
            .build();
        let generator = TradingSummaryGenerator::init(
            risk_free_return,
            start,
            start,
            &state.instruments,
            &state.assets,
        );
        Ok(Self { generator, closed: Vec::new() })
    }

    /// Takes in closed positions, all or none.
    ///
    /// # Errors
    ///
    /// `engine_value` naming the first field that the statistics cannot bear.
    pub fn add_positions(&mut self, positions: &[ClosedPosition]) -> Result<(), EngineError> {
        for (number, position) in positions.iter().enumerate() {
            self.check_position(number, position)?;
        }
        for position in positions {
            self.add_position(position);
        }
        Ok(())
    }

    fn check_position(&self, number: usize, position: &ClosedPosition) -> Result<(), EngineError> {
        let at = |field: &str| format!("positions[{number}].{field}");
        let known = self.generator.instruments.len();
        if position.instrument >= known {
            let message = format!(
                "index {} is not below {known}, the number of instruments",
                position.instrument
            );
            return Err(value(&at("instrument"), &message));
        }
        let bounded = |field: &str, number: Decimal, low: Decimal| {
            if (low..=MAX_VALUE).contains(&number) {
                return Ok(());
            }
            let message = format!("must be {low} to {MAX_VALUE}: current value is {number}");
            Err(value(&at(field), &message))
        };
        bounded("entryPrice", position.entry_price, MIN_VALUE)?;
        bounded("quantity", position.quantity, MIN_VALUE)?;
        bounded("pnl", position.pnl, -MAX_VALUE)?;
        bounded("feesEnter", position.fees_enter, Decimal::ZERO)?;
        bounded("feesExit", position.fees_exit, Decimal::ZERO)?;
        // Returns are squared and summed.
        let share = position
            .entry_price
            .checked_mul(position.quantity)
            .filter(|cost| !cost.is_zero())
            .and_then(|cost| position.pnl.checked_div(cost));
        if share.is_none_or(|share| share.abs() > Decimal::from(1_000_000_000)) {
            let message = "must be at most 1e9 times entryPrice · quantity";
            return Err(value(&at("pnl"), message));
        }
        if position.time_exit < position.time_enter {
            return Err(value(&at("timeExit"), "must not lie before timeEnter"));
        }
        Ok(())
    }

    fn add_position(&mut self, position: &ClosedPosition) {
        let side = if position.is_long { Side::Buy } else { Side::Sell };
        let exited: PositionExited<QuoteAsset> = PositionExited {
            instrument: InstrumentIndex(position.instrument),
            side,
            price_entry_average: position.entry_price,
            quantity_abs_max: position.quantity,
            pnl_realised: position.pnl,
            fees_enter: AssetFees::quote_fees(position.fees_enter),
            fees_exit: AssetFees::quote_fees(position.fees_exit),
            time_enter: position.time_enter,
            time_exit: position.time_exit,
            trades: Vec::new(),
        };
        self.generator.update_from_position(&exited);
        let cost = (position.pnl, position.entry_price, position.quantity);
        self.closed.push(RoundTrip {
            instrument: position.instrument,
            side,
            time_enter: position.time_enter,
            time_exit: position.time_exit,
            entry_price: position.entry_price,
            exit_price: Decimal::ZERO,
            quantity: position.quantity,
            pnl: position.pnl,
            pnl_return: calculate_pnl_return(cost.0, cost.1, cost.2),
            fees_enter: position.fees_enter,
            fees_exit: position.fees_exit,
        });
    }

    /// Takes in balances, all or none.
    ///
    /// # Errors
    ///
    /// `engine_value`.
    pub fn add_balances(&mut self, balances: &[BalanceAt]) -> Result<(), EngineError> {
        let known = self.generator.assets.len();
        for (number, balance) in balances.iter().enumerate() {
            if balance.asset >= known {
                let message =
                    format!("index {} is not below {known}, the number of assets", balance.asset);
                return Err(value(&format!("balances[{number}].asset"), &message));
            }
            for (field, amount) in [("total", balance.total), ("free", balance.free)] {
                if amount.abs() > MAX_VALUE || (amount.abs() < MIN_VALUE && !amount.is_zero()) {
                    let message = format!(
                        "must be 0, or {MIN_VALUE} to {MAX_VALUE} in size: current value is {amount}"
                    );
                    return Err(value(&format!("balances[{number}].{field}"), &message));
                }
            }
        }
        for balance in balances {
            let snapshot = AssetBalance {
                asset: AssetIndex(balance.asset),
                balance: Balance::new(balance.total, balance.free),
                time_exchange: balance.time,
            };
            self.generator.update_from_balance(Snapshot(&snapshot));
        }
        Ok(())
    }

    /// Moves the end of the summary forward.
    pub fn set_time(&mut self, now: DateTime<Utc>) {
        self.generator.update_time_now(now);
    }

    /// The summary so far. Upstream's generator counts a drawdown that is still open each time it is
    /// asked; it is asked through a copy here, so that asking changes nothing.
    ///
    /// # Errors
    ///
    /// `config_summary_interval`.
    pub fn summary(&self, interval: SummaryInterval) -> Result<Summary, EngineError> {
        interval.check()?;
        Ok(Summary::new(self.generator.clone(), interval, &self.closed))
    }
}

/// Unrealised result of a position at a price, less the exit fees that its entry fees suggest.
///
/// # Errors
///
/// `engine_value`.
pub fn unrealised_at(
    is_long: bool,
    entry_price: Decimal,
    quantity: Decimal,
    quantity_max: Decimal,
    fees_enter: Decimal,
    price: Decimal,
) -> Result<Decimal, EngineError> {
    let numbers = [
        ("entryPrice", entry_price, MIN_VALUE),
        ("quantity", quantity, Decimal::ZERO),
        ("quantityMax", quantity_max, MIN_VALUE),
        ("feesEnter", fees_enter, Decimal::ZERO),
        ("price", price, Decimal::ZERO),
    ];
    // The largest product is below 1e28 then.
    let most = Decimal::from(10_000_000_000_000_i64);
    for (field, number, low) in numbers {
        if !(low..=most).contains(&number) {
            let message = format!("must be {low} to {most}: current value is {number}");
            return Err(value(field, &message));
        }
    }
    let side = if is_long { Side::Buy } else { Side::Sell };
    Ok(calculate_pnl_unrealised(side, entry_price, quantity, quantity_max, fees_enter, price))
}

fn value(field: &str, message: &str) -> EngineError {
    EngineError::run("engine_value", format!("{field}: {message}"))
}
