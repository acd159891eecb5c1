//! One limit over three processes: how much of it is let through, and whether anybody gets more by lying about who they are.

mod callers;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use self::callers::{Callers, SPOOFED};
use super::Run;
use crate::door;
use crate::fleet::{Deployment, addresses};
use crate::question::get;
use crate::report::{Figure, say};
use crate::shop::Shop;
use crate::stopwatch::pause;
use crate::target::Target;
use crate::traffic::{Told, Traffic, count};
use crate::wire::Wire;

const PART: &str = "budgets";
const PROCESSES: usize = 3;
/// The limit, in points per second, and what may be spent at once: the largest query that is allowed.
const POINTS_PER_S: u32 = 2_000;
const BURST_POINTS: u32 = 5_000;
/// What is asked for, as a multiple of the limit.
const DEMAND: u32 = 2;
/// With each process for itself.
const DEMAND_ALONE: u32 = 8;
/// Burst and hesitation are over by then.
const SETTLE: Duration = Duration::from_secs(5);
/// How long each kind of lie is tried.
const LIE: Duration = Duration::from_secs(2);
const UNCACHED_TOLERANCE: f64 = 0.05;
const CACHED_TOLERANCE: f64 = 0.10;
const TOO_MANY: u16 = 429;
const PROBES: usize = 100;

/// Three processes with one limit.
struct Shared {
    targets: Vec<Target>,
    callers: Callers,
}

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(format!(
        "budgets: three processes, {POINTS_PER_S} points a second for callers of one address, who ask for {DEMAND} times as much; \
         what is let through is counted by {} once the burst of {BURST_POINTS} points is spent",
        door::COST
    ));
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let deployment = run
        .deployment()?
        .set(door::REDIS, redis_url)
        .set(door::POINTS_PER_MINUTE, (POINTS_PER_S * 60).to_string())
        .set(door::BURST_POINTS, BURST_POINTS.to_string());
    run.attempt(PART, "uncached queries", |run| {
        let shared = Shared::open(run, &deployment, &url)?;
        let callers = shared.callers.clone();
        limit(run, &shared, "uncached queries", callers, UNCACHED_TOLERANCE)
    });
    run.attempt(PART, "cached queries", |run| {
        let shared = Shared::open(run, &deployment, &url)?;
        let callers = shared.callers.clone().of_one_page();
        limit(run, &shared, "cached queries", callers, CACHED_TOLERANCE)
    });
    run.attempt(PART, "spoofed headers", |run| lies(run, &deployment, &url));
    run.attempt(PART, "Redis away", |run| {
        let shared = Shared::open(run, &deployment, &url)?;
        run.databases.redis()?.pause();
        let outcome = alone(run, &shared);
        run.databases.redis()?.resume();
        outcome
    });
    run.release()
}

impl Shared {
    /// Starts the processes, with nothing spent yet.
    fn open(run: &mut Run<'_>, deployment: &Deployment, url: &str) -> anyhow::Result<Self> {
        run.databases.empty_redis()?;
        let targets = deployment.start(&vec![url.to_owned(); PROCESSES])?;
        let callers = run.runtime.block_on(async {
            // Few products: reading the shop is paid for out of the same budget.
            let shop = Shop::read(targets[0].address(), 1).await?;
            let mut wire = Wire::open(targets[0].address()).await?;
            let answer = wire.exchange(&shop.unheard_of(0).post()).await?;
            answer.require_data()?;
            let cost = answer.header(door::COST).and_then(|cost| cost.parse().ok());
            let cost: u32 = cost.with_context(|| format!("no header {}", door::COST))?;
            ensure!(cost > 0, "a query that costs nothing");
            anyhow::Ok(Callers::new(shop, cost, PROCESSES))
        })?;
        Ok(Self { targets, callers })
    }

    /// Callers for so long, at so many times the limit; gives all of it, and when the settled part began.
    fn watch(&self, run: &Run<'_>, callers: Callers, demand: u32, watched: Duration) -> anyhow::Result<(Vec<Told>, Instant)> {
        let rate = (POINTS_PER_S * demand).div_ceil(callers.cost());
        let traffic = Traffic::start(&run.runtime, addresses(&self.targets), rate, callers.into_choice(SETTLE, LIE), None);
        pause(SETTLE);
        let begin = Instant::now();
        let refused = run.runtime.block_on(refused_probes(&self.targets))?;
        ensure!(refused == 0, "{refused} of {PROBES} questions for /livez were refused");
        pause(watched.saturating_sub(begin.elapsed()));
        Ok((traffic.finish(&run.runtime)?, begin))
    }
}

/// How long is counted.
fn window(run: &Run<'_>) -> Duration {
    Duration::from_secs((run.settings.seconds / 3).clamp(3, 10))
}

fn limit(run: &mut Run<'_>, shared: &Shared, name: &str, callers: Callers, tolerance: f64) -> anyhow::Result<()> {
    let window = window(run);
    let (told, begin) = shared.watch(run, callers, DEMAND, window)?;
    let share = points(&told, begin, window, |_| true) / points_allowed(window);
    let met = (share - 1.0).abs() <= tolerance;
    let row = |what: &str, value: f64| Figure::new(PART, "", format!("{name}: {what}"), value, "");
    run.report.add(row("points let through, over the limit", share).promised(format!("1 ± {tolerance}"), met));
    let (impolite, why) = count(&told, |one| !(one.is_data || one.status == TOO_MANY && one.has_retry_after));
    why.into_iter().for_each(say);
    run.report.add(row("refusals other than 429 with retry-after", to_f64(impolite)).at_most(0.0));
    let refused = count(&told, |one| one.status == TOO_MANY).0;
    run.report.add(row("refusals", to_f64(refused)).at_least(1.0));
    Ok(())
}

/// Twelve headers in which proxies say who asks; nobody has told the server to believe any of them.
fn lies(run: &mut Run<'_>, deployment: &Deployment, url: &str) -> anyhow::Result<()> {
    let shared = Shared::open(run, deployment, url)?;
    let all = LIE * u32::try_from(SPOOFED.len())?;
    let (told, begin) = shared.watch(run, shared.callers.clone().lying(), DEMAND, all)?;
    let mut worst = (0.0, "");
    for (kind, header) in SPOOFED.into_iter().enumerate() {
        let from = begin + LIE * u32::try_from(kind)?;
        let share = points(&told, from, LIE, |one| one.kind == kind) / points_allowed(LIE);
        worst = if share > worst.0 { (share, header) } else { worst };
    }
    let what = format!("{} spoofed headers: points let through, over the limit; most with {}", SPOOFED.len(), worst.1);
    run.report.add(Figure::new(PART, "", what, worst.0, "").at_most(1.0 + UNCACHED_TOLERANCE));
    Ok(())
}

/// Without Redis each process keeps the limit for itself.
fn alone(run: &mut Run<'_>, shared: &Shared) -> anyhow::Result<()> {
    let window = window(run);
    let (told, begin) = shared.watch(run, shared.callers.clone(), DEMAND_ALONE, window)?;
    let share = points(&told, begin, window, |_| true) / points_allowed(window);
    let most = to_f64(PROCESSES) * (1.0 + UNCACHED_TOLERANCE);
    let figure = Figure::new(PART, "", "Redis away: points let through, over the limit", share, "");
    run.report.add(figure.promised(format!("0.95 to {most:.2}"), (1.0 - UNCACHED_TOLERANCE..=most).contains(&share)));
    Ok(())
}

/// Points that were let through in a window.
fn points(told: &[Told], from: Instant, window: Duration, wanted: impl Fn(&Told) -> bool) -> f64 {
    let those = told.iter().filter(|one| one.is_data && one.due >= from && one.due < from + window && wanted(one));
    to_f64(those.filter_map(|one| one.cost).sum())
}

fn points_allowed(window: Duration) -> f64 {
    f64::from(POINTS_PER_S) * window.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "thousands of points")]
fn to_f64(number: usize) -> f64 {
    number as f64
}

/// Health is free, however much its callers have spent.
async fn refused_probes(targets: &[Target]) -> anyhow::Result<usize> {
    let probe = get("/livez");
    let mut refused = 0;
    for target in targets.iter().cycle().take(PROBES) {
        refused += usize::from(Wire::open(target.address()).await?.exchange(&probe).await?.status != 200);
    }
    Ok(refused)
}
