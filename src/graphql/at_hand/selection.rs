//! The fields that a selection set means for one object type.

use std::collections::HashMap;

use async_graphql::parser::types::{Field, FragmentDefinition, Selection, SelectionSet, TypeCondition};
use async_graphql::{Name, Positioned};

/// The fragments of a document.
pub(super) type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Appends the fields of a set, those of its fragments included, in the order of the answer. None when there is a directive
/// or a fragment on another type: the engine knows what these mean.
///
/// Recurses as deep as the document's checks allow; `@skip` and `@include` are gone by now.
pub(super) fn fields_of<'a>(
    set: &'a SelectionSet,
    fragments: &'a Fragments,
    type_name: &str,
    fields: &mut Vec<&'a Field>,
) -> Option<()> {
    let fits = |condition: &TypeCondition| condition.on.node.as_str() == type_name;
    for selection in &set.items {
        if !selection.node.directives().is_empty() {
            return None;
        }
        let inside = match &selection.node {
            Selection::Field(field) => {
                fields.push(&field.node);
                continue;
            }
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                condition.is_none_or(|condition| fits(&condition.node)).then_some(&inline.node.selection_set)?
            }
            Selection::FragmentSpread(spread) => {
                let fragment = fragments.get(&spread.node.fragment_name.node)?;
                fits(&fragment.node.type_condition.node).then_some(&fragment.node.selection_set)?
            }
        };
        fields_of(&inside.node, fragments, type_name, fields)?;
    }
    Some(())
}
