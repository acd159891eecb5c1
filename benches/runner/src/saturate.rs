//! A closed loop that is as fast as the server: each connection sends its request over and over, and what came back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::door::Outcome;
use crate::wire::Wire;

/// Enough to keep a server busy that answers within microseconds, few enough to be a usual number.
pub(crate) const CONNECTIONS: usize = 32;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the load does while no answer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Between {
    /// It looks again and again. To be woken on another core is work of the server's core, and the more of it the slower the
    /// server is: without that, servers are compared rather than schedulers.
    Awake,
    /// It leaves its core to the databases.
    Asleep,
}

/// How a closed loop went.
#[derive(Debug, Default)]
pub(crate) struct Saturated {
    /// Answers.
    pub(crate) answered: u64,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Answers by how they came about.
    pub(crate) outcomes: HashMap<Outcome, u64>,
}

impl Saturated {
    /// Answers per second.
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    pub(crate) fn per_s(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }

    /// Which part of the answers came about like this.
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    pub(crate) fn share(&self, outcome: Outcome) -> f64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0) as f64 / self.answered.max(1) as f64
    }
}

/// Asks for so long, the connections one of `requests` each; every answer must be data, of `body_bytes` bytes.
///
/// # Errors
/// When an answer is missing or another one.
pub(crate) async fn saturate(
    address: SocketAddr,
    requests: &[Bytes],
    body_bytes: usize,
    duration: Duration,
    between: Between,
) -> anyhow::Result<Saturated> {
    let mut awake = JoinSet::new();
    if between == Between::Awake {
        awake.spawn(stay_awake());
    }
    let mut wires = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        wires.push(Wire::open(address).await?);
    }
    let started = Instant::now();
    let deadline = started + duration;
    let mut workers = JoinSet::new();
    for (wire, request) in wires.into_iter().zip(requests.iter().cycle()) {
        workers.spawn(timeout(duration + PATIENCE, until(deadline, wire, request.clone(), body_bytes)));
    }
    let mut all = Saturated::default();
    while let Some(part) = workers.join_next().await {
        let outcomes = part?.context("an answer did not come")??;
        for (outcome, number) in outcomes {
            all.answered += number;
            *all.outcomes.entry(outcome).or_default() += number;
        }
    }
    all.took = started.elapsed();
    Ok(all)
}

async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

async fn until(deadline: Instant, mut wire: Wire, request: Bytes, body_bytes: usize) -> anyhow::Result<Vec<(Outcome, u64)>> {
    let mut outcomes: Vec<(Outcome, u64)> = Vec::new();
    while Instant::now() < deadline {
        let answer = wire.exchange(&request).await?;
        ensure!(answer.status == 200 && answer.body.len() == body_bytes, "another answer: {}", answer.summary());
        let outcome = answer.outcome();
        match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, number)) => *number += 1,
            None => outcomes.push((outcome, 1)),
        }
    }
    Ok(outcomes)
}
