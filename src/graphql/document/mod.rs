//! The checks a GraphQL document passes before the engine sees it.
//!
//! The engine walks fragments inline in its recursion check, its validation and its execution, which is exponential in nested
//! fragments; its parser overflows the stack on nested lists; and it does not coerce variables. So every document goes
//! through, in this order and each step linear in its length:
//!
//! 1. [`scan`]: bytes, tokens and bracket depth, before anything recursive touches the text.
//! 2. [`parse`]: the engine's own parser, with messages that do not quote the document.
//! 3. [`measure`]: one walk, each fragment once: depth, fields, aliases, directives, and the [`cost`] as an expression.
//! 4. [`limits`]: the numbers it is held against.
//! 5. [`cacheability`]: whether its operations may be cached for everybody, by the [`cache_rules`] of the schema.
//! 6. [`variables`]: per request, defaults and types, so that a mutation whose variables do not fit runs nothing.
//!
//! What passed is kept by [`store`]; what did not is a [`Refusal`], one sentence with a code.

mod arguments;
mod cache_rules;
mod cacheability;
mod checked;
mod cost;
mod expression;
mod fragment;
mod hash;
mod input_types;
mod limits;
mod measure;
mod parse;
mod refusal;
mod repeats;
mod root_fields;
mod scan;
mod schema_types;
mod store;
mod variables;

#[cfg(test)]
pub(crate) use checked::check;
pub(crate) use checked::{CheckedDocument, CheckedOperation};
pub use hash::DocumentHash;
pub use limits::DocumentLimits;
pub(crate) use refusal::{Refusal, RefusalCode};
pub(crate) use schema_types::SchemaTypes;
pub(crate) use store::DocumentStore;
pub(crate) use variables::coerce_variables;

#[cfg(test)]
mod tests;
