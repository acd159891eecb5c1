//! The one walk over a parsed document: how large it is when its fragments are spread, without spreading them.
//!
//! Each fragment is measured once and its size added wherever it is spread, so that the walk is linear in the document
//! however large the result. `@skip` and `@include` count as included, and a response key that occurs twice counts twice,
//! because the engine runs its resolver twice.

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet};

use super::cost::{SelectionCost, SelectionSum};
use super::expression::{CostExpression, Expr};
use super::fragment;
use super::refusal::Refusal;
use super::root_fields::root_fields;

/// Lists of the type system that nest; each level multiplies an introspection by the size of the schema.
const TYPE_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// How large a selection set is after its fragments are spread. Counts saturate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Fields, at any depth.
    pub(crate) fields: u64,
    /// Fields, spreads and inline fragments, at any depth.
    pub(crate) selections: u64,
    /// Fields with an alias, at any depth.
    pub(crate) aliases: u64,
    /// Directives, at any depth.
    pub(crate) directives: u64,
    /// Fields of this level; of an operation: its root fields.
    pub(crate) root_fields: u64,
    /// Fields inside each other; `__schema` and `__type` count as leaves.
    pub(crate) depth: u64,
    /// Selection sets inside this one, those of fragments included.
    pub(crate) nesting: u64,
    /// Fields inside each other, from `__schema` or `__type` on.
    pub(crate) introspection_depth: u64,
    /// Lists of the type system inside each other, below `__schema` or `__type`.
    pub(crate) introspection_lists: u64,
    /// The same, wherever they are: a fragment does not know yet where it will be spread.
    type_lists: u64,
}

impl Size {
    /// Adds another part of the same selection set.
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.type_lists = self.type_lists.max(other.type_lists);
    }

    /// Adds the directives of a selection.
    fn with_directives(mut self, directives: usize) -> Self {
        self.directives = self.directives.saturating_add(u64::try_from(directives).unwrap_or(u64::MAX));
        self
    }

    /// The size of a fragment, seen from the selection set it is part of.
    fn inside_fragment(mut self, directives: usize) -> Self {
        self.selections = self.selections.saturating_add(1);
        self.nesting = self.nesting.saturating_add(1);
        self.with_directives(directives)
    }

    /// The size of a field whose selection set has this size.
    fn below_field(mut self, field: &Field) -> Self {
        let name = field.name.node.as_str();
        self.fields = self.fields.saturating_add(1);
        self.selections = self.selections.saturating_add(1);
        self.aliases = self.aliases.saturating_add(u64::from(field.alias.is_some()));
        self.root_fields = 1;
        self.depth = self.depth.saturating_add(1);
        self.nesting = self.nesting.saturating_add(u64::from(!field.selection_set.node.items.is_empty()));
        if matches!(name, "__schema" | "__type") {
            self.introspection_depth = self.introspection_depth.max(self.depth);
            self.introspection_lists = self.introspection_lists.max(self.type_lists);
            self.depth = 1;
        }
        if TYPE_LISTS.contains(&name) {
            self.type_lists = self.type_lists.saturating_add(1);
        }
        self.with_directives(field.directives.len())
    }
}

/// Size and cost of a selection set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measure {
    /// How large it is.
    pub(super) size: Size,
    cost: SelectionCost,
}

/// A document whose fragments have been measured; its operations can be measured next.
pub(super) struct Measured<'d> {
    document: &'d ExecutableDocument,
    fragments: HashMap<&'d str, Measure>,
    expression: CostExpression,
    visited: usize,
}

impl<'d> Measured<'d> {
    /// Measures all fragments, spread or not.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` for fragment cycles and unknown fragments.
    pub(super) fn fragments_of(document: &'d ExecutableDocument) -> Result<Self, Refusal> {
        let mut measured = Self { document, fragments: HashMap::new(), expression: CostExpression::default(), visited: 0 };
        for name in fragment::in_order(document)? {
            if let Some(definition) = document.fragments.get(name) {
                let mut measure = measured.selection_set(&definition.node.selection_set.node)?;
                measure.size = measure.size.with_directives(definition.node.directives.len());
                measured.fragments.insert(name, measure);
            }
        }
        Ok(measured)
    }

    /// Names and sizes of the fragments.
    pub(super) fn fragments(&self) -> impl Iterator<Item = (&'d str, Size)> {
        self.fragments.iter().map(|(name, measure)| (*name, measure.size))
    }

    /// Size and cost of an operation.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` for unknown fragments.
    pub(super) fn operation(&mut self, operation: &'d OperationDefinition) -> Result<(Size, Expr), Refusal> {
        let Measure { size, cost } = self.selection_set(&operation.selection_set.node)?;
        let directives = operation.variable_definitions.iter().map(|variable| variable.node.directives.len()).sum::<usize>();
        let size = size.with_directives(operation.directives.len() + directives);
        let mutations = if operation.ty == OperationType::Mutation { size.root_fields } else { 0 };
        Ok((size, cost.of_operation(&mut self.expression, mutations)))
    }

    /// The expression that all costs belong to, and the number of selections that were visited to get there.
    pub(super) fn into_expression(self) -> (CostExpression, usize) {
        (self.expression, self.visited)
    }

    /// Recurses as deep as the text has brackets, which the byte scan has bounded; fragments are looked up.
    fn selection_set(&mut self, set: &'d SelectionSet) -> Result<Measure, Refusal> {
        let mut size = Size::default();
        let mut cost = SelectionSum::default();
        for item in &set.items {
            self.visited += 1;
            match &item.node {
                Selection::Field(field) => {
                    let below = self.selection_set(&field.node.selection_set.node)?;
                    size.add(below.size.below_field(&field.node));
                    cost.add_field(&mut self.expression, &field.node, below.cost);
                }
                Selection::InlineFragment(inline) => {
                    let inside = self.selection_set(&inline.node.selection_set.node)?;
                    size.add(inside.size.inside_fragment(inline.node.directives.len()));
                    cost.add_fragment(inside.cost);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let inside = *self.fragments.get(name).ok_or_else(|| fragment::unknown(name, spread.pos))?;
                    size.add(inside.size.inside_fragment(spread.node.directives.len()));
                    cost.add_fragment(inside.cost);
                }
            }
        }
        Ok(Measure { size, cost: cost.finish(&mut self.expression) })
    }

    /// Names of the root fields of an operation, each once, in the order of the document.
    pub(super) fn root_fields(&self, operation: &'d OperationDefinition) -> Vec<Name> {
        let mut seen = HashSet::new();
        let names = root_fields(self.document, operation).into_iter().map(|field| &field.node.name.node);
        names.filter(|name| seen.insert(name.as_str())).cloned().collect()
    }
}
