//! Lists that are written in one pass, and the same lists as the engine resolves them: the same bytes.
//!
//! A response key that stands twice in an operation makes the engine resolve all of it, so each selection is asked for with
//! and without one.

use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::{Engine, on_each_engine};
use crate::harness::TestApp;

/// A field with its arguments, and the type of its objects.
type Field = (&'static str, Option<&'static str>);

const PLACE: &str = "near: { latitude: 12.97, longitude: 77.59, radiusMeters: 50000 }";
const FRAGMENTS: [(&str, &str); 3] = [
    ("...Short", "fragment Short on Product { id price { amount } ...Names }"),
    ("...Names", "fragment Names on Product { slug category { name } }"),
    ("...Seller", "fragment Seller on Producer { name location { latitude } }"),
];

fn fields(of: &str) -> &'static [Field] {
    match of {
        "Query" => &[
            ("products(first: 3)", Some("ProductConnection")),
            ("products(first: 3, PLACE)", Some("ProductConnection")),
            ("producers(last: 3)", Some("ProducerConnection")),
            ("categories", Some("Category")),
        ],
        "ProductConnection" => {
            &[("nodes", Some("Product")), ("edges", Some("ProductEdge")), ("pageInfo", Some("PageInfo")), ("totalCount", None)]
        }
        "ProducerConnection" => &[("nodes", Some("Producer")), ("edges", Some("ProducerEdge")), ("pageInfo", Some("PageInfo"))],
        "PageInfo" => &[("hasNextPage", None), ("endCursor", None)],
        "ProductEdge" => &[("cursor", None), ("node", Some("Product")), ("distanceMeters", None)],
        "ProducerEdge" => &[("cursor", None), ("node", Some("Producer")), ("distanceMeters", None)],
        "Product" => &[
            ("id", None),
            ("slug", None),
            ("name", None),
            ("description", None),
            ("stockStatus", None),
            ("stockQuantity", None),
            ("createdAt", None),
            ("updatedAt", None),
            ("version", None),
            ("category", Some("Category")),
            ("producer", Some("Producer")),
            ("price", Some("Money")),
            ("pack", Some("Measure")),
            ("unitPrice", Some("UnitPrice")),
        ],
        "Category" => &[("id", None), ("slug", None), ("name", None), ("products(first: 2)", Some("ProductConnection"))],
        "Producer" => &[
            ("id", None),
            ("slug", None),
            ("name", None),
            ("kind", None),
            ("city", None),
            ("pincode", None),
            ("location", Some("GeoPoint")),
            ("deliveryRadiusMeters", None),
            ("createdAt", None),
            ("products(first: 2)", Some("ProductConnection")),
        ],
        "Money" => &[("amount", None), ("minorUnits", None), ("currency", None)],
        "Measure" => &[("value", None), ("unit", None)],
        "UnitPrice" => &[("price", Some("Money")), ("per", Some("Measure"))],
        "GeoPoint" => &[("latitude", None), ("longitude", None)],
        _ => unreachable!("{of}"),
    }
}

/// A selection set on objects of one type, at most so deep below.
fn selection_set(of: &'static str, depth: u32) -> BoxedStrategy<String> {
    let field = field(of, depth);
    let item = match (of, depth) {
        (_, 0) => field,
        ("Product", _) => prop_oneof![
            12 => field,
            1 => select(vec!["...Short", "...Names", "... on Node { id }"]).prop_map(str::to_owned),
            1 => inline(of, depth),
        ]
        .boxed(),
        ("Producer", _) => prop_oneof![8 => field, 1 => Just("...Seller".to_owned())].boxed(),
        _ => prop_oneof![12 => field, 1 => inline(of, depth)].boxed(),
    };
    prop::collection::vec(item, 1..6).prop_map(|items| format!("{{ {} }}", items.join(" "))).boxed()
}

fn inline(of: &'static str, depth: u32) -> impl Strategy<Value = String> {
    let before = select(vec!["...", "... @include(if: $yes)"]).prop_map(str::to_owned);
    (prop_oneof![before, Just(format!("... on {of}"))], selection_set(of, depth - 1))
        .prop_map(|(before, inside)| format!("{before} {inside}"))
}

fn field(of: &'static str, depth: u32) -> BoxedStrategy<String> {
    let possible: Vec<Field> = fields(of).iter().copied().filter(|(_, below)| depth > 0 || below.is_none()).collect();
    let possible = if possible.is_empty() || of != "Query" { [possible, vec![("__typename", None)]].concat() } else { possible };
    let directive = prop_oneof![20 => Just(""), 1 => Just("@skip(if: $no)"), 1 => Just("@include(if: $no)")];
    (select(possible), prop::bool::weighted(0.2), directive)
        .prop_flat_map(move |((name, below), alias, directive)| {
            // The same field has the same alias: a key then stands for one field, as validation wants it.
            let key = name.replace(|letter: char| !letter.is_alphanumeric() && letter != '_', "");
            let alias = if alias || name.contains('(') { format!("other_{key}: ") } else { String::new() };
            let head = format!("{alias}{} {directive}", name.replace("PLACE", PLACE));
            match below {
                None => Just(head).boxed(),
                Some(below) => selection_set(below, depth - 1).prop_map(move |below| format!("{head} {below}")).boxed(),
            }
        })
        .boxed()
}

/// The same selections twice: as they are, and with a key that stands twice.
fn both_ways(selections: &str) -> [String; 2] {
    let mut fragments = String::new();
    for (spread, definition) in FRAGMENTS {
        if selections.contains(spread) || fragments.contains(spread) {
            fragments = fragments + definition + " ";
        }
    }
    ["", " t: __typename"].map(|again| {
        format!(
            "query($yes: Boolean = true, $no: Boolean = false) {{ t: __typename y: __typename @include(if: $yes) \
             n: __typename @include(if: $no) {selections}{again} }} {fragments}"
        )
    })
}

/// Compares both ways, and tells whether the server took the document.
fn is_taken_and_same_both_ways(app: &TestApp, selections: &str) -> bool {
    let [written, resolved] = both_ways(selections).map(|document| app.query(&document));
    assert_eq!(written.text(), resolved.text(), "{selections}");
    written.status == 200
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_give_the_same_bytes(selections in selection_set("Query", 6)) {
        let selections = selections.trim_start_matches('{').trim_end_matches('}');
        // Some are larger than a document may be.
        prop_assume!(is_taken_and_same_both_ways(TestApp::seeded(Engine::Sqlite), selections));
    }
}

#[test]
fn both_ways_give_the_same_bytes_of_every_field() {
    const PRODUCT: &str = "id slug name description stockStatus stockQuantity createdAt updatedAt version __typename \
        category { id slug name __typename } price { amount minorUnits currency } pack { value unit } \
        unitPrice { price { amount } per { value unit } } producer { id slug name kind city pincode \
        location { latitude longitude } deliveryRadiusMeters createdAt }";
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let same_both_ways = |selections: &str| assert!(is_taken_and_same_both_ways(app, selections), "{selections}");
        same_both_ways(&format!("products(first: 100) {{ nodes {{ {PRODUCT} }} }}"));
        same_both_ways(&format!("products(first: 50, {PLACE}) {{ edges {{ cursor distanceMeters node {{ {PRODUCT} }} }} }}"));
        same_both_ways(&format!("categories {{ name products(first: 3) {{ nodes {{ {PRODUCT} }} }} }}"));
        same_both_ways("producers(first: 50) { edges { cursor node { name location { longitude } } distanceMeters } }");
        same_both_ways("products(first: 2, filter: { category: [] }) { nodes { id } edges { cursor } }");
    });
}
