//! Documents made to hurt: how soon they are refused, what memory they take, and how others fare meanwhile.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use serde_json::json;

use super::Run;
use crate::engine::Engine;
use crate::graphql;
use crate::histogram::Latencies;
use crate::http_client::Connection;
use crate::load::{Mix, open_loop};
use crate::process;
use crate::report::Figure;
use crate::stopwatch::ms;
use crate::target::Target;

const PART: &str = "hostile";
const ROWS: u64 = 10_000;
const ATTEMPTS: usize = 20;
const DEPTH: usize = 100_000;
const ALIASES: usize = 10_000;
const ANSWER_MS: f64 = 100.0;
const MEMORY_MIB: f64 = 64.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    let url = run.databases.seeded(Engine::Sqlite, ROWS)?.url;
    run.hold_load()?;
    let target = run.uncached_server(&url)?;
    let page = graphql::body(graphql::PRODUCTS, &json!({ "first": 20 }));
    run.runtime.block_on(target.ask(page.clone()))?.require_data()?;
    for (name, document) in documents() {
        one(run, &target, &name, &graphql::body(&document, &json!({})))?;
    }
    others(run, &target, page)?;
    run.release()
}

/// All documents by name.
fn documents() -> Vec<(String, String)> {
    let mut documents: Vec<_> = [20, 30, 40].map(|power| (format!("fragment bomb of 2^{power}"), fragment_bomb(power))).into();
    let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEPTH), close.repeat(DEPTH));
    documents.extend([
        (format!("{ALIASES} aliases"), aliases()),
        (format!("{DEPTH} selections inside each other"), nested("{a", "", "}")),
        (format!("{DEPTH} lists inside each other"), format!("{{a(b:{})}}", nested("[", "", "]"))),
        (format!("{DEPTH} objects inside each other"), format!("{{a(b:{})}}", nested("{c:", "1", "}"))),
    ]);
    documents
}

/// Each fragment spreads the next one twice.
fn fragment_bomb(power: usize) -> String {
    let mut document = "query Bomb { ...f0 }".to_owned();
    for n in 0..power {
        // Writing to a string cannot fail.
        let _ = write!(document, " fragment f{n} on Query {{ ...f{next} ...f{next} }}", next = n + 1);
    }
    document + &format!(" fragment f{power} on Query {{ __typename }}")
}

fn aliases() -> String {
    let fields: Vec<String> = (0..ALIASES).map(|n| format!("a{n}: __typename")).collect();
    format!("{{ {} }}", fields.join(" "))
}

#[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
fn one(run: &mut Run<'_>, target: &Target, name: &str, body: &Bytes) -> anyhow::Result<()> {
    let before = process::memory(target.pid())?.resident;
    process::reset_peak(target.pid())?;
    let mut slowest = Duration::ZERO;
    run.runtime.block_on(async {
        for _ in 0..ATTEMPTS {
            let mut connection = Connection::open(target.address()).await?;
            let started = Instant::now();
            let answer = connection.post(body.clone()).await?;
            slowest = slowest.max(started.elapsed());
            ensure!(answer.require_data().is_err(), "{name} was not refused");
        }
        Ok(())
    })?;
    let grown = process::memory(target.pid())?.peak.saturating_sub(before) as f64 / MIB;
    run.report
        .add(Figure::new(PART, "", format!("{name}: slowest of {ATTEMPTS} refusals"), ms(slowest), "ms").at_most(ANSWER_MS));
    run.report.add(Figure::new(PART, "", format!("{name}: more resident memory at most"), grown, "MiB").at_most(MEMORY_MIB));
    Ok(())
}

/// Others ask for pages while one connection sends all documents over and over.
fn others(run: &mut Run<'_>, target: &Target, page: Bytes) -> anyhow::Result<()> {
    let bodies: Vec<Bytes> = documents().iter().map(|(_, document)| graphql::body(document, &json!({}))).collect();
    let duration = Duration::from_secs((run.settings.seconds / 3).max(2));
    let (address, rate) = (target.address(), run.settings.rate);
    let outcome = run.runtime.block_on(async {
        let attacker = tokio::spawn(async move {
            for body in bodies.iter().cycle() {
                // A connection that was closed on it is what it deserves.
                if let Ok(mut connection) = Connection::open(address).await {
                    let _ = connection.post(body.clone()).await;
                }
            }
        });
        let outcome = open_loop(address, &Mix::of_one(vec![page]), rate, duration, 1).await;
        attacker.abort();
        outcome
    })?;
    let mut latencies = Latencies::new()?;
    outcome.latencies.iter().for_each(|(_, latency)| latencies.record(*latency));
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    let failed = outcome.failed as f64;
    let report = &mut run.report;
    report.add(Figure::new(PART, "", format!("others meanwhile: p50 at {rate}/s"), latencies.p50_ms(), "ms"));
    report.add(Figure::new(PART, "", format!("others meanwhile: p99 at {rate}/s"), latencies.p99_ms(), "ms"));
    report.add(Figure::new(PART, "", "others meanwhile: slowest", latencies.max_ms(), "ms"));
    report.add(Figure::new(PART, "", "others meanwhile: requests that failed", failed, "").at_most(0.0));
    Ok(())
}
