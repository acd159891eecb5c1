//! Documents made to hurt: refused at once with a code, in little memory, while others are served.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::text;
use crate::engine::{Database, Engine};
use crate::harness::{Call, TestApp};

/// A refusal takes at most a tenth of a second; the build of the tests is not optimised, and two cores are shared.
const REFUSED_WITHIN: Duration = Duration::from_millis(700);
const MORE_MEMORY_MAX: u64 = 64 << 20;

/// `levels` fragments, each spreading the next one twice.
fn doubling(levels: usize) -> String {
    let fragments: Vec<String> =
        (0..levels).map(|n| format!("fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1)).collect();
    format!("{{ ...f0 }} {} fragment f{levels} on Query {{ __typename }}", fragments.join(" "))
}

/// The same through nested lists, where each level is a page of another.
fn nested_doubling(levels: usize) -> String {
    let fragments: Vec<String> =
        (0..levels).map(|n| format!("fragment f{n} on Category {{ a: products(first: 1) {{ nodes {{ category {{ ...f{m} }} }} }} b: products(first: 1) {{ nodes {{ category {{ ...f{m} }} }} }} }}", m = n + 1)).collect();
    format!("{{ categories {{ ...f0 }} }} {} fragment f{levels} on Category {{ slug }}", fragments.join(" "))
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(" ")
}

/// Each document with the codes it may be refused with.
fn documents() -> Vec<(&'static str, String, &'static [&'static str])> {
    const COMPLEX: &[&str] = &["QUERY_TOO_COMPLEX"];
    const DEEP: &[&str] = &["QUERY_TOO_DEEP", "QUERY_TOO_COMPLEX"];
    const INVALID: &[&str] = &["GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COMPLEX", "QUERY_TOO_DEEP"];
    vec![
        ("fragments, 2^20", doubling(20), COMPLEX),
        ("fragments, 2^30", doubling(30), COMPLEX),
        ("fragments, 2^40", doubling(40), DEEP),
        ("fragments, 2^200", doubling(200), DEEP),
        ("nested fragments, 2^20", nested_doubling(20), DEEP),
        (
            "a fan of fragments",
            format!("{{ {} }} fragment f on Query {{ {} }}", "...f ".repeat(900), repeated(400, |n| format!("a{n}: __typename"))),
            COMPLEX,
        ),
        ("fragments that are never spread", doubling(30).replace("{ ...f0 }", "{ __typename }"), INVALID),
        ("a cycle of fragments", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(), INVALID),
        ("10 000 aliases", format!("{{ {} }}", repeated(10_000, |n| format!("a{n}: __typename"))), COMPLEX),
        ("800 aliases", format!("{{ {} }}", repeated(800, |n| format!("a{n}: __typename"))), COMPLEX),
        ("31 aliases", format!("{{ categories {{ {} }} }}", repeated(31, |n| format!("a{n}: slug"))), COMPLEX),
        ("21 root fields", format!("{{ {} }}", repeated(21, |n| format!("a{n}: __typename"))), COMPLEX),
        ("depth 100 000 in selections", format!("{}{}", "{a".repeat(100_000), "}".repeat(100_000)), DEEP),
        ("depth 7 000 in selections", "{a".repeat(7_000), DEEP),
        (
            "depth 100 000 in lists",
            format!("{{ products(filter: {}1{}) {{ nodes {{ id }} }} }}", "[".repeat(100_000), "]".repeat(100_000)),
            DEEP,
        ),
        ("depth 7 000 in lists", format!("{{ a(b: {}1{}) }}", "[".repeat(7_000), "]".repeat(7_000)), DEEP),
        ("depth 100 000 in objects", format!("{{ a(b: {}1{}) }}", "{a:".repeat(100_000), "}".repeat(100_000)), DEEP),
        ("depth 3 000 in objects", format!("{{ a(b: {}1{}) }}", "{a:".repeat(3_000), "}".repeat(3_000)), DEEP),
        (
            "depth in types of variables",
            format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(5_000), "]".repeat(5_000)),
            DEEP,
        ),
        ("a list behind an unclosed string", format!("{{ a(b: \"\"\"{}", "[".repeat(5_000)), &["GRAPHQL_PARSE_FAILED"]),
        ("51 directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(51)), COMPLEX),
        ("1 000 arguments", format!("{{ products({}) {{ nodes {{ id }} }} }}", repeated(1_000, |n| format!("a{n}: 1"))), INVALID),
        ("500 variables", format!("query({}) {{ __typename }}", repeated(500, |n| format!("$a{n}: Int"))), COMPLEX),
        ("100 operations", repeated(100, |n| format!("query q{n} {{ __typename }}")), COMPLEX),
        (
            "types of types",
            format!("{{ __schema {{ types {{ {}name{} }} }} }}", "fields { type { ".repeat(12), " } }".repeat(12)),
            DEEP,
        ),
        (
            "pages of pages",
            "{ categories { products(first: 100) { nodes { producer { products(first: 100) { nodes { id name } } } } } } }"
                .to_owned(),
            COMPLEX,
        ),
        (
            "pages of pages by a variable",
            "query($n: Int = 100) { producers(first: $n) { nodes { products(first: $n) { nodes { category { name } } } } } }"
                .to_owned(),
            COMPLEX,
        ),
        ("a megabyte of blanks", " ".repeat(1_000_000), COMPLEX),
        ("names without end", format!("{{ {} }}", "x".repeat(14_000)), INVALID),
    ]
}

fn rss(app: &TestApp) -> u64 {
    text(&app.query("{ metrics { memory { rssBytes } } }").data()["metrics"]["memory"]["rssBytes"]).parse().unwrap()
}

#[test]
fn each_is_refused_at_once_and_none_takes_memory_along() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).products(100).start();
    for _ in 0..20 {
        app.query("{ products(first: 100) { nodes { name producer { name } category { name } } } }").data();
    }
    let before = rss(&app);
    for (what, document, codes) in documents() {
        let answer = app.query(&document);
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        answer.tells_nothing_inner();
        let found = answer.codes();
        assert!(!found.is_empty() && found.iter().all(|code| codes.contains(&code.as_str())), "{what}: {}", answer.text());
        assert!(answer.took < REFUSED_WITHIN, "{what}: {:?}", answer.took);
        assert!(answer.body.len() < 10_000, "{what}: an answer stays small: {} bytes", answer.body.len());
        let memory = rss(&app);
        assert!(memory < before + MORE_MEMORY_MAX, "{what}: {before} to {memory} bytes");
    }
    app.query("{ products { nodes { id } } }").data();
}

#[test]
fn values_made_to_hurt_are_refused_as_well() {
    let app = TestApp::seeded(Engine::Sqlite);
    let document = "query($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }";
    let deep = |depth: usize| {
        format!(r#"{{"query":"{document}","variables":{{"filter":{}1{}}}}}"#, "[".repeat(depth), "]".repeat(depth))
            .replace('$', "$")
    };
    for depth in [120, 10_000, 100_000] {
        let answer = app.send(Call::json(deep(depth)));
        assert_eq!(answer.status, 400, "{depth}");
        assert!(["BAD_REQUEST", "BAD_USER_INPUT"].contains(&answer.code().as_str()), "{depth}: {}", answer.text());
        assert!(answer.took < REFUSED_WITHIN && answer.body.len() < 2_000, "{:?}", answer.took);
    }
    let many = app.query_with(document, &json!({ "filter": { "category": vec!["x"; 40_000] } }));
    assert_eq!(many.code(), "BAD_USER_INPUT");
    let objects = Call::json(format!(r#"{{"query":"{{__typename}}","variables":{{"a":[{}0]}}}}"#, "{},".repeat(200_000)));
    assert_eq!(app.send(objects).code(), "BAD_REQUEST");
    let long_text =
        app.query_with("query($slug: String!) { product(by: { slug: $slug }) { id } }", &json!({ "slug": "x".repeat(900_000) }));
    assert_eq!(long_text.data(), json!({ "product": Value::Null }));
    let long_number = Call::json(format!(
        r#"{{"query":"query($n: Int) {{ products(first: $n) {{ nodes {{ id }} }} }}","variables":{{"n":{}}}}}"#,
        "9".repeat(500_000)
    ));
    assert_eq!(app.send(long_number).status, 400);
}

#[test]
fn others_are_served_meanwhile() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).products(100).start();
    let before = rss(&app);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for attacker in 0..4 {
            let (app, over) = (&app, &over);
            scope.spawn(move || {
                let documents = documents();
                for (_, document, _) in documents.iter().cycle().skip(attacker * 7).take_while(|_| !over.load(Ordering::Relaxed))
                {
                    assert_eq!(app.query(document).status, 400);
                }
            });
        }
        let mut slowest = Duration::ZERO;
        let mut most = 0;
        for _ in 0..40 {
            let answer = app.query("{ products { nodes { id name } } }");
            assert_eq!(answer.data()["products"]["nodes"].as_array().unwrap().len(), 20);
            slowest = slowest.max(answer.took);
            most = most.max(rss(&app));
        }
        over.store(true, Ordering::Relaxed);
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
        assert!(most < before + MORE_MEMORY_MAX, "{before} to {most} bytes");
    });
}
