//! A parse that takes only JSON with one meaning.

use std::{borrow::Cow, cell::RefCell, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Error, Map, Number, Value, error::Category};

use crate::{
    generated::ErrorCode,
    issue::{Issue, push_segment},
};

/// Largest integer that every reader holds exactly: 2^53 − 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Reads a document.
///
/// # Errors
///
/// `SCHEMA_INVALID` with the keyword `json` for what is not JSON in UTF-8, begins with a byte order
/// mark or is nested more than 127 deep, `surrogate` for half a surrogate pair, `duplicate_member`, and
/// `integer` for a number not written as a plain integer within ±(2^53 − 1).
pub fn parse(bytes: &[u8]) -> Result<Value, Issue> {
    read::<true>(bytes)
}

/// As [`parse`], without making the document.
///
/// # Errors
///
/// As [`parse`].
pub fn check(bytes: &[u8]) -> Result<(), Issue> {
    read::<false>(bytes).map(drop)
}

fn read<const BUILD: bool>(bytes: &[u8]) -> Result<Value, Issue> {
    let faults = Faults::default();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| issue(String::new(), "json", format!("is not UTF-8: {error}")))?;
    if text.starts_with('\u{feff}') {
        return Err(issue(String::new(), "json", "begins with a byte order mark".to_owned()));
    }
    let mut json = Deserializer::from_str(text);
    Strict::<BUILD> { faults: &faults }
        .deserialize(&mut json)
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| faults.into_issue(&error))
}

fn issue(pointer: String, keyword: &str, message: String) -> Issue {
    let code = ErrorCode::SchemaInvalid;
    Issue { pointer, keyword: keyword.to_owned(), found: None, code, message }
}

/// Where and why a parse stopped; filled while it unwinds, so that a good document pays nothing.
#[derive(Default)]
struct Faults {
    path: RefCell<Vec<String>>,
    keyword: RefCell<Option<&'static str>>,
}

impl Faults {
    fn fail<E: serde::de::Error>(&self, keyword: &'static str, message: &str) -> E {
        *self.keyword.borrow_mut() = Some(keyword);
        E::custom(message)
    }

    fn at<E>(&self, segment: impl Into<String>) -> impl FnOnce(E) -> E {
        move |error| {
            self.path.borrow_mut().push(segment.into());
            error
        }
    }

    fn into_issue(self, error: &Error) -> Issue {
        let mut pointer = String::new();
        for segment in self.path.into_inner().iter().rev() {
            push_segment(&mut pointer, segment);
        }
        let text = error.to_string();
        let keyword = self.keyword.into_inner().unwrap_or_else(|| {
            // serde_json tells its syntax errors apart only by their text.
            let syntax = error.classify() == Category::Syntax;
            match () {
                () if syntax && text.starts_with("number out of range") => "integer",
                () if syntax
                    && (text.starts_with("lone leading surrogate")
                        || text.starts_with("unexpected end of hex escape")) =>
                {
                    "surrogate"
                }
                () => "json",
            }
        });
        let message = match keyword {
            "json" => format!("is not JSON: {text}"),
            "surrogate" => "has half a surrogate pair".to_owned(),
            "integer" => "is not a plain integer within 2^53 - 1".to_owned(),
            _ => "stands there twice".to_owned(),
        };
        issue(pointer, keyword, message)
    }
}

#[derive(Clone, Copy)]
struct Strict<'a, const BUILD: bool> {
    faults: &'a Faults,
}

impl<'de, const BUILD: bool> DeserializeSeed<'de> for Strict<'_, BUILD> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, const BUILD: bool> Visitor<'de> for Strict<'_, BUILD> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_INTEGER {
            return Err(self.faults.fail("integer", "the number is too large"));
        }
        Ok(Value::Number(Number::from(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_INTEGER {
            return Err(self.faults.fail("integer", "the number is too large"));
        }
        Ok(Value::Number(Number::from(value)))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        Err(self.faults.fail("integer", "the number is no plain integer"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(if BUILD { Value::String(value.to_owned()) } else { Value::Null })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        let mut index = 0usize;
        while let Some(value) =
            items.next_element_seed(self).map_err(self.faults.at(index.to_string()))?
        {
            index += 1;
            if BUILD {
                values.push(value);
            }
        }
        Ok(if BUILD { Value::Array(values) } else { Value::Null })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        let mut seen = Names::default();
        while let Some(name) = members.next_key_seed(Name)? {
            let known =
                if BUILD { values.contains_key(&*name) } else { !seen.insert(name.clone()) };
            if known {
                let fault = self.faults.fail("duplicate_member", "the member stands there twice");
                return Err(self.faults.at(name)(fault));
            }
            let value = match members.next_value_seed(self) {
                Ok(value) => value,
                Err(error) => return Err(self.faults.at(name)(error)),
            };
            if BUILD {
                values.insert(name.into_owned(), value);
            }
        }
        Ok(if BUILD { Value::Object(values) } else { Value::Null })
    }
}

/// Names of the members of one object: a few are compared, many are hashed.
#[derive(Default)]
struct Names<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    const FEW: usize = 32;

    fn insert(&mut self, name: Cow<'de, str>) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
            return true;
        }
        self.many.insert(name)
    }
}

/// A name, borrowed where it stands without escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::json::canonical;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../../tests/contracts/vectors/json.json")).unwrap()
    }

    fn text(vector: &Value) -> Vec<u8> {
        vector["text"].as_str().map_or_else(
            || serde_json::from_value(vector["bytes"].clone()).unwrap(),
            |text| text.as_bytes().to_vec(),
        )
    }

    #[test]
    fn every_fault_is_refused_where_it_is() {
        for vector in vectors()["refused"].as_array().unwrap() {
            let expected = (vector["pointer"].as_str(), vector["keyword"].as_str());
            let issue = parse(&text(vector)).unwrap_err();
            let found = (Some(issue.pointer.as_str()), Some(issue.keyword.as_str()));
            assert_eq!(found, expected, "{}: {issue}", vector["name"]);
            let checked = check(&text(vector)).unwrap_err();
            assert_eq!(checked, issue, "{}", vector["name"]);
        }
    }

    #[test]
    fn what_has_one_meaning_is_accepted() {
        for vector in vectors()["accepted"].as_array().unwrap() {
            let text = text(vector);
            assert_eq!(parse(&text).unwrap(), serde_json::from_slice::<Value>(&text).unwrap());
            check(&text).unwrap();
        }
    }

    #[test]
    fn the_canonical_form_is_that_of_the_vectors() {
        for vector in vectors()["canonical"].as_array().unwrap() {
            let written = canonical(&parse(&text(vector)).unwrap()).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), vector["canonical"].as_str().unwrap());
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_is_written_the_same(value in any_json()) {
            let written = canonical(&value).unwrap();
            let read = parse(&written).unwrap();
            prop_assert_eq!(canonical(&read).unwrap(), written);
            prop_assert_eq!(read, value);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(parse(&bytes).err(), check(&bytes).err());
        }
    }
}
