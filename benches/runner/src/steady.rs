//! One caller at a fixed rate, for latencies of tenths of a millisecond: a thread and a connection of its own, and no runtime
//! between the answer and the clock. The last moment before a request is due is spent awake, and so is the wait for its answer:
//! to be woken by the kernel takes longer than a kept answer does.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use fastrand::Rng;

use crate::histogram::Latencies;
use crate::stopwatch::pause_until;
use crate::wire::Frame;

/// So long before its moment the thread wakes up; the kernel's timer is late by less.
const AWAKE: Duration = Duration::from_micros(300);
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks `rate_per_s` times a second for so long; latency runs from the moment in which a request was due. All answers must
/// be data.
///
/// # Errors
/// When an answer is missing or another one.
pub(crate) fn steady(address: SocketAddr, request: &[u8], rate_per_s: u32, duration: Duration) -> anyhow::Result<Latencies> {
    let mut stream = TcpStream::connect(address).context("cannot connect")?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let mut random = Rng::with_seed(rate_per_s.into());
    let mut buffer = vec![0; 64 * 1024];
    let mut latencies = Latencies::new()?;
    let interval = Duration::from_secs(1) / rate_per_s.max(1);
    let mut begin = Instant::now() + interval;
    let deadline = begin + duration;
    while begin < deadline {
        let due = begin + interval.mul_f64(random.f64());
        pause_until(due.checked_sub(AWAKE).unwrap_or(due));
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        exchange(&mut stream, request, &mut buffer)?;
        latencies.record(due.elapsed());
        begin += interval;
    }
    Ok(latencies)
}

fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    stream.write_all(request)?;
    let mut filled = 0;
    let asked = Instant::now();
    loop {
        let read = match stream.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                ensure!(asked.elapsed() < PATIENCE, "an answer did not come");
                std::hint::spin_loop();
                continue;
            }
            read => read?,
        };
        ensure!(read > 0, "the connection was closed");
        filled += read;
        if let Some(frame) = Frame::of(&buffer[..filled])?
            && filled >= frame.bytes()
        {
            return frame.answer(buffer).require_data();
        }
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
    }
}
