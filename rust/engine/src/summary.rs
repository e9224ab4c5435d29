//! Barter's trading summary as plain records.
//!
//! Upstream's type cannot be written as JSON (its maps have struct keys) and writes intervals as
//! `null`. Values are upstream's, quirks included: `win_rate` is the share of losing positions,
//! `profit_factor` divides the sum of all returns by the sum of losing ones, and ratios without
//! dispersion are stand-ins near ±[`Decimal::MAX`], marked `degenerate` here.

use barter::statistic::{
    metric::drawdown::{Drawdown as UpstreamDrawdown, mean::MeanDrawdown as UpstreamMean},
    summary::{
        TradingSummary, TradingSummaryGenerator,
        asset::TearSheetAsset,
        instrument::{TearSheet as UpstreamSheet, TearSheetGenerator},
    },
    time::{Annual252, Annual365, Daily, TimeInterval},
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::{RoundTrip, config::SummaryInterval};

/// A figure and its time base.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    /// The figure.
    pub value: Decimal,
    /// Name of the interval.
    pub interval: String,
}

/// A ratio and whether it divides by zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// The figure, upstream's stand-in when degenerate.
    pub value: Decimal,
    /// Name of the interval.
    pub interval: String,
    /// No dispersion, or no drawdown, to divide by.
    pub degenerate: bool,
}

/// A fall from a peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawdown {
    /// Fraction of the peak.
    pub value: Decimal,
    /// Time of the peak.
    pub start: DateTime<Utc>,
    /// Time of the recovery or the last value.
    pub end: DateTime<Utc>,
}

/// Mean of all falls.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanDrawdown {
    /// Mean fraction.
    pub value: Decimal,
    /// Mean length in milliseconds.
    pub duration_ms: i64,
}

/// Plain counts beside upstream's figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Derived {
    /// Closed positions.
    pub trades: u64,
    /// With a gain.
    pub wins: u64,
    /// With a loss.
    pub losses: u64,
    /// Wins divided by trades.
    pub win_share: Option<Decimal>,
    /// Sum of gains.
    pub gross_profit: Decimal,
    /// Sum of losses, positive.
    pub gross_loss: Decimal,
    /// Fees of closed positions.
    pub fees: Decimal,
}

/// One instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct TearSheet {
    /// Realised result.
    pub pnl: Decimal,
    /// Mean return per closed position, scaled linearly.
    pub pnl_return: Scaled,
    /// Sharpe ratio.
    pub sharpe_ratio: Ratio,
    /// Sortino ratio.
    pub sortino_ratio: Ratio,
    /// Calmar ratio.
    pub calmar_ratio: Ratio,
    /// Drawdown open at the end.
    pub pnl_drawdown: Option<Drawdown>,
    /// Mean drawdown.
    pub pnl_drawdown_mean: Option<MeanDrawdown>,
    /// Deepest drawdown.
    pub pnl_drawdown_max: Option<Drawdown>,
    /// Upstream's `win_rate`: losses divided by trades.
    pub win_rate: Option<Decimal>,
    /// Upstream's `profit_factor`.
    pub profit_factor: Option<Decimal>,
    /// Plain counts.
    pub derived: Derived,
}

/// One asset.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetTearSheet {
    /// Total and free balance at the end.
    pub balance_end: Option<(Decimal, Decimal)>,
    /// Drawdown open at the end.
    pub drawdown: Option<Drawdown>,
    /// Mean drawdown.
    pub drawdown_mean: Option<MeanDrawdown>,
    /// Deepest drawdown.
    pub drawdown_max: Option<Drawdown>,
}

/// The whole summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Start in event time.
    pub time_start: DateTime<Utc>,
    /// End in event time.
    pub time_end: DateTime<Utc>,
    /// By internal name, in index order.
    pub instruments: Vec<(String, TearSheet)>,
    /// By `exchange:asset`, in index order.
    pub assets: Vec<(String, AssetTearSheet)>,
}

impl Summary {
    /// Generates the summary over `interval`.
    pub(crate) fn new(
        generator: TradingSummaryGenerator,
        interval: SummaryInterval,
        round_trips: &[RoundTrip],
    ) -> Self {
        match interval {
            SummaryInterval::Daily => encode(generator, Daily, round_trips),
            SummaryInterval::Annual252 => encode(generator, Annual252, round_trips),
            SummaryInterval::Annual365 => encode(generator, Annual365, round_trips),
            SummaryInterval::Millis(millis) => {
                let length = TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX));
                encode(generator, length, round_trips)
            }
        }
    }
}

fn encode<Interval: TimeInterval>(
    mut generator: TradingSummaryGenerator,
    interval: Interval,
    round_trips: &[RoundTrip],
) -> Summary {
    let TradingSummary { time_engine_start, time_engine_end, instruments, assets } =
        generator.generate(interval);
    let name = interval.name();
    let instruments = instruments
        .into_iter()
        .zip(generator.instruments.values())
        .enumerate()
        .map(|(index, ((instrument, sheet), source))| {
            let derived = derive(round_trips.iter().filter(|trip| trip.instrument == index));
            (instrument.name().to_string(), tear_sheet(sheet, source, &name, derived))
        })
        .collect();
    let assets = assets
        .into_iter()
        .map(|(asset, sheet)| {
            let key = format!("{}:{}", asset.exchange.as_str(), asset.asset);
            (key, asset_sheet(sheet))
        })
        .collect();
    Summary { time_start: time_engine_start, time_end: time_engine_end, instruments, assets }
}

fn tear_sheet<Interval>(
    sheet: UpstreamSheet<Interval>,
    source: &TearSheetGenerator,
    interval: &str,
    derived: Derived,
) -> TearSheet {
    let ratio = |value: Decimal, degenerate: bool| Ratio {
        value,
        interval: interval.to_owned(),
        degenerate,
    };
    let returns = &source.pnl_returns;
    let no_drawdown = sheet.pnl_drawdown_max.as_ref().is_none_or(|max| max.0.value.is_zero());
    TearSheet {
        pnl: sheet.pnl,
        pnl_return: Scaled { value: sheet.pnl_return.value, interval: interval.to_owned() },
        sharpe_ratio: ratio(sheet.sharpe_ratio.value, returns.total.dispersion.std_dev.is_zero()),
        sortino_ratio: ratio(
            sheet.sortino_ratio.value,
            returns.losses.dispersion.std_dev.is_zero(),
        ),
        calmar_ratio: ratio(sheet.calmar_ratio.value, no_drawdown),
        pnl_drawdown: sheet.pnl_drawdown.map(drawdown),
        pnl_drawdown_mean: sheet.pnl_drawdown_mean.map(mean),
        pnl_drawdown_max: sheet.pnl_drawdown_max.map(|max| drawdown(max.0)),
        win_rate: sheet.win_rate.map(|rate| rate.value),
        profit_factor: sheet.profit_factor.map(|factor| factor.value),
        derived,
    }
}

fn asset_sheet(sheet: TearSheetAsset) -> AssetTearSheet {
    AssetTearSheet {
        balance_end: sheet.balance_end.map(|balance| (balance.total, balance.free)),
        drawdown: sheet.drawdown.map(drawdown),
        drawdown_mean: sheet.drawdown_mean.map(mean),
        drawdown_max: sheet.drawdown_max.map(|max| drawdown(max.0)),
    }
}

fn drawdown(upstream: UpstreamDrawdown) -> Drawdown {
    Drawdown { value: upstream.value, start: upstream.time_start, end: upstream.time_end }
}

fn mean(upstream: UpstreamMean) -> MeanDrawdown {
    MeanDrawdown { value: upstream.mean_drawdown, duration_ms: upstream.mean_drawdown_ms }
}

fn derive<'a>(round_trips: impl Iterator<Item = &'a RoundTrip>) -> Derived {
    let mut derived = Derived::default();
    for trip in round_trips {
        derived.trades += 1;
        derived.fees += trip.fees_enter + trip.fees_exit;
        if trip.pnl.is_sign_negative() && !trip.pnl.is_zero() {
            derived.losses += 1;
            derived.gross_loss -= trip.pnl;
        } else if !trip.pnl.is_zero() {
            derived.wins += 1;
            derived.gross_profit += trip.pnl;
        }
    }
    if derived.trades > 0 {
        derived.win_share = Some(Decimal::from(derived.wins) / Decimal::from(derived.trades));
    }
    derived
}
