//! The two directives that our own schema carries.

use async_graphql::{Enum, TypeDirective};

/// Who may cache a value.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheControlScope {
    /// Everybody may: it is the same for all callers.
    Public,
    /// Only the caller may.
    Private,
}

/// Who may cache a value, and for how long, in seconds. A root field without it is not cacheable. Below a root field, what
/// has none inherits from its parent; the smallest maxAge and the strictest scope of a document's fields win.
#[TypeDirective(name = "cacheControl", location = "FieldDefinition", location = "Object", location = "Interface")]
pub(crate) fn cache_control(max_age: Option<i32>, scope: Option<CacheControlScope>) {}

/// OAuth2 scopes of which at least one inner list must be held in full. A field without them gives null and FORBIDDEN or
/// UNAUTHENTICATED, its siblings stay; on a type: null wherever such an object is handed out.
#[TypeDirective(name = "requiresScopes", location = "FieldDefinition", location = "Object")]
pub(crate) fn requires_scopes(scopes: Vec<Vec<String>>) {}

/// The argument of [`requires_scopes`] for one scope.
pub(crate) fn one(scope: crate::service::Scope) -> Vec<Vec<String>> {
    vec![vec![scope.as_str().to_owned()]]
}
