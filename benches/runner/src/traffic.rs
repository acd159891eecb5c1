//! People who come whether or not the last one has been served: an open loop over one or several servers, which runs beside
//! whatever is done to them meanwhile, and keeps what became of each request.
//!
//! As in [`crate::load`], latency runs from the moment in which a request was due. Nobody waits for anybody else: each request
//! takes an idle connection or opens one.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use fastrand::Rng;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::door::{COST, Outcome, RETRY_AFTER, STALE_MARK};
use crate::histogram::Latencies;
use crate::pacer::pace;
use crate::wire::{Answer, Wire};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Which of the servers.
    pub(crate) server: usize,
    /// For whoever counts: what kind of request it is.
    pub(crate) kind: usize,
    /// Its bytes.
    pub(crate) request: Bytes,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// What kind of request it was.
    pub(crate) kind: usize,
    /// When it was due.
    pub(crate) due: Instant,
    /// From then to the end of its answer.
    pub(crate) latency: Duration,
    /// Status of the answer; 0 without one.
    pub(crate) status: u16,
    /// Whether the answer is data without errors.
    pub(crate) is_data: bool,
    /// Whether it says when to come back.
    pub(crate) has_retry_after: bool,
    /// How it came about.
    pub(crate) outcome: Outcome,
    /// Points that it cost, if the server says so.
    pub(crate) cost: Option<usize>,
    /// Whether it is marked as older than it should be.
    pub(crate) marked_stale: bool,
    /// What is wrong with it, for people.
    pub(crate) complaint: Option<String>,
}

/// Looks at each answer: the request, when it was sent, the answer.
pub(crate) type Inspect = dyn Fn(&Ask, Instant, &Answer<'_>) + Send + Sync;

/// Requests that are being sent.
#[derive(Debug)]
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    told: JoinHandle<anyhow::Result<Vec<Told>>>,
}

/// What all requests share.
struct Street {
    addresses: Vec<SocketAddr>,
    /// Idle connections to each server; the last one used is taken first.
    idle: Vec<Mutex<Vec<Wire>>>,
    inspect: Option<Box<Inspect>>,
}

impl Traffic {
    /// Begins to send what `choose` gives, so many requests a second.
    pub(crate) fn start(
        runtime: &Runtime,
        addresses: Vec<SocketAddr>,
        rate_per_s: u32,
        choose: impl FnMut(&mut Rng) -> Ask + Send + 'static,
        inspect: Option<Box<Inspect>>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, due) = mpsc::unbounded_channel();
        let idle = addresses.iter().map(|_| Mutex::default()).collect();
        let street = Arc::new(Street { addresses, idle, inspect });
        let told = runtime.spawn(serve_due(street, due));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || keep_time(rate_per_s, choose, &sender, &stopped));
        Self { stop, told }
    }

    /// Sends no more.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Sends no more, waits for what is under way, and gives all of it.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn finish(self, runtime: &Runtime) -> anyhow::Result<Vec<Told>> {
        self.stop();
        runtime.block_on(self.told).context("the traffic")?
    }
}

fn keep_time(
    rate_per_s: u32,
    mut choose: impl FnMut(&mut Rng) -> Ask,
    sender: &mpsc::UnboundedSender<(Instant, Ask)>,
    stopped: &AtomicBool,
) {
    pace(rate_per_s, &mut Rng::with_seed(rate_per_s.into()), |at, random| {
        let heard = sender.send((at, choose(random))).is_ok();
        if heard && !stopped.load(Ordering::Relaxed) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
}

async fn serve_due(street: Arc<Street>, mut due: mpsc::UnboundedReceiver<(Instant, Ask)>) -> anyhow::Result<Vec<Told>> {
    let mut told = Vec::new();
    let mut under_way = JoinSet::new();
    while let Some((at, ask)) = due.recv().await {
        let street = Arc::clone(&street);
        under_way.spawn(async move { street.send(at, &ask).await });
        while let Some(done) = under_way.try_join_next() {
            told.push(done?);
        }
    }
    while let Some(done) = under_way.join_next().await {
        told.push(done?);
    }
    Ok(told)
}

impl Street {
    async fn send(&self, due: Instant, ask: &Ask) -> Told {
        let mut told = Told {
            kind: ask.kind,
            due,
            latency: Duration::ZERO,
            status: 0,
            is_data: false,
            has_retry_after: false,
            outcome: Outcome::Untold,
            cost: None,
            marked_stale: false,
            complaint: None,
        };
        match timeout(PATIENCE, self.exchange(ask, &mut told)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => told.complaint = Some(format!("{error:#}")),
            Err(_) => told.complaint = Some(format!("no answer within {PATIENCE:?}")),
        }
        told.latency = due.elapsed();
        told
    }

    async fn exchange(&self, ask: &Ask, told: &mut Told) -> anyhow::Result<()> {
        let idle = self.idle(ask.server).pop();
        if let Some(mut wire) = idle {
            let outcome = self.on(&mut wire, ask, told).await;
            // The server may have closed an idle connection at the same moment: then everybody asks once more on a new one.
            if outcome.is_ok() || wire.heard() {
                self.idle(ask.server).extend(outcome.is_ok().then_some(wire));
                return outcome;
            }
        }
        let mut wire = Wire::open(self.addresses[ask.server]).await?;
        self.on(&mut wire, ask, told).await?;
        self.idle(ask.server).push(wire);
        Ok(())
    }

    async fn on(&self, wire: &mut Wire, ask: &Ask, told: &mut Told) -> anyhow::Result<()> {
        let sent = Instant::now();
        let answer = wire.exchange(&ask.request).await?;
        told.status = answer.status;
        told.is_data = answer.is_data();
        told.has_retry_after = answer.header(RETRY_AFTER).is_some();
        told.outcome = answer.outcome();
        told.cost = answer.header(COST).and_then(|cost| cost.parse().ok());
        told.marked_stale = answer.header(STALE_MARK).is_some();
        told.complaint = (!told.is_data).then(|| answer.summary());
        if let Some(inspect) = &self.inspect {
            inspect(ask, sent, &answer);
        }
        Ok(())
    }

    fn idle(&self, server: usize) -> std::sync::MutexGuard<'_, Vec<Wire>> {
        self.idle[server].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Latencies of those for which `wanted` holds.
///
/// # Errors
/// Never in practice.
pub(crate) fn latencies(told: &[Told], wanted: impl Fn(&Told) -> bool) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::new()?;
    told.iter().filter(|one| wanted(one)).for_each(|one| latencies.record(one.latency));
    Ok(latencies)
}

/// How many there are for which `wanted` holds, and what was wrong with the first of them.
pub(crate) fn count(told: &[Told], wanted: impl Fn(&Told) -> bool) -> (usize, Option<&str>) {
    let those: Vec<&Told> = told.iter().filter(|one| wanted(one)).collect();
    (those.len(), those.iter().find_map(|one| one.complaint.as_deref()))
}
