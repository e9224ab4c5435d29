//! Batches of lines.

/// Lines without their line feeds; none after the last one.
pub(super) fn split(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let none = lines.is_empty();
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    lines.split(|&byte| byte == b'\n').skip(usize::from(none))
}
