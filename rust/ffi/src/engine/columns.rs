//! Market data as typed arrays, in and out.

use serde::{Deserialize, Serialize};
use tendon_engine::{Batch, MarketData, RowKind, Values};
use ts_rs::TS;

use crate::{Column, Failure, Packed, Scope, Status};

/// Kind of event.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventKind {
    /// A public trade.
    Trade,
    /// Best bid and ask.
    Quote,
    /// A candle.
    Candle,
    /// A forced trade.
    Liquidation,
    /// An order book, whole or in part.
    Book,
    /// A notice that the connection was lost.
    Reconnecting,
}

impl From<EventKind> for RowKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Trade => Self::Trade,
            EventKind::Quote => Self::Quote,
            EventKind::Candle => Self::Candle,
            EventKind::Liquidation => Self::Liquidation,
            EventKind::Book => Self::Book,
            EventKind::Reconnecting => Self::Reconnecting,
        }
    }
}

/// Part of an attachment.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Span {
    /// First byte.
    offset: u32,
    /// Elements.
    length: u32,
}

/// One array of a batch; little-endian.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum ArrayLayout {
    /// Nanoseconds since the epoch, i64.
    Times {
        /// Where.
        at: Span,
    },
    /// f64; NaN is no value.
    Numbers {
        /// Where.
        at: Span,
    },
    /// u32.
    Counts {
        /// Where.
        at: Span,
    },
    /// u8; 0 buy, 1 sell.
    Sides {
        /// Where.
        at: Span,
    },
    /// UTF-8, one line per row.
    Texts {
        /// Where.
        at: Span,
    },
    /// Levels of one book side per row.
    Levels {
        /// End of each row's levels, u32.
        ends: Span,
        /// Prices, f64.
        prices: Span,
        /// Amounts, f64.
        amounts: Span,
    },
}

/// A named array.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ColumnLayout {
    /// Name of the column.
    name: String,
    /// Its values.
    values: ArrayLayout,
}

/// Events of one kind as arrays in an attachment.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchLayout {
    /// What the rows are about.
    kind: EventKind,
    /// The arrays.
    columns: Vec<ColumnLayout>,
    /// Where each row stands among the events of all batches, u32, or null.
    position: Option<Span>,
}

impl BatchLayout {
    /// Copies the arrays out of an attachment.
    ///
    /// # Errors
    ///
    /// `invalid_request` for a span outside of it or a text that is not UTF-8.
    pub(super) fn read(self, bytes: &[u8]) -> Result<Batch, Failure> {
        let columns = self
            .columns
            .into_iter()
            .map(|column| Ok((column.name, column.values.read(bytes)?)))
            .collect::<Result<_, Failure>>()?;
        let positions = self.position.map(|at| array(bytes, at, u32::from_le_bytes)).transpose()?;
        Ok(Batch { kind: self.kind.into(), columns, positions })
    }
}

impl ArrayLayout {
    fn read(self, bytes: &[u8]) -> Result<Values, Failure> {
        Ok(match self {
            Self::Times { at } => Values::Times(array(bytes, at, i64::from_le_bytes)?),
            Self::Numbers { at } => Values::Numbers(array(bytes, at, f64::from_le_bytes)?),
            Self::Counts { at } => Values::Counts(array(bytes, at, u32::from_le_bytes)?),
            Self::Sides { at } => Values::Sides(array(bytes, at, u8::from_le_bytes)?),
            Self::Texts { at } => {
                let bytes = array(bytes, at, u8::from_le_bytes)?;
                let text = String::from_utf8(bytes)
                    .map_err(|error| invalid(format!("a text is not UTF-8: {error}")))?;
                Values::Texts(text.lines().map(str::to_owned).collect())
            }
            Self::Levels { ends, prices, amounts } => Values::Levels {
                ends: array(bytes, ends, u32::from_le_bytes)?,
                prices: array(bytes, prices, f64::from_le_bytes)?,
                amounts: array(bytes, amounts, f64::from_le_bytes)?,
            },
        })
    }
}

fn array<T, const N: usize>(
    bytes: &[u8],
    at: Span,
    read: fn([u8; N]) -> T,
) -> Result<Vec<T>, Failure> {
    let start = at.offset as usize;
    let size = (at.length as usize).saturating_mul(N);
    let bytes = bytes.get(start..start.saturating_add(size)).ok_or_else(|| {
        invalid(format!("an array of {} elements at {start} is outside", at.length))
    })?;
    Ok(bytes.as_chunks::<N>().0.iter().map(|chunk| read(*chunk)).collect())
}

fn invalid(message: String) -> Failure {
    Failure::new(Status::Argument, "invalid_request", message)
}

/// Asks for events of one kind as typed arrays.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReadColumns {
    /// Handle of the market data.
    data: u64,
    /// Which events.
    kind: EventKind,
    /// First position to look at.
    start: u32,
    /// Position to stop before.
    end: u32,
}

/// Head of typed arrays; the columns have the names that `BatchLayout` uses, texts are u8 with a
/// line per row, and levels are three columns each: `…Ends`, `…Prices`, `…Amounts`.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ColumnsHead {
    /// Rows.
    rows: u32,
}

/// `engine.dataColumns`: events of one kind.
///
/// # Errors
///
/// `bad_handle`.
pub(crate) fn read(scope: &Scope, request: ReadColumns) -> Result<Packed<ColumnsHead>, Failure> {
    let data = scope.get::<MarketData>(request.data)?;
    let batch = data.columns(request.kind.into(), request.start as usize, request.end as usize);
    let positions = batch.positions.unwrap_or_default();
    let mut columns = vec![Column::u32("position", &positions)];
    for (name, values) in batch.columns {
        match values {
            Values::Times(values) => columns.push(Column::i64(name, &values)),
            Values::Numbers(values) => columns.push(Column::f64(name, &values)),
            Values::Counts(values) => columns.push(Column::u32(name, &values)),
            Values::Sides(values) => columns.push(Column::u8(name, &values)),
            Values::Texts(values) => columns.push(Column::u8(name, values.join("\n").as_bytes())),
            Values::Levels { ends, prices, amounts } => {
                columns.push(Column::u32(format!("{name}Ends"), &ends));
                columns.push(Column::f64(format!("{name}Prices"), &prices));
                columns.push(Column::f64(format!("{name}Amounts"), &amounts));
            }
        }
    }
    Ok(Packed { head: ColumnsHead { rows: positions.len() as u32 }, columns })
}
