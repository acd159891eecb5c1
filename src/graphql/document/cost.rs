//! What an operation costs, in points, before anything runs.
//!
//! * A field with a selection set costs 1, once for each item of the lists around it; a list counts as its items. Scalars are
//!   free.
//! * A page has as many items as `first` or `last` says (1 to 100), 20 without. Only `nodes` and what is below `edges` is
//!   multiplied; an edge costs nothing beside its node.
//! * `totalCount` and `count` cost 10, each of the `fields` of `facets` 20, each root field of a mutation 10.
//! * `nodes(ids:)` has as many items as ids; a list without pages counts as 12.
//!
//! Page sizes may be variables, so the cost of a document is an expression. A fragment is one node of it however often it is
//! spread, which keeps the expression as small as the document. All arithmetic saturates.

use async_graphql::parser::types::Field;
use async_graphql::{Name, Value};

use super::expression::{CostExpression, Expr, Items, Sum, list_length, page_size};

/// Points of `totalCount` and of `count`: up to 10 000 rows are counted.
const COUNT_POINTS: u64 = 10;
/// Points of one facet, its values included: a count per value over all matches.
const FACET_POINTS: u64 = 20;
/// Points of a root field of a mutation.
const MUTATION_POINTS: u64 = 10;
/// Page size when neither `first` nor `last` is given.
const DEFAULT_PAGE: u64 = 20;
/// Items of a list that has no pages.
const PLAIN_LIST: u64 = 12;

/// Fields that are connections, or lists where a mutation answers with what it wrote.
const PAGED_FIELDS: [&str; 4] = ["products", "producers", "orders", "webhookEvents"];
/// Fields that are lists without edges, and how many items they have when nothing says so.
const LIST_FIELDS: [(&str, u64); 6] = [
    ("categories", PLAIN_LIST),
    ("lines", PLAIN_LIST),
    ("events", PLAIN_LIST),
    ("upstreams", PLAIN_LIST),
    ("checks", PLAIN_LIST),
    ("history", DEFAULT_PAGE),
];
/// What a connection consists of. A paged field with anything else below it is a plain list.
const CONNECTION_FIELDS: [&str; 7] = ["edges", "nodes", "pageInfo", "totalCount", "count", "facets", "__typename"];

/// The cost of a selection set, split by what the field above it may multiply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SelectionCost {
    /// What counts once per page: `pageInfo`, counts, facets, and everything that is no part of a connection.
    once: Expr,
    /// What counts once per item of the page that these `edges` and `nodes` belong to.
    per_item: Expr,
    /// Whether there are fields that a connection does not have.
    has_other_fields: bool,
}

/// The cost of a selection set while its selections are walked.
#[derive(Debug, Default)]
pub(super) struct SelectionSum {
    once: Sum,
    per_item: Sum,
    has_other_fields: bool,
}

impl SelectionSum {
    /// Adds what a fragment of the same selection set costs.
    pub(super) fn add_fragment(&mut self, fragment: SelectionCost) {
        self.once.add(fragment.once);
        self.per_item.add(fragment.per_item);
        self.has_other_fields |= fragment.has_other_fields;
    }

    /// Adds a field, given the cost of the selection set below it.
    pub(super) fn add_field(&mut self, expression: &mut CostExpression, field: &Field, below: SelectionCost) {
        let name = field.name.node.as_str();
        self.has_other_fields |= !CONNECTION_FIELDS.contains(&name);
        if name == "totalCount" {
            self.once.add(Expr::Fixed(COUNT_POINTS));
        }
        if field.selection_set.node.items.is_empty() {
            return;
        }
        match name {
            "edges" => {
                self.once.add(Expr::Fixed(1));
                self.per_item.add(below.with(expression, 0));
            }
            "nodes" if field.get_argument("ids").is_none() => self.per_item.add(below.with(expression, 1)),
            "count" => self.once.add(below.with(expression, COUNT_POINTS)),
            _ => {
                let cost = field_cost(expression, field, below);
                self.once.add(cost);
            }
        }
    }

    /// The cost of the whole selection set.
    pub(super) fn finish(self, expression: &mut CostExpression) -> SelectionCost {
        SelectionCost {
            once: expression.sum(self.once),
            per_item: expression.sum(self.per_item),
            has_other_fields: self.has_other_fields,
        }
    }
}

impl SelectionCost {
    /// The cost of an operation with this selection set; `mutations` is the number of root fields of a mutation, else 0.
    pub(super) fn of_operation(self, expression: &mut CostExpression, mutations: u64) -> Expr {
        // The point that each field has of its own is in the sum already.
        self.with(expression, mutations.saturating_mul(MUTATION_POINTS - 1))
    }

    /// Everything in this selection set, and so many points more.
    fn with(self, expression: &mut CostExpression, more: u64) -> Expr {
        let mut sum = Sum::of(more);
        sum.add(self.once);
        sum.add(self.per_item);
        expression.sum(sum)
    }
}

/// The cost of a field that is an object, a connection or a list.
fn field_cost(expression: &mut CostExpression, field: &Field, below: SelectionCost) -> Expr {
    let name = field.name.node.as_str();
    match name {
        "nodes" => {
            let each = below.with(expression, 1);
            return expression.times(list_argument(field, "ids"), each);
        }
        "facets" => {
            let each = below.with(expression, FACET_POINTS);
            return expression.times(list_argument(field, "fields"), each);
        }
        _ => {}
    }
    let list = LIST_FIELDS.iter().find(|(list, _)| *list == name);
    let default = list.map_or(DEFAULT_PAGE, |(_, items)| *items);
    let paged = PAGED_FIELDS.contains(&name) || field.get_argument("first").is_some() || field.get_argument("last").is_some();
    if list.is_some() || (paged && below.has_other_fields) {
        let each = below.with(expression, 1);
        return expression.times(page_arguments(field, default), each);
    }
    if !paged {
        return below.with(expression, 1);
    }
    let mut sum = Sum::of(1);
    sum.add(below.once);
    let items = expression.times(page_arguments(field, default), below.per_item);
    sum.add(items);
    expression.sum(sum)
}

/// An argument as the document gives it. The engine takes the first of two with one name, and so does this.
enum Argument {
    Absent,
    Literal(Value),
    Variable(Name),
}

fn argument(field: &Field, name: &str) -> Argument {
    let Some(value) = field.get_argument(name) else {
        return Argument::Absent;
    };
    let mut variables = Vec::new();
    let literal = value.node.clone().into_const_with(|variable| {
        variables.push(variable);
        Ok::<_, std::convert::Infallible>(Value::Null)
    });
    match (literal, variables.pop()) {
        (Ok(Value::Null), Some(variable)) => Argument::Variable(variable),
        (Ok(value), _) => Argument::Literal(value),
        (Err(never), _) => match never {},
    }
}

/// The page that `first` and `last` ask for; the larger one when both are given, which the resolvers refuse.
fn page_arguments(field: &Field, default: u64) -> Items {
    let (mut given, mut variables) = (None, Vec::new());
    for name in ["first", "last"] {
        match argument(field, name) {
            Argument::Absent => {}
            Argument::Literal(value) => given = given.max(page_size(&value)),
            Argument::Variable(variable) => variables.push(variable),
        }
    }
    if variables.is_empty() { Items::Fixed(given.unwrap_or(default)) } else { Items::Page { given, variables, default } }
}

fn list_argument(field: &Field, name: &str) -> Items {
    match argument(field, name) {
        Argument::Absent => Items::Fixed(1),
        Argument::Literal(value) => Items::Fixed(list_length(&value)),
        Argument::Variable(variable) => Items::Length(variable),
    }
}
