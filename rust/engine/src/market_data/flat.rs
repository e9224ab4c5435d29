//! JSON objects whose fields are columns: `{"time":…,"symbol":"BTCUSDT","price":…,"side":"buy"}`.

use std::borrow::Cow;

use barter_data::books::Level;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    loader::{Loader, Place},
    row::Cell,
    scalar::Exact,
    table::Header,
};
use crate::EngineError;

/// Reads flat objects; keeps the header of the last one, because the next mostly has the same keys.
#[derive(Default)]
pub(super) struct Flat {
    /// Whether the last record was flat.
    pub(super) expected: bool,
    header: Option<(Vec<String>, Header)>,
}

impl Flat {
    /// Adds a flat object; false when the record is something else.
    pub(super) fn add(
        &mut self,
        loader: &mut Loader<'_>,
        bytes: &[u8],
        place: Place,
    ) -> Result<bool, EngineError> {
        let object = serde_json::from_slice::<Map<String, Value>>(bytes).ok();
        let Some(object) = object.filter(is_flat) else {
            self.expected = false;
            return Ok(false);
        };
        self.expected = true;
        let same = self.header.as_ref().is_some_and(|(keys, _)| keys.iter().eq(object.keys()));
        if !same {
            let keys: Vec<String> = object.keys().cloned().collect();
            let header = Header::new(keys.iter().map(String::as_str), None)
                .map_err(|violation| place.error(violation))?;
            self.header = Some((keys, header));
        }
        let Some((_, header)) = &self.header else { return Ok(false) };
        let values: Vec<&Value> = object.values().collect();
        header.add(loader, |at| cell(values[at])).map_err(|violation| place.error(violation))?;
        Ok(true)
    }
}

/// Barter's form has an object as its kind, or is wrapped in one.
fn is_flat(object: &Map<String, Value>) -> bool {
    let wrapped = ["Item", "Ok", "Err", "Market", "Reconnecting"];
    !object.get("kind").is_some_and(Value::is_object)
        && !wrapped.iter().any(|key| object.contains_key(*key))
        && ["kind", "type", "price", "open", "bids", "bid_price", "bidPrice", "bid"]
            .iter()
            .any(|key| object.contains_key(*key))
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(flag) => Cell::Flag(*flag),
        Value::String(text) if text.trim().is_empty() => Cell::Empty,
        Value::String(text) => Cell::Text(Cow::Borrowed(text.trim())),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Cell::Int(value),
            (None, Some(value)) => Cell::Float(value),
            (None, None) => Cell::Other(number.to_string()),
        },
        Value::Array(levels) => levels
            .iter()
            .map(level)
            .collect::<Option<_>>()
            .map_or_else(|| Cell::Other("a list of something else".to_owned()), Cell::Levels),
        Value::Object(_) => Cell::Other("an object".to_owned()),
    }
}

/// A level is `[price, amount]` or `{ price, amount }`.
fn level(value: &Value) -> Option<Level> {
    let exact = |value: &Value| Exact::deserialize(value).ok().map(|exact| exact.0);
    let (price, amount) = match value {
        Value::Array(pair) => match pair.as_slice() {
            [price, amount] => (price, amount),
            _ => return None,
        },
        Value::Object(fields) => (fields.get("price")?, fields.get("amount")?),
        _ => return None,
    };
    Some(Level { price: exact(price)?, amount: exact(amount)? })
}
