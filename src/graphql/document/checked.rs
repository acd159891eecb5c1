//! A document that passed all checks which need no variables, and what is known of its operations.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, VariableDefinition,
};
use async_graphql::{Name, Positioned, Variables};

use super::arguments::check_root_arguments;
use super::cacheability::{CacheWalk, Cacheability};
use super::expression::{CostExpression, Expr};
use super::input_types::InputTypes;
use super::limits::DocumentLimits;
use super::measure::{Measured, Size};
use super::parse::parse;
use super::refusal::{Refusal, RefusalCode, quoted};
use super::repeats::Repeats;
use super::scan::scan;
use super::schema_types::SchemaTypes;
use super::variables::check_definitions;

/// Memory of one selection and of one token of a parsed document, in bytes, measured on the parser's types and rounded up.
const SELECTION_BYTES: usize = 256;
const TOKEN_BYTES: usize = 64;

/// A document within its limits.
#[derive(Debug)]
pub(crate) struct CheckedDocument {
    document: ExecutableDocument,
    operations: Vec<CheckedOperation>,
    expression: CostExpression,
    validated_strict: AtomicBool,
    archived: AtomicBool,
    weight_bytes: usize,
    #[cfg(test)]
    pub(super) steps: usize,
}

/// What is known of one operation.
#[derive(Debug)]
pub(crate) struct CheckedOperation {
    /// Its name, if it has one.
    pub(crate) name: Option<Arc<str>>,
    /// Query, mutation or subscription.
    pub(crate) kind: OperationType,
    /// Its variables, in the order of the document.
    pub(crate) variable_definitions: Vec<Positioned<VariableDefinition>>,
    /// Names of its root fields (not their aliases), each once, in the order of the document.
    pub(crate) root_fields: Vec<Name>,
    /// Depth, fields, aliases and so on, after spreading.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests look at it"))]
    pub(crate) size: Size,
    /// Whether everybody may be given the same answer, and for how long.
    pub(crate) cacheability: Cacheability,
    /// Whether a response key may stand twice in one place, so that the engine merges what its fields give.
    pub(crate) repeats_keys: bool,
    cost: Expr,
}

#[cfg(test)]
impl CheckedOperation {
    /// Whether it asks for nothing but the schema: all root fields begin with two underscores.
    pub(crate) fn is_only_introspection(&self) -> bool {
        self.root_fields.iter().all(|name| name.starts_with("__"))
    }
}

/// All checks of a document that need no variables. Linear in its length.
///
/// # Errors
/// `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`, `QUERY_TOO_COMPLEX` or `QUERY_TOO_DEEP`.
pub(crate) fn check(text: &str, limits: &DocumentLimits, types: &SchemaTypes) -> Result<CheckedDocument, Refusal> {
    let tokens = scan(text, limits)?;
    let document = parse(text)?;
    let definitions = in_document_order(&document.operations);
    check_counts(&definitions, limits)?;
    for (_, operation) in &definitions {
        check_definitions(&operation.node.variable_definitions, &types.inputs)?;
    }
    let (operations, expression, visited) = measured(&document, definitions, limits, types)?;
    Ok(CheckedDocument {
        #[cfg(test)]
        steps: visited + expression.len(),
        document,
        operations,
        expression,
        validated_strict: AtomicBool::new(false),
        archived: AtomicBool::new(false),
        weight_bytes: text.len() + visited * SELECTION_BYTES + tokens * TOKEN_BYTES,
    })
}

type Definition<'d> = (Option<&'d Name>, &'d Positioned<OperationDefinition>);

/// The parser keeps operations in a map; sorted, the same document always gives the same answer.
fn in_document_order(operations: &DocumentOperations) -> Vec<Definition<'_>> {
    let mut definitions: Vec<_> = operations.iter().collect();
    definitions.sort_by_key(|(name, operation)| (operation.pos, *name));
    definitions
}

fn check_counts(definitions: &[Definition<'_>], limits: &DocumentLimits) -> Result<(), Refusal> {
    let (found, max) = (definitions.len(), limits.max_operations);
    if found > max {
        let message = format!("The document has {found} operations; at most {max} are allowed.");
        return Err(Refusal::new(RefusalCode::TooComplex, message));
    }
    for (_, operation) in definitions {
        let (found, max) = (operation.node.variable_definitions.len(), limits.max_variables);
        if found > max {
            let message = format!("The operation has {found} variables; at most {max} are allowed.");
            return Err(Refusal::new(RefusalCode::TooComplex, message).at(operation.pos));
        }
    }
    Ok(())
}

fn measured(
    document: &ExecutableDocument,
    definitions: Vec<Definition<'_>>,
    limits: &DocumentLimits,
    types: &SchemaTypes,
) -> Result<(Vec<CheckedOperation>, CostExpression, usize), Refusal> {
    let mut measured = Measured::fragments_of(document)?;
    let caching = CacheWalk::fragments_of(document, &types.caching)?;
    let mut repeats = Repeats::of(document);
    let mut selections = 0_u64;
    let mut operations = Vec::with_capacity(definitions.len());
    for (name, definition) in definitions {
        let (size, cost) = measured.operation(&definition.node)?;
        limits.check_operation(&size, definition.pos)?;
        selections = selections.saturating_add(size.selections);
        operations.push(CheckedOperation {
            name: name.map(|name| Arc::from(name.as_str())),
            kind: definition.node.ty,
            variable_definitions: definition.node.variable_definitions.clone(),
            root_fields: measured.root_fields(&definition.node),
            size,
            cacheability: caching.operation(&definition.node),
            repeats_keys: repeats.are_in(&definition.node),
            cost,
        });
    }
    selections = measured.fragments().fold(selections, |sum, (_, size)| sum.saturating_add(size.selections));
    limits.check_selections(selections)?;
    if let Some((name, size)) = measured.fragments().max_by_key(|(name, size)| (size.nesting, Reverse(*name))) {
        let location = document.fragments.get(name).map(|fragment| fragment.pos).unwrap_or_default();
        limits.check_fragment(&size, location)?;
    }
    let (expression, visited) = measured.into_expression();
    Ok((operations, expression, visited))
}

impl CheckedDocument {
    /// The parsed document, for `Request::set_parsed_query`.
    pub(crate) fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// Holds the arguments of the operation's root fields against their types, before the first of them runs.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for the first one that does not fit.
    pub(crate) fn check_arguments(
        &self,
        operation: &CheckedOperation,
        types: &InputTypes,
        variables: &Variables,
    ) -> Result<(), Refusal> {
        let definition = match &self.document.operations {
            DocumentOperations::Single(only) => Some(only),
            DocumentOperations::Multiple(named) => operation.name.as_deref().and_then(|name| named.get(name)),
        };
        definition.map_or(Ok(()), |definition| check_root_arguments(&self.document, &definition.node, types, variables))
    }

    /// All operations, in the order of the document; at least one.
    pub(crate) fn operations(&self) -> &[CheckedOperation] {
        &self.operations
    }

    /// Which of the operations a request means.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is none of that name, or no name and several operations.
    pub(crate) fn position(&self, name: Option<&str>) -> Result<usize, Refusal> {
        match (name, self.operations.as_slice()) {
            (None, [_only]) => Ok(0),
            (None, _) => {
                let message = "Must provide operation name if query contains multiple operations.";
                Err(Refusal::new(RefusalCode::BadRequest, message))
            }
            (Some(name), operations) => operations
                .iter()
                .position(|operation| operation.name.as_deref() == Some(name))
                .ok_or_else(|| Refusal::new(RefusalCode::BadRequest, format!("Unknown operation named {}.", quoted(name)))),
        }
    }

    /// The operation that a request means.
    #[cfg(test)]
    pub(crate) fn operation(&self, name: Option<&str>) -> Result<&CheckedOperation, Refusal> {
        self.position(name).map(|position| &self.operations[position])
    }

    /// Points that an operation of this document costs with these variables, whose defaults must have been filled in.
    pub(crate) fn cost(&self, operation: &CheckedOperation, variables: &Variables) -> u64 {
        self.expression.evaluate(operation.cost, variables)
    }

    /// Notes that the schema has validated this document in full once, so that queries of it need no validation again.
    pub(crate) fn set_validated_strict(&self) {
        self.validated_strict.store(true, Ordering::Relaxed);
    }

    /// Whether the schema has validated this document in full.
    pub(crate) fn is_validated_strict(&self) -> bool {
        self.validated_strict.load(Ordering::Relaxed)
    }

    /// Notes that its text is kept beyond this process; true for the first who does.
    pub(crate) fn set_archived(&self) -> bool {
        !self.archived.swap(true, Ordering::Relaxed)
    }

    /// Whether its text is kept beyond this process.
    pub(crate) fn is_archived(&self) -> bool {
        self.archived.load(Ordering::Relaxed)
    }

    /// Memory that this document takes, in bytes, about.
    pub(crate) fn weight_bytes(&self) -> usize {
        self.weight_bytes
    }
}
