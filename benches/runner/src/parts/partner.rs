//! A partner that is ill: what its illness costs those who shop, those who ask for orders, and the memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::json;
use simulator::{Clock, Faults, Running, Simulator, SimulatorSettings};
use tokio::task::JoinSet;

use super::Run;
use crate::fleet::{AUTHORIZATION, Deployment};
use crate::graphql;
use crate::histogram::{Latencies, median};
use crate::process;
use crate::question::Question;
use crate::report::Figure;
use crate::target::Target;
use crate::wire::Wire;

const PART: &str = "partner";
const ORDER: &str = "query Order($id: String!) { order(by: {externalId: $id}) { externalId status } }";
/// Questions to an open breaker.
const OPEN: usize = 200;
/// Questions that hang.
const STUCK: usize = 300;
/// Those who shop are measured alone and beside them in turns, and medians are told: a noisy moment of the machine is of one round.
const ROUNDS: usize = 7;
const MIB: f64 = 1_048_576.0;

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "partner: the simulator runs on the load's core; an open breaker is asked by 4 connections, those who shop ask one after the other \
         for a page that is not kept, alone and while 300 questions for orders hang at the partner, in turns",
    );
    let url = run.shop_on_postgres()?;
    let partner = run.runtime.block_on(start())?;
    let deployment = run.deployment()?.without_cache();
    let deployment = deployment.set("PARTNER_API_URL", partner.api_url()).set("OAUTH_TOKEN_URL", partner.token_url());
    let deployment =
        deployment.set("OAUTH_CLIENT_ID", simulator::DEV_CLIENT_ID).set("OAUTH_CLIENT_SECRET", simulator::DEV_CLIENT_SECRET);
    let deployment = deployment.set("FARMLOKAL_PARTNER_BREAKER_OPEN_MS", "60000");
    run.attempt(PART, "an open breaker", |run| open_breaker(run, &deployment, &url, &partner));
    let patient = deployment.set("FARMLOKAL_PARTNER_BREAKER_MINIMUM", "10000").set("FARMLOKAL_PARTNER_BREAKER_WINDOW", "10000");
    run.attempt(PART, "300 stuck questions", |run| stuck(run, &patient, &url, &partner));
    run.attempt(PART, "bodies of 2 GB", |run| huge_bodies(run, &patient, &url, &partner));
    run.release()
}

#[expect(clippy::disallowed_methods, reason = "the server that is measured has the real clock")]
async fn start() -> anyhow::Result<Running> {
    let now_ms = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    Ok(Simulator::start(SimulatorSettings::new(Clock::of(now_ms))).await?)
}

fn order(id: &str) -> Bytes {
    Question::new(ORDER, "Order", json!({ "id": id })).post_with(&[AUTHORIZATION])
}

fn serve(deployment: &Deployment, url: &str) -> anyhow::Result<Target> {
    deployment.start(&[url.to_owned()])?.pop().context("one process")
}

fn open_breaker(run: &mut Run<'_>, deployment: &Deployment, url: &str, partner: &Running) -> anyhow::Result<()> {
    let server = serve(deployment, url)?;
    partner.set_faults(Faults { error_rate: 1.0, status: 500, ..Faults::default() });
    let (asked, latencies) = run.runtime.block_on(async {
        let mut wire = Wire::open(server.address()).await?;
        for n in 0.. {
            ensure!(n < 100, "the breaker did not open");
            let answer = wire.exchange(&order(&format!("opens-{n}"))).await?;
            if memchr::memmem::find(answer.body, b"CIRCUIT_OPEN").is_some() {
                break;
            }
        }
        let before = partner.stats().api_requests;
        let latencies = four_at_once(server.address()).await?;
        Ok((partner.stats().api_requests - before, latencies))
    })?;
    partner.set_faults(Faults::default());
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    run.report.add(Figure::new(PART, "", "requests to the partner while 200 ask an open breaker", asked as f64, "").at_most(0.0));
    run.report.add(Figure::new(PART, "", "p99 of those 200", latencies.p99_ms(), "ms").at_most(50.0));
    Ok(())
}

async fn four_at_once(address: SocketAddr) -> anyhow::Result<Latencies> {
    let mut callers = JoinSet::new();
    for caller in 0..4 {
        callers.spawn(async move {
            let mut wire = Wire::open(address).await?;
            let mut took = Vec::new();
            for n in 0..OPEN / 4 {
                let sent = Instant::now();
                let answer = wire.exchange(&order(&format!("cold-{caller}-{n}"))).await?;
                ensure!(memchr::memmem::find(answer.body, b"CIRCUIT_OPEN").is_some(), "not refused by the breaker");
                took.push(sent.elapsed());
            }
            Ok::<_, anyhow::Error>(took)
        });
    }
    let mut latencies = Latencies::new()?;
    while let Some(took) = callers.join_next().await {
        took??.into_iter().for_each(|took| latencies.record(took));
    }
    Ok(latencies)
}

fn stuck(run: &mut Run<'_>, deployment: &Deployment, url: &str, partner: &Running) -> anyhow::Result<()> {
    let server = serve(deployment, url)?;
    let time = Duration::from_secs(run.settings.seconds.min(10)) / 3;
    let (alone, beside) = run.runtime.block_on(async {
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        shop(server.address(), Duration::from_secs(1)).await?;
        for round in 0..ROUNDS {
            alone.push(shop(server.address(), time).await?.p99_ms());
            partner.set_faults(Faults { hang: true, ..Faults::default() });
            let callers = Stuck::start(server.address(), round).await;
            beside.push(shop(server.address(), time).await?.p99_ms());
            callers.end().await?;
            partner.set_faults(Faults::default());
        }
        Ok::<_, anyhow::Error>((median(&alone), median(&beside)))
    })?;
    run.report.add(Figure::new(PART, "", "a page of those who shop, alone: p99", alone, "ms"));
    run.report.add(Figure::new(PART, "", "the same while 300 questions for orders hang: p99", beside, "ms"));
    run.report.add(Figure::new(PART, "", "the same over alone", beside / alone, "×").at_most(2.0));
    Ok(())
}

/// Those who ask for orders of a partner that hangs.
struct Stuck {
    over: Arc<AtomicBool>,
    callers: JoinSet<anyhow::Result<()>>,
}

impl Stuck {
    /// With all of them under way.
    async fn start(address: SocketAddr, round: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut callers = JoinSet::new();
        for caller in 0..STUCK {
            callers.spawn(ask_on(address, round, caller, Arc::clone(&over)));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        Self { over, callers }
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.callers.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn ask_on(address: SocketAddr, round: usize, caller: usize, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut wire = Wire::open(address).await?;
    let mut n = 0;
    while !over.load(Ordering::Relaxed) {
        wire.exchange(&order(&format!("stuck-{round}-{caller}-{n}"))).await?;
        n += 1;
        // Who was refused comes back like a person: not like a loop, and not with all others at the same moment.
        tokio::time::sleep(Duration::from_millis((250 + (caller * 37 + n * 91) % 500) as u64)).await;
    }
    Ok(())
}

/// One page after the other, at a walking pace; every answer must hold its page.
async fn shop(address: SocketAddr, time: Duration) -> anyhow::Result<Latencies> {
    let page = Question::new(graphql::TWENTY, "Twenty", json!({})).post();
    let mut wire = Wire::open(address).await?;
    let (started, mut latencies) = (Instant::now(), Latencies::new()?);
    while started.elapsed() < time {
        let sent = Instant::now();
        let answer = wire.exchange(&page).await?;
        answer.require_data()?;
        latencies.record(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    Ok(latencies)
}

fn huge_bodies(run: &mut Run<'_>, deployment: &Deployment, url: &str, partner: &Running) -> anyhow::Result<()> {
    let server = serve(deployment, url)?;
    let slowest = run.runtime.block_on(async {
        let mut wire = Wire::open(server.address()).await?;
        wire.exchange(&order("nobody")).await?;
        process::reset_peak(server.pid())?;
        partner.set_faults(Faults { huge_body: true, ..Faults::default() });
        let mut slowest = Duration::ZERO;
        for n in 0..10 {
            let sent = Instant::now();
            let answer = wire.exchange(&order(&format!("huge-{n}"))).await?;
            ensure!(memchr::memmem::find(answer.body, b"UPSTREAM_UNAVAILABLE").is_some(), "not refused");
            slowest = slowest.max(sent.elapsed());
        }
        Ok::<_, anyhow::Error>(slowest)
    })?;
    partner.set_faults(Faults::default());
    let memory = process::memory(server.pid())?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of one process")]
    let more = (memory.peak.saturating_sub(memory.resident)) as f64 / MIB;
    run.report.add(Figure::new(PART, "", "bodies of 2 GB: memory at the peak, over after", more, "MiB").at_most(64.0));
    run.report.add(Figure::new(PART, "", "bodies of 2 GB: longest time to refuse", slowest.as_secs_f64(), "s").at_most(5.0));
    Ok(())
}
