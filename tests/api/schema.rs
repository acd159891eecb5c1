//! The schema as people and code generators read it.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition};
use farmlokal_testbed::Server;
use serde_json::json;

use crate::engine::{Database, Engine};
use crate::harness::{BINARY, TOKEN, TestApp};
use crate::node::{self, SCHEMA_FILE};

fn types() -> HashMap<String, TypeDefinition> {
    let sdl = std::fs::read_to_string(SCHEMA_FILE).unwrap();
    let definitions = parse_schema(sdl).unwrap().definitions.into_iter();
    let types = definitions.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
        _ => None,
    });
    types.collect()
}

#[test]
fn the_file_is_what_the_server_prints() {
    let printed = Server::builder(BINARY).args(["schema"]).run();
    assert!(printed.status.success() && printed.stderr.is_empty());
    let kept = std::fs::read(SCHEMA_FILE).unwrap();
    assert!(printed.stdout == kept, "schema.graphql is stale: cargo run -- schema > schema.graphql");
}

#[test]
fn everything_in_it_is_described() {
    let mut bare = Vec::new();
    for (name, ty) in types() {
        if ty.description.is_none() {
            bare.push(name.clone());
        }
        match &ty.kind {
            TypeKind::Object(object) => object.fields.iter().for_each(|field| bare.extend(undescribed(&name, &field.node))),
            TypeKind::Interface(interface) => {
                interface.fields.iter().for_each(|field| bare.extend(undescribed(&name, &field.node)))
            }
            TypeKind::InputObject(input) => {
                bare.extend(
                    input
                        .fields
                        .iter()
                        .filter(|field| field.node.description.is_none())
                        .map(|field| format!("{name}.{}", field.node.name)),
                );
            }
            TypeKind::Enum(values) => {
                bare.extend(
                    values
                        .values
                        .iter()
                        .filter(|value| value.node.description.is_none())
                        .map(|value| format!("{name}.{}", value.node.value)),
                );
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert_eq!(bare, Vec::<String>::new(), "without a description");
}

fn undescribed(ty: &str, field: &FieldDefinition) -> Vec<String> {
    let own = field.description.is_none().then(|| format!("{ty}.{}", field.name));
    let arguments = field.arguments.iter().filter(|argument| argument.node.description.is_none());
    own.into_iter().chain(arguments.map(|argument| format!("{ty}.{}({})", field.name, argument.node.name))).collect()
}

#[test]
fn every_guarded_field_refuses_a_caller_without_scopes() {
    let types = types();
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).env("ANONYMOUS_SCOPES", "").start();
    let mut guarded = 0;
    for (name, ty) in &types {
        let TypeKind::Object(object) = &ty.kind else { continue };
        for field in object.fields.iter().filter(|field| is_guarded(&field.node)) {
            let operation = match name.as_str() {
                "Query" => "query",
                "Mutation" => "mutation",
                // Reached through an order: `tests/partners/inbox.rs`.
                "Order" => continue,
                _ => panic!("{name}.{} is guarded: teach this test to reach it", field.node.name),
            };
            let field_name = field.node.name.node.as_str();
            let answer = app.query(&format!(
                "{operation} {{ before: __typename {} after: __typename }}",
                smallest_selection(&types, &field.node)
            ));
            assert_eq!((answer.status, answer.code().as_str()), (200, "UNAUTHENTICATED"), "{field_name}: {}", answer.text());
            assert_eq!(answer.errors()[0]["path"], json!([field_name]));
            let root = if operation == "query" { "Query" } else { "Mutation" };
            assert_eq!(answer.json()["data"], json!({ "before": root, field_name: null, "after": root }));
            guarded += 1;
        }
    }
    assert!(guarded >= 6, "metrics and five mutations at least, found {guarded}");
    let mutation = &types["Mutation"];
    let TypeKind::Object(mutation) = &mutation.kind else { panic!("an object") };
    // A delivery is guarded by its signature.
    let open = mutation.fields.iter().filter(|field| !is_guarded(&field.node)).map(|field| field.node.name.node.as_str());
    assert_eq!(open.collect::<Vec<_>>(), ["ingestWebhook"], "every other mutation is guarded");
}

fn is_guarded(field: &FieldDefinition) -> bool {
    field.directives.iter().any(|directive| directive.node.name.node == "requiresScopes")
}

/// The field with the least that fits its required arguments, and the least that can be asked of it.
fn smallest_selection(types: &HashMap<String, TypeDefinition>, field: &FieldDefinition) -> String {
    let required =
        field.arguments.iter().filter(|argument| !argument.node.ty.node.nullable && argument.node.default_value.is_none());
    let arguments: Vec<String> =
        required.map(|argument| format!("{}: {}", argument.node.name, smallest_value(types, &argument.node.ty.node))).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let is_object =
        matches!(types.get(named(&field.ty.node)).map(|ty| &ty.kind), Some(TypeKind::Object(_) | TypeKind::Interface(_)));
    format!("{}{arguments}{}", field.name, if is_object { " { __typename }" } else { "" })
}

fn smallest_value(types: &HashMap<String, TypeDefinition>, ty: &Type) -> String {
    let BaseType::Named(name) = &ty.base else { return "[]".to_owned() };
    match (name.as_str(), types.get(name.as_str()).map(|ty| &ty.kind)) {
        ("Int" | "Float", _) => "1".to_owned(),
        ("Boolean", _) => "true".to_owned(),
        (_, Some(TypeKind::Enum(values))) => values.values[0].node.value.node.to_string(),
        (_, Some(TypeKind::InputObject(input))) => {
            let required = input.fields.iter().filter(|field| !field.node.ty.node.nullable && field.node.default_value.is_none());
            let fields: Vec<String> =
                required.map(|field| format!("{}: {}", field.node.name, smallest_value(types, &field.node.ty.node))).collect();
            // Of a look-up exactly one key must be given.
            if name.ends_with("Lookup") {
                let first = &input.fields[0].node;
                return format!("{{ {}: {} }}", first.name, smallest_value(types, &first.ty.node));
            }
            format!("{{ {} }}", fields.join(", "))
        }
        _ => "\"1\"".to_owned(),
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => named(item),
    }
}

#[test]
fn a_typed_client_is_generated_and_compiles() {
    let printed = node::run("typed-client.mjs", &[SCHEMA_FILE]);
    assert!(printed.contains("typed client compiles"), "{printed}");
}

#[test]
fn the_examples_of_the_page_are_valid_and_run() {
    let printed = node::run("examples.mjs", &[SCHEMA_FILE, TestApp::seeded(Engine::Sqlite).server.base_url(), TOKEN]);
    assert!(printed.trim_end().ends_with(" 0 problems"), "{printed}");
}
