//! The judged set: what shoppers type, and what they must find.
//!
//! `judged/products.tsv` is a shop; `judged/queries.tsv` has a search in each line, every product that a shopper expects
//! among the first twenty results, and perhaps the one that has to come first. It was judged without regard to how the server
//! searches.

use std::collections::{BTreeMap, BTreeSet};

use farmlokal_testbed::fresh_sqlite;

use crate::market::{Market, Product};

const PRODUCTS: &str = include_str!("judged/products.tsv");
const QUERIES: &str = include_str!("judged/queries.tsv");
/// Results that a shopper looks at.
const SEEN: usize = 20;
const RECALL: f64 = 0.95;
const NAME_FIRST: f64 = 0.98;

struct Judged {
    kind: &'static str,
    query: &'static str,
    relevant: BTreeSet<String>,
    first: Option<&'static str>,
}

/// What a kind of query came to.
#[derive(Default)]
struct Tally {
    queries: u32,
    recall: f64,
    with_first: u32,
    first: u32,
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).filter(|line| !line.is_empty()).map(|line| line.split('\t').collect())
}

fn shop() -> Vec<Product> {
    let product = |fields: Vec<&str>| {
        let [slug, name, category, description] = fields[..] else { panic!("{fields:?}") };
        Product { category: category.to_owned(), description: description.to_owned(), ..Product::named(slug, name) }
    };
    rows(PRODUCTS).map(product).collect()
}

fn judged() -> Vec<Judged> {
    let judged = |fields: Vec<&'static str>| Judged {
        kind: fields[0],
        query: fields[1],
        relevant: fields[2].split(',').map(str::to_owned).collect(),
        first: fields.get(3).copied().filter(|slug| !slug.is_empty()),
    };
    rows(QUERIES).map(judged).collect()
}

#[test]
fn shoppers_find_what_they_mean() {
    let (database, _folder) = fresh_sqlite();
    let market = Market::open(&database, 1, &[]);
    let shop = shop();
    let categories: BTreeSet<&str> = shop.iter().map(|product| product.category.as_str()).collect();
    let producer = market.settle(&categories.into_iter().collect::<Vec<_>>());
    market.put(0, &producer, &shop);
    let last = shop.last().unwrap();
    farmlokal_testbed::wait_until("all are indexed", std::time::Duration::from_secs(30), || {
        market.search(0, &last.name, SEEN).contains(&last.slug)
    });
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for judged in judged() {
        let found = market.search(0, judged.query, SEEN);
        let hits = judged.relevant.iter().filter(|slug| found.contains(slug)).count();
        let recall = hits as f64 / judged.relevant.len() as f64;
        let first = judged.first.is_none_or(|first| found.first().is_some_and(|slug| slug == first));
        if recall < 1.0 || !first {
            let missing: Vec<_> = judged.relevant.iter().filter(|slug| !found.contains(slug)).collect();
            println!(
                "{} {:?}: missing {missing:?}, first {:?}, wanted {:?}",
                judged.kind,
                judged.query,
                found.first(),
                judged.first
            );
        }
        for kind in [judged.kind, "all"] {
            let tally = tallies.entry(kind).or_default();
            tally.queries += 1;
            tally.recall += recall;
            tally.with_first += u32::from(judged.first.is_some());
            tally.first += u32::from(judged.first.is_some() && first);
        }
    }
    for (kind, tally) in &tallies {
        let recall = tally.recall / f64::from(tally.queries);
        println!(
            "{kind}: {} queries, recall at {SEEN} {recall:.3}, first {} of {}",
            tally.queries, tally.first, tally.with_first
        );
    }
    let all = &tallies["all"];
    let names = &tallies["name"];
    assert!(all.queries >= 150, "a judged set of {} queries tells little", all.queries);
    assert!(all.recall / f64::from(all.queries) >= RECALL, "recall");
    assert!(f64::from(names.first) / f64::from(names.with_first) >= NAME_FIRST, "an exact name comes first");
}
