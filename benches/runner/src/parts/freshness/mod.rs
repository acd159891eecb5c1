//! A price is changed through one of three processes, over and over: when do all of them show it?

mod change;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use fastrand::Rng;

use self::change::{Change, Seen};
use super::Run;
use crate::door;
use crate::fleet::{Deployment, addresses};
use crate::histogram::Latencies;
use crate::question::Question;
use crate::report::Figure;
use crate::shop::Shop;
use crate::traffic::{Ask, Told, Traffic, count};
use crate::wire::Wire;

const PART: &str = "freshness";
const PROCESSES: usize = 3;
/// Pages that are read all the time, so that they are in every cache.
const PAGES: usize = 500;
const PER_CATEGORY: usize = 40;
/// Changes of a run of usual length; a shorter one has fewer.
const CHANGES_PER_S: u64 = 7;
const MOST_CHANGES: u64 = 210;
/// Changes on their way at the same time.
const LANES: usize = 4;
const WITH_REDIS_MS: f64 = 250.0;
const WITHOUT_REDIS_MS: f64 = 1_200.0;

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "freshness: three processes; from the writer's answer to the first answer of another process with the new price, the later \
         one of the product's own page and of its category's newest list, asked for every 5 ms; 500 pages are read meanwhile",
    );
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let alone = run.deployment()?;
    let together = alone.clone().set(door::REDIS, redis_url);
    run.attempt(PART, "with Redis", |run| scenario(run, "with Redis", &together, &url, WITH_REDIS_MS));
    run.attempt(PART, "without Redis", |run| scenario(run, "without Redis", &alone, &url, WITHOUT_REDIS_MS));
    run.release()
}

fn scenario(run: &mut Run<'_>, name: &str, deployment: &Deployment, url: &str, bar_ms: f64) -> anyhow::Result<()> {
    let targets = deployment.start(&vec![url.to_owned(); PROCESSES])?;
    let addresses = addresses(&targets);
    let shop = run.runtime.block_on(Shop::read(addresses[0], PER_CATEGORY))?;
    let pages = pages(&shop);
    run.runtime.block_on(ask_once(&addresses, &pages))?;
    let traffic = readers(run, addresses.clone(), pages);
    let changes = (run.settings.seconds * CHANGES_PER_S).min(MOST_CHANGES);
    let seen = run.runtime.block_on(change_prices(addresses, Arc::new(shop), usize::try_from(changes)?));
    let told = traffic.finish(&run.runtime)?;
    report(run, name, bar_ms, &seen?, &told)
}

/// Five hundred pages, lists and products.
fn pages(shop: &Shop) -> Vec<Bytes> {
    let lists = (0..shop.categories.len()).map(|category| shop.newest(category)).chain([Shop::home()]);
    let items = shop.shelves.iter().flatten().map(Shop::item);
    lists.chain(items).take(PAGES).map(|question: Question| question.post()).collect()
}

/// Every page from every process: then all of them have it.
async fn ask_once(addresses: &[SocketAddr], pages: &[Bytes]) -> anyhow::Result<()> {
    for address in addresses {
        let mut wire = Wire::open(*address).await?;
        for page in pages {
            wire.exchange(page).await?.require_data()?;
        }
    }
    Ok(())
}

fn readers(run: &Run<'_>, addresses: Vec<SocketAddr>, pages: Vec<Bytes>) -> Traffic {
    let servers = addresses.len();
    let choose = move |random: &mut Rng| Ask {
        server: random.usize(..servers),
        kind: 0,
        request: random.choice(&pages).cloned().unwrap_or_default(),
    };
    Traffic::start(&run.runtime, addresses, run.settings.rate, choose, None)
}

/// Some lanes of changes, each of products of its own.
async fn change_prices(addresses: Vec<SocketAddr>, shop: Arc<Shop>, changes: usize) -> anyhow::Result<Vec<Seen>> {
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        let (addresses, shop) = (addresses.clone(), Arc::clone(&shop));
        lanes.spawn(async move {
            let mut change = Change::open(&addresses).await?;
            let mut seen = Vec::new();
            for n in (lane..changes).step_by(LANES) {
                seen.push(change.run(&shop, n).await?);
            }
            anyhow::Ok(seen)
        });
    }
    let mut all = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        all.extend(lane.context("a lane of changes")??);
    }
    Ok(all)
}

#[expect(clippy::cast_precision_loss, reason = "hundreds of changes")]
fn report(run: &mut Run<'_>, name: &str, bar_ms: f64, seen: &[Seen], told: &[Told]) -> anyhow::Result<()> {
    let mut others = Latencies::new()?;
    seen.iter().flat_map(|one| &one.others).for_each(|took: &Duration| others.record(*took));
    let row = |what: &str, value: f64, unit| Figure::new(PART, "", format!("{name}: {what}"), value, unit);
    let mut add = |figure| run.report.add(figure);
    let number = |wanted: &dyn Fn(&Seen) -> bool| seen.iter().filter(|one| wanted(one)).count() as f64;
    add(row("changes", seen.len() as f64, ""));
    add(row("changes that their own answer did not show", number(&|one| !one.in_answer), "").at_most(0.0));
    add(row("changes that the next read there did not show", number(&|one| !one.in_next_read), "").at_most(0.0));
    add(row("until another process shows it, p50", others.p50_ms(), "ms"));
    add(row("until another process shows it, p99", others.p99_ms(), "ms").at_most(bar_ms));
    add(row("until another process shows it, longest", others.max_ms(), "ms"));
    let (failed, _) = count(told, |one| !one.is_data);
    add(row("reads meanwhile that failed", failed as f64, "").at_most(0.0));
    let (hits, _) = count(told, |one| one.outcome.is_hit());
    add(row("reads meanwhile out of the cache", hits as f64 / told.len().max(1) as f64, ""));
    Ok(())
}
