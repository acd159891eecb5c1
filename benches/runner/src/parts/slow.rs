//! Five hundred callers who never finish what they say: when are they cut off, and how do others fare meanwhile?

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::Run;
use crate::histogram::median;
use crate::report::{Figure, say};
use crate::shop::Shop;
use crate::stopwatch::pause;
use crate::target::Target;
use crate::traffic::{Ask, Traffic, count, latencies};

const PART: &str = "slow";
const CALLERS: usize = 500;
/// Half of a request's head, and a head with half of its body.
const HALF_HEAD: &[u8] = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-slow: ";
const HALF_BODY: &[u8] = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: application/graphql-response+json\r\n\
      content-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"query\":\"{ __typename ";
/// Between two bytes.
const TICK: Duration = Duration::from_secs(1);
/// The server's patience with a head and a body, and what it takes to notice.
const HEAD_S: f64 = 13.0;
const BODY_S: f64 = 18.0;
/// Who is not cut off by then counts as this.
const PATIENCE: Duration = Duration::from_secs(30);
const P99_RATIO: f64 = 2.0;
/// Others are watched while the slow ones are all there, which is for 10 s.
const WATCHED: Duration = Duration::from_secs(9);

/// What one round came to.
struct Round {
    head_s: Vec<f64>,
    body_s: Vec<f64>,
    p99_without_ms: f64,
    p99_with_ms: f64,
    failed: usize,
}

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "slow: 250 connections with half a head and 250 with half a body, a byte a second more on each; others read pages for 9 s \
         without and then with them, the ratio is the median of the rounds'; a minute for three rounds",
    );
    run.attempt(PART, "500 slow callers", |run| {
        let url = run.shop_on_postgres()?;
        let target = run.deployment()?.start(&[url])?.pop().context("one process")?;
        let page = Shop::home().post();
        // A round takes half a minute, whatever was asked for.
        let rounds = (run.settings.seconds / 10).clamp(1, 3);
        let rounds = (0..rounds).map(|_| round(run, &target, &page)).collect::<anyhow::Result<Vec<_>>>()?;
        report(run, &rounds);
        Ok(())
    });
    run.release()
}

fn round(run: &Run<'_>, target: &Target, page: &Bytes) -> anyhow::Result<Round> {
    let (p99_without_ms, failed_without) = others(run, target, page)?;
    let address = target.address();
    let slow = run.runtime.spawn(async move {
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let is_head = caller % 2 == 0;
            callers.spawn(async move { (is_head, until_cut(address, is_head).await) });
        }
        callers.join_all().await
    });
    let (p99_with_ms, failed_with) = others(run, target, page)?;
    let cut = run.runtime.block_on(slow).context("the slow callers")?;
    let of = |wanted: bool| cut.iter().filter(|(is_head, _)| *is_head == wanted).map(|(_, took)| took.as_secs_f64()).collect();
    Ok(Round { head_s: of(true), body_s: of(false), p99_without_ms, p99_with_ms, failed: failed_without + failed_with })
}

/// From the first byte to the end of the connection.
async fn until_cut(address: SocketAddr, is_head: bool) -> Duration {
    let started = Instant::now();
    // A connection that was refused has been cut off at once; one that is still there after our patience has not.
    let _ = tokio::time::timeout(PATIENCE, dawdle(address, is_head)).await;
    started.elapsed()
}

async fn dawdle(address: SocketAddr, is_head: bool) -> anyhow::Result<()> {
    let (mut reading, mut writing) = TcpStream::connect(address).await?.into_split();
    writing.write_all(if is_head { HALF_HEAD } else { HALF_BODY }).await?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answer = [0; 4_096];
    loop {
        tokio::select! {
            read = reading.read(&mut answer) => if read? == 0 { return Ok(()) },
            _ = tick.tick() => writing.write_all(b"a").await?,
        }
    }
}

/// p99 of others' pages, and how many of them failed.
fn others(run: &Run<'_>, target: &Target, page: &Bytes) -> anyhow::Result<(f64, usize)> {
    let page = page.clone();
    let choose = move |_: &mut fastrand::Rng| Ask { server: 0, kind: 0, request: page.clone() };
    let traffic = Traffic::start(&run.runtime, vec![target.address()], run.settings.rate, choose, None);
    pause(WATCHED);
    let told = traffic.finish(&run.runtime)?;
    let (failed, why) = count(&told, |one| !one.is_data);
    why.into_iter().for_each(say);
    Ok((latencies(&told, |one| one.is_data)?.p99_ms(), failed))
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn report(run: &mut Run<'_>, rounds: &[Round]) {
    let row = |what: &str, value: f64, unit| Figure::new(PART, "", what, value, unit);
    let longest = |of: fn(&Round) -> &Vec<f64>| rounds.iter().flat_map(of).copied().fold(0.0, f64::max);
    let middle = |of: fn(&Round) -> f64| median(&rounds.iter().map(of).collect::<Vec<_>>());
    let mut add = |figure| run.report.add(figure);
    add(row("half a head: until the last one is cut off", longest(|round| &round.head_s), "s").at_most(HEAD_S));
    add(row("half a body: until the last one is cut off", longest(|round| &round.body_s), "s").at_most(BODY_S));
    add(row("p99 of others without them", middle(|round| round.p99_without_ms), "ms"));
    add(row("p99 of others with them", middle(|round| round.p99_with_ms), "ms"));
    add(row("p99 of others, with them over without", middle(|round| round.p99_with_ms / round.p99_without_ms), "×")
        .at_most(P99_RATIO));
    let failed: usize = rounds.iter().map(|round| round.failed).sum();
    add(row("others' pages that failed", failed as f64, "").at_most(0.0));
}
