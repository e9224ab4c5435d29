//! Wire types of instruments.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tendon_engine::{Contract, Exercise as EngineExercise, InstrumentConfig, KindConfig, time};
use ts_rs::TS;

use super::request::exact;
use crate::{Failure, Status};

/// One instrument, named the way its exchange names it.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "InstrumentRequest")]
pub(crate) struct Instrument {
    /// Exchange id in snake case.
    exchange: String,
    /// The exchange's own name.
    name_exchange: String,
    /// Base asset, lower case.
    base: String,
    /// Quote asset, lower case.
    quote: String,
    /// Kind of instrument; only `spot` can be executed.
    kind: Kind,
}

/// Kind of contract.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[ts(rename = "InstrumentKind")]
pub(crate) enum Kind {
    /// A pair.
    Spot {},
    /// A contract without end.
    Perpetual {
        /// How much of the underlying one contract is, a decimal.
        contract_size: String,
        /// Asset that profits are paid in, lower case.
        settlement_asset: String,
    },
    /// A contract that ends.
    Future {
        /// How much of the underlying one contract is, a decimal.
        contract_size: String,
        /// Asset that profits are paid in, lower case.
        settlement_asset: String,
        /// When it ends, RFC 3339.
        expiry: String,
    },
    /// The right to buy or sell.
    Option {
        /// How much of the underlying one contract is, a decimal.
        contract_size: String,
        /// Asset that profits are paid in, lower case.
        settlement_asset: String,
        /// When it ends, RFC 3339.
        expiry: String,
        /// Price of the right, a decimal.
        strike: String,
        /// Right to buy or right to sell.
        right: Right,
        /// When it can be used.
        exercise: Exercise,
    },
}

/// What an option is the right to.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Right {
    /// To buy.
    Call,
    /// To sell.
    Put,
}

/// When an option can be used.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Exercise {
    /// At any time.
    American,
    /// On stated days.
    Bermudan,
    /// At the end.
    European,
}

/// The engine's configuration of a list of instruments.
///
/// # Errors
///
/// `config_decimal`, `config_contract` for an expiry that is no time.
pub(super) fn configs(instruments: Vec<Instrument>) -> Result<Vec<InstrumentConfig>, Failure> {
    instruments
        .into_iter()
        .enumerate()
        .map(|(position, instrument)| {
            Ok(InstrumentConfig {
                kind: instrument.kind.into_config(&format!("instruments[{position}].kind"))?,
                exchange: instrument.exchange,
                name_exchange: instrument.name_exchange,
                base: instrument.base,
                quote: instrument.quote,
            })
        })
        .collect()
}

impl Kind {
    fn into_config(self, at: &str) -> Result<KindConfig, Failure> {
        let contract = |size: &str, settlement_asset: String| {
            Ok::<_, Failure>(Contract {
                size: exact(&format!("{at}.contractSize"), size)?,
                settlement_asset,
            })
        };
        let expiry = |text: &str| {
            time::parse(text).ok_or_else(|| {
                let field = format!("{at}.expiry");
                let message =
                    format!("{field}: must be an RFC 3339 time: current value is {text:?}");
                Failure::new(Status::Argument, "config_contract", message)
                    .with_data(json!({ "field": field }))
            })
        };
        Ok(match self {
            Self::Spot {} => KindConfig::Spot,
            Self::Perpetual { contract_size, settlement_asset } => {
                KindConfig::Perpetual(contract(&contract_size, settlement_asset)?)
            }
            Self::Future { contract_size, settlement_asset, expiry: end } => KindConfig::Future {
                contract: contract(&contract_size, settlement_asset)?,
                expiry: expiry(&end)?,
            },
            Self::Option {
                contract_size,
                settlement_asset,
                expiry: end,
                strike,
                right,
                exercise,
            } => KindConfig::Option {
                contract: contract(&contract_size, settlement_asset)?,
                expiry: expiry(&end)?,
                strike: exact(&format!("{at}.strike"), &strike)?,
                is_call: matches!(right, Right::Call),
                exercise: match exercise {
                    Exercise::American => EngineExercise::American,
                    Exercise::Bermudan => EngineExercise::Bermudan,
                    Exercise::European => EngineExercise::European,
                },
            },
        })
    }
}

impl From<&KindConfig> for Kind {
    fn from(kind: &KindConfig) -> Self {
        let parts = |contract: &Contract| {
            (contract.size.normalize().to_string(), contract.settlement_asset.clone())
        };
        match kind {
            KindConfig::Spot => Self::Spot {},
            KindConfig::Perpetual(contract) => {
                let (contract_size, settlement_asset) = parts(contract);
                Self::Perpetual { contract_size, settlement_asset }
            }
            KindConfig::Future { contract, expiry } => {
                let (contract_size, settlement_asset) = parts(contract);
                Self::Future { contract_size, settlement_asset, expiry: time::format(*expiry) }
            }
            KindConfig::Option { contract, expiry, strike, is_call, exercise } => {
                let (contract_size, settlement_asset) = parts(contract);
                Self::Option {
                    contract_size,
                    settlement_asset,
                    expiry: time::format(*expiry),
                    strike: strike.normalize().to_string(),
                    right: if *is_call { Right::Call } else { Right::Put },
                    exercise: match exercise {
                        EngineExercise::American => Exercise::American,
                        EngineExercise::Bermudan => Exercise::Bermudan,
                        EngineExercise::European => Exercise::European,
                    },
                }
            }
        }
    }
}
