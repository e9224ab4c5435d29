//! Cutting bytes into records: JSON lines by newline, a JSON array by bracket depth.

/// One record: its bytes, its number and the line it starts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) index: u64,
    pub(super) line: u64,
}

/// Why a cut failed, at which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) message: &'static str,
}

/// Records of `bytes` in order. A text whose first character is `[` is an array.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    array: bool,
    index: u64,
    line: u64,
    done: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut records = Self { rest: bytes, array: false, index: 0, line: 1, done: false };
        records.skip_space();
        if let [b'[', rest @ ..] = records.rest {
            records.rest = rest;
            records.array = true;
        }
        records
    }

    fn skip_space(&mut self) {
        while let [byte @ (b' ' | b'\t' | b'\r' | b'\n'), rest @ ..] = self.rest {
            self.line += u64::from(*byte == b'\n');
            self.rest = rest;
        }
    }

    fn broken(&mut self, message: &'static str) -> Option<Result<Slice<'a>, Broken>> {
        self.done = true;
        Some(Err(Broken { line: self.line, message }))
    }

    fn next_line(&mut self) -> Option<Result<Slice<'a>, Broken>> {
        self.skip_space();
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        Some(Ok(self.take(end)))
    }

    fn next_element(&mut self) -> Option<Result<Slice<'a>, Broken>> {
        self.skip_space();
        match (self.rest, self.index) {
            ([], _) => return self.broken("the array is not closed"),
            ([b']', rest @ ..], _) => {
                self.rest = rest;
                self.skip_space();
                self.done = true;
                return match self.rest {
                    [] => None,
                    _ => self.broken("text after the end of the array"),
                };
            }
            ([b',', rest @ ..], 1..) => {
                self.rest = rest;
                self.skip_space();
            }
            (_, 1..) => return self.broken("expected \",\" or \"]\" after a record"),
            _ => {}
        }
        match element_end(self.rest) {
            Some(0) => self.broken("expected a record"),
            Some(end) => Some(Ok(self.take(end))),
            None => self.broken("a record is not closed"),
        }
    }

    fn take(&mut self, end: usize) -> Slice<'a> {
        let (bytes, rest) = self.rest.split_at(end);
        let slice = Slice { bytes, index: self.index, line: self.line };
        if self.array {
            self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        }
        self.rest = rest;
        self.index += 1;
        slice
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Slice<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if self.array { self.next_element() } else { self.next_line() }
    }
}

/// Length of the JSON value at the start of `bytes`, found by brackets and quotes alone; whether it
/// is well formed is the parser's business.
fn element_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' if depth == 1 => return Some(at + 1),
            b']' if depth == 1 => return Some(at + 1),
            b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(at)
}

/// Position of the quote that closes a string starting at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<Result<(String, u64), String>> {
        Records::new(text.as_bytes())
            .map(|record| match record {
                Ok(slice) => Ok((String::from_utf8(slice.bytes.to_vec()).unwrap(), slice.line)),
                Err(broken) => Err(format!("{}: {}", broken.line, broken.message)),
            })
            .collect()
    }

    #[test]
    fn lines_skip_blank_lines_and_count_them() {
        assert_eq!(
            cut("\u{feff}{\"a\":1}\n\n  {\"b\":2}\r\n"),
            [Ok(("{\"a\":1}".into(), 1)), Ok(("{\"b\":2}\r".into(), 3))]
        );
    }

    #[test]
    fn arrays_are_cut_by_depth_and_strings_are_opaque() {
        assert_eq!(
            cut("[\n {\"a\":\"}],\\\"{\"},\n\n {\"b\":[1,{}]} ]\n"),
            [Ok(("{\"a\":\"}],\\\"{\"}".into(), 2)), Ok(("{\"b\":[1,{}]}".into(), 4))]
        );
        assert_eq!(cut("[]"), []);
    }

    #[test]
    fn broken_arrays_say_where() {
        assert_eq!(cut("[")[0], Err("1: the array is not closed".into()));
        assert_eq!(cut("[{}\n")[1], Err("2: the array is not closed".into()));
        assert_eq!(cut("[{} {}]")[1], Err("1: expected \",\" or \"]\" after a record".into()));
        assert_eq!(cut("[\n{\"a\":\"")[0], Err("2: a record is not closed".into()));
        assert_eq!(cut("[{}] x")[1], Err("1: text after the end of the array".into()));
        assert_eq!(cut("[,]")[0], Err("1: expected a record".into()));
    }
}
