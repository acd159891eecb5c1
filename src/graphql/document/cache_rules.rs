//! What the schema says about caching: `@cacheControl` and `@requiresScopes` of its fields and types, read from our own SDL.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, ServiceDocument, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Value};

/// The type whose fields are the root fields of queries.
pub(super) const QUERY: &str = "Query";

/// For how long, in seconds, everybody may cache something. The hint of a whole is the smallest hint of its parts, so a part
/// that must not be cached takes everything with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hint(u32);

impl Hint {
    /// Not at all: private, guarded, or without an age.
    pub(super) const NEVER: Self = Self(0);
    /// As long as what is around it.
    pub(super) const SILENT: Self = Self(u32::MAX);

    /// The hint of two parts together.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// The age in seconds, if there is one.
    pub(super) fn max_age_s(self) -> Option<u32> {
        (self != Self::NEVER && self != Self::SILENT).then_some(self.0)
    }

    fn of_all(hints: impl Iterator<Item = Self>) -> Self {
        hints.fold(Self::SILENT, Self::and)
    }
}

/// The hints of all output types of a schema.
#[derive(Debug, Default)]
pub(crate) struct CacheRules {
    types: HashMap<Name, TypeRule>,
}

#[derive(Debug)]
struct TypeRule {
    hint: Hint,
    fields: HashMap<Name, FieldRule>,
}

/// What is known of a field.
#[derive(Debug)]
pub(super) struct FieldRule {
    /// Its own hint, and that of the objects it may return.
    pub(super) hint: Hint,
    /// The type it returns, without lists.
    pub(super) returns: Name,
}

impl CacheRules {
    /// The rules in the definitions of a schema.
    pub(super) fn of(schema: &ServiceDocument) -> Self {
        let definitions: Vec<&TypeDefinition> = schema.definitions.iter().filter_map(type_definition).collect();
        let own: HashMap<&str, Hint> =
            definitions.iter().map(|ty| (ty.name.node.as_str(), directive_hint(&ty.directives))).collect();
        // An object handed out as an interface or a member of a union is still guarded by its own type.
        let mut reached = own.clone();
        for (abstraction, object) in definitions.iter().flat_map(|ty| abstractions(ty)) {
            let hint = own.get(object).copied().unwrap_or(Hint::NEVER);
            reached.entry(abstraction).and_modify(|known| *known = known.and(hint));
        }
        let types = definitions.into_iter().filter_map(|ty| type_rule(ty, &reached)).collect();
        Self { types }
    }

    /// The hint of a type and of every object that it may stand for. A type that is not there is never cached.
    pub(super) fn type_hint(&self, name: &str) -> Hint {
        self.types.get(name).map_or(Hint::NEVER, |rule| rule.hint)
    }

    /// The rule of a field.
    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&FieldRule> {
        self.types.get(parent)?.fields.get(name)
    }
}

fn type_definition(definition: &TypeSystemDefinition) -> Option<&TypeDefinition> {
    match definition {
        TypeSystemDefinition::Type(definition) => Some(&definition.node),
        _ => None,
    }
}

/// Pairs of an abstract type and an object or interface that it may stand for.
fn abstractions(ty: &TypeDefinition) -> Vec<(&str, &str)> {
    let own = ty.name.node.as_str();
    match &ty.kind {
        TypeKind::Object(object) => object.implements.iter().map(|interface| (interface.node.as_str(), own)).collect(),
        TypeKind::Interface(object) => object.implements.iter().map(|interface| (interface.node.as_str(), own)).collect(),
        TypeKind::Union(union) => union.members.iter().map(|member| (own, member.node.as_str())).collect(),
        _ => Vec::new(),
    }
}

fn type_rule(ty: &TypeDefinition, reached: &HashMap<&str, Hint>) -> Option<(Name, TypeRule)> {
    let fields: &[Positioned<FieldDefinition>] = match &ty.kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        TypeKind::Union(_) => &[],
        _ => return None,
    };
    let is_root = ty.name.node == QUERY;
    let rule = |field: &FieldDefinition| {
        let own = match directive_hint(&field.directives) {
            // Below a root field, what says nothing inherits; a root field has nobody to inherit from.
            Hint::SILENT if is_root => Hint::NEVER,
            hint => hint,
        };
        let returns = base(&field.ty.node);
        let hint = own.and(reached.get(returns.as_str()).copied().unwrap_or(Hint::SILENT));
        FieldRule { hint, returns: returns.clone() }
    };
    let fields = fields.iter().map(|field| (field.node.name.node.clone(), rule(&field.node))).collect();
    let hint = reached.get(ty.name.node.as_str()).copied().unwrap_or(Hint::NEVER);
    Some((ty.name.node.clone(), TypeRule { hint, fields }))
}

fn base(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => base(item),
    }
}

fn directive_hint(directives: &[Positioned<ConstDirective>]) -> Hint {
    Hint::of_all(directives.iter().map(|directive| match directive.node.name.node.as_str() {
        "requiresScopes" => Hint::NEVER,
        "cacheControl" => cache_control(&directive.node),
        _ => Hint::SILENT,
    }))
}

fn cache_control(directive: &ConstDirective) -> Hint {
    let public = match directive.get_argument("scope").map(|scope| &scope.node) {
        None | Some(Value::Null) => true,
        Some(scope) => *scope == Value::Enum(Name::new("PUBLIC")),
    };
    match directive.get_argument("maxAge").map(|age| &age.node) {
        _ if !public => Hint::NEVER,
        None | Some(Value::Null) => Hint::SILENT,
        Some(Value::Number(age)) => age.as_u64().map_or(Hint::NEVER, |age| Hint(u32::try_from(age).unwrap_or(u32::MAX - 1))),
        Some(_) => Hint::NEVER,
    }
}
