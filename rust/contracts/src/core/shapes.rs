//! Shapes of names as the schemas have them, without an engine for patterns: these run for every
//! member of every input. A test holds each to its definition.

/// Letters, digits and `._:/@+-`, beginning with a letter or digit; at most 128.
pub(super) fn is_id(text: &str) -> bool {
    let sign = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b':' | b'/' | b'@' | b'+' | b'-')
    };
    text.len() <= 128
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && text.as_bytes().iter().all(sign)
}

/// Base and quote currency, and what else tells instruments apart behind a colon.
pub(super) fn is_instrument(text: &str) -> bool {
    let Some((base, rest)) = text.split_once('/') else { return false };
    let (quote, kind) = match rest.split_once(':') {
        Some((quote, kind)) => (quote, Some(kind)),
        None => (rest, None),
    };
    let sign = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'-')
    };
    is_code(base, 1)
        && is_code(quote, 2)
        && kind.is_none_or(|kind| (1..=32).contains(&kind.len()) && kind.bytes().all(sign))
}

/// The code of a currency.
pub(super) fn is_currency(text: &str) -> bool {
    is_code(text, 2)
}

fn is_code(text: &str, least: usize) -> bool {
    (least..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// How long a bar is: a number and a unit.
pub(super) fn is_timeframe(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [b'1'..=b'9', rest @ .., b's' | b'm' | b'h' | b'd' | b'w']
            if rest.len() <= 4 && rest.iter().all(u8::is_ascii_digit)
    )
}

/// The id of a trace; of zeros it is none.
pub(super) fn is_trace_id(text: &str) -> bool {
    is_marked(text, 32)
}

/// The id of a span; of zeros it is none.
pub(super) fn is_span_id(text: &str) -> bool {
    is_marked(text, 16)
}

fn is_marked(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.bytes().any(|byte| byte != b'0')
}

/// A key that an input counts once under.
pub(super) fn is_key(text: &str) -> bool {
    !text.is_empty() && is_within(text, 200)
}

/// Words for people: why something was done, or a note.
pub(super) fn is_reason(text: &str) -> bool {
    is_within(text, 256)
}

/// A word of a strategy's own on an order.
pub(super) fn is_tag(text: &str) -> bool {
    is_within(text, 64)
}

/// Whether a text has at most so many characters, which is what the schemas count.
fn is_within(text: &str, most: usize) -> bool {
    text.len() <= most || text.chars().count() <= most
}
