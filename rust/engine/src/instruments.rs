//! Instruments and the index tables that market data, orders and results refer to.

use std::collections::{HashMap, HashSet};

use barter::system::config::InstrumentConfig as UpstreamInstrument;
use barter_instrument::{
    Underlying,
    asset::{Asset, name::AssetNameExchange},
    exchange::ExchangeId,
    index::IndexedInstruments,
    instrument::{
        Instrument, InstrumentIndex,
        name::{InstrumentNameExchange, InstrumentNameInternal},
        quote::InstrumentQuoteAsset,
    },
};
use serde::{Deserialize, de::value::StrDeserializer};

use crate::{EngineError, KindConfig};

/// Most instruments one table may hold; every event visits every instrument's strategy state.
pub const MAX_INSTRUMENTS: usize = 4096;
const MAX_NAME: usize = 64;

/// One instrument as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentConfig {
    /// Exchange id in snake case.
    pub exchange: String,
    /// The exchange's own name.
    pub name_exchange: String,
    /// Base asset, lower case.
    pub base: String,
    /// Quote asset, lower case.
    pub quote: String,
    /// What kind of contract it is; only spot can be executed.
    pub kind: KindConfig,
}

/// One row of the published table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentInfo {
    /// Index of the instrument.
    pub index: usize,
    /// Index of its exchange.
    pub exchange_index: usize,
    /// Exchange.
    pub exchange: ExchangeId,
    /// Internal name, the key of the summary.
    pub name: String,
    /// The exchange's own name.
    pub name_exchange: String,
    /// Base asset.
    pub base: String,
    /// Quote asset.
    pub quote: String,
    /// Kind of contract.
    pub kind: KindConfig,
}

impl InstrumentInfo {
    /// Whether the mock exchange can execute it.
    pub fn is_spot(&self) -> bool {
        self.kind == KindConfig::Spot
    }
}

/// Validated instruments with barter's indices.
#[derive(Debug, Clone)]
pub struct Instruments {
    indexed: IndexedInstruments,
    rows: Vec<InstrumentInfo>,
    digest: String,
}

impl Instruments {
    /// Indexes a list of instruments.
    ///
    /// Barter sorts and de-duplicates, so an index is a position in its order, not in `configs`.
    ///
    /// # Errors
    ///
    /// `config_instruments` for an empty or oversized list, `config_exchange`, `config_name`,
    /// `config_contract`, and `config_duplicate_instrument`, which also catches two instruments that
    /// would collapse into one internal name upstream.
    pub fn new(configs: &[InstrumentConfig]) -> Result<Self, EngineError> {
        if configs.is_empty() || configs.len() > MAX_INSTRUMENTS {
            return Err(EngineError::config(
                "config_instruments",
                "instruments",
                format!(
                    "needs 1 to {MAX_INSTRUMENTS} instruments: current count is {}",
                    configs.len()
                ),
            ));
        }
        let mut names = HashSet::new();
        let instruments = configs
            .iter()
            .enumerate()
            .map(|(position, config)| {
                let instrument = instrument(position, config)?;
                let internal = &instrument.name_internal;
                let unique = names.insert((instrument.exchange, internal.name().to_string()))
                    && names.insert((instrument.exchange, format!("={}", config.name_exchange)));
                if unique {
                    Ok(instrument)
                } else {
                    Err(EngineError::config(
                        "config_duplicate_instrument",
                        format!("instruments[{position}]"),
                        format!(
                            "\"{internal}\" or \"{}\" is already taken on this exchange",
                            config.name_exchange
                        ),
                    ))
                }
            })
            .collect::<Result<Vec<_>, _>>()?;

        let indexed = IndexedInstruments::new(instruments);
        let rows = rows(&indexed, configs)?;
        let digest = digest(&rows);
        Ok(Self { indexed, rows, digest })
    }

    /// Barter's index structure.
    pub fn indexed(&self) -> &IndexedInstruments {
        &self.indexed
    }

    /// Instruments by index.
    pub fn rows(&self) -> &[InstrumentInfo] {
        &self.rows
    }

    /// Exchanges by index.
    pub fn exchanges(&self) -> impl Iterator<Item = ExchangeId> + '_ {
        self.indexed.exchanges().iter().map(|keyed| keyed.value)
    }

    /// Exchange and internal asset name, by index.
    pub fn assets(&self) -> impl Iterator<Item = (ExchangeId, &str)> {
        self.indexed
            .assets()
            .iter()
            .map(|keyed| (keyed.value.exchange, keyed.value.asset.name_internal.as_ref()))
    }

    /// 16 hexadecimal digits over all rows; equal tables have equal digests.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Finds an instrument by internal name or by the exchange's own name.
    pub(crate) fn find(&self, exchange: Option<ExchangeId>, name: &str) -> Option<InstrumentIndex> {
        self.rows
            .iter()
            .find(|row| {
                exchange.is_none_or(|exchange| row.exchange == exchange)
                    && (row.name == name || row.name_exchange == name)
            })
            .map(|row| InstrumentIndex(row.index))
    }
}

/// Reads an exchange id such as `binance_spot`.
pub fn parse_exchange(name: &str) -> Option<ExchangeId> {
    ExchangeId::deserialize(StrDeserializer::<serde::de::value::Error>::new(name)).ok()
}

/// A derivative is named after the exchange's own name, because the name that barter forms of exchange
/// and pair would be that of the spot pair.
fn instrument(
    position: usize,
    config: &InstrumentConfig,
) -> Result<Instrument<ExchangeId, Asset>, EngineError> {
    let at = |field: &str| format!("instruments[{position}].{field}");
    let exchange = parse_exchange(&config.exchange).ok_or_else(|| {
        EngineError::config(
            "config_exchange",
            at("exchange"),
            format!("\"{}\" is not a known exchange id", config.exchange),
        )
    })?;
    check_name(at("nameExchange"), &config.name_exchange, false)?;
    check_name(at("underlying.base"), &config.base, true)?;
    check_name(at("underlying.quote"), &config.quote, true)?;
    if config.base == config.quote {
        return Err(EngineError::config(
            "config_name",
            at("underlying"),
            format!("base and quote must differ: both are \"{}\"", config.base),
        ));
    }
    config.kind.check(|field| at(&format!("kind.{field}")))?;
    if let Some(contract) = config.kind.contract() {
        check_name(at("kind.settlementAsset"), &contract.settlement_asset, true)?;
    }
    let upstream = UpstreamInstrument {
        exchange,
        name_exchange: InstrumentNameExchange::new(config.name_exchange.as_str()),
        underlying: Underlying::new(
            AssetNameExchange::new(config.base.as_str()),
            AssetNameExchange::new(config.quote.as_str()),
        ),
        quote: InstrumentQuoteAsset::UnderlyingQuote,
        kind: config.kind.upstream(),
        spec: None,
    };
    let mut instrument = Instrument::from(upstream);
    if config.kind != KindConfig::Spot {
        instrument.name_internal =
            InstrumentNameInternal::new_from_exchange(exchange, config.name_exchange.as_str());
    }
    Ok(instrument)
}

/// Asset names must be lower case because barter lower-cases internal names: `BTC` and `btc` would
/// become two assets with one name.
fn check_name(field: String, name: &str, lower: bool) -> Result<(), EngineError> {
    let length = (1..=MAX_NAME).contains(&name.len());
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    let case = !lower || !name.bytes().any(|byte| byte.is_ascii_uppercase());
    if length && plain && case {
        return Ok(());
    }
    let wanted = if lower { "lower-case ASCII" } else { "ASCII" };
    Err(EngineError::config(
        "config_name",
        field,
        format!("must be 1 to {MAX_NAME} printable {wanted} characters: current value is {name:?}"),
    ))
}

fn rows(
    indexed: &IndexedInstruments,
    configs: &[InstrumentConfig],
) -> Result<Vec<InstrumentInfo>, EngineError> {
    let asset = |index| {
        indexed
            .find_asset(index)
            .map(|asset| asset.asset.name_internal.as_ref().to_owned())
            .map_err(|error| EngineError::run("engine_failed", error.to_string()))
    };
    let kinds: HashMap<(ExchangeId, &str), &KindConfig> = configs
        .iter()
        .filter_map(|config| {
            Some(((parse_exchange(&config.exchange)?, config.name_exchange.as_str()), &config.kind))
        })
        .collect();
    indexed
        .instruments()
        .iter()
        .map(|keyed| {
            let key = (keyed.value.exchange.value, keyed.value.name_exchange.name().as_str());
            Ok(InstrumentInfo {
                kind: kinds.get(&key).map(|kind| (*kind).clone()).unwrap_or_default(),
                index: keyed.key.index(),
                exchange_index: keyed.value.exchange.key.index(),
                exchange: keyed.value.exchange.value,
                name: keyed.value.name_internal.name().to_string(),
                name_exchange: keyed.value.name_exchange.name().to_string(),
                base: asset(keyed.value.underlying.base)?,
                quote: asset(keyed.value.underlying.quote)?,
            })
        })
        .collect()
}

/// FNV-1a over the rows; guards against mix-ups, not against forgery.
fn digest(rows: &[InstrumentInfo]) -> String {
    use std::hash::Hasher;
    let mut hasher = fnv::FnvHasher::default();
    for row in rows {
        let parts = [row.exchange.as_str(), &row.name, &row.name_exchange, &row.base, &row.quote];
        for part in parts {
            hasher.write(part.as_bytes());
            hasher.write_u8(0);
        }
        if !row.is_spot() {
            hasher.write(format!("{:?}", row.kind).as_bytes());
        }
    }
    format!("{:016x}", hasher.finish())
}
