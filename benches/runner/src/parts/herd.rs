//! A thousand people with one and the same new question at the same moment: how often the database is asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Run;
use crate::door::{self, Outcome};
use crate::fleet::{Deployment, addresses};
use crate::graphql;
use crate::histogram::{Latencies, median};
use crate::question::Question;
use crate::report::Figure;
use crate::statements::{StatementLog, account};
use crate::stopwatch::pause;
use crate::target::Target;
use crate::wire::Wire;

const PART: &str = "herd";
const CALLERS: usize = 1_000;
const ROUNDS: usize = 5;
const PROCESSES: usize = 3;
const P99_MS: f64 = 500.0;
/// The database writes its log before it answers; this is for the last lines to be on their way through the file.
const SETTLE: Duration = Duration::from_millis(300);

/// Servers, each with an account of its own at the database.
struct Herd<'a> {
    name: &'static str,
    accounts: &'a [String],
    targets: Vec<Target>,
    log: StatementLog,
    /// Makes every question of the run another one.
    fresh: &'a mut usize,
}

/// What one round came to.
struct Round {
    /// Sets of statements, by process.
    sets: Vec<f64>,
    /// Answers without data.
    failed: usize,
    /// Different answers with data.
    answers: usize,
    coalesced: usize,
    latencies: Latencies,
}

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "herd: 1 000 open connections send the same new question at once, 5 rounds with another question each; a set is what the \
         question takes alone; statements are counted in PostgreSQL's log, by an account for each process",
    );
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let accounts: Vec<String> = (1..=PROCESSES).map(|n| format!("process_{n}")).collect();
    let urls: anyhow::Result<Vec<String>> = accounts.iter().map(|name| account(run.databases.postgres(), &url, name)).collect();
    let urls = urls?;
    let alone = run.deployment()?;
    let together = alone.clone().set(door::REDIS, redis_url);
    let mut fresh = 0;
    run.attempt(PART, "one process", |run| herd(run, "one process", &alone, &accounts[..1], &urls[..1], &mut fresh));
    run.attempt(PART, "three processes with Redis", |run| {
        herd(run, "three processes with Redis", &together, &accounts, &urls, &mut fresh)
    });
    run.attempt(PART, "three processes, Redis away", |run| {
        run.databases.redis()?.pause();
        let outcome = herd(run, "three processes, Redis away", &together, &accounts, &urls, &mut fresh);
        run.databases.redis()?.resume();
        outcome
    });
    run.release()
}

fn herd(
    run: &mut Run<'_>,
    name: &'static str,
    deployment: &Deployment,
    accounts: &[String],
    urls: &[String],
    fresh: &mut usize,
) -> anyhow::Result<()> {
    let targets = deployment.start(urls)?;
    let log = StatementLog::open(run.databases.postgres())?;
    let mut herd = Herd { name, accounts, targets, log, fresh };
    let set = herd.set_of_one(run)?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push(herd.round(run, set)?);
    }
    herd.report(run, &rounds);
    Ok(())
}

impl Herd<'_> {
    /// A question that nobody has asked yet: pages of another size each. Its first half is a category, so that no plan
    /// depends on it.
    fn question(&mut self) -> Bytes {
        *self.fresh += 1;
        let variables = json!({ "first": *self.fresh, "filter": { "category": ["milk"] } });
        Question::new(graphql::PRODUCTS, "Products", variables).post()
    }

    /// Statements that one new question takes when nobody else asks.
    fn set_of_one(&mut self, run: &Run<'_>) -> anyhow::Result<usize> {
        let mut set = 0;
        // The first one also fills what a new process keeps beside answers, on each process.
        for _ in 0..2 {
            for (n, address) in addresses(&self.targets).into_iter().enumerate() {
                let question = self.question();
                self.log.about_products(self.accounts)?;
                run.runtime.block_on(async { Wire::open(address).await?.exchange(&question).await?.require_data() })?;
                pause(SETTLE);
                set = self.log.about_products(self.accounts)?[n];
            }
        }
        ensure!(set > 0, "the statements of a question were not found in the log");
        Ok(set)
    }

    #[expect(clippy::cast_precision_loss, reason = "at most thousands of statements")]
    fn round(&mut self, run: &Run<'_>, set: usize) -> anyhow::Result<Round> {
        let question = self.question();
        let addresses = addresses(&self.targets);
        self.log.about_products(self.accounts)?;
        let mut round = run.runtime.block_on(async {
            let barrier = Arc::new(Barrier::new(CALLERS));
            let mut callers = JoinSet::new();
            for caller in 0..CALLERS {
                let wire = Wire::open(addresses[caller % addresses.len()]).await?;
                callers.spawn(call(wire, question.clone(), Arc::clone(&barrier)));
            }
            collect(callers).await
        })?;
        pause(SETTLE);
        round.sets = self.log.about_products(self.accounts)?.iter().map(|number| *number as f64 / set as f64).collect();
        Ok(round)
    }

    #[expect(clippy::cast_precision_loss, reason = "at most thousands of callers")]
    fn report(&self, run: &mut Run<'_>, rounds: &[Round]) {
        let row = |what: &str, value: f64, unit| Figure::new(PART, "", format!("{}: {what}", self.name), value, unit);
        let most = |figures: &mut dyn Iterator<Item = f64>| figures.fold(0.0_f64, f64::max);
        let sets = most(&mut rounds.iter().flat_map(|round| round.sets.iter().copied()));
        let failed = most(&mut rounds.iter().map(|round| round.failed as f64));
        let answers = most(&mut rounds.iter().map(|round| round.answers as f64));
        let p99: Vec<f64> = rounds.iter().map(|round| round.latencies.p99_ms()).collect();
        let coalesced: Vec<f64> = rounds.iter().map(|round| round.coalesced as f64).collect();
        let mut add = |figure| run.report.add(figure);
        add(row("sets of statements of a process, worst round", sets, "").at_most(1.0));
        add(row("answers without data, worst round", failed, "").at_most(0.0));
        add(row("different answers, worst round", answers, "").at_most(1.0));
        add(row("p99 of 1 000 answers", median(&p99), "ms").at_most(P99_MS));
        add(row("answers that were computed for somebody else", median(&coalesced), ""));
    }
}

/// What a caller got: data (or not), how it came about, when.
type Called = (Option<Bytes>, Outcome, Duration);

/// Asks when all others do.
async fn call(mut wire: Wire, question: Bytes, barrier: Arc<Barrier>) -> anyhow::Result<Called> {
    barrier.wait().await;
    let started = Instant::now();
    let answer = wire.exchange(&question).await?;
    let data = answer.is_data().then(|| Bytes::copy_from_slice(answer.body));
    Ok((data, answer.outcome(), started.elapsed()))
}

async fn collect(mut callers: JoinSet<anyhow::Result<Called>>) -> anyhow::Result<Round> {
    let mut different: Vec<Bytes> = Vec::new();
    let mut round = Round { sets: Vec::new(), failed: 0, answers: 0, coalesced: 0, latencies: Latencies::new()? };
    while let Some(done) = callers.join_next().await {
        let (data, outcome, latency) = done.context("a caller")??;
        round.failed += usize::from(data.is_none());
        different.extend(data.filter(|data| !different.contains(data)));
        round.coalesced += usize::from(outcome == Outcome::Coalesced);
        round.latencies.record(latency);
    }
    round.answers = different.len();
    Ok(round)
}
