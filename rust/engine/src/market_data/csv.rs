//! Comma-separated values: a line of column names, then a row per event.

use std::{borrow::Cow, sync::Arc};

use super::{
    LoadOptions, MarketData, RowKind,
    loader::{Loader, Place},
    row::Cell,
    table::Header,
};
use crate::{Control, EngineError, Instruments};

/// Bytes of a typical row, to reserve roughly the right number of events.
const TYPICAL_ROW: usize = 60;

pub(super) fn parse(
    instruments: Arc<Instruments>,
    bytes: &[u8],
    kind: Option<RowKind>,
    options: &LoadOptions,
    control: &Control,
) -> Result<MarketData, EngineError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let names = reader.headers().map_err(|error| broken(bytes, &error))?;
    let header = Header::new(names.iter(), kind).map_err(|(code, field, message)| {
        EngineError::MarketData {
            code,
            line: Some(1),
            index: None,
            field: Some(field).filter(|field| !field.is_empty()),
            message,
        }
    })?;
    let mut loader = Loader::new(&instruments, options, control, bytes.len() / TYPICAL_ROW);
    let mut row = csv::StringRecord::new();
    let mut index = 0;
    while reader.read_record(&mut row).map_err(|error| broken(bytes, &error))? {
        let place = Place { line: row.position().map(|start| line(bytes, start)), index };
        header
            .add(&mut loader, |at| match row.get(at) {
                None | Some("") => Cell::Empty,
                Some(text) => Cell::Text(Cow::Borrowed(text)),
            })
            .map_err(|violation| place.error(violation))?;
        loader.tick()?;
        index += 1;
    }
    loader.finish(Arc::clone(&instruments))
}

/// The line a row starts in: the reader's position is in front of the blank lines it skips.
fn line(bytes: &[u8], start: &csv::Position) -> u64 {
    let rest = usize::try_from(start.byte()).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    start.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// What keeps the reader from finding rows at all.
fn broken(bytes: &[u8], error: &csv::Error) -> EngineError {
    let position = error.position();
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} columns, and the first line names {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("the row is not UTF-8 in column {}", err.field() + 1)
        }
        _ => error.to_string(),
    };
    EngineError::MarketData {
        code: "market_data_syntax",
        line: position.map(|start| line(bytes, start)),
        // The line of names is not a record.
        index: position.map(|position| position.record().saturating_sub(1)),
        field: None,
        message,
    }
}
