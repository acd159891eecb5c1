//! A cost as an expression of a document's variables, small enough to be evaluated with every request.

use async_graphql::{Name, Value, Variables};

/// Largest page that is counted; the resolvers refuse more.
const MAX_PAGE: u64 = 100;

/// A cost: a number, or a node of the document's expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expr {
    /// Points that depend on no variable.
    Fixed(u64),
    /// Index of a node.
    Node(usize),
}

impl Default for Expr {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

/// How many items a list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Items {
    /// A number that depends on no variable.
    Fixed(u64),
    /// The largest of these page sizes, the variables that are set included; `default` when there is none.
    Page { given: Option<u64>, variables: Vec<Name>, default: u64 },
    /// As many as the list in this variable has.
    Length(Name),
}

/// One node of the expression; its operands come before it.
#[derive(Debug)]
enum Node {
    Sum {
        fixed: u64,
        parts: Vec<usize>,
    },
    Times {
        items: Items,
        each: usize,
    },
    /// The cost of an item is known, their number is not.
    TimesFixed {
        items: Items,
        each: u64,
    },
}

/// The expression of a whole document, operands before the nodes that use them.
#[derive(Debug, Default)]
pub(super) struct CostExpression {
    nodes: Vec<Node>,
}

impl CostExpression {
    /// The points of `cost` with these variables, whose defaults must have been filled in. Each node is computed once.
    pub(super) fn evaluate(&self, cost: Expr, variables: &Variables) -> u64 {
        let Expr::Node(last) = cost else {
            return known(cost, &[]);
        };
        let mut points: Vec<u64> = Vec::with_capacity(last + 1);
        for node in self.nodes.iter().take(last + 1) {
            let value = match node {
                Node::Sum { fixed, parts } => {
                    parts.iter().fold(*fixed, |sum, part| sum.saturating_add(known(Expr::Node(*part), &points)))
                }
                Node::Times { items, each } => items.count(variables).saturating_mul(known(Expr::Node(*each), &points)),
                Node::TimesFixed { items, each } => items.count(variables).saturating_mul(*each),
            };
            points.push(value);
        }
        known(cost, &points)
    }

    /// Number of nodes, to see that it is linear in the document.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn push(&mut self, node: Node) -> Expr {
        self.nodes.push(node);
        Expr::Node(self.nodes.len() - 1)
    }

    /// A cost for the sum of its operands; no node when none of them depends on a variable.
    pub(super) fn sum(&mut self, sum: Sum) -> Expr {
        match (sum.fixed, sum.parts.as_slice()) {
            (fixed, []) => Expr::Fixed(fixed),
            (0, [part]) => Expr::Node(*part),
            (fixed, _) => self.push(Node::Sum { fixed, parts: sum.parts }),
        }
    }

    /// So many times the cost of one item.
    pub(super) fn times(&mut self, items: Items, each: Expr) -> Expr {
        match (items, each) {
            (_, Expr::Fixed(0)) => Expr::Fixed(0),
            (Items::Fixed(count), Expr::Fixed(each)) => Expr::Fixed(count.saturating_mul(each)),
            (items, Expr::Fixed(each)) => self.push(Node::TimesFixed { items, each }),
            (items, Expr::Node(each)) => self.push(Node::Times { items, each }),
        }
    }
}

/// Points of an operand. One that is not known yet cannot occur; it would be refused as too costly.
fn known(cost: Expr, points: &[u64]) -> u64 {
    match cost {
        Expr::Fixed(fixed) => fixed,
        Expr::Node(index) => points.get(index).copied().unwrap_or(u64::MAX),
    }
}

/// Operands of a sum while it is collected.
#[derive(Debug, Default)]
pub(super) struct Sum {
    fixed: u64,
    parts: Vec<usize>,
}

impl Sum {
    /// A sum that begins with so many points.
    pub(super) fn of(fixed: u64) -> Self {
        Self { fixed, parts: Vec::new() }
    }

    /// One operand more.
    pub(super) fn add(&mut self, cost: Expr) {
        match cost {
            Expr::Fixed(fixed) => self.fixed = self.fixed.saturating_add(fixed),
            Expr::Node(index) => self.parts.push(index),
        }
    }
}

impl Items {
    fn count(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(count) => *count,
            Self::Page { given, variables: names, default } => {
                let asked = names.iter().filter_map(|name| variables.get(name.as_str())).filter_map(page_size).max();
                asked.max(*given).unwrap_or(*default)
            }
            Self::Length(name) => variables.get(name.as_str()).map_or(1, list_length),
        }
    }
}

/// The page size that counts for a value: 1 to 100, the largest for what is no small integer, nothing for `null`.
pub(super) fn page_size(value: &Value) -> Option<u64> {
    match value {
        Value::Null => None,
        Value::Number(number) => match number.as_i64() {
            Some(size) => Some(u64::try_from(size).unwrap_or(1).clamp(1, MAX_PAGE)),
            None => Some(MAX_PAGE),
        },
        _ => Some(MAX_PAGE),
    }
}

/// Items of a list; a single value stands for a list of one. Longer lists than a page are refused by the resolvers.
pub(super) fn list_length(value: &Value) -> u64 {
    match value {
        Value::List(items) => u64::try_from(items.len()).unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE),
        _ => 1,
    }
}
