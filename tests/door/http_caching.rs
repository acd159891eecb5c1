//! What callers, browsers and caches on the way are told of an answer that is kept.

use std::io::Read as _;
use std::sync::LazyLock;

use farmlokal::graphql::DocumentHash;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::fleet::{Answer, Fleet, MADE, MEMORY};

const JSON: &str = "application/json; charset=utf-8";
const NEWER_JSON: &str = "application/graphql-response+json; charset=utf-8";

fn fleet() -> &'static Fleet {
    static FLEET: LazyLock<Fleet> = LazyLock::new(|| Fleet::seeded(1, &[]));
    &FLEET
}

/// A list of some size that nobody else asks for.
fn page(name: &str) -> String {
    format!("query {name} {{ products(first: 30) {{ nodes {{ id slug name description }} }} }}")
}

fn get(fleet: &Fleet, document: &str) -> RequestBuilder {
    fleet.graphql_by_get(0, document)
}

/// The first answer, and the second one, which was kept.
fn twice(fleet: &Fleet, ask: impl Fn() -> RequestBuilder) -> (Answer, Answer) {
    let (first, second) = (fleet.send(ask()), fleet.send(ask()));
    assert_eq!((first.status, first.cache()), (200, MADE), "{}", first.text());
    assert_eq!((second.status, second.cache()), (200, MEMORY));
    assert_eq!((&second.body, second.header("etag")), (&first.body, first.header("etag")));
    (first, second)
}

#[test]
fn the_second_caller_gets_the_same_bytes() {
    let document = page("Twice");
    let (_, kept) = twice(fleet(), || get(fleet(), &document));
    assert!(kept.header("etag").starts_with("W/\""), "{:?}", kept.headers);
    assert!(kept.header("age").parse::<u64>().unwrap() < 60);
    assert_eq!((kept.header("vary"), kept.header("cache-control")), ("accept, accept-encoding", "no-cache"));
    assert_eq!(kept.header("x-query-cost"), "1", "a kept answer costs a point");
    assert_eq!(kept.header("warning"), "");
    let posted = fleet().ask(0, &document);
    assert_eq!((posted.cache(), posted.header("cache-control")), (MEMORY, "no-store"), "nobody keeps answers to a POST");
}

#[test]
fn who_has_the_answer_already_is_told_so() {
    let document = page("Had");
    let (_, kept) = twice(fleet(), || get(fleet(), &document));
    let tag = kept.header("etag").to_owned();
    let strong = tag.trim_start_matches("W/").to_owned();
    for had in [tag.clone(), strong, format!("\"other\", {tag}"), "*".to_owned()] {
        let told = fleet().send(get(fleet(), &document).header("if-none-match", &had));
        assert_eq!((told.status, told.body.len(), told.cache()), (304, 0, MEMORY), "{had}");
        assert_eq!((told.header("etag"), told.header("cache-control")), (&*tag, "no-cache"));
        assert_eq!((told.header("vary"), told.header("content-type")), ("accept, accept-encoding", ""));
    }
    let other = fleet().send(get(fleet(), &document).header("if-none-match", "W/\"other\""));
    assert_eq!((other.status, other.body), (200, kept.body.clone()));
    let posted = fleet().send(fleet().graphql(0, &document).header("if-none-match", &tag));
    assert_eq!((posted.status, posted.body), (200, kept.body), "a POST has no conditions");
}

#[test]
fn caches_in_front_may_keep_an_answer_as_long_as_the_setting_says_and_no_longer_than_we_do() {
    let with_setting = |seconds: &str| Fleet::start(1, &[("FARMLOKAL_CACHE_S_MAXAGE", seconds)]);
    let control = |fleet: &Fleet, document: &str| fleet.send(get(fleet, document)).header("cache-control").to_owned();
    let (products, categories) = ("{ products { nodes { id } } }", "{ categories { slug } }");
    let fleet = with_setting("30");
    for document in [products, categories] {
        assert_eq!(control(&fleet, document), "public, max-age=0, must-revalidate, s-maxage=30");
    }
    assert_eq!(control(&fleet, "{ rateLimit { limit } }"), "no-store");
    assert_eq!(fleet.ask(0, products).header("cache-control"), "no-store", "nor are answers to a POST");
    let fleet = with_setting("100");
    assert_eq!(control(&fleet, products), "public, max-age=0, must-revalidate, s-maxage=60");
    assert_eq!(control(&fleet, categories), "public, max-age=0, must-revalidate, s-maxage=100");
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn a_kept_answer_is_sent_compressed_to_those_who_take_that() {
    let document = page("Packed");
    for ask in [get(fleet(), &document), fleet().get(0, "/products?limit=30")] {
        let plain = fleet().send(ask.try_clone().unwrap());
        for taken in ["gzip", "br, gzip", "gzip"] {
            let packed = fleet().send(ask.try_clone().unwrap().header("accept-encoding", taken));
            assert_eq!((packed.header("content-encoding"), packed.cache()), ("gzip", MEMORY));
            assert!(packed.body.len() < plain.body.len() / 2, "{} of {}", packed.body.len(), plain.body.len());
            assert_eq!((unpacked(&packed), packed.header("etag")), (plain.body.clone(), plain.header("etag")));
        }
        let again = fleet().send(ask.header("accept-encoding", "zstd, identity"));
        assert_eq!((again.header("content-encoding"), &again.body), ("", &plain.body));
    }
}

#[test]
fn callers_who_take_other_forms_share_an_answer() {
    let document = page("Forms");
    let ask = |accept: &str| fleet().send(get(fleet(), &document).header("accept", accept));
    let first = ask("application/json");
    let second = ask("application/graphql-response+json");
    assert_eq!((first.cache(), first.header("content-type")), (MADE, JSON));
    assert_eq!((second.cache(), second.header("content-type")), (MEMORY, NEWER_JSON));
    assert_eq!(first.body, second.body);
    assert_eq!(ask("application/json").header("content-type"), JSON);
    assert_eq!(ask("image/png").status, 406, "although it is kept");
}

#[test]
fn a_document_and_its_hash_name_one_answer() {
    let text = page("Hashed");
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": DocumentHash::of(&text).to_string() } });
    let post = |members: &Value| fleet().send(fleet().post(0, members));
    let (first, _) = twice(fleet(), || fleet().post(0, &json!({ "query": text })));
    let registered = post(&json!({ "query": text, "extensions": persisted }));
    let posted = post(&json!({ "extensions": persisted, "operationName": "Hashed" }));
    let extensions = persisted.to_string();
    let got = fleet().send(fleet().get_with(0, "/graphql", &[("extensions", &extensions)]));
    for answer in [registered, posted, got] {
        assert_eq!((answer.status, answer.cache(), &answer.body), (200, MEMORY, &first.body));
    }
}

#[test]
fn what_decides_an_answer_tells_it_from_others() {
    let document =
        "query A($n: Int) { products(first: $n) { nodes { id } } } query B($n: Int) { producers(first: $n) { nodes { id } } }";
    let ask = |operation: &str, n: Value| {
        fleet().send(fleet().post(0, &json!({ "query": document, "operationName": operation, "variables": { "n": n } })))
    };
    let asked = [("A", json!(1)), ("A", json!(2)), ("A", json!(null)), ("B", json!(1)), ("B", json!(2))];
    let made: Vec<Answer> = asked.iter().map(|(operation, n)| ask(operation, n.clone())).collect();
    for ((operation, n), first) in asked.into_iter().zip(made) {
        let kept = ask(operation, n.clone());
        assert_eq!((first.cache(), kept.cache(), &kept.body), (MADE, MEMORY, &first.body), "{operation} {n}");
    }
}

#[test]
fn rest_pages_are_kept_too() {
    let (first, kept) = twice(fleet(), || fleet().get(0, "/products?limit=17"));
    assert_eq!((kept.header("content-type"), kept.header("cache-control")), (JSON, "no-cache"));
    assert!(kept.header("vary").contains("accept-encoding") && kept.header("etag").starts_with("W/\""), "{:?}", kept.headers);
    assert!(kept.header("age").parse::<u64>().unwrap() < 60);
    let elder = fleet().send(fleet().get(0, "/api/products?limit=17"));
    assert_eq!((elder.cache(), &elder.body), (MEMORY, &first.body), "the same page under its older address");
    let told = fleet().send(fleet().get(0, "/products?limit=17").header("if-none-match", first.header("etag")));
    assert_eq!((told.status, told.body.len(), told.header("etag")), (304, 0, first.header("etag")));
    let next = first.json()["nextCursor"].as_str().unwrap().to_owned();
    let (second_page, _) = twice(fleet(), || fleet().get_with(0, "/products", &[("limit", "17"), ("cursor", &next)]));
    assert_ne!(second_page.body, first.body);
}
