//! Follows the bytes of an HTTP/1.1 connection just far enough to know when a head begins and ends.
//!
//! Two things need it. The deadline for heads must not be the one for idle connections, which proxies keep open for a
//! minute. And a head with both `Content-Length` and `Transfer-Encoding` must be refused: hyper reads it by the latter, as
//! it may (RFC 9112, 6.3), but a proxy before it that reads it by the former sees another next request.

/// Start of every HTTP/2 connection; no HTTP/1 method is called so.
const HTTP2_PREFACE: &[u8] = b"PRI ";

/// Longest beginning of a line that is kept: room for both names and any length.
const KEPT_CHARS: usize = 64;

/// Where in the conversation a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte has come yet.
    Fresh,
    /// In the middle of a head.
    Head,
    /// A head has been read; its body or the next head may come.
    Between,
    /// Not followed: HTTP/2, or behind a chunked body.
    Unknown,
}

/// A head that two readers may read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous;

/// Follows one connection.
#[derive(Debug)]
pub(super) struct HeadWatch {
    phase: Phase,
    /// The beginning of the current line, when it began in an earlier piece.
    line: Vec<u8>,
    is_first_line: bool,
    content_length: Option<u64>,
    has_transfer_encoding: bool,
    /// Bytes of a body that are still to come.
    body_left: u64,
}

impl HeadWatch {
    /// A connection without a byte.
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Fresh,
            line: Vec::new(),
            is_first_line: true,
            content_length: None,
            has_transfer_encoding: false,
            body_left: 0,
        }
    }

    /// Where the connection is.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Takes note of bytes that came in.
    ///
    /// # Errors
    /// When a head in them must be refused.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Ambiguous> {
        while !bytes.is_empty() && self.phase != Phase::Unknown {
            if self.body_left > 0 {
                let skipped = bytes.len().min(usize::try_from(self.body_left).unwrap_or(usize::MAX));
                self.body_left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                self.begin_line(bytes);
                return Ok(());
            };
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.line.is_empty() {
                self.end_line(line)?;
            } else {
                self.begin_line(line);
                let line = std::mem::take(&mut self.line);
                self.end_line(&line)?;
            }
            bytes = rest;
        }
        Ok(())
    }

    /// Keeps the beginning of a line whose end has not come yet.
    fn begin_line(&mut self, part: &[u8]) {
        let room = KEPT_CHARS.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        self.phase = Phase::Head;
        if self.is_first_line && self.line.starts_with(HTTP2_PREFACE) {
            self.phase = Phase::Unknown;
        }
    }

    fn end_line(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.is_first_line {
            // Empty lines before a request are skipped (RFC 9112, 2.2).
            if !line.is_empty() {
                self.is_first_line = false;
                self.phase = if line.starts_with(HTTP2_PREFACE) { Phase::Unknown } else { Phase::Head };
            }
            return Ok(());
        }
        if line.is_empty() {
            return self.end_head();
        }
        if let Some(value) = value_of(line, b"content-length") {
            let length = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            // hyper refuses what is not a number; nothing behind it is read.
            self.content_length = Some(length.unwrap_or(u64::MAX));
        } else if value_of(line, b"transfer-encoding").is_some() {
            self.has_transfer_encoding = true;
        }
        Ok(())
    }

    fn end_head(&mut self) -> Result<(), Ambiguous> {
        let length = self.content_length.take();
        if self.has_transfer_encoding {
            self.phase = Phase::Unknown;
            return if length.is_some() { Err(Ambiguous) } else { Ok(()) };
        }
        self.body_left = length.unwrap_or(0);
        self.is_first_line = true;
        self.phase = Phase::Between;
        Ok(())
    }
}

/// The value of a header line, when it is this header (in small letters).
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (own, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    own.eq_ignore_ascii_case(name).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phase after these bytes, the same however they are cut into pieces.
    fn after(bytes: &str) -> Result<Phase, Ambiguous> {
        let mut whole = HeadWatch::new();
        let seen = whole.feed(bytes.as_bytes()).map(|()| whole.phase());
        let mut single = HeadWatch::new();
        let byte_by_byte = bytes.as_bytes().chunks(1).try_for_each(|byte| single.feed(byte)).map(|()| single.phase());
        assert_eq!(byte_by_byte, seen, "{bytes}");
        seen
    }

    #[test]
    fn heads_begin_and_end() {
        assert_eq!(after(""), Ok(Phase::Fresh));
        assert_eq!(after("G"), Ok(Phase::Head));
        assert_eq!(after("GET / HTTP/1.1\r\nHost: a\r\n"), Ok(Phase::Head));
        assert_eq!(after("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(Phase::Between));
        assert_eq!(after("GET / HTTP/1.1\n\nGET /"), Ok(Phase::Head));
    }

    #[test]
    fn a_body_is_not_taken_for_a_head() {
        let head = "POST / HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\n";
        assert_eq!(after(&format!("{head}ab\n\nc")), Ok(Phase::Between));
        assert_eq!(after(&format!("{head}abcdeGET / HTTP/1.1\r\n")), Ok(Phase::Head));
    }

    #[test]
    fn two_ways_to_tell_the_length_are_refused_in_either_order() {
        let (length, chunked) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
        for headers in [format!("{length}{chunked}"), format!("{chunked}X: y\r\n{length}")] {
            assert_eq!(after(&format!("POST / HTTP/1.1\r\n{headers}\r\n")), Err(Ambiguous));
            assert_eq!(after(&format!("GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\n{headers}\r\n")), Err(Ambiguous));
        }
        assert_eq!(after(&format!("POST / HTTP/1.1\r\n{chunked}\r\n0\r\n\r\n")), Ok(Phase::Unknown));
    }

    #[test]
    fn http2_is_left_alone() {
        assert_eq!(after("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Ok(Phase::Unknown));
    }
}
