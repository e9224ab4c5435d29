//! Exact numbers: integers and powers of ten, never binary floating point.

use std::{cmp::Ordering, fmt};

use ethnum::{I256, U256};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const DECIMAL_PLACES: u8 = 12;
/// Digits of a decimal without its point.
const DECIMAL_LIMIT: i128 = 10i128.pow(18);
const MONEY_PLACES: u8 = 24;
/// 14 digits before the point.
const MONEY_LIMIT: i128 = 10i128.pow(38);
const E12: u64 = 10u64.pow(12);
const E24: u128 = 10u128.pow(24);

const fn pow10(exponent: u8) -> i128 {
    10i128.pow(exponent as u32)
}

/// Sign, digits and places of a canonical text: no leading or trailing zeros, no `-0`, no exponent.
fn parse(text: &str, whole_max: usize, places_max: u8) -> Option<(i128, u8)> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.len() > whole_max + 1 + places_max as usize {
        return None;
    }
    let mut value: u128 = 0;
    let mut whole = 0usize;
    while let Some(digit @ b'0'..=b'9') = digits.get(whole) {
        value = value * 10 + u128::from(digit - b'0');
        whole += 1;
    }
    if whole == 0 || whole > whole_max || (whole > 1 && digits[0] == b'0') {
        return None;
    }
    let mut places = 0u8;
    match digits.get(whole) {
        None => {}
        Some(b'.') => {
            for digit in &digits[whole + 1..] {
                if !digit.is_ascii_digit() {
                    return None;
                }
                value = value * 10 + u128::from(digit - b'0');
                places += 1;
            }
            if places == 0 || places > places_max || bytes.last() == Some(&b'0') {
                return None;
            }
        }
        Some(_) => return None,
    }
    if negative && value == 0 {
        return None;
    }
    // At most 38 digits: far below the limit of 128 bits.
    let value = value as i128;
    Some((if negative { -value } else { value }, places))
}

/// Writes sign, whole and fraction digits into the end of a buffer and returns where they start.
struct Printed {
    bytes: [u8; 48],
    start: usize,
}

impl Printed {
    fn new(negative: bool, whole: u64, mut fraction: [u64; 2], places: [u8; 2]) -> Self {
        let mut printed = Self { bytes: [0; 48], start: 48 };
        let mut significant = false;
        for part in [1, 0] {
            for _ in 0..places[part] {
                let digit = (fraction[part] % 10) as u8;
                fraction[part] /= 10;
                significant |= digit != 0;
                if significant {
                    printed.push(b'0' + digit);
                }
            }
        }
        if significant {
            printed.push(b'.');
        }
        let mut whole = whole;
        loop {
            printed.push(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if negative {
            printed.push(b'-');
        }
        printed
    }

    fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    fn as_str(&self) -> &str {
        // Only ASCII was pushed.
        std::str::from_utf8(&self.bytes[self.start..]).unwrap_or_default()
    }
}

/// A price or quantity: at most 18 digits, at most 12 of them after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    /// Without trailing zeros after the point, so that equal values are equal structs.
    places: u8,
}

impl Decimal {
    /// 0.
    pub const ZERO: Self = Self { mantissa: 0, places: 0 };

    /// Reads the canonical form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, places) = parse(text, 18, DECIMAL_PLACES)?;
        (mantissa.abs() < DECIMAL_LIMIT).then_some(Self { mantissa: mantissa as i64, places })
    }

    fn new(mut mantissa: i128, mut places: u8) -> Option<Self> {
        while places > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            places -= 1;
        }
        (places <= DECIMAL_PLACES && mantissa.abs() < DECIMAL_LIMIT)
            .then_some(Self { mantissa: mantissa as i64, places })
    }

    fn aligned(self, other: Self) -> (i128, i128, u8) {
        let places = self.places.max(other.places);
        let align = |d: Self| i128::from(d.mantissa) * pow10(places - d.places);
        (align(self), align(other), places)
    }

    /// Sum; `None` when it has too many digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (a, b, places) = self.aligned(other);
        Self::new(a + b, places)
    }

    /// Difference; `None` when it has too many digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let (a, b, places) = self.aligned(other);
        Self::new(a - b, places)
    }

    /// The same with the sign that a side gives it.
    #[must_use]
    pub const fn signed(self, sell: bool) -> Self {
        Self { mantissa: if sell { -self.mantissa } else { self.mantissa }, places: self.places }
    }

    /// Whether it is above 0.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Whether it is 0.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is below 0.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// In units of 10⁻¹², below 10³⁰.
    #[must_use]
    pub fn fixed(self) -> i128 {
        i128::from(self.mantissa) * pow10(DECIMAL_PLACES - self.places)
    }

    /// As an amount; `None` from 10¹⁴.
    #[must_use]
    pub fn to_money(self) -> Option<Money> {
        let value = i128::from(self.mantissa).checked_mul(pow10(MONEY_PLACES - self.places))?;
        Money::new(value)
    }

    /// Product; `None` from 10¹⁴.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Money> {
        // Both below 10^18 with at most 12 places: exact below 10^36 with at most 24 places.
        let product = i128::from(self.mantissa) * i128::from(other.mantissa);
        Money::new(product.checked_mul(pow10(MONEY_PLACES - self.places - other.places))?)
    }

    /// Product with an amount, rounded towards the larger one; `None` from 10¹⁴.
    #[must_use]
    pub fn times_held(self, other: Money) -> Option<Money> {
        let product = I256::from(self.mantissa) * I256::from(other.0);
        let scale = I256::from(pow10(self.places));
        // Rounded up: what exceeds an amount by a fraction of a unit still exceeds it.
        let up = product.rem_euclid(scale) != I256::ZERO;
        let value = product.div_euclid(scale) + I256::from(up);
        i128::try_from(value).ok().and_then(Money::new)
    }

    /// Half of the sum; `None` from 10¹⁴.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Option<Money> {
        let (a, b, places) = self.aligned(other);
        let value = (a + b).checked_mul(5)?.checked_mul(pow10(MONEY_PLACES - places - 1))?;
        Money::new(value)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.aligned(*other);
        a.cmp(&b)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(print_decimal(*self).as_str())
    }
}

fn print_decimal(value: Decimal) -> Printed {
    let scale = 10u64.pow(u32::from(value.places));
    let magnitude = value.mantissa.unsigned_abs();
    let fraction = magnitude % scale;
    Printed::new(value.mantissa < 0, magnitude / scale, [fraction, 0], [value.places, 0])
}

/// An amount in units of 10⁻²⁴, below 10¹⁴.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// 0.
    pub const ZERO: Self = Self(0);

    fn new(value: i128) -> Option<Self> {
        (value.unsigned_abs() < MONEY_LIMIT.unsigned_abs()).then_some(Self(value))
    }

    /// Reads the canonical form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (value, places) = parse(text, 14, MONEY_PLACES)?;
        Some(Self(value * pow10(MONEY_PLACES - places)))
    }

    /// Sum; `None` from 10¹⁴.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_add(other.0)?)
    }

    /// Difference; `None` from 10¹⁴.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_sub(other.0)?)
    }

    /// The same with the other sign.
    #[must_use]
    pub const fn neg(self) -> Self {
        Self(-self.0)
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// -1, 0 or 1.
    #[must_use]
    pub const fn signum(self) -> i128 {
        self.0.signum()
    }

    /// Whether it is 0.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// In units of 10⁻²⁴, for sums whose intermediate results may be larger.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// As a decimal; `None` when it has too many digits.
    #[must_use]
    pub fn to_decimal(self) -> Option<Decimal> {
        Decimal::new(self.0, MONEY_PLACES)
    }

    /// Product with a price, of a quantity with at most 12 places; `None` from 10¹⁴.
    #[must_use]
    pub fn times(self, price: Decimal) -> Option<Self> {
        let product = I256::from(self.0) * I256::from(price.mantissa);
        // Exact: a quantity has at most 12 of its 24 places in use, a price at most the other 12.
        let value = product / I256::from(pow10(price.places));
        Self::new(i128::try_from(value).ok()?)
    }

    /// `self · part / whole`, half-even, with `0 < part ≤ whole`.
    #[must_use]
    pub fn share(self, part: Self, whole: Self) -> Self {
        if part == whole {
            return self;
        }
        // Both below 10^38, so the product is below 2^256; the quotient is not above `self`.
        let product = U256::from(self.0.unsigned_abs()) * U256::from(part.0.unsigned_abs());
        let whole = U256::from(whole.0.unsigned_abs());
        let quotient = product / whole;
        let remainder = product % whole;
        let up = match (remainder << 1u32).cmp(&whole) {
            Ordering::Less => false,
            Ordering::Equal => quotient & U256::ONE == U256::ONE,
            Ordering::Greater => true,
        };
        let value = quotient.as_i128() + i128::from(up);
        Self(if self.0 < 0 { -value } else { value })
    }

    /// `self / quantity`, half-even to 12 places; `None` from 10¹⁴.
    #[must_use]
    pub fn per(self, quantity: Decimal) -> Option<Self> {
        self.per_fixed(quantity.fixed())
    }

    /// [`Money::per`] of a quantity that is held as an amount with at most 12 places.
    #[must_use]
    pub fn per_held(self, quantity: Self) -> Option<Self> {
        self.per_fixed(quantity.0 / pow10(DECIMAL_PLACES))
    }

    fn per_fixed(self, quantity: i128) -> Option<Self> {
        let negative = (self.0 < 0) != (quantity < 0);
        let divisor = quantity.unsigned_abs();
        let value = self.0.unsigned_abs();
        let (quotient, remainder) = (value.checked_div(divisor)?, value.checked_rem(divisor)?);
        let up = match (remainder * 2).cmp(&divisor) {
            Ordering::Less => false,
            Ordering::Equal => quotient % 2 == 1,
            Ordering::Greater => true,
        };
        let rounded = i128::try_from(quotient + u128::from(up)).ok()?;
        let value = rounded.checked_mul(pow10(DECIMAL_PLACES))?;
        Self::new(if negative { -value } else { value })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(print_money(*self).as_str())
    }
}

fn print_money(value: Money) -> Printed {
    let magnitude = value.0.unsigned_abs();
    let fraction = magnitude % E24;
    let parts = [(fraction / u128::from(E12)) as u64, (fraction % u128::from(E12)) as u64];
    Printed::new(value.0 < 0, (magnitude / E24) as u64, parts, [12, 12])
}

macro_rules! wire {
    ($name:ident, $print:ident, $expecting:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($print(*self).as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Canonical;
                impl de::Visitor<'_> for Canonical {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::parse(text)
                            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_str(Canonical)
            }
        }
    };
}

wire!(Decimal, print_decimal, "a canonical decimal of at most 18 digits, 12 after the point");
wire!(Money, print_money, "a canonical amount of at most 14 digits before and 24 after the point");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn m(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        for text in ["0", "1", "-1", "0.5", "-0.5", "100", "999999999999999999", "0.000000000001"] {
            assert_eq!(d(text).to_string(), text);
        }
        let bad = "+1 -0 00 01 1. .5 1.0 0.50 1e3 0x1 -- - 1.2.3 1,5 0.0000000000001";
        for text in bad.split(' ').chain(["", " 1", "1 ", "1000000000000000000", "１"]) {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse("1234567890.123456789"), None, "19 digits");
        assert_eq!(Money::parse("100000000000000"), None, "15 digits before the point");
        let smallest = "0.000000000000000000000001";
        assert_eq!(m(smallest).units(), 1);
        assert_eq!(m("-99999999999999.999999999999999999999999").units(), 1 - MONEY_LIMIT);
    }

    #[test]
    fn products_and_sums_are_exact_or_refused() {
        assert_eq!(d("0.1").checked_add(d("0.2")), Some(d("0.3")));
        assert_eq!(d("99999999999999999.9").checked_add(d("0.1")), Some(d("100000000000000000")));
        assert_eq!(d("999999999999999999").checked_add(d("0.1")), None);
        assert_eq!(d("10000000").times(d("9999999.9")), Some(m("99999999000000")));
        assert_eq!(d("10000000").times(d("10000000")), None);
        let tiny = d("0.000000000001");
        assert_eq!(tiny.times(tiny), Some(m("0.000000000000000000000001")));
        assert_eq!(tiny.midpoint(Decimal::ZERO), Some(m("0.0000000000005")));
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let unit = "0.000000000000000000000001";
        let units = |n: i128| Money(n);
        assert_eq!(m(unit).share(units(1), units(2)), units(0));
        assert_eq!(units(3).share(units(1), units(2)), units(2));
        assert_eq!(units(-3).share(units(1), units(2)), units(-2));
        assert_eq!(units(5).share(units(1), units(2)), units(2));
        assert_eq!(m("151.75").share(m("1"), m("1.5")), m("101.166666666666666666666667"));
        assert_eq!(m("0.0000000000005").per(d("1")), Some(Money::ZERO));
        assert_eq!(m("0.0000000000015").per(d("1")), Some(m("0.000000000002")));
        assert_eq!(m("-151.75").per_held(m("-1.5")), Some(m("101.166666666667")));
    }

    proptest! {
        #[test]
        fn text_and_value_agree(mantissa in -(10i64.pow(18) - 1)..10i64.pow(18), places in 0u8..=12) {
            let value = Decimal::new(i128::from(mantissa), places).unwrap();
            prop_assert_eq!(Decimal::parse(&value.to_string()), Some(value));
            if let Some(money) = value.to_money() {
                prop_assert_eq!(money.to_string(), value.to_string());
                prop_assert_eq!(money.to_decimal(), Some(value));
            }
        }

        #[test]
        fn money_and_its_text_agree(value in -(MONEY_LIMIT - 1)..MONEY_LIMIT) {
            prop_assert_eq!(Money::parse(&Money(value).to_string()), Some(Money(value)));
        }

        #[test]
        fn a_share_is_at_most_half_a_unit_off(
            value in -(MONEY_LIMIT - 1)..MONEY_LIMIT,
            part in 1..10i128.pow(37),
            more in 0..10i128.pow(37),
        ) {
            let whole = part + more;
            let share = Money(value).share(Money(part), Money(whole)).units();
            let difference = I256::from(share) * I256::from(whole)
                - I256::from(value) * I256::from(part);
            prop_assert!(difference.abs() * 2 <= I256::from(whole));
        }
    }
}
