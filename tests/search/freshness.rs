//! Three servers on one database: what one writes, all find.

use std::time::{Duration, Instant};

use farmlokal_testbed::Postgres;
use serde_json::json;

use crate::market::{Market, Product, slugs};

/// Changes of each kind.
const CHANGES: u32 = 12;
/// The others know by then; `scripts/bench` has the figure for a quiet machine.
const WITHIN: Duration = Duration::from_secs(5);

#[test]
fn a_name_a_price_and_a_stock_changed_through_one_server_are_found_through_the_others() {
    let market = Market::open(&Postgres::shared().fresh_database(), 3, &[]);
    let producer = market.settle(&["food"]);
    let mut slowest = Duration::ZERO;
    for round in 0..CHANGES {
        let writer = (round % 3) as usize;
        let product = Product { price: 100 + round, ..Product::named("changing", &format!("Jackfruit number{round}")) };
        market.put(writer, &producer, std::slice::from_ref(&product));
        slowest = slowest.max(seen_by_all(&market, &format!("jackfruit number{round}"), "null"));
        let price = 500 + round;
        market.put(writer, &producer, &[Product { price, ..product.clone() }]);
        slowest =
            slowest.max(seen_by_all(&market, "jackfruit", &format!("{{ price: {{ min: \"{price}\", max: \"{price}\" }} }}")));
        market.put(writer, &producer, &[Product { price, stock: Some(0), ..product }]);
        slowest = slowest.max(seen_by_all(&market, "jackfruit", "{ inStock: false }"));
    }
    println!("{} changes, each found by three servers after {slowest:?} at most", 3 * CHANGES);
    market.remove(0, &["changing"]);
    for server in 0..3 {
        market.finds(server, "jackfruit", &[]);
    }
}

/// How long until every server finds the one product.
fn seen_by_all(market: &Market, text: &str, filter: &str) -> Duration {
    let started = Instant::now();
    let document = format!("query($text: String!) {{ products(search: $text, filter: {filter}) {{ nodes {{ slug }} }} }}");
    for server in 0..3 {
        loop {
            let answer = market.ask(server, &document, &json!({ "text": text }));
            if slugs(&answer["data"]["products"]) == ["changing"] {
                break;
            }
            assert!(started.elapsed() < WITHIN, "server {server} does not find {text:?} with {filter}: {answer}");
        }
    }
    started.elapsed()
}

#[test]
fn a_kept_page_of_a_search_does_not_outlive_a_change() {
    let market = Market::open(&Postgres::shared().fresh_database(), 1, &[]);
    let producer = market.settle(&["food"]);
    market.put(0, &producer, &[Product::named("one", "Tamarind")]);
    market.finds(0, "tamarind", &["one"]);
    // Asked again and again meanwhile, so that there is always a page that is kept.
    market.put(0, &producer, &[Product::named("two", "Wild Tamarind")]);
    market.finds(0, "tamarind", &["one", "two"]);
    market.put(0, &producer, &[Product { description: "Sour as tamarind".to_owned(), ..Product::named("three", "Kokum") }]);
    market.finds(0, "tamarind", &["one", "two", "three"]);
    market.put(0, &producer, &[Product::named("one", "Kokum")]);
    market.finds(0, "tamarind", &["two", "three"]);
}
