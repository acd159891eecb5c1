//! The SQL statements that one answer takes. The probe for the page before and the count are left out, being asked for.

use std::sync::Arc;

use farmlokal::graphql::{Api, ApiSettings, DocumentRef, Outcome, RawVariables, Wanted};
use farmlokal::service::{Access, Scopes};
use farmlokal::storage::load;
use farmlokal::telemetry::Telemetry;

use crate::engines::{self, Bench};

/// Documents, the most statements that each may take, and how many times `needle` stands in a full answer.
const DOCUMENTS: [(&str, &str, usize, &str, usize); 6] = [
    (
        "a page of 100 products with producer and category",
        "{ products(first: 100) { pageInfo { hasNextPage endCursor } nodes { id name description price { amount } \
         producer { name city kind } category { name slug } } } }",
        3,
        "\"city\"",
        100,
    ),
    (
        "the same, filtered by category and price under another sort",
        "{ products(first: 100, filter: { category: [\"milk\"], price: { min: \"20.00\" } }, sort: { field: NAME }) \
         { edges { cursor node { id producer { name city } category { slug } } } } }",
        3,
        "\"city\"",
        100,
    ),
    (
        "a page of 100 products near a place, by price",
        "{ products(first: 100, near: { latitude: 19.076, longitude: 72.878, radiusMeters: 25000 }, sort: { field: PRICE }) \
         { nodes { id producer { city } category { slug } } } }",
        3,
        "\"city\"",
        100,
    ),
    (
        "all categories, each with products, their producers and categories",
        "{ categories { slug products(first: 8) { nodes { id producer { city } category { name } } } } }",
        3,
        "\"city\"",
        96,
    ),
    (
        "a page of producers, each with products and their categories",
        "{ producers(first: 20) { nodes { id city products(first: 2) { nodes { id category { name } } } } } }",
        3,
        "\"city\"",
        20,
    ),
    (
        "a product by its slug with producer and category",
        "{ node(id: \"cAE\") { ... on Product { name producer { city } category { slug } } } }",
        3,
        "\"city\"",
        1,
    ),
];

#[test]
fn an_answer_takes_few_statements() {
    engines::runtime().block_on(async {
        for bench in engines::all().await {
            let database = bench.for_maintenance().await;
            let catalogue = seed::Catalogue::new(1, 10_000);
            load::load(&database, &catalogue, &load::LoadSettings::default(), &mut |_| {}).await.unwrap();
            bench.statistics.refresh(&bench.database).await.unwrap();
            let api = Api::new(Arc::clone(&bench.marketplace), Arc::new(Telemetry::install()), ApiSettings::default()).unwrap();
            for (what, document, most, needle, times) in DOCUMENTS {
                let statements = statements_of(&bench, &api, document, needle, times).await;
                assert!(statements.len() <= most, "{}: {what} took {statements:#?}", bench.name);
                println!("{:<10} {} {what}", bench.name, statements.len());
            }
        }
    });
}

async fn statements_of(bench: &Bench, api: &Api, document: &str, needle: &str, times: usize) -> Vec<String> {
    let caller = Access::new(Vec::new(), Scopes::all()).caller_at_once(None).unwrap().unwrap();
    bench.log.take();
    let wanted = Wanted { document: DocumentRef::Text(document), operation_name: None, via_get: false };
    let answer = match api.prepare(wanted).await {
        Ok(prepared) => api.run(prepared, RawVariables::new(), caller).await,
        Err(answer) => answer,
    };
    let statements = bench.log.take().into_iter().map(|statement| statement.sql).collect();
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.outcome, Outcome::Data { whole: true, failed: false }, "{body}");
    assert_eq!(body.matches(needle).count(), times, "{body}");
    statements
}
