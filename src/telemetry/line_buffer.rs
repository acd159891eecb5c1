//! Gathers lines and writes many of them at once, on a thread of its own: a terminal or a pipe that does not take them holds
//! up nobody.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::rfc3339;

/// Longest time that a line waits.
const WRITE_EVERY: Duration = Duration::from_millis(100);
/// So much is written without waiting longer: what a pipe takes at once. Four times as much is no faster.
const WRITE_AT_BYTES: usize = 64 * 1024;
/// When nobody takes what is written, further lines are left out beyond this.
const GATHERED_MAX_BYTES: usize = 8 * 1024 * 1024;

/// Lines that wait to be written.
#[derive(Debug)]
pub struct LineBuffer {
    gathered: Mutex<Gathered>,
    enough: Condvar,
}

#[derive(Debug, Default)]
struct Gathered {
    lines: Vec<u8>,
    left_out: u64,
    /// The timestamp of the last line, and its text: many lines have the same.
    at_ms: i64,
    timestamp: String,
    flushes_wanted: u64,
    flushes_done: u64,
}

impl LineBuffer {
    /// Writes to `out` from now on, until nobody appends any more.
    pub fn to(mut out: impl Write + Send + 'static) -> Arc<Self> {
        let buffer = Arc::new(Self { gathered: Mutex::default(), enough: Condvar::new() });
        let shared = Arc::downgrade(&buffer);
        let writer = move || {
            let mut lines = Vec::new();
            while let Some(buffer) = shared.upgrade() {
                buffer.take(&mut lines);
                // Whoever reads the log has gone: there is nobody to tell.
                let _ = out.write_all(&lines).and_then(|()| out.flush());
                lines.clear();
                buffer.note_flushed();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("request-log".to_owned()).spawn(writer) {
            tracing::error!(%error, "no thread for the lines about requests; they are left out");
        }
        buffer
    }

    /// Adds a line that `write` writes; it is given the time of day in RFC 3339.
    pub(super) fn append(&self, now_ms: i64, write: impl FnOnce(&str, &mut Vec<u8>)) {
        let mut gathered = self.lock();
        if gathered.lines.len() > GATHERED_MAX_BYTES {
            gathered.left_out += 1;
            return;
        }
        if gathered.at_ms != now_ms || gathered.timestamp.is_empty() {
            gathered.at_ms = now_ms;
            gathered.timestamp = rfc3339(now_ms);
        }
        let Gathered { lines, timestamp, .. } = &mut *gathered;
        let before = lines.len();
        write(timestamp, lines);
        lines.push(b'\n');
        let is_enough = before < WRITE_AT_BYTES && lines.len() >= WRITE_AT_BYTES;
        // The writer would wake only to wait for this lock.
        drop(gathered);
        if is_enough {
            self.enough.notify_one();
        }
    }

    /// Waits until everything appended before has been written, at most for a second.
    pub(super) fn flush(&self) {
        let mut gathered = self.lock();
        gathered.flushes_wanted += 1;
        let wanted = gathered.flushes_wanted;
        self.enough.notify_all();
        let _ = self.enough.wait_timeout_while(gathered, Duration::from_secs(1), |gathered| gathered.flushes_done < wanted);
    }

    /// Waits until there is something to write, and swaps it into `lines`, which is empty.
    fn take(&self, lines: &mut Vec<u8>) {
        let gathered = self.lock();
        let idle =
            |gathered: &mut Gathered| gathered.lines.len() < WRITE_AT_BYTES && gathered.flushes_wanted == gathered.flushes_done;
        let waited = self.enough.wait_timeout_while(gathered, WRITE_EVERY, idle);
        let (mut gathered, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut gathered.lines, lines);
        if gathered.left_out > 0 {
            let left_out = std::mem::take(&mut gathered.left_out);
            let line = format!("{{\"level\":\"WARN\",\"fields\":{{\"message\":\"lines left out\",\"count\":{left_out}}}}}\n");
            lines.extend_from_slice(line.as_bytes());
        }
    }

    fn note_flushed(&self) {
        let mut gathered = self.lock();
        if gathered.lines.is_empty() {
            gathered.flushes_done = gathered.flushes_wanted;
            self.enough.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_out_whole_and_in_order_with_their_time() {
        let sink = Sink::default();
        let buffer = LineBuffer::to(sink.clone());
        for n in 0..3 {
            buffer.append(1_735_689_600_000 + n, |timestamp, out| out.extend_from_slice(format!("{timestamp} {n}").as_bytes()));
        }
        buffer.flush();
        let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let expected = "2025-01-01T00:00:00.000Z 0\n2025-01-01T00:00:00.001Z 1\n2025-01-01T00:00:00.002Z 2\n";
        assert_eq!(written, expected);
    }
}
