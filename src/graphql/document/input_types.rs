//! The input types of the schema, and whether a value fits one of them.
//!
//! The engine looks at variables when a field is about to run, and a schema's own validation lets some through that fit no
//! type (an integer beyond 32 bits, a string in place of an input object). Here every value is held against its type before
//! anything runs, with the wording of graphql-js.

use std::collections::{HashMap, HashSet};
use std::fmt;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Value, indexmap::IndexMap};

use super::refusal::quoted;

/// Longest value quoted in a message, in bytes.
const MAX_SHOWN_BYTES: usize = 80;

/// The types whose fields are root fields; no field name is in both.
const ROOTS: [&str; 2] = ["Query", "Mutation"];

/// Checks a value (never null) of the custom scalar with this name; the error is a sentence without full stop.
pub(crate) type ScalarCheck = fn(name: &str, value: &Value) -> Result<(), String>;

/// All input types of a schema, by name.
#[derive(Debug)]
pub(crate) struct InputTypes {
    types: HashMap<Name, InputType>,
    root_arguments: HashMap<Name, Vec<InputField>>,
    check_scalar: ScalarCheck,
}

#[derive(Debug)]
enum InputType {
    Scalar,
    Enum(HashSet<Name>),
    Object { fields: Vec<InputField>, one_of: bool },
}

#[derive(Debug)]
struct InputField {
    name: Name,
    ty: Type,
    has_default: bool,
}

/// Why a value does not fit, and which part of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The way to the part, such as `.products[0].price`; empty for the value as a whole.
    pub(super) path: String,
    /// The part as GraphQL literal, cut off when it is long.
    pub(super) shown: String,
    /// A sentence without full stop.
    pub(super) reason: String,
}

impl InputTypes {
    /// The input types in the definitions of a schema. Scalars that are not built in are left to `check_scalar`.
    pub(super) fn of(schema: ServiceDocument, check_scalar: ScalarCheck) -> Self {
        let mut types = HashMap::new();
        let mut root_arguments = HashMap::new();
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let one_of = definition.node.directives.iter().any(|directive| directive.node.name.node == "oneOf");
            let ty = match definition.node.kind {
                TypeKind::Scalar => InputType::Scalar,
                TypeKind::Enum(ty) => InputType::Enum(ty.values.into_iter().map(|value| value.node.value.node).collect()),
                TypeKind::InputObject(ty) => InputType::Object { fields: input_fields(ty.fields), one_of },
                TypeKind::Object(ty) if ROOTS.contains(&definition.node.name.node.as_str()) => {
                    let arguments = |field: FieldDefinition| (field.name.node, input_fields(field.arguments));
                    root_arguments.extend(ty.fields.into_iter().map(|field| arguments(field.node)));
                    continue;
                }
                TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => continue,
            };
            types.insert(definition.node.name.node, ty);
        }
        Self { types, root_arguments, check_scalar }
    }

    /// The type of an argument of a root field.
    pub(super) fn root_argument(&self, field: &str, argument: &str) -> Option<&Type> {
        let arguments = self.root_arguments.get(field)?;
        arguments.iter().find(|known| known.name == argument).map(|known| &known.ty)
    }

    /// Whether this, without its lists, is an input type of the schema.
    pub(super) fn contains(&self, ty: &Type) -> bool {
        match &ty.base {
            BaseType::List(item) => self.contains(item),
            BaseType::Named(name) => is_built_in(name) || self.types.contains_key(name),
        }
    }

    /// Whether a value fits a type. Recurses as deep as the value and the type are nested, which JSON parser (128) and byte
    /// scan have bounded.
    ///
    /// # Errors
    /// The first part that does not fit.
    pub(super) fn check(&self, ty: &Type, value: &Value) -> Result<(), Box<Mismatch>> {
        if *value == Value::Null {
            return match ty.nullable {
                true => Ok(()),
                false => mismatch(value, format!("Expected non-nullable type \"{ty}\" not to be null")),
            };
        }
        match (&ty.base, value) {
            (BaseType::List(item), Value::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.check(item, value).map_err(|error| error.below(&format!("[{index}]")))?;
                }
                Ok(())
            }
            (BaseType::List(item), value) => self.check(item, value),
            (BaseType::Named(name), value) => self.check_named(name, value),
        }
    }

    fn check_named(&self, name: &str, value: &Value) -> Result<(), Box<Mismatch>> {
        if is_built_in(name) {
            return check_built_in(name, value);
        }
        match self.types.get(name) {
            None => mismatch(value, format!("Unknown type {}", quoted(name))),
            Some(InputType::Scalar) => (self.check_scalar)(name, value).or_else(|reason| mismatch(value, reason)),
            Some(InputType::Enum(values)) => check_enum(name, values, value),
            Some(InputType::Object { fields, one_of }) => match value {
                Value::Object(values) => self.check_object(name, fields, *one_of, value, values),
                _ => mismatch(value, format!("Expected type \"{name}\" to be an object")),
            },
        }
    }

    fn check_object(
        &self,
        name: &str,
        fields: &[InputField],
        one_of: bool,
        whole: &Value,
        values: &IndexMap<Name, Value>,
    ) -> Result<(), Box<Mismatch>> {
        if let Some(unknown) = values.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
            return mismatch(whole, format!("Field {} is not defined by type \"{name}\"", quoted(unknown)));
        }
        if one_of {
            match values.iter().next() {
                Some((key, Value::Null)) if values.len() == 1 => {
                    return mismatch(&Value::Null, format!("Field \"{key}\" must be non-null"))
                        .map_err(|e| e.below(&format!(".{key}")));
                }
                Some(_) if values.len() == 1 => {}
                _ => return mismatch(whole, format!("Exactly one key must be specified for OneOf type \"{name}\"")),
            }
        }
        for field in fields {
            match values.get(&field.name) {
                Some(value) => self.check(&field.ty, value).map_err(|error| error.below(&format!(".{}", field.name)))?,
                None if field.ty.nullable || field.has_default => {}
                None => {
                    let reason = format!("Field \"{}\" of required type \"{}\" was not provided", field.name, field.ty);
                    return mismatch(whole, reason);
                }
            }
        }
        Ok(())
    }
}

fn input_fields(definitions: Vec<Positioned<InputValueDefinition>>) -> Vec<InputField> {
    let field = |field: InputValueDefinition| InputField {
        name: field.name.node,
        ty: field.ty.node,
        has_default: field.default_value.is_some(),
    };
    definitions.into_iter().map(|definition| field(definition.node)).collect()
}

fn is_built_in(name: &str) -> bool {
    matches!(name, "Int" | "Float" | "String" | "Boolean" | "ID")
}

fn check_built_in(name: &str, value: &Value) -> Result<(), Box<Mismatch>> {
    match (name, value) {
        ("Int", Value::Number(number)) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => Ok(()),
        ("Int", Value::Number(number)) if !number.is_f64() => {
            mismatch(value, "Int cannot represent non 32-bit signed integer value".to_owned())
        }
        ("Int", _) => mismatch(value, "Int cannot represent non-integer value".to_owned()),
        ("Float", Value::Number(_)) | ("String" | "ID", Value::String(_)) | ("Boolean", Value::Boolean(_)) => Ok(()),
        ("ID", Value::Number(number)) if number.is_i64() => Ok(()),
        ("Float", _) => mismatch(value, "Float cannot represent non numeric value".to_owned()),
        ("Boolean", _) => mismatch(value, "Boolean cannot represent a non boolean value".to_owned()),
        ("String", _) => mismatch(value, "String cannot represent a non string value".to_owned()),
        _ => mismatch(value, format!("{name} cannot represent this value")),
    }
}

/// JSON has no enum values, so strings stand for them.
fn check_enum(name: &str, values: &HashSet<Name>, value: &Value) -> Result<(), Box<Mismatch>> {
    let given = match value {
        Value::String(given) => given.as_str(),
        Value::Enum(given) => given.as_str(),
        _ => return mismatch(value, format!("Enum \"{name}\" cannot represent non-string value")),
    };
    if values.contains(given) {
        return Ok(());
    }
    mismatch(value, format!("Value {} does not exist in \"{name}\" enum", quoted(given)))
}

fn mismatch(value: &Value, reason: String) -> Result<(), Box<Mismatch>> {
    Err(Box::new(Mismatch { path: String::new(), shown: shown(value), reason }))
}

impl Mismatch {
    /// The same, seen from the value around it.
    fn below(mut self: Box<Self>, segment: &str) -> Box<Self> {
        self.path.insert_str(0, segment);
        self
    }
}

/// A value as GraphQL literal, of which only the beginning is ever written.
fn shown(value: &Value) -> String {
    struct Beginning(String);
    impl fmt::Write for Beginning {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = MAX_SHOWN_BYTES.saturating_sub(self.0.len());
            if text.len() <= room {
                self.0.push_str(text);
                return Ok(());
            }
            let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            self.0.push_str(&text[..end]);
            self.0.push('…');
            Err(fmt::Error)
        }
    }
    let mut beginning = Beginning(String::new());
    // The error only says that the room is used up.
    let _ = fmt::Write::write_fmt(&mut beginning, format_args!("{value}"));
    beginning.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = r#"
        scalar Decimal @specifiedBy(url: "https://www.w3.org/TR/xmlschema-2/#decimal")
        scalar JSON
        enum SortDirection { ASC DESC }
        input Sort { field: String! direction: SortDirection! = ASC }
        input Lookup @oneOf { id: ID slug: String }
        input Range { min: Decimal max: Decimal }
        input Filter { category: [String!] price: Range any: [Filter!] ratio: Float inStock: Boolean }
        type Product { id: ID! }
    "#;

    fn types() -> InputTypes {
        InputTypes::of(async_graphql::parser::parse_schema(SDL).expect("parses"), |name, value| match (name, value) {
            ("Decimal", Value::String(_)) | ("JSON", _) => Ok(()),
            _ => Err(format!("{name} must be a string")),
        })
    }

    fn checked(ty: &str, json: serde_json::Value) -> Result<(), String> {
        let ty = Type::new(ty).expect("a type");
        let value = Value::from_json(json).expect("a value");
        types().check(&ty, &value).map_err(|error| format!("{}|{}|{}", error.path, error.shown, error.reason))
    }

    #[test]
    fn values_that_fit_pass() {
        for (ty, json) in [
            ("Int", serde_json::json!(-2_147_483_648_i64)),
            ("Int!", serde_json::json!(2_147_483_647)),
            ("Float", serde_json::json!(5)),
            ("Float", serde_json::json!(5.5)),
            ("ID", serde_json::json!(5)),
            ("ID", serde_json::json!("5")),
            ("String", serde_json::json!(null)),
            ("Boolean", serde_json::json!(true)),
            ("SortDirection", serde_json::json!("DESC")),
            ("Decimal", serde_json::json!("1.5")),
            ("JSON", serde_json::json!({"a": [1, null]})),
            ("[Int!]", serde_json::json!([1, 2])),
            ("[Int!]", serde_json::json!(1)),
            ("[[Int]]", serde_json::json!([[1, null], null, 3])),
            ("Sort", serde_json::json!({"field": "x"})),
            ("Lookup", serde_json::json!({"slug": "x"})),
            ("Filter", serde_json::json!({"category": "x", "price": {"min": "1", "max": null}, "any": [{"ratio": 1}, {}]})),
        ] {
            assert_eq!(checked(ty, json.clone()), Ok(()), "{ty} {json}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_told_apart() {
        for (ty, json, error) in [
            ("Int", serde_json::json!("x"), r#"|"x"|Int cannot represent non-integer value"#),
            ("Int", serde_json::json!(1.5), "|1.5|Int cannot represent non-integer value"),
            ("Int", serde_json::json!(2_147_483_648_i64), "|2147483648|Int cannot represent non 32-bit signed integer value"),
            ("Int", serde_json::json!(u64::MAX), "|18446744073709551615|Int cannot represent non 32-bit signed integer value"),
            ("Float", serde_json::json!("1"), r#"|"1"|Float cannot represent non numeric value"#),
            ("String", serde_json::json!(5), "|5|String cannot represent a non string value"),
            ("Boolean", serde_json::json!(1), "|1|Boolean cannot represent a non boolean value"),
            ("ID", serde_json::json!(1.5), "|1.5|ID cannot represent this value"),
            ("String!", serde_json::json!(null), r#"|null|Expected non-nullable type "String!" not to be null"#),
            ("[Int!]", serde_json::json!([1, null]), r#"[1]|null|Expected non-nullable type "Int!" not to be null"#),
            ("[Int]", serde_json::json!([[1]]), "[0]|[1]|Int cannot represent non-integer value"),
            ("SortDirection", serde_json::json!("UP"), r#"|"UP"|Value "UP" does not exist in "SortDirection" enum"#),
            ("SortDirection", serde_json::json!(1), r#"|1|Enum "SortDirection" cannot represent non-string value"#),
            ("Decimal", serde_json::json!(1.5), "|1.5|Decimal must be a string"),
            ("Sort", serde_json::json!("x"), r#"|"x"|Expected type "Sort" to be an object"#),
            ("Sort", serde_json::json!({}), r#"|{}|Field "field" of required type "String!" was not provided"#),
            ("Sort", serde_json::json!({"field": "x", "y": 1}), r#"|{field: "x", y: 1}|Field "y" is not defined by type "Sort""#),
            (
                "Sort",
                serde_json::json!({"field": "x", "direction": null}),
                r#".direction|null|Expected non-nullable type "SortDirection!" not to be null"#,
            ),
            ("Lookup", serde_json::json!({}), r#"|{}|Exactly one key must be specified for OneOf type "Lookup""#),
            (
                "Lookup",
                serde_json::json!({"id": 1, "slug": null}),
                r#"|{id: 1, slug: null}|Exactly one key must be specified for OneOf type "Lookup""#,
            ),
            ("Lookup", serde_json::json!({"id": null}), r#".id|null|Field "id" must be non-null"#),
            ("Filter", serde_json::json!({"any": [{}, {"price": {"max": 1}}]}), ".any[1].price.max|1|Decimal must be a string"),
            ("Product", serde_json::json!({}), r#"|{}|Unknown type "Product""#),
        ] {
            assert_eq!(checked(ty, json.clone()), Err(error.to_owned()), "{ty} {json}");
        }
    }

    #[test]
    fn a_large_value_is_quoted_in_part() {
        let error = checked("Int", serde_json::json!(vec!["ä".repeat(1_000); 1_000])).expect_err("no integer");
        assert!(error.contains("…|"), "{error}");
        assert!(error.len() < 200);
    }

    #[test]
    fn only_input_types_are_known() {
        let types = types();
        let known = |ty: &str| types.contains(&Type::new(ty).expect("a type"));
        assert!(known("[[Filter!]!]") && known("ID") && known("JSON") && known("SortDirection!"));
        assert!(!known("Product") && !known("[Nothing]"));
    }
}
