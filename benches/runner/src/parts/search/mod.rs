//! Search: what a question costs the server, beside the same question put to PostgreSQL's own full text; what the index costs.

mod fresh;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use super::Run;
use crate::cores::Cores;
use crate::cursor::{CursorKey, Key, Position};
use crate::engine::Engine;
use crate::fleet::Deployment;
use crate::graphql;
use crate::histogram::median;
use crate::load::closed_loop;
use crate::process;
use crate::queries::Queries;
use crate::report::Figure;
use crate::stopwatch::{ms, pause};
use crate::target::Target;

const PART: &str = "search";
/// Products of the small catalogue.
const SMALL: u64 = 10_000;
const ROUNDS: u32 = 3;
const CONNECTIONS: usize = 4;
const WARM_UP: Duration = Duration::from_secs(1);
/// Longest wait for the index of a million products.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A word in three products of ten, and words in few.
const COMMON: &str = "fresh";
const RARE: &str = "tellicherry";

const RARE_PER_SECOND: f64 = 1_500.0;
const COMMON_MS: f64 = 6.0;
const TYPO_AND_PREFIX_MS: f64 = 5.0;
const FACETS_MS: f64 = 25.0;
const OVER_POSTGRES: f64 = 10.0;
const GROWTH_RATIO: f64 = 1.5;
const INDEX_MB: f64 = 100.0;
const BUILD_CPU_S: f64 = 60.0;
const MEMORY_MB: f64 = 80.0;

/// A question and what is promised of it.
struct Question {
    name: &'static str,
    text: &'static str,
    arguments: &'static str,
    selected: &'static str,
    deep: bool,
    cpu_ms: Option<f64>,
}

const PAGE: &str = "nodes { id slug name price { amount } stockStatus } pageInfo { hasNextPage endCursor }";
const FACETS: &str = "facets(fields: [CATEGORY, PRODUCER_KIND, STOCK_STATUS, PRICE]) { field values { value count } }";
const BY_PRICE: &str = ", sort: { field: PRICE }";

const QUESTIONS: [Question; 10] = [
    question("rare word, by relevance", RARE, "", PAGE, None),
    question("common word, by relevance", COMMON, "", PAGE, Some(COMMON_MS)),
    question("common word, by price, first page", COMMON, BY_PRICE, PAGE, Some(COMMON_MS)),
    Question { deep: true, ..question("common word, by price, deep page", COMMON, BY_PRICE, PAGE, Some(COMMON_MS)) },
    question(
        "common word in a category, by name",
        COMMON,
        ", sort: { field: NAME }, filter: { category: [\"fruit\"] }",
        PAGE,
        None,
    ),
    question("typo", "tomatoo", "", PAGE, Some(TYPO_AND_PREFIX_MS)),
    question("two typos", "cauliflwoer", "", PAGE, Some(TYPO_AND_PREFIX_MS)),
    question("prefix", "pan", "", PAGE, Some(TYPO_AND_PREFIX_MS)),
    question("three words", "gir cow milk", "", PAGE, None),
    question("all four facets of a common word", COMMON, "", FACETS, Some(FACETS_MS)),
];

const fn question(
    name: &'static str,
    text: &'static str,
    arguments: &'static str,
    selected: &'static str,
    cpu_ms: Option<f64>,
) -> Question {
    Question { name, text, arguments, selected, deep: false, cpu_ms }
}

/// What a question came to.
struct Asked {
    per_second: f64,
    cpu_ms: f64,
}

/// Measures this part on each engine.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "search: cache off, closed loop of 4 connections, the server on one core and the database on the other; medians of 3 rounds",
    );
    for engine in run.settings.engines.clone() {
        of_engine(run, engine)?;
    }
    Ok(())
}

fn of_engine(run: &mut Run<'_>, engine: Engine) -> anyhow::Result<()> {
    let small_url = run.databases.seeded(engine, SMALL)?.url;
    let url = run.databases.seeded(engine, run.settings.rows)?.url;
    run.hold_load()?;
    run.databases.hold(engine, Cores::Load)?;
    let small = with_index(run, engine, &small_url, false)?;
    let small_rare = ask(run, &small, &QUESTIONS[0], &small_url)?;
    drop(small);
    let server = with_index(run, engine, &url, true)?;
    let before = process::memory(server.pid())?.anonymous;
    let mut by_name = Vec::new();
    for question in &QUESTIONS {
        let asked = ask(run, &server, question, &url)?;
        let rate = Figure::new(PART, engine, format!("{}: answers", question.name), asked.per_second, "/s");
        let is_rare = question.text == RARE;
        run.report.add(if is_rare { rate.at_least(RARE_PER_SECOND) } else { rate });
        let cpu = Figure::new(PART, engine, format!("{}: server time", question.name), asked.cpu_ms, "ms");
        run.report.add(match question.cpu_ms {
            Some(bar) => cpu.at_most(bar),
            None => cpu,
        });
        by_name.push((question.name, asked));
    }
    let growth = by_name[0].1.cpu_ms / small_rare.cpu_ms;
    let what = format!("rare word: server time of {} over {SMALL}", run.settings.rows);
    run.report.add(Figure::new(PART, engine, what, growth, "×").at_most(GROWTH_RATIO));
    let added = megabytes(process::memory(server.pid())?.anonymous.saturating_sub(before));
    run.report.add(Figure::new(PART, engine, "private memory that the questions added", added, "MB"));
    drop(server);
    if engine == Engine::Postgres {
        beside_postgres(run, &url, &by_name)?;
        run.hold_load()?;
        run.databases.hold(engine, Cores::Load)?;
        run.attempt(PART, "how soon a change is found", |run| fresh::measure(run, &url));
    }
    run.release()
}

/// A server whose index is made; tells what that cost.
fn with_index(run: &mut Run<'_>, engine: Engine, url: &str, reported: bool) -> anyhow::Result<Target> {
    let idle = run.uncached_server(url)?;
    pause(Duration::from_secs(1));
    let plain = process::memory(idle.pid())?.anonymous;
    drop(idle);
    let folder = run.databases.folder().join(format!("index-{engine}-{reported}"));
    let deployment = Deployment::new(&run.settings.server).without_cache();
    let deployment = deployment.set(crate::door::SEARCH_FOLDER, folder.display().to_string());
    let started = Instant::now();
    let server = deployment.start(&[url.to_owned()])?.pop().context("one process")?;
    let mut most = 0;
    while !is_indexed(run, &server)? {
        most = most.max(process::memory(server.pid())?.anonymous);
        ensure!(started.elapsed() < PATIENCE, "the index is not made");
        pause(LOOK_EVERY);
    }
    if reported {
        let (cpu, took) = (server.cpu()?.as_secs_f64(), started.elapsed().as_secs_f64());
        let size = megabytes(size_of(&folder)?);
        let mut add = |what: &str, value: f64, unit, bar: Option<f64>| {
            let figure = Figure::new(PART, engine, what, value, unit);
            run.report.add(match bar {
                Some(bar) => figure.at_most(bar),
                None => figure,
            });
        };
        #[expect(clippy::cast_precision_loss, reason = "a number of products")]
        let millions = run.settings.rows as f64 / 1e6;
        add("index of a million products", size / millions, "MB", Some(INDEX_MB));
        add("index: server time to make it, for a million", cpu / millions, "s", Some(BUILD_CPU_S));
        add("index: until it was made", took, "s", None);
        add(
            "index: private memory above a server without, at most",
            megabytes(most.saturating_sub(plain)),
            "MB",
            Some(MEMORY_MB),
        );
        // The writer's buffer is let go of when nothing changes.
        pause(Duration::from_secs(8));
        let now = process::memory(server.pid())?.anonymous;
        let above = megabytes(now.saturating_sub(plain));
        run.report.add(Figure::new(PART, engine, "index: private memory above a server without, at rest", above, "MB"));
    }
    Ok(server)
}

fn is_indexed(run: &Run<'_>, server: &Target) -> anyhow::Result<bool> {
    let body = body(&question("", COMMON, "", "nodes { id }", None), None);
    Ok(run.runtime.block_on(server.ask(body))?.require_data().is_ok())
}

#[expect(clippy::cast_precision_loss, reason = "a size")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn size_of(folder: &Path) -> anyhow::Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}

fn body(question: &Question, after: Option<&str>) -> Bytes {
    let after = after.map_or_else(String::new, |cursor| format!(", after: \"{cursor}\""));
    let Question { text, arguments, selected, .. } = question;
    let document = format!("{{ products(first: 20, search: \"{text}\"{arguments}{after}) {{ {selected} }} }}");
    graphql::body(&document, &json!({}))
}

fn ask(run: &Run<'_>, server: &Target, question: &Question, url: &str) -> anyhow::Result<Asked> {
    let body = if question.deep { deep_body(run, server, question, url)? } else { body(question, None) };
    let answer = run.runtime.block_on(server.ask(body.clone()))?;
    answer.require_data()?;
    ensure!(answer.body.len() > 200, "{}: nothing is found: {}", question.name, String::from_utf8_lossy(&answer.body));
    let (mut rates, mut cpu) = (Vec::new(), Vec::new());
    run.runtime.block_on(closed_loop(server.address(), &body, CONNECTIONS, WARM_UP))?;
    let round = Duration::from_secs(run.settings.seconds.max(ROUNDS.into())) / (2 * ROUNDS);
    for _ in 0..ROUNDS {
        let before = server.cpu()?;
        let answered = run.runtime.block_on(closed_loop(server.address(), &body, CONNECTIONS, round))?;
        #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
        let answered = answered.max(1) as f64;
        cpu.push(ms(server.cpu()?.saturating_sub(before)) / answered);
        rates.push(answered / round.as_secs_f64());
    }
    Ok(Asked { per_second: median(&rates), cpu_ms: median(&cpu) })
}

/// A page in the middle of the list by price.
fn deep_body(run: &Run<'_>, server: &Target, question: &Question, url: &str) -> anyhow::Result<Bytes> {
    let answer = run.runtime.block_on(server.ask(body(question, None)))?;
    let answer: Value = serde_json::from_slice(&answer.body)?;
    let cursor = answer["data"]["products"]["pageInfo"]["endCursor"].as_str().context("a cursor")?.to_owned();
    run.runtime.block_on(async {
        let database = Queries::open(url).await?;
        let key = CursorKey::read(&database).await?;
        let prices = "SELECT concat(price_minor, '') FROM products WHERE id % 997 = 0 ORDER BY price_minor";
        let prices = database.texts(prices).await?;
        database.close().await;
        let price: i64 = prices.get(prices.len() / 2).context("an empty catalogue")?.parse()?;
        let cursor = key.move_to(&cursor, &Position { key: Key::Number(price), producer_id: 1, id: 1 })?;
        Ok(body(question, Some(&cursor)))
    })
}

/// The same words put to PostgreSQL: a stored `tsvector`, a GIN index, `ts_rank`; on the server's core, as ours was.
fn beside_postgres(run: &mut Run<'_>, url: &str, ours: &[(&str, Asked)]) -> anyhow::Result<()> {
    run.report
        .note("search: PostgreSQL is asked for ids and sort keys alone, ranked by ts_rank, ties by id, on the server's core");
    let database = run.runtime.block_on(Queries::open(url))?;
    run.databases.hold(Engine::Postgres, Cores::All)?;
    let prepare = [
        "CREATE TABLE IF NOT EXISTS bench_texts AS SELECT id, price_minor, to_tsvector('simple', name || ' ' || description) AS words \
         FROM products",
        "CREATE INDEX IF NOT EXISTS bench_words ON bench_texts USING gin (words)",
        "CREATE INDEX IF NOT EXISTS bench_prices ON bench_texts (price_minor, id)",
        "VACUUM ANALYZE bench_texts",
    ];
    for sql in prepare {
        run.runtime.block_on(database.texts(sql))?;
    }
    run.databases.hold(Engine::Postgres, Cores::Server)?;
    let ranked = |word: &str| {
        format!(
            "SELECT id::text FROM bench_texts, to_tsquery('simple', '{word}') q WHERE words @@ q \
             ORDER BY ts_rank(words, q) DESC, id LIMIT 21"
        )
    };
    for (name, word) in [("rare word, by relevance", RARE), ("common word, by relevance", COMMON)] {
        let sql = ranked(word);
        run.runtime.block_on(database.texts(&sql))?;
        let (mut answered, started) = (0.0, Instant::now());
        while started.elapsed() < Duration::from_secs(run.settings.seconds.clamp(2, 10)) {
            run.runtime.block_on(database.texts(&sql))?;
            answered += 1.0;
        }
        let rate = answered / started.elapsed().as_secs_f64();
        run.report.add(Figure::new(PART, Engine::Postgres, format!("{name}: PostgreSQL's full text, answers"), rate, "/s"));
        let own = ours.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, asked)| asked.per_second);
        let ratio = Figure::new(PART, Engine::Postgres, format!("{name}: over PostgreSQL's full text"), own / rate, "×");
        run.report.add(ratio.at_least(OVER_POSTGRES));
    }
    run.runtime.block_on(database.texts("DROP TABLE bench_texts"))?;
    run.runtime.block_on(database.close());
    Ok(())
}
