//! Times and numbers in the forms that records write them.

use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

use crate::{decimal, time};

/// A time: RFC 3339 text or integer milliseconds.
pub(super) struct Time(pub(super) DateTime<Utc>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;

        impl Visitor<'_> for TimeVisitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time or integer milliseconds, years 1684 to 2255")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                time::parse(text)
                    .map(Time)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_i64<E: Error>(self, millis: i64) -> Result<Time, E> {
                time::from_millis(millis)
                    .map(Time)
                    .ok_or_else(|| E::invalid_value(Unexpected::Signed(millis), &self))
            }

            fn visit_u64<E: Error>(self, millis: u64) -> Result<Time, E> {
                self.visit_i64(i64::try_from(millis).unwrap_or(i64::MAX))
            }
        }

        deserializer.deserialize_any(TimeVisitor)
    }
}

/// A decimal: exact text, or a number in its shortest form.
#[derive(Clone, Copy)]
pub(super) struct Exact(pub(super) Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExactVisitor;

        impl Visitor<'_> for ExactVisitor {
            type Value = Exact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal of at most 28 digits")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Exact, E> {
                decimal::parse(text)
                    .map(Exact)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(value)))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(value)))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Exact, E> {
                // `Display` prints the shortest digits that read back as the same number.
                decimal::parse(&value.to_string())
                    .map(Exact)
                    .ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
            }
        }

        deserializer.deserialize_any(ExactVisitor)
    }
}

/// A double: a number or numeric text.
struct Double(f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DoubleVisitor;

        impl Visitor<'_> for DoubleVisitor {
            type Value = Double;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a finite number")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Double, E> {
                if value.is_finite() {
                    Ok(Double(value))
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &self))
                }
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Double, E> {
                match text.parse::<f64>() {
                    Ok(value) if value.is_finite() => Ok(Double(value)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(DoubleVisitor)
    }
}

/// Reads a double, for `deserialize_with`.
pub(super) fn double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Double::deserialize(deserializer).map(|double| double.0)
}

/// Reads a time, for `deserialize_with`.
pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<DateTime<Utc>, D::Error> {
    Time::deserialize(deserializer).map(|time| time.0)
}
