//! Random documents: nothing panics, and the one walk agrees with a naive one that spreads every fragment.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Value, Variables};
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

use super::{DocumentLimits, check, types};

/// What a naive walk finds.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    fields: u64,
    selections: u64,
    aliases: u64,
    directives: u64,
    depth: u64,
    nesting: u64,
    root_fields: u64,
    cost: u64,
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
}

impl Walk<'_> {
    /// `page` is the page size that `edges` and `nodes` here stand for.
    fn set(&self, set: &SelectionSet, page: u64) -> Naive {
        let mut sum = Naive::default();
        for item in &set.items {
            let (part, directives) = match &item.node {
                Selection::Field(field) => (self.field(&field.node, page), field.node.directives.len()),
                Selection::InlineFragment(inline) => {
                    (inside(self.set(&inline.node.selection_set.node, page)), inline.node.directives.len())
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.node.fragment_name.node].node;
                    let directives = spread.node.directives.len() + fragment.directives.len();
                    (inside(self.set(&fragment.selection_set.node, page)), directives)
                }
            };
            sum.fields += part.fields;
            sum.selections += part.selections;
            sum.aliases += part.aliases;
            sum.directives += part.directives + directives as u64;
            sum.root_fields += part.root_fields;
            sum.cost += part.cost;
            sum.depth = sum.depth.max(part.depth);
            sum.nesting = sum.nesting.max(part.nesting);
        }
        sum
    }

    fn field(&self, field: &Field, page: u64) -> Naive {
        let name = field.name.node.as_str();
        let set = &field.selection_set.node;
        let leaf = set.items.is_empty();
        let asked = self.page(field);
        let (times, own, page_below) = match name {
            _ if leaf => (1, if name == "totalCount" { 10 } else { 0 }, 1),
            "edges" => (1, 1, 1),
            "nodes" => (page, 1, 1),
            "count" => (1, 10, 1),
            "categories" => (asked.unwrap_or(12), 1, 1),
            "products" if self.is_connection(set) => (1, 1, asked.unwrap_or(20)),
            "products" => (asked.unwrap_or(20), 1, 1),
            _ => (1, 1, 1),
        };
        let below = self.set(set, page_below);
        // An edge is counted once, what is below it once per item.
        let cost = if name == "edges" && !leaf { 1 + page * below.cost } else { times * (own + below.cost) };
        Naive {
            fields: below.fields + 1,
            selections: below.selections + 1,
            aliases: below.aliases + u64::from(field.alias.is_some()),
            directives: below.directives,
            depth: below.depth + 1,
            nesting: below.nesting + u64::from(!leaf),
            root_fields: 1,
            cost,
        }
    }

    fn page(&self, field: &Field) -> Option<u64> {
        let value = field.get_argument("first")?.node.clone();
        let value = value.into_const_with(|name| Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default()));
        match value.ok()? {
            Value::Number(number) => number.as_i64().map(|size| size.clamp(1, 100).unsigned_abs()),
            _ => None,
        }
    }

    fn is_connection(&self, set: &SelectionSet) -> bool {
        set.items.iter().all(|item| match &item.node {
            Selection::Field(field) => matches!(field.node.name.node.as_str(), "edges" | "nodes" | "totalCount" | "count"),
            Selection::InlineFragment(inline) => self.is_connection(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                self.is_connection(&self.document.fragments[&spread.node.fragment_name.node].node.selection_set.node)
            }
        })
    }
}

fn inside(mut naive: Naive) -> Naive {
    naive.selections += 1;
    naive.nesting += 1;
    naive
}

/// Selections that may spread the fragments `F{from}` to `F3`.
fn selections(from: usize) -> BoxedStrategy<String> {
    let leaf = prop_oneof![Just("a".to_owned()), Just("x: b @skip(if: false)".to_owned()), Just("totalCount".to_owned())];
    let spread = (from..4).prop_map(|n| format!("...F{n}"));
    let spread: BoxedStrategy<String> = if from < 4 { spread.boxed() } else { Just("...{ c }".to_owned()).boxed() };
    let selection = prop_oneof![3 => leaf, 2 => spread];
    let tree = selection.prop_recursive(4, 24, 4, |inner| {
        let head = prop_oneof![
            Just("a"),
            Just("y: obj"),
            Just("products"),
            Just("products(first: 3)"),
            Just("products(first: $n)"),
            Just("products(first: $m)"),
            Just("categories"),
            Just("edges"),
            Just("nodes"),
            Just("count"),
            Just("... on T @include(if: true)"),
        ];
        (head, prop::collection::vec(inner, 1..4)).prop_map(|(head, below)| format!("{head} {{ {} }}", below.join(" ")))
    });
    prop::collection::vec(tree, 1..4).prop_map(|items| items.join(" ")).boxed()
}

fn document() -> impl Strategy<Value = String> {
    let kind = prop_oneof![Just("query"), Just("mutation")];
    (kind, selections(0), selections(1), selections(2), selections(3), selections(4)).prop_map(|(kind, root, f0, f1, f2, f3)| {
        format!(
            "{kind}($n: Int, $m: Int) {{ {root} }} fragment F0 on T {{ {f0} }} fragment F1 on T @d {{ {f1} }} \
             fragment F2 on T {{ {f2} }} fragment F3 on T {{ {f3} }}"
        )
    })
}

fn unlimited() -> DocumentLimits {
    DocumentLimits {
        max_depth: u64::MAX,
        max_nesting: u64::MAX,
        max_aliases: u64::MAX,
        max_root_fields: u64::MAX,
        max_directives: u64::MAX,
        max_fields: u64::MAX,
        max_selections: u64::MAX,
        ..DocumentLimits::default()
    }
}

proptest! {
    #[test]
    fn the_one_walk_agrees_with_a_naive_one(text in document(), n in prop::option::of(-5_i64..200)) {
        let variables = Variables::from_json(serde_json::json!({ "n": n }));
        let parsed = parse_query(&text).expect("it is well-formed");
        let (_, operation) = parsed.operations.iter().next().expect("it has an operation");
        let walk = Walk { document: &parsed, variables: &variables };
        let mut naive = walk.set(&operation.node.selection_set.node, 1);
        if operation.node.ty == async_graphql::parser::types::OperationType::Mutation {
            naive.cost += 9 * naive.root_fields;
        }

        let checked = check(&text, &unlimited(), &types()).expect("nothing is wrong with it");
        let operation = &checked.operations()[0];
        let size = operation.size;
        let one_walk = Naive {
            fields: size.fields,
            selections: size.selections,
            aliases: size.aliases,
            directives: size.directives,
            depth: size.depth,
            nesting: size.nesting,
            root_fields: size.root_fields,
            cost: checked.cost(operation, &variables),
        };
        prop_assert_eq!(one_walk, naive);
    }

    #[test]
    fn no_text_makes_the_checks_panic(text in any::<String>()) {
        let _ = check(&text, &DocumentLimits::default(), &types());
    }

    #[test]
    fn no_text_of_the_grammars_own_characters_makes_them_panic(
        text in "([{}()\\[\\]!:=@$|&\"\\\\#., \n\r\t]|\"\"\"|\\.\\.\\.|on |query |fragment |a|F|-?[0-9.eE]{1,6}|true|null|\\\\u[0-9a-fA-F]{4}|ä|\u{feff}){0,80}"
    ) {
        let _ = check(&text, &DocumentLimits::default(), &types());
    }

    #[test]
    fn no_damage_to_a_document_makes_them_panic(text in document(), at in any::<prop::sample::Index>(), what in "[{}()\\[\\]\"#.\\\\$@!:]{1,3}") {
        let mut damaged: Vec<char> = text.chars().collect();
        let at = at.index(damaged.len());
        damaged.splice(at..=at, what.chars());
        let _ = check(&damaged.into_iter().collect::<String>(), &DocumentLimits::default(), &types());
    }
}
