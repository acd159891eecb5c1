//! Whether the engine will have to merge values under one response key.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};

/// Whether a selection set of the operation has a response key twice, in itself or through its fragments. Conditions on types
/// are not looked at: that may say yes too often, and costs time only.
///
/// Walks the operation with its fragments spread, so its size must have been checked; recurses as deep as it nests.
pub(super) fn repeats_keys(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    !has_distinct_keys(document, &operation.selection_set.node, &mut HashSet::new())
}

/// Adds the keys of a part of a selection set to those of the parts in front of it.
fn has_distinct_keys<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, keys: &mut HashSet<&'d str>) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            keys.insert(field.node.response_key().node.as_str())
                && has_distinct_keys(document, &field.node.selection_set.node, &mut HashSet::new())
        }
        Selection::InlineFragment(inline) => has_distinct_keys(document, &inline.node.selection_set.node, keys),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            .is_none_or(|fragment| has_distinct_keys(document, &fragment.node.selection_set.node, keys)),
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn repeats(text: &str) -> bool {
        let document = parse_query(text).unwrap();
        document.operations.iter().all(|(_, operation)| repeats_keys(&document, &operation.node))
    }

    #[test]
    fn a_key_may_stand_twice_in_different_places_only() {
        assert!(!repeats("{ a { a b { a } } b { a } c: a }"));
        assert!(!repeats("{ a { ...F } b { ...F } } fragment F on T { a { b } }"));
        assert!(repeats("{ a b a }"));
        assert!(repeats("{ a b: a b }"));
        assert!(repeats("{ x { y { a a } } }"));
    }

    #[test]
    fn keys_are_found_through_fragments() {
        assert!(repeats("{ a ... { a } }"));
        assert!(repeats("{ ... on A { a } ... on B { a } }"));
        assert!(repeats("{ ...F a } fragment F on T { ...G } fragment G on T { b a }"));
        assert!(repeats("{ ...F ...F } fragment F on T { a }"));
        assert!(repeats("{ x { ...F } } fragment F on T { y { b b } }"));
    }
}
