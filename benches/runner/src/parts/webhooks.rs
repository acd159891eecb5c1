//! Signed deliveries per second, each of a new order, against a handler that stores one row.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::task::JoinSet;

use super::Run;
use crate::cores::Cores;
use crate::engine::Engine;
use crate::fleet::Deployment;
use crate::histogram::{Latencies, median};
use crate::report::Figure;
use crate::target::Target;
use crate::wire::Wire;

const PART: &str = "webhooks";
const CONNECTIONS: usize = 32;
const ROUNDS: usize = 3;
/// Products of the catalogue beside: no delivery touches them.
const ROWS: u64 = 10_000;
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Promised of PostgreSQL.
const PER_SECOND: f64 = 1_000.0;
/// Promised, over the handler that stores one row.
const RATIO: f64 = 0.4;

/// What one round came to.
struct Round {
    per_second: f64,
    latencies: Latencies,
}

/// Measures this part on each engine.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "webhooks: order.created of a new order each, signed (Standard Webhooks), 32 connections in a closed loop; commits are durable \
         (PostgreSQL fsync and synchronous_commit on, MariaDB innodb_flush_log_at_trx_commit 1, SQLite synchronous FULL); medians of 3 \
         rounds in which the server and the limit take turns on one core",
    );
    for engine in run.settings.engines.clone() {
        let url = run.databases.seeded(engine, ROWS)?.url;
        run.hold_load()?;
        run.databases.hold(engine, Cores::Load)?;
        run.attempt(PART, "deliveries", |run| of_engine(run, engine, &url));
        run.release()?;
    }
    Ok(())
}

fn of_engine(run: &mut Run<'_>, engine: Engine, url: &str) -> anyhow::Result<()> {
    let deployment = Deployment::new(&run.settings.server).set("WEBHOOK_SECRETS", SECRET);
    let server = deployment.start(&[url.to_owned()])?.pop().context("one process")?;
    let bare_url = match engine {
        Engine::Sqlite => format!("sqlite://{}", run.databases.folder().join("bench-inbox.db").display()),
        Engine::Postgres | Engine::Mariadb => url.to_owned(),
    };
    let bare = Target::bare(&["insert", &bare_url])?;
    let next = Arc::new(AtomicU64::new(0));
    let time = Duration::from_secs(run.settings.seconds.min(15));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(run.runtime.block_on(crowd(server.address(), &next, time))?);
        theirs.push(run.runtime.block_on(crowd(bare.address(), &next, time))?);
    }
    let middle = |rounds: &[Round], of: fn(&Round) -> f64| median(&rounds.iter().map(of).collect::<Vec<_>>());
    let (rate, bare_rate) = (middle(&ours, |round| round.per_second), middle(&theirs, |round| round.per_second));
    let on = format!("{engine:?}");
    let deliveries = Figure::new(PART, &on, "signed deliveries per second, 32 connections", rate, "/s");
    run.report.add(if engine == Engine::Postgres { deliveries.at_least(PER_SECOND) } else { deliveries });
    run.report.add(Figure::new(PART, &on, "the same: p99", middle(&ours, |round| round.latencies.p99_ms()), "ms"));
    run.report.add(Figure::new(PART, &on, "a handler that stores one row", bare_rate, "/s"));
    run.report.add(Figure::new(PART, &on, "its p99", middle(&theirs, |round| round.latencies.p99_ms()), "ms"));
    run.report.add(Figure::new(PART, &on, "deliveries over the handler's", rate / bare_rate, "×").at_least(RATIO));
    Ok(())
}

/// Thirty-two senders for some time.
async fn crowd(address: SocketAddr, next: &Arc<AtomicU64>, time: Duration) -> anyhow::Result<Round> {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_"))?;
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (next, key) = (Arc::clone(next), key.clone());
        senders.spawn(async move {
            let mut wire = Wire::open(address).await?;
            let mut took = Vec::new();
            while started.elapsed() < time {
                let request = delivery(next.fetch_add(1, Ordering::Relaxed), &key)?;
                let sent = Instant::now();
                let answer = wire.exchange(&request).await?;
                ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(answer.body));
                ensure!(memchr::memmem::find(answer.body, b"processed").is_some(), "not processed");
                took.push(sent.elapsed());
            }
            Ok::<_, anyhow::Error>(took)
        });
    }
    let mut latencies = Latencies::new()?;
    while let Some(took) = senders.join_next().await {
        took??.into_iter().for_each(|took| latencies.record(took));
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = latencies.count() as f64 / started.elapsed().as_secs_f64();
    Ok(Round { per_second, latencies })
}

/// A request that tells of a new order.
#[expect(clippy::disallowed_methods, reason = "the server that is measured has the real clock")]
fn delivery(number: u64, key: &[u8]) -> anyhow::Result<Bytes> {
    let body = format!(
        "{{\"event\":\"order.created\",\"id\":\"O-{number}\",\"version\":1,\"data\":{{\"status\":\"PENDING\",\"placedAt\":\"2026-11-28T09:00:00.000Z\",\
         \"total\":{{\"amount\":\"129.00\",\"currency\":\"INR\"}},\"lines\":[{{\"productId\":\"P-1001\",\"name\":\"A2 Cow Milk\",\"quantity\":2,\
         \"price\":{{\"amount\":\"64.50\",\"currency\":\"INR\"}}}}]}}}}"
    );
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mac = Hmac::<Sha256>::new_from_slice(key)?.chain_update(format!("evt-{number}.{seconds}.{body}"));
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = format!(
        "POST /webhook HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nwebhook-id: evt-{number}\r\n\
         webhook-timestamp: {seconds}\r\nwebhook-signature: v1,{signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(Bytes::from(request))
}
