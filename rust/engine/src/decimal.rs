//! Decimals at the edges: exact parsing, and fast conversions from and to `f64`.

pub use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

/// Powers of ten that `f64` holds exactly.
const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Parses a decimal without rounding: plain digits, sign and point, at most 28 significant digits.
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// `Decimal::from_f64`, digit by digit, at a fraction of its cost for the numbers that prices are.
#[inline]
pub(crate) fn from_f64(value: f64) -> Option<Decimal> {
    short(value).or_else(|| Decimal::from_f64(value))
}

/// The decimal of at most 15 digits, 8 of them places, that `value` is the nearest double of.
///
/// `Decimal::from_f64` rounds the double's exact digits one by one until fewer than 2^52 are left in
/// the mantissa. That is off from the shortest decimal by at most 5/9 of the last digit, and the double
/// itself by at most 2^-53 of the mantissa: both give the same number unless the mantissa of 16 digits
/// is 4.0e15 to 2^52. Those are left to it.
#[inline]
fn short(value: f64) -> Option<Decimal> {
    const PLACES: u32 = 8;
    let scaled = value * POW10[PLACES as usize];
    if !(100.0..1e15).contains(&scaled) {
        return None;
    }
    let mut mantissa = (scaled + 0.5) as u64;
    if mantissa as f64 / POW10[PLACES as usize] != value {
        return None;
    }
    let first_two = mantissa / 10u64.pow(mantissa.ilog10() - 1);
    if (40..=45).contains(&first_two) {
        return None;
    }
    let mut places = PLACES;
    for zeros in [8, 4, 2, 1] {
        let power = 10u64.pow(zeros);
        if zeros <= places && mantissa.is_multiple_of(power) {
            mantissa /= power;
            places -= zeros;
        }
    }
    Some(Decimal::from_i128_with_scale(i128::from(mantissa), places))
}

/// Nearest `f64`, correctly rounded whenever mantissa and scale are exact in `f64` (every price and
/// quantity of up to 15 digits), and within one unit in the last place otherwise.
#[inline]
pub(crate) fn to_f64(value: Decimal) -> f64 {
    let mantissa = value.mantissa();
    let mantissa = match i64::try_from(mantissa) {
        Ok(small) => small as f64,
        Err(_) => wide(mantissa),
    };
    match POW10.get(value.scale() as usize) {
        Some(power) => mantissa / power,
        None => mantissa / 10f64.powi(value.scale() as i32),
    }
}

/// A library call, which an optimiser that may would make for every mantissa.
#[cold]
#[inline(never)]
fn wide(mantissa: i128) -> f64 {
    mantissa as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_is_exact_or_refuses() {
        assert_eq!(parse("87232.01"), Some(Decimal::new(8_723_201, 2)));
        assert_eq!(parse("-0.5"), Some(Decimal::new(-5, 1)));
        for bad in ["", "-", "1e5", "0x1", "1_000", " 1", "NaN", "79228162514264337593543950336"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse("0.00000000000000000000000000001"), None);
    }

    fn parts(value: Option<Decimal>) -> Option<(i128, u32)> {
        value.map(|value| (value.mantissa(), value.scale()))
    }

    /// Numbers that are written with few digits, at any scale, and any double at all.
    #[test]
    fn from_f64_is_upstreams_in_every_digit_and_place() {
        let mut seed = 11u64;
        let mut next = || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            seed >> 11
        };
        let mut fast = 0;
        for _ in 0..200_000 {
            let digits = next() % 10u64.pow(1 + (next() % 16) as u32);
            let written = digits as f64 / POW10[(next() % 12) as usize];
            let any = f64::from_bits(next() << 11 | next() & 2047);
            for value in [written, any, -written, written.next_up(), written.next_down()] {
                assert_eq!(parts(from_f64(value)), parts(Decimal::from_f64(value)), "{value:?}");
                fast += u32::from(short(value).is_some());
            }
        }
        assert!(fast > 50_000, "{fast}");
        for value in [0.0, -0.0, f64::NAN, f64::INFINITY, 1e15, 1e7, 1e-6, 100.0, 4.0e5, 1e300] {
            assert_eq!(parts(from_f64(value)), parts(Decimal::from_f64(value)), "{value:?}");
        }
    }

    #[test]
    fn to_f64_is_the_nearest_double() {
        for text in ["0", "87232.01", "-190.85", "0.00006", "123456789012345", "2059.10000000"] {
            let decimal = parse(text).unwrap();
            assert_eq!(to_f64(decimal), text.parse::<f64>().unwrap(), "{text}");
        }
    }
}
