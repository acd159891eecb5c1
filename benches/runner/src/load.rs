//! Load: an open loop with a fixed rate, and a closed loop that is as fast as the server.
//!
//! **Open loop.** When a request is due is decided beforehand, at fixed intervals with jitter, whatever the server does;
//! its latency runs from the moment it was *due*, so a server that stalls pays for everyone who waited ("coordinated
//! omission"). A thread of its own keeps the time, because the runtime's timer has steps of a millisecond.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use fastrand::Rng;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::http_client::Connection;
use crate::pacer::pace;

/// Connections of the open loop; more requests than these wait for one, and that counts.
const CONNECTIONS: usize = 32;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests of several kinds.
#[derive(Debug, Clone)]
pub(crate) struct Mix {
    /// Of each kind, some bodies to choose from.
    pub(crate) bodies: Arc<[Vec<Bytes>]>,
}

/// How an open loop went.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Kind and latency of each answer.
    pub(crate) latencies: Vec<(usize, Duration)>,
    /// Requests without a right answer.
    pub(crate) failed: u64,
    /// What was wrong with the first of them.
    pub(crate) first_failure: Option<String>,
}

/// A request that is due.
struct Due {
    at: Instant,
    kind: usize,
    body: Bytes,
}

impl Mix {
    /// One kind.
    pub(crate) fn of_one(bodies: Vec<Bytes>) -> Self {
        Self { bodies: vec![bodies].into() }
    }

    /// A random body of a random kind.
    fn choose(&self, random: &mut Rng) -> Option<(usize, Bytes)> {
        let kind = random.usize(..self.bodies.len());
        random.choice(&self.bodies[kind]).map(|body| (kind, body.clone()))
    }
}

/// Asks `rate_per_s` times a second for so long, and waits for all answers.
///
/// # Errors
/// When the server cannot be reached at all.
pub(crate) async fn open_loop(
    address: SocketAddr,
    mix: &Mix,
    rate_per_s: u32,
    duration: Duration,
    seed: u64,
) -> anyhow::Result<Outcome> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await?);
    }
    let (sender, due) = mpsc::unbounded_channel();
    let mix = mix.clone();
    let pacer = std::thread::spawn(move || keep_time(&mix, rate_per_s, duration, seed, &sender));
    let due = Arc::new(Mutex::new(due));
    let mut workers = JoinSet::new();
    for connection in connections {
        workers.spawn(answer_due(connection, address, Arc::clone(&due)));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = workers.join_next().await {
        outcome.add(part?);
    }
    pacer.join().ok().context("the thread that keeps the time died")?;
    Ok(outcome)
}

/// Sends each request when it is due.
fn keep_time(mix: &Mix, rate_per_s: u32, duration: Duration, seed: u64, sender: &mpsc::UnboundedSender<Due>) {
    let deadline = Instant::now() + duration;
    pace(rate_per_s, &mut Rng::with_seed(seed), |at, random| {
        let Some((kind, body)) = mix.choose(random) else { return ControlFlow::Break(()) };
        let heard = sender.send(Due { at, kind, body }).is_ok();
        if heard && Instant::now() < deadline { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
}

async fn answer_due(mut connection: Connection, address: SocketAddr, due: Arc<Mutex<mpsc::UnboundedReceiver<Due>>>) -> Outcome {
    let mut outcome = Outcome::default();
    loop {
        let next = due.lock().await.recv().await;
        let Some(Due { at, kind, body }) = next else { return outcome };
        match ask(&mut connection, body).await {
            Ok(()) => outcome.latencies.push((kind, at.elapsed())),
            Err(error) => {
                outcome.failed += 1;
                outcome.first_failure.get_or_insert_with(|| format!("{error:#}"));
                // The old connection may be in the middle of an answer.
                if let Ok(fresh) = Connection::open(address).await {
                    connection = fresh;
                }
            }
        }
    }
}

async fn ask(connection: &mut Connection, body: Bytes) -> anyhow::Result<()> {
    timeout(PATIENCE, connection.post(body)).await.context("no answer")??.require_data()
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }
}

/// Asks one and the same thing over and over on some connections; gives how often it was answered.
///
/// # Errors
/// When an answer is missing or not data.
pub(crate) async fn closed_loop(
    address: SocketAddr,
    body: &Bytes,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<u64> {
    let deadline = Instant::now() + duration;
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let body = body.clone();
        workers.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut answered: u64 = 0;
            while Instant::now() < deadline {
                ask(&mut connection, body.clone()).await?;
                answered += 1;
            }
            anyhow::Ok(answered)
        });
    }
    let mut answered = 0;
    while let Some(part) = workers.join_next().await {
        answered += part??;
    }
    Ok(answered)
}
