//! A name, a price and a stock are changed through one of three processes: when do the others find it?

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::PART;
use crate::door;
use crate::histogram::Latencies;
use crate::parts::Run;
use crate::question::Question;
use crate::report::Figure;
use crate::shop::{Goods, Shop};
use crate::wire::Wire;

const PROCESSES: usize = 3;
const PER_CATEGORY: usize = 10;
/// Products that are changed, each three times.
const PRODUCTS: usize = 60;
const ASK_EVERY: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(20);
/// For three indexes to be made on one core.
const MAKING_PATIENCE: Duration = Duration::from_secs(400);
const FOUND_MS: f64 = 1_000.0;

const FIND: &str = "query Find($words: String!, $filter: ProductFilter) { products(search: $words, filter: $filter, first: 1) { nodes { id } } }";

/// Measures it with Redis and without.
pub(super) fn measure(run: &mut Run<'_>, url: &str) -> anyhow::Result<()> {
    run.report.note("search: a change is asked for every 5 ms from the two other processes; from the writer's answer to the first answer with it");
    let folder = run.databases.folder().join("index-fresh");
    let alone = run.deployment()?.set(door::SEARCH_FOLDER, folder.display().to_string());
    let redis_url = run.databases.empty_redis()?.url();
    let together = alone.clone().set(door::REDIS, redis_url);
    for (name, deployment) in [("with Redis", together), ("without Redis", alone)] {
        let targets = deployment.start(&vec![url.to_owned(); PROCESSES])?;
        let addresses = crate::fleet::addresses(&targets);
        let found = run.runtime.block_on(changes(&addresses, name))?;
        let row = |what: &str, value| {
            Figure::new(PART, "", format!("{name}: a change is found by other processes, {what}"), value, "ms")
        };
        run.report.add(row("p50", found.p50_ms()));
        run.report.add(row("p99", found.p99_ms()).at_most(FOUND_MS));
    }
    Ok(())
}

async fn changes(addresses: &[SocketAddr], run: &str) -> anyhow::Result<Latencies> {
    // Each on a connection of its own: one that nobody uses meanwhile is cut.
    for address in addresses {
        until_found(&mut Wire::open(*address).await?, "milk", &json!({}), MAKING_PATIENCE).await?;
    }
    let mut wires = Vec::with_capacity(addresses.len());
    for address in addresses {
        wires.push(Wire::open(*address).await?);
    }
    let shop = Shop::read(addresses[0], PER_CATEGORY).await?;
    let mut found = Latencies::new()?;
    for (n, goods) in shop.shelves.iter().flatten().take(PRODUCTS).enumerate() {
        let word = format!("zq{}{n}", run.len());
        let name = format!("{} {word}", goods.name());
        let minor = 7_000 + i64::try_from(n)?;
        let amount = crate::graphql::amount(minor);
        let steps = [
            (json!({ "name": name }), json!({})),
            (json!({ "name": name, "price": { "amount": amount } }), json!({ "price": { "min": amount, "max": amount } })),
            (json!({ "name": name, "price": { "amount": amount }, "stockQuantity": 0 }), json!({ "inStock": false })),
        ];
        for (changed, filter) in steps {
            let writer = n % wires.len();
            write(&mut wires[writer], goods, &changed).await?;
            let written = Instant::now();
            for (number, wire) in wires.iter_mut().enumerate() {
                if number != writer {
                    until_found(wire, &word, &filter, PATIENCE).await?;
                    found.record(written.elapsed());
                }
            }
        }
    }
    Ok(found)
}

async fn write(wire: &mut Wire, goods: &Goods, changed: &Value) -> anyhow::Result<()> {
    let answer = wire.exchange(&goods.changed(changed)).await?;
    answer.require_data()?;
    ensure!(!String::from_utf8_lossy(answer.body).contains("\"userErrors\":[{"), "a change was refused");
    Ok(())
}

async fn until_found(wire: &mut Wire, words: &str, filter: &Value, patience: Duration) -> anyhow::Result<()> {
    let request = Question::new(FIND, "Find", json!({ "words": words, "filter": filter })).post();
    let started = Instant::now();
    loop {
        let answer = wire.exchange(&request).await?;
        let found: Value = serde_json::from_slice(answer.body).context("an answer")?;
        if found["data"]["products"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()) {
            return Ok(());
        }
        ensure!(started.elapsed() < patience, "{words:?} with {filter} is not found");
        tokio::time::sleep(ASK_EVERY).await;
    }
}
