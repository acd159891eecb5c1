//! What is at hand, held against the schema; that it is written right is shown in `tests/api/at_hand.rs`.

use std::time::Duration;

use async_graphql::parser::types::{DocumentOperations, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{parse_query, parse_schema};

use super::AtHand;
use super::object::{ObjectWriter, Operation};
use crate::domain::Currency;
use crate::graphql::sdl;
use crate::graphql::types::{Category, GeoPoint, Measure, Money, Producer, ProducerEdge, Product, ProductEdge, UnitPrice};
use crate::service::Rules;

const RULES: Rules = Rules { currency: Currency::INR, low_stock_packs: 5, idle_after: Duration::ZERO };

/// Whether this selection on objects of a type is at hand.
fn is_at_hand<T: AtHand>(document: &str) -> bool {
    let document = parse_query(document).unwrap();
    let DocumentOperations::Single(operation) = &document.operations else { panic!("one operation") };
    let operation_of = Operation { fragments: &document.fragments, rules: &RULES };
    ObjectWriter::<T>::new(&operation.node.selection_set.node, operation_of).is_some()
}

/// The fields of a type in the schema; those that give objects with `__typename` of these.
fn fields_of(type_name: &str) -> Vec<String> {
    let schema = parse_schema(sdl()).unwrap();
    let types: Vec<_> = schema
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(&definition.node),
            _ => None,
        })
        .collect();
    let kind = |name: &str| types.iter().find(|definition| definition.name.node == name).map(|definition| &definition.kind);
    let Some(TypeKind::Object(object)) = kind(type_name) else { panic!("no object {type_name}") };
    let field = |name: &str, of: &str| match kind(of.trim_matches(['[', ']', '!'])) {
        Some(TypeKind::Object(_)) => format!("{name} {{ __typename }}"),
        _ => name.to_owned(),
    };
    object.fields.iter().map(|field_of| field(&field_of.node.name.node, &field_of.node.ty.node.to_string())).collect()
}

fn every_field_is_at_hand_but<T: AtHand>(waiting: &[&str]) {
    for field in fields_of(&T::type_name()) {
        let name = field.split(' ').next().unwrap();
        assert_eq!(is_at_hand::<T>(&format!("{{ {field} }}")), !waiting.contains(&name), "{} of {}", field, T::type_name());
    }
}

#[test]
fn every_field_without_a_statement_of_its_own_is_at_hand() {
    every_field_is_at_hand_but::<Product>(&[]);
    every_field_is_at_hand_but::<ProductEdge>(&[]);
    every_field_is_at_hand_but::<ProducerEdge>(&[]);
    every_field_is_at_hand_but::<Category>(&["products"]);
    every_field_is_at_hand_but::<Producer>(&["products"]);
    every_field_is_at_hand_but::<Money>(&[]);
    every_field_is_at_hand_but::<Measure>(&[]);
    every_field_is_at_hand_but::<UnitPrice>(&[]);
    every_field_is_at_hand_but::<GeoPoint>(&[]);
}

#[test]
fn aliases_and_fragments_on_the_type_itself_are_no_hindrance() {
    assert!(is_at_hand::<Product>(
        "{ a: id ... { slug } ... on Product { price { amount } } ...F } fragment F on Product { name }"
    ));
    assert!(!is_at_hand::<Product>("{ id ... on Node { id } }"));
    assert!(!is_at_hand::<Product>("{ id ...F }"));
    assert!(!is_at_hand::<Product>("{ id name @other }"));
    assert!(!is_at_hand::<Product>("{ id nothing }"));
    assert!(!is_at_hand::<Product>("{ id(a: 1) }"));
    assert!(!is_at_hand::<Product>("{ id category { products { nodes { id } } } }"));
}
