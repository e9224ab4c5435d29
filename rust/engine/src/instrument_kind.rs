//! Kinds of instruments: what a contract is beside its pair.

use barter_instrument::{
    asset::name::AssetNameExchange,
    instrument::kind::{
        InstrumentKind,
        future::FutureContract,
        option::{OptionContract, OptionExercise, OptionKind},
        perpetual::PerpetualContract,
    },
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::EngineError;

/// Bound on contract sizes and strikes, as on prices.
const MAX_CONTRACT: Decimal = Decimal::from_parts(0xa4c6_8000, 0x0003_8d7e, 0, false, 0);

/// Kind of an instrument as configured. The mock exchange executes spot only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KindConfig {
    /// A pair.
    #[default]
    Spot,
    /// A contract without end.
    Perpetual(Contract),
    /// A contract that ends.
    Future {
        /// Size and settlement.
        contract: Contract,
        /// When it ends.
        expiry: DateTime<Utc>,
    },
    /// The right to buy or sell.
    Option {
        /// Size and settlement.
        contract: Contract,
        /// When it ends.
        expiry: DateTime<Utc>,
        /// Price of the right.
        strike: Decimal,
        /// Whether it is the right to buy.
        is_call: bool,
        /// When it can be used.
        exercise: Exercise,
    },
}

/// Size and settlement of a derivative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// How much of the underlying one contract is.
    pub size: Decimal,
    /// Asset that profits are paid in, lower case.
    pub settlement_asset: String,
}

/// When an option can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exercise {
    /// At any time.
    American,
    /// On stated days.
    Bermudan,
    /// At the end.
    European,
}

impl KindConfig {
    /// Name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Perpetual(_) => "perpetual",
            Self::Future { .. } => "future",
            Self::Option { .. } => "option",
        }
    }

    /// Size and settlement; spot has none.
    pub fn contract(&self) -> Option<&Contract> {
        match self {
            Self::Spot => None,
            Self::Perpetual(contract)
            | Self::Future { contract, .. }
            | Self::Option { contract, .. } => Some(contract),
        }
    }

    /// The numbers in range; `at` makes the path of a field.
    pub(crate) fn check(&self, at: impl Fn(&str) -> String) -> Result<(), EngineError> {
        let positive = |field: &str, value: Decimal| {
            if value > Decimal::ZERO && value <= MAX_CONTRACT {
                return Ok(());
            }
            Err(EngineError::config(
                "config_contract",
                at(field),
                format!(
                    "must be greater than 0 and at most {MAX_CONTRACT}: current value is {value}"
                ),
            ))
        };
        if let Some(contract) = self.contract() {
            positive("contractSize", contract.size)?;
        }
        if let Self::Option { strike, .. } = self {
            positive("strike", *strike)?;
        }
        Ok(())
    }

    pub(crate) fn upstream(&self) -> InstrumentKind<AssetNameExchange> {
        let settlement = |contract: &Contract| {
            (contract.size, AssetNameExchange::new(contract.settlement_asset.as_str()))
        };
        match self {
            Self::Spot => InstrumentKind::Spot,
            Self::Perpetual(contract) => {
                let (contract_size, settlement_asset) = settlement(contract);
                InstrumentKind::Perpetual(PerpetualContract { contract_size, settlement_asset })
            }
            Self::Future { contract, expiry } => {
                let (contract_size, settlement_asset) = settlement(contract);
                InstrumentKind::Future(FutureContract {
                    contract_size,
                    settlement_asset,
                    expiry: *expiry,
                })
            }
            Self::Option { contract, expiry, strike, is_call, exercise } => {
                let (contract_size, settlement_asset) = settlement(contract);
                InstrumentKind::Option(OptionContract {
                    contract_size,
                    settlement_asset,
                    kind: if *is_call { OptionKind::Call } else { OptionKind::Put },
                    exercise: match exercise {
                        Exercise::American => OptionExercise::American,
                        Exercise::Bermudan => OptionExercise::Bermudan,
                        Exercise::European => OptionExercise::European,
                    },
                    expiry: *expiry,
                    strike: *strike,
                })
            }
        }
    }
}
