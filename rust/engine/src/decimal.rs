//! Decimals at the edges: exact parsing, and a fast conversion to `f64` for marks.

pub use rust_decimal::Decimal;

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

/// Nearest `f64`, correctly rounded whenever mantissa and scale are exact in `f64` (every price and
/// quantity of up to 15 digits), and within one unit in the last place otherwise.
#[inline]
pub(crate) fn to_f64(value: Decimal) -> f64 {
    let mantissa = value.mantissa();
    // Nearly always; converting 128 bits takes a library call.
    let mantissa = i64::try_from(mantissa).map_or(mantissa as f64, |small| small as f64);
    match POW10.get(value.scale() as usize) {
        Some(power) => mantissa / power,
        None => mantissa / 10f64.powi(value.scale() as i32),
    }
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

    #[test]
    fn to_f64_is_the_nearest_double() {
        for text in ["0", "87232.01", "-190.85", "0.00006", "123456789012345", "2059.10000000"] {
            let decimal = parse(text).unwrap();
            assert_eq!(to_f64(decimal), text.parse::<f64>().unwrap(), "{text}");
        }
    }
}
