//! Lists that are written in one pass, and the same lists as the engine resolves them: the same bytes.
//!
//! A response key that stands twice in an operation makes the engine resolve all of it, so each selection is asked for with
//! and without one.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

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

/// A selection set on objects of one type, at most so deep below. Most have each key once; some fields stand in fragments.
fn selection_set(of: &'static str, depth: u32) -> BoxedStrategy<String> {
    let mut possible: Vec<Field> = fields(of).iter().copied().filter(|(_, below)| depth > 0 || below.is_none()).collect();
    if of != "Query" {
        possible.push(("__typename", None));
    }
    let most = possible.len().min(4);
    let some = subsequence(possible, 1..=most).prop_shuffle();
    let fields = some.prop_flat_map(move |some| some.into_iter().map(|some| field(some, depth)).collect::<Vec<_>>());
    let extra = match of {
        "Product" => vec!["...Short", "...Names", "... on Node { id }", "again"],
        "Producer" => vec!["...Seller", "again"],
        _ => vec!["again"],
    };
    let fragment = select(vec!["...".to_owned(), "... @include(if: $yes)".to_owned(), format!("... on {of}")]);
    (fields, weighted(0.1, select(extra)), weighted(0.2, fragment))
        .prop_map(|(mut fields, extra, fragment)| {
            if let Some(fragment) = fragment {
                let inside = fields.split_off(fields.len() / 2);
                fields.push(format!("{fragment} {{ {} }}", inside.join(" ")));
            }
            let again = fields[0].clone();
            fields.extend(extra.map(|extra| if extra == "again" { again } else { extra.to_owned() }));
            format!("{{ {} }}", fields.join(" "))
        })
        .boxed()
}

fn field((name, below): Field, depth: u32) -> BoxedStrategy<String> {
    let directive = prop_oneof![30 => Just(""), 1 => Just("@skip(if: $no)"), 1 => Just("@include(if: $no)")];
    let below = below.map_or_else(|| Just(String::new()).boxed(), |below| selection_set(below, depth - 1));
    (prop::bool::weighted(0.1), directive, below)
        .prop_map(move |(alias, directive, below)| {
            // The same field has the same alias: a key then stands for one field, as validation wants it.
            let key: String = name.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let alias = if alias || name.contains('(') { format!("other_{key}: ") } else { String::new() };
            format!("{alias}{} {directive} {below}", name.replace("PLACE", PLACE))
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
    ["", " __typename"].map(|again| {
        format!(
            "query($yes: Boolean = true, $no: Boolean = false) {{ __typename y: categories @skip(if: $yes) {{ id }} \
             n: categories @include(if: $no) {{ id }} {selections}{again} }} {fragments}"
        )
    })
}

/// Compares both ways, and tells whether the documents were not too large for that.
fn is_taken_and_same_both_ways(app: &TestApp, selections: &str) -> bool {
    let [written, resolved] = both_ways(selections).map(|document| app.query(&document));
    if [&written, &resolved].iter().any(|answer| answer.codes() == ["QUERY_TOO_COMPLEX"]) {
        return false;
    }
    assert_eq!(written.text(), resolved.text(), "{selections}");
    written.data();
    true
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
