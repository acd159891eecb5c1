//! A lean HTTP/1.1 client: a kept-alive connection, requests made beforehand, one write and nearly always one read for each.
//! It must be faster than the fastest server it measures, on a core that it shares with the databases.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::door::Outcome;

/// Bytes of an answer that are read at once; more of them make room for themselves.
const BUFFER_BYTES: usize = 64 * 1024;
const MOST_HEADERS: usize = 48;
/// What an answer with failures holds.
const ERRORS: &[u8] = b"\"errors\":";

/// An open connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Whether anything came back for the last request.
    heard: bool,
}

/// An answer, in the connection's buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// Its status.
    pub(crate) status: u16,
    head: &'a [u8],
    /// Its body.
    pub(crate) body: &'a [u8],
}

/// Where an answer ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    status: u16,
    head_bytes: usize,
    body_bytes: usize,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES], heard: false })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no HTTP/1.1.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.heard = false;
        self.stream.write_all(request).await.context("writing")?;
        let (mut filled, mut frame) = (0, None);
        let frame = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.context("reading")?;
            ensure!(read > 0, "the connection was closed after {filled} bytes of an answer");
            filled += read;
            self.heard = true;
            if frame.is_none() {
                frame = Frame::of(&self.buffer[..filled])?;
            }
            match frame {
                Some(frame) if filled >= frame.bytes() => break frame,
                _ if filled == self.buffer.len() => self.buffer.resize(filled * 2, 0),
                _ => {}
            }
        };
        ensure!(filled == frame.bytes(), "more than one answer");
        Ok(frame.answer(&self.buffer))
    }

    /// Whether anything came back for the last request.
    pub(crate) fn heard(&self) -> bool {
        self.heard
    }
}

impl Frame {
    /// Reads the head of an answer; `None` while it is not complete.
    ///
    /// # Errors
    /// When it is no answer of HTTP/1.1 with a length.
    pub(crate) fn of(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head_bytes) = response.parse(bytes).context("no HTTP answer")? else { return Ok(None) };
        let status = response.code.context("no status")?;
        let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let body_bytes = match length {
            Some(length) => std::str::from_utf8(length.value)?.parse().context("content-length")?,
            None if status == 204 || status == 304 => 0,
            None => bail!("an answer {status} without its length"),
        };
        Ok(Some(Self { status, head_bytes, body_bytes }))
    }

    /// Bytes of head and body.
    pub(crate) fn bytes(self) -> usize {
        self.head_bytes + self.body_bytes
    }

    /// The answer in a buffer that holds all of it.
    pub(crate) fn answer(self, buffer: &[u8]) -> Answer<'_> {
        let (head, rest) = buffer.split_at(self.head_bytes);
        Answer { status: self.status, head, body: &rest[..self.body_bytes] }
    }
}

impl<'a> Answer<'a> {
    /// The value of a header; `name` in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        let lines = self.head.split(|byte| *byte == b'\n').skip(1);
        let mut named = lines.filter(|line| {
            line.len() > name.len() && line[name.len()] == b':' && line[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        });
        named.next().and_then(|line| std::str::from_utf8(&line[name.len() + 1..]).ok()).map(str::trim)
    }

    /// How it came about.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::of(|name| self.header(name))
    }

    /// Whether it is data without errors.
    pub(crate) fn is_data(&self) -> bool {
        self.status == 200 && memchr::memmem::find(self.body, ERRORS).is_none()
    }

    /// Refuses everything but data without errors.
    ///
    /// # Errors
    /// The status and the beginning of the body.
    pub(crate) fn require_data(&self) -> anyhow::Result<()> {
        ensure!(self.is_data(), "{}", self.summary());
        Ok(())
    }

    /// The status and the beginning of the body, for people.
    pub(crate) fn summary(&self) -> String {
        format!("{}: {}", self.status, String::from_utf8_lossy(&self.body[..self.body.len().min(300)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nCache-Status: farmlokal; hit; detail=shared\r\ncontent-length: 3\r\ncache-status-age: 1\r\n\r\nabc";

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let frame = Frame::of(ANSWER).unwrap().unwrap();
        assert_eq!((frame.status, frame.bytes()), (200, ANSWER.len()));
        assert!(Frame::of(&ANSWER[..40]).unwrap().is_none());
        assert!(Frame::of(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn headers_are_found_by_their_whole_name() {
        let answer = Answer { status: 200, head: &ANSWER[..ANSWER.len() - 3], body: b"abc" };
        assert_eq!(answer.header("cache-status"), Some("farmlokal; hit; detail=shared"));
        assert_eq!(answer.header("cache"), None);
        assert_eq!(answer.outcome(), Outcome::Redis);
    }
}
