//! Several processes: a price that is changed through one is soon seen by the others, on pages that they had kept.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Redis, poll};

use crate::fleet::Fleet;
use crate::shop::{MILK, Product, Shop};

/// The promise is 250 ms with Redis and 1.2 s without; here the machine may be busy with something else.
const SEEN_WITHIN: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(3);
const ROUNDS: u32 = 8;

const PAGES: [&str; 3] = [
    "{ product(by: { slug: \"milk\" }) { price { amount } } }",
    "{ products(sort: { field: PRICE }) { nodes { slug price { amount } } } }",
    "{ category(by: { slug: \"dairy\" }) { products { nodes { price { amount } } } } }",
];

/// Changes a price through the first of three servers, again and again, and tells how long the others take to show it.
fn seen_after(shop: &Shop) -> Vec<Duration> {
    let changed = |round: u32| {
        for (server, page) in (0..3).flat_map(|server| PAGES.map(|page| (server, page))) {
            let kept = poll(PATIENCE, || shop.fleet.ask(server, page).is_hit().then_some(()));
            assert!(kept.is_some(), "{page} is kept");
        }
        let price = 100 + round;
        shop.put(0, &Product { price, ..MILK });
        let written = Instant::now();
        let shows = |server, page| shop.fleet.ask(server, page).text().contains(&format!("\"{price}.00\""));
        assert!(PAGES.iter().all(|page| shows(0, page)), "its own process shows it at once");
        let seen = poll(PATIENCE, || {
            [1, 2].iter().all(|server| PAGES.iter().all(|page| shows(*server, page))).then(|| written.elapsed())
        });
        seen.unwrap_or_else(|| panic!("not within {PATIENCE:?}: the others show {price}"))
    };
    let mut seen: Vec<Duration> = (0..ROUNDS).map(changed).collect();
    seen.sort_unstable();
    seen
}

fn is_soon(name: &str, seen: &[Duration]) {
    println!("{name}: seen by the others after {seen:?}");
    assert!(seen.iter().all(|time| *time < SEEN_WITHIN), "{seen:?}");
}

#[test]
fn with_redis() {
    let redis = Redis::start();
    let shop = Shop::open(Fleet::start(3, &[("REDIS_URL", &redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "300")]));
    shop.fleet.uses_redis();
    is_soon("with Redis", &seen_after(&shop));
}

#[test]
fn without_redis() {
    is_soon("without Redis", &seen_after(&Shop::open(Fleet::start(3, &[]))));
}

#[test]
fn with_a_redis_that_hangs() {
    let redis = Redis::start();
    let shop = Shop::open(Fleet::start(3, &[("REDIS_URL", &redis.url())]));
    shop.fleet.uses_redis();
    redis.pause();
    is_soon("with a Redis that hangs", &seen_after(&shop));
    redis.resume();
}
