//! The arguments of root fields, held against their types before the first of them runs.
//!
//! The engine looks at a literal when its field is about to run: `mutation { a(n: 1) b(n: 5000000000) }` would run `a`, and
//! then fail; in a query the failed argument would take its siblings with it.

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition};
use async_graphql::{Positioned, Value, Variables};

use super::input_types::InputTypes;
use super::refusal::{Refusal, RefusalCode, quoted};
use super::root_fields::root_fields;

/// Checks the arguments of all root fields, with the request's variables (coerced already) filled in.
///
/// # Errors
/// `BAD_USER_INPUT` for the first one that does not fit.
pub(super) fn check_root_arguments(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    types: &InputTypes,
    variables: &Variables,
) -> Result<(), Refusal> {
    root_fields(document, operation).into_iter().try_for_each(|field| check_field(field, types, variables))
}

fn check_field(field: &Positioned<Field>, types: &InputTypes, variables: &Variables) -> Result<(), Refusal> {
    for (name, literal) in &field.node.arguments {
        // What the schema does not have is refused by its own validation.
        let Some(ty) = types.root_argument(&field.node.name.node, &name.node) else { continue };
        let filled = |variable| Ok::<_, ()>(variables.get(&variable).cloned().unwrap_or(Value::Null));
        let Ok(value) = literal.node.clone().into_const_with(filled) else { continue };
        if let Err(error) = types.check(ty, &value) {
            let message = format!(
                "Argument {} has invalid value {}{}; {}.",
                quoted(&name.node),
                error.shown,
                at(&error.path),
                error.reason
            );
            return Err(Refusal::new(RefusalCode::BadUserInput, message).at(literal.pos));
        }
    }
    Ok(())
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" at {}", quoted(path.trim_start_matches('.'))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::document::{DocumentLimits, SchemaTypes, check};
    use async_graphql::parser::types::OperationType;

    fn types() -> SchemaTypes {
        let sdl = "type Query { a: Int } type Mutation { a(n: Int!): Int b(input: I!): Int } input I { n: Int! m: Int }";
        SchemaTypes::from_sdl(sdl, |_, _| Ok(())).unwrap()
    }

    fn checked(text: &str, variables: serde_json::Value) -> Result<(), RefusalCode> {
        let types = types();
        let document = check(text, &DocumentLimits::default(), &types).map_err(|refusal| refusal.code)?;
        let operation = document.operation(None).map_err(|refusal| refusal.code)?;
        assert_eq!(operation.kind, OperationType::Mutation);
        document.check_arguments(operation, types.inputs(), &Variables::from_json(variables)).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_literal_that_does_not_fit_stops_the_whole_mutation() {
        let refused = Err(RefusalCode::BadUserInput);
        assert_eq!(checked("mutation { a(n: 1) b(input: { n: 2, m: null }) }", serde_json::json!({})), Ok(()));
        assert_eq!(checked("mutation { a(n: 1) x: a(n: 5000000000) }", serde_json::json!({})), refused);
        assert_eq!(checked("mutation { a(n: 1) b(input: 5) }", serde_json::json!({})), refused);
        assert_eq!(
            checked("mutation { a(n: 1) ...F } fragment F on Mutation { b(input: { m: 1 }) }", serde_json::json!({})),
            refused
        );
        let with_variable = "mutation($n: Int) { a(n: 1) b(input: { n: $n }) }";
        assert_eq!(checked(with_variable, serde_json::json!({ "n": 3 })), Ok(()));
        assert_eq!(checked(with_variable, serde_json::json!({})), refused);
    }
}
