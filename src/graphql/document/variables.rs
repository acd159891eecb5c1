//! Variables of a request: defaults filled in, everything held against its type before anything runs.

use std::collections::HashSet;

use async_graphql::parser::types::VariableDefinition;
use async_graphql::{Positioned, Value, Variables};

use super::checked::CheckedOperation;
use super::input_types::{InputTypes, Mismatch};
use super::refusal::{Refusal, RefusalCode, clipped, quoted};

/// Longest name or type of a variable quoted in a message, in characters.
const MAX_QUOTED_CHARS: usize = 60;

/// What can be said of variables without their values: known types, defaults that fit, no name twice. The engine panics at
/// the default of a list of an unknown type.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check_definitions(definitions: &[Positioned<VariableDefinition>], types: &InputTypes) -> Result<(), Refusal> {
    let mut names = HashSet::new();
    for definition in definitions {
        let refused = |message: String| Err(Refusal::new(RefusalCode::ValidationFailed, message).at(definition.pos));
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let (shown, ty) = (quoted_variable(&name.node), &var_type.node);
        if !names.insert(name.node.as_str()) {
            return refused(format!("There can be only one variable named {shown}."));
        }
        if !types.contains(ty) {
            return refused(format!("Variable {shown} has the type {}, which is no input type here.", quoted(&ty.to_string())));
        }
        if let Some(default) = default_value
            && let Err(error) = types.check(ty, &default.node)
        {
            return refused(invalid(&format!("Variable {shown} has invalid default value"), &name.node, &error));
        }
    }
    Ok(())
}

/// Fills in defaults and holds every variable of the operation against its type. Variables that the operation does not have
/// are left alone, and ignored by the engine.
///
/// # Errors
/// `BAD_USER_INPUT` for the first variable that is required and missing, or does not fit.
pub(crate) fn coerce_variables(
    operation: &CheckedOperation,
    types: &InputTypes,
    variables: &mut Variables,
) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let refused = |message: String| Err(Refusal::new(RefusalCode::BadUserInput, message).at(definition.pos));
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let (shown, ty) = (quoted_variable(&name.node), &var_type.node);
        match (variables.get(&name.node), default_value) {
            (None, Some(default)) => {
                variables.insert(name.node.clone(), default.node.clone());
            }
            (None, None) if ty.nullable => {}
            (None, None) => {
                return refused(format!("Variable {shown} of required type {} was not provided.", quoted(&ty.to_string())));
            }
            (Some(Value::Null), _) if !ty.nullable => {
                return refused(format!("Variable {shown} of non-null type {} must not be null.", quoted(&ty.to_string())));
            }
            (Some(value), _) => {
                if let Err(error) = types.check(ty, value) {
                    return refused(invalid(&format!("Variable {shown} got invalid value"), &name.node, &error));
                }
            }
        }
    }
    Ok(())
}

fn quoted_variable(name: &str) -> String {
    quoted(&format!("${name}"))
}

fn invalid(beginning: &str, variable: &str, error: &Mismatch) -> String {
    let Mismatch { path, shown, reason } = error;
    if path.is_empty() {
        return format!("{beginning} {shown}; {reason}.");
    }
    let path = clipped(&format!("{variable}{path}"), MAX_QUOTED_CHARS);
    format!("{beginning} {shown} at \"{path}\"; {reason}.")
}

#[cfg(test)]
mod tests {
    use super::super::{DocumentLimits, SchemaTypes, check};
    use super::*;

    const SDL: &str = "scalar Decimal input Range { min: Decimal! = \"0\" max: Int! } enum Sort { UP DOWN }";

    fn coerced(query: &str, json: serde_json::Value) -> Result<Variables, Refusal> {
        let types = SchemaTypes::from_sdl(SDL, |_, _| Ok(())).expect("parses");
        let document = check(query, &DocumentLimits::default(), &types)?;
        let mut variables = Variables::from_json(json);
        coerce_variables(document.operation(None)?, types.inputs(), &mut variables)?;
        Ok(variables)
    }

    #[test]
    fn defaults_are_filled_in_and_the_rest_is_left_alone() {
        let query = "query($a: Boolean! = true, $s: Sort = UP, $n: Int = 5, $m: Int, $k: Int = 1) { x }";
        let variables = coerced(query, serde_json::json!({"n": 7, "k": null, "extra": {"x": 1}})).expect("fits");
        assert_eq!(
            variables.into_value().into_json().expect("json"),
            serde_json::json!({"a": true, "s": "UP", "n": 7, "k": null, "extra": {"x": 1}})
        );
    }

    #[test]
    fn a_mutation_whose_variables_do_not_fit_is_refused_as_a_whole() {
        let query = "mutation($n: Decimal!) { bump(n: 1) dec(n: $n) }";
        for (json, message) in [
            (serde_json::json!({}), r#"Variable "$n" of required type "Decimal!" was not provided."#),
            (serde_json::json!({"n": null}), r#"Variable "$n" of non-null type "Decimal!" must not be null."#),
        ] {
            let refusal = coerced(query, json).expect_err("does not fit");
            assert_eq!((refusal.code, refusal.message.as_str()), (RefusalCode::BadUserInput, message));
            assert!(refusal.location.is_some());
        }
    }

    #[test]
    fn the_part_that_does_not_fit_is_named() {
        let query = "query($first: Int, $in: [Range!]) { x }";
        for (json, message) in [
            (
                serde_json::json!({"first": "x"}),
                r#"Variable "$first" got invalid value "x"; Int cannot represent non-integer value."#,
            ),
            (
                serde_json::json!({"in": [{"max": 1}, {"max": 5_000_000_000_i64}]}),
                r#"Variable "$in" got invalid value 5000000000 at "in[1].max"; Int cannot represent non 32-bit signed integer value."#,
            ),
        ] {
            let refusal = coerced(query, json).expect_err("does not fit");
            assert_eq!((refusal.code, refusal.message.as_str()), (RefusalCode::BadUserInput, message));
        }
    }

    #[test]
    fn definitions_that_can_never_work_are_refused_with_the_document() {
        for (query, message) in [
            ("query($a: [Nothing] = [1]) { x }", r#"Variable "$a" has the type "[Nothing]", which is no input type here."#),
            (
                "query($a: Int = 5000000000) { x }",
                r#"Variable "$a" has invalid default value 5000000000; Int cannot represent non 32-bit signed integer value."#,
            ),
            (
                "query($a: Int! = null) { x }",
                r#"Variable "$a" has invalid default value null; Expected non-nullable type "Int!" not to be null."#,
            ),
            ("query($a: Int, $a: Int) { x }", r#"There can be only one variable named "$a"."#),
            (
                "query($a: Sort = LEFT) { x }",
                r#"Variable "$a" has invalid default value LEFT; Value "LEFT" does not exist in "Sort" enum."#,
            ),
        ] {
            let refusal = coerced(query, serde_json::json!({})).expect_err("never works");
            assert_eq!((refusal.code, refusal.message.as_str()), (RefusalCode::ValidationFailed, message));
        }
    }
}
