//! What may be cached for everybody: never more than the strictest field allows, however it is hidden.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop, prop_assert_eq, prop_oneof, proptest};

use super::super::cacheability::CacheWalk;
use super::{DocumentLimits, SchemaTypes, check};

/// A schema with something of everything.
const SDL: &str = "
    directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT | INTERFACE
    type Query {
        page: Page @cacheControl(maxAge: 60)
        long: Page @cacheControl(maxAge: 300)
        node: Node @cacheControl(maxAge: 60)
        thing: Thing @cacheControl(maxAge: 60)
        mine: Page @cacheControl(maxAge: 60, scope: PRIVATE)
        public: Page @cacheControl(maxAge: 60, scope: PUBLIC)
        ageless: Page @cacheControl(scope: PUBLIC)
        negative: Page @cacheControl(maxAge: -1)
        zero: Page @cacheControl(maxAge: 0)
        guarded: Page @cacheControl(maxAge: 60) @requiresScopes(scopes: [[\"a\"]])
        secret: Secret @cacheControl(maxAge: 60)
        silent: Page
    }
    type Mutation { page: Page @cacheControl(maxAge: 60) }
    type Page { name: String short: String @cacheControl(maxAge: 5) hidden: String @requiresScopes(scopes: [[\"a\"]])
        page: Page items: [Item!]! secret: Secret own: String @cacheControl(scope: PRIVATE) safe: Safe }
    type Item implements Safe & Node @cacheControl(maxAge: 30) { id: ID! name: String page: [Page] }
    type Secret implements Node @requiresScopes(scopes: [[\"a\"]]) { id: ID! name: String }
    interface Node { id: ID! }
    interface Safe { id: ID! }
    union Thing = Item | Secret
";

fn age_of(text: &str) -> Option<u32> {
    let types = SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("parses");
    let document = check(text, &DocumentLimits::default(), &types).unwrap_or_else(|refusal| panic!("{refusal:?}: {text}"));
    document.operations()[0].cacheability.max_age_s
}

#[test]
fn the_smallest_age_wins() {
    for (text, age) in [
        ("{ page { name } }", 60),
        ("{ long { name page { page { name } } } __typename }", 300),
        ("{ public { name __typename } }", 60),
        ("{ long { name } page { name } }", 60),
        ("{ long { short } }", 5),
        ("{ long { items { name } } }", 30),
        ("{ long { safe { id } } }", 30),
        ("{ long { short @skip(if: true) } }", 5),
        ("query A($with: Boolean = false) { page { name } long @include(if: $with) { page { short } } }", 5),
        ("{ long { ...A } } fragment A on Page { ...B } fragment B on Page { items { page { short } } }", 5),
        ("{ ...R } fragment R on Query { long { ... { ... on Page { items { id } } } } }", 30),
    ] {
        assert_eq!(age_of(text), Some(age), "{text}");
    }
}

#[test]
fn one_part_that_is_not_for_everybody_is_enough() {
    for text in [
        "{ silent { name } }",
        "{ page { name } silent { name } }",
        "{ mine { name } }",
        "{ ageless { name } }",
        "{ negative { name } }",
        "{ zero { name } }",
        "{ guarded { name } }",
        "{ secret { name } }",
        "{ page { hidden } }",
        "{ page { own } }",
        "{ page { page { page { secret { id } } } } }",
        "{ page { name @skip(if: true) hidden @skip(if: true) } }",
        "{ node { id } }",
        "{ thing { __typename } }",
        "{ page { safe { ... on Secret { name } } } }",
        "{ page { ...A } } fragment A on Page { name ...B } fragment B on Page { items { page { ...C } } } fragment C on Page { x: hidden }",
        "{ ...R page { name } } fragment R on Query { ... { silent { name } } }",
        "{ page { name } __schema { types { name } } }",
        "{ __type(name: \"Page\") { name } }",
        "{ __typename }",
        "mutation { page { name } }",
        "{ page { unknown } }",
        "{ unknown { name } }",
        "{ page { ... on Unknown { name } } }",
    ] {
        assert_eq!(age_of(text), None, "{text}");
    }
}

#[test]
fn every_operation_has_its_own_age() {
    let types = SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("parses");
    let text = "query A { page { name } } query B { long { ...F } } query C { silent { ...F } } fragment F on Page { name }";
    let document = check(text, &DocumentLimits::default(), &types).expect("passes");
    let ages: Vec<_> = document.operations().iter().map(|operation| operation.cacheability.max_age_s).collect();
    assert_eq!(ages, [Some(60), Some(300), None]);
}

#[test]
fn the_catalogue_is_cacheable_and_what_is_somebodys_own_is_not() {
    let types = SchemaTypes::from_sdl(&crate::graphql::sdl(), |_, _| Ok(())).expect("parses");
    for (text, age) in [
        ("{ products { nodes { name producer { name } category { name } } totalCount } }", Some(60)),
        ("{ categories { name } }", Some(300)),
        ("{ categories { name products { nodes { name } } } }", Some(60)),
        ("{ producer(by: { slug: \"a\" }) { name } categories { name } }", Some(300)),
        ("{ products { nodes { name } } health { status } }", None),
        ("{ metrics { version } }", None),
        ("{ node(id: \"a\") { id } }", None),
        ("{ nodes(ids: [\"a\"]) { id } }", None),
        ("{ products { nodes { name } } __schema { queryType { name } } }", None),
        ("mutation { removeProducts(input: { slugs: [] }) { removed } }", None),
    ] {
        let document = check(text, &DocumentLimits::default(), &types).unwrap_or_else(|refusal| panic!("{refusal:?}: {text}"));
        assert_eq!(document.operations()[0].cacheability.max_age_s, age, "{text}");
    }
}

#[test]
fn fragments_within_fragments_are_walked_once_each() {
    let links: String =
        (0..60).map(|n| format!("fragment F{n} on Page {{ ...F{0} page {{ ...F{0} ...F{0} }} }}", n + 1)).collect();
    let text = format!("{{ long {{ ...F0 }} }} {links} fragment F60 on Page {{ short }}");
    let types = SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("parses");
    let document = parse_query(&text).expect("parses");
    let walk = CacheWalk::fragments_of(&document, &types.caching).expect("no cycles");
    let (_, operation) = document.operations.iter().next().expect("one operation");
    assert_eq!(walk.operation(&operation.node).max_age_s, Some(5));
}

/// What each field of [`SDL`] allows by itself, and the type below it: written down once more by hand.
fn by_hand(parent: &str, field: &str) -> (u32, &'static str) {
    const SILENT: u32 = u32::MAX;
    match (parent, field) {
        ("Query", "page") => (60, "Page"),
        ("Query", "long") => (300, "Page"),
        ("Query", "silent") => (0, "Page"),
        ("Page", "page") => (SILENT, "Page"),
        ("Page", "short") => (5, ""),
        ("Page", "hidden" | "own") => (0, ""),
        ("Page", "items") => (30, "Item"),
        ("Page" | "Item", "name") | (_, "__typename") => (SILENT, ""),
        ("Item", "page") => (SILENT, "Page"),
        _ => (0, ""),
    }
}

/// Spreads every fragment where it is.
fn spread(document: &ExecutableDocument, set: &SelectionSet, parent: &str) -> u32 {
    let ages = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let (age, below) = by_hand(parent, &field.node.name.node);
            age.min(spread(document, &field.node.selection_set.node, below))
        }
        Selection::InlineFragment(inline) => spread(document, &inline.node.selection_set.node, parent),
        Selection::FragmentSpread(spread_) => {
            let fragment = &document.fragments[&spread_.node.fragment_name.node].node;
            spread(document, &fragment.selection_set.node, "Page")
        }
    });
    ages.min().unwrap_or(u32::MAX)
}

/// Selections on `Page` that may spread the fragments `F{from}` to `F3`.
fn selections(from: usize) -> BoxedStrategy<String> {
    let common =
        prop_oneof![8 => Just("name"), 2 => Just("__typename"), 1 => Just("short"), 1 => Just("hidden"), 1 => Just("own")];
    let leaf = common.prop_map(str::to_owned);
    let spread: BoxedStrategy<String> =
        if from < 4 { (from..4).prop_map(|n| format!("...F{n}")).boxed() } else { Just("... { name }".to_owned()).boxed() };
    let selection = prop_oneof![3 => leaf, 2 => spread];
    let tree = selection.prop_recursive(3, 12, 3, |inner| {
        let head = prop_oneof![
            Just("page {"),
            Just("x: page @skip(if: true) {"),
            Just("... {"),
            Just("... on Page {"),
            Just("items { page {")
        ];
        (head, prop::collection::vec(inner, 1..4)).prop_map(|(head, below)| {
            let end = if head.starts_with("items") { "} }" } else { "}" };
            format!("{head} {} {end}", below.join(" "))
        })
    });
    prop::collection::vec(tree, 1..4).prop_map(|items| items.join(" ")).boxed()
}

proptest! {
    #[test]
    fn no_nesting_of_fragments_hides_a_field(
        roots in prop::collection::vec(prop_oneof![5 => Just("page"), 5 => Just("long"), 1 => Just("silent")], 1..3),
        (root, f0, f1, f2, f3) in (selections(0), selections(1), selections(2), selections(3), selections(4)),
    ) {
        let roots: String = roots.iter().map(|field| format!(" {field} {{ {root} }}")).collect();
        let text = format!(
            "{{ {roots} }} fragment F0 on Page {{ {f0} }} fragment F1 on Page {{ {f1} }} \
             fragment F2 on Page {{ {f2} }} fragment F3 on Page {{ {f3} }}"
        );
        let types = SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("parses");
        let document = parse_query(&text).expect("parses");
        let walk = CacheWalk::fragments_of(&document, &types.caching).expect("no cycles");
        let (_, operation) = document.operations.iter().next().expect("one operation");
        let naive = spread(&document, &operation.node.selection_set.node, "Query");
        prop_assert_eq!(walk.operation(&operation.node).max_age_s, Some(naive).filter(|age| *age != 0));
    }
}
