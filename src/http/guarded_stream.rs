//! A connection that neither waits for ever nor lets an ambiguous head through.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::has_budget_remaining;
use tokio::time::{Instant, Sleep, sleep_until};

use super::head_watch::{HeadWatch, Phase};

/// How long a connection may be idle, at least: longer than the 60 s for which usual load balancers keep theirs, so that none
/// sends a request into a connection that is being closed. At most twice as long, see [`GuardedStream::was_active`].
const IDLE: Duration = Duration::from_secs(75);

/// How long a caller may leave an answer untaken.
const WRITE_STALL: Duration = Duration::from_secs(30);

/// How long a connection is still read after the server closed its side. Closing with unread bytes would throw away what
/// was sent last, which is the answer that says why.
const LINGER: Duration = Duration::from_secs(2);

/// Wraps the stream of one connection.
#[derive(Debug)]
pub(super) struct GuardedStream<S> {
    stream: S,
    heads: HeadWatch,
    head_timeout: Duration,
    read_deadline: Instant,
    /// Whether anything came or went between heads since the deadline was set. It is set anew only when it has passed:
    /// reading the clock for every request would cost more than all else here.
    was_active: bool,
    /// Set while nothing can be written.
    write_deadline: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
    /// Whom the alarm wakes: it need not be told again for every request.
    alarmed: Option<Waker>,
    /// Whether a head was refused; nothing is read behind it.
    refused: bool,
    /// Whether our side is closed.
    closed: bool,
    /// Set when the caller was still sending when our side was closed.
    linger_until: Option<Instant>,
}

impl<S> GuardedStream<S> {
    /// A fresh connection; `head_timeout` is the longest time for a head to arrive.
    pub(super) fn new(stream: S, head_timeout: Duration) -> Self {
        let read_deadline = Instant::now() + head_timeout;
        let alarm = Box::pin(sleep_until(read_deadline));
        Self {
            stream,
            heads: HeadWatch::new(),
            head_timeout,
            read_deadline,
            was_active: false,
            write_deadline: None,
            alarm,
            alarmed: None,
            refused: false,
            closed: false,
            linger_until: None,
        }
    }

    /// The deadline counts from the beginning of a head, but from the last byte between heads.
    fn move_read_deadline(&mut self, before: Phase) {
        let phase = self.heads.phase();
        if phase != Phase::Head {
            self.was_active = true;
        } else if before != Phase::Head && before != Phase::Fresh {
            self.read_deadline = Instant::now() + self.head_timeout;
            self.was_active = false;
        }
    }

    /// An error once a deadline has passed; else the task is woken by then.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let deadline = self.deadline();
            // Deadlines mostly move away: the alarm is set anew only when it has rung, or would ring too late.
            if self.alarm.deadline() > deadline {
                self.alarm.as_mut().reset(deadline);
                self.alarmed = None;
            }
            if self.alarmed.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) && !self.alarm.is_elapsed() {
                return Poll::Pending;
            }
            // A task that has done enough for now is sent away before the alarm hears of it.
            self.alarmed = has_budget_remaining().then(|| cx.waker().clone());
            ready!(self.alarm.as_mut().poll(cx));
            let now = Instant::now();
            if std::mem::take(&mut self.was_active) {
                self.read_deadline = now + IDLE;
            }
            let deadline = self.deadline();
            if now >= deadline {
                return Poll::Ready(io::Error::new(ErrorKind::TimedOut, "the connection was silent for too long"));
            }
            self.alarm.as_mut().reset(deadline);
            self.alarmed = None;
        }
    }

    fn deadline(&self) -> Instant {
        self.write_deadline.map_or(self.read_deadline, |write| write.min(self.read_deadline))
    }

    /// What a write gives, with a deadline as long as nothing can be written.
    fn guard_write<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_deadline = None;
            // An answer under way keeps a connection from being idle.
            self.was_active |= self.heads.phase() != Phase::Head;
            return written;
        }
        self.write_deadline.get_or_insert_with(|| Instant::now() + WRITE_STALL);
        self.poll_deadline(cx).map(Err)
    }
}

impl<S: AsyncRead + Unpin> GuardedStream<S> {
    /// Reads and forgets what the caller is still sending; ready when it has ended, or it is time.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 8_192];
        loop {
            let mut buf = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.linger_until.get_or_insert_with(|| Instant::now() + LINGER);
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    // Nothing was unread, so nothing gets lost.
                    let Some(until) = self.linger_until else { return Poll::Ready(()) };
                    (self.read_deadline, self.write_deadline, self.was_active) = (until, None, false);
                    return self.poll_deadline(cx).map(|_| ());
                }
            }
        }
    }
}

/// Makes the end of a head one that cannot be read, so that it is answered with 400. It has to end all the same: hyper looks
/// at a head that came in pieces only when it is complete.
fn spoil(head: &mut [u8]) {
    let end = head.len().saturating_sub(2);
    let (zeroes, newlines) = head.split_at_mut(end);
    zeroes.fill(0);
    newlines.fill(if zeroes.is_empty() { 0 } else { b'\n' });
}

impl<S: AsyncRead + Unpin> AsyncRead for GuardedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.refused {
            return Poll::Ready(Ok(()));
        }
        let filled = buf.filled().len();
        if Pin::new(&mut self.stream).poll_read(cx, buf)?.is_pending() {
            return self.poll_deadline(cx).map(Err);
        }
        let before = self.heads.phase();
        let fresh = &mut buf.filled_mut()[filled..];
        if self.heads.feed(fresh).is_err() {
            self.refused = true;
            spoil(fresh);
        }
        self.move_read_deadline(before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for GuardedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.guard_write(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.guard_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closed {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.closed = true;
        }
        self.poll_linger(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const HEAD_TIMEOUT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_silent_connection_and_a_dribbled_head_are_cut() {
        for sent in ["", "GET / HTTP/1.1\r\nHost:"] {
            let (mut client, server) = duplex(1_024);
            client.write_all(sent.as_bytes()).await.unwrap();
            let mut guarded = GuardedStream::new(server, HEAD_TIMEOUT);
            let mut read = Vec::new();
            let error = guarded.read_to_end(&mut read).await.unwrap_err();
            assert_eq!((error.kind(), read.as_slice()), (ErrorKind::TimedOut, sent.as_bytes()));
        }
    }

    #[tokio::test]
    async fn an_alarm_that_did_not_hear_of_its_task_is_told_again() {
        let (_client, server) = duplex(64);
        let mut guarded = GuardedStream::new(server, HEAD_TIMEOUT);
        let (mut bytes, mut has_worked) = ([0; 8], false);
        let read = std::future::poll_fn(|cx| {
            // All that a task may do at a time is done before the first look.
            while !has_worked && let Poll::Ready(spent) = tokio::task::coop::poll_proceed(cx) {
                spent.made_progress();
            }
            has_worked = true;
            Pin::new(&mut guarded).poll_read(cx, &mut ReadBuf::new(&mut bytes))
        });
        let read = tokio::time::timeout(HEAD_TIMEOUT * 100, read).await.expect("the alarm rings");
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn between_requests_a_connection_may_be_idle() {
        let (mut client, server) = duplex(1_024);
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut guarded = GuardedStream::new(server, HEAD_TIMEOUT);
        let mut read = Vec::new();
        let waited = tokio::time::timeout(HEAD_TIMEOUT * 3, guarded.read_to_end(&mut read)).await;
        assert!(waited.is_err(), "still waiting for the next request");
    }

    #[tokio::test]
    async fn an_ambiguous_head_cannot_be_read() {
        let (mut client, server) = duplex(1_024);
        client.write_all(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        drop(client);
        let mut read = Vec::new();
        GuardedStream::new(server, HEAD_TIMEOUT).read_to_end(&mut read).await.unwrap();
        assert!(read.contains(&0) && !read.ends_with(b"\r\n\r\n"));
    }
}
