//! From JSON to a data set.

use std::sync::Arc;

use super::{
    LoadOptions, MarketData,
    flat::Flat,
    loader::{Loader, Place},
    record::Record,
    split::{Records, Slice},
};
use crate::{Control, EngineError, Instruments};

/// Bytes of a typical record, to reserve roughly the right number of events.
const TYPICAL_RECORD: usize = 300;

/// Reads a JSON array or JSON lines; `lines` tells whether line numbers mean anything to the caller.
pub(super) fn parse(
    instruments: Arc<Instruments>,
    bytes: &[u8],
    lines: bool,
    options: &LoadOptions,
    control: &Control,
) -> Result<MarketData, EngineError> {
    let mut loader = Loader::new(&instruments, options, control, bytes.len() / TYPICAL_RECORD);
    let mut flat = Flat::default();
    for slice in Records::new(bytes) {
        let slice = slice.map_err(|broken| EngineError::MarketData {
            code: "market_data_syntax",
            line: Some(broken.line),
            index: None,
            field: None,
            message: broken.message.to_owned(),
        })?;
        let place = Place { line: lines.then_some(slice.line), index: slice.index };
        add(&mut loader, &mut flat, slice, place)?;
        loader.tick()?;
    }
    loader.finish(Arc::clone(&instruments))
}

fn add(
    loader: &mut Loader<'_>,
    flat: &mut Flat,
    slice: Slice<'_>,
    place: Place,
) -> Result<(), EngineError> {
    // A source rarely mixes forms: the one that fitted last is tried first.
    if flat.expected && flat.add(loader, slice.bytes, place)? {
        return Ok(());
    }
    match serde_json::from_slice(slice.bytes) {
        Ok(Record::Item(item)) => loader.add_item(item).map_err(|broken| place.error(broken)),
        Ok(Record::Reconnecting(exchange)) => {
            loader.add_reconnecting(exchange).map_err(|broken| place.error(broken))
        }
        Ok(Record::Skipped) => {
            loader.skip();
            Ok(())
        }
        Err(_) if !flat.expected && flat.add(loader, slice.bytes, place)? => Ok(()),
        Err(_) => Err(explain(slice, place)),
    }
}

/// Reads a bad record once more, slowly, to name the field.
fn explain(slice: Slice<'_>, place: Place) -> EngineError {
    let mut json = serde_json::Deserializer::from_slice(slice.bytes);
    let (path, error) = match serde_path_to_error::deserialize::<_, Record<'_>>(&mut json) {
        Err(error) => (error.path().to_string(), error.into_inner()),
        // Trailing characters: the record itself is fine.
        Ok(_) => match json.end() {
            Err(error) => (String::new(), error),
            Ok(()) => (String::new(), serde::de::Error::custom("unreadable record")),
        },
    };
    let line = place.line.map(|line| line + (error.line() as u64).saturating_sub(1));
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    let data = error.is_data();
    let path = Some(path).filter(|path| data && !path.is_empty() && path != ".");
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let field = match (path, missing) {
        (Some(path), Some(name)) => Some(format!("{path}.{name}")),
        (None, Some(name)) => Some(name.to_owned()),
        (path, None) => path,
    };
    let code = if data { "market_data_field" } else { "market_data_syntax" };
    EngineError::MarketData { code, line, index: Some(place.index), field, message }
}
