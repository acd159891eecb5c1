//! Whether the engine will have to merge values under one response key.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};

/// Selections that are looked at, all operations of a document together: what a document may hold is some hundred.
const STEPS_MAX: usize = 2_000;

/// Looks for response keys that stand twice in one selection set, in itself or through its fragments.
///
/// Conditions on types are not looked at, and beyond [`STEPS_MAX`] nothing is: that may find too much, and costs time only.
pub(super) struct Repeats<'d> {
    document: &'d ExecutableDocument,
    steps_left: usize,
}

impl<'d> Repeats<'d> {
    /// Nothing looked at yet.
    pub(super) fn of(document: &'d ExecutableDocument) -> Self {
        Self { document, steps_left: STEPS_MAX }
    }

    /// Whether an operation may repeat a key. Fragments must be free of cycles.
    pub(super) fn are_in(&mut self, operation: &'d OperationDefinition) -> bool {
        !self.are_distinct(&operation.selection_set.node, &mut HashSet::new())
    }

    /// Adds the keys of a part of a selection set to those of the parts in front of it. Recurses as deep as the document
    /// nests, which has been measured.
    fn are_distinct(&mut self, set: &'d SelectionSet, keys: &mut HashSet<&'d str>) -> bool {
        set.items.iter().all(|item| {
            let Some(left) = self.steps_left.checked_sub(1) else { return false };
            self.steps_left = left;
            match &item.node {
                Selection::Field(field) => {
                    keys.insert(field.node.response_key().node.as_str())
                        && self.are_distinct(&field.node.selection_set.node, &mut HashSet::new())
                }
                Selection::InlineFragment(inline) => self.are_distinct(&inline.node.selection_set.node, keys),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    fragment.is_none_or(|fragment| self.are_distinct(&fragment.node.selection_set.node, keys))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn repeats(text: &str) -> bool {
        let document = parse_query(text).unwrap();
        let mut repeats = Repeats::of(&document);
        document.operations.iter().all(|(_, operation)| repeats.are_in(&operation.node))
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

    #[test]
    fn a_bomb_of_fragments_is_given_up() {
        let mut text = "{ ...F0 }".to_owned();
        for n in 0..28 {
            text += &format!(" fragment F{n} on T {{ a {{ ...F{0} }} b {{ ...F{0} }} }}", n + 1);
        }
        assert!(repeats(&(text + " fragment F28 on T { a }")));
    }
}
