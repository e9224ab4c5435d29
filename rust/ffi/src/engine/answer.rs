//! Wire types of a backtest's answer: a JSON head, and columns for what can be long.
//!
//! Fills and round trips travel as columns because their decimals would otherwise be written and
//! parsed one by one whether or not anyone looks at them. A decimal of a column is 16 bytes: flags
//! (scale in bits 16 to 23, sign in bit 31) and the 96-bit mantissa, little-endian.

use std::collections::BTreeMap;

use serde::Serialize;
use tendon_engine::{
    Outcome,
    decimal::Decimal,
    side_is_buy,
    time::{format as rfc3339, nanos},
};
use ts_rs::TS;

use crate::{Column, Packed};

/// A figure with the time base it is scaled to.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scaled {
    /// The figure.
    value: String,
    /// `"Daily"`, `"Annual(252)"`, `"Annual(365)"` or `"Duration n (minutes)"`.
    interval: String,
}

/// A risk-adjusted ratio.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ratio {
    /// The figure.
    value: String,
    /// The time base.
    interval: String,
    /// True when the ratio divides by zero and `value` is a stand-in (see the engine guide).
    degenerate: bool,
}

/// A fall from a peak.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drawdown {
    /// Depth as a fraction of the peak.
    value: String,
    /// Time of the peak.
    start: String,
    /// Time of the recovery, or of the last value.
    end: String,
}

/// Mean over all drawdowns.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeanDrawdown {
    /// Mean depth as a fraction.
    value: String,
    /// Mean length in milliseconds.
    duration_ms: i64,
}

/// Counts and sums over the closed positions, computed beside the engine's own figures.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DerivedFigures {
    /// Closed positions.
    trades: u64,
    /// Closed positions with a gain.
    wins: u64,
    /// Closed positions with a loss.
    losses: u64,
    /// Wins divided by trades, or null without trades.
    win_share: Option<String>,
    /// Sum of all gains, in the quote asset.
    gross_profit: String,
    /// Sum of all losses as a positive number, in the quote asset.
    gross_loss: String,
    /// Fees of all closed positions, in the quote asset.
    fees: String,
}

/// Result of one instrument, from its closed positions.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TearSheet {
    /// Realised profit and loss after fees, in the quote asset.
    pnl: String,
    /// Mean return per closed position, scaled to the interval.
    pnl_return: Scaled,
    /// Sharpe ratio.
    sharpe_ratio: Ratio,
    /// Sortino ratio.
    sortino_ratio: Ratio,
    /// Calmar ratio.
    calmar_ratio: Ratio,
    /// Drawdown of the cumulated profit that is still open at the end.
    pnl_drawdown: Option<Drawdown>,
    /// Mean over the drawdowns of the cumulated profit.
    pnl_drawdown_mean: Option<MeanDrawdown>,
    /// Deepest drawdown of the cumulated profit.
    pnl_drawdown_max: Option<Drawdown>,
    /// The engine's `win_rate`, which is the share of losing positions.
    win_rate: Option<String>,
    /// The engine's `profit_factor`.
    profit_factor: Option<String>,
    /// Wins, losses, gross profit and gross loss.
    derived: DerivedFigures,
}

/// Total and free amount of an asset.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BalanceEnd {
    /// All of it.
    total: String,
    /// What is not bound in orders.
    free: String,
}

/// Result of one asset.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetTearSheet {
    /// Balance at the end.
    balance_end: Option<BalanceEnd>,
    /// Drawdown of the balance still open at the end.
    drawdown: Option<Drawdown>,
    /// Mean over the drawdowns of the balance.
    drawdown_mean: Option<MeanDrawdown>,
    /// Deepest drawdown of the balance.
    drawdown_max: Option<Drawdown>,
}

/// The engine's trading summary.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TradingSummary {
    /// Start of the run in event time.
    time_start: String,
    /// End of the run in event time.
    time_end: String,
    /// Tear sheets by internal instrument name.
    instruments: BTreeMap<String, TearSheet>,
    /// Asset results by `"exchange:asset"`.
    assets: BTreeMap<String, AssetTearSheet>,
}

/// A position still open at the end of the run.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenPosition {
    /// Index of the instrument.
    instrument: u32,
    /// `"buy"` is long, `"sell"` short.
    #[ts(type = "\"buy\" | \"sell\"")]
    side: &'static str,
    /// Quantity held.
    quantity: String,
    /// Volume-weighted entry price.
    entry_price: String,
    /// Last market price, or null when the instrument never had one.
    mark_price: Option<String>,
    /// Result already realised, entry fees included.
    pnl_realised: String,
    /// Result at the mark, without exit fees.
    pnl_unrealised: String,
    /// Time of the first fill.
    time_enter: String,
}

/// Counters of one run.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunStats {
    /// Market events replayed.
    events: u64,
    /// Orders sent by the strategy.
    orders: u64,
    /// Orders the exchange filled.
    fills: u64,
    /// Orders the exchange rejected.
    rejected: u64,
    /// Requests the risk manager refused.
    refused: u64,
    /// Reason of the first rejection, or null.
    first_rejection: Option<String>,
    /// Wall time of the replay in milliseconds, without crossing into JavaScript.
    duration_ms: f64,
}

/// Bounds of the equity curve.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EquityHead {
    /// Asset the values are in.
    quote: String,
    /// Opening value.
    initial: String,
    /// Value after the last event.
    r#final: String,
    /// Deepest fall over every event, as a fraction of the peak.
    max_drawdown: f64,
}

/// Head of a backtest's answer.
///
/// Columns: `equityTime` i64, `equityValue` f64; `fillTime` i64, `fillInstrument` u32, `fillSide` u8
/// (0 buy, 1 sell), `fillDecimals` u8 (price, quantity, fees), `fillIds` u8 (a line of text: order id,
/// trade id); `tripEnter` i64, `tripExit` i64, `tripInstrument` u32, `tripSide` u8, `tripDecimals` u8
/// (entry price, exit price, quantity, pnl, return, entry fees, exit fees).
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BacktestHead {
    /// Name of the run.
    id: String,
    /// Risk-free return used.
    risk_free_return: String,
    /// The engine's summary.
    summary: TradingSummary,
    /// Bounds of the equity curve.
    equity: EquityHead,
    /// Positions still open at the end.
    open_positions: Vec<OpenPosition>,
    /// Counters.
    stats: RunStats,
}

/// Canonical text: equal values have equal texts.
pub(super) fn text(value: Decimal) -> String {
    value.normalize().to_string()
}

impl From<tendon_engine::Ratio> for Ratio {
    fn from(ratio: tendon_engine::Ratio) -> Self {
        Self { value: text(ratio.value), interval: ratio.interval, degenerate: ratio.degenerate }
    }
}

impl From<tendon_engine::Drawdown> for Drawdown {
    fn from(drawdown: tendon_engine::Drawdown) -> Self {
        Self {
            value: text(drawdown.value),
            start: rfc3339(drawdown.start),
            end: rfc3339(drawdown.end),
        }
    }
}

impl From<tendon_engine::MeanDrawdown> for MeanDrawdown {
    fn from(mean: tendon_engine::MeanDrawdown) -> Self {
        Self { value: text(mean.value), duration_ms: mean.duration_ms }
    }
}

impl From<tendon_engine::TearSheet> for TearSheet {
    fn from(sheet: tendon_engine::TearSheet) -> Self {
        let derived = sheet.derived;
        Self {
            pnl: text(sheet.pnl),
            pnl_return: Scaled {
                value: text(sheet.pnl_return.value),
                interval: sheet.pnl_return.interval,
            },
            sharpe_ratio: sheet.sharpe_ratio.into(),
            sortino_ratio: sheet.sortino_ratio.into(),
            calmar_ratio: sheet.calmar_ratio.into(),
            pnl_drawdown: sheet.pnl_drawdown.map(Into::into),
            pnl_drawdown_mean: sheet.pnl_drawdown_mean.map(Into::into),
            pnl_drawdown_max: sheet.pnl_drawdown_max.map(Into::into),
            win_rate: sheet.win_rate.map(text),
            profit_factor: sheet.profit_factor.map(text),
            derived: DerivedFigures {
                trades: derived.trades,
                wins: derived.wins,
                losses: derived.losses,
                win_share: derived.win_share.map(text),
                gross_profit: text(derived.gross_profit),
                gross_loss: text(derived.gross_loss),
                fees: text(derived.fees),
            },
        }
    }
}

impl From<tendon_engine::AssetTearSheet> for AssetTearSheet {
    fn from(sheet: tendon_engine::AssetTearSheet) -> Self {
        Self {
            balance_end: sheet
                .balance_end
                .map(|(total, free)| BalanceEnd { total: text(total), free: text(free) }),
            drawdown: sheet.drawdown.map(Into::into),
            drawdown_mean: sheet.drawdown_mean.map(Into::into),
            drawdown_max: sheet.drawdown_max.map(Into::into),
        }
    }
}

impl From<tendon_engine::Summary> for TradingSummary {
    fn from(summary: tendon_engine::Summary) -> Self {
        let sheets = summary.instruments.into_iter().map(|(name, sheet)| (name, sheet.into()));
        let assets = summary.assets.into_iter().map(|(name, sheet)| (name, sheet.into()));
        Self {
            time_start: rfc3339(summary.time_start),
            time_end: rfc3339(summary.time_end),
            instruments: sheets.collect(),
            assets: assets.collect(),
        }
    }
}

impl From<&tendon_engine::OpenPosition> for OpenPosition {
    fn from(open: &tendon_engine::OpenPosition) -> Self {
        Self {
            instrument: open.instrument as u32,
            side: if side_is_buy(open.side) { "buy" } else { "sell" },
            quantity: text(open.quantity),
            entry_price: text(open.entry_price),
            mark_price: open.mark_price.map(text),
            pnl_realised: text(open.pnl_realised),
            pnl_unrealised: text(open.pnl_unrealised),
            time_enter: rfc3339(open.time_enter),
        }
    }
}

/// Head and columns of an outcome.
pub(super) fn encode(outcome: Outcome) -> Packed<BacktestHead> {
    let mut columns = vec![
        Column::i64("equityTime", &outcome.equity.time),
        Column::f64("equityValue", &outcome.equity.value),
    ];
    columns.extend(fill_columns(&outcome));
    columns.extend(trip_columns(&outcome));
    let stats = outcome.stats;
    let head = BacktestHead {
        id: outcome.id,
        risk_free_return: text(outcome.risk_free_return),
        summary: outcome.summary.into(),
        equity: EquityHead {
            quote: outcome.equity.quote,
            initial: text(outcome.equity.initial),
            r#final: text(outcome.equity.last),
            max_drawdown: outcome.equity.max_drawdown,
        },
        open_positions: outcome.open_positions.iter().map(Into::into).collect(),
        stats: RunStats {
            events: stats.events,
            orders: stats.orders,
            fills: stats.fills,
            rejected: stats.rejected,
            refused: stats.refused,
            first_rejection: stats.first_rejection,
            duration_ms: stats.duration_ms,
        },
    };
    Packed { head, columns }
}

fn fill_columns(outcome: &Outcome) -> [Column; 5] {
    let fills = &outcome.fills;
    let mut ids = String::with_capacity(fills.len() * 16);
    for fill in fills {
        ids.extend([fill.order_id.as_str(), " ", fill.trade_id.as_str(), "\n"]);
    }
    let decimals = decimals(fills, |fill| [fill.price, fill.quantity, fill.fees]);
    [
        Column::i64("fillTime", &collect(fills, |fill| nanos(fill.time))),
        Column::u32("fillInstrument", &collect(fills, |fill| fill.instrument as u32)),
        Column::u8("fillSide", &collect(fills, |fill| u8::from(!side_is_buy(fill.side)))),
        Column::u8("fillDecimals", &decimals),
        Column::u8("fillIds", ids.as_bytes()),
    ]
}

fn trip_columns(outcome: &Outcome) -> [Column; 5] {
    let trips = &outcome.round_trips;
    let decimals = decimals(trips, |trip| {
        [
            trip.entry_price,
            trip.exit_price,
            trip.quantity,
            trip.pnl,
            trip.pnl_return,
            trip.fees_enter,
            trip.fees_exit,
        ]
    });
    [
        Column::i64("tripEnter", &collect(trips, |trip| nanos(trip.time_enter))),
        Column::i64("tripExit", &collect(trips, |trip| nanos(trip.time_exit))),
        Column::u32("tripInstrument", &collect(trips, |trip| trip.instrument as u32)),
        Column::u8("tripSide", &collect(trips, |trip| u8::from(!side_is_buy(trip.side)))),
        Column::u8("tripDecimals", &decimals),
    ]
}

fn collect<T, U>(records: &[T], map: impl Fn(&T) -> U) -> Vec<U> {
    records.iter().map(map).collect()
}

fn decimals<T, const N: usize>(records: &[T], fields: impl Fn(&T) -> [Decimal; N]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(records.len() * N * 16);
    for record in records {
        for decimal in fields(record) {
            bytes.extend_from_slice(&decimal.serialize());
        }
    }
    bytes
}
