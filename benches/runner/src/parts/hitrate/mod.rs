//! A shop that sells: how many pages come out of a cache, and whether any of them is older than it may be.

mod mix;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;

use self::mix::{Mix, PAGE, PRICE, STOCK};
use super::Run;
use crate::door::{self, Outcome};
use crate::fleet::addresses;
use crate::ledger::Ledger;
use crate::report::{Figure, say};
use crate::shop::{Shop, Shown};
use crate::stopwatch::pause;
use crate::traffic::{Ask, Inspect, Told, Traffic, count, latencies};
use crate::wire::{Answer, Wire};

const PART: &str = "hitrate";
const PROCESSES: usize = 3;
/// Newest products of each category that visitors look at.
const PER_CATEGORY: usize = 420;
/// Pages of each list.
const LIST_PAGES: usize = 3;
/// Pages that are looked at, and writes, per second.
const READS_PER_S: u32 = 1_000;
const WRITES_PER_S: u32 = 20;
const HITS: f64 = 0.85;
/// So long another process may show what was, with or without nudges.
const BOUND: Duration = Duration::from_millis(1_200);

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(format!(
        "hitrate: three processes with Redis, {READS_PER_S} pages and {WRITES_PER_S} writes a second: 10 % the first page, 40 % three \
         pages each of twelve categories in five orders, 50 % products; lists and products by Zipf's law, the same for what is \
         looked at and what is bought; every page was asked for once before",
    ));
    run.report.note(format!(
        "hitrate: an answer is stale when it shows a product as it was before a write whose writer was told so {} ms before the \
         question was sent, or at any time before through the same process",
        BOUND.as_millis()
    ));
    run.attempt(PART, "a shop that sells", shop);
    run.release()
}

fn shop(run: &mut Run<'_>) -> anyhow::Result<()> {
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let targets = run.deployment()?.set(door::REDIS, redis_url).start(&vec![url; PROCESSES])?;
    let addresses = addresses(&targets);
    let mix = run.runtime.block_on(open_shop(&addresses))?;
    let ledger = Arc::new(Ledger::new(BOUND));
    let (reading, writing) = (mix.clone(), mix);
    let servers = addresses.len();
    let choose = move |random: &mut Rng| reading.page(servers, random);
    let reads = Traffic::start(&run.runtime, addresses.clone(), READS_PER_S, choose, Some(inspect(&ledger)));
    let choose = move |random: &mut Rng| writing.write(servers, random);
    let writes = Traffic::start(&run.runtime, addresses, WRITES_PER_S, choose, Some(inspect(&ledger)));
    pause(Duration::from_secs(run.settings.seconds));
    reads.stop();
    let writes = writes.finish(&run.runtime)?;
    let reads = reads.finish(&run.runtime)?;
    report(run, &reads, &writes, &ledger)
}

/// Reads the shop, and asks once for every page.
async fn open_shop(addresses: &[SocketAddr]) -> anyhow::Result<Mix> {
    let shop = Shop::read(addresses[0], PER_CATEGORY).await?;
    let lists = shop.lists(addresses[0], LIST_PAGES).await?;
    let mix = Mix::new(&shop, lists, &mut Rng::with_seed(1));
    let mut wire = Wire::open(addresses[0]).await?;
    for page in mix.pages() {
        wire.exchange(page).await?.require_data()?;
    }
    Ok(mix)
}

/// Holds every answer against what was written.
fn inspect(ledger: &Arc<Ledger>) -> Box<Inspect> {
    let ledger = Arc::clone(ledger);
    Box::new(move |ask: &Ask, sent: Instant, answer: &Answer<'_>| {
        if !answer.is_data() {
            return;
        }
        if ask.kind != PAGE {
            if let Ok(Some(shown)) = Shown::written(answer.body) {
                ledger.write(shown, ask.server);
            }
            return;
        }
        for shown in Shown::on_page(answer.body).unwrap_or_default() {
            ledger.check(&shown, ask.server, sent);
        }
    })
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn report(run: &mut Run<'_>, reads: &[Told], writes: &[Told], ledger: &Ledger) -> anyhow::Result<()> {
    let verdict = ledger.verdict();
    let row = |what: &str, value: f64, unit| Figure::new(PART, "", what, value, unit);
    let share = |outcome: Outcome| count(reads, |one| one.outcome == outcome).0 as f64 / reads.len().max(1) as f64;
    let (hits, _) = count(reads, |one| one.is_data && one.outcome.is_hit());
    let (failed, why) = count(reads, |one| !one.is_data);
    let (unwritten, why_unwritten) = count(writes, |one| !one.is_data);
    [why, why_unwritten].into_iter().flatten().for_each(say);
    let all = latencies(reads, |one| one.is_data)?;
    let mut add = |figure| run.report.add(figure);
    add(row("pages out of memory or Redis", hits as f64 / reads.len().max(1) as f64, "").at_least(HITS));
    for (what, outcome) in [("memory", Outcome::Memory), ("Redis", Outcome::Redis), ("past its time, unchanged", Outcome::Stale)]
    {
        add(row(&format!("pages by origin: {what}"), share(outcome), ""));
    }
    add(row("products in answers that had been written before", verdict.checked as f64, "").at_least(1.0));
    add(row("stale ones of these", verdict.stale as f64, "").at_most(0.0));
    add(row("stale ones of these, from the process that wrote", verdict.forgetful as f64, "").at_most(0.0));
    add(row("with another price or stock than their version has", verdict.wrong as f64, "").at_most(0.0));
    add(row("pages that failed", failed as f64, "").at_most(0.0));
    add(row("writes that failed", unwritten as f64, "").at_most(0.0));
    add(row("writes of stock", count(writes, |one| one.kind == STOCK).0 as f64, ""));
    add(row("writes of prices", count(writes, |one| one.kind == PRICE).0 as f64, ""));
    add(row("p50 of a page", all.p50_ms(), "ms"));
    add(row("p99 of a page", all.p99_ms(), "ms"));
    Ok(())
}
