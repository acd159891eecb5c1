//! Whether an operation may be cached for everybody, and for how long: decided once per document, for all variables, with
//! `@skip` and `@include` counting as included.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};

use super::cache_rules::{CacheRules, Hint, QUERY};
use super::fragment;
use super::refusal::Refusal;

/// What a shared cache may do with the answer to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cacheability {
    /// For how long it may be kept, in seconds; `None` when it must not be kept at all.
    pub(crate) max_age_s: Option<u32>,
}

/// The fragments of a document with what they allow; its operations come next.
pub(super) struct CacheWalk<'d> {
    rules: &'d CacheRules,
    fragments: HashMap<&'d str, Hint>,
}

impl<'d> CacheWalk<'d> {
    /// Walks all fragments, each once, after the ones it spreads.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` for fragment cycles and unknown fragments.
    pub(super) fn fragments_of(document: &'d ExecutableDocument, rules: &'d CacheRules) -> Result<Self, Refusal> {
        let mut walk = Self { rules, fragments: HashMap::new() };
        for name in fragment::in_order(document)? {
            if let Some(definition) = document.fragments.get(name) {
                let condition = definition.node.type_condition.node.on.node.as_str();
                let hint = walk.selections_on(condition, &definition.node.selection_set.node);
                walk.fragments.insert(name, hint);
            }
        }
        Ok(walk)
    }

    /// What a shared cache may do with the answer to this operation.
    pub(super) fn operation(&self, operation: &OperationDefinition) -> Cacheability {
        if operation.ty != OperationType::Query {
            return Cacheability { max_age_s: None };
        }
        Cacheability { max_age_s: self.selections_on(QUERY, &operation.selection_set.node).max_age_s() }
    }

    /// A selection set behind a type condition: the type itself may be guarded.
    fn selections_on(&self, condition: &str, set: &SelectionSet) -> Hint {
        self.rules.type_hint(condition).and(self.selections(condition, set))
    }

    /// Recurses as deep as the text has brackets, which the byte scan has bounded; fragments are looked up. What the schema
    /// does not have is never cached: the operation will not pass validation.
    fn selections(&self, parent: &str, set: &SelectionSet) -> Hint {
        let mut hint = Hint::SILENT;
        for item in &set.items {
            let part = match &item.node {
                Selection::Field(field) => self.field(parent, &field.node.name.node, &field.node.selection_set.node),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map_or(parent, |condition| &condition.node.on.node);
                    self.selections_on(condition, &inline.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragments.get(spread.node.fragment_name.node.as_str()).copied().unwrap_or(Hint::NEVER)
                }
            };
            hint = hint.and(part);
        }
        hint
    }

    fn field(&self, parent: &str, name: &str, below: &SelectionSet) -> Hint {
        if name == "__typename" {
            return Hint::SILENT;
        }
        match self.rules.field(parent, name) {
            Some(rule) => rule.hint.and(self.selections(&rule.returns, below)),
            None => Hint::NEVER,
        }
    }
}
