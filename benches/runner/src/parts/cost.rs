//! What a page costs the server, against the bare limits: (a) the same bytes, (b) the same SQL.
//!
//! All three are measured in turn, round after round, and the medians count: the machine is never quite alone.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use super::Run;
use crate::bare::statement;
use crate::cores::Cores;
use crate::engine::Engine;
use crate::graphql;
use crate::histogram::{Latencies, median};
use crate::load::{Mix, closed_loop, open_loop};
use crate::queries::Queries;
use crate::report::Figure;
use crate::stopwatch::ms;
use crate::target::Target;

const PART: &str = "cost";
const ROUNDS: u32 = 5;
const CLOSED_CONNECTIONS: usize = 4;
const WARM_UP: Duration = Duration::from_secs(1);
/// Server time of a page, as a multiple of (b)'s.
const CPU_RATIO: f64 = 2.5;
/// How often the server is asked again while its statement is looked for.
const LOOKS: u32 = 20;
const LAST_STATEMENTS: &str = "SELECT query FROM pg_stat_activity WHERE application_name = 'farmlokal' \
     AND datname = current_database() AND query LIKE 'SELECT p.id%'";
/// Latency above (b)'s.
const LATENCY_MS: f64 = 0.6;

/// One server and what was measured of it, a figure per round.
struct Candidate {
    name: &'static str,
    target: Target,
    cpu_us: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
}

/// Measures this part on each engine.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "cost: 20 products with 8 fields, newest first; server time in a closed loop of 4 connections, latencies in an open loop; \
         medians of 5 rounds in which the server and both limits take turns on one core",
    );
    for engine in run.settings.engines.clone() {
        let url = run.databases.seeded(engine, run.settings.rows)?.url;
        run.hold_load()?;
        run.databases.hold(engine, Cores::Load)?;
        for joined in [false, true] {
            of_variant(run, engine, &url, joined)?;
        }
        run.release()?;
    }
    Ok(())
}

fn of_variant(run: &mut Run<'_>, engine: Engine, url: &str, joined: bool) -> anyhow::Result<()> {
    let document = if joined { graphql::TWENTY_JOINED } else { graphql::TWENTY };
    let body = graphql::body(document, &json!({}));
    let server = run.uncached_server(url)?;
    let answer = run.runtime.block_on(server.ask(body.clone()))?;
    answer.require_data()?;
    let answer_file = run.databases.folder().join("answer.json");
    fs::write(&answer_file, &answer.body)?;
    let bytes = Target::bare(&["bytes", &answer_file.display().to_string()])?;
    let sql_arguments = if joined { vec!["sql", "--joined", url] } else { vec!["sql", url] };
    let sql = Target::bare(&sql_arguments)?;
    let bare_answer = run.runtime.block_on(sql.ask(body.clone()))?;
    require_same(&answer.body, &bare_answer.body)?;
    if engine == Engine::Postgres {
        run.runtime.block_on(require_same_statement(&server, &body, url, joined))?;
    }
    let mut candidates = [("farmlokal", server), ("(a) same bytes", bytes), ("(b) same SQL", sql)]
        .map(|(name, target)| Candidate::new(name, target));
    rounds(run, &mut candidates, &body)?;
    report(run, engine, joined, &candidates);
    Ok(())
}

fn rounds(run: &Run<'_>, candidates: &mut [Candidate], body: &Bytes) -> anyhow::Result<()> {
    let round = Duration::from_secs(run.settings.seconds.max(ROUNDS.into())) / ROUNDS;
    for candidate in candidates.iter() {
        run.runtime.block_on(closed_loop(candidate.target.address(), body, CLOSED_CONNECTIONS, WARM_UP))?;
    }
    for number in 0..ROUNDS {
        for candidate in candidates.iter_mut() {
            candidate.round(run, body, round, number.into())?;
        }
    }
    Ok(())
}

impl Candidate {
    fn new(name: &'static str, target: Target) -> Self {
        Self { name, target, cpu_us: Vec::new(), p50_ms: Vec::new(), p99_ms: Vec::new() }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    fn round(&mut self, run: &Run<'_>, body: &Bytes, duration: Duration, seed: u64) -> anyhow::Result<()> {
        let address = self.target.address();
        let before = self.target.cpu()?;
        let answered = run.runtime.block_on(closed_loop(address, body, CLOSED_CONNECTIONS, duration))?;
        let cpu = self.target.cpu()?.saturating_sub(before);
        self.cpu_us.push(ms(cpu) * 1_000.0 / answered.max(1) as f64);

        let mix = Mix::of_one(vec![body.clone()]);
        let outcome = run.runtime.block_on(open_loop(address, &mix, run.settings.rate, duration, seed))?;
        ensure!(outcome.failed == 0, "{}: {} requests failed: {:?}", self.name, outcome.failed, outcome.first_failure);
        let mut latencies = Latencies::new()?;
        outcome.latencies.iter().for_each(|(_, latency)| latencies.record(*latency));
        self.p50_ms.push(latencies.p50_ms());
        self.p99_ms.push(latencies.p99_ms());
        Ok(())
    }
}

fn report(run: &mut Run<'_>, engine: Engine, joined: bool, candidates: &[Candidate; 3]) {
    let with = if joined { "with producer and category" } else { "products alone" };
    let rate = run.settings.rate;
    let [server, _, sql] = candidates;
    for candidate in candidates {
        let name = candidate.name;
        let mut add = |what: String, value: f64, unit| run.report.add(Figure::new(PART, engine, what, value, unit));
        add(format!("{with}: {name}, server time of a page"), median(&candidate.cpu_us), "µs");
        add(format!("{with}: {name}, p50 at {rate}/s"), median(&candidate.p50_ms), "ms");
        add(format!("{with}: {name}, p99 at {rate}/s"), median(&candidate.p99_ms), "ms");
    }
    let mut judge = |what: &str, value: f64, unit, bar: f64| {
        let figure = Figure::new(PART, engine, format!("{with}: {what}"), value, unit);
        // The bars are PostgreSQL's: the library of SQLite works inside of both servers.
        run.report.add(if engine == Engine::Postgres { figure.at_most(bar) } else { figure });
    };
    judge("farmlokal's server time as a multiple of (b)'s", median(&server.cpu_us) / median(&sql.cpu_us), "×", CPU_RATIO);
    judge("p50 above (b)'s", median(&server.p50_ms) - median(&sql.p50_ms), "ms", LATENCY_MS);
    judge("p99 above (b)'s", median(&server.p99_ms) - median(&sql.p99_ms), "ms", LATENCY_MS);
}

/// The limit must do the same work, or the comparison is worth nothing.
fn require_same(server: &[u8], bare: &[u8]) -> anyhow::Result<()> {
    let server: Value = serde_json::from_slice(server).context("the server's answer")?;
    let bare: Value =
        serde_json::from_slice(bare).with_context(|| format!("the bare answer: {}", String::from_utf8_lossy(bare)))?;
    ensure!(server == bare, "the server and the bare limit answer differently:\n{server}\n{bare}");
    Ok(())
}

/// Looks up what the server asks the database for this page: the last statement of one of its connections, unless its
/// background work has been there since.
async fn require_same_statement(server: &Target, body: &Bytes, url: &str, joined: bool) -> anyhow::Result<()> {
    let expected = statement(Engine::Postgres, joined);
    let database = Queries::open(url).await?;
    let mut sent = Vec::new();
    for _ in 0..LOOKS {
        server.ask(body.clone()).await?.require_data()?;
        sent = database.texts(LAST_STATEMENTS).await?;
        if sent.contains(&expected) {
            break;
        }
    }
    database.close().await;
    ensure!(
        sent.contains(&expected),
        "the server sends another statement now: bring benches/runner/src/bare/statement.rs up to date\n{sent:#?}\n{expected}"
    );
    Ok(())
}
