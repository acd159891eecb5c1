//! The root fields of an operation, through its fragments.

use std::collections::HashSet;

use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection};

/// All root fields in the order of the document; each fragment is entered once.
pub(super) fn root_fields<'d>(
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
) -> Vec<&'d Positioned<Field>> {
    let (mut fields, mut spread) = (Vec::new(), HashSet::new());
    let mut open = vec![operation.selection_set.node.items.iter()];
    while let Some(items) = open.last_mut() {
        let Some(item) = items.next() else {
            open.pop();
            continue;
        };
        match &item.node {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(inline) => open.push(inline.node.selection_set.node.items.iter()),
            Selection::FragmentSpread(fragment) => {
                let name = fragment.node.fragment_name.node.as_str();
                if let Some(fragment) = document.fragments.get(name).filter(|_| spread.insert(name)) {
                    open.push(fragment.node.selection_set.node.items.iter());
                }
            }
        }
    }
    fields
}
