//! What an answer out of the cache costs, against axum alone: the same bytes out of the process's memory, and out of Redis.

mod contest;

use std::fs;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use self::contest::{Contest, Side};
use super::Run;
use crate::door::{self, Outcome};
use crate::fleet::Deployment;
use crate::graphql;
use crate::question::Question;
use crate::redis_count::commands;
use crate::report::Figure;
use crate::saturate::{Between, CONNECTIONS};
use crate::target::Target;
use crate::wire::Wire;

const PART: &str = "cached";
const GET_BAR: f64 = 0.85;
const POST_BAR: f64 = 0.65;
const REDIS_BAR: f64 = 0.75;
const P99_MS: f64 = 0.3;
/// Hits over which Redis's commands are counted.
const COUNTED_HITS: u32 = 2_000;
/// A round trip each, and a few for the budget's lease and the nudges.
const COMMANDS_PER_HIT: f64 = 1.05;
/// Where the limit finds its answer in Redis.
const KEY: &str = "bench:answer";

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "cached: 20 products with 8 fields; one caller at a fixed rate, then 32 connections in a closed loop; medians of 15 \
         rounds in which the server and the limit take turns on one core, of up to 40 those in which the host took least away; \
         request lines, request ids, meters and budgets are on",
    );
    run.report.note(
        "cached: the limit's POST parses its body into a typed struct (query, operationName, variables, extensions), which is \
         cheaper than a tree of values; its GET looks at nothing; its Redis value is the answer's bytes",
    );
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let deployment = run.deployment()?.set(door::REDIS, &redis_url);
    run.attempt(PART, "out of memory", |run| memory(run, &deployment, &url));
    run.attempt(PART, "out of Redis", |run| redis(run, deployment, &url, &redis_url));
    run.release()
}

fn memory(run: &mut Run<'_>, deployment: &Deployment, url: &str) -> anyhow::Result<()> {
    let question = twenty();
    let server = one(deployment, url)?;
    let answer = ask(run, &server, &question.post())?;
    let file = run.databases.folder().join("cached.json");
    fs::write(&file, &answer)?;
    let limit = Target::bare(&["memory", &file.display().to_string()])?;
    ask(run, &server, &question.registration())?;
    let ways =
        [("GET by hash, out of memory", question.get_by_hash(), GET_BAR), ("POST, out of memory", question.post(), POST_BAR)];
    let contests = ways.map(|(name, request, bar)| {
        let sides = [("farmlokal", &server), ("bare axum", &limit)];
        let sides = sides.map(|(name, target)| Side { name, target, requests: vec![request.clone()], body_bytes: answer.len() });
        Contest { name, from: Outcome::Memory, between: Between::Awake, bar, p99_bar: Some(P99_MS), sides }
    });
    for contest in &contests {
        same(run, &[&server, &limit], &contest.sides[0].requests[0], &answer)?;
    }
    for contest in &contests {
        run.attempt(PART, &format!("{}: latencies", contest.name), |run| contest.latencies(run));
    }
    for contest in &contests {
        run.attempt(PART, &format!("{}: requests per second", contest.name), |run| contest.throughput(run));
    }
    Ok(())
}

fn redis(run: &mut Run<'_>, deployment: Deployment, url: &str, redis_url: &str) -> anyhow::Result<()> {
    let question = twenty();
    let server = one(&deployment.set(door::MEMORY_BYTES, "0"), url)?;
    let answer = ask(run, &server, &question.registration())?;
    let request = question.get_by_hash();
    same(run, &[&server], &request, &answer)?;
    let text = std::str::from_utf8(&answer)?;
    run.databases.redis()?.query(&["SET", KEY, text]);
    let limit = Target::bare(&["redis", redis_url, KEY])?;
    same(run, &[&limit], &request, &answer)?;
    round_trips(run, &server, &request)?;
    // Each connection has a key of its own: those who ask for one key at once would share one look into Redis.
    let requests: Vec<Bytes> = (0..CONNECTIONS).map(|n| asked_as(json!({ "caller": n })).get_by_hash()).collect();
    let sides = [("farmlokal", &server), ("axum and Redis", &limit)];
    let sides = sides.map(|(name, target)| Side { name, target, requests: requests.clone(), body_bytes: answer.len() });
    let name = "GET by hash, out of Redis";
    let contest = Contest { name, from: Outcome::Redis, between: Between::Asleep, bar: REDIS_BAR, p99_bar: None, sides };
    contest.latencies(run)?;
    contest.throughput(run)
}

/// Commands that Redis gets for each answer out of it.
#[expect(clippy::cast_precision_loss, reason = "thousands of commands")]
fn round_trips(run: &mut Run<'_>, server: &Target, request: &Bytes) -> anyhow::Result<()> {
    let before = commands(run.databases.redis()?);
    let hits = run.runtime.block_on(async {
        let mut wire = Wire::open(server.address()).await?;
        let mut hits: u32 = 0;
        for _ in 0..COUNTED_HITS {
            hits += u32::from(wire.exchange(request).await?.outcome() == Outcome::Redis);
        }
        anyhow::Ok(hits)
    })?;
    ensure!(hits > 0, "nothing came out of Redis");
    let commands = commands(run.databases.redis()?).saturating_sub(before);
    let what = format!("GET by hash, out of Redis: Redis commands per hit, over {hits} hits");
    run.report.add(Figure::new(PART, "", what, commands as f64 / f64::from(hits), "").at_most(COMMANDS_PER_HIT));
    Ok(())
}

fn twenty() -> Question {
    asked_as(json!({}))
}

/// With variables that the document does not have: the same answer under another key.
fn asked_as(variables: Value) -> Question {
    Question::new(graphql::TWENTY, "Twenty", variables)
}

fn one(deployment: &Deployment, url: &str) -> anyhow::Result<Target> {
    deployment.start(&[url.to_owned()])?.pop().context("one process")
}

/// Asks twice, so that the second answer may come out of the cache, and gives its body.
fn ask(run: &Run<'_>, target: &Target, request: &Bytes) -> anyhow::Result<Bytes> {
    run.runtime.block_on(async {
        let mut wire = Wire::open(target.address()).await?;
        wire.exchange(request).await?.require_data()?;
        let answer = wire.exchange(request).await?;
        answer.require_data()?;
        Ok(Bytes::copy_from_slice(answer.body))
    })
}

/// The limit must answer with the same bytes, or the comparison is worth nothing.
fn same(run: &Run<'_>, targets: &[&Target], request: &Bytes, answer: &Bytes) -> anyhow::Result<()> {
    targets.iter().try_for_each(|target| {
        let other = ask(run, target, request)?;
        ensure!(other == *answer, "another answer: {}", String::from_utf8_lossy(&other));
        Ok(())
    })
}
